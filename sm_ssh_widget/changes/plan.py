"""A plan as data: what will be written, in which order, what it costs, and how it is undone.

A :class:`Plan` can be printed, saved, reviewed and compared; nothing in it can write. Its digest is the SHA-256 of its
canonical JSON, so what an admin reviewed is what runs, or nothing runs.
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
"""How the ``undo`` of a change begins that does not take everything back."""

SECURITY_NOTICE = (
    "This section involves AWS IAM changes and should be completed by an AWS system admin. If you plan to use these "
    "settings in production, please, carefully review them with your security team."
)


class Kind(str, Enum):
    """What a change writes. Each kind has one writer, one reader and one telling in every export."""

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
    """Why a finding is in the plan as refused; ``drifted`` only in the plan of an undo."""

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
        """The call that :meth:`to_json` told."""
        return cls(value["service"], value["operation"], value["parameters"])


@dataclass(frozen=True)
class Change:
    """One thing to write.

    ``before`` and ``after`` are the state of ``resource`` in the form of its kind: the text of a document or null
    (policies; the trust policy, for a role), true or false (attachments), ``{"value", "status"}`` (service settings),
    an object or null (Quick Setup, the temporary instance). What AWS is doing with it stands under ``now`` and is never
    compared. ``resource`` names it for a person and is unique together with ``kind``. ``undo`` is ``exact``, ``asks``
    or ``leaves …``. The parameters of a call may hold values that are known later: see :mod:`.later`.
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
        """What stays once it is undone, in a sentence; empty where that is nothing."""
        return f"It {self.undo}." if self.undo.startswith(LEAVES) else ""

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
        """The change that :meth:`to_json` told."""
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
    """A finding that no change is planned for: its id, the kind of reason, and the reason with its remedy.

    ``elsewhere`` holds what would have been written, to be put where IAM does not reach: into a permission set.
    """

    finding: str
    code: RefusalCode
    reason: str
    elsewhere: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The refusal as a JSON object; ``elsewhere`` only where there is something."""
        told = {"finding": self.finding, "code": self.code.value, "reason": self.reason}
        return {**told, "elsewhere": [change.to_json() for change in self.elsewhere]} if self.elsewhere else told

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Refusal:
        """The refusal that :meth:`to_json` told."""
        elsewhere = tuple(Change.from_json(change) for change in value.get("elsewhere", ()))
        return cls(value["finding"], RefusalCode(value["code"]), value["reason"], elsewhere)


BESIDE = ("acting", "caveats", "ready_afterwards")
"""What a plan's JSON tells beside the plan itself: it depends on who asked, and is not read back."""


@dataclass(frozen=True)
class Beside:
    """What stands beside a plan and outside of its digest.

    ``acting`` says what the signed-in identity can do of it (``None`` without one), ``caveats`` what limits it,
    ``ready_afterwards`` whether the role will be ready once it is applied, and ``None`` where that is not known.
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
    """Ordered changes for one target. ``kept`` counts the statements that stay as they are in what is written to.

    ``required_refused`` holds the refused findings that the baseline requires: with any, the plan does not make the
    role ready. ``undoes`` is the digest of the plan that an inverse plan takes back, else empty.
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
        """Whether there is nothing to do."""
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
        """``sha256:…`` of the canonical JSON of everything but the digest: no clock, token or path is in it."""
        return digest(self._body())

    def to_file(self) -> dict[str, Json]:
        """The plan as it is reviewed, saved and compared: a JSON object with its digest."""
        return {**self._body(), "digest": self.digest}

    def to_json(self) -> dict[str, Json]:
        """The plan as a JSON object, with what stands beside it."""
        return {**self.to_file(), **self.beside.to_json()}

    @classmethod
    def from_json(cls, value: Json) -> Plan:
        """Read a plan; raises :class:`Problem` (``invalid``) when it is not one, or was edited after review."""
        try:
            check_texts(value)
            plan = cls._read(value)
            reviewed = {name: each for name, each in value.items() if name not in BESIDE}
            edited = value.get("digest") != plan.digest or reviewed != plan.to_file()
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise _invalid(f"it is not a plan of this program ({what_is_wrong(error)}).") from error
        if edited:
            raise _invalid("its content does not match its digest: it was edited after it was made.")
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
    """JSON with sorted keys and no white space: the same value is the same text, byte for byte."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(value: Json) -> str:
    """``sha256:`` and the hexadecimal digest of the canonical JSON of ``value``."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def check_texts(value: Json) -> None:
    """Raise :class:`ValueError` for a text that no file can hold: JSON can name half of a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half a character, {error.object[error.start]!a}, stands in it") from None


def what_is_wrong(error: Exception) -> str:
    """What is wrong with a value that is no plan, for who wants to look."""
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return str(error) if isinstance(error, ValueError) else "it has not the form of one"


def _invalid(said: str) -> Problem:
    return Problem("Reading the plan", said, "Make the plan again: sm-ssh-widget plan --out FILE", Code.INVALID)
