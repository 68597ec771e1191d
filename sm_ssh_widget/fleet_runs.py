"""Runs of fleet plans: plan, apply, resume, verify and undo many roles. See :mod:`.fleet_pipeline` for the audit."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.account_sources import AccountSource, AssumedAccounts, PortalAccounts
from sm_ssh_widget.aws.applying.fleet_run import (
    INDEX,
    FleetObserver,
    FleetRun,
    NoFleetObserver,
    RunLimits,
    create_run,
    drifted_members,
    open_run,
    same_session,
)
from sm_ssh_widget.aws.applying.run_records import RUN, FleetRunFound, provenance_of_run, recent_runs
from sm_ssh_widget.aws.fleet_planning import FleetPlanner
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.backoff import never
from sm_ssh_widget.changes.acting import Acting, joined
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.plan import digest as digest_of
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.fleet.accounts import AccountChoice, AccountEntry, MemberRole
from sm_ssh_widget.fleet.alike import alike
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member, ordered, read_fleet_plan
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict
from sm_ssh_widget.fleet.run_index import RunIndex, run_code
from sm_ssh_widget.fleet_pipeline import audit, scope_of
from sm_ssh_widget.pipeline import Session, SignedIn, acting_of, acting_session, check_target, reading
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, Target

Json: TypeAlias = Any
FleetSession: TypeAlias = Session | AssumedAccounts | PortalAccounts
"""A session, or the sessions of several accounts."""

_Source = AssumedAccounts | PortalAccounts

__all__ = [
    "INDEX",
    "MOST_ASKED",
    "FleetObserver",
    "FleetRunFound",
    "RunLimits",
    "acting_accounts",
    "acting_of_fleet",
    "apply_fleet",
    "is_fleet_file",
    "is_run",
    "load_fleet_plan",
    "open_run",
    "plan_fleet",
    "plan_fleet_undo",
    "provenance_of_run",
    "recent_runs",
    "resume_fleet",
    "run_code",
    "save_fleet_plan",
    "undo_digest",
    "undo_fleet",
    "verify_fleet",
]

MOST_ASKED = 12
"""Members whose calls the policy simulator is asked about."""

# Plan


def plan_fleet(
    found: Audit, session: FleetSession | None = None, *, group: str | None = None, roles: Sequence[str] = ()
) -> FleetPlan:
    """Plan the selected roles of an audit: a group, or ARNs and names with wildcards; by default all fixable roles.

    The roles are read again. Ignored roles are taken out. For roles of several accounts, ``session`` is the source of
    their sessions. Raises :class:`Problem`: ``usage`` if nothing is selected.
    """
    header = found.header
    rows, ignored = _selected(found, group, roles)
    made: list[Member] = []
    refused: list[Mapping[str, str]] = []
    for account in sorted({row.account for row in rows} or {place.account for place in found.places}):
        wanted = [row.role for row in rows if row.account == account]
        regions = _regions_of(found, account)
        scope = scope_of(regions=regions, user=header.user or None, baseline=header.baseline, options=header.options)
        try:
            with _reading_in(session, account, regions[0], several=header.accounts > 1) as reader:
                planner = FleetPlanner(scope, reader)
                made += planner.members(wanted)
                refused += planner.refused
        except Problem as problem:
            if not isinstance(session, _Source) or problem.code is Code.USAGE:
                raise
            reason = f"{problem.said} {problem.remedy}"
            refused.append({"for": account, "finding": "account", "code": problem.code.value, "reason": reason})
    members = ordered(made, {row.role: row.group for row in rows})
    chosen = {row.role for row in rows}
    groups = [each.to_json() for each in found.groups if chosen & set(each.roles)]
    return FleetPlan(
        baseline=header.baseline,
        options=header.options,
        audit=found.digest_of(rows),
        members=members,
        refused=tuple(sorted(refused, key=lambda each: (each["for"], each["finding"]))),
        ignored=ignored,
        groups=tuple(groups),
    )


def _selected(found: Audit, group: str | None, roles: Sequence[str]) -> tuple[list[RoleRow], int]:
    """Return the selected rows and the number of ignored ones. Raises :class:`Problem` (``usage``) for none."""
    wanted = {role for each in found.groups if each.id == group for role in each.roles}
    exact = frozenset(roles) & {row.role for row in found}
    patterns = [each for each in roles if each not in exact]
    rows = []
    for row in found:
        if group:
            chosen = row.role in wanted
        elif roles:
            names = (row.role, row.name)
            chosen = row.role in exact or any(fnmatch.fnmatchcase(name, each) for each in patterns for name in names)
        else:
            chosen = row.verdict in (RowVerdict.FIXABLE, RowVerdict.IGNORED)
        rows += [row] if chosen else []
    kept = [row for row in rows if row.verdict is not RowVerdict.IGNORED]
    if not kept and not any(place.lacks.missing for place in found.places):
        said = "No role of the audit is selected." if rows or group or roles else "No role of the audit can be fixed."
        remedy = f"Show the groups: sm-ssh-widget audit show {found.path or 'FILE'}"
        raise Problem("Planning the fleet", said, remedy, Code.USAGE)
    return kept, len(rows) - len(kept)


def _regions_of(found: Audit, account: str) -> tuple[str, ...]:
    """The Regions that an account was audited in."""
    return tuple(place.region for place in found.places if place.account == account) or found.header.regions


@contextmanager
def _reading_in(session: FleetSession | None, account: str, region: str, *, several: bool) -> Iterator[AccountReader]:
    """Yield a reader of an account. Raises :class:`Problem` (``usage``) if the session is of one account only."""
    if isinstance(session, _Source):
        with session.open(AccountEntry(account)) as signed_in:
            yield signed_in.reader
        return
    with reading(session, region) as reader:
        if several and (answers := _account_of(reader)) != account:
            said = f"The audit has roles of account {account}, and the session is of account {answers}."
            remedy = "Name the role that is assumed in each account: --member-role NAME[,external-id=ID]"
            raise Problem("Planning the fleet", said, remedy, Code.USAGE)
        yield reader


def _account_of(reader: AccountReader) -> str:
    caller = reader.read("sts", "GetCallerIdentity")
    return str(caller.value["Account"]) if isinstance(caller, Known) else "unknown"


def save_fleet_plan(plan: FleetPlan, path: str | Path) -> None:
    """Write a fleet plan for review. Raises :class:`Problem` (``usage``) if the file exists."""
    with files.LineFile.create(path, resumable=False) as file:
        file.write(plan.lines())


def load_fleet_plan(path: str | Path) -> FleetPlan:
    """Read a fleet plan. Raises :class:`Problem` (``invalid``) if it is incomplete or was edited."""
    return read_fleet_plan(files.read_lines(path), str(path))


def is_fleet_file(path: str | Path) -> bool:
    """Whether a file begins as a fleet plan does."""
    try:
        with Path(path).open("rb") as opened:
            return b'"schema":"sm-ssh-widget/fleet-plan/' in opened.readline(100_000_000)
    except OSError:
        return False


def is_run(path: str | Path) -> bool:
    """Whether a path is the directory of a run."""
    return (Path(path) / INDEX).is_file()


def acting_of_fleet(plan: FleetPlan, session: SignedIn) -> tuple[Acting | None, int]:
    """Determine the calls that a session can make, for one member of each set of equal changes, and for how many.

    ``None`` where the session has ended. At most :data:`MOST_ASKED` members are asked for.
    """
    asked = [same[0] for same in alike(plan.members)][:MOST_ASKED]
    found = [acting_of(member.plan, session) for member in asked]
    whole = [each for each in found if each is not None]
    return (joined(whole) if whole and len(whole) == len(found) else None), len(asked)


# Apply, resume, undo


def acting_accounts(base: SignedIn, plan: FleetPlan, member_role: MemberRole) -> AssumedAccounts:
    """Return the sessions of a fleet plan's accounts: ``member_role`` is assumed in each but that of the base."""
    return AssumedAccounts.of(base, AccountChoice("list", plan.accounts), member_role)


