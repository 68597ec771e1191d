"""Effects, as data: pieces of AWS work that :mod:`.worker` does for the wizard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sm_ssh_widget.changes.plan import Plan
    from sm_ssh_widget.export import SetupRequest
    from sm_ssh_widget.fleet.accounts import AccountEntry, MemberRole
    from sm_ssh_widget.fleet.audit import Audit
    from sm_ssh_widget.fleet.fleet_plan import FleetPlan
    from sm_ssh_widget.pipeline import Report


BROWSER_LOGIN = "+browser"
"""Instead of a profile of ``aws login``: a sign-in that begins here."""


@dataclass(frozen=True)
class Detect:
    """Find out who and where; empty texts stand for "whatever is found"."""

    role: str = ""
    region: str = ""
    user: str = ""


@dataclass(frozen=True)
class ListRoles:
    """List the roles that can be an execution role."""


@dataclass(frozen=True)
class Recall:
    """Look through the journals for a run that was left unfinished, or that can be undone."""


@dataclass(frozen=True)
class Check:
    """Check the role, as the signed-in identity or else as the notebook itself."""

    role: str
    region: str
    user: str
    baseline: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class SignInEffect:
    """Sign in by a way; ``typed`` are its fields that are no secret. Secrets wait in the worker."""

    way: str
    typed: Mapping[str, str]
    region: str
    account: str


@dataclass(frozen=True)
class ChooseRole:
    """Go on with a device sign-in as this account and role."""

    account: str
    role: str


@dataclass(frozen=True)
class AskActing:
    """Ask IAM's simulator which calls of a plan the signed-in identity can make; nothing waits for it."""

    plan: Plan


@dataclass(frozen=True)
class Apply:
    """Apply a reviewed plan."""

    plan: Plan


@dataclass(frozen=True)
class Resume:
    """Go on with a journal."""

    path: str


@dataclass(frozen=True)
class PlanUndo:
    """Read what undoing a journal would do now; nothing is written."""

    path: str


@dataclass(frozen=True)
class UndoEffect:
    """Undo what a journal did, if that is still the plan with this digest, which a person has confirmed."""

    path: str
    digest: str


@dataclass(frozen=True)
class Verify:
    """Check again what a report or an earlier run was about; with ``proof`` by a real activation too."""

    subject: Report | Check
    proof: bool = False


@dataclass(frozen=True)
class HandOver:
    """Tell a plan or a request in a format of the exports; ``saves`` where it goes into a file."""

    plan: Plan | SetupRequest
    format: str
    requester: str = ""
    reason: str = ""
    mask: bool = False
    saves: bool = False


@dataclass(frozen=True)
class Explain:
    """Read AWS's own explanation of a denial, by the authorization ID in what AWS said."""

    said: str


@dataclass(frozen=True)
class Stop:
    """Stop after the step that is under way, or give up waiting for a device sign-in."""


@dataclass(frozen=True)
class EndSession:
    """End the session at AWS, where AWS has a call for it, and drop it."""


@dataclass(frozen=True)
class Forget:
    """Drop the session and everything secret."""


# Many roles


@dataclass(frozen=True)
class ListAccounts:
    """List the accounts of the organization, as the signed-in identity or else as the notebook itself."""

    region: str


@dataclass(frozen=True)
class EnteredAccounts:
    """The accounts that an audit enters, and the role that is assumed in each; suspended ones are listed, not entered.

    ``regions`` are names, or ``used`` or ``all`` of each account.
    """

    entries: tuple[AccountEntry, ...]
    role: MemberRole
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditAll:
    """Audit every execution role of the account, as the signed-in identity or else as the notebook itself.

    With ``accounts``: every one of these, from that identity.
    """

    region: str
    user: str
    baseline: str
    options: tuple[str, ...]
    accounts: EnteredAccounts | None = None


@dataclass(frozen=True)
class OpenRole:
    """Report on one role from what the audit observed of it: nothing is read from AWS.

    In another ``region`` than the first one that was audited, it is read again.
    """

    role: str
    region: str = ""


@dataclass(frozen=True)
class SaveReport:
    """Save an audit as a report: one page that opens without a network."""

    audit: Audit


@dataclass(frozen=True)
class PlanFleet:
    """Plan these roles of an audit, by ARN; each is read again. ``accounts`` is how those of several are entered."""

    audit: Audit
    roles: tuple[str, ...]
    accounts: EnteredAccounts | None = None


@dataclass(frozen=True)
class AskFleetActing:
    """Ask IAM's simulator which calls of a fleet plan the signed-in identity can make; nothing waits for it."""

    plan: FleetPlan
    digest: str


@dataclass(frozen=True)
class ApplyFleet:
    """Apply a reviewed fleet plan: ``canaries`` roles first. It ends when more than ``max_failures`` plans failed."""

    plan: FleetPlan
    canaries: int
    max_failures: int


@dataclass(frozen=True)
class ResumeFleet:
    """Continue the run in this directory."""

    path: str


@dataclass(frozen=True)
class VerifyFleet:
    """Audit the roles of the run in this directory again."""

    path: str


@dataclass(frozen=True)
class PlanFleetUndo:
    """Read what undoing the run in this directory would do now; nothing is written."""

    path: str


@dataclass(frozen=True)
class UndoFleet:
    """Undo the run in this directory, if that is still the undo with this digest, which a person has confirmed."""

    path: str
    digest: str


@dataclass(frozen=True)
class HandOverFleet:
    """Render a fleet plan as a ticket, or in a form that goes into a file."""

    plan: FleetPlan
    form: str
    saves: bool = False


Effect: TypeAlias = (
    Detect
    | ListRoles
    | Recall
    | Check
    | SignInEffect
    | ChooseRole
    | AskActing
    | Apply
    | Resume
    | PlanUndo
    | UndoEffect
    | Verify
    | HandOver
    | Explain
    | Stop
    | EndSession
    | Forget
    | ListAccounts
    | AuditAll
    | OpenRole
    | SaveReport
    | PlanFleet
    | AskFleetActing
    | ApplyFleet
    | ResumeFleet
    | VerifyFleet
    | PlanFleetUndo
    | UndoFleet
    | HandOverFleet
)
FLEET_WRITES = (ApplyFleet, ResumeFleet, UndoFleet)
WRITES = (Apply, Resume, UndoEffect, *FLEET_WRITES)
"""The effects that write a reviewed plan, or undo one."""
UNAWAITED = (Recall, AskActing, AskFleetActing)
"""The effects that nothing waits for; they do not end the one that is under way."""


@dataclass(frozen=True)
class Job:
    """An effect to be done. Its ticket comes back with what came of it; 0 is never out of date."""

    ticket: int
    effect: Effect
