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

from sm_ssh_widget import fleet_pipeline, pipeline
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.pipeline import ExistingSession, SessionIdentity
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard import environment, fleet_rows, fleet_steps, steps
from sm_ssh_widget.wizard.blocks import Choice
from sm_ssh_widget.wizard.effects import (
    Apply,
    AuditAll,
    Check,
    ChooseRole,
    Detect,
    HandOver,
    Job,
    ListRoles,
    OpenRole,
    PlanUndo,
    Resume,
    SaveReport,
    SignInEffect,
    UndoEffect,
    Verify,
)
from sm_ssh_widget.wizard.fleet_state import RolesCounted
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
PRESSES = (
    *steps._PRESSES,
    *fleet_steps._PRESSES,
    "audit-all",
    "open-role:nonsense",
    *(f"go:{screen.value}" for screen in Screen),
    "continue-earlier:nonsense",
    "download:ticket",
    "name-user:user.permissions",
    "nonsense",
)
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
            AuditAll: [_given(everything), _given(replace(everything, rows=[]))],
            OpenRole: [_given(report) for report in reports],
            SaveReport: [_given("PGh0bWw+")],
            HandOver: [lambda effect: environment.saved(effect) if effect.saves else environment.ticket(effect)],
        }
    )


def _given(value: object) -> Value:
    return lambda _effect: value


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
        answers.append(RolesCounted(ticket, dice.randrange(1000)))
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
        return Pressed(dice.choice(PRESSES))
    if kind < 0.9:
        name = dice.choice(list(CHOICES))
        return Chose(name, dice.choice(CHOICES[name]), dice.random() < 0.6)
    return Typed(
        dice.choice(
            ["role", "region", "user", "profile", "pick-role", "find-role", "reason", "mfa-code", *fleet_rows.FIELDS]
        ),
        dice.choice(["", "x", "`", "é", "7"]),
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_events_leave_a_screen_with_one_primary_or_none_and_a_way_back(values: Values, seed: int) -> None:
    dice = random.Random(seed)
    state = _first()
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
        state.screen is Screen.UNDO
        or isinstance(effect, steps.WRITES)
        or (state.screen is Screen.PROOF and isinstance(effect, Verify) and effect.proof)
    )


def _writes(job: Job) -> bool:
    """Whether a job writes to the account."""
    effect = job.effect
    return isinstance(effect, steps.WRITES) or (isinstance(effect, Verify) and effect.proof)


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
        ways = {action.id for action in render(state, NOW).actions} & {"back", "keep"}
        if ways:
            state, _ = steps.step(state, Pressed(ways.pop()))
        elif state.busy:
            state, _ = steps.step(state, _answer(state, values, dice))
    return state


def test_every_screen_can_be_reached(values: Values) -> None:
    dice, seen = random.Random(7), set()
    for _ in range(30):
        state = _first()
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
