"""Beside the button that writes: what is written, where, as which identity, whether it can, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from sm_ssh_widget.changes.acting import Acting
from sm_ssh_widget.changes.kinds import ATTACHMENTS
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.pipeline import SessionIdentity
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.blocks import Block, Fact, Facts, Section, Text
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.leaf_blocks import Calls, Count, Lines, SignedLine
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.labels import OTHER_IDENTITY, counted, marked, plain, short
from sm_ssh_widget.wizard.state import Intent, WizardState

Json: TypeAlias = Any
_OTHER = Action(OTHER_IDENTITY.id, OTHER_IDENTITY.label, "link")


def review(state: WizardState, face: SessionIdentity, now: datetime) -> tuple[Block, ...]:
    """One section each, in the order in which a person asks."""
    changes = _changes(state)
    return (
        _what(state, changes),
        _where(state),
        as_whom(face, now),
        *_can_it(state),
    )


def writes(state: WizardState) -> tuple[str, ...]:
    """The calls that the sign-in is wanted for, each once."""
    undoes = state.intent is Intent.UNDO
    calls = (call for each in _changes(state) for call in (each.inverse if undoes else each.calls))
    return tuple(dict.fromkeys(f"{call.service}:{call.operation}" for call in calls))


def _changes(state: WizardState) -> tuple[Change, ...]:
    """The changes that the next click writes."""
    if state.intent in (Intent.RESUME, Intent.UNDO) and state.run:
        settled = ("done", "skipped", "undone")
        run = state.run
        if state.intent is Intent.UNDO:
            return tuple(each for each in run.plan.changes if run.step(each.id).status.value == "done")
        return tuple(each for each in run.plan.changes if run.step(each.id).status.value not in settled)
    return state.plan.changes if state.plan and state.intent is Intent.APPLY else ()


def _plan(state: WizardState) -> Plan | None:
    return state.run.plan if state.intent in (Intent.RESUME, Intent.UNDO) and state.run else state.plan


# What


def _what(state: WizardState, changes: tuple[Change, ...]) -> Section:
    undoes = state.intent is Intent.UNDO
    rows = tuple(_line(state, change, undoes=undoes) for change in changes)
    back = Action("back", "Back to the plan", "link") if state.intent is Intent.APPLY else None
    return Section("what", "What", (Text(_sum(changes, undoes=undoes)), Lines("Changes", rows)), action=back)


def _sum(changes: tuple[Change, ...], *, undoes: bool) -> str:
    found = [change_blocks.difference_of(change) for change in changes]
    statements = sum(len(each.added) for each in found)
    attached = sum(change.kind in ATTACHMENTS for change in changes)
    removed = sum(len(each.removed) for each in found)
    if undoes:
        told = f"{counted(statements, 'statement')} and {counted(attached, 'AWS policy', 'AWS policies')} removed"
        return f"{told}. The confirmation shows each before anything is written."
    told = f"{counted(statements, 'statement')} and {counted(attached, 'AWS policy', 'AWS policies')} added"
    return f"{told}, {removed} removed"


def _line(state: WizardState, change: Change, *, undoes: bool) -> SignedLine:
    plan = _plan(state)
    target: Mapping[str, Json] = plan.target if plan else {}
    purpose = change_blocks.purpose(change.finding, str(target.get("region", "")), str(target.get("user") or ""))
    several = plan is not None and sum(each.finding == change.finding for each in plan.changes) > 1
    title = change_blocks.title(change) if several or not purpose else purpose
    aside = change_blocks.warning((change,)) or change_blocks.delta((change,))
    delta = change_blocks.delta((change,))
    aside = f"{delta}, {aside}" if aside == "costs money" else delta
    return SignedLine("-" if undoes else change_blocks.sign(change), title, aside)  # type: ignore[arg-type]


# Where, as whom


def _where(state: WizardState) -> Section:
    plan = _plan(state)
    target = plan.target if plan else {}
    role = str(target.get("role", "")).partition(":role/")[2]
    items = [Fact("Account", f"`{choices.account_of(state)}`"), Fact("Role", f"`{plain(role)}`")]
    items += [Fact("Region", f"`{plan.region}`")] if plan else []
    if plan:
        items.append(Fact("Digest", f"`{plan.digest}`"))
    return Section("where", "Where", (Facts(tuple(items), small=True),))


def as_whom(face: SessionIdentity, now: datetime) -> Section:
    """The identity that writes, how it signed in, and for how long."""
    left = face.minutes_left(now)
    renewed = ", renewed automatically" if face.renews else ""
    until = "They do not expire." if left is None else f"{counted(left, 'minute')} left{renewed}."
    text = f"Signed in with {plain(_method(face))}. The credentials are kept in memory only. {until}"
    items = [Fact("Identity", f"`{plain(face.arn)}`"), Fact("aws:userid", f"`{plain(face.user_id)}`")]
    items += [Fact("Endpoint", f"`{face.endpoint}`", "Custom endpoint, not an AWS endpoint.")] if face.endpoint else []
    blocks = (Text(short(face.arn), strong=True), Text(marked(text), "quiet"), Facts(tuple(items), small=True))
    return Section("as", "Identity", blocks, action=_OTHER)


def _method(face: SessionIdentity) -> str:
    """The sign-in method in words; of a session that was handed over, where its credentials came from."""
    return face.way.removeprefix("session, ")


# Can it


def _can_it(state: WizardState) -> tuple[Block, ...]:
    """Which of the calls this identity can make, as far as that was read; else which calls it will make."""
    return can_it(writes(state), state.acting_now)


def can_it(calls: tuple[str, ...], acting: Acting | None, asked: str = "") -> tuple[Block, ...]:
    """Which calls the identity can make, where that was read; ``asked`` says for how much of the plan."""
    if not calls:
        return ()
    if acting is None:
        marks = tuple(Count(f"`{call}`", icon="pending", tone="quiet") for call in calls)
        text = "Any other write is blocked. Whether this identity can make these calls shows when it makes them."
        return (Section("calls", "Its calls", (Calls("Calls", marks), Text(text, "quiet"))),)
    return (Section("calls", "Permissions", _acting(acting, asked)),)


def _acting(acting: Acting, asked: str) -> tuple[Block, ...]:
    """Return what IAM's policy simulator said of this identity."""
    refused = {each.call: each for each in acting.may_not}
    marks = [Count(f"`{call}`", icon="satisfied", tone="ok") for call in acting.may]
    marks += [Count(f"`{call}`: {plain(each.why)}", icon="blocked", tone="bad") for call, each in refused.items()]
    marks += [Count(f"`{call}`: not known", icon="unknown", tone="quiet") for call in acting.unknown]
    can = f"{len(acting.may)} of {counted(len(marks), 'call')}"
    told = f"Cannot make {len(refused)} of {counted(len(marks), 'call')}" if refused else f"Can make {can}"
    text = "According to the IAM policy simulator, which includes service control policies but not session policies."
    text = f"{text} {asked}".rstrip()
    return (
        Text(told, strong=True),
        Calls("Calls", tuple(marks)),
        Text(text, "quiet"),
    )
