"""A plan as a CloudFormation template, for one account or, as a stack set, for many.

CloudFormation writes inline policies of a role or user that it does not own. It has no resource for the trust policy of
an existing role, the attachment of a managed policy to one (``AWS::IAM::ManagedPolicy`` attaches its own policies only)
and the settings of Systems Manager. A custom resource adds those: it reads, adds only what is missing, and removes
exactly what it added when the stack is deleted.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html

Adding a statement to a trust policy, or an attachment, is safe in any state. Writing an inline policy or a setting is
not: ``AWS::IAM::RolePolicy`` overwrites one of the same name. Each of those depends on a guard, the same custom
resource with nothing to add, and an existing one is changed only if it still matches the plan.

In a stack set over several Regions, IAM is written in one of them (``IamRegion``), the Region's own setting in each.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import ATTACHMENTS, KINDS
from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export.adder_function import LOGS, document, function_resources, literal, one_addition
from sm_ssh_widget.export.quoting import one_line
from sm_ssh_widget.export.resource_writes import ResourceWrite, rendered_writes, skipped_changes, title_of
from sm_ssh_widget.export.yaml import Commented, dump
from sm_ssh_widget.policy.arn import Arn
from sm_ssh_widget.policy.document import parse, statements

Json: TypeAlias = Any

IN_IAM_REGION = "InIamRegion"
CUSTOM = "Custom::Addition"
IAM_ARN = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"


@dataclass(frozen=True)
class _Identity:
    """The execution role or the person who connects: parameters for name and path, so that accounts can differ.

    ``noun`` begins the names of the parameters; ``kind`` is ``role`` or ``user``, as in the ARN.
    """

    noun: str
    arn: str

    @property
    def kind(self) -> str:
        return self.arn.partition("/")[0].rpartition(":")[2]

    @property
    def path_and_name(self) -> tuple[str, str]:
        head, _, name = Arn.parse(self.arn).resource.removeprefix(self.kind).rpartition("/")
        return f"{head}/", name

    def in_any_account(self, text: str) -> str:
        """``text`` with this identity's ARN as a substitution of the template."""
        without_path = f"{self.arn.partition('/')[0]}/{self.path_and_name[1]}"
        general = text.replace(self.arn, f"{IAM_ARN}{self.kind}${{{self.noun}Path}}${{{self.noun}Name}}")
        return general.replace(without_path, f"{IAM_ARN}{self.kind}/${{{self.noun}Name}}")


@dataclass(frozen=True)
class _Template:
    """Facts that every resource of one template needs.

    ``looks`` is whether the state before is not known: then the function adds to whatever it finds.
    """

    plan: Plan
    looks: bool = False

    @cached_property
    def identities(self) -> Mapping[str, _Identity]:
        """The changed identities by ARN: the execution role, and the person who connects if it is another."""
        role = str(self.plan.target["role"])
        user = (
            write.resource["arn"] for write in rendered_writes(self.plan, RENDERERS, adds_only=True) if write.identity
        )
        others = {arn: _Identity("User", arn) for arn in user if arn != role}
        return {role: _Identity("Role", role), **others}

    def name_of(self, write: ResourceWrite) -> Json:
        """The name of the changed identity."""
        return {"Ref": f"{self.identities[write.resource['arn']].noun}Name"}

    def text(self, text: str) -> Json:
        """A text with the identities, account and partition of the deployment."""
        general = text.replace("${", "${!")
        for identity in self.identities.values():
            general = identity.in_any_account(general)
        general = in_any_account(general, self.plan)
        return text if general == text.replace("${", "${!") else {"Fn::Sub": general}

    def value(self, value: Json) -> Json:
        """Apply :meth:`text` to every string of a JSON value."""
        return map_texts(value, self.text)


def in_any_account(text: str, plan: Plan) -> str:
    """Return the text of a substitution with account and partition of a plan as those of the deployment."""
    general = re.sub(rf"(?<!\d){re.escape(plan.account)}(?!\d)", "${AWS::AccountId}", text)
    return general.replace(f"arn:{plan.target['partition']}:", "arn:${AWS::Partition}:")


