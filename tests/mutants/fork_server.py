"""Run tests against an edited module: everything but our own code is loaded once, and each mutant is a fork.

A child puts the edited module in the place of the real one, runs the tests in its own process, and ends. Nothing is
written to the source tree.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent.parent
_OURS = ("sm_ssh_widget", "tests")
_QUIET = ("-o", "addopts=", "-x", "-q", "--no-header", "--no-summary", "--assert=plain")
_PLUGINS_LEFT_OUT = ("cacheprovider", "unraisableexception", "threadexception", "faulthandler", "logging", "junitxml")
"""Plugins that say more of a failure; a child is only asked whether there is one."""

Build = Callable[[], "ast.Module | None"]
"""Makes the tree that a child executes; ``None`` stands for the module as it is."""


@dataclass(frozen=True)
class Target:
    """A module by its dotted name, and the test files that should notice its mutants."""

    module: str
    tests: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The source of the module."""
        return ROOT / f"{self.module.replace('.', '/')}.py"


@dataclass(frozen=True)
class Result:
    """How the tests of one child ended: pytest's exit code, or ``None`` where it ran out of time; in seconds."""

    code: int | None
    seconds: float


class _Edited(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and executes another syntax tree in its place."""

    def __init__(self, target: Target, tree: ast.Module) -> None:
        self._target, self._tree = target, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._target.module:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=str(self._target.file))

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._target.file)
        exec(compile(self._tree, str(self._target.file), "exec"), module.__dict__)


def preload(target: Target) -> None:
    """Import what the tests of a module import, except our own code, which a child must load itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with contextlib.suppress(BaseException):
            _run_tests(target, None)
        names = [name for name, module in list(sys.modules.items()) if module and name.partition(".")[0] not in _OURS]
        with os.fdopen(writing, "w") as names_out:
            names_out.write("\n".join(names))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as names_in:
        names = names_in.read().splitlines()
    os.waitpid(child, 0)
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()  # a child's garbage collector leaves alone what it shares with its parent


def run_all(
    target: Target, trees: Sequence[Build], *, jobs: int, limit_s: float, may_start: Callable[[], bool]
) -> Iterator[tuple[int, Result]]:
    """The result of each tree by its number, as they end; trees that ``may_start`` forbids have none."""
    waiting, running = list(range(len(trees))), dict[int, tuple[int, float]]()
    while waiting or running:
        while waiting and len(running) < jobs and may_start():
            number = waiting.pop(0)
            running[_fork(target, trees[number], limit_s)] = (number, time.monotonic())
        if not running:
            return
        child, status = os.wait()
        number, start = running.pop(child)
        code = None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        yield number, Result(code, time.monotonic() - start)


def _fork(target: Target, build: Build, limit_s: float) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # kills, so that an endless loop cannot catch it
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        code = _run_tests(target, build())
    finally:
        os._exit(code)


def _run_tests(target: Target, tree: ast.Module | None) -> int:
    import hypothesis  # noqa: PLC0415 - only children need them
    import pytest  # noqa: PLC0415

    # The same examples each time, and none remembered: a survivor of today is one of tomorrow.
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    sys.dont_write_bytecode = True
    if tree is not None:
        sys.meta_path.insert(0, _Edited(target, tree))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    left_out = (part for name in _PLUGINS_LEFT_OUT for part in ("-p", f"no:{name}"))
    return int(pytest.main([*_QUIET, *left_out, *(str(ROOT / test) for test in target.tests)]))
