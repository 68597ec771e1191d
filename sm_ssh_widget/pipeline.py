"""The pipeline: detect → sign in → observe → assess → plan → apply → verify → undo.

========  ==========================================================================================  ===============
stage     in → out                                                                                    touches AWS
========  ==========================================================================================  ===============
detect    ambient session → :class:`Target`: role, account, Region, who connects, and their source    reads
sign in   sign-in method → :class:`SignedIn`: verified identity, read-only until a plan is applied    yes
observe   target, reader → :class:`Observation`: every fact known, absent or unknown                  reads
assess    selection, observation → findings                                                           no
plan      findings → :class:`Plan`: ordered changes, refusals with reasons, a digest                  no
apply     plan, signed-in session → :class:`Journal`, one entry per change                            writes
verify    target, session → new findings; optionally a proof with a real activation                   one activation
undo      journal, current state → an inverse plan, applied like any other                            via apply
========  ==========================================================================================  ===============

Data flows one way. Each stage returns an immutable value that can be printed, saved and compared. Planning receives a
``Reader``, which cannot write. The user interfaces (command line, notebook, page) use this module only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from sm_ssh_widget.aws.observation.acting_identity import acting_of, refuse_denied
from sm_ssh_widget.aws.observation.chosen_facts import More
from sm_ssh_widget.aws.observation.observe import observe
from sm_ssh_widget.aws.session.backoff import never
from sm_ssh_widget.aws.session.denial import denial_of
from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.session.explanation import explain
from sm_ssh_widget.aws.session.log import showing_log
from sm_ssh_widget.aws.session.reader import Reader, watching
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.session.service_models import ambient_session
from sm_ssh_widget.aws.signin import (
    AssumeRole,
    Chain,
    DeviceCode,
    ExistingSession,
    Keys,
    LinkAndCode,
    Login,
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
from sm_ssh_widget.clock import Clock
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.report import Report, demonstrate, plan_of, with_proof
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Fact, Target
from sm_ssh_widget.requirements.ssh_owner import with_client, with_key_bucket
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
    "LinkAndCode",
    "Login",
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
    "acting_of",
    "apply",
    "ask_device",
    "candidates",
    "check",
    "check_resumable",
    "check_same_plan",
    "check_target",
    "demonstrate",
    "denial_of",
    "deregister",
    "detect",
    "examine_laptop",
    "explain",
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
    "showing_log",
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
    """Detect the target from ``session``, or from the ambient one if a signed-in session is given.

    Raises :class:`Problem` for an invalid ARN, a role that does not exist, and missing credentials.
    """
    if isinstance(session, SignedIn):
        return detection.detect(role=role, region=region, user=user, reader=session.reader)
    return detection.detect(role=role, region=region, user=user, session=session, metadata_path=metadata_path)


def candidates(session: Session | None, region: str) -> Fact[tuple[PrincipalArn, ...]]:
    """List the roles that SageMaker can assume, for a person to choose from."""
    with reading(session, region) as reader:
        return list_candidates(reader, region)


def sign_in(way: SignInMethod, *, region: str, account: str | None = None, endpoint: str | None = None) -> SignedIn:
    """Sign in, at ``endpoint`` or else at AWS. Raises :class:`Problem` if it fails or is not for ``account``."""
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
    """Detect, observe and assess; ``session`` reads, by default the ambient one.

    Raises :class:`Problem` if no role is found, the role does not exist, or the credentials do not work.
    """
    selection = Selection.of(baseline, tuple(options), tuple(steps))
    found = detect(role=role, region=region, user=user, session=session)
    if found.target is None:
        raise found.no_role("Specify the role: --role arn:aws:iam::ACCOUNT:role/PATH/NAME")
    return check_target(found.target, selection, session)


def check_target(
    target: Target, selection: Selection, session: Session | None = None, *, assume: Mapping[str, str] | None = None
) -> Report:
    """Observe and assess a known target. ``assume`` sets values of condition keys; such a report cannot be planned.

    Raises :class:`Problem` (``usage``) if the options contradict the target.
    """
    target = with_key_bucket(with_client(target, selection), selection)
    arns = {name: managed.arn(name, target.partition) for name in selection.managed_names}
    with reading(session, target.region) as reader:
        seen = observe(target, reader, managed=selection.managed_names, managed_arns=arns, more=More.of(selection))
        endpoint = next((url for url in map(reader.endpoint, ("iam", "ssm")) if url), "")
    return Report.of(selection, replace(seen, assumed=dict(assume or {})), session, endpoint)


def plan(report: Report) -> Plan:
    """Plan what is missing, never what is unknown or blocked. Raises :class:`Problem` for anything but a report."""
    return plan_of(report)


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
    """Apply a reviewed plan. The returned journal shows the result of every change, also of a failed one.

    Raises :class:`Problem` if nothing was written: the guard's reasons, another account, no writable journal.
    """
    with acting_session(session, plan.region) as acting:
        guard.check(plan, account=acting.face.account)
        refuse_denied(plan, acting)
        return engine.apply(plan, acting, directory=files.place(journal_dir), observer=observer, stop=stop, clock=clock)


def resume(
    journal: Journal | str | Path,
    session: Session,
    *,
    observer: Observer | None = None,
    stop: Callable[[], bool] = never,
    clock: Clock | None = None,
) -> Journal:
    """Resume an unfinished run at any point.

    Raises :class:`Problem` for a journal that was undone, cannot be trusted, or was changed by another process since
    it was loaded.
    """
    begun = _loaded(journal)
    with acting_session(session, begun.plan.region) as acting:
        return undoing.resume_run(begun, acting, observer=observer, stop=stop, clock=clock)


def verify(
    report_or_target: Report | Target,
    *,
    selection: Selection | None = None,
    proof: bool = False,
    session: Session | None = None,
    role_session: boto3.Session | None = None,
) -> Report:
    """Check again. With ``proof``, also create a short-lived activation as the role, and delete it.

    ``selection`` accompanies a target; a report has its own. ``role_session`` holds the role's own credentials; by
    default the ambient session is used if it is that role.
    """
    if isinstance(report_or_target, Report):
        target, selection = report_or_target.target, report_or_target.selection
    else:
        target, selection = report_or_target, selection or Selection()
    report = check_target(target, selection, session)
    if not proof:
        return replace(report, proof=prover.NOT_ASKED)
    acting = nullcontext() if session is None else acting_session(session, target.region)
    with acting as signed_in:
        own = role_session or _ambient()
        return with_proof(report, prover.prove(report.target, own, signed_in, findings=report.findings))


def plan_undo(journal: Journal | str | Path, session: Session, *, clock: Clock | None = None) -> Plan:
    """Plan the undo of a run, newest change first, without writing.

    ``undoes`` of the plan is the digest of the plan to undo; a change that was modified since is listed as refused.
    Raises :class:`Problem` if the journal cannot be trusted or the state cannot be read.
    """
    done = _loaded(journal)
    with acting_session(session, done.plan.region) as acting:
        return undoing.prepare_undo(done, acting, clock=clock).plan


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
    """Undo a run, newest change first; skip and report what was modified since.

    ``digest`` is that of the reviewed plan (:func:`plan_undo`): any other undo is refused before a write. Returns the
    journal of the undone run: its steps are ``undone``, ``drifted``, or still ``done`` if the undo failed.
    """
    done = _loaded(journal)
    with acting_session(session, done.plan.region) as acting:
        way = undoing.prepare_undo(done, acting, clock=clock)
        if digest is not None:
            check_same_plan(digest, way.plan)
        directory = files.place(journal_dir) if journal_dir else Path(done.path).parent
        return undoing.run_undo(way, acting, directory, observer=observer, stop=stop, clock=clock)


def nodes(session: Session | None, region: str) -> tuple[Node, ...]:
    """List the hybrid nodes of a Region, oldest first. Raises :class:`Problem` if they cannot be listed."""
    with reading(session, region) as reader:
        return list_nodes(reader, region)


def deregister(chosen: Sequence[str], session: Session, region: str) -> tuple[Node, ...]:
    """Deregister the chosen nodes, which must have SSH Helper's tags. Raises :class:`Problem`."""
    with acting_session(session, region) as acting:
        return deregister_nodes(chosen, acting, region)


