"""``python -m tests.mutants [MODULE …]``: the share of small edits to the core that its own tests notice.

Prints every survivor as it is found, then the rate of the module. Exit code 1 where fewer than 95 of 100 are noticed,
those apart that ``table.EXPLAINED`` gives a reason for. The sample is the same for the same ``--seed``.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from .fork_server import Result, Target, preload, run_all
from .mutations import Mutant, mutants_of
from .table import EXPLAINED, TARGETS

REQUIRED_PERCENT = 95


def main(arguments: list[str]) -> int:
    """Check the modules that are named, or all; 0 when each reaches the rate, 1 when not, 2 on misuse."""
    options = _options(arguments)
    chosen = [target for target in TARGETS if not options.modules or _is_chosen(target, options.modules)]
    if not chosen:
        sys.stderr.write(f"No such module. Known: {', '.join(target.module for target in TARGETS)}\n")
        return 2
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    end = time.monotonic() + options.budget
    reached = True
    for index, target in enumerate(chosen):
        share = (end - time.monotonic()) / (len(chosen) - index)
        reached &= _isolated(lambda target=target, share=share: _check(target, options, share))  # type: ignore[misc]
    return 0 if reached else 1


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="the end of a dotted name, such as policy.evaluate")
    parser.add_argument("--budget", type=float, default=1200, help="seconds in all; what does not fit is not run")
    parser.add_argument("--sample", type=int, default=150, help="mutants a module at most; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=Path, help="the output of an earlier run: only its survivors are run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def _is_chosen(target: Target, names: list[str]) -> bool:
    return any(target.module == name or target.module.endswith(f".{name}") for name in names)


def _isolated(check: Callable[[], bool]) -> bool:
    """Run a check in a fork, so that what one module's tests load does not reach the next module."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            code = 0 if check() else 1
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0


def _check(target: Target, options: argparse.Namespace, share_s: float) -> bool:
    preload(target)
    (_, base), *_ = run_all(target, [lambda: None], jobs=1, limit_s=600, may_start=lambda: True)
    if base.code != 0:
        print(f"{target.module}: its tests fail without a mutant (pytest's exit code {base.code})")
        return False
    mutants = list(mutants_of(target.file.read_text(encoding="utf-8")))
    _name_forgotten(target, {mutant.name for mutant in mutants})
    if options.again:
        mutants = _survived(mutants, target, options.again.read_text(encoding="utf-8"))
    if options.sample and len(mutants) > options.sample:
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    end = time.monotonic() + share_s
    limit_s = max(10.0, 10 * base.seconds)
    trees = [mutant.tree for mutant in mutants]
    ended = run_all(target, trees, jobs=options.jobs, limit_s=limit_s, may_start=lambda: time.monotonic() < end)
    return _report(target, mutants, ended)


def _name_forgotten(target: Target, names: set[str]) -> None:
    """Name the explanations of mutants that the module no longer has."""
    for name in EXPLAINED.get(target.module, {}):
        if name not in names:
            print(f"  explained, and no such mutant: {name}", flush=True)


def _survived(mutants: list[Mutant], target: Target, output: str) -> list[Mutant]:
    """The mutants that an earlier output of this program names as survivors of the module; their lines may differ."""
    pattern = rf"^  survived {re.escape(target.file.name)}:[0-9]+: (.*)$"
    names = set(re.findall(pattern, output, re.MULTILINE))
    return [mutant for mutant in mutants if mutant.name in names]


def _report(target: Target, mutants: list[Mutant], ended: Iterable[tuple[int, Result]]) -> bool:
    """Print each survivor as soon as its tests end, then the rate; whether it is reached."""
    reasons = EXPLAINED.get(target.module, {})
    counted, explained, survived = 0, 0, 0
    for number, result in ended:
        mutant, counted = mutants[number], counted + 1
        if result.code == 0 and mutant.name in reasons:
            explained += 1
        elif result.code == 0:
            survived += 1
            print(f"  survived {target.file.name}:{mutant.line}: {mutant.name}", flush=True)
        elif mutant.name in reasons:
            print(f"  explained, and noticed: {mutant.name}", flush=True)
    percent = 100 * (counted - survived) / counted if counted else 0.0
    left = f", {len(mutants) - counted} did not fit the time" if counted < len(mutants) else ""
    noticed = counted - survived - explained
    print(f"{target.module}: {percent:.1f} %: {noticed} of {counted} noticed, {explained} survivors explained{left}")
    return percent >= REQUIRED_PERCENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
