"""What the page's server leaves out at its start, and why nothing lacks it."""

from __future__ import annotations

import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.serve.served import clean

STARTED = """
import sys
from sm_ssh_widget.cli import main
sys.argv = ["sm-ssh-widget", "serve", "--no-browser", "--port", {port!r}]
try:
    main()
finally:
    print("jsonschema" in sys.modules, "lark" in sys.modules)
"""
FORMS = ('"iri"', '"iri-reference"', "'iri'", "format: iri")
JUPYTER = ("jupyter_events", "jupyter_server", "jupyterlab_server", "nbformat", "voila")


def test_no_grammar_is_built_for_fields_that_no_schema_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code = STARTED.format(port=str(taken.getsockname()[1]))
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=clean(tmp_path), capture_output=True, text=True, check=False
        )
    assert done.returncode == 2, done.stderr
    assert done.stdout.splitlines()[-1] == "True False"


def test_no_schema_of_jupyter_has_such_a_field() -> None:
    places = [Path(str(found.origin)).parent for name in JUPYTER if (found := find_spec(name))]
    files = [path for place in places for kind in ("*.json", "*.y*ml", "*.py") for path in place.rglob(kind)]
    assert len(files) > 100
    assert not [path for path in files if any(form in path.read_text("utf-8", "replace") for form in FORMS)]
