"""The state machine under any events whatever: it never raises, there is one primary button, and a way back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sm_ssh_widget import fleet_pipeline, fleet_runs, pipeline
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.fleet.accounts import AccountEntry, ListedAccounts
from sm_ssh_widget.fleet.audit import AccountLine, Audit
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.pipeline import ExistingSession, SessionIdentity
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard import (
    account_choices,
    environment,
    fleet_planning,
    fleet_rows,
    fleet_run_steps,
    fleet_steps,
    steps,
)
from sm_ssh_widget.wizard.blocks import Choice
from sm_ssh_widget.wizard.effects import (
    FLEET_WRITES,
    WRITES,
    Apply,
    ApplyFleet,
    AuditAll,
    Check,
    ChooseRole,
    Detect,
    HandOver,
    HandOverFleet,
    Job,
    ListAccounts,
    ListRoles,
    OpenRole,
    PlanFleet,
    PlanFleetUndo,
    PlanUndo,
    Resume,
    ResumeFleet,
    SaveReport,
    SignInEffect,
    UndoEffect,
    UndoFleet,
    Verify,
    VerifyFleet,
)
from sm_ssh_widget.wizard.fleet_state import (
    AccountClosed,
    EndedRun,
    MemberMoved,
    PlannedFleet,
    PlannedUndo,
    RolesCounted,
    RunBegun,
    UndoneRun,
)
from sm_ssh_widget.wizard.screens import render
from sm_ssh_widget.wizard.state import (
    Busy,
    Came,
    Chose,
    DeviceAsked,
    DeviceRoles,
    Event,
    Failed,
    Moved,
    Pressed,
    Screen,
    SessionEnded,
    Typed,
    WayIn,
    WizardState,
)
from sm_ssh_widget.wizard.view import actions, to_json

Value: TypeAlias = Callable[[Any], object]


class Values(dict[type, list[Value]]):
    """What effects give, by their kind; too long to be printed."""

    def __repr__(self) -> str:
        return "Values()"


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
OF_MANY = (
    *fleet_steps._PRESSES,
    *fleet_run_steps.PRESSES,
    "download-fleet:shell",
    "download-fleet:nonsense",
    "open-role:nonsense",
    "list-accounts",
    "audit-accounts",
    "clear-accounts",
    "sign-in-to-list",
)
OF_ONE = (
    *steps._PRESSES,
    "audit-all",
    "choose-accounts",
    "choose-accounts",
    *(f"go:{screen.value}" for screen in Screen),
    "continue-earlier:nonsense",
    "download:ticket",
    "name-user:user.permissions",
    "nonsense",
)
OF_ROLES_OR_ACCOUNTS = (*fleet_rows.FIELDS, *account_choices.FIELDS)
PRESSES = (*OF_ONE, *OF_MANY)
CHOICES = {
    "purpose": ("training", "processing", "endpoints", "studio", "nonsense"),
    "baseline": ("classic", "least-privilege", "nonsense"),
    "options": ("hardened-trust", "owner-guard", "as-documented", "host-management"),
    "way": ("device", "keys", "profile", "assume-role", "simulated", "hand-over"),
    "connects": ("found", "signed-in", "other", "not-yet"),
    "tier": ("yes", "no"),
    "mask": ("mask",),
    fleet_rows.GROUPS: ("nonsense",),
    fleet_rows.STATUSES: (*fleet_rows.VERDICTS, "nonsense"),
    fleet_rows.ROLES: ("nonsense",),
    fleet_rows.TICKS: ("0", "1", "nonsense"),
    fleet_rows.RAISES: ("yes", "no"),
    account_choices.FROM: ("organization", "list", "nonsense"),
    account_choices.ACCOUNTS: ("123456789012", "210987654321", "345678901234", "nonsense"),
    account_choices.UNITS: (account_choices.EVERY_UNIT, "Workloads", "Workloads/Research", "nonsense"),
    account_choices.REGIONS: ("this", "used", "all", "some", "nonsense"),
    "ticks": ("trust.ssm", "ssm.tier", "role.managed-instance-core", "role.sagemaker-ssm-policy", "user.owner-guard"),
}


@pytest.fixture(scope="module")
def values() -> Values:
    """What effects give, seen once on the simulated account."""
    with pipeline.simulated_account() as account:
        role = account.session("execution-role")
        found = pipeline.detect(session=role, metadata_path=account.directory / "metadata.json")
        assert found.target is not None
        reports = [
            pipeline.check_target(found.target, Selection.of(baseline), session)
            for baseline in ("classic", "least-privilege")
            for session in (role, account.session("admin"))
        ]
        admin = pipeline.sign_in(ExistingSession(account.session("admin")), region="eu-west-1", endpoint=account.url)
        before = fleet_pipeline.audit(session=admin, used_by="none")
        fleet = fleet_runs.plan_fleet(before, admin)
        journal = pipeline.apply(pipeline.plan(reports[1]), admin, account.directory / "journals")
        way_back = pipeline.plan_undo(journal, admin)
        verified = pipeline.verify(reports[1], session=admin)
        everything = fleet_pipeline.audit(session=admin, used_by="none")
    lost = replace(found, target=None, shared_space=True)
    faces: list[SessionIdentity] = [
        admin.face,
        replace(admin.face, until=NOW, warnings=("It is long-lived.",), endpoint=""),
    ]
    runs = [journal, _failed(journal), replace(_all(journal, StepStatus.UNDONE), undoing=True), _drifted(journal)]
    return Values(
        {
            Detect: [_given(found), _given(lost)],
            ListRoles: [_given(()), _given((str(reports[0].target.role),))],
            Check: [_given((found, report)) for report in (*reports, verified)],
            SignInEffect: [_given(face) for face in faces],
            ChooseRole: [_given(face) for face in faces],
            Apply: [_given(run) for run in runs],
            Resume: [_given(run) for run in runs],
            PlanUndo: [_given(way_back), _given(replace(way_back, changes=()))],
            UndoEffect: [_given(run) for run in runs],
            Verify: [_given(report) for report in (*reports, verified)],
            OpenRole: [_given(report) for report in reports],
            HandOver: [lambda effect: environment.saved(effect) if effect.saves else environment.ticket(effect)],
            **_of_fleet(before, everything, fleet),
        }
    )


def _of_fleet(before: Audit, after: Audit, fleet: FleetPlan) -> dict[type, list[Value]]:
    """What the effects on many roles give."""
    return {
        ListAccounts: [_given(LISTED), _given(replace(LISTED, note="Denied.")), _given(ListedAccounts(()))],
        AuditAll: [_given(before), _given(after), _given(replace(after, rows=[])), _given(_of_several(after))],
        SaveReport: [_given("PGh0bWw+")],
        PlanFleet: [
            _given(PlannedFleet(fleet, tuple((at,) for at in range(len(fleet.members))))),
            _given(PlannedFleet(replace(fleet, members=()), ())),
            _given(_planned_in_two(fleet)),
        ],
        ApplyFleet: [_ended(each) for each in OUTCOMES],
        ResumeFleet: [_ended(each) for each in OUTCOMES],
        VerifyFleet: [_given(after), _given(before)],
        PlanFleetUndo: [
            _given(PlannedUndo(((fleet.members[0],),), "sha256:1")),
            _given(PlannedUndo((), "sha256:2")),
        ],
        UndoFleet: [_given(UndoneRun({0: "undone"}, {}, True)), _given(UndoneRun({0: "done"}, {}, False))],
        HandOverFleet: [_given("The ticket.")],
    }


LISTED = ListedAccounts(
    (
        AccountEntry("123456789012", "Management"),
        AccountEntry("210987654321", "`Research`", "Workloads/Research"),
        AccountEntry("345678901234", "Former", "Suspended", suspended=True),
    ),
    "123456789012",
)


def _of_several(found: Audit) -> Audit:
    """The audit of several accounts, one of which was not read and one of which is suspended."""
    denied = {"where": "Signing in", "said": "Denied.", "next": "Ask.", "code": "sign-in"}
    others = [AccountLine("210987654321", "not-read", denied), AccountLine("345678901234", "suspended", name="Former")]
    return replace(found, header=replace(found.header, accounts=3), accounts=[*found.accounts, *others])


def _elsewhere(value: Any) -> Any:
    return value.replace("123456789012", "210987654321") if isinstance(value, str) else value


def _planned_in_two(fleet: FleetPlan) -> PlannedFleet:
    """The plan with its first member in another account, too."""
    first = fleet.members[0]
    target = {name: _elsewhere(value) for name, value in first.plan.target.items()}
    other = replace(first, plan=replace(first.plan, target=target))
    made = replace(fleet, members=(*fleet.members, other))
    return PlannedFleet(made, tuple((at,) for at in range(len(made.members))))


def _given(value: object) -> Value:
    return lambda _effect: value


def _ended(outcome: str) -> Value:
    """A run of many roles as it ends: complete, or with its first member in any other way."""

    def of(effect: Any) -> EndedRun:
        members = len(effect.plan.members) if isinstance(effect, ApplyFleet) else 1
        if outcome == "done":
            return EndedRun("/runs/one", dict.fromkeys(range(members), "done"), {}, True, True)
        return EndedRun("/runs/one", {0: outcome}, {0: "AWS said no."}, outcome != "unknown", False)

    return of


OUTCOMES = ("done", "done", "done", "refused", "drifted", "stopped", "partly-applied", "unknown")


def _all(journal: Journal, status: StepStatus) -> Journal:
    return replace(journal, steps=tuple(replace(step, status=status) for step in journal.steps))


def _failed(journal: Journal) -> Journal:
    first, second, *rest = journal.steps
    failed = replace(second, status=StepStatus.FAILED, detail="Denied.", notes={"code": "sign-in"})
    pending = (replace(step, status=StepStatus.PENDING) for step in rest)
    return replace(journal, steps=(first, failed, *pending))


def _drifted(journal: Journal) -> Journal:
    drifted = replace(journal.steps[0], status=StepStatus.DRIFTED)
    return replace(_all(journal, StepStatus.UNDONE), steps=(drifted, *journal.steps[1:]), undoing=True)


def _first() -> WizardState:
    setting = environment.setting("aws")
    return steps.start(replace(setting, ways=(*setting.ways, WayIn("device", "Sign in with a browser", "A code"))))[0]


def _of_many(values: Values) -> WizardState:
    """A wizard that shows an audit, signed in."""
    state, (job,) = steps.step(_first(), Pressed("audit-all"))
    state, _ = steps.step(state, Came(job.ticket, job.effect, values[AuditAll][0](job.effect)))
    return replace(state, face=values[SignInEffect][0](None))  # type: ignore[arg-type]


def _applied(values: Values) -> WizardState:
    """A wizard that has applied a plan to many roles, and checks them again."""
    state, (job,) = steps.step(_of_many(values), Pressed("plan-fleet"))
    state, _ = steps.step(state, Came(job.ticket, job.effect, values[PlanFleet][0](job.effect)))
    state, _ = steps.step(steps.step(state, Pressed("continue-fleet"))[0], Pressed("apply-fleet"))
    assert state.busy is not None
    ended = Came(state.busy.ticket, state.busy.effect, _ended("done")(state.busy.effect))
    return steps.step(steps.step(state, RunBegun(state.busy.ticket, "/runs/one"))[0], ended)[0]


def _of_accounts(values: Values) -> WizardState:
    """A wizard that shows the accounts of an organization, signed in."""
    state, (job,) = steps.step(_first(), Pressed("choose-accounts"))
    state, _ = steps.step(state, Came(job.ticket, job.effect, LISTED))
    state, _ = steps.step(state, Chose(account_choices.UNITS, account_choices.EVERY_UNIT, on=True))
    return replace(state, face=values[SignInEffect][0](None))  # type: ignore[arg-type]


STARTS: tuple[Callable[[Values], WizardState], ...] = (lambda _: _first(), _of_many, _applied, _of_accounts)


def _answer(state: WizardState, values: Values, dice: random.Random) -> Event:
    """Something that may come of what is under way."""
    busy = state.busy
    if busy is None:
        return SessionEnded()
    effect, ticket = busy.effect, busy.ticket
    answers: list[Event] = [Came(ticket, effect, value(effect)) for value in values[type(effect)]]
    code = dice.choice(["usage", "sign-in", "aws-refused", "unreachable"])
    answers.append(Failed(ticket, effect, "Somewhere", "AWS said no.", "Try again.", code))
    answers.append(Came(ticket - 1, effect, None))
    if isinstance(effect, SignInEffect):
        answers += [DeviceAsked(ticket, "ABCD-EFGH", "https://device.example", "2026-11-22T12:10:00Z")]
        answers += [DeviceRoles(ticket, (("123456789012", "ml", "Admin"), ("210987654321", "", "Reader")))]
    if isinstance(effect, AuditAll):
        answers.append(RolesCounted(ticket, dice.randrange(1000), dice.choice(["", "acme-ml"])))
        now = AccountsProgress(1, 3, 5, 0, 1.0, 2, 3.0, "210987654321", dice.choice(["read", "not-read", ""]))
        answers.append(AccountClosed(ticket, now))
    if isinstance(effect, FLEET_WRITES):
        answers.append(RunBegun(ticket, "/runs/one"))
        answers += [MemberMoved(ticket, dice.randrange(3), each) for each in ("begun", "done", "undone", "refused")]
    if isinstance(effect, (Apply, Resume, UndoEffect)):
        answers += [Moved(ticket, run) for value in values[Apply] if isinstance(run := value(effect), Journal)]
    return dice.choice(answers)


def _event(state: WizardState, values: Values, dice: random.Random) -> Event:
    kind = dice.random()
    view = render(state, NOW)
    shown = [action.id for action in view.actions]
    shown += [action.id for action in view.actions if action.look == "primary" or action.acts] * 4
    inside = [button["id"] for button in _pressable(to_json(view.blocks))]
    if kind < 0.3:
        return _answer(state, values, dice)
    if kind < 0.5 or not inside:
        return Pressed(dice.choice(shown))
    if kind < 0.6:
        return Pressed(dice.choice(inside))
    if kind < 0.8:
        return Pressed(dice.choice(PRESSES if kind < 0.65 else OF_MANY if state.many else OF_ONE))
    if kind < 0.9:
        name = dice.choice(list(CHOICES))
        return Chose(name, dice.choice(CHOICES[name]), dice.random() < 0.6)
    return Typed(
        dice.choice(
            ["role", "region", "user", "profile", "pick-role", "find-role", "reason", "mfa-code", *OF_ROLES_OR_ACCOUNTS]
        ),
        dice.choice(["", "x", "`", "é", "7", *fleet_planning.CANARIES, *fleet_planning.FAILURES]),
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_events_leave_a_screen_with_one_primary_or_none_and_a_way_back(values: Values, seed: int) -> None:
    dice = random.Random(seed)
    state = dice.choice(STARTS)(values)
    for _ in range(60):
        state, jobs = steps.step(state, _event(state, values, dice))
        view = render(state, NOW)
        json.dumps(to_json(view))
        primaries = [action for action in actions(view) if action.look == "primary"]
        assert len(primaries) == (not _is_grave(state)), (state.screen, view.actions)
        for button in _pressable(to_json(view)):
            name = button["id"]
            says_why = (
                state.failed is not None and state.failed.ticket == 0
            )  # it was pressed, and nothing changed since
            after, begun = steps.step(state, Pressed(name))
            assert says_why or (after, begun) != (state, ()), (state.screen, name, "is a dead button")
            assert bool(button.get("acts")) >= any(map(_writes, begun)), (state.screen, name, "writes unmarked")
            assert steps.acts(name) >= bool(button.get("acts")), (name, "is marked and may be pressed on any view")
        assert all(job.ticket in (0, state.tickets) for job in jobs)
        assert "mfa-code" not in state.typed
    typed = state.typed
    state = _way_back(state, values, dice)
    assert state.screen is Screen.WHO
    assert state.typed == typed


def _is_grave(state: WizardState) -> bool:
    """Whether something is being written, or an undo is to be confirmed: then no button is the one to press."""
    effect = state.busy.effect if state.busy else None
    return (
        state.screen in (Screen.UNDO, Screen.FLEET_UNDO)
        or isinstance(effect, WRITES)
        or (state.screen is Screen.PROOF and isinstance(effect, Verify) and effect.proof)
    )


def _writes(job: Job) -> bool:
    """Whether a job writes to the account."""
    effect = job.effect
    return isinstance(effect, WRITES) or (isinstance(effect, Verify) and effect.proof)


def _pressable(value: Any) -> Iterator[dict[str, Any]]:
    """Every button that can be pressed, wherever on the screen it stands."""
    if isinstance(value, dict):
        if "label" in value and "id" in value and not {"kind", "unavailable", "url", "copies"} & set(value):
            yield value
        for each in value.values():
            yield from _pressable(each)
    elif isinstance(value, list):
        for each in value:
            yield from _pressable(each)


def _way_back(state: WizardState, values: Values, dice: random.Random) -> WizardState:
    """Back and back again; what is under way is let come to its end."""
    for _ in range(40):
        if state.screen is Screen.WHO:
            break
        ways = {action.id for action in render(state, NOW).actions} & {"back", "keep", "keep-fleet"}
        if ways:
            state, _ = steps.step(state, Pressed(ways.pop()))
        elif state.busy:
            state, _ = steps.step(state, _answer(state, values, dice))
    return state


def test_every_screen_can_be_reached(values: Values) -> None:
    dice, seen = random.Random(7), set()
    for number in range(60):
        state = STARTS[number % len(STARTS)](values)
        for _ in range(80):
            state, _ = steps.step(state, _event(state, values, dice))
            seen.add(state.screen)
        if seen == set(Screen):
            break
    assert seen == set(Screen)


def test_an_answer_that_comes_too_late_is_not_looked_at(values: Values) -> None:
    state = _first()
    assert state.busy is not None
    late = Came(state.busy.ticket, state.busy.effect, values[Detect][1](None))
    asked, _ = steps.step(state, Typed("role", "arn:aws:iam::123456789012:role/R"))
    asked, _ = steps.step(asked, Pressed("check"))
    assert steps.step(asked, late) == (asked, ())


def test_nothing_else_begins_while_something_is_written(values: Values) -> None:
    state = replace(_first(), busy=None, screen=Screen.APPLY)
    journal = values[Apply][0](None)
    assert isinstance(journal, Journal)
    running = replace(state, busy=Busy(Apply(journal.plan), 1), journal=journal)
    for name in PRESSES:
        after, jobs = steps.step(running, Pressed(name))
        assert name == "stop" or (after, jobs) == (running, ())


def test_pasted_keys_are_off_in_a_shared_space(values: Values) -> None:
    state = replace(_first(), busy=None, detection=values[Detect][1](None), screen=Screen.PERMISSION)  # type: ignore[arg-type]
    (choice,) = [block for block in render(state, NOW).blocks if isinstance(block, Choice)]
    keys = next(option for option in choice.options if option.id == "keys")
    assert "shared space" in keys.unavailable
    assert steps.step(state, Chose("way", "keys", True))[0].choice("way") == frozenset()
