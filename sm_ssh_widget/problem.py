"""What went wrong, in three parts: where, what AWS said, what to do next.

Every error that reaches a person is a :class:`Problem`; its ``code`` decides the exit code of the command line.
"""

from __future__ import annotations

from enum import Enum


class Code(str, Enum):
    """The kind of a problem. The value stands in ``--json`` output; :attr:`exit_code` in the shell."""

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
        """The exit code of the command line for a problem of this kind."""
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


class Problem(Exception):
    """An error that a person can act on. It never carries a secret."""

    def __init__(self, where: str, said: str, remedy: str, code: Code) -> None:
        super().__init__(where, said, remedy, code)
        self.where, self.said, self.remedy, self.code = where, said, remedy, code

    def __str__(self) -> str:
        return f"{self.where}: {self.said} {self.remedy}"

    def to_json(self) -> dict[str, object]:
        """``{"error": {"where", "said", "next", "code"}}``, as the command line prints it."""
        parts = {"where": self.where, "said": self.said, "next": self.remedy, "code": self.code.value}
        return {"error": parts}
