"""A fleet plan: a manifest over ordinary plans, one for each role, each Region, and the person who connects.

Each member is a plan that is valid alone. The digest of the fleet is that of the manifest, which names the digest of
every member: what an admin reviewed is what is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Plan, check_texts, digest, what_is_wrong
from sm_ssh_widget.fleet.audit import line_of
from sm_ssh_widget.fleet.rows import scope_of
from sm_ssh_widget.incoming import parse_json
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.requirements.needs import Scope
from sm_ssh_widget.requirements.wording import counted

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/fleet-plan/1"
CANARIES = 3
_AGAIN = "Create a new plan: sm-ssh-widget plan --fleet AUDIT.jsonl --out FLEET.jsonl"


@dataclass(frozen=True)
class Member:
    """One plan of the fleet. ``scope`` says whether it is for a role, for who connects, or for a Region."""

    scope: Scope
    plan: Plan

    @property
    def role(self) -> str | None:
        """ARN of the role, ``None`` for a plan that is not for one role."""
        return str(self.plan.target["role"]) if self.scope == "role" else None

    @property
    def label(self) -> str:
        """What the member is for, in a few words."""
        if self.scope == "role":
            return f"role {str(self.role).rpartition('/')[2]}"
        return f"Region {self.plan.region}" if self.scope == "region" else str(self.plan.target["user"])

    @property
    def noun(self) -> str:
        """The kind of what the member is for, to count others of it."""
        return {"role": "role", "region": "Region"}.get(self.scope, "principal")

    def to_json(self) -> dict[str, Json]:
        """Return the entry of the manifest."""
        where = {"account": self.plan.account, "region": self.plan.region, "scope": self.scope, "role": self.role}
        return {**where, "digest": self.plan.digest}


@dataclass(frozen=True)
class FleetPlan:
    """Members in the order in which they are applied; the first roles serve as canaries.

    ``audit`` is the digest of the rows that were selected, ``refused`` the findings that no plan adds, each with its
    role, ``ignored`` the number of roles that ignore rules took out.
    """

    baseline: str
    options: tuple[str, ...]
    audit: str
    members: tuple[Member, ...]
    refused: tuple[Mapping[str, str], ...] = ()
    ignored: int = 0
    groups: tuple[Mapping[str, Json], ...] = field(default=())

    @property
    def roles(self) -> tuple[str, ...]:
        """ARNs of the roles that are changed."""
        return tuple(role for member in self.members if (role := member.role))

    @property
    def changes(self) -> int:
        """Number of changes of all members."""
        return sum(len(member.plan.changes) for member in self.members)

    @property
    def account(self) -> str:
        """The account of the first member. Raises ``IndexError`` for an empty fleet plan."""
        return self.members[0].plan.account

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts in the order in which they are changed."""
        return tuple(dict.fromkeys(member.plan.account for member in self.members))

    def numbers_of(self, account: str) -> tuple[int, ...]:
        """The places of an account's members."""
        return tuple(number for number, member in enumerate(self.members) if member.plan.account == account)

    @property
    def region(self) -> str:
        """The Region of the first member. Raises ``IndexError`` for an empty fleet plan."""
        return self.members[0].plan.region

    @property
    def title(self) -> str:
        """``12 changes to 3 roles in 1 account``."""
        accounts = len({member.plan.account for member in self.members})
        roles = counted(len(self.roles), "role")
        return f"{counted(self.changes, 'change')} to {roles} in {counted(accounts, 'account')}"

    def manifest(self) -> dict[str, Json]:
        """Return the manifest without its digest."""
        return {
            "schema": SCHEMA,
            "baseline": self.baseline,
            "options": list(self.options),
            "audit": self.audit,
            "plans": [member.to_json() for member in self.members],
            "refused": [dict(each) for each in self.refused],
            "ignored": self.ignored,
            "groups": [dict(each) for each in self.groups],
        }

    @property
    def digest(self) -> str:
        """``sha256:…`` of the canonical manifest."""
        return digest(self.manifest())

    def to_json(self) -> dict[str, Json]:
        """Return the manifest with its digest: the first line of the file."""
        return {**self.manifest(), "digest": self.digest}

    def lines(self) -> list[str]:
        """Return the lines of the file: the manifest, then each plan."""
        return [line_of(value) for value in (self.to_json(), *(member.plan.to_file() for member in self.members))]


