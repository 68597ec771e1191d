"""Accounts of an audit: which ones are chosen, what is known of each, and the role that reads in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sm_ssh_widget.problem import Code, Problem

Kind: TypeAlias = Literal["current", "org", "ou", "list", "portal"]

AUDIT_ROLE = "SageMakerSSHHelperAudit"
"""Name of the role that ``export --format audit-role`` creates, and that an audit assumes in each account."""

ACCOUNTS = "current, org, ou:ID,…, portal, file:PATH, or account IDs"

_ID = re.compile(r"\d{12}", re.ASCII)
_UNIT = re.compile(r"(ou|r)-[a-z0-9-]{4,68}", re.ASCII)
_ROLE = re.compile(r"([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


@dataclass(frozen=True)
class AccountEntry:
    """One account. ``unit`` is the path of its organizational unit, ``profile`` the profile that signs in to it.

    ``id`` is empty where only the sign-in tells it.
    """

    id: str
    name: str = ""
    unit: str = ""
    suspended: bool = False
    profile: str = ""

    @property
    def label(self) -> str:
        """The ID, or the profile that stands for it."""
        return self.id or f"profile {self.profile}"


@dataclass(frozen=True)
class AccountChoice:
    """A parsed ``--accounts``: its kind, and the IDs of units or accounts."""

    kind: Kind
    ids: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> AccountChoice:
        """Parse ``current``, ``org``, ``ou:ID,…``, ``portal`` or account IDs. Raises :class:`Problem` (``usage``)."""
        asked = text.strip()
        if asked in ("current", "org", "portal"):
            return cls(asked)  # type: ignore[arg-type]  # one of the literals
        if asked.startswith("ou:"):
            return cls("ou", _ids(asked.removeprefix("ou:").split(","), _UNIT, "the ID of an organizational unit"))
        return cls("list", _ids(asked.split(","), _ID, "an account ID (12 digits)"))

    @classmethod
    def of_file(cls, content: str) -> AccountChoice:
        """Parse a list of accounts: the first word of each line, ``#`` begins a comment. Raises as :meth:`parse`."""
        lines = (line.partition("#")[0].replace(",", " ").split() for line in content.splitlines())
        return cls("list", _ids([words[0] for words in lines if words], _ID, "an account ID (12 digits)"))

    @property
    def name(self) -> str:
        """The choice as an audit file names it."""
        return f"ou:{','.join(self.ids)}" if self.kind == "ou" else self.kind


def _ids(parts: Sequence[str], form: re.Pattern[str], what: str) -> tuple[str, ...]:
    found = [part.strip() for part in parts]
    for each in found:
        if not form.fullmatch(each):
            raise _usage(f"{each[:80]!r} is not {what}.", f"Use --accounts with one of: {ACCOUNTS}")
    if not found:
        raise _usage("The list names no account.", "Put one account ID on each line.")
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class ListedAccounts:
    """The accounts that an identity lists, the suspended ones last.

    ``own`` is the account of that identity. ``unit`` of each is the path of its organizational unit, by names; ``note``
    is the reason why no units are known, empty if they are.
    """

    entries: tuple[AccountEntry, ...]
    own: str = ""
    note: str = ""


@dataclass(frozen=True)
class MemberRole:
    """The role that is assumed in each account. ``name`` includes its path, without the first slash."""

    name: str = AUDIT_ROLE
    external_id: str | None = None

    @classmethod
    def parse(cls, text: str) -> MemberRole:
        """Parse ``NAME[,external-id=ID]``. Raises :class:`Problem` (``usage``)."""
        name, marker, external_id = text.strip().partition(",external-id=")
        if not _ROLE.fullmatch(name):
            raise _usage("--member-role is not the name of a role.", "Use --member-role NAME[,external-id=ID]")
        if marker and not _EXTERNAL_ID.fullmatch(external_id):
            raise _usage(
                "The external ID of --member-role is invalid.", "It has 2 to 1,224 letters, digits or +=,.@:/-"
            )
        return cls(name, external_id if marker else None)

    def arn(self, account: str, partition: str) -> str:
        """ARN of the role in an account."""
        return f"arn:{partition}:iam::{account}:role/{self.name}"


def active_first(entries: Iterable[AccountEntry]) -> tuple[AccountEntry, ...]:
    """Return each account once, by ID, the suspended ones last: they are listed, not read."""
    once = {entry.label: entry for entry in entries}
    return tuple(sorted(once.values(), key=lambda entry: (entry.suspended, entry.label)))


def _usage(said: str, remedy: str) -> Problem:
    return Problem("Reading the accounts", said, remedy, Code.USAGE)
