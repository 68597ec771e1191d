"""What a change must pass, by how long one may wait: ``make quick``, ``make test``, ``make bench``, ``make deep``.

Benchmarks run by themselves: what they measure is time. The notebooks are run by nbval, every output compared. Coverage
is counted by ``make coverage`` only: counting makes the properties six times slower.

Usage: python -m tests.run quick|test|bench|deep
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PYTEST = ("pytest", "-p", "xdist.plugin", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin")
"""pytest with the plugins that are used: to find and load all that are installed takes 2.5 s of each process."""
_ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
_PARALLEL = ("-n", "3", "--dist", "worksteal")
_BY_FILE = ("-n", "2", "--dist", "loadfile")
"""The tests of a file share a server or a kernel."""
_BROWSERS = ("-n", "3", "--dist", "loadfile", "--timeout", "900")
"""Browser tests wait much of their time: three side by side keep two cores busy. Each of their waits may take a minute,
and the first test of a file installs the JupyterLab that it needs."""
_APART = ("browser", "benchmarks", "real_client")
"""Folders that have steps of their own: a step that only deselects their tests still imports them, in each worker."""
_WITHOUT = tuple(f"--ignore=tests/{name}" for name in _APART)
_PURE = ("policy", "requirements", "changes", "laws", "test_architecture.py", "test_mirror.py", "docs")


@dataclass(frozen=True)
class Step:
    """One command of this Python, and what it adds to the environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


_LINT = (Step(("ruff", "check", ".")), Step(("ruff", "format", "--check", ".")), Step(("mypy",)))
_BENCH = (Step((*_PYTEST, "-m", "benchmark and not deep", "-s", "tests/benchmarks"), _ALONE),)
STEPS: Mapping[str, Sequence[Step]] = {
    "quick": (*_LINT, Step((*_PYTEST, *_PARALLEL, *(f"tests/{name}" for name in _PURE)), _ALONE)),
    "test": (
        *_LINT,
        Step((*_PYTEST, *_PARALLEL, "-m", "not benchmark and not deep", *_WITHOUT), _ALONE),
        Step((*_PYTEST, *_BROWSERS, "--no-loadscope-reorder", "-m", "not deep", "tests/browser"), _ALONE),
        Step(("pytest", *_BY_FILE, "-p", "nbval", "--nbval", "notebooks", "-p", "no:cacheprovider")),
    ),
    "bench": _BENCH,
    "deep": (
        Step((*_PYTEST, "-n", "2", "tests/laws"), {**_ALONE, "SM_SSH_WIDGET_HYPOTHESIS": "deep"}),
        Step((*_PYTEST, *_PARALLEL, "-m", "deep"), _ALONE),
        Step((*_PYTEST, "-m", "real_client", "tests/real_client"), _ALONE),
        Step(("tests.mutants",)),
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Run every step of a mode, also after one has failed; the first failure decides the exit code."""
    mode = arguments[0] if arguments else "test"
    if mode not in STEPS:
        print(__doc__)
        return 2
    codes = [_run(step) for step in STEPS[mode]]
    return next((code for code in codes if code), 0)


def _run(step: Step) -> int:
    print("$ python -m", *step.arguments, flush=True)
    started = time.monotonic()
    environment = {**os.environ, **step.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process compiles all of ours again: half a second
    command = [sys.executable, "-m", *step.arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    print(f"  exit code {code} after {time.monotonic() - started:.0f} s", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
