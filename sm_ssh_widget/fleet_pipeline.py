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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget import files
from sm_ssh_widget.aws.account_audit import AccountAudit, AuditScope
from sm_ssh_widget.aws.account_sources import AccountSource, AssumedAccounts, PortalAccounts, ProfileAccounts
from sm_ssh_widget.aws.account_turns import AccountTurns, record_account
from sm_ssh_widget.aws.audit_recorder import AuditRecorder
from sm_ssh_widget.aws.observation.organisation_accounts import account_tree
from sm_ssh_widget.aws.observation.regions import ALL, USED, choose_regions
from sm_ssh_widget.aws.observation.usage import UsageDepth
from sm_ssh_widget.aws.pace import Pace, PacedReader
from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.aws.session.reader import Reader, watching
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.export.audit_role import audit_session_policy
from sm_ssh_widget.files.account_list import load_account_list
from sm_ssh_widget.files.ignore_rules import load_rules
from sm_ssh_widget.files.lines import LineFile
from sm_ssh_widget.fleet.accounts import (
    AUDIT_ROLE,
    AccountChoice,
    AccountEntry,
    ListedAccounts,
    MemberRole,
    active_first,
)
from sm_ssh_widget.fleet.audit import AccountLine, Audit, AuditHeader, line_of, read_audit, resumed
from sm_ssh_widget.fleet.progress import AccountsProgress
from sm_ssh_widget.fleet.rows import RoleRow
from sm_ssh_widget.pipeline import AwsSession, Session, SignedIn, acting_session, reading
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.report import Report
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, Observation

Json: TypeAlias = Any

__all__ = [
    "AccountChoice",
    "AccountSource",
    "AccountsProgress",
    "AssumedAccounts",
    "AuditScope",
    "MemberRole",
    "PortalAccounts",
    "ProfileAccounts",
    "assumed_accounts",
    "audit",
    "entered_accounts",
    "list_accounts",
    "load_account_list",
    "load_audit",
    "load_rules",
    "report_of",
    "scope_of",
]


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
    accounts: str | AccountChoice | AccountSource = "current",
    member_role: str | MemberRole = AUDIT_ROLE,
    regions: Sequence[str] = (),
    roles: Sequence[str] = (),
    user: str | None = None,
    baseline: str = "classic",
    options: Sequence[str] = (),
    used_by: UsageDepth = "defaults",
    gentle: bool = False,
    session: Session | None = None,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    on_row: Callable[[RoleRow], None] | None = None,
    progress: Callable[[int], None] | None = None,
    on_seen: Callable[[Observation], None] | None = None,
    on_account: Callable[[AccountsProgress], None] | None = None,
) -> Audit:
    """Audit every execution role of the account, or of several.

    ``accounts``: ``current``, ``org``, ``ou:ID,…`` or account IDs, in which ``member_role`` is assumed; or a source.
    ``regions``: names, or ``used`` or ``all`` of each account. ``gentle``: one account and one call at a time.
    ``out`` is the file to append to, ``resume`` an unfinished one; ``on_row`` receives each row when it is complete,
    ``on_seen`` before it what was observed of the role in the first Region, for :func:`report_of`, ``on_account`` the
    progress after each of several accounts. These three are called from several threads, one account each.
    Raises :class:`Problem` if the accounts cannot be listed, the only account cannot be read, or the file be written.
    """
    every = _every(regions)
    place = _region_of(session) if every or not regions else regions[0]
    scope = scope_of(
        regions=((place,) if place else ()) if every or not regions else regions,
        roles=roles,
        user=user,
        baseline=baseline,
        options=options,
        used_by=used_by,
    )
    told = _Told(on_row or _nobody, progress or _nobody, on_seen or _nobody, on_account or _nobody)
    recording = _Recording(scope, every, told, out, resume, gentle)
    choice = AccountChoice.parse(accounts) if isinstance(accounts, str) else accounts
    if not isinstance(choice, AccountChoice):
        return recording.of_many(choice)
    if choice.kind == "current":
        with reading(session, place) as reader:
            return recording.of_one(reader)
    with acting_session(session or AwsSession(), place) as base:
        return recording.of_many(assumed_accounts(base, choice, member_role))


def assumed_accounts(base: SignedIn, choice: AccountChoice, member_role: str | MemberRole) -> AssumedAccounts:
    """List the accounts, in which a role is assumed that may do only what an audit reads.

    Raises :class:`Problem` (``usage``) where they cannot be listed.
    """
    if choice.kind == "portal":
        said = "The accounts of an access portal need its sign-in."
        raise Problem("Reading the accounts", said, "Add --sign-in sso:START_URL,REGION", Code.USAGE)
    member = MemberRole.parse(member_role) if isinstance(member_role, str) else member_role
    return AssumedAccounts.of(base, choice, member, audit_session_policy())


def list_accounts(session: Session | None, region: str) -> ListedAccounts:
    """List the accounts of the organization with their units. Raises :class:`Problem` (``usage``) where denied."""
    with acting_session(session or AwsSession(), region) as base:
        entries, note = account_tree(base.reader)
        return ListedAccounts(active_first(entries), base.face.account, note)


