"""Two identities, explained: who is who in ``SSHOwner``, the value for this person, and its traps. Pure.

SSH Helper tags each node with ``SSHOwner``, the ``aws:userid`` of the person who may connect; the owner guard compares
the two. The value is ``AIDA…`` for an IAM user, ``AROA…:SESSION`` for the session of a role, the account for root.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable,
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Tag.html
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Option, Selection
from sm_ssh_widget.requirements.observation import CALLER, Identity, Known, Observation, Target, Unknown

Json: TypeAlias = Any
Kind: TypeAlias = Literal["iam-user", "role", "sso-role", "studio", "root", "nobody"]

COMMAND = "aws sts get-caller-identity --query UserId --output text"
SHARED_SESSION = "SageMaker"
RESERVED_PATH = "/aws-reserved/"
SSO_PATH = f"{RESERVED_PATH}sso.amazonaws.com/"
_CHANGING = re.compile(r"(botocore-session|aws-go-sdk|aws-sdk-\w+|awscli-session)-\d+|\d{9,}")
_HOST = re.compile(r"m?i-[0-9a-f]{8,17}")
_PERMISSION_SET = re.compile(r"AWSReservedSSO_(?P<name>.+)_[0-9a-f]{16}")
_LEGAL_IN_A_TAG = "_.:/=+-@"


@dataclass(frozen=True)
class ClientIdentity:
    """A person whose session is known: the ARN and the ``aws:userid``, as ``sts:GetCallerIdentity`` gives them."""

    arn: PrincipalArn
    user_id: str


@dataclass(frozen=True)
class Person:
    """One of the two identities: what it is called, who it is, and what it does."""

    title: str
    arn: str
    does: str

    def to_json(self) -> dict[str, Json]:
        """The person as a JSON object."""
        return {"title": self.title, "arn": self.arn, "does": self.does}


@dataclass(frozen=True)
class OwnerStory:
    """The identities behind ``SSHOwner``.

    ``value`` is what the tag has to be for this person; ``certain`` is false where the part behind the colon stands
    for a session name that is not known here. ``command`` shows the value to the person it belongs to.
    """

    kind: Kind
    people: tuple[Person, ...]
    value: str
    certain: bool
    warnings: tuple[str, ...]
    command: str = COMMAND

    def to_json(self) -> dict[str, Json]:
        """The story as a JSON object."""
        return {
            "kind": self.kind,
            "people": [person.to_json() for person in self.people],
            "value": self.value,
            "certain": self.certain,
            "warnings": list(self.warnings),
            "command": self.command,
        }


def owner_story(
    seen: Observation, caller: ClientIdentity | None = None, *, studio_as_client: bool = False
) -> OwnerStory:
    """Tell the two identities apart. ``caller`` counts only if it is a session of the person who connects.

    ``studio_as_client``: connections are opened from Studio, and the execution role is the identity that connects.
    """
    user = seen.user
    kind = _kind(user, studio=studio_as_client)
    session = "" if kind == "studio" and own_session_names(seen) else seen.target.session
    value, certain = _value(user, kind, session, caller)
    in_cloud = Person("Execution role", str(seen.role.arn), "registers the node")
    at_laptop = Person("Who connects", str(user.arn) if user else "", "owns the node (tag SSHOwner) and connects to it")
    return OwnerStory(kind, (in_cloud, at_laptop), value, certain, tuple(_warnings(kind, value, certain=certain)))


def own_session_names(seen: Observation) -> bool:
    """Whether Studio names the role's sessions after the person: each has an ``aws:userid`` of their own."""
    names = seen.chosen.session_names
    return isinstance(names, Known) and names.value == "USER_IDENTITY"


def studio_owners(seen: Observation) -> str:
    """Whether ``SSHOwner`` tells the Studio users of the role apart, by the domain's or the profile's setting."""
    names = seen.chosen.session_names
    if own_session_names(seen):
        return (
            "Studio names sessions after the person (ExecutionRoleSessionNameMode is USER_IDENTITY), so "
            "SSHOwner tells the Studio users of this role apart."
        )
    shared = "All Studio users of this role share one aws:userid, so SSHOwner does not tell them apart"
    if isinstance(names, Unknown):
        return f"{shared}, unless ExecutionRoleSessionNameMode is USER_IDENTITY ({names.read} failed)."
    return f"{shared}."


def with_client(target: Target, selection: Selection) -> Target:
    """Return the target, with the execution role as the one who connects where connections are opened from Studio.

    Raises :class:`Problem` (``usage``) if another identity was specified.
    """
    option = Option.STUDIO_AS_CLIENT
    if option not in selection.options:
        return target
    user, role = target.user, target.role
    another = user is not None and (user.kind, user.account, user.name) != (role.kind, role.account, role.name)
    if another and target.sources.get("user") != CALLER:
        said = (
            f"The option {option.value} makes the execution role the identity that connects, but {user} was specified."
        )
        raise Problem("--user", said, f"Remove --user, or remove the option {option.value}.", Code.USAGE)
    sources = {**target.sources, "user": f"the option {option.value}"}
    return replace(target, user=role, session=SHARED_SESSION, sources=sources)


