"""Fault switches: failures of AWS on request, for counted calls.

A fault is an object: ``kind`` (see :data:`KINDS`), ``operation`` (``iam:GetRole``, ``ssm:*``; default every one),
``principal`` (an ARN pattern; default all), ``account`` (a pattern of the ID of the caller's account; default all),
``after`` (the number of the first matching call that it hits, from 1), ``every`` (3: each third call from there),
``count`` (how many it hits; absent: all that follow), and its own values: ``seconds`` (delay-visibility; time-passes:
advance of the account's clock before the work, so that a session can end), ``milliseconds`` (latency: before the work;
late-answer: after it), ``size`` (small-pages), ``body`` (garbage), ``code``, ``message`` and ``status`` (error),
``policy`` (see :data:`DENYING`), ``explicit``, ``arn`` (of the policy) and ``reason`` (deny: whether AWS gives one).
``deny-by-scp`` is a service control policy that denies ``operation`` as an IAM action, for all principals and without
counting.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sm_ssh_widget.simulator import authorise

KINDS = (
    "throttle",
    "delay-visibility",
    "cut-before",
    "cut-after",
    "deny-by-scp",
    "small-pages",
    "expired-token",
    "latency",
    "late-answer",
    "error",
    "garbage",
    "time-passes",
    "deny",
)
DENYING = (
    *("identity-based policy", "resource-based policy", "permissions boundary", "session policy"),
    *("service control policy", "resource control policy", "VPC endpoint policy"),
)
"""Kinds of policy that AWS names in a denial."""


@dataclass(frozen=True)
class Fault:
    """One switch."""

    kind: str
    operation: str = "*"
    principal: str = "*"
    after: int = 1
    count: int | None = None
    seconds: float = 2.0
    milliseconds: float = 100.0
    size: int = 2
    code: str = "InternalFailure"
    message: str = "An internal error occurred."
    status: int = 500
    body: str = "<html>not what was asked for"
    policy: str = "identity-based policy"
    explicit: bool = False
    reason: bool = True
    arn: str = ""
    account: str = "*"
    every: int = 1

    def reason_for(self, action: str) -> str:
        """Return AWS's reason for the denial of an action; empty if it gives none."""
        return authorise.reason(self.policy, action, explicit=self.explicit, policy=self.arn) if self.reason else ""

    def meets(self, operation: str, principal: str, account: str = "") -> bool:
        """Whether this fault counts a call."""
        matches = fnmatch.fnmatchcase(operation.lower(), self.operation.lower())
        return matches and fnmatch.fnmatchcase(principal, self.principal) and self.is_of(account)

    def is_of(self, account: str) -> bool:
        """Return whether this fault concerns the calls of an account."""
        return fnmatch.fnmatchcase(account, self.account)

    def hits(self, number: int) -> bool:
        """Whether the ``number``-th matching call is hit."""
        since, place = divmod(number - self.after, self.every)
        return number >= self.after and place == 0 and (self.count is None or since < self.count)


def read_faults(value: Any) -> tuple[Fault, ...]:
    """Parse faults from JSON. Raises :class:`ValueError` for an unknown kind or member."""
    known = {each.name for each in fields(Fault)}
    found = []
    for given in value if isinstance(value, list) else [value]:
        unknown = set(given) - known
        known_policy = given.get("policy", DENYING[0]) in DENYING
        if unknown or given.get("kind") not in KINDS or not known_policy:
            raise ValueError(f"not a fault: {given} (kinds: {', '.join(KINDS)}; members: {', '.join(sorted(known))})")
        found.append(Fault(**given))
    return tuple(found)


@dataclass
class Faults:
    """Active switches, each with its number of matching calls."""

    switches: tuple[Fault, ...] = ()
    met: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, switches: Iterable[Fault]) -> None:
        """Replace all switches and reset the counters."""
        with self.lock:
            self.switches, self.met = tuple(switches), {}

    def for_call(self, operation: str, principal: str, account: str = "") -> dict[str, Fault]:
        """Count a call and return the faults that apply to it, by kind."""
        found: dict[str, Fault] = {}
        with self.lock:
            for index, fault in enumerate(self.switches):
                if fault.meets(operation, principal, account):
                    self.met[index] = self.met.get(index, 0) + 1
                    if fault.hits(self.met[index]):
                        found.setdefault(fault.kind, fault)
        return found

    def to_json(self) -> list[dict[str, Any]]:
        """Return the switches, with ``met``: the number of counted calls."""
        return [asdict(fault) | {"met": self.met.get(index, 0)} for index, fault in enumerate(self.switches)]
