"""Detection of the execution role, the account, the Region and the person who connects, each with its source.

Two identities are kept apart: the *target* role, which SageMaker runs as, and the *caller*, the identity of the current
credentials. SageMaker's answer about the role takes precedence over the caller; the caller counts as the execution role
only if SageMaker can assume it. A value that was not found stays empty, and the person chooses it.

At most three sequential round trips: SageMaker and STS · the owner of a private space, or the role · the role.
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
from sm_ssh_widget.requirements.observation import CALLER, SPECIFIED, Absent, Fact, Known, Reason, Target, Unknown

__all__ = ["CallerIdentity", "Detection", "detect", "list_candidates", "region_of"]

_WHERE = "Finding the role"
_CHOOSE = "Choose the execution role or enter its ARN."
_SPECIFY_WHO = "Specify who connects."
SHARED_SPACE_NOTE = (
    "This space is shared. Everyone in it can run code in this kernel and use a session that you sign in to here. "
    "Sign in somewhere else, or hand the plan over to an admin."
)


@dataclass(frozen=True)
class Detection:
    """Result of the detection. ``target`` is ``None`` if no role was found: a person has to choose one.

    ``notes`` are sentences for a person; :func:`list_candidates` returns the roles to choose from.
    """

    target: Target | None
    caller: Fact[CallerIdentity]
    region: str
    notes: tuple[str, ...]
    in_sagemaker: bool
    shared_space: bool

    def no_role(self, remedy: str) -> Problem:
        """Build the problem of a missing target: AWS did not answer, or the role must be specified as in ``remedy``."""
        caller = self.caller
        if isinstance(caller, Unknown) and caller.reason in (Reason.UNREACHABLE, Reason.TIMED_OUT):
            return Problem(_WHERE, sentence(caller.said), caller.remedy, Code.UNREACHABLE)
        said = " ".join(("No SageMaker execution role was found.", *self.notes))
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
    """Detect the target. ``session`` holds the ambient credentials (default: the credential chain), never a sign-in.

    ``reader`` replaces it for reading IAM and SageMaker after a sign-in. Raises :class:`Problem`: ``usage`` for an ARN
    or Region that is malformed or does not match, ``sign-in`` if nothing can be found without credentials,
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
    """Return the specified Region, else the Region of the environment. Raises :class:`Problem` (``usage``)."""
    return find_region(named, None, read_metadata(None)).region


@dataclass(frozen=True)
class _Taken:
    """The role used as execution role: its ARN as specified, the source of the ARN, and IAM's answer about it."""

    named: PrincipalArn
    source: str
    seen: Fact[SeenRole]

    @property
    def arn(self) -> PrincipalArn:
        """ARN as IAM knows it, else as specified."""
        return self.seen.value.arn if isinstance(self.seen, Known) else self.named


def _second_round(
    eyes: DetectionReads, asked: RequestedTarget, first: FirstRound
) -> tuple[_Taken | None, Fact[SeenRole]]:
    """Read the role that is specified or that SageMaker reports, and the role of the caller if it is needed."""
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
    """Return the caller's role if SageMaker can assume it, else add a note with the reason."""
    if arn is None:
        notes.append("No execution role was found. Enter its ARN, or sign in and choose one.")
        return None
    if arn.kind != "assumed-role":
        notes.append(f"The current credentials belong to {_spoken(arn)}, not to a role. {_CHOOSE}")
        return None
    role = seen.value.arn if isinstance(seen, Known) else arn.role()
    reason = why_not(role, seen.value.trust if isinstance(seen, Known) else None, region)
    if reason is None and isinstance(seen, Unknown) and arn.session != "SageMaker" and not in_sagemaker:
        reason = f"Whether SageMaker can assume {role.name} could not be read ({seen.read}: {seen.reason.value})."
    if reason is not None:
        notes.append(f"{reason} {_CHOOSE}")
        return None
    return _Taken(role, CALLER, seen)


def _check(taken: _Taken, asked: RequestedTarget, place: RegionChoice, *, gone: bool) -> None:
    """Raise for a role in another partition, a wrong ARN, or (``gone``) a role that its own account does not have."""
    matching_partition(taken.arn, place)
    renamed = taken.named.path not in (None, taken.arn.path) or taken.named.partition != taken.arn.partition
    if isinstance(taken.seen, Known) and asked.explicit and renamed:
        said = f"The role's ARN is {taken.arn}, not {taken.named}."
        raise Problem(_WHERE, said, f"Use: --role {taken.arn}", Code.USAGE)
    if isinstance(taken.seen, Absent) and gone:
        said = f"The role {taken.named} does not exist."
        raise Problem(_WHERE, said, "Check the ARN, or choose another role.", Code.AWS_REFUSED)