def with_key_bucket(target: Target, selection: Selection) -> Target:
    """The target, with the bucket of the public keys where one was named."""
    bucket = selection.key_bucket
    return replace(target, key_bucket=bucket.bucket, key_prefix=bucket.prefix) if bucket else target


def permission_set(arn: PrincipalArn) -> str:
    """The permission set of Identity Center behind a role; empty for any other identity."""
    found = _PERMISSION_SET.fullmatch(arn.name)
    reserved = arn.kind in ("role", "assumed-role") and (arn.path is None or arn.path.startswith(SSO_PATH))
    return found["name"] if found and reserved else ""


def is_reserved(arn: PrincipalArn) -> bool:
    """Whether Identity Center owns the identity: by its path, or by its name where the path is not known."""
    return (arn.path or "/").startswith(RESERVED_PATH) or bool(permission_set(arn))


def session_of(user_id: str) -> str:
    """The session name in an ``aws:userid``; empty for a user's."""
    return user_id.partition(":")[2]


def _kind(user: Identity | None, *, studio: bool) -> Kind:
    if user is None:
        return "nobody"
    if studio:
        return "studio"
    if user.arn.kind == "root":
        return "root"
    if user.arn.kind == "user":
        return "iam-user"
    return "sso-role" if permission_set(user.arn) else "role"


def _value(user: Identity | None, kind: Kind, session: str, caller: ClientIdentity | None) -> tuple[str, bool]:
    """The value of ``SSHOwner`` for this person, and whether it is known whole."""
    if user is None:
        return "", False
    if caller is not None and _same(caller.arn, user.arn) and session in ("", caller.arn.session):
        return caller.user_id, True
    if kind == "root":
        return user.arn.account, True
    if not user.unique_id:
        return "", False
    if kind == "iam-user":
        return user.unique_id, True
    if session:
        return f"{user.unique_id}:{session}", True
    return f"{user.unique_id}:{'USER-NAME' if kind in ('sso-role', 'studio') else 'SESSION-NAME'}", False


def _same(caller: PrincipalArn, user: PrincipalArn) -> bool:
    if caller.kind == "assumed-role":
        return user.kind in ("role", "assumed-role") and (caller.account, caller.name) == (user.account, user.name)
    return str(caller) == str(user)


def _warnings(kind: Kind, value: str, *, certain: bool) -> Iterator[str]:
    if kind == "nobody":
        yield "The person who connects was not specified, so the value of SSHOwner is unknown. Specify it: --user ARN"
    elif not certain:
        yield f"The part after the colon is the session name. Ask the person who connects to run: {COMMAND}"
    if kind == "root":
        yield "IAM policies do not limit the root user, so the owner guard has no effect. Connect as a role or user."
    if kind == "sso-role":
        yield "If the permission set is recreated or reassigned, its role gets a new ID and this value changes."
    if certain:
        yield from _traps(value)


def _traps(value: str) -> Iterator[str]:
    """Yield what can be wrong with a value that is known."""
    session = session_of(value)
    if _CHANGING.fullmatch(session):
        yield (
            f"The session name {session} changes with every session, so the next session cannot reach nodes started in "
            "this one. Set role_session_name in the AWS profile."
        )
    if session == SHARED_SESSION:
        yield "Everyone who works in SageMaker with this role has the same value, so SSHOwner does not tell them apart."
    if _HOST.fullmatch(session):
        yield (
            f"The session name {session} belongs to a machine. Everyone on that machine has this value; on another "
            "machine it differs."
        )
    illegal = "".join(sorted(set(filter(_illegal, value))))
    if illegal:
        yield (
            f"The value contains {illegal!r}, which Systems Manager does not allow in tags, so CreateActivation fails. "
            "Use a session name without it."
        )


def _illegal(character: str) -> bool:
    """Whether a tag's value cannot hold the character: ``[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]``."""
    return character not in _LEGAL_IN_A_TAG and unicodedata.category(character)[0] not in "LZN"


def caller_from(arn: str, user_id: str) -> ClientIdentity | None:
    """Return the caller that these texts name, or ``None`` if they name none."""
    try:
        return ClientIdentity(PrincipalArn.parse(arn), user_id) if user_id else None
    except ArnError:
        return None


def acts_as(caller: PrincipalArn, user: PrincipalArn) -> bool:
    """Whether the caller is the identity, or a session of it where it is a role."""
    return _same(caller, user)


def traps(user_id: str) -> tuple[str, ...]:
    """Return what can be wrong with an ``aws:userid`` that is known, as the value of ``SSHOwner``."""
    return tuple(_traps(user_id))


def is_lasting(user_id: str) -> bool:
    """Whether an ``aws:userid`` can stand in the tag, and is the same in the next session."""
    return not _CHANGING.fullmatch(session_of(user_id)) and not any(map(_illegal, user_id))
