"""The runs that went before: what can be resumed, and what can be undone."""

from __future__ import annotations

import re

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.wizard.blocks import Block, Row, Rows
from sm_ssh_widget.wizard.controls import Action, Tone
from sm_ssh_widget.wizard.fleet_state import FleetRunState
from sm_ssh_widget.wizard.screens.labels import clock, counted, plain
from sm_ssh_widget.wizard.state import Screen, UnreadJournal, WizardState
from sm_ssh_widget.wizard.transitions import name_of, shelved_fleets


def earlier(state: WizardState) -> tuple[Block, ...]:
    """One row a run, then one a journal that cannot be read; the run that is shown is none of them.

    Runs of many roles are opened from the first screen only.
    """
    shown, doubted = state.journal.path if state.journal else "", dict(state.doubted)
    rows = tuple(_run(each, doubted.get(each.path, "")) for each in state.earlier if each.path != shown)
    if state.screen is Screen.WHO:
        rows += tuple(_fleet_run(each, doubted.get(each.path, "")) for each in shelved_fleets(state))
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


def _fleet_run(run: FleetRunState, doubt: str) -> Row:
    total, accounts = len(run.plan.members), len(run.plan.accounts)
    done = sum(outcome == "done" for outcome in run.outcomes.values())
    whole = done == total
    fact = f"{done} of {counted(total, 'plan')} applied to {counted(len(run.plan.roles), 'role')}, started "
    fact += f"{clock(_started(run))}."
    kept = f"Record of this run: `{plain(run.path)}`"
    if doubt:
        kept += f". Others may have written it: {plain(doubt)} An undo shows each change before it writes."
    if accounts > 1:
        kept += f". It covers {accounts} accounts: continue or undo it on the command line, with `--member-role`."
    actions = (Action(f"open-run:{name_of(run)}", "Open", "link" if whole else "second"),) if accounts == 1 else ()
    title = "Earlier fleet run" if whole else "Unfinished fleet run"
    state: tuple[str, str, Tone] = ("satisfied", "Applied", "ok") if whole else ("missing", "Unfinished", "attention")
    icon, word, tone = state
    return Row(run.path, icon, title, word, tone, fact, kept, actions=actions)


def _started(run: FleetRunState) -> str:
    """When a run began, in ISO 8601, by the name of its directory; the name where it says nothing."""
    found = _MOMENT.match(name_of(run))
    return "{}-{}-{}T{}:{}:{}+00:00".format(*found.groups()) if found else name_of(run)


_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)")


def _unread(found: UnreadJournal) -> Row:
    fact = f"`{plain(found.path)}` could not be read: {plain(found.said)}"
    lost = "This run cannot be resumed or undone here. Check the role to see its current state."
    return Row(found.path, "unknown", "A journal cannot be read", "Unknown", "attention", fact, lost)
