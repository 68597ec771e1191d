"""The story, told once: detect → sign in → observe → assess → plan → apply → verify → undo.

========  ==========================================================================================  ===============
stage     in → out                                                                                    touches AWS
========  ==========================================================================================  ===============
detect    the ambient session → :class:`Target`: role, account, Region, local user, and their source  reads
sign in   a way in → :class:`SignedIn`: a session with a face, read-only until a plan is applied      yes
observe   target, a reading session → :class:`Observation`: every fact known, absent or unknown       reads
assess    selection, observation → findings                                                           no
plan      findings → :class:`Plan`: ordered changes, what is refused and why, a digest                no
apply     plan, signed-in session → :class:`Journal`, step by step                                    writes
verify    target, session → findings again; if asked, a proof by a real activation                    one activation
undo      journal, fresh state → an inverse plan, applied like any other                              via apply
========  ==========================================================================================  ===============

Data flows one way; each stage returns an immutable value that can be printed, saved and compared. Planning receives a
``Reader``, which cannot write. The faces (command line, notebook, page) use this module and nothing behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import boto3

from sm_ssh_widget import files
from sm_ssh_widget.aws import proof as prover
from sm_ssh_widget.aws import signin
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.applying import undoing
from sm_ssh_widget.aws.applying.apply import Observer, check_resumable, outcome
from sm_ssh_widget.aws.applying.undoing import check_same_plan
from sm_ssh_widget.aws.detection import detect as detection
from sm_ssh_widget.aws.detection.detect import Detection, region_of
from sm_ssh_widget.aws.detection.roles import list_candidates
from sm_ssh_widget.aws.laptop import examine_laptop
from sm_ssh_widget.aws.nodes import Node, list_nodes
from sm_ssh_widget.aws.nodes import deregister as deregister_nodes
from sm_ssh_widget.aws.observation.observe import More, observe
from sm_ssh_widget.aws.session.backoff import Clock, never
from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.session.reader import Reader, watching
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin import (
    AssumeRole,
    Chain,
    DeviceCode,
    ExistingSession,
    Keys,
    Portal,
    PortalRole,
    Profile,
    Prompt,
    SessionIdentity,
    SignedIn,
    SignInMethod,
    ask_device,
    name_one,
    parse_export_block,
    parse_sign_in,
    profile_names,
)
from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.report import Report, demonstrate
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Fact, Target
from sm_ssh_widget.requirements.ssh_owner import with_client
from sm_ssh_widget.version import install_command

if TYPE_CHECKING:
    from sm_ssh_widget.simulator.account import SimulatedAccount

Json: TypeAlias = Any
AwsSession: TypeAlias = boto3.Session
Session: TypeAlias = AwsSession | SignedIn

__all__ = [
    "AssumeRole",
    "AwsSession",
    "Chain",
    "Detection",
    "DeviceCode",
    "ExistingSession",
    "Keys",
    "Node",
    "Observer",
    "Plan",
    "Portal",
    "PortalRole",
    "Profile",
    "Prompt",
    "Report",
    "Secret",
    "Selection",
    "Session",
    "SessionIdentity",
    "SignInMethod",
    "SignedIn",
    "apply",
    "ask_device",
    "candidates",
    "check",
    "check_resumable",
    "check_same_plan",
    "check_target",
    "demonstrate",
    "deregister",
    "detect",
    "examine_laptop",
    "journals",
    "last_journal",
    "name_one",
    "nodes",
    "outcome",
    "parse_export_block",
    "parse_sign_in",
    "plan",
    "plan_undo",
    "profile_names",
    "region_of",
    "resume",
    "sign_in",
    "simulated_account",
    "undo",
    "verify",
    "watching",
]


# Detect and sign in


def detect(
    *,
    role: str | None = None,
    region: str | None = None,
    user: str | None = None,
    session: Session | None = None,
    metadata_path: Path | None = None,
) -> Detection:
    """Find out whose set-up is meant: from ``session``, or the ambient one that a signed-in session reads for.

    Raises :class:`Problem` for an ARN that is none, a role that does not exist, and for want of credentials.
    """
    if isinstance(session, SignedIn):
        return detection.detect(role=role, region=region, user=user, reader=session.reader)
    return detection.detect(role=role, region=region, user=user, session=session, metadata_path=metadata_path)


def candidates(session: Session | None, region: str) -> Fact[tuple[PrincipalArn, ...]]:
    """The roles to pick from: those that SageMaker may assume."""
    with _reading(session, region) as reader:
        return list_candidates(reader, region)


def sign_in(way: SignInMethod, *, region: str, account: str | None = None, endpoint: str | None = None) -> SignedIn:
    """Sign in; raises :class:`Problem` when the way fails or leads to another account than ``account``.

    ``endpoint`` is used in the place of AWS's own: that of the simulated account.
    """
    return signin.sign_in(way, region=region, account=account, endpoint=endpoint)


# Check, plan


def check(
    *,
    role: str | None = None,
    region: str | None = None,
    user: str | None = None,
    baseline: str = "classic",
    options: Sequence[str] = (),
    steps: Sequence[str] = (),
    session: Session | None = None,
) -> Report:
    """Detect, observe and assess.

    ``session`` reads; without it the ambient one does. Raises :class:`Problem` when no role is found, the role does
    not exist, or credentials do not work.
    """
    selection = Selection.of(baseline, tuple(options), tuple(steps))
    found = detect(role=role, region=region, user=user, session=session)
    if found.target is None:
        raise found.no_role("Name it: --role arn:aws:iam::ACCOUNT:role/PATH/NAME")
    return check_target(found.target, selection, session)


def check_target(target: Target, selection: Selection, session: Session | None = None) -> Report:
    """Observe and assess a target that is known; raises :class:`Problem` (``usage``) if the options contradict it."""
    target = with_client(target, selection)
    arns = {name: managed.arn(name, target.partition) for name in selection.managed_names}
    with _reading(session, target.region) as reader:
        more = More(local_roles=selection.sets_up_host_management, instance=selection.checks_instance)
        seen = observe(target, reader, managed=selection.managed_names, managed_arns=arns, more=more)
        endpoint = next((url for url in map(reader.endpoint, ("iam", "ssm")) if url), "")
    return Report(selection, seen, assess(selection, seen), endpoint=endpoint)


def plan(report: Report) -> Plan:
    """Plan what is missing, never what is unknown or blocked; raises :class:`Problem` for anything but a report."""
    if not isinstance(report, Report):  # a notebook checks no types
        said = f"it takes the report that check() gives, not a {type(report).__name__}."  # type: ignore[unreachable]
        raise Problem("Planning", said, "Call plan(check()).", Code.USAGE)
    return make_plan(report.selection, report.observation, report.assessment)


# Apply, verify, undo


def apply(
    plan: Plan,
    session: Session,
    journal_dir: str | Path | None = None,
    *,
    observer: Observer | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
) -> Journal:
    """Apply a reviewed plan; the journal that is returned tells what became of each step, also of one that failed.

    Raises :class:`Problem` when nothing was written: the guard's reasons, another account, no place for the journal.
    """
    with _acting(session, plan.region) as acting:
        guard.check(plan, account=acting.face.account)
        return engine.apply(plan, acting, directory=files.place(journal_dir), observer=observer, stop=stop, clock=clock)


def resume(
    journal: Journal | str | Path,
    session: Session,
    *,
    observer: Observer | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
) -> Journal:
    """Go on with a journal that was left unfinished, wherever it was left.

    Raises :class:`Problem` for a journal that was undone, that cannot be trusted, or that another process changed
    since it was given here.
    """
    begun = _loaded(journal)
    with _acting(session, begun.plan.region) as acting:
        return undoing.go_on(begun, acting, observer=observer, stop=stop, clock=clock)


def verify(
    report_or_target: Report | Target,
    *,
    selection: Selection | None = None,
    proof: bool = False,
    session: Session | None = None,
    role_session: boto3.Session | None = None,
) -> Report:
    """Check again; with ``proof`` let the role itself create a short-lived activation, and delete it.

    ``selection`` goes with a target; a report brings its own. ``role_session`` holds the role's own credentials;
    without it the ambient session is used if it is that role.
    """
    if isinstance(report_or_target, Report):
        target, selection = report_or_target.target, report_or_target.selection
    else:
        target, selection = report_or_target, selection or Selection()
    report = check_target(target, selection, session)
    if not proof:
        return replace(report, proof=prover.NOT_ASKED)
    acting = nullcontext() if session is None else _acting(session, target.region)
    with acting as signed_in:
        own = role_session or _ambient()
        proved = prover.prove(report.target, own, signed_in, findings=report.findings)
    return replace(report, proof=proved)


def plan_undo(journal: Journal | str | Path, session: Session, *, clock: Clock | None = None) -> Plan:
    """Plan what an undo of a journal would write now, newest change first; nothing is written.

    The plan names in ``undoes`` the digest of the plan that it takes back, and lists as refused what somebody changed
    since. Raises :class:`Problem` where the journal cannot be trusted or the state cannot be read.
    """
    done = _loaded(journal)
    with _acting(session, done.plan.region) as acting:
        return undoing.find_way_back(done, acting, clock=clock).plan


def undo(
    journal: Journal | str | Path,
    session: Session,
    journal_dir: str | Path | None = None,
    *,
    observer: Observer | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
    digest: str | None = None,
) -> Journal:
    """Take back what a journal did, newest step first; what somebody changed since is left alone and told so.

    ``digest`` is that of the plan that was reviewed (:func:`plan_undo`): another undo is refused, and nothing written.
    Returns the journal that is undone: its steps are ``undone``, ``drifted``, or still ``done`` where it failed.
    """
    done = _loaded(journal)
    with _acting(session, done.plan.region) as acting:
        way = undoing.find_way_back(done, acting, clock=clock)
        if digest is not None:
            check_same_plan(digest, way.plan)
        directory = files.place(journal_dir) if journal_dir else Path(done.path).parent
        return undoing.take_back(way, acting, directory, observer=observer, stop=stop, clock=clock)


def nodes(session: Session | None, region: str) -> tuple[Node, ...]:
    """The hybrid nodes of a Region, oldest first; raises :class:`Problem` where they cannot be listed."""
    with _reading(session, region) as reader:
        return list_nodes(reader, region)


def deregister(chosen: Sequence[str], session: Session, region: str) -> tuple[Node, ...]:
    """Deregister the chosen nodes, each of which has to carry SSH Helper's own tags; raises :class:`Problem`."""
    with _acting(session, region) as acting:
        return deregister_nodes(chosen, acting, region)


