"""Performs the effects on many roles, for :mod:`.worker`, in whose threads and behind whose boundary it runs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import fleet_pipeline, fleet_runs, pipeline
from sm_ssh_widget.export import fleet_handover
from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.fleet.accounts import AccountEntry
from sm_ssh_widget.fleet.alike import alike
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.fleet_plan import Member
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.fleet_pipeline import AssumedAccounts
from sm_ssh_widget.pipeline import SignedIn
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import SPECIFIED, Known, Observation, Target
from sm_ssh_widget.wizard.effects import (
    ApplyFleet,
    AskFleetActing,
    AuditAll,
    EnteredAccounts,
    HandOverFleet,
    ListAccounts,
    OpenRole,
    PlanFleet,
    PlanFleetUndo,
    ResumeFleet,
    SaveReport,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.environment import Home
from sm_ssh_widget.wizard.fleet_records import ended_run
from sm_ssh_widget.wizard.fleet_state import (
    AccountClosed,
    FleetActingTold,
    MemberMoved,
    PlannedFleet,
    PlannedUndo,
    RolesCounted,
    RunBegun,
    UndoneRun,
)
from sm_ssh_widget.wizard.screens.failures import failed_step, words
from sm_ssh_widget.wizard.state import Event

Carry: TypeAlias = Mapping[type, Callable[[int, Any], Any]]

COUNT_EVERY = 20
"""Roles between two events about the progress of an audit."""
MOST_SEEN = 10_000
"""Roles whose observation is kept for when they are opened; of more, a role is read again."""


@dataclass(frozen=True)
class Means:
    """What the worker lends: the session that reads, the one that writes, its home, and who hears of events.

    ``stopping`` gives, for the effect that is begun, whether a person asked to stop it.
    """

    reading: Callable[[], Any]
    acting: Callable[[], SignedIn]
    home: Callable[[], Home]
    post: Callable[[Event], None]
    stopping: Callable[[], Callable[[], bool]]


class _GivenUp(BaseException):
    """Ends an audit that was stopped; nothing on its way handles it."""


class FleetWorker:
    """Does the work for many roles. What an audit observed is kept here, for the roles that are opened later."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._audit: Audit | None = None
        self._seen: dict[str, Observation] = {}
        self._entered: EnteredAccounts | None = None
        self.carry: Carry = {
            ListAccounts: self._list_accounts,
            AuditAll: self._audit_all,
            OpenRole: self._open_role,
            PlanFleet: self._plan,
            AskFleetActing: self._ask_acting,
            ApplyFleet: self._apply,
            ResumeFleet: self._resume,
            VerifyFleet: self._verify,
            PlanFleetUndo: self._plan_undo,
            UndoFleet: self._undo,
            HandOverFleet: self._hand_over,
            SaveReport: self._save_report,
        }

    def _list_accounts(self, _ticket: int, effect: ListAccounts) -> object:
        return fleet_pipeline.list_accounts(self._means.reading(), effect.region or self._means.home().region)

    def _audit_all(self, ticket: int, effect: AuditAll) -> object:
        region, listener = effect.region or self._means.home().region, _Listener(ticket, self._means)
        how: dict[str, Any] = {"regions": (region,) if region else (), "session": self._means.reading()}
        try:
            with ExitStack() as stack:
                if effect.accounts is not None:
                    how["accounts"] = stack.enter_context(self._source(effect.accounts, region))
                    how["regions"] = effect.accounts.regions or how["regions"]
                found = fleet_pipeline.audit(
                    user=effect.user or None,
                    baseline=effect.baseline,
                    options=effect.options,
                    progress=listener.progress,
                    on_seen=listener.keep,
                    on_account=listener.closed,
                    **how,
                )
        except _GivenUp:
            return None
        self._audit, self._seen, self._entered = found, listener.seen, effect.accounts
        return found

    @contextmanager
    def _source(self, entered: EnteredAccounts, region: str) -> Iterator[AssumedAccounts]:
        """Yield the sessions of several accounts, from the identity that reads here."""
        with pipeline.acting_session(self._means.reading() or pipeline.AwsSession(), region) as base:
            yield fleet_pipeline.entered_accounts(base, entered.entries, entered.role)

    @contextmanager
    def session_in(self, account: str, region: str) -> Iterator[Any]:
        """Yield what reads an account: the role that the last audit assumed in it, else the session that reads."""
        reading, entered = self._means.reading(), self._entered
        own = isinstance(reading, SignedIn) and reading.face.account == account
        if entered is None or own or not any(each.id == account for each in entered.entries):
            yield reading
            return
        with self._source(entered, region) as source, source.open(AccountEntry(account)) as session:
            yield session

    def _open_role(self, _ticket: int, effect: OpenRole) -> object:
        audit, seen = self._audit, self._seen.get(effect.role)
        row = next((row for row in audit or () if row.role == effect.role), None)
        if audit is None or row is None:
            raise Problem(
                "Opening the role", "It is not among the audited roles.", "Audit the roles again.", Code.USAGE
            )
        if seen is not None and effect.region in ("", seen.target.region):
            return fleet_pipeline.report_of(audit, seen, self._means.reading())
        region = effect.region or audit.regions_of(row)[0]
        user = PrincipalArn.parse(audit.header.user) if audit.header.user else None
        target = Target(PrincipalArn.parse(row.role), region, user=user, sources={"role": SPECIFIED})
        selection = Selection.of(audit.header.baseline, audit.header.options)
        with self.session_in(row.account, region) as session:
            return pipeline.check_target(target, selection, session)

    # Plan, apply, prove, undo

    def _plan(self, _ticket: int, effect: PlanFleet) -> object:
        with ExitStack() as stack:
            session: Any = self._means.reading()
            if effect.accounts is not None:
                session = stack.enter_context(self._source(effect.accounts, effect.audit.header.regions[0]))
            made = fleet_runs.plan_fleet(effect.audit, session, roles=effect.roles)
        places = {id(member): number for number, member in enumerate(made.members)}
        return PlannedFleet(made, tuple(tuple(places[id(member)] for member in same) for same in alike(made.members)))

    def _ask_acting(self, _ticket: int, effect: AskFleetActing) -> object:
        told, asked = fleet_runs.acting_of_fleet(effect.plan, self._means.acting())
        return told and FleetActingTold(effect.digest, told, asked)

    def _apply(self, ticket: int, effect: ApplyFleet) -> object:
        path, _ = fleet_runs.apply_fleet(
            effect.plan,
            self._means.acting(),
            self._means.home().journals,
            limits=fleet_runs.RunLimits(effect.canaries, effect.max_failures),
            observer=_Told(ticket, self._means.post),
            stop=self._means.stopping(),
            begun=lambda directory: self._means.post(RunBegun(ticket, str(directory))),
        )
        return ended_run(path)

    def _resume(self, ticket: int, effect: ResumeFleet) -> object:
        observer, stop = _Told(ticket, self._means.post), self._means.stopping()
        fleet_runs.resume_fleet(effect.path, self._means.acting(), observer=observer, stop=stop)
        return ended_run(Path(effect.path))

    def _verify(self, _ticket: int, effect: VerifyFleet) -> object:
        return fleet_runs.verify_fleet(effect.path, self._means.reading())

    def _plan_undo(self, _ticket: int, effect: PlanFleetUndo) -> object:
        plans = fleet_runs.plan_fleet_undo(effect.path, self._means.acting())
        members = [Member(member.scope, plan) for member, plan in plans]
        return PlannedUndo(tuple(map(tuple, alike(members))), fleet_runs.undo_digest(plans))

    def _undo(self, ticket: int, effect: UndoFleet) -> object:
        observer, stop = _Told(ticket, self._means.post), self._means.stopping()
        undone = fleet_runs.undo_fleet(
            effect.path, self._means.acting(), observer=observer, stop=stop, digest=effect.digest
        )
        _, index = fleet_runs.open_run(Path(effect.path))
        outcomes = {**index.outcomes, **observer.outcomes, **dict.fromkeys(index.undone, "undone")}
        failed = ((number, failed_step(each)) for number, each in zip(observer.outcomes, undone, strict=True))
        reasons = {number: words(step) for number, step in failed if step is not None}
        return UndoneRun(outcomes, reasons, all(journal.complete for journal in undone) and not stop())

    # Hand over

    def _hand_over(self, _ticket: int, effect: HandOverFleet) -> object:
        if effect.form == "plan":
            return base64.b64encode("".join(effect.plan.lines()).encode()).decode()
        content = fleet_handover.content(effect.plan, effect.form)
        return base64.b64encode(content).decode() if effect.saves else content.decode()

    def _save_report(self, _ticket: int, effect: SaveReport) -> object:
        return base64.b64encode(as_html(effect.audit).encode()).decode()


