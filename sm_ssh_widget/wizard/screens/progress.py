"""What is shown while something is read: what is waited for, how far it has come, and for how long."""

from __future__ import annotations

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard.blocks import Block, Meter, Row, Rows
from sm_ssh_widget.wizard.screens.labels import counted
from sm_ssh_widget.wizard.state import Busy, WizardState


def reading(state: WizardState) -> tuple[Block, ...]:
    """The requirements that are being read, by name: those of the last report, else none."""
    found = meter(state.busy)
    titles = _titles(state)
    if not titles:
        return (found,)
    rows = tuple(Row(f"reading:{name}", "pending", title, "Reading", "quiet") for name, title in titles.items())
    return found, Rows("What is read", rows)


def _titles(state: WizardState) -> dict[str, str]:
    """What will be judged, by name; nothing for options that contradict each other, which the check will say."""
    asked = state.checked_with
    if asked is None:
        return {}
    try:
        selection = Selection.of(asked.baseline, asked.options)
    except Problem:
        return {}
    return {each.id: each.title for each in selection.requirements if selection.requires(each)}


def meter(busy: Busy | None) -> Meter:
    """How many reads there were so far, and which one is under way."""
    if busy is None:
        return Meter("reading", 0, "")
    call = f"`{busy.call}`" if busy.call else "Connecting to AWS"
    text = f"{counted(busy.reads, 'read')}, now {call}" if busy.reads else call
    return Meter(f"reading-{busy.ticket}", 0, text)
