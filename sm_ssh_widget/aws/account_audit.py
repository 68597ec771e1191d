"""Audit of one account: sweep it, judge every role in scope, and build its rows.

The stages are those of a check: a role is observed and assessed as ``check`` does it, from a reader that answers from
the sweep.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from sm_ssh_widget.aws.detection.roles import why_not
from sm_ssh_widget.aws.observation.chosen_facts import More
from sm_ssh_widget.aws.observation.observe import observe
from sm_ssh_widget.aws.observation.regions import AT_ONCE as REGIONS_AT_ONCE
from sm_ssh_widget.aws.observation.sweep import Sweep, SweptRole
from sm_ssh_widget.aws.observation.usage import Usage, UsageDepth, read_usage
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.changes.planner import with_refusals
from sm_ssh_widget.fleet.rows import RegionRow, RoleRow, region_row, role_row
from sm_ssh_widget.fleet.texts import TextTable
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import SPECIFIED, Observation, Target, Unknown
from sm_ssh_widget.requirements.ssh_owner import with_client, with_key_bucket

AT_ONCE = 4
"""Roles that are read at once where the sweep is denied."""
JUDGED_AGAIN = 2
"""Roles with a row that a resumed audit judges again."""
_WILDCARDS = "*?["


@dataclass(frozen=True)
class AuditScope:
    """What an audit asks: the selection, the Regions, which roles (ARNs or names, with wildcards), who connects.

    Without ``roles``: every role that SageMaker can assume, or that SageMaker uses. ``account`` is one of several
    accounts: roles that are named in full for another one are not read in it.
    """

    selection: Selection
    regions: tuple[str, ...]
    roles: tuple[str, ...] = ()
    user: PrincipalArn | None = None
    used_by: UsageDepth = "defaults"
    account: str = ""

    def named_roles(self) -> tuple[PrincipalArn, ...]:
        """The roles that are named in full: they are audited also if the roles cannot be listed."""
        named = (PrincipalArn.parse(each) for each in self.roles if each.startswith("arn:") and not _is_glob(each))
        return tuple(arn for arn in named if self.account in ("", arn.account))

    def includes(self, role: SweptRole, usage: Usage) -> bool:
        """Whether a role is audited."""
        arn = str(role.arn)
        if self.roles:
            if not any(
                fnmatch.fnmatchcase(arn, each) or fnmatch.fnmatchcase(role.arn.name, each) for each in self.roles
            ):
                return False
            if arn in self.roles or role.arn.name in self.roles:
                return True
        return arn in usage.uses or any(why_not(role.arn, role.trust, region) is None for region in self.regions)


@dataclass
class AccountAudit:
    """The audit of one account. ``notes`` and ``problem`` are complete once every row was yielded.

    ``done`` are the roles of an earlier, unfinished run; two of them are judged again, because only an audit of several
    roles shows whether the organization's decisions on one stand for all. ``progress`` is called with the number of
    roles so far, ``seen`` with the observation of each role, in the first Region.
    """

    scope: AuditScope
    reader: AccountReader
    table: TextTable
    done: frozenset[str] = frozenset()
    progress: Callable[[int], None] = lambda _: None
    seen: Callable[[Observation], None] = lambda _: None
    notes: list[str] = field(default_factory=list)
    problem: Problem | None = None
    scps: str = "none"
    _regions_read: bool = False
    _again: int = 0

    def rows(self) -> Iterator[RegionRow | RoleRow]:
        """Yield the row of each Region once, and the row of each role.

        Raises :class:`Problem` if not even the first role can be judged.
        """
        usage = read_usage(self.reader, self.scope.regions, self.scope.used_by)
        self.notes += usage.notes
        sweep = Sweep(self.reader, people=self.scope.user is not None)
        places: set[str] = set()
        yielded = 0
        try:
            for role, reports in self._judged(sweep, usage):
                for region, (seen, found) in reports.items():
                    if region not in places:
                        places.add(region)
                        yield region_row(seen, found, self.table)
                if str(role.arn) in self.done:
                    continue
                yield self._row(role, reports, usage)
                yielded += 1
                self.progress(yielded)
        except Problem as problem:
            if not yielded:
                raise
            self.problem = problem
        self._close(sweep)

    def _judged(
        self, sweep: Sweep, usage: Usage
    ) -> Iterator[tuple[SweptRole, dict[str, tuple[Observation, Assessment]]]]:
        """Judge the roles one after the other from the sweep; several at once where each has to be read."""
        batch: list[SweptRole] = []
        for role in self._in_scope(sweep, usage):
            if sweep.denied is None:
                yield role, self._reports(role)
                continue
            batch.append(role)
            if len(batch) == AT_ONCE:
                yield from self._together(batch)
                batch = []
        yield from self._together(batch)

    def _together(
        self, batch: list[SweptRole]
    ) -> Iterator[tuple[SweptRole, dict[str, tuple[Observation, Assessment]]]]:
        found = self.reader.in_parallel(*((lambda role=role: self._reports(role)) for role in batch))
        yield from zip(batch, found, strict=True)

    def _in_scope(self, sweep: Sweep, usage: Usage) -> Iterator[SweptRole]:
        named = {str(arn): arn for arn in self.scope.named_roles()}
        for role in sweep.roles():
            named.pop(str(role.arn), None)
            if self._is_wanted(role) and self.scope.includes(role, usage):
                yield role
        yield from filter(self._is_wanted, map(sweep.named, named.values()))

    def _is_wanted(self, role: SweptRole) -> bool:
        """Return whether to judge a role: one without a row, or one of the first that have one."""
        if str(role.arn) not in self.done:
            return True
        self._again += 1
        return self._again <= JUDGED_AGAIN

    def _reports(self, role: SweptRole) -> dict[str, tuple[Observation, Assessment]]:
        """Judge a role in every Region; those behind the first one together, as the first role reads each Region."""
        first, *others = self.scope.regions
        found = {first: self._report(role, first)}
        for start in range(0, len(others), REGIONS_AT_ONCE):
            some = others[start : start + REGIONS_AT_ONCE]
            thunks = (partial(self._report, role, region) for region in some)
            made = tuple(thunk() for thunk in thunks) if self._regions_read else self.reader.in_parallel(*thunks)
            found |= zip(some, made, strict=True)
        self._regions_read = True
        return found

    def _report(self, role: SweptRole, region: str) -> tuple[Observation, Assessment]:
        """Observe and assess one role in one Region, as a check does."""
        seen = observe_role(role, region, self.scope)
        selection = self.scope.selection
        return seen, with_refusals(selection, seen, assess(selection, seen))

    def _row(self, role: SweptRole, reports: dict[str, tuple[Observation, Assessment]], usage: Usage) -> RoleRow:
        rows = {region: role_row(seen, found, self.table) for region, (seen, found) in reports.items()}
        first, *others = rows
        row = rows[first]
        self.seen(reports[first][0])
        for region in others:
            row = row.and_elsewhere(region, rows[region])
        return replace(row, used_by=tuple(usage.uses.get(row.role, ())), last_used=role.last_used)

    def _close(self, sweep: Sweep) -> None:
        """Record how the account was read."""
        shared = sweep.shared
        self.scps = "every role" if shared.barred else "one role" if shared.sampled else "none"
        if self.scps == "one role":
            self.notes.append(
                "Service control policies were checked for one role. A policy that names other roles is not included."
            )
        if sweep.denied is not None:
            self.notes.append(
                "Each role was read by itself, because iam:GetAccountAuthorizationDetails was denied. With it, an "
                "audit needs about 30 calls, without it 30 for each role."
            )
        if sweep.broken is not None and self.problem is None:
            self.problem = _incomplete(sweep.broken)


def observe_role(role: SweptRole, region: str, scope: AuditScope) -> Observation:
    """Observe one role in one Region, as a check does. Raises :class:`Problem` as :func:`observe` does."""
    selection = scope.selection
    named = {"role": SPECIFIED}  # nothing but the request says that it is an execution role
    target = Target(role.arn, region, user=scope.user, role_verified=bool(role.trust), sources=named)
    target = with_key_bucket(with_client(target, selection), selection)
    arns = {name: managed.arn(name, target.partition) for name in selection.managed_names}
    names, more = selection.managed_names, More.of(selection)
    return observe(target, role.reader, managed=names, managed_arns=arns, more=more)


def _is_glob(text: str) -> bool:
    return any(sign in text for sign in _WILDCARDS)


def _incomplete(fact: Unknown) -> Problem:
    said = f"The list of roles is not complete. {fact.said}"
    return Problem(f"Listing the roles ({fact.read})", said, fact.remedy, Code.UNKNOWN)
