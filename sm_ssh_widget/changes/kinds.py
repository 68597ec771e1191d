"""Facts about each kind of change, in one table: form, owner, read action, calls and comparison.

A new kind is a new member of :class:`.plan.Kind`, an entry here, one in ``aws.applying.resource_kinds`` and one in the
renderers of each export. The guard, undo, the minimum IAM policy and the views of a plan derive from this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.changes.comparison import same_configurations, same_documents, same_settings, same_states
from sm_ssh_widget.changes.placeholders import placeholder
from sm_ssh_widget.changes.plan import Call, Change, Kind
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.catalogue import HOST_MANAGEMENT

Json: TypeAlias = Any
Resource: TypeAlias = Mapping[str, str]
Owner: TypeAlias = Literal["role", "user", ""]


class Form(str, Enum):
    """Form of ``before`` and ``after`` of a change."""

    DOCUMENT = "document"
    """The text of a policy document, None if it does not exist; for a role, its trust policy."""
    ATTACHMENT = "attachment"
    """True or False."""
    SETTING = "setting"
    """``{"value", "status"}``."""
    CREATED = "created"
    """An object, None if it does not exist."""


class Phase(IntEnum):
    """Phase of a change in a plan. The order is fixed: it never depends on the identity that signs in."""

    DOCUMENT = 1
    """A policy document of the execution role."""
    ATTACHMENT = 2
    """An attachment to the execution role."""
    PERSON = 3
    """Anything of the person who connects."""
    TIER = 4
    HOST_MANAGEMENT = 5
    """Quick Setup, with the roles that it needs."""
    INSTANCE = 6


@dataclass(frozen=True)
class KindFacts:
    """Facts about one kind of change.

    ``phase`` is its place in a plan (see :func:`phase_of`). ``owner`` is the key in ``resource`` of the identity
    that is changed, empty if none. ``resource_keys`` are the keys of ``resource``. ``noun`` names the resource for
    people, as a format string of these keys. ``read_action`` is the IAM action that reads the state. ``call``
    builds the one call after which a resource is in a state; it returns ``None`` where creating takes more than the
    state says: then ``created_by`` names the calls. ``same`` compares a requested state with the live one.
    ``leftover`` tells a state that an interrupted run of the change leaves. ``per_run`` marks resources that each
    run creates anew: the change runs whatever exists.
    """

    form: Form
    phase: Phase
    owner: Owner
    resource_keys: frozenset[str]
    noun: str
    read_action: str
    call: Callable[[Resource, Json], Call | None]
    same: Callable[[Json, Json], bool]
    created_by: frozenset[str] = frozenset()
    leftover: Callable[[Json], bool] = lambda _: False
    per_run: bool = False

    @property
    def is_inline(self) -> bool:
        """Whether the document is an inline policy; the other documents are trust policies."""
        return self.form is Form.DOCUMENT and "policy" in self.resource_keys

    @property
    def is_trust(self) -> bool:
        """Whether the document is a trust policy."""
        return self.form is Form.DOCUMENT and not self.is_inline


# The call after which a resource is in a state


def _trust(resource: Resource, text: Json) -> Call:
    return Call("iam", "UpdateAssumeRolePolicy", {"RoleName": resource["role"], "PolicyDocument": text})


def _role(resource: Resource, trust: Json) -> Call:
    name = {"RoleName": resource["role"]}
    if trust is None:
        return Call("iam", "DeleteRole", name)
    path = PrincipalArn.parse(resource["arn"]).path or "/"
    place = {} if path == "/" else {"Path": path}
    return Call("iam", "CreateRole", {**name, **place, "AssumeRolePolicyDocument": trust})


def _inline_of(owner: Literal["role", "user"]) -> Callable[[Resource, Json], Call]:
    noun = owner.title()

    def call(resource: Resource, text: Json) -> Call:
        where = {f"{noun}Name": resource[owner], "PolicyName": resource["policy"]}
        if text is None:
            return Call("iam", f"Delete{noun}Policy", where)
        return Call("iam", f"Put{noun}Policy", {**where, "PolicyDocument": text})

    return call


def _attachment_of(owner: Literal["role", "user"]) -> Callable[[Resource, Json], Call]:
    noun = owner.title()

    def call(resource: Resource, attached: Json) -> Call:
        parameters = {f"{noun}Name": resource[owner], "PolicyArn": resource["policy_arn"]}
        return Call("iam", f"{'Attach' if attached else 'Detach'}{noun}Policy", parameters)

    return call


def _setting(resource: Resource, state: Json) -> Call:
    setting = {"SettingId": resource["setting_id"]}
    if state["status"] == "Default":
        return Call("ssm", "ResetServiceSetting", setting)
    return Call("ssm", "UpdateServiceSetting", {**setting, "SettingValue": state["value"]})


def _quick_setup(_: Resource, state: Json) -> Call | None:
    parameters = {"ManagerArn": placeholder("manager")}
    return Call("ssm-quicksetup", "DeleteConfigurationManager", parameters) if state is None else None


def _instance(_: Resource, state: Json) -> Call | None:
    return Call("ec2", "TerminateInstances", {"InstanceIds": [placeholder("instance")]}) if state is None else None


def _is_running_instance(state: Json) -> bool:
    return isinstance(state, Mapping) and set(state) - {"now"} == {"instance"} and isinstance(state["instance"], str)


# The table


def _inline_policy(owner: Literal["role", "user"]) -> KindFacts:
    return KindFacts(
        form=Form.DOCUMENT,
        phase=Phase.DOCUMENT if owner == "role" else Phase.PERSON,
        owner=owner,
        resource_keys=frozenset({owner, "arn", "policy"}),
        noun=f"inline policy {{policy}} of {owner} {{{owner}}}",
        read_action=f"iam:Get{owner.title()}Policy",
        call=_inline_of(owner),
        same=same_documents,
    )


def _attachment(owner: Literal["role", "user"]) -> KindFacts:
    return KindFacts(
        form=Form.ATTACHMENT,
        phase=Phase.ATTACHMENT if owner == "role" else Phase.PERSON,
        owner=owner,
        resource_keys=frozenset({owner, "arn", "policy_arn"}),
        noun=f"attachment of {{policy_arn}} to {owner} {{{owner}}}",
        read_action=f"iam:ListAttached{owner.title()}Policies",
        call=_attachment_of(owner),
        same=same_states,
    )


KINDS: Mapping[Kind, KindFacts] = {
    Kind.TRUST: KindFacts(
        form=Form.DOCUMENT,
        phase=Phase.DOCUMENT,
        owner="role",
        resource_keys=frozenset({"role", "arn"}),
        noun="trust policy of role {role}",
        read_action="iam:GetRole",
        call=_trust,
        same=same_documents,
    ),
    Kind.ATTACH_ROLE_POLICY: _attachment("role"),
    Kind.ROLE_INLINE: _inline_policy("role"),
    Kind.ATTACH_USER_POLICY: _attachment("user"),
    Kind.USER_INLINE: _inline_policy("user"),
    Kind.SERVICE_SETTING: KindFacts(
        form=Form.SETTING,
        phase=Phase.TIER,
        owner="",
        resource_keys=frozenset({"setting_id", "region", "arn"}),
        noun="setting {setting_id} in {region}",
        read_action="ssm:GetServiceSetting",
        call=_setting,
        same=same_settings,
    ),
    Kind.ROLE: KindFacts(
        form=Form.DOCUMENT,
        phase=Phase.HOST_MANAGEMENT,
        owner="role",
        resource_keys=frozenset({"role", "arn"}),
        noun="role {role}",
        read_action="iam:GetRole",
        call=_role,
        same=same_documents,
    ),
    Kind.QUICK_SETUP: KindFacts(
        form=Form.CREATED,
        phase=Phase.HOST_MANAGEMENT,
        owner="",
        resource_keys=frozenset({"type", "name", "region", "arn"}),
        noun="Quick Setup in {region}",
        read_action="ssm-quicksetup:GetConfigurationManager",
        call=_quick_setup,
        same=same_configurations,
        created_by=frozenset({"ssm-quicksetup:CreateConfigurationManager"}),
    ),
    Kind.INSTANCE: KindFacts(
        form=Form.CREATED,
        phase=Phase.INSTANCE,
        owner="",
        resource_keys=frozenset({"region", "arn", "subnet", "instance_type"}),
        noun="temporary EC2 instance in {region}",
        read_action="ec2:DescribeInstances",
        call=_instance,
        same=same_states,
        created_by=frozenset(
            {"ec2:RunInstances", "ssm:StartSession", "ssm:TerminateSession", "ec2:TerminateInstances"}
        ),
        leftover=_is_running_instance,
        per_run=True,
    ),
}


def of_form(*forms: Form) -> frozenset[Kind]:
    """The kinds whose states have one of these forms."""
    return frozenset(kind for kind, facts in KINDS.items() if facts.form in forms)


def phase_of(change: Change) -> Phase:
    """The phase of a change: that of its kind, unless its finding is about another identity than the execution role.

    The person who connects may be a role too, and Quick Setup needs roles of its own.
    """
    if change.finding.startswith("user.") or change.id.endswith(":user"):
        return Phase.PERSON
    return Phase.HOST_MANAGEMENT if change.finding == HOST_MANAGEMENT.id else KINDS[change.kind].phase


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes by their phase; those of one phase stay in the order of the baseline."""
    return tuple(sorted(changes, key=phase_of))


DOCUMENTS = of_form(Form.DOCUMENT)
ATTACHMENTS = of_form(Form.ATTACHMENT)


def call_for(kind: Kind, resource: Resource, state: Json) -> Call | None:
    """The call after which ``resource`` is in ``state`` (in the form of its kind).

    ``None`` where that takes more than the state says: creating a Quick Setup configuration, starting an instance.
    """
    return KINDS[kind].call(resource, state)


def inverse_call(change: Change) -> Call:
    """The call that undoes a change; raises :class:`ValueError` where its ``before`` cannot be reached by one."""
    call = call_for(change.kind, change.resource, change.before)
    if call is None:
        raise ValueError(f"{change.id}: no call undoes it")
    return call


def reached(change: Change, state: Json) -> bool:
    """Whether ``state`` is a result of the change: its ``after``, or what an interrupted run of it leaves.

    A state in another form than that of the kind is not.
    """
    facts = KINDS[change.kind]
    try:
        return facts.same(change.after, state) or (change.after is not None and facts.leftover(state))
    except (AttributeError, KeyError, TypeError):
        return False


def describe_resource(change: Change) -> str:
    """The resource of a change in a few words: ``inline policy P of role R``."""
    return KINDS[change.kind].noun.format(**change.resource)
