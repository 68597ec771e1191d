"""The plan as a CloudFormation template, for one account or, as a stack set, for many.

CloudFormation writes inline policies of a role or user that it does not own. For three things it has no resource: the
trust policy of a role that exists, the attachment of a managed policy to one (``AWS::IAM::ManagedPolicy`` attaches its
own policies only), and the settings of Systems Manager. A custom resource adds those: it reads, adds what is missing,
and takes away exactly what it added when the stack is deleted.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html

To add a statement to a trust policy, or an attachment, is safe whatever else is there. To write an inline policy or a
setting is not: ``AWS::IAM::RolePolicy`` puts its own over one of the same name. So each of those waits for a guard, the
same custom resource with nothing to add, and what exists is added to only while it is as the plan saw it.

In a stack set over several Regions, IAM is written in one of them (``IamRegion``), the Region's own setting in each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import ATTACHMENTS, KINDS
from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export import templates
from sm_ssh_widget.export.quoting import one_line
from sm_ssh_widget.export.steps import ResourceWrite, rendered_writes, skipped_changes, title_of
from sm_ssh_widget.export.yaml import Block, Commented, dump
from sm_ssh_widget.policy.arn import Arn
from sm_ssh_widget.policy.document import CURRENT_VERSION, parse, statements

Json: TypeAlias = Any

RUNTIME = "python3.13"
IN_IAM_REGION = "InIamRegion"
CUSTOM = "Custom::Addition"
IAM_ARN = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"


@dataclass(frozen=True)
class _Identity:
    """The execution role or the local user: a parameter each for its name and path, so that other accounts can differ.

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
        """``text`` with this identity's ARN as a template's text has it."""
        without_path = f"{self.arn.partition('/')[0]}/{self.path_and_name[1]}"
        general = text.replace(self.arn, f"{IAM_ARN}{self.kind}${{{self.noun}Path}}${{{self.noun}Name}}")
        return general.replace(without_path, f"{IAM_ARN}{self.kind}/${{{self.noun}Name}}")


