"""The audit role: exactly what an audit reads, no write, and short enough for a session policy."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from sm_ssh_widget.aws.session.read_operations import ACTIONS, READS
from sm_ssh_widget.export.audit_role import (
    LONGEST_SESSION_POLICY,
    audit_actions,
    audit_role_template,
    audit_session_policy,
)
from sm_ssh_widget.export.permission_grants import audit_grants
from sm_ssh_widget.fleet.accounts import AUDIT_ROLE
from tests.support.templates import lint_problems

EXPLAINED = {"iam:GetRequestAuthorizationDetails", "iam:GetRequestAuthorizationPolicy"}
"""Permissions of ``iam-toolbox:GetRequestAuthorizationDetails``."""


def test_the_session_policy_names_every_action_of_an_audit_once() -> None:
    (statement,) = json.loads(audit_session_policy())["Statement"]
    actions = statement["Action"]
    assert statement == {"Effect": "Allow", "Action": actions, "Resource": "*"}
    assert actions == sorted(set(actions)) == list(audit_actions())
    assert set(actions) == {action for grant in audit_grants() for action in grant.actions}
    assert not [action for action in actions if "*" in action]


def test_it_fits_a_session_policy() -> None:
    assert len(audit_session_policy()) <= LONGEST_SESSION_POLICY


def test_every_action_is_one_of_a_known_read() -> None:
    reads = {ACTIONS.get((service, each), f"{service}:{each}") for service, names in READS.items() for each in names}
    assert set(audit_actions()) - reads <= EXPLAINED


def template() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(audit_role_template())
    return found


def test_cfn_lint_has_nothing_to_say() -> None:
    said = lint_problems(audit_role_template())
    newer = [each.lower().partition(":")[2] for each in EXPLAINED]  # cfn-lint's list of actions is older than these
    assert [each for each in said if not any(f"'{name}'" in each for name in newer)] == []


def test_the_role_has_the_statements_of_an_audit_and_no_other() -> None:
    (name, resource), *others = template()["Resources"].items()
    assert (name, others) == ("AuditRole", [])
    (policy,) = resource["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    assert [(each["Sid"], each["Action"]) for each in statements] == [
        (grant.sid, sorted(grant.actions)) for grant in audit_grants()
    ]
    assert {each["Effect"] for each in statements} == {"Allow"}
    assert "ManagedPolicyArns" not in resource["Properties"]
    assert not re.findall("<[a-z]", json.dumps(template()))
    substituted = json.dumps([each["Resource"] for each in statements])
    assert "${AWS::Partition}" in substituted
    assert "${AWS::AccountId}" in substituted


def test_only_who_is_named_may_assume_it_and_with_the_external_id() -> None:
    (trust,) = template()["Resources"]["AuditRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "AuditorArn"}},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
    }
    parameters = template()["Parameters"]
    assert "Default" not in parameters["ExternalId"]
    assert parameters["RoleName"]["Default"] == AUDIT_ROLE
    auditor = re.compile(parameters["AuditorArn"]["AllowedPattern"])
    for arn in ("arn:aws:iam::123456789012:root", "arn:aws-cn:iam::123456789012:role/a/b"):
        assert auditor.fullmatch(arn)
    for arn in ("*", "arn:aws:iam::123456789012:role/", "arn:aws:iam::*:root"):
        assert not auditor.fullmatch(arn)
