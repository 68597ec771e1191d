"""What an undo of a run of many roles would remove, before it is confirmed; each set of equal removals once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sm_ssh_widget.fleet.fleet_plan import Member
from sm_ssh_widget.wizard.blocks import Block, Fact, Facts, Part, Row, Rows, Skeleton
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import PlanFleetUndo
from sm_ssh_widget.wizard.fleet_state import FleetRunState, PlannedUndo
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.fleet_members import names
from sm_ssh_widget.wizard.screens.labels import OTHER_IDENTITY, counted, cut, marked, plain, problem, short
from sm_ssh_widget.wizard.screens.permission import minutes
from sm_ssh_widget.wizard.screens.undo import REMOVAL_WORDS
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

KEEP = Action("keep-fleet", "Keep")


def fleet_undo(state: WizardState, now: datetime) -> View:
    """What would be removed of how many roles, what stays, which run it is about, and two buttons."""
    fleet, failed = state.fleet, state.failed
    undo, run = (fleet.undo, fleet.run) if fleet else (None, None)
    blocks: list[Block] = []
    if failed:
        again = Action("undo-fleet", "Try again")
        blocks.append(problem(failed.where, failed.said, failed.remedy, again, OTHER_IDENTITY))
    if state.doing(PlanFleetUndo):
        blocks.append(Skeleton("Reading the current state of what the run changed", 3))
    if undo:
        blocks += [*(_removed(same, number) for number, same in enumerate(undo.alike)), _stays()]
    if run:
        blocks.append(_run(run, state, now))
    return View(
        screen="fleet-undo",
        heading=_heading(undo),
        lede="Nothing is removed before you confirm. Each change is read back.",
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(state, undo),
        footnote=f"Digest of the undo `{cut(undo.digest)}`." if undo else "",
    )


def _heading(undo: PlannedUndo | None) -> str:
    if undo is None:
        return "Undo this run?"
    if not undo.changes:
        return "Nothing is left to undo"
    roles = sum(member.role is not None for member in undo.members)
    return f"Undo {counted(undo.changes, 'change')} to {counted(roles, 'role')}?"


def _actions(state: WizardState, undo: PlannedUndo | None) -> tuple[Action, ...]:
    """Keep stands where the button was that led here, and stays there: who clicks once more keeps."""
    if undo is None or not undo.changes:
        return (KEEP,)
    if state.face is None:
        return Action("undo-fleet", "Sign in"), KEEP
    label = f"Undo {counted(undo.changes, 'change')}"
    return Action("confirm-undo-fleet", label, "danger", icon="undone", acts=True), KEEP


def _removed(same: Sequence[Member], number: int) -> Part:
    first = same[0]
    role = str(first.plan.target.get("role") or "")
    rows = tuple(
        Row(
            f"undo:{number}:{change.id}",
            "undone",
            change_blocks.removal(change),
            REMOVAL_WORDS.get(change.kind, "Will be removed"),
            fact=marked(change.leaves),
            blocks=change_blocks.removed(change, role),
        )
        for change in first.plan.changes
    )
    title = f"Removed from {counted(len(same), 'role')}" if first.role else f"Removed from {first.label}"
    blocks: tuple[Block, ...] = (Rows(title, rows, ordered=True),)
    blocks += (names(same, f"undo-names:{number}"),) if first.role else ()
    return Part(f"removed:{number}", title, blocks, counted(len(rows), "change") + (" each" if len(same) > 1 else ""))


def _stays() -> Part:
    rows = (
        Row("others", "satisfied", "Every other policy, role and setting of the account", "Kept"),
        Row("changed", "satisfied", "What others changed after this run", "Kept"),
        Row("record", "satisfied", "The record of this run", "Kept"),
    )
    return Part("stays", "Stays as it is", (Rows("Stays as it is", rows),))


def _run(run: FleetRunState, state: WizardState, now: datetime) -> Part:
    items = [
        Fact("Account", f"`{run.plan.account}`"),
        Fact("Roles", str(len(run.plan.roles)), f"Region `{run.plan.region}`."),
        Fact("Record", f"`{plain(run.path)}`", "It contains no secrets."),
    ]
    if state.face:
        items.append(Fact("Acting as", f"`{plain(short(state.face.arn))}`", f"{minutes(state.face, now)}."))
    return Part("run", "The run", (Facts(tuple(items), small=True),))