def apply_fleet(
    plan: FleetPlan,
    session: FleetSession,
    journal_dir: str | Path | None = None,
    *,
    limits: RunLimits = RunLimits(),  # noqa: B008  # it is frozen
    observer: FleetObserver | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
    begun: Callable[[Path], None] | None = None,
) -> tuple[Path, RunIndex]:
    """Apply a reviewed fleet plan. Returns the directory of the run and its index, which :func:`run_code` judges.

    ``begun`` receives the directory before the first write.
    Raises :class:`Problem` if nothing was begun: ``drifted`` with ``all_or_nothing``, another account.
    """
    if limits.all_or_nothing:
        _refuse_drift(plan, session)
    started: datetime = (clock or current_clock()).now()
    stem = f"{started:%Y%m%dT%H%M%S.%f}{RUN}{plan.digest.partition(':')[2][:12]}"
    directory = files.place(journal_dir) / stem
    index = create_run(plan, directory, limits)
    if begun is not None:
        begun(directory)
    with _run(directory, plan, index, session, observer=observer, stop=stop, clock=clock) as run:
        return directory, run.apply()


def resume_fleet(
    directory: str | Path,
    session: FleetSession,
    *,
    observer: FleetObserver | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
) -> RunIndex:
    """Resume a run: members that are not done are resumed or begun. Raises :class:`Problem` for one that was undone."""
    plan, index = open_run(Path(directory))
    if index.undone:
        said = f"{len(index.undone)} of its members were undone. An undone run cannot be resumed."
        raise Problem(f"Resuming {directory}", said, f"Undo the rest: sm-ssh-widget undo {directory}", Code.REFUSED)
    index.outcomes = {number: each for number, each in index.outcomes.items() if each == "done"}
    index.checks = {account: ready for account, ready in index.checks.items() if ready}
    with _run(Path(directory), plan, index, session, observer=observer, stop=stop, clock=clock) as run:
        return run.apply()


