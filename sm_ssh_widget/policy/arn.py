"""Amazon Resource Names, in every partition.

An ARN has six parts; the last, the resource, may hold colons of its own:
``arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE``.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

PARTITION_OF_REGION_PREFIX = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
)
PARTITIONS = ("aws", *(partition for _, partition in PARTITION_OF_REGION_PREFIX))

PrincipalKind: TypeAlias = Literal["role", "user", "group", "root", "assumed-role", "federated-user"]

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ROOT = re.compile(r"arn:[^:]+:iam::(\d{12}):root", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_LONGEST = {"role": 64, "user": 64, "group": 128}
"""Maximum characters of a name. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
_PATH = re.compile(r"/|/[\x21-\x7e]{1,510}/")


class ArnError(ValueError):
    """Raised for a text that is not an ARN of the expected kind; the message names the wrong part."""


def is_account_id(text: str) -> bool:
    """Return whether the text is the id of an account: twelve digits."""
    return _ACCOUNT.fullmatch(text) is not None


def account_of_root(text: str) -> str | None:
    """The account whose root user the ARN names, in any partition; ``None`` for any other text."""
    found = _ROOT.fullmatch(text)
    return found[1] if found else None


def is_region(name: str) -> bool:
    """Return whether this could be the name of a Region: ``eu-west-1``, not the zone ``eu-west-1a``."""
    return _REGION.fullmatch(name) is not None


def partition_of_region(region: str) -> str:
    """Return the partition of a Region: ``cn-north-1`` → ``aws-cn``; any other Region is of ``aws``."""
    return next((p for prefix, p in PARTITION_OF_REGION_PREFIX if region.startswith(prefix)), "aws")


@dataclass(frozen=True, slots=True)
class Arn:
    """The six parts of an ARN, each as written."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Split ``text``; raises :class:`ArnError` when it has fewer than six parts or no ``arn:`` in front."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise ArnError(f"not an ARN: {text!r} (an ARN has six parts: arn:aws:iam::123456789012:role/NAME)")
        return cls(*parts[1:])

    def __str__(self) -> str:
        return ":".join(("arn", self.partition, self.service, self.region, self.account, self.resource))


@dataclass(frozen=True, slots=True)
class PrincipalArn:
    """A role, user, group, root user or session, as AWS names it.

    ``path`` is ``None`` where it is not known: ``sts:GetCallerIdentity`` names the session of a role without the
    role's path, and a path must not be guessed (``/service-role/`` is common, not certain).
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """

    partition: str
    account: str
    kind: PrincipalKind
    name: str
    path: str | None = "/"
    session: str = ""

    @classmethod
    def parse(cls, text: str) -> PrincipalArn:
        """Read the ARN of an IAM or STS identity; raises :class:`ArnError` and says which part is wrong."""
        arn = Arn.parse(text.strip())
        if arn.partition not in PARTITIONS:
            raise ArnError(f"unknown partition {arn.partition!r} in {text!r} (one of {', '.join(PARTITIONS)})")
        if not is_account_id(arn.account):
            raise ArnError(f"the account in {text!r} is {arn.account!r}, not twelve digits")
        if arn.service == "sts":
            return cls._of_session(arn, text)
        if arn.service != "iam" or arn.region:
            raise ArnError(f"{text!r} names no IAM identity (arn:{arn.partition}:iam::{arn.account}:role/NAME)")
        return cls._of_iam(arn, text)

    @classmethod
    def _of_session(cls, arn: Arn, text: str) -> PrincipalArn:
        kind, _, rest = arn.resource.partition("/")
        name, _, session = rest.partition("/")
        if kind == "assumed-role" and _NAME.fullmatch(name) and session:
            _check_length("role", name, text)
            return cls(arn.partition, arn.account, "assumed-role", name, None, session)
        if kind == "federated-user" and rest:
            return cls(arn.partition, arn.account, "federated-user", rest)
        raise ArnError(f"{text!r} names no session (arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION)")

    @classmethod
    def _of_iam(cls, arn: Arn, text: str) -> PrincipalArn:
        if arn.resource == "root":
            return cls(arn.partition, arn.account, "root", "root")
        kind, _, rest = arn.resource.partition("/")
        head, _, name = rest.rpartition("/")
        path = f"/{head}/" if head else "/"
        if kind not in ("role", "user", "group"):
            raise ArnError(f"{text!r} names a {kind or 'nothing'}, not a role or user")
        if not _NAME.fullmatch(name) or not _PATH.fullmatch(path):
            raise ArnError(f"the {kind} name in {text!r} is not one that IAM allows")
        _check_length(kind, name, text)
        return cls(arn.partition, arn.account, kind, name, path)  # type: ignore[arg-type]

    @property
    def path_known(self) -> bool:
        """Return whether the ARN is complete: without its path, the ARN of a role cannot be written."""
        return self.path is not None

    def role(self, path: str | None = None) -> PrincipalArn:
        """The role behind a session; its path stays unknown unless given."""
        return PrincipalArn(self.partition, self.account, "role", self.name, path)

    @property
    def path_and_name(self) -> str:
        """The ``IamRole`` of ``ssm:CreateActivation``: ``service-role/NAME``, of at most 64 characters.

        Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html
        """
        return f"{self._known_path()[1:]}{self.name}"

    def _known_path(self) -> str:
        if self.path is None:
            raise ArnError(f"the path of {self.kind} {self.name} is not known")
        return self.path

    def __str__(self) -> str:
        """The ARN; a path that is not known is shown as ``…``, which no AWS call accepts."""
        if self.kind == "root":
            return f"arn:{self.partition}:iam::{self.account}:root"
        if self.kind == "assumed-role":
            return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.name}/{self.session}"
        if self.kind == "federated-user":
            return f"arn:{self.partition}:sts::{self.account}:federated-user/{self.name}"
        path = "/…/" if self.path is None else self.path
        return f"arn:{self.partition}:iam::{self.account}:{self.kind}{path}{self.name}"


def _check_length(kind: str, name: str, text: str) -> None:
    if len(name) > _LONGEST[kind]:
        raise ArnError(f"the {kind} name in {text!r} has {len(name)} characters, and IAM allows {_LONGEST[kind]}")