def _remarks(taken: _Taken, asked: RequestedTarget, first: FirstRound, place: RegionChoice) -> list[str]:
    """Return the notes on the role that the person must know before relying on it."""
    notes, account, arn = [], _account(first), taken.arn
    if isinstance(taken.seen, Unknown):
        notes.append(f"The role could not be verified ({taken.seen.read}: {taken.seen.reason.value}).")
    if isinstance(taken.seen, Absent):
        notes.append(f"The role could not be verified: the account of these credentials has no role {arn.name}.")
    if account not in ("", arn.account):
        notes.append(
            f"The current credentials belong to account {account}, the role to account {arn.account}. "
            f"Sign in to account {arn.account}."
        )
    reason = why_not(arn, taken.seen.value.trust if isinstance(taken.seen, Known) else None, place.region)
    if asked.explicit and reason:
        notes.append(reason)
    if arn.path_known and len(arn.path_and_name) > LONGEST_FOR_ACTIVATION:
        notes.append(
            f"The role's path and name have {len(arn.path_and_name)} characters together. ssm:CreateActivation accepts "
            f"{LONGEST_FOR_ACTIVATION}, so SSH Helper cannot register nodes with this role."
        )
    return notes


def _account(first: FirstRound) -> str:
    return first.caller_arn.account if first.caller_arn else ""


@dataclass(frozen=True)
class _Local:
    """The identity that connects, if any, its source, and its session name if known."""

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
    """Find who connects: as specified, else the caller, unless that is an execution role running in SageMaker."""
    if asked.user is not None:
        return _named_user(asked.user, first.person, taken)
    arn = first.caller_arn
    if arn is None or _same(arn, taken.arn) or arn.kind not in ("user", "root", "assumed-role"):
        return _Local(None, "")
    if _works_in_sagemaker(arn, studio_role):
        notes.append(f"The current credentials belong to {_spoken(arn)}, which SageMaker runs as. {_SPECIFY_WHO}")
        return _Local(None, "")
    if asked.role is not None and not asked.explicit:
        notes.append(f"The current credentials belong to {_spoken(arn)}, not to the execution role. {_SPECIFY_WHO}")
        return _Local(None, "")
    if arn.account != taken.arn.account:
        return _Local(None, "")
    if arn.kind == "assumed-role":
        role = of_caller.value.arn if isinstance(of_caller, Known) else arn.role()
        return _Local(role, CALLER, arn.session)
    return _Local(arn, CALLER)


def _works_in_sagemaker(caller: PrincipalArn, studio_role: str) -> bool:
    """Whether SageMaker created the caller's session: for the role in its metadata, or under its own session name."""
    if caller.kind != "assumed-role":
        return False
    try:
        return caller.session == "SageMaker" or _same(caller, PrincipalArn.parse(studio_role))
    except ArnError:
        return False


def _named_user(user: PrincipalArn, person: Fact[SeenRole], taken: _Taken) -> _Local:
    if user.partition != taken.arn.partition:
        said = f"The identity that connects is in partition {user.partition}, the role in {taken.arn.partition}."
        raise Problem(_WHERE, said, "Specify an identity in the role's partition: --user ARN", Code.USAGE)
    if user.account != taken.arn.account:
        said = f"The identity that connects is in account {user.account}, the role in {taken.arn.account}."
        raise Problem(_WHERE, said, "Specify an identity in the role's account: --user ARN", Code.USAGE)
    if user.kind == "assumed-role":
        role = person.value.arn if isinstance(person, Known) else user.role()
        return _Local(role, f"{SPECIFIED} (role of a session)", user.session)
    return _Local(user, SPECIFIED)


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
    """Whether a session belongs to this role. Session ARNs lack the path, but role names are unique in an account."""
    return caller.kind == "assumed-role" and (caller.account, caller.name) == (role.account, role.name)


def _spoken(arn: PrincipalArn) -> str:
    return "the root user" if arn.kind == "root" else f"{arn.kind.replace('-', ' ')} {arn.name}"
