"""Whether the roles of a run are ready, read again; and the end, with what stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict
from sm_ssh_widget.wizard.blocks import Band, Block, Fold, Part, Row, Rows, Text
from sm_ssh_widget.wizard.controls import Action, Tone
from sm_ssh_widget.wizard.effects import EndSession, VerifyFleet
from sm_ssh_widget.wizard.fleet_state import FleetRunState
from sm_ssh_widget.wizard.screens import progress
from sm_ssh_widget.wizard.screens.fleet_matrix import VERDICTS, short_title
from sm_ssh_widget.wizard.screens.fleet_run import undo_button
from sm_ssh_widget.wizard.screens.labels import BACK, are, counted, marked, plain, problem, short
from sm_ssh_widget.wizard.screens.permission import minutes
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

MOST_ROWS = 60
"""Roles that are not ready and shown; of more, their number is shown."""
DONE = Action("done", "Done", "primary")
CHECK_AGAIN = Action("verify-fleet", "Check again", "plain", "again")


def fleet_proof(state: WizardState, now: datetime) -> View:
    """How many roles of the run are ready, which are not, and what is left to tidy up."""
    found, run = (state.fleet.verified, state.fleet.run) if state.fleet else (None, None)
    blocks: list[Block] = []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    if state.doing(VerifyFleet):
        return _reading(state)
    if found is not None:
        blocks += [*_places(found), *_roles(found)]
    blocks += _tidy_up(state, run, now)
    heading, lede, icon, tone = _heading(found)
    return View(
        screen="fleet-proof",
        heading=heading,
        lede=lede,
        icon=icon,
        tone=tone,
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(found),
        again=CHECK_AGAIN if found is not None else None,
        footnote="Done forgets the sign-in. Nothing else changes." if found and ready(found) and state.face else "",
    )


def _reading(state: WizardState) -> View:
    wait = Action("verify-fleet", "Check again", "primary", unavailable="Checking.")
    lede = "IAM can take a minute to show changes. You can keep using the notebook."
    blocks: tuple[Block, ...] = (progress.meter(state.busy),)
    return View("fleet-proof", "Checking every role of the run again", (), blocks, (BACK, wait), lede)


def ready(found: Audit) -> bool:
    """Return whether every role of the run and its Regions are ready."""
    rows = [*(row.verdict for row in found.rows), *(place.verdict for place in found.places)]
    return found.complete and all(verdict is RowVerdict.READY for verdict in rows)


def _heading(found: Audit | None) -> tuple[str, str, str, Tone]:
    if found is None:
        return "Not checked yet", "The record of the run shows what was applied.", "", ""
    number, total = found.counts["ready"], len(found)
    if ready(found):
        told = f"All {total} roles of this run are ready" if total > 1 else "The role of this run is ready"
        return told, "Whether a person can connect was not checked.", "satisfied", "ok"
    if number == total:
        return f"{counted(total, 'role')} {are(total)} ready, the Region is not", "", "", ""
    parts = [f"{found.counts[name]} {word.lower()}" for name, (word, _, _) in VERDICTS.items() if found.counts[name]]
    return f"{number} of {counted(total, 'role')} {are(number)} ready", f"{', '.join(parts)}.", "", ""


def _actions(found: Audit | None) -> tuple[Action, ...]:
    if found is None:
        return BACK, Action("verify-fleet", "Check again", "primary")
    if ready(found):
        return BACK, DONE
    return BACK, Action("done", "Done"), Action("audit-all", "Audit all roles", "primary")


def _places(found: Audit) -> Iterator[Band]:
    for place in found.places:
        if place.verdict is RowVerdict.READY:
            continue
        ids = (*place.lacks.missing, *place.lacks.blocked, *place.lacks.unknown)
        texts = (found.region_text(place, each) for each in ids if each in place.cells)
        told = " ".join(f"{text['fact']} {text['consequence']}".strip() for text in texts)
        yield Band(f"place:{place.region}", f"{place.region} is not ready.", marked(told), "attention", "flag")


def _roles(found: Audit) -> Iterator[Block]:
    """Those that are not ready in a row each, with what they lack; those that are, by name behind a fold."""
    rest = [row for row in found.rows if row.verdict is not RowVerdict.READY]
    if rest:
        rows = [_row(row) for row in rest[:MOST_ROWS]]
        if left := len(rest) - len(rows):
            rows.append(Row("more", "pending", counted(left, "more role"), "Not ready", "quiet"))
        yield Part("not-ready", "Not ready", (Rows("Not ready", tuple(rows)),), counted(len(rest), "role"))
    done = [row.name for row in found.rows if row.verdict is RowVerdict.READY]
    if done:
        told = ", ".join(f"`{plain(name)}`" for name in done)
        fold = Fold("names", f"The {counted(len(done), 'role')}", (Text(told),), icon="satisfied", tone="ok")
        yield Part("ready", "Ready", (fold,), counted(len(done), "role"))


def _row(row: RoleRow) -> Row:
    word, icon, tone = VERDICTS[row.verdict.value]
    lacks = (("missing", row.lacks.missing), ("blocked", row.lacks.blocked), ("unknown", row.lacks.unknown))
    told = "; ".join(f"{kind}: {', '.join(map(short_title, ids))}" for kind, ids in lacks if ids)
    return Row(f"role:{row.role}", icon, plain(row.name), word, tone, f"{told[:1].upper()}{told[1:]}")


# Tidy up


def _tidy_up(state: WizardState, run: FleetRunState | None, now: datetime) -> Iterator[Part]:
    rows = [*_session(state, now), *_record(run)]
    if rows:
        yield Part("tidy", "Tidy up", (Rows("Tidy up", tuple(rows)),))


def _session(state: WizardState, now: datetime) -> Iterator[Row]:
    if state.face is None:
        return
    title = f"Done forgets the sign-in of {short(state.face.arn)}"
    ending, left = state.face.ending, f"Now: {minutes(state.face, now)}."
    busy = "Ending the session." if state.doing(EndSession) else ""
    actions = (Action("end-session", "End the session at AWS", "link", unavailable=busy),) if ending.call else ()
    yield Row("session", "lock", title, "In memory only", "quiet", left, ending.said, actions=actions)


def _record(run: FleetRunState | None) -> Iterator[Row]:
    if run is None or not run.path:
        return
    number = sum(len(run.plan.members[at].plan.changes) for at, outcome in run.outcomes.items() if outcome == "done")
    title = f"{counted(number, 'change')} {'stays' if number == 1 else 'stay'} in account {run.plan.account}"
    text = f"Stored in `{plain(run.path)}`, without secrets. Undo does not touch what others changed later."
    yield Row("record", "satisfied", title, "Recorded", "quiet", text, actions=(undo_button(run),))


# The end


def fleet_done(state: WizardState) -> View:
    """What was done, in three rows."""
    found, run = (state.fleet.verified, state.fleet.run) if state.fleet else (None, None)
    rows = []
    if found is not None:
        number = found.counts["ready"]
        icon, tone = ("satisfied", "ok") if ready(found) else ("flag", "attention")
        title = f"{number} of {counted(len(found), 'role')} {are(number)} ready"
        rows.append(Row("roles", icon, title, "Ready" if ready(found) else "Not all", tone))  # type: ignore[arg-type]
    if run is not None and run.path:
        text = f"Undo stays possible. Record: `{plain(run.path)}`"
        rows.append(Row("record", "satisfied", f"{counted(run.done, 'plan')} applied", "Recorded", "ok", text))
    forgotten = "The credentials were removed from memory."
    rows.append(Row("session", "lock", "No sign-in is kept", "Forgotten", "quiet", forgotten))
    return View(
        screen="done",
        heading="Done",
        lede="You can close this page.",
        icon="satisfied",
        tone="ok",
        steps=(),
        blocks=(Rows("What stays", tuple(rows)),),
        actions=(BACK, Action("go:who", "Set up another role", "primary")),
    )
