"""Prompts for a person: secrets, which are never arguments and never displayed, and confirmations."""

from __future__ import annotations

import getpass
import re
import sys

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible

_BARE = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def ask(what: str) -> str:
    """Read a secret: ``keys`` for a whole block, else one line. Raises :class:`Problem` at the end of input."""
    if what == "keys":
        return named(_block())
    if sys.stdin.isatty():
        return _hidden(f"{what}: ").strip()
    line = sys.stdin.readline().strip()
    if not line:
        raise Problem("Signing in", f"Standard input contains no {what}.", "Pass it on standard input.", Code.SIGN_IN)
    return line


def named(block: str) -> str:
    """Return a block of keys; three bare lines (key ID, secret, session token) get their names."""
    lines = [line.strip() for line in block.splitlines() if line.strip()]
    if len(lines) in (2, 3) and all(re.fullmatch(r"[A-Za-z0-9/+=]{16,}", line) for line in lines):
        return "\n".join(f"{name}={line}" for name, line in zip(_BARE, lines, strict=False))
    return block


def possible() -> bool:
    """Whether a prompt is possible: standard input is a terminal."""
    return sys.stdin.isatty()


def confirmed(question: str) -> bool:
    """Ask a question; return whether the person confirms."""
    sys.stderr.write(f"{visible(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _block() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read()
    sys.stderr.write(
        "Paste the export block (or key ID, secret and session token), then press Enter twice. Input is hidden.\n"
    )
    lines: list[str] = []
    while line := _hidden("").strip():
        lines.append(line)
    return "\n".join(lines)


def _hidden(prompt: str) -> str:
    try:
        return getpass.getpass(prompt, stream=sys.stderr)
    except EOFError:
        return ""