def read_fleet_plan(lines: Sequence[str], path: str) -> FleetPlan:
    """Parse a fleet plan. Raises :class:`Problem` (``invalid``) if it is incomplete or was edited."""
    try:
        manifest, *plans = (parse_json(line) for line in lines)
        check_texts(manifest)
        if manifest["schema"] != SCHEMA:
            raise ValueError(f"schema {manifest['schema']!r}")
        members = tuple(
            Member(entry["scope"], Plan.from_json(plan)) for entry, plan in zip(manifest["plans"], plans, strict=True)
        )
        if any(member.scope not in ("role", "user", "region") for member in members):
            raise ValueError("a member has an unknown scope")
        found = FleetPlan(
            baseline=manifest["baseline"],
            options=tuple(manifest["options"]),
            audit=manifest["audit"],
            members=members,
            refused=tuple(manifest["refused"]),
            ignored=manifest["ignored"],
            groups=tuple(manifest["groups"]),
        )
        edited = found.to_json() != manifest
    except Problem as problem:
        raise Problem(f"Reading the fleet plan {path}", problem.said, _AGAIN, Code.INVALID) from problem
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _invalid(path, f"The file is not a fleet plan ({what_is_wrong(error)}).") from error
    if edited:
        raise _invalid(path, "The digest does not match the content. The file was edited after it was created.")
    if wrong := _inconsistent(found):
        raise _invalid(path, wrong)
    return found


def _inconsistent(found: FleetPlan) -> str:
    """Return why the members do not belong together; empty if they do."""
    for member in found.members:
        plan = member.plan
        if (plan.baseline, plan.options) != (found.baseline, found.options):
            return f"The plan for {member.label} has another baseline or other options."
        if any(scope_of_finding(change.finding) != member.scope for change in plan.changes):
            return f"The plan for {member.label} contains a change of another scope."
    if sum(1 for _ in groupby(found.members, lambda member: member.plan.account)) != len(found.accounts):
        return "The plans of an account do not stand together."
    roles = found.roles
    return "Two plans are for the same role." if len(set(roles)) != len(roles) else ""


def scope_of_finding(finding: str) -> Scope:
    """Return the scope of a requirement, or of the check with a temporary instance."""
    return "region" if finding == INSTANCE_CHECK.id else scope_of(finding)


def limited(selection: Selection, scope: Scope) -> Selection | None:
    """Return the selection with the required steps of one scope only; ``None`` if it has none."""
    required = {each.id for each in selection.requirements if selection.requires(each)}
    if selection.checks_instance:
        required.add(INSTANCE_CHECK.id)
    steps = frozenset(each for each in required if scope_of_finding(each) == scope)
    return Selection(selection.baseline, selection.options, steps, selection.key_bucket) if steps else None


def ordered(members: Iterable[Member], groups: Mapping[str, str], canaries: int = CANARIES) -> tuple[Member, ...]:
    """Order the members: account by account, and in each one role of each group first, as canaries, then the rest.

    Behind the canaries stand the person and the Regions, then the other roles by ARN. ``groups`` are the groups of the
    roles by ARN.
    """
    each = sorted(members, key=lambda member: member.plan.account)
    parts = (_ordered(list(part), groups, canaries) for _, part in groupby(each, lambda member: member.plan.account))
    return tuple(member for part in parts for member in part)


def _ordered(found: list[Member], groups: Mapping[str, str], canaries: int) -> tuple[Member, ...]:
    roles = sorted((member for member in found if member.role), key=lambda member: str(member.role))
    first: dict[str, Member] = {}
    for member in roles:
        first.setdefault(groups.get(str(member.role), ""), member)
    chosen = [*first.values()][:canaries]
    chosen += [member for member in roles if member not in chosen][: canaries - len(chosen)]
    others = [member for member in found if not member.role]
    return (*chosen, *others, *(member for member in roles if member not in chosen))


def _invalid(path: str, said: str) -> Problem:
    return Problem(f"Reading the fleet plan {path}", said, _AGAIN, Code.INVALID)
