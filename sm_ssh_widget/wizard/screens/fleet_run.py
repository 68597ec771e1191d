"""A plan for many roles being applied, resumed or undone: a row a member, with the canaries and their check first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sm_ssh_widget.fleet.fleet_plan import Member
from sm_ssh_widget.problem import Code
from sm_ssh_widget.wizard.blocks import Block, Fact, Facts, Meter, Note, Part, Row, Rows
from sm_ssh_widget.wizard.controls import Action, Tone
from sm_ssh_widget.wizard.effects import FLEET_WRITES, UndoFleet
from sm_ssh_widget.wizard.fleet_state import BEGUN, FleetRunState
from sm_ssh_widget.wizard.screens.fleet_members import name_of
from sm_ssh_widget.wizard.screens.labels import BACK, OTHER_IDENTITY, are, counted, plain, problem
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

MOST_ROWS = 60
"""Rows of the roles behind the canaries; of more, those that are settled are counted."""
_CLOSE = "You can close this page. The record keeps what was done, and the command line resumes or undoes it."
_WORDS: dict[str, tuple[str, str, Tone]] = {
    "done": ("satisfied", "Done", "ok"),
    "undone": ("undone", "Undone", "ok"),
    Code.DRIFTED.value: ("drifted", "Changed since the plan", "attention"),
    Code.STOPPED.value: ("pending", "Stopped", "quiet"),
    Code.REFUSED.value: ("blocked", "Not allowed", "bad"),
    Code.PARTLY_APPLIED.value: ("failed", "Applied in part", "bad"),
    Code.UNREACHABLE.value: ("failed", "No answer", "bad"),
}
_FAILED: tuple[str, str, Tone] = ("failed", "Failed", "bad")
_SETTLED = ("done", "undone")


def fleet_run(state: WizardState) -> View:
    """Every member with its status, from the first frame on."""
    run, failed = state.fleet.run if state.fleet else None, state.failed
    running = is_running(state)
    blocks: list[Block] = []
    if failed:
        remedy = f"{failed.remedy} The record shows what was written." if run and run.path else failed.remedy
        blocks.append(problem(failed.where, failed.said, remedy))
    if running and run:
        busy = state.busy
        blocks.append(Meter(f"fleet-{busy.ticket if busy else 0}", 0, _now(run)))
    if run:
        blocks += [*_parts(run, running=running), *_record(run, running=running)]
    heading, lede, icon, tone = _heading(state, run)
    return View(
        screen="fleet-run",
        heading=heading,
        lede=lede,
        icon=icon,
        tone=tone,
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(state, run),
    )


def is_running(state: WizardState) -> bool:
    """Return whether many roles are written to."""
    return state.doing(*FLEET_WRITES)


def _now(run: FleetRunState) -> str:
    """The member that is under way."""
    at = next((number for number, outcome in run.outcomes.items() if outcome == BEGUN), None)
    return f"`{plain(name_of(run.plan.members[at]))}`" if at is not None else "Connecting to AWS"


def undo_button(run: FleetRunState) -> Action:
    """The button that shows what an undo of the run would remove; it undoes nothing."""
    whole = all(outcome == "done" for outcome in run.outcomes.values())
    number = sum(len(run.plan.members[at].plan.changes) for at in run.outcomes)
    return Action("undo-fleet", f"Undo {counted(number, 'change')}" if whole else "Undo this run", icon="undone")


def _record(run: FleetRunState, *, running: bool) -> Iterator[Block]:
    if running:
        yield Note("", _CLOSE)
    elif run.path:
        undo = undo_button(run) if _left_to_undo(run) else None
        yield Facts((Fact("Record of this run", f"`{plain(run.path)}`", "It contains no secrets.", undo),))


def _left_to_undo(run: FleetRunState) -> bool:
    """Return whether a member was begun that is not undone."""
    return any(outcome not in ("undone", Code.DRIFTED.value) for outcome in run.outcomes.values())


# The heading


def _heading(state: WizardState, run: FleetRunState | None) -> tuple[str, str, str, Tone]:
    if run is None:
        return "No run is shown", "", "", ""
    total = len(run.plan.members)
    if state.busy and is_running(state):
        lede = "Stopping after the current change." if state.busy.stopping else "You can keep using the notebook."
        verb, done = ("Undoing", _count(run, "undone")) if run.undoing else ("Applying", run.done)
        return f"{verb}: {done} of {counted(total, 'plan')} done", lede, "", ""
    if run.undoing:
        undone = _count(run, "undone")
        if run.complete:
            told = _whole(run) if undone == total else f"{counted(undone, 'plan')} {are(undone)}"
            return f"{told} undone", "Each change was read back from AWS.", "undone", "ok"
        lede = "The rest stays applied. Undo continues where it stopped."
        return f"{undone} of {counted(undone + run.done, 'plan')} {are(undone)} undone", lede, "", ""
    if not run.outcomes:
        return "Nothing was written", "The plan is unchanged. You can apply it again.", "failed", "bad"
    return _applied(state, run, total)


def _count(run: FleetRunState, outcome: str) -> int:
    return sum(each == outcome for each in run.outcomes.values())


def _whole(run: FleetRunState) -> str:
    changes = run.plan.changes
    return f"{counted(changes, 'change')} to {counted(len(run.plan.roles), 'role')} {are(changes)}"


def _applied(state: WizardState, run: FleetRunState, total: int) -> tuple[str, str, str, Tone]:
    done = run.done
    if run.complete:
        return f"{_whole(run)} applied", "Each change was read back from AWS.", "satisfied", "ok"
    told = f"{done} of {counted(total, 'plan')} {are(done)} applied"
    if run.verified is False:
        text = "One of the first roles was not ready afterwards. No further role was changed."
        return f"{told}, the first roles are not ready", text, "failed", "bad"
    bad = sum(outcome not in (*_SETTLED, BEGUN, Code.STOPPED.value) for outcome in run.outcomes.values())
    if bad or state.failed:
        lede = "Applied changes stay and can be undone. The run can continue from here."
        return f"{told}, {bad} {'was' if bad == 1 else 'were'} not" if bad else told, lede, "failed", "bad"
    return f"Stopped: {told}", "Continue goes on where it stopped.", "", ""


# Members


def _parts(run: FleetRunState, *, running: bool) -> Iterator[Block]:
    """The canaries, the Region and their check; then the other roles."""
    numbers = [number for number, member in enumerate(run.plan.members) if member.role]
    first, rest = numbers[: run.canaries], numbers[run.canaries :]
    others = [number for number, member in enumerate(run.plan.members) if not member.role]
    rows = [_row(run, number, running=running) for number in (*first, *others)]
    rows += [_check(run, first, others, rest, running=running)] if first and not run.undoing else []
    title = f"First: {counted(len(first), 'role')}" if first else "First"
    yield Part("first", title, (Rows(title, tuple(rows), ordered=True),))
    if rest:
        aside = f"{sum(run.outcomes.get(number) in _SETTLED for number in rest)} of {len(rest)} done"
        shown = tuple(_rest(run, rest, running=running))
        yield Part("rest", f"Then: {counted(len(rest), 'role')}", (Rows("Other roles", shown, ordered=True),), aside)


def _rest(run: FleetRunState, rest: list[int], *, running: bool) -> Iterator[Row]:
    """Every one of some; of many, what needs a look and what comes next, and how many there are beside."""
    if len(rest) <= MOST_ROWS:
        yield from (_row(run, number, running=running) for number in rest)
        return
    open_ones = [number for number in rest if run.outcomes.get(number) not in _SETTLED]
    begun = [number for number in open_ones if number in run.outcomes]
    ahead = [number for number in open_ones if number not in run.outcomes]
    settled = len(rest) - len(open_ones)
    if settled:
        icon, word, tone = _WORDS["undone" if run.undoing else "done"]
        yield Row("settled", icon, counted(settled, "role"), word, tone)
    shown = (*begun, *ahead)[:MOST_ROWS]
    yield from (_row(run, number, running=running) for number in shown)
    if left := len(open_ones) - len(shown):
        yield Row("ahead", "pending", f"{counted(left, 'more role')}", "Pending" if running else "Not started", "quiet")


def _row(run: FleetRunState, number: int, *, running: bool) -> Row:
    member = run.plan.members[number]
    icon, word, tone = _word(run, number, running=running)
    changes = counted(len(member.plan.changes), "change")
    reason = run.reasons.get(number, "")
    blocks = (problem(_title(member), reason, _next(run.outcomes.get(number, ""))),) if reason and not running else ()
    return Row(f"member:{number}", icon, _title(member), word, tone, changes, blocks=blocks)


def _title(member: Member) -> str:
    return plain(name_of(member))


def _word(run: FleetRunState, number: int, *, running: bool) -> tuple[str, str, Tone]:
    outcome = run.outcomes.get(number, "")
    if outcome == BEGUN:
        return ("working", "Working", "busy") if running else ("unknown", "Interrupted", "attention")
    if run.undoing and outcome == "done":
        return "pending", "Still applied", "quiet"
    if not outcome:
        return "pending", "Pending" if running and not run.undoing else "Not started", "quiet"
    return _WORDS.get(outcome, _FAILED)


def _next(outcome: str) -> str:
    if outcome == Code.DRIFTED.value:
        return "Audit the roles again and create a new plan."
    if outcome == Code.REFUSED.value:
        return "Sign in as an identity that can make this call, then continue."
    return "Fix what AWS names, then continue."


def _check(run: FleetRunState, first: list[int], others: list[int], rest: list[int], *, running: bool) -> Row:
    """The check of the canaries, which nothing tells of while it runs: it is over when another role is begun."""
    title = f"Check of the first {counted(len(first), 'role')}" if len(first) > 1 else "Check of the first role"
    settled = all(run.outcomes.get(number) == "done" for number in (*first, *others))
    if run.verified or (running and any(number in run.outcomes for number in rest)):
        return Row("check", "satisfied", title, "Ready", "ok")
    if run.verified is False:
        return Row("check", "failed", title, "Not ready", "bad", "No further role was changed.")
    if running and settled:
        return Row("check", "working", title, "Working", "busy")
    return Row("check", "pending", title, "Pending" if running else "Not started", "quiet")


# Actions


def _actions(state: WizardState, run: FleetRunState | None) -> tuple[Action, ...]:
    """What can be done in the footer. Undo is not among it: it stands by the record, where no other button was."""
    if state.busy and is_running(state):
        reason = "Stopping after the current change." if state.busy.stopping else ""
        return (Action("stop", "Stop after this change", "second", unavailable=reason, side="start"),)
    audit = Action("audit-all", "Audit again", "primary")
    if run is None:
        return BACK, audit
    undoes = run.undoing or (state.failed is not None and isinstance(state.failed.effect, UndoFleet))
    if undoes and _left_to_undo(run):
        return BACK, Action("undo-fleet", "Continue the undo" if run.undoing else "Undo this run", "primary", "undone")
    if run.undoing:
        return BACK, audit
    if run.complete:
        return BACK, Action("proof-fleet", "Continue to the proof", "primary")
    if run.verified is False:
        return BACK, audit
    return BACK, *_go_on(state, run)


def _go_on(state: WizardState, run: FleetRunState) -> Iterator[Action]:
    """Continuing is primary only where it can help."""
    outcomes = set(run.outcomes.values()) - {*_SETTLED, BEGUN, Code.STOPPED.value}
    go_on = Action("resume-fleet", "Continue" if run.path else "Review again", "primary", acts=bool(run.path))
    if state.face is None:
        yield Action("resume-fleet", "Sign in", "primary")
    elif outcomes and outcomes <= {Code.DRIFTED.value}:
        yield replace(go_on, look="second")
        yield Action("audit-all", "Audit again", "primary")
    elif outcomes & {Code.REFUSED.value, Code.AWS_REFUSED.value, Code.PARTLY_APPLIED.value}:
        yield replace(go_on, look="second")
        yield replace(OTHER_IDENTITY, look="primary")
    else:
        yield go_on
