"""A request, the policies that decide about it, and the decision: the vocabulary of the evaluator.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from .compiled import CompiledPolicy
from .readings import Reading


class Outcome(str, Enum):
    """The outcome of a request. ``DEPENDS``: values of the context that are not known decide."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"
    DEPENDS = "depends"


class Layer(str, Enum):
    """The kind of policy that decided."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A statement that asks for a condition key: ``written`` is the key as this policy spells it."""

    key: str
    written: str
    layer: Layer
    policy: str
    statement: str
    denies: bool


# A named tuple, because a frozen dataclass takes four times as long to create, and every evaluation creates one.
class Decision(NamedTuple):
    """The decision about a request, and its ground.

    ``ALLOWED``: the granting statement; ``EXPLICIT_DENY``: the denying one; both with their layer and policy name.
    ``IMPLICIT_DENY``: the layer that lacks an Allow. ``DEPENDS``: the ``keys`` that matter, sorted, in lower case;
    ``outcomes``, the ones that their values can lead to, sorted by name; ``key_uses``, the statements that ask.
    ``readings``: the sentences of AWS's documentation that the outcome rests on and that leave room.
    """

    outcome: Outcome
    layer: Layer | None = None
    policy: str | None = None
    statement: str | None = None
    keys: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    key_uses: tuple[KeyUse, ...] = ()
    readings: tuple[Reading, ...] = ()

    @property
    def may_be_allowed(self) -> bool:
        """Return whether the request is allowed, or would be with some values of the unknown keys.

        Where this is false for ``DEPENDS``, the keys decide only between an explicit deny and no permission.
        """
        return Outcome.ALLOWED in (self.outcome, *self.outcomes)


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    ``principal``: the ARN of a user, role or session, or a service such as ``ssm.amazonaws.com``. ``resource``: an ARN,
    or ``*`` for actions without resource types; ``account``: the resource's account. ``context``: condition key → text,
    or texts of a key that can have several; what is not in it is absent. ``open_context``: keys whose value is not
    known, or ``True`` for every key that is not in ``context``. With any set, also an empty one, the decision says
    ``DEPENDS`` where an Allow rests on :attr:`.Reading.SEGMENT_WILDCARD`; with ``False`` that reading is followed.
    """

    principal: str
    action: str
    resource: str
    account: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    open_context: bool | frozenset[str] = False


Levels: TypeAlias = tuple[tuple[CompiledPolicy, ...], ...]


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy that can allow or deny a request.

    ``resource``: the resource's policy; for ``sts:AssumeRole`` the role's trust policy. ``boundaries``, ``session``:
    empty or ``None`` means that there is none, which limits nothing; of several, each must allow. ``scps``, ``rcps``:
    one tuple a level (root, OUs, account); ``None`` or no level means no organization. A level of ``scps`` without a
    policy allows nothing, in ``rcps`` the default ``RCPFullAWSAccess`` is implied on every level.
    """

    identity: tuple[CompiledPolicy, ...] = ()
    resource: CompiledPolicy | None = None
    boundaries: tuple[CompiledPolicy, ...] | None = ()
    session: tuple[CompiledPolicy, ...] | None = None
    scps: Levels | None = None
    rcps: Levels | None = None
    _by_action: dict[str, Policies] = field(default_factory=dict, init=False, compare=False, repr=False)

    def about(self, action: str) -> Policies:
        """Return them with only the statements that name ``action``, in lower case; an empty level stays one."""
        found = self._by_action.get(action)
        if found is None:
            found = self._by_action[action] = Policies(
                _each_about(action, self.identity),
                self.resource and self.resource.about(action),
                self.boundaries and _each_about(action, self.boundaries),
                self.session and _each_about(action, self.session),
                self.scps and tuple(_each_about(action, level) for level in self.scps),
                self.rcps and tuple(_each_about(action, level) for level in self.rcps),
            )
        return found


def _each_about(action: str, policies: tuple[CompiledPolicy, ...]) -> tuple[CompiledPolicy, ...]:
    return tuple([policy.about(action) for policy in policies])
