"""Everything that a change must pass, in one command: format, lint, types, tests. ``make test`` runs this.

The browser and the benchmarks run by themselves, after the
rest: what they measure is time. The notebooks are run by nbval, every output compared. What is covered is counted by
``make coverage``: counting makes the properties, which are nothing but Python, six times slower.

Usage: python -m tests.run
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "-n", "2", "--dist", "loadfile", "-m", "not browser and not benchmark and not real_client"),
    ("pytest", "-m", "browser"),
    ("pytest", "-m", "benchmark", "-s"),
    ("pytest", "--nbval", "notebooks", "-p", "no:cacheprovider"),
)


def main() -> int:
    """Run every step, also after one has failed; the first failure decides the exit code."""
    codes = [_run(*step) for step in STEPS]
    return next((code for code in codes if code), 0)


def _run(*arguments: str) -> int:
    print("$ python -m", *arguments, flush=True)
    started = time.monotonic()
    code = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False).returncode
    print(f"  exit code {code} after {time.monotonic() - started:.0f} s", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
