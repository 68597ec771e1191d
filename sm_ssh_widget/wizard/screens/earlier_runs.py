"""The runs that went before: what can be resumed, and what can be undone."""

from __future__ import annotations

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.wizard.blocks import Block, Row, Rows
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens.labels import clock, counted, plain
from sm_ssh_widget.wizard.state import UnreadJournal, WizardState
from sm_ssh_widget.wizard.transitions import name_of


def earlier(state: WizardState) -> tuple[Block, ...]:
    """One row a run, then one a journal that cannot be read; the run that is shown is none of them."""
    shown = state.journal.path if state.journal else ""
    rows = tuple(_run(each, dict(state.doubted).get(each.path, "")) for each in state.earlier if each.path != shown)
    rows += tuple(map(_unread, state.unread))
    return (Rows("Earlier runs", rows),) if rows else ()


def _run(journal: Journal, doubt: str) -> Row:
    done = sum(step.status is StepStatus.DONE for step in journal.steps)
    name = str(journal.plan.target.get("role", "")).rpartition("/")[2]
    when = clock(journal.started)
    key = name_of(journal)
    undo = Action(f"undo-earlier:{key}", f"Undo {counted(done, 'change')}", "link")
    leave = Action(f"leave-earlier:{key}", "Leave", "link")
    fact = f"{done} of {counted(len(journal.steps), 'change')} applied to `{plain(name)}`, started {when}."
    kept = f"Record of this run: `{plain(journal.path)}`"
    if doubt:
        kept += f". Others may have written it: {plain(doubt)} An undo shows each change before it writes."
    if journal.unfinished:
        go_on = Action(f"continue-earlier:{key}", "Continue it", "second", acts=True)
        actions = (go_on, *((undo,) if done else ()), leave)
        return Row(journal.path, "missing", "Unfinished run", "Unfinished", "attention", fact, kept, actions=actions)
    return Row(journal.path, "satisfied", "Earlier run", "Applied", "ok", fact, kept, actions=(undo,) if done else ())


def _unread(found: UnreadJournal) -> Row:
    fact = f"`{plain(found.path)}` could not be read: {plain(found.said)}"
    lost = "This run cannot be resumed or undone here. Check the role to see its current state."
    return Row(found.path, "unknown", "A journal cannot be read", "Unknown", "attention", fact, lost)
