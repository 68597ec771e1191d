"""Beside the steps: what an undo would remove and what stays, before it is confirmed."""

from __future__ import annotations

from datetime import datetime

from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.wizard.blocks import Block, Fact, Facts, Part, Row, Rows, Skeleton
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import PlanUndo
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.labels import (
    OTHER_IDENTITY,
    clock,
    counted,
    cut,
    marked,
    plain,
    problem,
    short,
)
from sm_ssh_widget.wizard.screens.permission import minutes
from sm_ssh_widget.wizard.state import Asked, WizardState
from sm_ssh_widget.wizard.view import View

KEEP = Action("keep", "Keep")


def undo(state: WizardState, now: datetime) -> View:
    """What would be removed, what stays, which run it is about, and two buttons of which none is primary."""
    asked, failed = state.asked, state.failed
    plan = asked.plan if asked else None
    blocks: list[Block] = []
    if failed:
        blocks.append(problem(failed.where, failed.said, failed.remedy, Action("undo", "Try again"), OTHER_IDENTITY))
    if state.doing(PlanUndo):
        blocks.append(Skeleton("Reading the current state of what the run changed", 3))
    if asked and plan:
        blocks += [_removed(plan), _stays(asked, plan)]
    if asked:
        blocks.append(_run(asked, state, now))
    return View(
        screen="undo",
        heading=f"Undo {counted(len(plan.changes), 'change')}?" if plan else "Undo this run?",
        lede="Nothing is removed before you confirm. Each change is read back.",
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(state, plan),
        footnote=f"Digest of the undo `{cut(plan.digest)}`." if plan else "",
    )


def _actions(state: WizardState, plan: Plan | None) -> tuple[Action, ...]:
    """Keep stands where the button was that led here, and stays there: who clicks once more keeps."""
    if plan is None:
        return (KEEP,)
    label = f"Undo {counted(len(plan.changes), 'change')}"
    if state.face is None:
        return Action("undo", "Sign in"), KEEP
    return Action("confirm-undo", label, "danger", icon="undone", acts=True), KEEP


# What is removed


def _removed(plan: Plan) -> Part:
    role = str(plan.target.get("role", ""))
    rows = tuple(_removal(change, role) for change in plan.changes)
    return Part("removed", "Removed", (Rows("Removed", rows, ordered=True),), counted(len(rows), "change"))


def _removal(change: Change, role: str) -> Row:
    return Row(
        f"undo:{change.id}",
        "undone",
        change_blocks.removal(change),
        REMOVAL_WORDS.get(change.kind, "Will be removed"),
        fact=marked(change.leaves),
        blocks=change_blocks.removed(change, role),
    )


REMOVAL_WORDS = {
    Kind.ATTACH_ROLE_POLICY: "Will be detached",
    Kind.ATTACH_USER_POLICY: "Will be detached",
    Kind.SERVICE_SETTING: "Will be set back",
}


# What stays


def _stays(asked: Asked, plan: Plan) -> Part:
    rows = [
        Row(f"kept:{change.id}", "satisfied", said, "Kept")
        for change in plan.changes
        if (said := change_blocks.stays(change))
    ]
    rows += _left_alone(asked, plan)
    rows.append(Row("others", "satisfied", "Every other policy, role and setting of the account", "Kept"))
    rows.append(Row("record", "satisfied", "The record of this run", "Kept"))
    return Part("stays", "Stays as it is", (Rows("Stays as it is", tuple(rows)),))


def _left_alone(asked: Asked, plan: Plan) -> list[Row]:
    """What the run wrote or found, and this undo does not touch, with the reason."""
    undone = {change.id for change in plan.changes}
    reasons = {refused.finding: marked(refused.reason) for refused in plan.refused}
    rows = []
    for change in asked.journal.plan.changes:
        status = asked.journal.step(change.id).status
        if change.id not in undone and status in _LEFT:
            fact = reasons.get(change.id, _LEFT[status])
            rows.append(Row(f"left:{change.id}", "skipped", change_blocks.title(change), "Kept", "quiet", fact))
    return rows


_CHANGED = "AWS no longer shows what this run wrote. Undo leaves it unchanged."
_LEFT = {
    StepStatus.DONE: _CHANGED,
    StepStatus.DRIFTED: _CHANGED,
    StepStatus.SKIPPED: "It was in place before this run, which did not write it.",
    StepStatus.FAILED: "This run did not write it.",
}


# Which run


def _run(asked: Asked, state: WizardState, now: datetime) -> Part:
    run = asked.journal
    target = run.plan.target
    items = [
        Fact("Applied", clock(run.started), f"As `{plain(short(run.acted_as))}`."),
        Fact("Account", f"`{run.plan.account}`"),
        Fact("Role", f"`{plain(str(target.get('role', '')).rpartition('/')[2])}`", f"Region `{run.plan.region}`."),
        Fact("Journal", f"`{plain(run.path)}`", "It contains no secrets."),
    ]
    if state.face:
        items.append(Fact("Acting as", f"`{plain(short(state.face.arn))}`", f"{minutes(state.face, now)}."))
    return Part("run", "The run", (Facts(tuple(items), small=True),))
