"""Errors of the simulated account, with AWS's code, text and status."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class AwsError(Exception):
    """An error response of AWS, rendered later in the protocol of the service."""

    def __init__(self, code: str, message: str, status: int = 400, members: Mapping[str, str] | None = None) -> None:
        """Make the error; ``members`` are the further ones of a JSON error."""
        super().__init__(code, message)
        self.code, self.message, self.status, self.members = code, message, status, dict(members or {})


class PassOn(Exception):
    """Raised to let moto answer an authorized request.

    ``then`` receives status and headers of moto's response, and can raise a different response.
    """

    def __init__(self, then: Callable[[int, Mapping[str, str]], None] | None = None) -> None:
        super().__init__()
        self.then = then


def no_such_entity(kind: str, name: str) -> AwsError:
    """Return IAM's error for a name that does not exist."""
    return AwsError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)


def malformed(message: str) -> AwsError:
    """Return IAM's error for a document that it does not accept."""
    return AwsError("MalformedPolicyDocument", message)


def limit_exceeded(message: str) -> AwsError:
    """Return IAM's error for an exceeded quota."""
    return AwsError("LimitExceeded", message, 409)


def constraint(value: str, member: str, rule: str) -> AwsError:
    """Return the error of Systems Manager for a parameter outside its constraint."""
    text = (
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}"
    )
    return AwsError("ValidationException", text)
