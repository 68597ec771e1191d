"""One server for the tests that only knock at its door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.served import Served, serving


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory that tries to have a say: Voilà would run the first and read the second."""
    place = tmp_path_factory.mktemp("home")
    (place / "voila.py").write_text("open('voila-was-here', 'w').close()\n")
    (place / "voila.json").write_text('{"VoilaConfiguration": {"strip_sources": false, "show_tracebacks": true}}')
    (place / "boto3.py").write_text("open('boto3-was-here', 'w').close()\n")
    return place


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    """The page on the simulated account."""
    with serving(home, "--account", "simulated", "--no-browser") as running:
        yield running


@pytest.fixture(scope="module")
def cookie(served: Served) -> str:
    """The cookie of the one who used the link."""
    return served.enter()
