"""Errors in three parts: where, what AWS said, what to do next.

Every error that reaches a person is a :class:`Problem`; its ``code`` decides the exit code of the command line.
"""

from __future__ import annotations

from enum import Enum


class Code(str, Enum):
    """Kind of a problem: the value in ``--json`` output, and the exit code of the command line."""

    MISSING = "missing"
    USAGE = "usage"
    BLOCKED = "blocked"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DRIFTED = "drifted"
    INVALID = "invalid"
    SIGN_IN = "sign-in"
    UNREACHABLE = "unreachable"
    AWS_REFUSED = "aws-refused"
    PARTLY_APPLIED = "partly-applied"
    STOPPED = "stopped"

    @property
    def exit_code(self) -> int:
        """Exit code of the command line for this kind."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Code.MISSING: 1,
    Code.USAGE: 2,
    Code.BLOCKED: 3,
    Code.REFUSED: 3,
    Code.UNKNOWN: 4,
    Code.DRIFTED: 5,
    Code.INVALID: 6,
    Code.SIGN_IN: 7,
    Code.UNREACHABLE: 8,
    Code.AWS_REFUSED: 8,
    Code.PARTLY_APPLIED: 9,
    Code.STOPPED: 130,
}


EXIT_MEANINGS = {
    0: "ready, done, or nothing to do",
    1: "something is missing",
    2: "the command was not used correctly",
    3: "blocked or refused",
    4: "unknown: a required fact could not be read",
    5: "drifted: the account changed since the plan",
    6: "a plan, journal or bundle is invalid",
    7: "sign-in failed",
    8: "AWS could not be reached, or refused a call",
    9: "partly applied",
    130: "stopped",
}
"""Meaning of each exit code of the command line."""


class Problem(Exception):
    """An error that a person can act on. It never contains a secret."""

    def __init__(self, where: str, said: str, remedy: str, code: Code) -> None:
        super().__init__(where, said, remedy, code)
        self.where, self.said, self.remedy, self.code = where, said, remedy, code

    def __str__(self) -> str:
        return f"{self.where}: {self.said} {self.remedy}"

    def to_json(self) -> dict[str, object]:
        """Return ``{"error": {"where", "said", "next", "code"}}``, as the command line prints it."""
        parts = {"where": self.where, "said": self.said, "next": self.remedy, "code": self.code.value}
        return {"error": parts}
