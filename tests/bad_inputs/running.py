"""Running a case through the command line: inside this process, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sm_ssh_widget.cli import main
from tests.bad_inputs.world import Prepared
from tests.support import own_command
from tests.support.full_disk import NO_BYTECODE, full_disk


@dataclass(frozen=True)
class Told:
    """What a run said on its two streams, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which has to be one JSON object and nothing else."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def run_here(prepared: Prepared, *, as_json: bool) -> Told:
    """Run the console script's function with an environment, a directory and streams of its own."""
    out, err = io.StringIO(), io.StringIO()
    with _surroundings(prepared), redirect_stdout(out), redirect_stderr(err):
        try:
            main(_arguments(prepared, as_json=as_json))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return Told(code, out.getvalue(), err.getvalue())


def run_script(prepared: Prepared, *, as_json: bool) -> Told:
    """Run the console script, as a process of its own."""
    limit: dict[str, Any] = {}
    environment, size = dict(prepared.environment), prepared.case.limit
    if size is not None:
        environment[NO_BYTECODE] = "1"
        limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))}
    done = own_command.run(
        _arguments(prepared, as_json=as_json),
        cwd=prepared.home,
        env=environment,
        input=prepared.case.stdin,
        **limit,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def _arguments(prepared: Prepared, *, as_json: bool) -> list[str]:
    return [*prepared.argv, *(["--json"] if as_json else [])]


@contextmanager
def _surroundings(prepared: Prepared) -> Iterator[None]:
    environment, directory, stdin = dict(os.environ), Path.cwd(), sys.stdin
    os.environ.clear()
    os.environ.update(prepared.environment)
    os.chdir(prepared.home)
    sys.stdin = io.StringIO(prepared.case.stdin)
    try:
        with full_disk(prepared.case.limit):
            yield
    finally:
        sys.stdin = stdin
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
