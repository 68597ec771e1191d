"""The plan as a CloudFormation template, for one account or, as a stack set, for many.

CloudFormation writes inline policies of a role or user that it does not own. For three things it has no resource: the
trust policy of a role that exists, the attachment of a managed policy to one (``AWS::IAM::ManagedPolicy`` attaches its
own policies only), and the settings of Systems Manager. A custom resource adds those: it reads, adds what is missing,
and takes away exactly what it added when the stack is deleted.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html

In a stack set over several Regions, IAM is written in one of them (``IamRegion``), the Region's own setting in each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export import texts
from sm_ssh_widget.export.quoting import one_line
from sm_ssh_widget.export.steps import ATTACHMENTS, Step, left_out, title_of, written
from sm_ssh_widget.export.yaml import Block, Commented, dump
from sm_ssh_widget.policy.arn import Arn
from sm_ssh_widget.policy.document import parse

Json: TypeAlias = Any

RUNTIME = "python3.13"
CODE_LIMIT = 4096  # characters of inline code that every CloudFormation endpoint takes
IN_IAM_REGION = "InIamRegion"
CUSTOM = "Custom::Addition"
ROLE_ARN_WITHOUT_PATH = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${RoleName}"
ROLE_ARN = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${RolePath}${RoleName}"


@dataclass(frozen=True)
class _Template:
    """What every resource of one template needs to know."""

    plan: Plan

    @property
    def role(self) -> str:
        return str(self.plan.target["role"])

    @property
    def role_path_and_name(self) -> tuple[str, str]:
        head, _, name = Arn.parse(self.role).resource.removeprefix("role").rpartition("/")
        return f"{head}/", name

    @property
    def role_without_path(self) -> str:
        return f"{self.role.partition('/')[0]}/{self.role_path_and_name[1]}"

    def name_of(self, step: Step) -> Json:
        """The name of what is written to: the execution role's is a parameter, so that other accounts can differ."""
        own = step.resource["arn"] == self.role
        return {"Ref": "RoleName"} if own else step.identity

    def text(self, text: str) -> Json:
        """A text in which the role, the account and the partition are those of the account that it is deployed to."""
        general = text.replace("${", "${!")
        general = general.replace(self.role, ROLE_ARN).replace(self.role_without_path, ROLE_ARN_WITHOUT_PATH)
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
    context, found = _Template(plan), written(plan, TELLINGS)
    resources: dict[str, Json] = {}
    for step in found:
        telling = TELLINGS[step.kind]
        if telling:
            resources[_unused(_logical_id(step), resources)] = Commented(_comment(plan, step), telling(context, step))
    customs = [step for step in found if not _is_native(step)]
    if customs:
        resources.update(_machinery(context, customs))
    path, name = context.role_path_and_name
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What SageMaker SSH Helper needs. Plan {plan.digest}",
        "Parameters": _parameters(path, name, plan.region),
        "Conditions": {IN_IAM_REGION: {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "IamRegion"}]}},
        "Resources": resources,
    }
    return _head(plan) + dump(body)


def _head(plan: Plan) -> str:
    lines = [
        "SageMaker SSH Helper: set up what SSH Helper needs.",
        "",
        f"Role    {plan.target['role']}",
        f"Region  {plan.region}",
        f"Plan    {plan.digest}",
        "",
        "Nothing here takes ownership: policies that are there stay, and deleting the stack takes away what it added.",
        "One account:   aws cloudformation deploy --template-file cloudformation.yaml \\",
        "                 --stack-name sagemaker-ssh-helper --capabilities CAPABILITY_IAM",
        "Many accounts: a stack set of this template; RoleName and RolePath can be overridden for each account, and",
        "               IamRegion must be one of its Regions.",
        *(f"Not in this template: {finding}: {reason}" for finding, reason in left_out(plan, TELLINGS)),
    ]
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in lines) + "\n"


def _parameters(path: str, name: str, region: str) -> Json:
    return {
        "RoleName": {
            "Type": "String",
            "Default": name,
            "Description": "Name of the SageMaker execution role, which exists",
            "AllowedPattern": r"[\w+=,.@-]{1,64}",
        },
        "RolePath": {
            "Type": "String",
            "Default": path,
            "Description": "Path of the role, as its ARN has it between role and the name",
            "AllowedPattern": r"/|/[!-~]{1,510}/",
        },
        "IamRegion": {
            "Type": "String",
            "Default": region,
            "Description": "The one Region from which IAM is written; IAM is the same in all of them",
        },
    }


def _comment(plan: Plan, step: Step) -> Sequence[str]:
    lines = [f"{title_of(plan, step)} ({', '.join(step.ids)})"]
    lines += [f"cost: {change.cost}" for change in step.changes if change.cost]
    lines += [f"risk: {risk}" for risk in dict.fromkeys(change.risk for change in step.changes) if risk]
    return [one_line(line) for line in lines]


