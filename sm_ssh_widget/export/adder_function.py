"""The function behind the custom resources of a template, with its log group and its role.

Two heads share one core: ``additions.py.txt`` handles one addition a resource, ``role_additions.py.txt`` all additions
of a role.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.export import templates
from sm_ssh_widget.export.yaml import Block, Commented
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

RUNTIME = "python3.13"
LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": {"Fn::GetAtt": ["AdderLog", "Arn"]},
}
"""Statement that lets the function write its log."""
_LAMBDA_MAY_ASSUME = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
_CORE = "\n\ndef add("
_REFERENCE = "{{resolve:"


def one_addition() -> str:
    """Return the code of the function that handles one addition a resource."""
    return templates.read("additions.py.txt")


def all_additions() -> str:
    """Return the code of the function that handles all additions of a role as one resource."""
    return templates.read("role_additions.py.txt") + _CORE + one_addition().partition(_CORE)[2]


def literal(template: str) -> str:
    """Return a template whose texts CloudFormation keeps as they are.

    CloudFormation replaces a dynamic reference anywhere in a template, also in a statement that was there, and there is
    no way to escape one. Raises :class:`Problem` (``invalid``).
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    if _REFERENCE not in template:
        return template
    said = f"A text has “{_REFERENCE}…”. CloudFormation would replace it with a parameter or a secret."
    remedy = "Use a script: --format cli-script for one role, --format shell for a fleet plan"
    raise Problem("Exporting the plan as CloudFormation", said, remedy, Code.INVALID)


def document(*statements: Json) -> dict[str, Json]:
    """Return a policy document."""
    return {"Version": CURRENT_VERSION, "Statement": list(statements)}


def function_resources(code: str, permissions: Mapping[str, Json]) -> dict[str, Json]:
    """Return the function, its log group and its role; ``permissions`` are the role's policies as its properties."""
    role = {"AssumeRolePolicyDocument": document(_LAMBDA_MAY_ASSUME), **permissions}
    return {
        "AdderFunction": Commented(
            [
                "Adds what CloudFormation cannot express as a resource. It reads first, adds only what is missing, and",
                "stores the previous state in the physical ID, so that deletion removes only what it added.",
            ],
            {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": RUNTIME,
                    "Handler": "index.handler",
                    "Timeout": 600,
                    "Role": {"Fn::GetAtt": ["AdderRole", "Arn"]},
                    "LoggingConfig": {"LogGroup": {"Ref": "AdderLog"}},
                    "Code": {"ZipFile": Block(code)},
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
            ["Permissions of the function: only the calls for the resources above."],
            {"Type": "AWS::IAM::Role", "Properties": role},
        ),
    }
