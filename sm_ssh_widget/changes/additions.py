"""Everything that each version can add to an account: the limit of every undo.

The digest of a journal proves that the file is complete, not who wrote it. An undo therefore removes only additions
that the journal shows *and* that a released version, or this one, would have made for the target. The additions of
each released version are data in ``requirements/documents/released``, so that its journals can still be undone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn, TypeAlias

from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.changes.removals import is_removal, removes_only
from sm_ssh_widget.changes.systems_manager import ASSUMING_POLICY, DEPLOYMENT_POLICY, MANAGER_NAME, NO_DEFAULT_ROLE
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, Statement, parse, statements
from sm_ssh_widget.policy.merge import DEFAULT_SID
from sm_ssh_widget.requirements import documents, managed
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.catalogue import (
    ADMINISTRATION_ROLE,
    DEFAULT_ROLE,
    DEFAULT_ROLE_PATH,
    DEFAULT_ROLE_POLICY,
    DEFAULT_ROLE_SETTING,
    EXECUTION_ROLE,
    INSTANCE_TYPES,
    QUICK_SETUP_TYPE,
    TIER_SETTING,
)
from sm_ssh_widget.requirements.documents import Filling
from sm_ssh_widget.requirements.leftovers import CODEBUILD, cdk_statement
from sm_ssh_widget.requirements.needs import (
    FactNeed,
    GuardNeed,
    HostManagementNeed,
    InlineNeed,
    ManagedNeed,
    Need,
    NetworkNeed,
    NoLeftoversNeed,
    SessionPreferencesNeed,
    TierNeed,
    TrustNeed,
)
from sm_ssh_widget.requirements.session_preferences import TEMPLATES

Json: TypeAlias = Any
Templates: TypeAlias = Sequence[Statement]

_RELEASED = "released"
_SUBNET = re.compile(r"subnet-[0-9a-z-]{1,64}", re.ASCII)
_OWN_ROLES = {ADMINISTRATION_ROLE: "/", EXECUTION_ROLE: "/", DEFAULT_ROLE: DEFAULT_ROLE_PATH}
"""The roles that a change can create, and their paths."""
_DEFAULT_VALUE = f"{DEFAULT_ROLE_PATH}{DEFAULT_ROLE}".lstrip("/")


@dataclass(frozen=True)
class Additions:
    """The additions of one version.

    ``requirements`` holds the additions by requirement and subject, with placeholders: ``role`` is the execution role,
    ``user`` the person who connects, and Quick Setup's two roles have their names. See
    :mod:`sm_ssh_widget.requirements.documents`: ``{"trust": [STATEMENT], "inline": {POLICY: [STATEMENT]}, "attached":
    [PATH AND NAME]}``, and ``"removed": [STATEMENT]`` for what a version removes from a trust policy.
    """

    requirements: Mapping[str, Mapping[str, Mapping[str, Json]]]
    setting: Mapping[str, str]
    configuration: Mapping[str, str]
    instance_types: tuple[str, ...]
    more_settings: tuple[Mapping[str, str], ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The additions as a JSON object."""
        return {
            "requirements": {name: dict(subjects) for name, subjects in self.requirements.items()},
            "setting": dict(self.setting),
            "configuration": dict(self.configuration),
            "instance_types": list(self.instance_types),
            "more_settings": [dict(each) for each in self.more_settings],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Additions:
        """Parse the output of :meth:`to_json`."""
        parts = (value["requirements"], value["setting"], value["configuration"], tuple(value["instance_types"]))
        return cls(*parts, tuple(value.get("more_settings", ())))


@cache
def released() -> Mapping[str, Additions]:
    """Return the additions of each released version, by version."""
    directory = files(documents).joinpath(_RELEASED)
    found = {entry.name.removesuffix(".json"): entry for entry in directory.iterdir() if entry.name.endswith(".json")}
    return {version: Additions.from_json(json.loads(found[version].read_text("utf-8"))) for version in sorted(found)}


def current() -> Additions:
    """Return the additions of this version, from the baselines and the documents."""
    found: dict[str, dict[str, dict[str, Json]]] = {}
    for baseline in BASELINES.values():
        for requirement in baseline.requirements:
            _add(found.setdefault(requirement.id, {}), requirement.need)
    return Additions(
        requirements=found,
        setting={"id": TIER_SETTING, "from": "standard", "to": "advanced"},
        configuration={"type": QUICK_SETUP_TYPE, "name": MANAGER_NAME},
        instance_types=INSTANCE_TYPES,
        more_settings=({"id": DEFAULT_ROLE_SETTING, "from": NO_DEFAULT_ROLE, "to": _DEFAULT_VALUE},),
    )


def _empty() -> dict[str, Json]:
    return {"trust": [], "inline": {}, "attached": []}


def _add(subjects: dict[str, dict[str, Json]], need: Need) -> None:
    """Add the additions of one need to the subjects of its requirement."""
    match need:
        case HostManagementNeed():
            subjects.update(_of_quick_setup())
            trust = list(documents.template("trust-default-host-management")["Statement"])
            subjects[DEFAULT_ROLE] = {"trust": trust, "inline": {}, "attached": [f"/{DEFAULT_ROLE_POLICY}"]}
        case TrustNeed():
            held = subjects.setdefault("role", _empty())["trust"]
            held += _new(held, [documents.template(name) for name in (need.document, need.hardened) if name])
        case ManagedNeed():
            held = subjects.setdefault(need.subject, _empty())["attached"]
            held += _new(held, [f"{managed.snapshot(name).path}{name}" for name in need.alternatives[-1]])
        case InlineNeed() | GuardNeed():
            held = subjects.setdefault(need.subject, _empty())["inline"].setdefault(need.policy, [])
            held += _new(held, documents.template(need.document)["Statement"])
        case SessionPreferencesNeed():
            for subject, name in TEMPLATES.items():
                held = subjects.setdefault(subject, _empty())["inline"].setdefault(need.policy, [])
                held += _new(held, documents.template(name)["Statement"])
        case NoLeftoversNeed():
            subjects["role"] = {**_empty(), "removed": [cdk_statement(CODEBUILD)]}
        case TierNeed() | FactNeed() | NetworkNeed():
            pass  # the tier stands in ``setting``; no plan changes the length of a name, or a network
        case other:
            _unknown_need(other)


def _unknown_need(need: NoReturn) -> NoReturn:
    raise AssertionError(f"no version adds {need!r}")


def _new(held: Sequence[Json], wanted: Sequence[Json]) -> list[Json]:
    return [each for each in wanted if each not in held]


def _of_quick_setup() -> dict[str, dict[str, Json]]:
    def trust(name: str) -> list[Json]:
        return list(documents.template(f"trust-quick-setup-{name}")["Statement"])

    may_assume = list(documents.template("quick-setup-administration")["Statement"])
    return {
        ADMINISTRATION_ROLE: {
            "trust": trust("administration"),
            "inline": {ASSUMING_POLICY: may_assume},
            "attached": [],
        },
        EXECUTION_ROLE: {"trust": trust("execution"), "inline": {}, "attached": [f"/{DEPLOYMENT_POLICY}"]},
    }


# Matching a change


def first_unknown(plan: Plan, versions: Sequence[Additions] = ()) -> str:
    """Return the ID of the first change that no version makes for the plan's target, else an empty text.

    ``versions`` are by default the released ones and this one.
    """
    try:
        target = _Target.of(plan)
    except (ArnError, KeyError, TypeError, AttributeError):
        return "target"
    known = versions or (*released().values(), current())
    return next((change.id for change in plan.changes if not _made_by_one(change, target, known)), "")


def _made_by_one(change: Change, target: _Target, versions: Sequence[Additions]) -> bool:
    try:
        return any(_Reader(version, target).has(change) for version in versions)
    except (ArnError, PolicyError, KeyError, TypeError, AttributeError, ValueError):
        return False  # a change that cannot be parsed is not ours


@dataclass(frozen=True)
class _Target:
    """The identities that a plan can change."""

    role: PrincipalArn
    user: PrincipalArn | None
    region: str

    @classmethod
    def of(cls, plan: Plan) -> _Target:
        """Read the target of a plan; raises :class:`ArnError` if its parts contradict each other."""
        target = plan.target
        role = PrincipalArn.parse(target["role"])
        user = PrincipalArn.parse(target["user"]) if target["user"] is not None else None
        if (role.kind, role.account, role.partition) != ("role", target["account"], target["partition"]):
            raise ArnError("the role is not of the account")
        return cls(role, user, str(target["region"]))

    def subjects_of(self, arn: PrincipalArn) -> Iterator[str]:
        """Yield the subjects that an identity is: the execution role, the person who connects, a Quick Setup role."""
        if arn == self.role:
            yield "role"
        if self.user and _is_user(self.user, arn):
            yield "user"
        own = PrincipalArn(self.role.partition, self.role.account, "role", arn.name, _OWN_ROLES.get(arn.name, "/"))
        if arn.name in _OWN_ROLES and arn == own:
            yield arn.name

    @property
    def filling(self) -> Filling:
        """The values of the placeholders."""
        return Filling(str(self.role), self.role.partition, self.role.account, self.region)


def _is_user(user: PrincipalArn, arn: PrincipalArn) -> bool:
    """Whether ``arn`` is the person who connects. A session ARN does not contain the path of its role."""
    if user.kind != "assumed-role":
        return arn == user
    return (arn.partition, arn.account, arn.kind, arn.name) == (user.partition, user.account, "role", user.name)


@dataclass(frozen=True)
class _Reader:
    """One version's additions, read for one target."""

    version: Additions
    target: _Target

    def has(self, change: Change) -> bool:
        """Whether this version makes such a change."""
        match change.kind:
            case Kind.TRUST | Kind.ROLE:
                return self._has_trust(change)
            case Kind.ROLE_INLINE | Kind.USER_INLINE:
                return self._has_inline(change)
            case Kind.ATTACH_ROLE_POLICY | Kind.ATTACH_USER_POLICY:
                return self._has_attachment(change)
            case Kind.SERVICE_SETTING:
                return self._has_setting(change)
            case Kind.QUICK_SETUP:
                return self._has_configuration(change)
            case Kind.INSTANCE:
                return self._has_instance(change)

    def _identity(self, change: Change, **more: str) -> tuple[Mapping[str, Json], ...]:
        """The additions to the identity of the change, none if ``resource`` is not exactly its ARN and name."""
        arn = PrincipalArn.parse(change.resource["arn"])
        if change.resource != {arn.kind: arn.name, "arn": str(arn), **more} or arn.kind != KINDS[change.kind].owner:
            return ()
        subjects = self.version.requirements.get(change.finding, {})
        return tuple(subjects[name] for name in self.target.subjects_of(arn) if name in subjects)

    def _has_trust(self, change: Change) -> bool:
        creates = change.kind is Kind.ROLE
        named = change.resource.get("role") in _OWN_ROLES
        if creates != (change.before is None) or (creates and not named):
            return False
        if is_removal(change):
            removed = [each for subject in self._identity(change) for each in subject.get("removed", ())]
            return any(removes_only(change.before, change.after, each) for each in removed)
        return any(self._adds(change, subject["trust"]) for subject in self._identity(change))

    def _has_inline(self, change: Change) -> bool:
        policy = change.resource["policy"]
        found = self._identity(change, policy=policy)
        return any(self._adds(change, subject["inline"].get(policy, ())) for subject in found)

    def _has_attachment(self, change: Change) -> bool:
        arn = change.resource["policy_arn"]
        names = [name for subject in self._identity(change, policy_arn=arn) for name in subject["attached"]]
        ours = {f"arn:{self.target.role.partition}:iam::aws:policy{name}" for name in names}
        return arn in ours and change.before is False and change.after is True

    def _has_setting(self, change: Change) -> bool:
        region, account, partition = self.target.region, self.target.role.account, self.target.role.partition
        settings = (self.version.setting, *self.version.more_settings)
        setting = next((each for each in settings if each["id"] == change.resource["setting_id"]), self.version.setting)
        name, was, will_be = (setting[key] for key in ("id", "from", "to"))
        arn = f"arn:{partition}:ssm:{region}:{account}:servicesetting{name}"
        before = [{"value": was, "status": status} for status in ("Default", "Customized")]
        return (
            change.resource == {"setting_id": name, "region": region, "arn": arn}
            and change.before in before
            and change.after == {"value": will_be, "status": "Customized"}
        )

    def _has_configuration(self, change: Change) -> bool:
        region, role = self.target.region, self.target.role
        arn = f"arn:{role.partition}:ssm-quicksetup:{region}:{role.account}:configuration-manager/*"
        parameters = {"TargetAccounts": role.account, "TargetRegions": region, "TargetType": "*"}
        return (
            change.resource == {**self.version.configuration, "region": region, "arn": arn}
            and change.before is None
            and change.after == {"name": self.version.configuration["name"], "parameters": parameters}
        )

    def _has_instance(self, change: Change) -> bool:
        region, role = self.target.region, self.target.role
        subnet, instance_type = change.resource["subnet"], change.resource["instance_type"]
        arn = f"arn:{role.partition}:ec2:{region}:{role.account}:instance/*"
        return (
            change.resource == {"region": region, "arn": arn, "subnet": subnet, "instance_type": instance_type}
            and instance_type in self.version.instance_types
            and bool(_SUBNET.fullmatch(subnet))
            and change.before is None
            and change.after == {"session": "opened and ended", "instance": "terminated"}
        )

    def _adds(self, change: Change, templates: Templates) -> bool:
        """Whether every added statement is one of the templates."""
        before = len(statements(parse(change.before))) if change.before is not None else 0
        added = statements(parse(change.after))[before:]
        return bool(added) and all(any(self._is(each, template) for template in templates) for each in added)

    def _is(self, statement: Statement, template: Statement) -> bool:
        """Whether the statement is the filled template, under a Sid that this program generates."""
        values = documents.values_read(_bare(template), _bare(statement), self.target.filling) or {}
        try:
            filled = documents.fill(template, self.target.filling.reading(values))
        except documents.DocumentError:
            return False  # it names something in another form than what was read has
        wish = re.sub("[^A-Za-z0-9]", "", str(filled.get("Sid", ""))) or DEFAULT_SID
        sid = statement.get("Sid", wish)
        named = isinstance(sid, str) and re.fullmatch(f"{wish}[0-9]*", sid, re.ASCII)
        return bool(named) and _without_sid(statement, self.target) == _without_sid(filled, self.target)


def _bare(statement: Statement) -> dict[str, Json]:
    return {name: value for name, value in statement.items() if name != "Sid"}


def _without_sid(statement: Statement, target: _Target) -> str:
    """The statement as text, without the path of Quick Setup's administration role, which its owner chose."""
    text = json.dumps(_bare(statement), sort_keys=True)
    head = f"arn:{target.role.partition}:iam::{target.role.account}:role/"
    return re.sub(f'{re.escape(head)}[^"]*/{ADMINISTRATION_ROLE}"', f'{head}{ADMINISTRATION_ROLE}"', text)