@dataclass(frozen=True)
class _Template:
    """What every resource of one template needs to know."""

    plan: Plan

    @cached_property
    def identities(self) -> Mapping[str, _Identity]:
        """Whom the template writes to, by ARN: the execution role, and the local user if that is somebody else."""
        role = str(self.plan.target["role"])
        user = (step.resource["arn"] for step in rendered_writes(self.plan, RENDERERS) if step.identity)
        others = {arn: _Identity("User", arn) for arn in user if arn != role}
        return {role: _Identity("Role", role), **others}

    def name_of(self, step: ResourceWrite) -> Json:
        """The name of what is written to."""
        return {"Ref": f"{self.identities[step.resource['arn']].noun}Name"}

    def text(self, text: str) -> Json:
        """A text in which the identities, the account and the partition are those of where it is deployed to."""
        general = text.replace("${", "${!")
        for identity in self.identities.values():
            general = identity.in_any_account(general)
        general = re.sub(rf"(?<!\d){self.plan.account}(?!\d)", "${AWS::AccountId}", general)
        general = general.replace(f"arn:{self.plan.target['partition']}:", "arn:${AWS::Partition}:")
        return text if general == text.replace("${", "${!") else {"Fn::Sub": general}

    def value(self, value: Json) -> Json:
        """The same for every text of a JSON value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(each) for name, each in value.items()}
        return [self.value(each) for each in value] if isinstance(value, list) else value


def template(plan: Plan) -> str:
    """The template, as YAML."""
    context, found = _Template(plan), rendered_writes(plan, RENDERERS)
    resources: dict[str, Json] = {}
    for step in found:
        renderer = RENDERERS[step.kind]
        if renderer:
            name = _unused(_logical_id(step), resources)
            told = renderer(context, step)
            if _is_native(step):
                guard = _unused(f"{name}IsNew", resources)
                resources[guard] = Commented(_GUARD, _guard(context, step))
                told = {**told, "DependsOn": guard}
            resources[name] = Commented(_comment(plan, step), told)
    resources.update(_machinery(context, found))
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What SageMaker SSH Helper needs. Plan {plan.digest}",
        "Parameters": _parameters(context),
        "Conditions": {IN_IAM_REGION: {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "IamRegion"}]}},
        "Resources": resources,
    }
    return _head(plan) + dump(body)


def stack_name(plan: Plan) -> str:
    """One stack for each plan: the template of a later plan lacks what this one added, and would take it away."""
    return f"sagemaker-ssh-helper-{plan.digest.removeprefix('sha256:')[:8]}"


def _head(plan: Plan) -> str:
    target = plan.target
    lines = [
        "SageMaker SSH Helper: set up what SSH Helper needs.",
        "",
        f"Role    {target['role']}",
        *([f"User    {target['user']}"] if target.get("user") else []),
        f"Region  {plan.region}",
        f"Plan    {plan.digest}",
        "",
        "One account:   aws cloudformation deploy --template-file cloudformation.yaml \\",
        f"                 --stack-name {stack_name(plan)} --capabilities CAPABILITY_NAMED_IAM",
        "               A later plan is another stack: in the place of this one, it would take away what this added.",
        "Many accounts: a stack set of this template; names and paths can be overridden for each account, and",
        "               IamRegion must be one of its Regions.",
        "",
        "Trust and attachments are added to whatever is there: nothing that was there is changed. An inline policy is",
        "made only where there is none of its name; one that the plan saw, and a setting, are changed only while they",
        "are as it saw them. Anything else fails the stack, which takes back what it did.",
        "Deleting the stack takes away what it added. Of an inline policy that it made, that is all of it.",
        *(f"Not in this template: {finding}: {reason}" for finding, reason in skipped_changes(plan, RENDERERS)),
    ]
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in lines) + "\n"


def _parameters(context: _Template) -> Json:
    found: dict[str, Json] = {}
    for identity in context.identities.values():
        path, name = identity.path_and_name
        who = {"Role": "SageMaker execution role", "User": "local user, who connects"}[identity.noun]
        found[f"{identity.noun}Name"] = {
            "Type": "String",
            "Default": name,
            "Description": f"Name of the {identity.kind} that is the {who}; it exists",
            "AllowedPattern": r"[\w+=,.@-]{1,64}",
        }
        found[f"{identity.noun}Path"] = {
            "Type": "String",
            "Default": path,
            "Description": f"Its path, as its ARN has it between {identity.kind} and the name",
            "AllowedPattern": r"/|/[!-~]{1,510}/",
        }
    found["IamRegion"] = {
        "Type": "String",
        "Default": context.plan.region,
        "Description": "The one Region from which IAM is written; IAM is the same in all of them",
    }
    return found


def _comment(plan: Plan, step: ResourceWrite) -> Sequence[str]:
    lines = [f"{title_of(plan, step)} ({', '.join(step.ids)})"]
    lines += [f"cost: {change.cost}" for change in step.changes if change.cost]
    lines += [f"risk: {risk}" for risk in dict.fromkeys(change.risk for change in step.changes) if risk]
    return [one_line(line) for line in lines]


def _logical_id(step: ResourceWrite) -> str:
    words = re.split(r"[^A-Za-z0-9]+", step.changes[0].id)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Addition"


def _unused(name: str, taken: Mapping[str, Json]) -> str:
    number = 2
    while name in taken:
        name, number = f"{name}{number}", number + 1
    return name


# One entry a kind


def _is_native(step: ResourceWrite) -> bool:
    """Whether CloudFormation can own all of it: an inline policy of a name that is not there yet."""
    return KINDS[step.kind].is_inline and step.before is None


def _inline(context: _Template, step: ResourceWrite) -> Json:
    if not _is_native(step):
        return _added(context, step, "inline")
    properties = {
        f"{step.owner}Name": context.name_of(step),
        "PolicyName": step.resource["policy"],
        "PolicyDocument": context.value(parse(step.after)),
    }
    return {"Type": f"AWS::IAM::{step.owner}Policy", "Condition": IN_IAM_REGION, "Properties": properties}


_GUARD = ("Fails the stack where there is an inline policy of this name: the next resource would write over it.",)


def _guard(context: _Template, step: ResourceWrite) -> Json:
    return _custom(context, step, "inline", [], was=[])


def _added(context: _Template, step: ResourceWrite, kind: str) -> Json:
    """A custom resource that adds items to what is there."""
    if step.kind in ATTACHMENTS:
        return _custom(context, step, kind, [step.resource["policy_arn"]])
    was = statements(parse(step.before)) if kind == "inline" else None
    return _custom(context, step, kind, list(step.added), was=was)


def _custom(
    context: _Template, step: ResourceWrite, kind: str, items: Sequence[Json], was: Sequence[Json] | None = None
) -> Json:
    """The custom resource; ``was`` is what must be there if anything is, and None where anything may be."""
    noun = context.identities[step.resource["arn"]].noun
    policy = step.resource.get("policy", "")
    after = policy or step.resource.get("policy_arn", "").rpartition("/")[2]
    properties = {
        "Id": {"Fn::Sub": f"{kind if items else 'new'}/{step.owner}/${{{noun}Name}}/{after.replace('${', '${!')}"},
        "Kind": kind,
        "Owner": step.owner,
        "Name": context.name_of(step),
        **({"Policy": policy} if policy else {}),
        **({} if was is None else {"Was": context.text(json.dumps(list(was)))}),
        "Items": context.text(json.dumps(list(items))),
    }
    return {"Type": CUSTOM, "Condition": IN_IAM_REGION, **_by_function(properties)}


def _setting(_: _Template, step: ResourceWrite) -> Json:
    name = step.resource["setting_id"]
    was, items = (json.dumps([state["value"]]) for state in (step.before, step.after))
    properties = {"Id": f"setting{name}", "Kind": "setting", "Name": name, "Was": was, "Items": items}
    return {"Type": CUSTOM, **_by_function(properties)}


def _by_function(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {"Properties": {"ServiceToken": {"Fn::GetAtt": ["AdderFunction", "Arn"]}, **properties}}


RENDERERS: Mapping[Kind, Callable[[_Template, ResourceWrite], Json] | None] = {
    Kind.TRUST: lambda context, step: _added(context, step, "trust"),
    Kind.ROLE_INLINE: _inline,
    Kind.USER_INLINE: _inline,
    Kind.ATTACH_ROLE_POLICY: lambda context, step: _added(context, step, "attachments"),
    Kind.ATTACH_USER_POLICY: lambda context, step: _added(context, step, "attachments"),
    Kind.SERVICE_SETTING: _setting,
    Kind.ROLE: None,
    Kind.QUICK_SETUP: None,
    Kind.INSTANCE: None,
}


# The function behind the custom resources, and the little that it may do


def _machinery(context: _Template, found: Sequence[ResourceWrite]) -> dict[str, Json]:
    if not found:
        return {}
    return {
        "AdderFunction": Commented(
            [
                "Adds what CloudFormation has no resource for. It reads before it writes, adds what is missing, and",
                "remembers in the physical id what was there, so that deletion takes away what it added and no more.",
            ],
            {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": RUNTIME,
                    "Handler": "index.handler",
                    "Timeout": 600,
                    "Role": {"Fn::GetAtt": ["AdderRole", "Arn"]},
                    "LoggingConfig": {"LogGroup": {"Ref": "AdderLog"}},
                    "Code": {"ZipFile": Block(function_code())},
                },
            },
        ),
        "AdderLog": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"RetentionInDays": 90},
        },
        "AdderRole": Commented(
            ["What the function may do: the calls for the resources above, and no others."],
            {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": _document(_LAMBDA_MAY_ASSUME),
                    "Policies": [
                        {
                            "PolicyName": "AddAndTakeAway",
                            "PolicyDocument": _document(_LOGS, *_permissions(context, found)),
                        }
                    ],
                },
            },
        ),
    }


def function_code() -> str:
    """The code of the function, as it is tested."""
    return templates.read("additions.py.txt")


def _document(*statements: Json) -> Json:
    return {"Version": CURRENT_VERSION, "Statement": list(statements)}


_LAMBDA_MAY_ASSUME = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
_LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": {"Fn::GetAtt": ["AdderLog", "Arn"]},
}


def _permissions(context: _Template, found: Sequence[ResourceWrite]) -> list[Json]:
    """The statements of every step, each once."""
    needed = {json.dumps(statement): statement for step in found for statement in permissions(step)}
    return [context.value(statement) for statement in needed.values()]


def permissions(step: ResourceWrite) -> list[Json]:
    """The statements that allow the function to read, to write and to take back."""
    arn, owner = step.resource["arn"], step.owner
    if step.kind is Kind.SERVICE_SETTING:
        calls = ["ssm:GetServiceSetting", "ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"]
        parts = Arn.parse(arn)
        return [_allow(calls, f"arn:{parts.partition}:ssm:*:{parts.account}:{parts.resource}")]
    # Where an identity is gone, IAM does not know its path, and judges the read by its name alone.
    readable = list(dict.fromkeys((arn, f"{arn.partition('/')[0]}/{step.identity}")))
    if step.kind is Kind.TRUST:
        return [_allow(["iam:GetRole"], readable), _allow(["iam:UpdateAssumeRolePolicy"], arn)]
    if step.kind in ATTACHMENTS:
        only = {"ArnEquals": {"iam:PolicyARN": step.resource["policy_arn"]}}
        writes = _allow([f"iam:Attach{owner}Policy", f"iam:Detach{owner}Policy"], arn)
        return [_allow([f"iam:ListAttached{owner}Policies"], readable), {**writes, "Condition": only}]
    read = _allow([f"iam:Get{owner}Policy"], readable)
    return [read] if _is_native(step) else [read, _allow([f"iam:Put{owner}Policy", f"iam:Delete{owner}Policy"], arn)]


def _allow(actions: Sequence[str], resource: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}