class _Listener:
    """Posts how far an audit is, and keeps what it observed. Several threads call it, one account each."""

    def __init__(self, ticket: int, means: Means) -> None:
        self._ticket, self._post, self._stop = ticket, means.post, means.stopping()
        self._alias: str | None = None
        self._numbers, self._number = count(1), 0
        self.seen: dict[str, Observation] = {}

    def keep(self, observed: Observation) -> None:
        """Keep what was observed of a role; the first one tells the alias of the account."""
        if self._alias is None:
            alias = observed.account.alias
            self._alias = alias.value if isinstance(alias, Known) else ""
        self._number = next(self._numbers)
        if len(self.seen) < MOST_SEEN:
            self.seen[str(observed.target.role)] = observed

    def progress(self, _number: int) -> None:
        """Post the number of roles so far, or give up."""
        if self._stop():
            raise _GivenUp
        number = self._number
        if number == 1 or number % COUNT_EVERY == 0:
            self._post(RolesCounted(self._ticket, number, self._alias or ""))

    def closed(self, now: AccountsProgress) -> None:
        """Post that an account was closed, or give up."""
        if self._stop():
            raise _GivenUp
        self._post(AccountClosed(self._ticket, now))


class _Told:
    """Posts what each member of a run comes to, and keeps it."""

    def __init__(self, ticket: int, post: Callable[[Event], None]) -> None:
        self._ticket, self._post = ticket, post
        self.outcomes: dict[int, str] = {}

    def member(self, number: int, of: int, member: Member, outcome: str) -> None:  # noqa: ARG002  # the plan holds them
        """Post the result of a member."""
        self.outcomes[number - 1] = outcome
        self._post(MemberMoved(self._ticket, number - 1, outcome))