def journals(journal_dir: str | Path | None = None) -> tuple[files.Listed, ...]:
    """The journals that are kept, newest first; one that cannot be read is listed with its problem."""
    return files.list_journals(files.place(journal_dir))


def last_journal(journal_dir: str | Path | None = None) -> Journal:
    """The newest journal of an apply; raises :class:`Problem` when there is none."""
    return files.last_journal(files.place(journal_dir))


def _loaded(journal: Journal | str | Path) -> Journal:
    """The journal as it is on disk; raises :class:`Problem` where that is not the one that was given."""
    if not isinstance(journal, Journal):
        return files.load_journal(journal)
    loaded = files.load_journal(journal.path)
    engine.check_same(journal, loaded)
    return loaded


# Sessions


def _ambient() -> boto3.Session:
    """The session of the surroundings; raises :class:`Problem` (``sign-in``) where their configuration is broken."""
    with told_as_problem("Sign-in (chain)"):
        return boto3.Session()


@contextmanager
def _reading(session: Session | None, region: str) -> Iterator[Reader]:
    if isinstance(session, SignedIn):
        yield session.reader
        return
    with closing(Reader(session or _ambient(), region=region)) as reader:
        yield reader


@contextmanager
def _acting(session: Session, region: str) -> Iterator[SignedIn]:
    if isinstance(session, SignedIn):
        yield session
        return
    acting = signin.sign_in(ExistingSession(session), region=region)
    try:
        yield acting
    finally:
        acting.forget()


def simulated_account(scenario: str | None = None, **options: Json) -> SimulatedAccount:
    """The simulated account, to be started and stopped by the caller; raises :class:`Problem` without its extra."""
    try:
        from sm_ssh_widget.simulator.account import SimulatedAccount  # noqa: PLC0415  # an extra, and slow to import
    except ImportError as error:
        said = f"the simulated account is not installed ({error.name} is missing)."
        raise Problem("Starting the simulated account", said, install_command("simulator"), Code.USAGE) from error
    return SimulatedAccount(scenario or "fresh-studio-role", **options)
