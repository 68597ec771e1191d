"""What an account answered: for each operation the shape of its answers, and its error codes and texts. No values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import boto3

from sm_ssh_widget.export.masking import mask_texts
from sm_ssh_widget.pipeline import SignedIn

Json: TypeAlias = Any

_ACCOUNT = re.compile(r"X{8}\d{4}")

SERVICES = (
    *("cloudformation", "codebuild", "ec2", "iam", "kms", "logs", "organizations"),
    *("s3", "sagemaker", "ssm", "ssm-quicksetup", "sts"),
)
"""The services that a check, an apply and an undo call."""


def shape(value: Json, at: str = "") -> Iterator[str]:
    """Yield ``path: type`` for everything in an answer; items of a list have one path."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if at or name != "ResponseMetadata":
                yield from shape(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        yield f"{at}[]"
        for inner in value:
            yield from shape(inner, f"{at}[]")
    else:
        yield f"{at}: {type(value).__name__}"


@dataclass
class Recording:
    """Answers by operation: the paths of successful ones, and the texts of each error code."""

    role: str
    people: tuple[str, ...] = ()
    paths: dict[str, set[str]] = field(default_factory=dict)
    errors: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    calls: int = 0

    def watch(self, session: SignedIn, region: str) -> None:
        """Record every answer to this session's clients in the Region."""
        for service in SERVICES:
            session.client(service, region).meta.events.register_first("after-call", self._take)

    def watch_role(self, session: boto3.Session) -> None:
        """Record every answer to clients that a boto3 session makes from now on."""
        session.events.register_first("after-call", self._take)

    def _take(self, parsed: Json, model: Any, **_: object) -> None:
        self.take(f"{model.service_model.service_name}:{model.name}", parsed)

    def take(self, operation: str, answer: Mapping[str, Json]) -> None:
        """Record one answer. An error is recorded without names, account and IDs."""
        self.calls += 1
        error = answer.get("Error")
        if not error:
            self.paths.setdefault(operation, set()).update(shape(answer))
            return
        text = self.masked(str(error.get("Message", "")))
        self.errors.setdefault(operation, {}).setdefault(str(error.get("Code", "")), set()).add(text)

    def masked(self, text: str) -> str:
        """Return a text without the names of the role and of the people, without account and unique IDs."""
        for name in self.people or ("",):
            (text,) = mask_texts([text], role=self.role, user=name)
        return _ACCOUNT.sub("ACCOUNT", text)

    @property
    def operations(self) -> set[str]:
        """The operations that were called."""
        return self.paths.keys() | self.errors.keys()


@dataclass(frozen=True)
class Difference:
    """What an operation did differently in two accounts. ``kind``: called, codes, texts or shape."""

    operation: str
    kind: str
    only_live: tuple[str, ...]
    only_simulated: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Return ``{"operation", "kind", "only_live", "only_simulated"}``."""
        only = {"only_live": list(self.only_live), "only_simulated": list(self.only_simulated)}
        return {"operation": self.operation, "kind": self.kind, **only}


def differences(live: Recording, simulated: Recording) -> tuple[Difference, ...]:
    """Compare two recordings of the same story, operation by operation."""
    every = sorted(live.operations | simulated.operations)
    return tuple(found for operation in every for found in _of_operation(operation, live, simulated))


def _of_operation(operation: str, live: Recording, simulated: Recording) -> Iterator[Difference]:
    if operation not in live.operations or operation not in simulated.operations:
        here, there = (((operation,) if operation in each.operations else ()) for each in (live, simulated))
        yield Difference(operation, "called", here, there)
        return
    mine, other = live.errors.get(operation, {}), simulated.errors.get(operation, {})
    yield from _sets(operation, "codes", set(mine), set(other))
    for code in sorted(mine.keys() & other.keys()):
        yield from _sets(operation, "texts", mine[code], other[code])
    if operation in live.paths and operation in simulated.paths:
        yield from _sets(operation, "shape", live.paths[operation], simulated.paths[operation])


def _sets(operation: str, kind: str, mine: set[str], other: set[str]) -> Iterator[Difference]:
    if mine != other:
        yield Difference(operation, kind, tuple(sorted(mine - other)), tuple(sorted(other - mine)))
