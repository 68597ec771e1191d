"""The commands plan, apply, undo, verify and export on a fleet."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sm_ssh_widget.changes import guard
from sm_ssh_widget.cli.audit_view import audit_view
from sm_ssh_widget.cli.fleet_view import FleetProgress, fleet_plan_view, run_view, undo_fleet_view
from sm_ssh_widget.cli.options import PROGRAM, Wanted, load_fleet, load_fleet_runs, load_pipeline, signed_in
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.run_control import confirm, stoppable, tell_endpoint
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.export.fleet_handover import content
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.fleet.ignoring import ignore
from sm_ssh_widget.fleet.outcome import audit_code
from sm_ssh_widget.fleet.run_index import RunIndex
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.wording import counted


def plan(
    screen: Output, wanted: Wanted, audit: str, *, group: str | None, rules: str | None, out: str | None, verbose: bool
) -> int:
    """Plan the selected roles of an audit file."""
    found = load_fleet().load_audit(audit)
    if rules:
        found = ignore(found, load_fleet().load_rules(rules), current_clock().now().date())
    roles = (wanted.role,) if wanted.role else ()
    if wanted.sign_in is None:
        made: FleetPlan = load_fleet_runs().plan_fleet(found, None, group=group, roles=roles)
    else:
        account = found.accounts[0].id if found.accounts else None
        with signed_in(wanted.sign_in, found.header.regions[0], account, screen) as session:
            made = load_fleet_runs().plan_fleet(found, session, group=group, roles=roles)
    if out:
        load_fleet_runs().save_fleet_plan(made, out)
    screen.result({**made.to_json(), "file": out})
    screen.show(fleet_plan_view(made, verbose=verbose))
    if out and made.members:
        way = shlex.quote(wanted.sign_in) if wanted.sign_in else "profile:NAME"
        screen.show(line(f"Next  {PROGRAM} apply {shlex.quote(out)} --sign-in {way}", "cyan"))
    return Code.REFUSED.exit_code if made.refused else 0


def apply(
    screen: Output,
    wanted: Wanted,
    file: str | None,
    resume: str | None,
    *,
    yes: bool,
    journal_dir: str | None,
    **asked: Any,
) -> int:
    """Apply a fleet plan, or resume its run."""
    runs = load_fleet_runs()
    made: FleetPlan = runs.open_run(Path(resume))[0] if resume else runs.load_fleet_plan(file)
    screen.show(fleet_plan_view(made), words(""))
    if not made.members:
        screen.result({"run": None, "digest": made.digest, "members": [], "complete": True})
        return 0
    limits = _limits(made, **asked)
    with signed_in(wanted.sign_in or "chain", made.region, made.account, screen) as session:
        tell_endpoint(session.face.endpoint, screen)
        later = f"{PROGRAM} apply {f'--resume {resume}' if resume else file}"
        confirm(f"Apply {made.title} as {session.face.arn}?", f"To apply, run: {later}", yes=yes)
        with stoppable(screen) as stop:
            how: dict[str, Any] = {"observer": FleetProgress(screen), "stop": stop}
            if resume:
                place, index = Path(resume), runs.resume_fleet(resume, session, **how)
            else:
                place, index = runs.apply_fleet(made, session, journal_dir, limits=limits, **how)
    return _give(screen, made, index, place, wanted)


def undo(screen: Output, wanted: Wanted, place: str, *, yes: bool, digest: str | None) -> int:
    """Undo a run, after showing what that removes; ``digest`` is that of the undo that was reviewed."""
    runs = load_fleet_runs()
    made, _ = runs.open_run(Path(place))
    with signed_in(wanted.sign_in or "chain", made.region, made.account, screen) as session:
        tell_endpoint(session.face.endpoint, screen)
        plans = runs.plan_fleet_undo(place, session)
        total, shown = sum(len(each.changes) for _, each in plans), runs.undo_digest(plans)
        screen.tell(undo_fleet_view(plans))
        screen.tell(words(f"Digest of this undo: {shown}", "dim"))
        if screen.as_json and not yes and total:
            screen.result({"undo": [each.to_json() for _, each in plans], "digest": shown, "confirmed": False})
            return Code.USAGE.exit_code
        if total:
            later = f"{PROGRAM} undo {shlex.quote(place)}"
            confirm(f"Undo {counted(total, 'change')} as {session.face.arn}?", f"To undo, run: {later}", yes=yes)
        with stoppable(screen) as stop:
            reviewed = digest if digest and total else shown
            undone = runs.undo_fleet(place, session, observer=FleetProgress(screen), stop=stop, digest=reviewed)
    complete = all(journal.complete for journal in undone)
    screen.result({"run": place, "members": [journal.to_json() for journal in undone], "complete": complete})
    screen.show(words(f"{counted(len(undone), 'plan')} undone" if complete else "Not everything was undone.", "bold"))
    codes = [code for journal in undone if (code := load_pipeline().outcome(journal)) is not None]
    return codes[0].exit_code if codes else 0


def verify(screen: Output, wanted: Wanted, place: str) -> int:
    """Audit the roles of a run again."""
    if wanted.sign_in is None:
        found = load_fleet_runs().verify_fleet(place)
    else:
        made, _ = load_fleet_runs().open_run(Path(place))
        with signed_in(wanted.sign_in, made.region, made.account, screen) as session:
            found = load_fleet_runs().verify_fleet(place, session)
    screen.result(found.to_json())
    screen.show(audit_view(found, rows=True))
    code = audit_code(found)
    return 0 if code is None else code.exit_code


def export(screen: Output, file: str, form: str, out: str | None) -> int:
    """Export a fleet plan for an admin."""
    made: FleetPlan = load_fleet_runs().load_fleet_plan(file)
    for member in made.members:
        guard.check_origin(member.plan, f"Exporting the plan for {member.label}")
    found = content(made, form)
    if out:
        load_pipeline().files.save_export(found, out)
        screen.show(words(f"Saved {form}: {out}"))
    elif form == "bundle":
        raise Problem("Exporting the fleet plan", "A bundle is a binary file.", "Save it: --out FILE", Code.USAGE)
    else:
        screen.raw("" if screen.as_json else found.decode())
    text = None if out else found.decode()
    screen.result({"format": form, "file": out, "digest": made.digest, "content": text})
    return Code.REFUSED.exit_code if made.refused else 0


def _limits(made: FleetPlan, *, canary: int, max_failures: str, all_or_nothing: bool) -> Any:
    """Parse the limits of a run. Raises :class:`Problem` (``usage``)."""
    number, percent = max_failures.removesuffix("%"), max_failures.endswith("%")
    if not number.isdigit() or canary < 0:
        said = f"--max-failures {max_failures} is neither a number nor a percentage."
        raise Problem("Reading the options", said, "Use --max-failures 0 or --max-failures 5%.", Code.USAGE)
    most = len(made.members) * int(number) // 100 if percent else int(number)
    return load_fleet_runs().RunLimits(canary, most, all_or_nothing)


def _give(screen: Output, made: FleetPlan, index: RunIndex, place: Path, wanted: Wanted) -> int:
    code: Code | None = load_fleet_runs().run_code(index, len(made.members))
    screen.show(run_view(made, index, str(place)))
    value = {
        "run": str(place),
        "digest": made.digest,
        "members": [
            {**member.to_json(), "outcome": index.outcomes.get(number), "journal": index.journals.get(number)}
            for number, member in enumerate(made.members)
        ],
        "verified": index.verified,
        "complete": code is None,
    }
    if code is None:
        screen.result(value)
        return 0
    way = f" --sign-in {shlex.quote(wanted.sign_in)}" if wanted.sign_in else ""
    remedy = f"Continue: {PROGRAM} apply --resume {place}{way}. Undo: {PROGRAM} undo {place}{way}"
    problem = Problem("Not finished", _said(made, index), remedy, code)
    screen.result({**value, **problem.to_json()})
    if not screen.as_json:
        screen.problem(problem)
    return code.exit_code


def _said(made: FleetPlan, index: RunIndex) -> str:
    left: Sequence[str] = [
        f"{made.members[number].label} ({outcome})" for number, outcome in index.outcomes.items() if outcome != "done"
    ]
    if index.verified is False:
        return "A canary was not ready afterwards. No further role was changed."
    return f"Not done: {', '.join(left)}." if left else "The remaining plans were not started."
