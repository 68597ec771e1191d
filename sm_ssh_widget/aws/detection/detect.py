"""Who and where: the execution role, the account, the Region and the local user, each with where it was read.

Two identities are kept apart: the *target* role, which SageMaker work runs as, and the *caller*, who asks. SageMaker's
own word about the role wins over the caller; a caller is taken for the execution role only when SageMaker can assume
it. What could not be found stays unsaid, for a person to pick.

At most three round trips deep: what SageMaker and STS say · the owner of a private space, or the role · the role.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import boto3

from sm_ssh_widget.aws.detection.first_reads import CallerIdentity, DetectionReads, FirstRound
from sm_ssh_widget.aws.detection.metadata import read_metadata
from sm_ssh_widget.aws.detection.requested import (
    RegionChoice,
    RequestedTarget,
    find_region,
    matching_partition,
    requested_target,
)
from sm_ssh_widget.aws.detection.roles import LONGEST_FOR_ACTIVATION, SeenRole, list_candidates, why_not
from sm_ssh_widget.aws.detection.studio import StudioFacts
from sm_ssh_widget.aws.session.errors import sentence
from sm_ssh_widget.aws.session.limits import reading_stage
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import CALLER, Absent, Fact, Known, Reason, Target, Unknown

__all__ = ["CallerIdentity", "Detection", "detect", "list_candidates", "region_of"]

_WHERE = "Who and where"
SHARED_SPACE_NOTE = (
    "The space is shared: everybody in it can run code in this kernel, and use a session that is signed in here. "
    "Sign in elsewhere, or hand the plan over."
)


@dataclass(frozen=True)
class Detection:
    """What was found. ``target`` is ``None`` where no role was: somebody has to pick one.

    ``notes`` are sentences for a person; the roles to pick from come from :func:`list_candidates`.
    """

    target: Target | None
    caller: Fact[CallerIdentity]
    region: str
    notes: tuple[str, ...]
    in_sagemaker: bool
    shared_space: bool

    def no_role(self, remedy: str) -> Problem:
        """The problem of having no target: AWS did not answer at all, or somebody has to name the role by ``next``."""
        caller = self.caller
        if isinstance(caller, Unknown) and caller.reason in (Reason.UNREACHABLE, Reason.TIMED_OUT):
            return Problem(_WHERE, sentence(caller.said), caller.remedy, Code.UNREACHABLE)
        said = " ".join(("no SageMaker execution role was found.", *self.notes))
        return Problem("Finding the execution role", said, remedy, Code.USAGE)


@reading_stage()
def detect(
    *,
    role: str | None = None,
    region: str | None = None,
    user: str | None = None,
    session: boto3.Session | None = None,
    reader: Reader | None = None,
    metadata_path: Path | None = None,
) -> Detection:
    """Find out who and where. ``session`` is the surrounding one (default: the credential chain), never a sign-in.

    ``reader`` reads IAM and SageMaker in its place once somebody signed in. Raises :class:`Problem`: ``usage`` for an
    ARN or Region that is malformed or does not fit, ``sign-in`` where nothing can be found without credentials,
    ``aws-refused`` for a role that does not exist.
    """
    metadata = read_metadata(metadata_path)
    asked = requested_target(role, user, metadata)
    place = find_region(region, session, metadata)
    with closing(DetectionReads(session, reader, place.region)) as eyes:
        first = eyes.first_round(asked, metadata)
        found, of_caller = _second_round(eyes, asked, first)
    notes = [*metadata.notes, *place.notes, *asked.notes, *first.studio.notes]
    taken = found or _from_caller(first.caller_arn, of_caller, place.region, in_sagemaker=metadata.found, notes=notes)
    if taken is None and eyes.trouble is not None:
        raise eyes.trouble
    shared = bool(first.studio.shared)
    notes += [SHARED_SPACE_NOTE] if shared else []
    target = None
    if taken is not None:
        _check(taken, asked, place, gone=not eyes.signed_in and _account(first) == taken.named.account)
        notes += _remarks(taken, asked, first, place)
        local = _local_user(asked, first, of_caller, taken, notes, studio_role=metadata.execution_role)
        target = _target(taken, local, place)
        space = (metadata.domain, metadata.space) if metadata.domain and metadata.space else None
        target = replace(target, space=space, notes=(*metadata.notes, *asked.notes))
    return Detection(target, first.caller, place.region, tuple(notes), metadata.found, shared)


def region_of(named: str | None) -> str:
    """The Region that is named, else that of the surroundings; raises :class:`Problem` (``usage``)."""
    return find_region(named, None, read_metadata(None)).region


@dataclass(frozen=True)
class _Taken:
    """The role that was taken for the execution role: as it was named, where, and what IAM says about it."""

    named: PrincipalArn
    source: str
    seen: Fact[SeenRole]

    @property
    def arn(self) -> PrincipalArn:
        """As IAM knows it, else as it was named."""
        return self.seen.value.arn if isinstance(self.seen, Known) else self.named


def _second_round(
    eyes: DetectionReads, asked: RequestedTarget, first: FirstRound
) -> tuple[_Taken | None, Fact[SeenRole]]:
    """The role that is named or that SageMaker told, and the role behind the caller where it matters."""
    told = _told(first.studio)
    role, behind = asked.role or told, first.caller_arn
    if behind is not None and (behind.kind != "assumed-role" or (role is not None and _same(behind, role))):
        behind = None
    of_told, of_caller = eyes.find_both(None if asked.role else told, behind, at_once=first.studio.deep)
    if asked.role is not None:
        return _Taken(asked.role, asked.role_source, first.named), of_caller
    if told is not None and why_not(told, None, eyes.region) is None:
        return _Taken(told, first.studio.source, of_told), of_caller
    return None, of_caller


def _told(studio: StudioFacts) -> PrincipalArn | None:
    try:
        return PrincipalArn.parse(studio.role) if studio.role else None
    except ArnError:
        return None


def _from_caller(
    arn: PrincipalArn | None, seen: Fact[SeenRole], region: str, *, in_sagemaker: bool, notes: list[str]
) -> _Taken | None:
    """The caller's own role, if SageMaker can assume it; otherwise a note that says why it is not taken."""
    if arn is None:
        notes.append("No execution role was found: name its ARN, or sign in and pick one.")
        return None
    if arn.kind != "assumed-role":
        notes.append(f"The caller is {_spoken(arn)}, not a role: pick the execution role, or name its ARN.")
        return None
    role = seen.value.arn if isinstance(seen, Known) else arn.role()
    reason = why_not(role, seen.value.trust if isinstance(seen, Known) else None, region)
    if reason is None and isinstance(seen, Unknown) and arn.session != "SageMaker" and not in_sagemaker:
        reason = f"Whether SageMaker can assume {role.name} could not be read ({seen.read}: {seen.reason.value})."
    if reason is not None:
        notes.append(f"{reason} Pick the execution role, or name its ARN.")
        return None
    return _Taken(role, CALLER, seen)


