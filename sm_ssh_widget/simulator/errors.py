"""What the simulated account says when it refuses: AWS's code, AWS's text, AWS's status."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class AwsError(Exception):
    """An error that AWS would answer with; the wire puts it into the protocol of the service."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.code, self.message, self.status = code, message, status


class PassOn(Exception):
    """moto answers this request, which has been judged.

    ``then`` is told status and headers of its answer, and may raise what is answered in its place.
    """

    def __init__(self, then: Callable[[int, Mapping[str, str]], None] | None = None) -> None:
        super().__init__()
        self.then = then


def no_such_entity(kind: str, name: str) -> AwsError:
    """IAM's answer for a name that is not there."""
    return AwsError("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)


def malformed(message: str) -> AwsError:
    """IAM's answer to a document that it does not accept."""
    return AwsError("MalformedPolicyDocument", message)


def limit_exceeded(message: str) -> AwsError:
    """IAM's answer where a quota would be passed."""
    return AwsError("LimitExceeded", message, 409)


def constraint(value: str, member: str, rule: str) -> AwsError:
    """The answer of Systems Manager to a parameter outside its constraint."""
    text = (
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}"
    )
    return AwsError("ValidationException", text)