def plan_fleet_undo(directory: str | Path, session: FleetSession) -> list[tuple[Member, Plan]]:
    """Plan the undo of a run, newest member first, without writing."""
    plan, index = open_run(Path(directory))
    with _run(Path(directory), plan, index, session) as run:
        return [(plan.members[number], each) for number, each in run.plans_to_undo()]


def undo_fleet(
    directory: str | Path,
    session: FleetSession,
    *,
    observer: FleetObserver | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
    digest: str | None = None,
) -> list[Journal]:
    """Undo a run, newest member first. Returns the journal of each member after its undo.

    ``digest`` is that of the reviewed undo (:func:`undo_digest`): any other one is refused before a write.
    """
    if digest is not None and undo_digest(plan_fleet_undo(directory, session)) != digest:
        said = "What the undo would do has changed since it was shown. Nothing was undone."
        raise Problem(f"Undoing {directory}", said, "Review the undo again.", Code.DRIFTED)
    plan, index = open_run(Path(directory))
    with _run(Path(directory), plan, index, session, observer=observer, stop=stop, clock=clock) as run:
        return run.undo()[1]


def undo_digest(plans: Sequence[tuple[Member, Plan]]) -> str:
    """``sha256:…`` over the plans of an undo, in their order."""
    return digest_of([plan.digest for _, plan in plans])


def verify_fleet(directory: str | Path, session: FleetSession | None = None) -> Audit:
    """Audit the roles of a run again; ``session`` is a source of sessions for those of several accounts."""
    plan, _ = open_run(Path(directory))
    source = session if isinstance(session, _Source) else None
    user = next((str(each.plan.target["user"]) for each in plan.members if each.plan.target["user"]), None)
    return audit(
        regions=tuple(dict.fromkeys(member.plan.region for member in plan.members)),
        roles=plan.roles,
        user=user,
        baseline=plan.baseline,
        options=plan.options,
        used_by="none",
        **({"accounts": source} if source else {"session": session}),
    )


def _refuse_drift(plan: FleetPlan, session: FleetSession) -> None:
    with _Sessions(session, plan.region) as sessions:
        drifted = drifted_members(plan, sessions)
    if drifted:
        said = (
            f"Changed since the plan was created: {', '.join(member.label for member in drifted)}. Nothing was written."
        )
        raise Problem("Checking the fleet plan", said, "Create a new plan.", Code.DRIFTED)


@contextmanager
def _run(
    directory: Path,
    plan: FleetPlan,
    index: RunIndex,
    session: FleetSession,
    *,
    observer: FleetObserver | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
) -> Iterator[FleetRun]:
    with _Sessions(session, plan.region) as sessions:
        yield FleetRun(directory, plan, index, sessions, _is_ready, observer or NoFleetObserver(), clock, stop)


class _Sessions:
    """Opens a session for a member. A source's session is kept until a member of another account needs one."""

    def __init__(self, session: FleetSession, region: str) -> None:
        self._session, self._region = session, region
        self._kept, self._account = ExitStack(), ""
        self._own: SignedIn | None = None

    def __enter__(self) -> _Sessions:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    @contextmanager
    def __call__(self, member: Member) -> Iterator[SignedIn]:
        """One session a member: a signed-in one is shared, its tripwire lists one member's calls at a time."""
        if isinstance(self._session, _Source):
            with same_session(self._in(self._session, member.plan.account)) as own:
                yield own
            return
        with acting_session(self._session, self._region) as signed_in, same_session(signed_in) as own:
            yield own

    def _in(self, source: AccountSource, account: str) -> SignedIn:
        if self._own is None or self._account != account:
            self._kept.close()
            self._own = None
            self._own, self._account = self._kept.enter_context(source.open(AccountEntry(account))), account
        return self._own


def _is_ready(member: Member, session: SignedIn) -> bool:
    """Whether every finding that the member's plan adds is satisfied now."""
    plan = member.plan
    user = PrincipalArn.parse(plan.target["user"]) if plan.target["user"] else None
    target = Target(PrincipalArn.parse(plan.target["role"]), plan.region, user=user, role_verified=True)
    report = check_target(target, Selection.of(plan.baseline, plan.options), session)
    added = {change.finding for change in plan.changes}
    return all(finding.status.ready for finding in report.findings if finding.id in added)
