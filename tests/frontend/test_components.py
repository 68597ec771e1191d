"""The components of the main view, run by Node.js on a document without a browser (``wizard/frontend/tests``)."""

from __future__ import annotations

import pytest

from tests.labextension.test_bundle import build, passes


@pytest.mark.timeout(900)  # the first run installs the npm packages, or waits for the one that does
def test_the_components() -> None:
    passes(build("test"))
