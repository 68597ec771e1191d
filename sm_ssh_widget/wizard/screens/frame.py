"""The frame of every screen: the context line, the stepper, the live region's words."""

from __future__ import annotations

import zlib
from datetime import datetime

from sm_ssh_widget.pipeline import SessionIdentity
from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.wizard import choices, steps
from sm_ssh_widget.wizard.controls import Context, StepItem
from sm_ssh_widget.wizard.effects import (
    WRITES,
    Apply,
    Check,
    Resume,
    UndoEffect,
    UndoFleet,
    Verify,
)
from sm_ssh_widget.wizard.screens import fleet_frame
from sm_ssh_widget.wizard.screens.labels import FORGET, counted, short
from sm_ssh_widget.wizard.state import Intent, Screen, WizardState
from sm_ssh_widget.wizard.view import View

LABELS = {
    Screen.WHO: "Who and where",
    Screen.HEALTH: "Health",
    Screen.PLAN: "Plan",
    Screen.PERMISSION: "Permission",
    Screen.APPLY: "Apply",
    Screen.PROOF: "Proof",
}
_BESIDE = {Screen.HAND_OVER: Screen.PLAN, Screen.UNDO: Screen.APPLY, Screen.DONE: Screen.PROOF}
_HUES = 8
_ENDING_MINUTES = 10
_RENEWING_MINUTES = 3
"""A session that renews itself was to be renewed earlier than this."""
_STARTED_PERCENT = 50


def status(shown: View, said: str) -> str:
    """What the live region says: the headline, then what happened."""
    heading = shown.heading.replace("`", "").replace("{{", "").replace("}}", "")
    return " ".join(filter(None, (heading if heading.endswith((".", "?")) else f"{heading}.", said)))


def busy(state: WizardState) -> str:
    """What is under way; a proof makes an activation and takes it away, so it is no mere check."""
    effect = state.busy.effect if state.busy else None
    if isinstance(effect, Verify) and effect.proof:
        return "Prove"
    if isinstance(effect, (UndoEffect, UndoFleet)):
        return "Undo"
    return type(effect).__name__ if effect else ""


# The context bar


def context(state: WizardState, now: datetime) -> Context | None:
    """Where this works; ``None`` while no account is known."""
    account, role, region = target(state)
    if not account:
        return None
    writes = state.doing(*WRITES) or busy(state) == "Prove"
    face = state.face
    return Context(
        account=_named(account, state),
        hue=hue(account),
        role=role,
        region=region,
        access="read" if face is None else "writes" if writes else "signed-in",
        words=_words(face, now, writes=writes),
        ending=_ends_soon(face, now),
        forget=FORGET if face and not writes else None,
    )


def _named(account: str, state: WizardState) -> str:
    """The account by its alias where that was read, always with its digits."""
    if state.many and state.fleet and state.fleet.alias and not state.fleet.of_several:
        return f"{state.fleet.alias} ({account})"
    if state.report is None or state.report.target.account != account:
        return account
    alias = state.report.observation.account.alias
    return f"{alias.value} ({account})" if isinstance(alias, Known) else account


def _ends_soon(face: SessionIdentity | None, now: datetime) -> bool:
    left = face.minutes_left(now) if face else None
    least = _RENEWING_MINUTES if face and face.renews else _ENDING_MINUTES
    return left is not None and left < least


def hue(account: str) -> int:
    """The color of an account, 1 to 8: the same one every time."""
    return zlib.crc32(account.encode()) % _HUES + 1


def _words(face: SessionIdentity | None, now: datetime, *, writes: bool) -> str:
    if face is None:
        return "Read only"
    left = face.minutes_left(now)
    verb = "Writes as" if writes else "Signed in as"
    renewed = ", renewed automatically" if face.renews else ""
    until = "no expiration" if left is None else "sign-in ended" if left == 0 else f"{left} min{renewed}"
    return f"{verb} {short(face.arn)}, {until}"


def target(state: WizardState) -> tuple[str, str, str]:
    """Account, role name and Region that the screen is about; empty where they are not known."""
    if state.many:
        return choices.account_of(state) or _accounts(state) or _own_account(state), "", choices.region_of(state)
    run = state.asked.journal if state.asked else state.journal if state.report is None else None
    if run:
        role = str(run.plan.target.get("role", ""))
        return run.plan.account, role.rpartition("/")[2], run.plan.region
    if state.report:
        found = state.report.target
        return found.account, found.role.name, found.region
    role = choices.wanted(state).role or choices.found(state, "role")
    account = choices.account_of(state)
    return account, role.rpartition("/")[2] if role.startswith("arn:") else "", choices.region_of(state)


def _accounts(state: WizardState) -> str:
    """The number of accounts of an audit of several."""
    entered = state.fleet.asked.accounts if state.fleet else None
    return counted(len(entered.entries), "account") if entered else ""


def _own_account(state: WizardState) -> str:
    """The account of the identity that signed in, or of what was found where this notebook runs."""
    target = state.detection.target if state.detection else None
    return state.face.account if state.face else target.account if target else ""


# The stepper


def stepper(state: WizardState) -> tuple[StepItem, ...]:
    """The six steps. What lies behind never lies ahead again: reading with a sign-in is a part of Health."""
    if state.many:
        return fleet_frame.stepper(state)
    current = current_step(state)
    there, done = steps.reachable(state), _done(state)
    items = []
    for screen, label in LABELS.items():
        if screen is current:
            aside = state.screen in (Screen.HAND_OVER, Screen.UNDO, Screen.DONE)
            items.append(StepItem(label, "current", percent=_percent(state), aside=aside))
            continue
        go = f"go:{screen.value}" if screen in there else ""
        items.append(StepItem(label, "done" if screen in done else "ahead", go))
    return tuple(items)


def current_step(state: WizardState) -> Screen:
    """The step that a screen belongs to."""
    if state.screen is Screen.PERMISSION and state.intent is Intent.READ:
        return Screen.HEALTH
    if state.screen is Screen.HAND_OVER and state.plan is None and state.journal is None:
        return Screen.HEALTH
    return _BESIDE.get(state.screen, state.screen)


def _percent(state: WizardState) -> int:
    """How much of the current step is done while it runs."""
    if state.journal and state.doing(Apply, Resume, UndoEffect):
        settled = sum(step.status.value in ("done", "skipped", "undone") for step in state.journal.steps)
        return round(100 * (settled + 0.5) / (len(state.journal.steps) + 0.5))
    return _STARTED_PERCENT if state.doing(Check, Verify, Apply, Resume, UndoEffect) else 0


def _done(state: WizardState) -> frozenset[Screen]:
    """The steps that lie behind: what was found, checked, planned, permitted, applied, proved."""
    behind = {
        Screen.WHO: state.screen is not Screen.WHO,
        Screen.HEALTH: bool(state.report),
        Screen.PLAN: bool(state.plan or state.journal),
        Screen.PERMISSION: bool(state.journal or state.face),
        Screen.APPLY: bool(state.journal and state.journal.complete),
        Screen.PROOF: bool(state.verified and state.verified.ready),
    }
    order = list(LABELS)
    here = order.index(current_step(state))
    return frozenset(
        screen for screen, is_behind in behind.items() if is_behind and (state.journal or order.index(screen) < here)
    )
