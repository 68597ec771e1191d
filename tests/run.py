"""Everything that a change must pass, in one command: format, lint, types, tests. ``make test`` runs this.

Usage: python -m tests.run [PYTEST ARGUMENTS]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)


def main() -> int:
    """Run the checks, then pytest; the first failure decides the exit code, but all are run."""
    codes = [_run("-m", *check) for check in CHECKS]
    codes.append(_run("-m", "pytest", "--cov", "--cov-report=term:skip-covered", *sys.argv[1:]))
    return next((code for code in codes if code), 0)


def _run(*arguments: str) -> int:
    print("$ python", *arguments, flush=True)
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=os.environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