def _check(taken: _Taken, asked: RequestedTarget, place: RegionChoice, *, gone: bool) -> None:
    """Raise for a role of another partition, a misnamed one, or (``gone``) one that is absent where it should be."""
    matching_partition(taken.arn, place)
    renamed = taken.named.path not in (None, taken.arn.path) or taken.named.partition != taken.arn.partition
    if isinstance(taken.seen, Known) and asked.explicit and renamed:
        said = f"{taken.named} is not the role's ARN: AWS knows it as {taken.arn}."
        raise Problem(_WHERE, said, f"Name it so: --role {taken.arn}", Code.USAGE)
    if isinstance(taken.seen, Absent) and gone:
        raise Problem(_WHERE, f"AWS knows no role {taken.named}.", "Check the ARN, or pick another.", Code.AWS_REFUSED)


def _remarks(taken: _Taken, asked: RequestedTarget, first: FirstRound, place: RegionChoice) -> list[str]:
    """What a person should know about the role before relying on it."""
    notes, account, arn = [], _account(first), taken.arn
    if isinstance(taken.seen, Unknown):
        notes.append(f"The role could not be verified ({taken.seen.read}: {taken.seen.reason.value}).")
    if isinstance(taken.seen, Absent):
        notes.append(f"The role could not be verified: no role {arn.name} where these credentials look.")
    if account not in ("", arn.account):
        notes.append(f"The caller is in account {account}, the role in {arn.account}: sign in there.")
    reason = why_not(arn, taken.seen.value.trust if isinstance(taken.seen, Known) else None, place.region)
    if asked.explicit and reason:
        notes.append(reason)
    if arn.path_known and len(arn.path_and_name) > LONGEST_FOR_ACTIVATION:
        notes.append(
            f"Path and name of the role have {len(arn.path_and_name)} characters; ssm:CreateActivation takes "
            f"{LONGEST_FOR_ACTIVATION}: SSH Helper cannot register nodes with this role."
        )
    return notes


