"""Lints a Python program that an export contains."""

from __future__ import annotations

import subprocess
import sys


def faults_of(code: str) -> str:
    """What ruff says of undefined names, likely bugs and syntax errors; empty if nothing."""
    words = ["check", "--isolated", "--quiet", "--select", "F,B,E9", "--stdin-filename", "index.py", "-"]
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", *words], input=code, text=True, capture_output=True, check=False
    )
    return checked.stdout + checked.stderr