def journals(journal_dir: str | Path | None = None) -> tuple[files.Listed, ...]:
    """List the journals, newest first; an unreadable one is listed with its problem."""
    return files.list_journals(files.place(journal_dir))


def last_journal(journal_dir: str | Path | None = None) -> Journal:
    """Return the newest journal of an apply. Raises :class:`Problem` if there is none."""
    return files.last_journal(files.place(journal_dir))


def _loaded(journal: Journal | str | Path) -> Journal:
    """Load the journal from disk. Raises :class:`Problem` if it differs from the given one."""
    if not isinstance(journal, Journal):
        return files.load_journal(journal)
    loaded = files.load_journal(journal.path)
    engine.check_same_journal(journal, loaded)
    return loaded


# Sessions


def _ambient() -> boto3.Session:
    """The session of the surroundings; raises :class:`Problem` (``sign-in``) where their configuration is broken."""
    with told_as_problem("Signing in (chain)"):
        return ambient_session()


@contextmanager
def reading(session: Session | None, region: str) -> Iterator[Reader]:
    """Yield a reader of the session, or of the surroundings."""
    if isinstance(session, SignedIn):
        yield session.reader
        return
    with closing(Reader(session or _ambient(), region=region)) as reader:
        yield reader


@contextmanager
def acting_session(session: Session, region: str) -> Iterator[SignedIn]:
    """Yield a session that can write what its tripwire allows; one that is opened here is forgotten at the end."""
    if isinstance(session, SignedIn):
        yield session
        return
    acting = signin.sign_in(ExistingSession(session), region=region)
    try:
        yield acting
    finally:
        acting.forget()


def simulated_account(scenario: str | None = None, **options: Json) -> SimulatedAccount:
    """Create a simulated account, which the caller starts and stops. Raises :class:`Problem` without its extra."""
    try:
        from sm_ssh_widget.simulator.account import SimulatedAccount  # noqa: PLC0415  # an extra, and slow to import
    except ImportError as error:
        said = f"The simulated account is not installed ({error.name} is missing)."
        raise Problem("Starting the simulated account", said, install_command("simulator"), Code.USAGE) from error
    return SimulatedAccount(scenario or "fresh-studio-role", **options)
