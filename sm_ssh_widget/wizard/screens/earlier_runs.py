"""The runs that went before: what can be gone on with, and what can be taken back."""

from __future__ import annotations

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.wizard.screens.labels import clock, counted, plain
from sm_ssh_widget.wizard.state import UnreadJournal, WizardState
from sm_ssh_widget.wizard.view import Action, Block, Row, Rows


def earlier(state: WizardState) -> tuple[Block, ...]:
    """One row a run, then one a journal that cannot be read; the run that is shown is none of them."""
    shown = state.journal.path if state.journal else ""
    rows = tuple(_run(number, each) for number, each in enumerate(state.earlier) if each.path != shown)
    rows += tuple(map(_unread, state.unread))
    return (Rows("Earlier runs", rows),) if rows else ()


def _run(number: int, journal: Journal) -> Row:
    done = sum(step.status is StepStatus.DONE for step in journal.steps)
    name = str(journal.plan.target.get("role", "")).rpartition("/")[2]
    when = clock(journal.started)
    undo = Action(f"undo-earlier:{number}", f"Undo {counted(done, 'change')}", "link")
    leave = Action(f"leave-earlier:{number}", "Leave it as it is", "link")
    fact = f"{done} of {counted(len(journal.steps), 'change')} to `{plain(name)}` applied, begun {when}."
    kept = f"The journal is `{plain(journal.path)}`."
    if unfinished(journal):
        go_on = Action(f"continue-earlier:{number}", "Continue it", "second")
        actions = (go_on, *((undo,) if done else ()), leave)
        return Row(
            journal.path, "missing", "A run is not finished", "Unfinished", "attention", fact, kept, actions=actions
        )
    return Row(
        journal.path, "satisfied", "An earlier run", "Applied", "ok", fact, kept, actions=(undo,) if done else ()
    )


def _unread(found: UnreadJournal) -> Row:
    fact = f"`{plain(found.path)}` is not shown: {plain(found.said)}"
    lost = "What that run did cannot be gone on with or taken back from here. A check reads from AWS what is there."
    return Row(found.path, "unknown", "A journal cannot be read", "Unknown", "attention", fact, lost)


def unfinished(journal: Journal) -> bool:
    """Whether a run stopped before its end."""
    return any(step.status not in (StepStatus.DONE, StepStatus.SKIPPED, StepStatus.UNDONE) for step in journal.steps)