def entered_accounts(base: SignedIn, entries: Sequence[AccountEntry], member_role: MemberRole) -> AssumedAccounts:
    """Return the sessions of accounts that are listed already: the role may do only what an audit reads."""
    return AssumedAccounts(base, active_first(entries), "list", member_role, audit_session_policy())


def _every(regions: Sequence[str]) -> str:
    """Return ``used`` or ``all`` if the Regions are chosen by each account. Raises :class:`Problem` (``usage``)."""
    named = [each for each in regions if each in (USED, ALL)]
    if named and len(regions) > 1:
        said = f"--regions {named[0]} cannot be combined with other Regions."
        raise Problem("Reading the options", said, "Use --regions used, --regions all, or a list.", Code.USAGE)
    return named[0] if named else ""


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
    """Receivers of a complete row, of the number of roles so far, of what was observed of a role, of the accounts."""

    row: Callable[[RoleRow], None]
    progress: Callable[[int], None]
    seen: Callable[[Observation], None]
    account: Callable[[AccountsProgress], None]


@dataclass(frozen=True)
class _Recording:
    """An audit that is recorded: its scope, who hears of it, and its file, if it has one."""

    scope: AuditScope
    every: str
    told: _Told
    out: str | Path | None
    resume: str | Path | None
    gentle: bool

    def of_one(self, reader: Reader) -> Audit:
        """Audit the account of a reader."""
        calls: list[str] = []
        with ExitStack() as stack:
            stack.enter_context(watching(calls.append))
            paced: AccountReader = PacedReader(reader, gentle=True) if self.gentle else reader
            header, account = self._of_caller(paced)
            recorder = self._recorder(header, stack)
            lines = recorder.found.accounts
            if recorder.found.complete or any(each.id == account and each.status == "read" for each in lines):
                return self._ended(recorder)
            began = time.monotonic()
            scope, notes = self._scope_in(paced)
            work = AccountAudit(scope, paced, recorder.found.table, progress=self.told.progress, seen=self.told.seen)
            line = record_account(AccountLine(account, "read"), work, recorder)
            line = replace(line, notes=(*notes, *line.notes), calls=len(calls), seconds=time.monotonic() - began)
            recorder.close_account(line)
            return self._ended(recorder)

    def of_many(self, source: AccountSource) -> Audit:
        """Audit the accounts of a source."""
        entries = source.entries
        header = self._header(source.read_as, source.endpoint, accounts=len(entries), accounts_of=source.chosen)
        with ExitStack() as stack:
            recorder = self._recorder(header, stack)
            if not recorder.found.complete:
                pace = Pace(gentle=self.gentle)
                told = self.told
                AccountTurns(
                    self.scope, source, recorder, pace, self.every, told.account, told.seen, told.progress
                ).run()
            recorder.found.put_in_order()
            return self._ended(recorder)

    def _scope_in(self, reader: AccountReader) -> tuple[AuditScope, tuple[str, ...]]:
        if not self.every and len(self.scope.regions) == 1:
            return self.scope, ()
        chosen = choose_regions(reader, self.scope.regions, self.every)
        return replace(self.scope, regions=chosen.regions), chosen.notes

    def _recorder(self, header: AuditHeader, stack: ExitStack) -> AuditRecorder:
        """Open the file, and continue what it has."""
        found, file = Audit(header, path=str(self.out or "")), None
        if self.resume:
            before = load_audit(self.resume)
            found = resumed(before, header)
            if before.complete:
                return AuditRecorder(before, None, self.told.row)
            file = stack.enter_context(LineFile.append(self.resume))
        elif self.out:
            file = stack.enter_context(LineFile.create(self.out))
            file.write([line_of(header.to_json())])
        recorder = AuditRecorder(found, file, self.told.row)
        stack.callback(recorder.close)
        return recorder

    def _ended(self, recorder: AuditRecorder) -> Audit:
        if not recorder.found.complete:
            recorder.end(complete=not recorder.found.problems)
        return recorder.found

    def _of_caller(self, reader: AccountReader) -> tuple[AuditHeader, str]:
        """Read the caller. Raises :class:`Problem` if AWS does not answer even that."""
        caller = reader.read("sts", "GetCallerIdentity")
        if not isinstance(caller, Known):
            said = getattr(caller, "said", "No answer.")
            raise Problem("Reading the account", said, "Check the network and the sign-in.", Code.UNREACHABLE)
        endpoint = next((url for url in map(reader.endpoint, ("iam", "ssm")) if url), "")
        return self._header(str(caller.value["Arn"]), endpoint), str(caller.value["Account"])

    def _header(self, read_as: str, endpoint: str, **chosen: Json) -> AuditHeader:
        scope = self.scope
        return AuditHeader(
            started=current_clock().now().isoformat(timespec="seconds"),
            baseline=scope.selection.baseline.name,
            options=scope.selection.option_names,
            regions=scope.regions,
            read_as=read_as,
            endpoint=endpoint,
            user=str(scope.user or ""),
            regions_of=self.every,
            **chosen,
        )