def _account(first: FirstRound) -> str:
    return first.caller_arn.account if first.caller_arn else ""


@dataclass(frozen=True)
class _Local:
    """The local user, or nobody, where that stands, and the name of their session where it is known."""

    arn: PrincipalArn | None
    source: str
    session: str = ""


def _local_user(
    asked: RequestedTarget,
    first: FirstRound,
    of_caller: Fact[SeenRole],
    taken: _Taken,
    notes: list[str],
    *,
    studio_role: str,
) -> _Local:
    """Who connects: as named, else the caller where that is a person, not an execution role at work in SageMaker."""
    if asked.user is not None:
        return _named_user(asked.user, first.person, taken)
    arn = first.caller_arn
    if arn is None or _same(arn, taken.arn) or arn.kind not in ("user", "root", "assumed-role"):
        return _Local(None, "")
    if _works_in_sagemaker(arn, studio_role):
        notes.append(f"The credentials here are of {_spoken(arn)}, which SageMaker runs as: name the local user.")
        return _Local(None, "")
    if asked.role is not None and not asked.explicit:
        notes.append(f"The credentials here are of {_spoken(arn)}, not of the execution role: name the local user.")
        return _Local(None, "")
    if arn.account != taken.arn.account:
        return _Local(None, "")
    if arn.kind == "assumed-role":
        role = of_caller.value.arn if isinstance(of_caller, Known) else arn.role()
        return _Local(role, CALLER, arn.session)
    return _Local(arn, CALLER)


def _works_in_sagemaker(caller: PrincipalArn, studio_role: str) -> bool:
    """Whether the caller is a session that SageMaker itself made: of the role in its metadata, or by its own name."""
    if caller.kind != "assumed-role":
        return False
    try:
        return caller.session == "SageMaker" or _same(caller, PrincipalArn.parse(studio_role))
    except ArnError:
        return False


def _named_user(user: PrincipalArn, person: Fact[SeenRole], taken: _Taken) -> _Local:
    if user.partition != taken.arn.partition:
        said = f"The local user is in partition {user.partition}, the role in {taken.arn.partition}."
        raise Problem(_WHERE, said, "Name a role or user of the role's partition: --user ARN", Code.USAGE)
    if user.account != taken.arn.account:
        said = f"The local user is in account {user.account}, the role in {taken.arn.account}."
        raise Problem(_WHERE, said, "Name a role or user of the role's account: --user ARN", Code.USAGE)
    if user.kind == "assumed-role":
        role = person.value.arn if isinstance(person, Known) else user.role()
        return _Local(role, "named (the role of a session)", user.session)
    return _Local(user, "named")


def _target(taken: _Taken, local: _Local, place: RegionChoice) -> Target:
    sources: Mapping[str, str] = {
        "role": taken.source,
        "account": "the role's ARN",
        "partition": "the role's ARN",
        "region": place.source,
        **({"user": local.source} if local.arn else {}),
    }
    verified = isinstance(taken.seen, Known)
    return Target(taken.arn, place.region, local.arn, verified, sources, session=local.session)


def _same(caller: PrincipalArn, role: PrincipalArn) -> bool:
    """Whether a session is one of this role: sessions do not carry the path, and names are unique in an account."""
    return caller.kind == "assumed-role" and (caller.account, caller.name) == (role.account, role.name)


def _spoken(arn: PrincipalArn) -> str:
    return "the root user" if arn.kind == "root" else f"{arn.kind.replace('-', ' ')} {arn.name}"
