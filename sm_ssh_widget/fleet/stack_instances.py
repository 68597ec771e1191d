"""Status of the stacks of a roll-out by account and Region, to be read beside an audit.

``deploy.sh --status`` prints one line for each stack set: the answer of ``ListStackInstances``. Like every file that
comes back it is input: what is not such an answer is refused.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstanceSummary.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import what_is_wrong
from sm_ssh_widget.incoming import parse_json
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

STATUSES = ("CURRENT", "OUTDATED", "INOPERABLE")
"""Statuses of a stack instance, the worst one last."""
NO_STACK = "NONE"
"""In place of a status, where the roll-out has no stack."""
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True)
class StackInstance:
    """A stack of a stack set: where it is, its status, and what AWS says of a failure."""

    stack_set: str
    account: str
    region: str
    status: str
    reason: str = ""

    @property
    def told(self) -> str:
        """The status, with the stack set and the reason where the stack is not current."""
        return self.status if self.is_current else f"{self.status}: {self.stack_set}. {self.reason}".strip()

    def to_json(self) -> dict[str, Json]:
        """Return the stack as a JSON object."""
        where = {"stack_set": self.stack_set, "account": self.account, "region": self.region}
        return {**where, "status": self.status, "reason": self.reason}

    @property
    def is_current(self) -> bool:
        """Return whether the stack is as its stack set says."""
        return self.status == STATUSES[0]


@dataclass(frozen=True)
class RollOutStatus:
    """What a roll-out has reached: the stacks that are current, the others, and audited accounts without any stack."""

    current: tuple[StackInstance, ...]
    others: tuple[StackInstance, ...]
    without: tuple[str, ...]


def read_stack_instances(lines: Sequence[str], path: str) -> tuple[StackInstance, ...]:
    """Parse the lines of ``deploy.sh --status``. Raises :class:`Problem` (``invalid``) for anything else."""
    try:
        answers = [parse_json(line) for line in lines if line.strip()]
        return tuple(_instance(each) for answer in answers for each in answer["Summaries"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        said = f"The file does not hold the status of stack sets ({what_is_wrong(error)})."
        remedy = f"Write it again: bash deploy.sh --status > {path}"
        raise Problem(f"Reading the stacks of {path}", said, remedy, Code.INVALID) from error


def _instance(value: Mapping[str, Json]) -> StackInstance:
    account, status = value["Account"], value["Status"]
    texts = (value["StackSetId"], value["Region"], value.get("StatusReason") or "")
    if not _ACCOUNT.fullmatch(account) or status not in STATUSES or not all(isinstance(each, str) for each in texts):
        raise ValueError(f"account {account!r}, status {status!r}")
    return StackInstance(texts[0].partition(":")[0], account, texts[1], status, texts[2])


def by_place(found: Iterable[StackInstance]) -> Mapping[tuple[str, str], StackInstance]:
    """Return the worst stack of each account and Region."""
    worst: dict[tuple[str, str], StackInstance] = {}
    for each in found:
        place = (each.account, each.region)
        if place not in worst or STATUSES.index(each.status) > STATUSES.index(worst[place].status):
            worst[place] = each
    return worst


def worst_stacks(found: Iterable[StackInstance]) -> Mapping[tuple[str, str], StackInstance]:
    """Return the worst stack of each account and Region, and under an empty Region that of the account."""
    places = by_place(found)
    return {**by_account(places.values()), **places}


def by_account(found: Iterable[StackInstance]) -> Mapping[tuple[str, str], StackInstance]:
    """Return the worst stack of each account, under an empty Region."""
    return {(account, ""): each for (account, _), each in by_place(replace(each, region="") for each in found).items()}


def status_of(found: Sequence[StackInstance], accounts: Iterable[str]) -> RollOutStatus:
    """Return the status of a roll-out for the accounts of an audit."""
    reached = {each.account for each in found}
    return RollOutStatus(
        current=tuple(each for each in found if each.is_current),
        others=tuple(each for each in found if not each.is_current),
        without=tuple(account for account in dict.fromkeys(accounts) if account not in reached),
    )
