"""The end: what stays in the account, where the record is, and that no credentials are kept."""

from __future__ import annotations

from sm_ssh_widget.wizard.blocks import Block, Row, Rows
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.headlines import NOT_CHECKED, count, for_whom
from sm_ssh_widget.wizard.screens.labels import BACK, counted, plain
from sm_ssh_widget.wizard.screens.permission import applied
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View


def done(state: WizardState) -> View:
    """What was done, in three rows."""
    report, journal = state.verified or state.report, state.journal
    rows = []
    if report:
        asked = not count(report.findings).not_asked
        who = for_whom(report) if asked else f"{NOT_CHECKED}."
        rows.append(Row("role", "satisfied", f"{report.target.role.name} is ready", "Ready", "ok", who))
    if journal and (number := applied(journal)):
        stay = f"{counted(number, 'change')} {'stays' if number == 1 else 'stay'} in account {journal.plan.account}"
        text = f"Undo stays possible from the first screen. Record: `{plain(journal.path)}`"
        rows.append(Row("record", "satisfied", stay, "Recorded", "ok", text))
    rows.append(
        Row("session", "lock", "No sign-in is kept", "Forgotten", "quiet", "The credentials were removed from memory.")
    )
    blocks: list[Block] = [Rows("What stays", tuple(rows)), *earlier(state)]
    return View(
        screen="done",
        heading="Done",
        lede="You can close this page.",
        icon="satisfied",
        tone="ok",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, Action("go:who", "Set up another role", "primary")),
    )