def map_texts(value: Json, change: Callable[[str], Json]) -> Json:
    """Return a JSON value with every string replaced."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: map_texts(each, change) for name, each in value.items()}
    return [map_texts(each, change) for each in value] if isinstance(value, list) else value


def template(plan: Plan, *, looks: bool = False) -> str:
    """Return the template as YAML. With ``looks`` it is that of a request: no state of the account is in it.

    Raises :class:`Problem` (``invalid``) for a text that CloudFormation would replace.
    """
    context, found = _Template(plan, looks), rendered_writes(plan, RENDERERS, adds_only=True)
    resources: dict[str, Json] = {}
    for write in found:
        renderer = RENDERERS[write.kind]
        if renderer:
            name = _unused(_logical_id(write), resources)
            resource = renderer(context, write)
            if _is_native(write):
                guard = _unused(f"{name}IsNew", resources)
                resources[guard] = Commented(_GUARD, _guard(context, write))
                resource = {**resource, "DependsOn": guard}
            resources[name] = Commented(_comment(plan, write), resource)
    resources.update(_machinery(context, found))
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Setup of SageMaker SSH Helper. {'Request' if looks else f'Plan {plan.digest}'}",
        "Parameters": _parameters(context),
        "Conditions": {IN_IAM_REGION: {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "IamRegion"}]}},
        "Resources": resources,
    }
    return literal(_head(plan, looks=looks) + dump(body))


def stack_name(plan: Plan) -> str:
    """Return a stack name per plan: updating a stack with a later plan would remove what this one added."""
    return f"sagemaker-ssh-helper-{plan.digest.removeprefix('sha256:')[:8]}"


def _head(plan: Plan, *, looks: bool) -> str:
    target, file = plan.target, "request.yaml" if looks else "cloudformation.yaml"
    inline = (
        "A setting is set. Every inline policy and setting is read first, and what is there is not added."
        if looks
        else "A new inline policy is created only if none has its name. An existing inline policy or setting is "
        "changed only if it still matches the plan. Otherwise the stack fails and rolls back."
    )
    lines = [
        "Set up SageMaker SSH Helper",
        "",
        f"Role    {target['role']}",
        *([f"User    {target['user']}"] if target.get("user") else []),
        f"Region  {plan.region}",
        *([] if looks else [f"Plan    {plan.digest}"]),
        "",
        f"One account:   aws cloudformation deploy --template-file {file} \\",
        f"                 --stack-name {stack_name(plan)} --capabilities CAPABILITY_NAMED_IAM",
        "               Deploy a later plan as a separate stack. Updating this stack would remove what it added.",
        "Many accounts: a stack set of this template; names and paths can be overridden for each account, and",
        "               IamRegion must be one of its Regions.",
        "",
        *textwrap.wrap(f"Trust statements and attachments are added; existing ones stay unchanged. {inline}", 110),
        "Deleting the stack removes what it added, including every inline policy it created.",
        *(
            f"Not in this template: {finding}: {reason}"
            for finding, reason in skipped_changes(plan, RENDERERS, adds_only=True)
        ),
    ]
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in lines) + "\n"


def _parameters(context: _Template) -> Json:
    found: dict[str, Json] = {}
    for identity in context.identities.values():
        path, name = identity.path_and_name
        who = {"Role": "SageMaker execution role", "User": "identity that connects"}[identity.noun]
        found[f"{identity.noun}Name"] = {
            "Type": "String",
            "Default": name,
            "Description": f"Name of the existing {identity.kind} that is the {who}",
            "AllowedPattern": r"[\w+=,.@-]{1,64}",
        }
        found[f"{identity.noun}Path"] = {
            "Type": "String",
            "Default": path,
            "Description": f"Path of the {identity.kind}, between {identity.kind} and the name in its ARN",
            "AllowedPattern": r"/|/[!-~]{1,510}/",
        }
    found["IamRegion"] = {
        "Type": "String",
        "Default": context.plan.region,
        "Description": "The Region in which this stack set writes IAM (IAM is global)",
    }
    return found


def _comment(plan: Plan, write: ResourceWrite) -> Sequence[str]:
    lines = [f"{title_of(plan, write)} ({', '.join(write.ids)})"]
    lines += [f"cost: {change.cost}" for change in write.changes if change.cost]
    lines += [f"risk: {risk}" for risk in dict.fromkeys(change.risk for change in write.changes) if risk]
    return [one_line(line) for line in lines]


def _logical_id(write: ResourceWrite) -> str:
    words = re.split(r"[^A-Za-z0-9]+", write.changes[0].id)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Addition"


def _unused(name: str, taken: Mapping[str, Json]) -> str:
    number = 2
    while name in taken:
        name, number = f"{name}{number}", number + 1
    return name


# One entry per kind


def _is_native(write: ResourceWrite) -> bool:
    """Whether CloudFormation can own all of it: an inline policy whose name does not exist yet."""
    return KINDS[write.kind].is_inline and write.before is None


def _inline(context: _Template, write: ResourceWrite) -> Json:
    if not _is_native(write):
        return _added(context, write, "inline")
    properties = {
        f"{write.owner}Name": context.name_of(write),
        "PolicyName": write.resource["policy"],
        "PolicyDocument": context.value(parse(write.after)),
    }
    return {"Type": f"AWS::IAM::{write.owner}Policy", "Condition": IN_IAM_REGION, "Properties": properties}


_GUARD = ("Fails the stack if an inline policy with this name exists, because the next resource would overwrite it.",)


def _guard(context: _Template, write: ResourceWrite) -> Json:
    return _custom(context, write, "inline", [], was=[])


def _added(context: _Template, write: ResourceWrite, kind: str) -> Json:
    """A custom resource that adds items to a resource."""
    if write.kind in ATTACHMENTS:
        return _custom(context, write, kind, [write.resource["policy_arn"]])
    was = statements(parse(write.before)) if kind == "inline" and not context.looks else None
    return _custom(context, write, kind, list(write.added), was=was)


def _custom(
    context: _Template, write: ResourceWrite, kind: str, items: Sequence[Json], was: Sequence[Json] | None = None
) -> Json:
    """The custom resource; ``was`` is the required content of an existing resource, None for any."""
    noun = context.identities[write.resource["arn"]].noun
    policy = write.resource.get("policy", "")
    after = policy or write.resource.get("policy_arn", "").rpartition("/")[2]
    properties = {
        "Id": {"Fn::Sub": f"{kind if items else 'new'}/{write.owner}/${{{noun}Name}}/{after.replace('${', '${!')}"},
        "Kind": kind,
        "Owner": write.owner,
        "Name": context.name_of(write),
        **({"Policy": policy} if policy else {}),
        **({} if was is None else {"Was": context.text(json.dumps(list(was)))}),
        "Items": context.text(json.dumps(list(items))),
    }
    return {"Type": CUSTOM, "Condition": IN_IAM_REGION, **_by_function(properties)}


def _setting(context: _Template, write: ResourceWrite) -> Json:
    name = write.resource["setting_id"]
    was, items = (json.dumps([state["value"]]) for state in (write.before, write.after))
    known = {} if context.looks else {"Was": was}
    properties = {"Id": f"setting{name}", "Kind": "setting", "Name": name, **known, "Items": items}
    return {"Type": CUSTOM, **_by_function(properties)}


def _by_function(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {"Properties": {"ServiceToken": {"Fn::GetAtt": ["AdderFunction", "Arn"]}, **properties}}


RENDERERS: Mapping[Kind, Callable[[_Template, ResourceWrite], Json] | None] = {
    Kind.TRUST: lambda context, write: _added(context, write, "trust"),
    Kind.ROLE_INLINE: _inline,
    Kind.USER_INLINE: _inline,
    Kind.ATTACH_ROLE_POLICY: lambda context, write: _added(context, write, "attachments"),
    Kind.ATTACH_USER_POLICY: lambda context, write: _added(context, write, "attachments"),
    Kind.SERVICE_SETTING: _setting,
    Kind.ROLE: None,
    Kind.QUICK_SETUP: None,
    Kind.INSTANCE: None,
}


# The permissions of the function behind the custom resources


def _machinery(context: _Template, found: Sequence[ResourceWrite]) -> dict[str, Json]:
    if not found:
        return {}
    allowed = document(LOGS, *_permissions(context, found))
    return function_resources(
        one_addition(), {"Policies": [{"PolicyName": "AddAndTakeAway", "PolicyDocument": allowed}]}
    )


def _permissions(context: _Template, found: Sequence[ResourceWrite]) -> list[Json]:
    """The statements of all writes, each once."""
    needed = {json.dumps(statement): statement for write in found for statement in permissions(write)}
    return [context.value(statement) for statement in needed.values()]


def permissions(write: ResourceWrite, *, by_function: bool = False) -> list[Json]:
    """Return the statements that allow the function to read, write and undo.

    ``by_function``: it also writes what CloudFormation could own.
    """
    arn, owner = write.resource["arn"], write.owner
    if write.kind is Kind.SERVICE_SETTING:
        calls = ["ssm:GetServiceSetting", "ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"]
        parts = Arn.parse(arn)
        return [_allow(calls, f"arn:{parts.partition}:ssm:*:{parts.account}:{parts.resource}")]
    # IAM does not know the path of a deleted identity, and authorizes the read by name alone.
    readable = list(dict.fromkeys((arn, f"{arn.partition('/')[0]}/{write.identity}")))
    if write.kind is Kind.TRUST:
        return [_allow(["iam:GetRole"], readable), _allow(["iam:UpdateAssumeRolePolicy"], arn)]
    if write.kind in ATTACHMENTS:
        only = {"ArnEquals": {"iam:PolicyARN": write.resource["policy_arn"]}}
        writes = _allow([f"iam:Attach{owner}Policy", f"iam:Detach{owner}Policy"], arn)
        return [_allow([f"iam:ListAttached{owner}Policies"], readable), {**writes, "Condition": only}]
    read = _allow([f"iam:Get{owner}Policy"], readable)
    native = _is_native(write) and not by_function
    return [read] if native else [read, _allow([f"iam:Put{owner}Policy", f"iam:Delete{owner}Policy"], arn)]


def _allow(actions: Sequence[str], resource: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}
