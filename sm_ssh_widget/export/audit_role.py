"""The role that an audit of several accounts assumes in each: named reads only, for one account and an external ID.

A stack set creates it in the accounts of the organization. The session policy of the audit's own sessions has the same
reads, so that a session with a stronger role cannot do more.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from sm_ssh_widget.export.permission_grants import ACCOUNT, PARTITION, REGION, Grant, audit_grants
from sm_ssh_widget.export.yaml import dump
from sm_ssh_widget.fleet.accounts import AUDIT_ROLE
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.version import VERSION

Json: TypeAlias = Any

LONGEST_SESSION_POLICY = 2048
"""Characters. Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


def audit_actions() -> tuple[str, ...]:
    """Return every action that an audit calls, sorted."""
    return tuple(sorted({action for grant in audit_grants() for action in grant.actions}))


def audit_session_policy() -> str:
    """Return the session policy of an audit: its reads, and nothing else."""
    statement = {"Effect": "Allow", "Action": list(audit_actions()), "Resource": "*"}
    return json.dumps({"Version": CURRENT_VERSION, "Statement": [statement]}, separators=(",", ":"))


def audit_role_template() -> str:
    """Return a CloudFormation template with the audit role, for a stack set over the accounts of the organization."""
    role = {
        "RoleName": {"Ref": "RoleName"},
        "Description": "Read by sm-ssh-widget audit. Named reads only.",
        "MaxSessionDuration": 3600,
        "AssumeRolePolicyDocument": {"Version": CURRENT_VERSION, "Statement": [_trust()]},
        "Policies": [{"PolicyName": "AuditReads", "PolicyDocument": audit_role_policy()}],
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"The role that sm-ssh-widget {VERSION} assumes in an account to audit its execution roles.",
        "Parameters": _parameters(),
        "Resources": {"AuditRole": {"Type": "AWS::IAM::Role", "Properties": role}},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["AuditRole", "Arn"]}}},
    }
    head = "".join(f"# {line}\n" if line else "#\n" for line in _HEAD.splitlines())
    return head + dump(template)


def audit_role_policy() -> dict[str, Json]:
    """Return the policy of the role: the statements of an audit, in any account, partition and Region."""
    return {"Version": CURRENT_VERSION, "Statement": [_anywhere(grant) for grant in audit_grants()]}


def _anywhere(grant: Grant) -> dict[str, Json]:
    statement = dict(grant.statement())
    resources = [_substituted(each) for each in grant.resources]
    return {**statement, "Resource": resources[0] if len(resources) == 1 else resources}


def _substituted(resource: str) -> Json:
    general = resource.replace(PARTITION, "${AWS::Partition}").replace(ACCOUNT, "${AWS::AccountId}")
    general = general.replace(REGION, "*")
    return {"Fn::Sub": general} if "${" in general else general


def _trust() -> dict[str, Json]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "AuditorArn"}},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
    }


def _parameters() -> dict[str, Json]:
    return {
        "AuditorArn": {
            "Type": "String",
            "AllowedPattern": r"arn:[a-z-]+:iam::\d{12}:(root|(role|user)/.+)",
            "Description": "ARN of the role or user that audits, or arn:aws:iam::ACCOUNT:root for a whole account.",
        },
        "ExternalId": {
            "Type": "String",
            "MinLength": 2,
            "MaxLength": 1224,
            "AllowedPattern": r"[\w+=,.@:/-]+",
            "Description": "The external ID of the audit: any text that you keep to yourselves.",
        },
        "RoleName": {
            "Type": "String",
            "Default": AUDIT_ROLE,
            "AllowedPattern": r"[\w+=,.@-]{1,64}",
            "Description": "Name of the role in every account.",
        },
    }


_HEAD = f"""The role that an audit of several accounts assumes in each. It reads what the audit reads, and nothing else.

Create it in all accounts of the organization, in the management account or as a delegated administrator
(then add --call-as DELEGATED_ADMIN to both commands):

aws cloudformation create-stack-set --stack-set-name {AUDIT_ROLE} --permission-model SERVICE_MANAGED \\
  --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false --capabilities CAPABILITY_NAMED_IAM \\
  --template-body file://audit-role.yaml --parameters ParameterKey=AuditorArn,ParameterValue=ARN \\
  ParameterKey=ExternalId,ParameterValue=ID
aws cloudformation create-stack-instances --stack-set-name {AUDIT_ROLE} --regions us-east-1 \\
  --deployment-targets OrganizationalUnitIds=r-ROOT

A stack set never deploys into the management account. An audit reads that account with its own session.
Then: sm-ssh-widget audit --accounts org --member-role {AUDIT_ROLE},external-id=ID
"""
