"""A plan as data: ordered changes, their cost, their risk and their undo.

A :class:`Plan` can be printed, saved, reviewed and compared; nothing in it can write. Its digest is the SHA-256 of its
canonical JSON: only the plan that an admin reviewed can be applied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any
SCHEMA = "sm-ssh-widget/plan/1"

LEAVES = "leaves "
"""Beginning of the ``undo`` of a change that leaves something in the account."""

SECURITY_NOTICE = "Review this plan with your security team before you use it in production."


class Kind(str, Enum):
    """Kind of a change. The facts about each are in :mod:`.kinds`."""

    TRUST = "trust-policy"
    ATTACH_ROLE_POLICY = "attach-role-policy"
    ROLE_INLINE = "role-inline-policy"
    ATTACH_USER_POLICY = "attach-user-policy"
    USER_INLINE = "user-inline-policy"
    SERVICE_SETTING = "service-setting"
    ROLE = "role"
    QUICK_SETUP = "quick-setup"
    INSTANCE = "temporary-instance"


class RefusalCode(str, Enum):
    """Reason why a finding is refused; ``drifted`` only in an undo plan."""

    QUOTA = "quota"
    BLOCKED = "blocked"
    DELETED_PRINCIPAL = "deleted-principal"
    UNKNOWN = "unknown"
    PROTECTED = "protected"
    DRIFTED = "drifted"
    NOT_EXECUTION_ROLE = "not-execution-role"


@dataclass(frozen=True)
class Call:
    """One AWS call: ``service`` and ``operation`` as botocore names them (``iam``, ``UpdateAssumeRolePolicy``)."""

    service: str
    operation: str
    parameters: Mapping[str, Json]

    def to_json(self) -> dict[str, Json]:
        """The call as a JSON object."""
        return {"service": self.service, "operation": self.operation, "parameters": dict(self.parameters)}

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Call:
        """Parse the output of :meth:`to_json`."""
        return cls(value["service"], value["operation"], value["parameters"])


@dataclass(frozen=True)
class Change:
    """One entry of a plan.

    ``before`` and ``after`` are states of ``resource`` in the form of its kind (:class:`.kinds.Form`). The progress of
    AWS is under ``now`` and is never compared. The keys of ``resource`` differ by kind (``KindFacts.resource_keys``);
    together with ``kind`` they identify it. ``undo`` is ``exact``, ``asks`` or ``leaves …``. The parameters of a call
    can contain placeholders: see :mod:`.placeholders`.
    """

    id: str
    finding: str
    kind: Kind
    resource: Mapping[str, str]
    before: Json
    after: Json
    calls: tuple[Call, ...]
    inverse: tuple[Call, ...]
    cost: str | None
    risk: str
    undo: str

    @property
    def leaves(self) -> str:
        """A sentence about what remains after an undo, empty if nothing does."""
        return f"Undo {self.undo}." if self.undo.startswith(LEAVES) else ""

    def to_json(self) -> dict[str, Json]:
        """The change as a JSON object."""
        return {
            "id": self.id,
            "finding": self.finding,
            "kind": self.kind.value,
            "resource": dict(self.resource),
            "before": self.before,
            "after": self.after,
            "inverse": [call.to_json() for call in self.inverse],
            "calls": [call.to_json() for call in self.calls],
            "cost": self.cost,
            "risk": self.risk,
            "undo": self.undo,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Change:
        """Parse the output of :meth:`to_json`."""
        return cls(
            id=value["id"],
            finding=value["finding"],
            kind=Kind(value["kind"]),
            resource=value["resource"],
            before=value["before"],
            after=value["after"],
            calls=tuple(Call.from_json(call) for call in value["calls"]),
            inverse=tuple(Call.from_json(call) for call in value["inverse"]),
            cost=value["cost"],
            risk=value["risk"],
            undo=value["undo"],
        )


@dataclass(frozen=True)
class Refusal:
    """A finding without a planned change: its ID, the code, and the reason with its remedy.

    ``elsewhere`` holds the changes to make outside IAM, in a permission set.
    """

    finding: str
    code: RefusalCode
    reason: str
    elsewhere: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The refusal as a JSON object; ``elsewhere`` only if it has changes."""
        value: dict[str, Json] = {"finding": self.finding, "code": self.code.value, "reason": self.reason}
        return {**value, "elsewhere": [change.to_json() for change in self.elsewhere]} if self.elsewhere else value

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Refusal:
        """Parse the output of :meth:`to_json`."""
        elsewhere = tuple(Change.from_json(change) for change in value.get("elsewhere", ()))
        return cls(value["finding"], RefusalCode(value["code"]), value["reason"], elsewhere)


