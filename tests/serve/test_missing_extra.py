"""Where the ``voila`` extra is not installed, the command says so in three parts and names what installs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serve.served import clean

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

    @staticmethod
    def known(name):
        return name.partition(".")[0] not in {missing!r}

sys.meta_path.insert(0, Missing())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: found(name, package) if Missing.known(name) else None
from sm_ssh_widget.cli import main
sys.argv = {argv!r}
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("argv", "missing", "extra"),
    [
        (["sm-ssh-widget", "serve", "--no-browser"], ["voila"], ".[voila]"),
        (["sm-ssh-widget", "serve", "--no-browser"], ["voila", "jupyter_server"], ".[voila]"),
        (["sm-ssh-widget", "serve", "--account", "simulated"], ["voila"], ".[demo]"),
    ],
)
def test_it_names_the_extra(argv: list[str], missing: list[str], extra: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing=missing, argv=argv)],
        cwd=tmp_path,
        env=clean(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    told = " ".join(done.stderr.split())
    assert f"'{extra}'" in told
    assert f"{', '.join(missing)} is missing" in told