def _logical_id(step: Step) -> str:
    words = re.split(r"[^A-Za-z0-9]+", step.changes[0].id)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Addition"


def _unused(name: str, taken: Mapping[str, Json]) -> str:
    number = 2
    while name in taken:
        name, number = f"{name}{number}", number + 1
    return name


# One entry a kind


def _is_native(step: Step) -> bool:
    """Whether CloudFormation can own all of it: an inline policy of a name that is not there yet."""
    return step.kind in (Kind.ROLE_INLINE, Kind.USER_INLINE) and step.before is None


def _inline(context: _Template, step: Step) -> Json:
    if not _is_native(step):
        return _added(context, step, "inline")
    properties = {
        f"{step.owner}Name": context.name_of(step),
        "PolicyName": step.resource["policy"],
        "PolicyDocument": context.value(parse(step.after)),
    }
    return {"Type": f"AWS::IAM::{step.owner}Policy", "Condition": IN_IAM_REGION, "Properties": properties}


def _added(context: _Template, step: Step, kind: str) -> Json:
    """A custom resource that adds items to what is there."""
    attached = [step.resource["policy_arn"]] if step.kind in ATTACHMENTS else []
    own, policy = step.resource["arn"] == context.role, step.resource.get("policy", "")
    before, after = f"{kind}/{step.owner}/", f"/{policy or ''.join(attached).rpartition('/')[2]}"
    properties = {
        "Id": {"Fn::Sub": f"{before}${{RoleName}}{after}"} if own else f"{before}{step.identity}{after}",
        "Kind": kind,
        "Owner": step.owner,
        "Name": context.name_of(step),
        "Policy": policy,
        "Items": context.text(json.dumps(attached or list(step.added))),
    }
    return {"Type": CUSTOM, "Condition": IN_IAM_REGION, **_by_function(properties)}


def _setting(_: _Template, step: Step) -> Json:
    name = step.resource["setting_id"]
    items = json.dumps([step.after["value"]])
    properties = {"Id": f"setting{name}", "Kind": "setting", "Owner": "", "Name": name, "Policy": "", "Items": items}
    return {"Type": CUSTOM, **_by_function(properties)}


def _by_function(properties: Mapping[str, Json]) -> dict[str, Json]:
    """The function must still be allowed to take away when the stack is deleted: its policy goes last."""
    return {
        "DependsOn": "AdderPolicy",
        "Properties": {"ServiceToken": {"Fn::GetAtt": ["AdderFunction", "Arn"]}, **properties},
    }


TELLINGS: Mapping[Kind, Callable[[_Template, Step], Json] | None] = {
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


def _machinery(context: _Template, customs: Sequence[Step]) -> dict[str, Json]:
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
        "AdderRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": _document(_LAMBDA_MAY_ASSUME)},
        },
        "AdderPolicy": Commented(
            ["What the function may do: the calls for the resources above, and no others."],
            {
                "Type": "AWS::IAM::RolePolicy",
                "Properties": {
                    "RoleName": {"Ref": "AdderRole"},
                    "PolicyName": "AddAndTakeAway",
                    "PolicyDocument": _document(_LOGS, *_permissions(context, customs)),
                },
            },
        ),
    }


def function_code() -> str:
    """The code of the function, as it is tested."""
    return texts.read("additions.py.txt")


def _document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


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


def _permissions(context: _Template, customs: Sequence[Step]) -> list[Json]:
    """The statements of every step, each once."""
    found = {json.dumps(statement): statement for step in customs for statement in permissions(step)}
    return [context.value(statement) for statement in found.values()]


def permissions(step: Step) -> list[Json]:
    """The statements that allow the function to read, to write and to take back."""
    arn, owner = step.resource["arn"], step.owner
    if step.kind is Kind.SERVICE_SETTING:
        calls = ["ssm:GetServiceSetting", "ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"]
        parts = Arn.parse(arn)
        return [_allow(calls, f"arn:{parts.partition}:ssm:*:{parts.account}:{parts.resource}")]
    # Where an identity is gone, IAM does not know its path, and judges the read by its name alone.
    readable = [arn, f"{arn.partition('/')[0]}/{step.identity}"]
    if step.kind is Kind.TRUST:
        return [_allow(["iam:GetRole"], readable), _allow(["iam:UpdateAssumeRolePolicy"], arn)]
    if step.kind in ATTACHMENTS:
        only = {"ArnEquals": {"iam:PolicyARN": step.resource["policy_arn"]}}
        writes = _allow([f"iam:Attach{owner}Policy", f"iam:Detach{owner}Policy"], arn)
        return [_allow([f"iam:ListAttached{owner}Policies"], readable), {**writes, "Condition": only}]
    writes = _allow([f"iam:Put{owner}Policy", f"iam:Delete{owner}Policy"], arn)
    return [_allow([f"iam:Get{owner}Policy"], readable), writes]


def _allow(actions: Sequence[str], resource: Json) -> dict[str, Json]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}
