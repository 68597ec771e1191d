"""AWS managed policies that the specification names, as they stood on 2026-09-30.

They move (``CloudWatchLogsFullAccess`` is at its eighth version), so the live default version is read where it can
be; a snapshot answers where it cannot. The documents are those of the partition ``aws``: elsewhere AWS publishes the
same ones with ARNs of that partition.
Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class ManagedPolicy:
    """One policy at one version; ``path`` is IAM's (``/`` or ``/service-role/``), ``updated`` an ISO 8601 time."""

    name: str
    path: str
    version: str
    updated: str
    document: Mapping[str, Any]


class UnknownPolicyError(KeyError):
    """There is no snapshot of a policy of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


def names() -> tuple[str, ...]:
    """The names of all snapshots, sorted."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


@cache
def snapshot(name: str) -> ManagedPolicy:
    """The snapshot of a policy; raises :class:`UnknownPolicyError`."""
    if name not in names():
        raise UnknownPolicyError(f"no snapshot of {name!r} (one of {', '.join(names())})")
    entry = json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
    path = entry["arn_path"].removeprefix("policy").removesuffix(name)
    return ManagedPolicy(name, path, entry["version"], entry["updated"], MappingProxyType(entry["document"]))


def arn(name: str, partition: str) -> str:
    """The ARN of an AWS managed policy, with its path; raises :class:`UnknownPolicyError`.

    ``AmazonSSMAutomationRole`` is ``arn:aws:iam::aws:policy/service-role/AmazonSSMAutomationRole``: without the path
    IAM answers ``NoSuchEntity``.
    """
    return f"arn:{partition}:iam::aws:policy{snapshot(name).path}{name}"
