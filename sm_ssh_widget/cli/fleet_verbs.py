"""The commands plan, apply, undo, verify and export on a fleet."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sm_ssh_widget.changes import guard
from sm_ssh_widget.cli.audit_view import audit_view
from sm_ssh_widget.cli.fleet_view import FleetProgress, fleet_plan_view, place_of, run_view, undo_fleet_view
from sm_ssh_widget.cli.options import PROGRAM, Wanted, load_fleet, load_fleet_runs, load_pipeline, signed_in
from sm_ssh_widget.cli.output import Output, line, words
from sm_ssh_widget.cli.run_control import confirm, stoppable, tell_endpoint
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.export.fleet_handover import ARCHIVES, content
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.fleet.accounts import AUDIT_ROLE, AccountChoice, MemberRole
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from sm_ssh_widget.fleet.ignoring import ignore
from sm_ssh_widget.fleet.outcome import audit_code
from sm_ssh_widget.fleet.run_index import RunIndex
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.wording import counted


def plan(
    screen: Output,
    wanted: Wanted,
    audit: str,
    *,
    group: str | None,
    rules: str | None,
    out: str | None,
    verbose: bool,
    member_role: str | None = None,
) -> int:
    """Plan the selected roles of an audit file."""
    found = load_fleet().load_audit(audit)
    if rules:
        found = ignore(found, load_fleet().load_rules(rules), current_clock().now().date())
    roles = (wanted.role,) if wanted.role else ()
    how: dict[str, Any] = {"group": group, "roles": roles}
    region = found.header.regions[0]
    if member_role:
        with signed_in(wanted.sign_in or "chain", region, None, screen) as base:
            accounts = tuple(sorted({row.account for row in found}))
            choice, role = AccountChoice("list", accounts), MemberRole.parse(member_role)
            source = load_fleet().assumed_accounts(base, choice, role)
            made: FleetPlan = load_fleet_runs().plan_fleet(found, source, **how)
    elif wanted.sign_in is None:
        made = load_fleet_runs().plan_fleet(found, None, **how)
    else:
        account = found.accounts[0].id if found.accounts and found.header.accounts == 1 else None
        with signed_in(wanted.sign_in, region, account, screen) as session:
            made = load_fleet_runs().plan_fleet(found, session, **how)
    if out:
        load_fleet_runs().save_fleet_plan(made, out)
    screen.result({**made.to_json(), "file": out})
    screen.show(fleet_plan_view(made, verbose=verbose))
    if out and made.members:
        way = shlex.quote(wanted.sign_in) if wanted.sign_in else "profile:NAME"
        writes = "NAME" if member_role and AUDIT_ROLE in member_role else member_role  # the audit role only reads
        next_one = f"{PROGRAM} apply {shlex.quote(out)}{_assuming(writes)} --sign-in {way}"
        screen.show(line(f"Next  {next_one}", "cyan"))
    return Code.REFUSED.exit_code if made.refused else 0


def _assuming(member_role: str | None) -> str:
    return f" --member-role {shlex.quote(member_role)}" if member_role else ""


def apply(
    screen: Output,
    wanted: Wanted,
    file: str | None,
    resume: str | None,
    *,
    yes: bool,
    journal_dir: str | None,
    member_role: str | None = None,
    **asked: Any,
) -> int:
    """Apply a fleet plan, or resume its run."""
    runs = load_fleet_runs()
    made: FleetPlan = _opened(screen, resume) if resume else runs.load_fleet_plan(file)
    screen.show(fleet_plan_view(made), words(""))
    if not made.members:
        screen.result({"run": None, "digest": made.digest, "members": [], "complete": True})
        return 0
    limits = _limits(made, **asked)
    with _acting(screen, wanted, made, member_role) as (session, face):
        tell_endpoint(face.endpoint, screen)
        later = f"{PROGRAM} apply {f'--resume {resume}' if resume else file}{_assuming(member_role)}"
        confirm(f"Apply {made.title} as {face.arn}?", f"To apply, run: {later}", yes=yes)
        with stoppable(screen) as stop:
            how: dict[str, Any] = {"observer": FleetProgress(screen, made), "stop": stop}
            if resume:
                place, index = Path(resume), runs.resume_fleet(resume, session, **how)
            else:
                place, index = runs.apply_fleet(made, session, journal_dir, limits=limits, **how)
    way = f" --sign-in {shlex.quote(wanted.sign_in)}" if wanted.sign_in else ""
    return _give(screen, made, index, place, _assuming(member_role) + way)


def _opened(screen: Output, place: str) -> FleetPlan:
    """Return the plan of a run; report if another user can have written it."""
    runs = load_fleet_runs()
    made: FleetPlan = runs.open_run(Path(place))[0]
    written = runs.provenance_of_run(place)
    if not written.proven:
        screen.tell(words(f"Another user can have written this run. {written.reason}", "yellow"))
    return made


@contextmanager
def _acting(screen: Output, wanted: Wanted, made: FleetPlan, member_role: str | None) -> Iterator[tuple[Any, Any]]:
    """Yield what acts on the fleet's accounts, and the identity that signed in.

    Raises :class:`Problem` (``usage``) for several accounts without a role to assume in them.
    """
    if member_role is None and len(made.accounts) > 1:
        said = f"The fleet plan is for {len(made.accounts)} accounts."
        remedy = "Name the role that writes in each: --member-role NAME[,external-id=ID]"
        raise Problem("Signing in", said, remedy, Code.USAGE)
    account = None if member_role else made.account
    with signed_in(wanted.sign_in or "chain", made.region, account, screen) as session:
        if member_role is None:
            yield session, session.face
        else:
            role = MemberRole.parse(member_role)
            yield load_fleet_runs().acting_accounts(session, made, role), session.face


def undo(
    screen: Output, wanted: Wanted, place: str, *, yes: bool, digest: str | None, member_role: str | None = None
) -> int:
    """Undo a run, after showing what that removes; ``digest`` is that of the undo that was reviewed."""
    runs = load_fleet_runs()
    made = _opened(screen, place)
    with _acting(screen, wanted, made, member_role) as (session, face):
        tell_endpoint(face.endpoint, screen)
        plans = runs.plan_fleet_undo(place, session)
        total, shown = sum(len(each.changes) for _, each in plans), runs.undo_digest(plans)
        screen.tell(undo_fleet_view(plans))
        screen.tell(words(f"Digest of this undo: {shown}", "dim"))
        if screen.as_json and not yes and total:
            screen.result({"undo": [each.to_json() for _, each in plans], "digest": shown, "confirmed": False})
            return Code.USAGE.exit_code
        if total:
            later = f"{PROGRAM} undo {shlex.quote(place)}{_assuming(member_role)}"
            confirm(f"Undo {counted(total, 'change')} as {face.arn}?", f"To undo, run: {later}", yes=yes)
        with stoppable(screen) as stop:
            reviewed = digest if digest and total else shown
            undone = runs.undo_fleet(place, session, observer=FleetProgress(screen, made), stop=stop, digest=reviewed)
    complete = all(journal.complete for journal in undone)
    screen.result({"run": place, "members": [journal.to_json() for journal in undone], "complete": complete})
    screen.show(words(f"{counted(len(undone), 'plan')} undone" if complete else "Not everything was undone.", "bold"))
    codes = [code for journal in undone if (code := load_pipeline().outcome(journal)) is not None]
    return codes[0].exit_code if codes else 0


def verify(screen: Output, wanted: Wanted, place: str, member_role: str | None = None) -> int:
    """Audit the roles of a run again."""
    if member_role:
        made, _ = load_fleet_runs().open_run(Path(place))
        with signed_in(wanted.sign_in or "chain", made.region, None, screen) as base:
            choice = AccountChoice("list", made.accounts)
            source = load_fleet().assumed_accounts(base, choice, MemberRole.parse(member_role))
            found = load_fleet_runs().verify_fleet(place, source)
    elif wanted.sign_in is None:
        found = load_fleet_runs().verify_fleet(place)
    else:
        made, _ = load_fleet_runs().open_run(Path(place))
        with signed_in(wanted.sign_in, made.region, made.account, screen) as session:
            found = load_fleet_runs().verify_fleet(place, session)
    screen.result(found.to_json())
    screen.show(audit_view(found, rows=True))
    code = audit_code(found)
    return 0 if code is None else code.exit_code


def export(screen: Output, file: str, form: str, out: str | None, asked: TicketRequest, *, mask: bool) -> int:
    """Export a fleet plan for an admin."""
    made: FleetPlan = load_fleet_runs().load_fleet_plan(file)
    if len(made.accounts) > 1 and form not in ("ticket", "stackset"):
        said = f"The fleet plan is for {len(made.accounts)} accounts. A {form} is for one."
        remedy = "Apply it with --member-role, or plan the roles of one account: --role 'arn:aws:iam::ACCOUNT:*'"
        raise Problem("Exporting the fleet plan", said, remedy, Code.USAGE)
    for member in made.members:
        guard.check_origin(member.plan, f"Exporting the plan for {member.label}")
    found = content(made, form, asked, mask=mask)
    if out:
        load_pipeline().files.save_export(found, out)
        screen.show(words(f"Saved {form}: {out}"))
    elif form in ARCHIVES:
        raise Problem(
            "Exporting the fleet plan", f"The format {form} is a zip file.", "Save it: --out FILE.zip", Code.USAGE
        )
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


def _give(screen: Output, made: FleetPlan, index: RunIndex, place: Path, way: str) -> int:
    """Show the result of a run and return its exit code; ``way`` are the options that sign in again."""
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
    remedy = f"Continue: {PROGRAM} apply --resume {place}{way}. Undo: {PROGRAM} undo {place}{way}"
    problem = Problem("Not finished", _said(made, index), remedy, code)
    screen.result({**value, **problem.to_json()})
    if not screen.as_json:
        screen.problem(problem)
    return code.exit_code


def _said(made: FleetPlan, index: RunIndex) -> str:
    left: Sequence[str] = [
        f"{place_of(made, made.members[number])} ({outcome})"
        for number, outcome in index.outcomes.items()
        if outcome != "done"
    ]
    if index.verified is False:
        return "A canary was not ready afterwards. No further role was changed."
    return f"Not done: {', '.join(left)}." if left else "The remaining plans were not started."
