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

Data flows one way, and what each stage gives is an immutable value that can be printed, saved and compared. Planning
is handed a :class:`~sm_ssh_widget.aws.reader.Reader`, which has no way to write. The faces (command line, notebook,
page) use this module and nothing behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import boto3

from sm_ssh_widget import files
from sm_ssh_widget.aws import apply as engine
from sm_ssh_widget.aws import identity, proof, signin
from sm_ssh_widget.aws.identity import Detection
from sm_ssh_widget.aws.observe import observe
from sm_ssh_widget.aws.reader import Reader
from sm_ssh_widget.aws.signin import SignedIn, Way
from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.build import make_plan, target_json
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Observation, Target

Json: TypeAlias = Any
Session: TypeAlias = boto3.Session | SignedIn

SCHEMA = "sm-ssh-widget/report/1"


@dataclass(frozen=True)
class Report:
    """What a check found: the observation, the findings, and how they were asked for."""

    selection: Selection
    observation: Observation
    assessment: Assessment
    proof: proof.Proof | None = None

    @property
    def target(self) -> Target:
        """Whose set-up was judged."""
        return self.observation.target

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in the order of the baseline."""
        return self.assessment.findings

    @property
    def ready(self) -> bool:
        """Whether nothing that is required stands in the way."""
        return self.assessment.ready

    def to_json(self) -> dict[str, Json]:
        """The object that ``check --json`` and ``verify --json`` print."""
        value = {
            "schema": SCHEMA,
            "target": target_json(self.target),
            "read_as": self.observation.read_as,
            "baseline": self.selection.baseline.name,
            "options": list(self.selection.option_names),
            "findings": [finding.to_json() for finding in self.findings],
            "caveats": list(self.assessment.caveats),
            "ready": self.ready,
        }
        return value if self.proof is None else {**value, "proof": self.proof.to_json()}


# Detect and sign in


def detect(
    *,
    role: str | None = None,
    region: str | None = None,
    user: str | None = None,
    session: boto3.Session | None = None,
) -> Detection:
    """Find out whose set-up is meant, from the ambient session; raises :class:`Problem` for an ARN that is none."""
    return identity.detect(role=role, region=region, user=user, session=session)


def sign_in(way: Way, *, region: str, account: str | None = None) -> SignedIn:
    """Sign in; raises :class:`Problem` when the way fails or leads to another account than ``account``."""
    return signin.sign_in(way, region=region, account=account)


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
    ambient = session if isinstance(session, boto3.Session) else None
    found = detect(role=role, region=region, user=user, session=ambient)
    if found.target is None:
        raise _no_role(found)
    return check_target(found.target, selection, session)


def check_target(target: Target, selection: Selection, session: Session | None = None) -> Report:
    """Observe and assess a target that is known."""
    arns = {name: managed.arn(name, target.partition) for name in selection.managed_names}
    with _reading(session, target.region) as reader:
        seen = _confirmed(observe(target, reader, managed=selection.managed_names, managed_arns=arns))
    return Report(selection, seen, assess(selection, seen))


def plan(report: Report) -> Plan:
    """Plan what is missing; nothing that is unknown or blocked becomes a change."""
    return make_plan(report.selection, report.observation, report.assessment)


def _confirmed(seen: Observation) -> Observation:
    """The observation with the role's ARN as AWS gave it; raises :class:`Problem` where another path was typed."""
    if not seen.role.unique_id:
        return seen
    typed, real = seen.target.role, seen.role.arn
    if typed.path_known and typed.path != real.path:
        said = f"the role {typed.name} is {real}, not {typed}."
        raise Problem("Reading the role", said, f"Use --role {real}", Code.USAGE)
    return replace(seen, target=replace(seen.target, role=real, role_verified=True))


def _no_role(found: Detection) -> Problem:
    notes = " ".join(found.notes)
    said = f"no SageMaker execution role was found. {notes}".strip()
    return Problem("Finding the execution role", said, "Name it: --role arn:aws:iam::ACCOUNT:role/PATH/NAME", Code.USAGE)