BESIDE = ("acting", "caveats", "ready_afterwards")
"""Fields of a plan's JSON outside the plan: they depend on the signed-in identity and are not read back."""


@dataclass(frozen=True)
class Beside:
    """Facts about a plan outside its digest.

    ``acting`` lists the calls that the signed-in identity can make (``None`` without one), ``caveats`` the limits of
    the plan. ``ready_afterwards`` tells whether the role will be ready after it is applied, ``None`` if unknown.
    """

    acting: Mapping[str, Json] | None = None
    caveats: tuple[str, ...] = ()
    ready_afterwards: bool | None = None

    def to_json(self) -> dict[str, Json]:
        """``{"acting", "caveats", "ready_afterwards"}``."""
        acting = dict(self.acting) if self.acting is not None else None
        return {"acting": acting, "caveats": list(self.caveats), "ready_afterwards": self.ready_afterwards}


@dataclass(frozen=True)
class Plan:
    """Ordered changes for one target. ``kept`` counts the existing statements in the changed documents.

    ``required_refused`` holds the refused findings that the baseline requires: with any, the plan does not make the
    role ready. ``undoes`` is the digest of the plan that an inverse plan undoes, else empty.
    """

    target: Mapping[str, Json]
    baseline: str
    options: tuple[str, ...]
    changes: tuple[Change, ...]
    refused: tuple[Refusal, ...]
    kept: int
    required_refused: tuple[str, ...] = ()
    undoes: str = ""
    notice: str = field(default=SECURITY_NOTICE)
    beside: Beside = field(default=Beside(), compare=False)  # it is frozen

    @property
    def empty(self) -> bool:
        """Whether the plan has no changes."""
        return not self.changes

    @property
    def account(self) -> str:
        """The account that the plan is for."""
        return str(self.target["account"])

    @property
    def region(self) -> str:
        """The Region that the plan is for."""
        return str(self.target["region"])

    def _body(self) -> dict[str, Json]:
        return {
            "schema": SCHEMA,
            "notice": self.notice,
            "target": dict(self.target),
            "baseline": self.baseline,
            "options": list(self.options),
            "changes": [change.to_json() for change in self.changes],
            "refused": [refusal.to_json() for refusal in self.refused],
            "required_refused": list(self.required_refused),
            "kept": self.kept,
            "undoes": self.undoes,
        }

    @property
    def digest(self) -> str:
        """``sha256:…`` of the canonical JSON, which holds no time, token or path."""
        return digest(self._body())

    def to_file(self) -> dict[str, Json]:
        """Return the plan as reviewed, saved and compared: a JSON object with its digest."""
        return {**self._body(), "digest": self.digest}

    def to_json(self) -> dict[str, Json]:
        """Return the plan as a JSON object with the fields of :class:`Beside`."""
        return {**self.to_file(), **self.beside.to_json()}

    @classmethod
    def from_json(cls, value: Json) -> Plan:
        """Parse a plan; raises :class:`Problem` (``invalid``) if it is not one or was edited after it was created."""
        try:
            check_texts(value)
            plan = cls._read(value)
            reviewed = {name: each for name, each in value.items() if name not in BESIDE}
            edited = value.get("digest") != plan.digest or reviewed != plan.to_file()
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _invalid(f"The file is not an sm-ssh-widget plan ({what_is_wrong(error)}).") from error
        if edited:
            raise _invalid("The digest does not match the content. The file was edited after the plan was created.")
        return plan

    @classmethod
    def _read(cls, value: Json) -> Plan:
        if value["schema"] != SCHEMA:
            raise ValueError(f"schema {value['schema']!r}")
        return cls(
            target=value["target"],
            baseline=value["baseline"],
            options=tuple(value["options"]),
            changes=tuple(Change.from_json(change) for change in value["changes"]),
            refused=tuple(Refusal.from_json(item) for item in value["refused"]),
            kept=value["kept"],
            required_refused=tuple(value["required_refused"]),
            undoes=value["undoes"],
            notice=value["notice"],
        )


def canonical(value: Json) -> str:
    """Return JSON with sorted keys and no white space: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(value: Json) -> str:
    """Return ``sha256:`` and the hexadecimal digest of the canonical JSON of ``value``."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def check_texts(value: Json) -> None:
    """Raise :class:`ValueError` for a text with half of a surrogate pair, which UTF-8 cannot encode."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"it contains an incomplete character, {error.object[error.start]!a}") from None


def what_is_wrong(error: Exception) -> str:
    """Describe why a value could not be parsed."""
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) if isinstance(error, ValueError) else "its structure is wrong"


def _invalid(said: str) -> Problem:
    return Problem("Reading the plan", said, "Create a new plan: sm-ssh-widget plan --out FILE", Code.INVALID)
