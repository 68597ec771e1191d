"""The pipeline for many roles: audit → plan → apply → verify → undo.

========  ====================================================================================  ===========
stage     in → out                                                                              touches AWS
========  ====================================================================================  ===========
audit     scope, reader → :class:`Audit`: one row a role, one a Region, appended to a file      reads
plan      audit, selected roles → :class:`FleetPlan`: a manifest over ordinary plans            reads
apply     fleet plan, session → a run: one journal a member, and an index                       writes
verify    run, session → the rows of its roles again                                            reads
undo      run → each member undone, newest first                                                writes
========  ====================================================================================  ===========

Each stage uses those of :mod:`.pipeline` for one role.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.account_audit import AccountAudit, AuditScope
from sm_ssh_widget.aws.observation.usage import UsageDepth
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import watching
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.files.ignore_rules import load_rules
from sm_ssh_widget.files.lines import LineFile
from sm_ssh_widget.fleet.audit import AccountLine, Audit, AuditHeader, line_of, read_audit, resumable_lines, resumed
from sm_ssh_widget.fleet.rows import RegionRow, RoleRow
from sm_ssh_widget.pipeline import AwsSession, Session, SignedIn, reading
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.report import Report
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, Observation

Json: TypeAlias = Any

__all__ = ["AuditScope", "audit", "load_audit", "load_rules", "report_of", "scope_of"]


def scope_of(
    *,
    regions: Sequence[str],
    roles: Sequence[str] = (),
    user: str | None = None,
    baseline: str = "classic",
    options: Sequence[str] = (),
    used_by: UsageDepth = "defaults",
) -> AuditScope:
    """Build the scope of an audit. Raises :class:`Problem` (``usage``) for an unknown name or a malformed ARN."""
    if not regions:
        raise Problem("Reading the options", "No Region was found.", "Specify it: --regions REGION", Code.USAGE)
    selection = Selection.of(baseline, tuple(options))
    try:
        person = PrincipalArn.parse(user) if user else None
        scope = AuditScope(selection, tuple(regions), tuple(roles), person, used_by)
        scope.named_roles()
    except ValueError as error:
        raise Problem("Reading the options", f"{error}.", "Specify a complete ARN.", Code.USAGE) from error
    return scope


def audit(
    *,
    regions: Sequence[str] = (),
    roles: Sequence[str] = (),
    user: str | None = None,
    baseline: str = "classic",
    options: Sequence[str] = (),
    used_by: UsageDepth = "defaults",
    session: Session | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    on_row: Callable[[RoleRow], None] | None = None,
    progress: Callable[[int], None] | None = None,
    on_seen: Callable[[Observation], None] | None = None,
) -> Audit:
    """Audit every execution role of the account.

    ``out`` is the file to append to, ``resume`` an unfinished one; ``on_row`` receives each row when it is complete,
    ``on_seen`` before it what was observed of the role in the first Region, for :func:`report_of`.
    Raises :class:`Problem` if the account cannot be read at all, or the file cannot be written.
    """
    place = regions[0] if regions else _region_of(session)
    with reading(session, place) as reader:
        scope = scope_of(
            regions=regions or ((place,) if place else ()),
            roles=roles,
            user=user,
            baseline=baseline,
            options=options,
            used_by=used_by,
        )
        told = _Told(on_row or _nobody, progress or _nobody, on_seen or _nobody)
        return _Recorder(scope, reader, told).run(out, resume)


def report_of(found: Audit, seen: Observation, session: Session | None = None) -> Report:
    """Build the report of a role from what an audit observed of it. Reads nothing from AWS."""
    selection = Selection.of(found.header.baseline, found.header.options)
    return Report.of(selection, seen, session, found.header.endpoint)


def _region_of(session: Session | None) -> str:
    """The Region of a session, or of the surroundings; empty if there is none."""
    if isinstance(session, SignedIn):
        return session.reader.region
    return str((session or AwsSession()).region_name or "")


def load_audit(path: str | Path) -> Audit:
    """Read an audit file. Raises :class:`Problem` (``invalid``) if it is missing or was edited."""
    return read_audit(files.read_lines(path), str(path))


def _nobody(_: object) -> None:
    """Ignore the value."""


@dataclass(frozen=True)
class _Told:
    """Receivers of a complete row, of the number of roles so far, and of what was observed of a role."""

    row: Callable[[RoleRow], None]
    progress: Callable[[int], None]
    seen: Callable[[Observation], None]


class _Recorder:
    """Runs an audit and appends its lines."""

    def __init__(self, scope: AuditScope, reader: AccountReader, told: _Told) -> None:
        self._scope, self._reader, self._told = scope, reader, told
        self._calls = 0

    def run(self, out: str | Path | None, resume: str | Path | None) -> Audit:
        with ExitStack() as stack:
            stack.enter_context(watching(self._count))
            header, account = self._header()
            found, file = Audit(header, path=str(out or "")), None
            if resume:
                before = load_audit(resume)
                found = resumed(before, header)
                if before.complete:
                    return before
                file = stack.enter_context(LineFile.append(resume, keep=resumable_lines(before)))
            elif out:
                file = stack.enter_context(LineFile.create(out))
                file.write([line_of(header.to_json())])
            self._record(found, account, file)
            return found

    def _record(self, found: Audit, account: str, file: LineFile | None) -> None:
        began = time.monotonic()
        seen, places = frozenset(row.role for row in found.rows), {place.region for place in found.places}
        work = AccountAudit(self._scope, self._reader, found.table, seen, self._told.progress, self._told.seen)
        for row in work.rows():
            if isinstance(row, RegionRow) and row.region in places:
                continue
            self._take(found, row, file)
        problem = work.problem
        seconds = time.monotonic() - began
        status = "partly" if problem else "read"
        line = AccountLine(account, status, _parts(problem), self._calls, seconds, work.scps, tuple(work.notes))
        found.accounts.append(line)
        found.complete = problem is None
        if file:
            file.write([line_of(line.to_json()), *([line_of(found.end())] if found.complete else [])])

    def _take(self, found: Audit, row: RegionRow | RoleRow, file: LineFile | None) -> None:
        """Append a row behind its new texts."""
        lines = [line_of(text) for text in found.table.fresh()]
        if file:
            file.write([*lines, line_of(row.to_json())])
        if isinstance(row, RegionRow):
            found.places.append(row)
        else:
            found.rows.append(row)
            self._told.row(row)

    def _header(self) -> tuple[AuditHeader, str]:
        """Read the caller. Raises :class:`Problem` if AWS does not answer even that."""
        caller = self._reader.read("sts", "GetCallerIdentity")
        if not isinstance(caller, Known):
            said = getattr(caller, "said", "No answer.")
            raise Problem("Reading the account", said, "Check the network and the sign-in.", Code.UNREACHABLE)
        scope = self._scope
        header = AuditHeader(
            started=current_clock().now().isoformat(timespec="seconds"),
            baseline=scope.selection.baseline.name,
            options=scope.selection.option_names,
            regions=scope.regions,
            read_as=str(caller.value["Arn"]),
            endpoint=next((url for url in map(self._reader.endpoint, ("iam", "ssm")) if url), ""),
            user=str(scope.user or ""),
        )
        return header, str(caller.value["Account"])

    def _count(self, _: str) -> None:
        self._calls += 1


def _parts(problem: Problem | None) -> dict[str, str] | None:
    if problem is None:
        return None
    return {"where": problem.where, "said": problem.said, "next": problem.remedy, "code": problem.code.value}
