"""The least policy with which somebody can apply exactly one plan, and undo it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export.steps import Step, steps
from sm_ssh_widget.policy.merge import CURRENT_VERSION

Json: TypeAlias = Any
Grant: TypeAlias = tuple[tuple[str, ...], str, str]
"""Actions, the resource, and the managed policy that they are limited to (empty for no limit)."""


# Exactly one plan. One entry a kind: the action that reads its state; what writes it stands in its calls

TELLINGS: Mapping[Kind, str] = {
    Kind.TRUST: "iam:GetRole",
    Kind.ROLE_INLINE: "iam:GetRolePolicy",
    Kind.USER_INLINE: "iam:GetUserPolicy",
    Kind.ATTACH_ROLE_POLICY: "iam:ListAttachedRolePolicies",
    Kind.ATTACH_USER_POLICY: "iam:ListAttachedUserPolicies",
    Kind.SERVICE_SETTING: "ssm:GetServiceSetting",
}


def admin_policy(plan: Plan) -> str:
    """A policy that allows to apply the plan and to undo it, and nothing else. JSON, one line an element.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    return _written(_statements(grant for step in steps(plan) for grant in _grants(step)))


def _grants(step: Step) -> Iterator[Grant]:
    arn = step.resource["arn"]
    yield (TELLINGS[step.kind],), arn, ""
    calls = [call for change in step.changes for call in (*change.calls, *change.inverse)]
    writes = dict.fromkeys(f"{call.service}:{call.operation}" for call in calls)
    yield tuple(writes), arn, step.resource.get("policy_arn", "")


def _statements(grants: Iterable[Grant]) -> list[Json]:
    """One statement for each resource and limit; where only the managed policy differs, one for all of them."""
    actions: dict[tuple[str, str], set[str]] = {}
    for names, resource, limit in grants:
        actions.setdefault((resource, limit), set()).update(names)
    limits: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (resource, limit), found in actions.items():
        limits.setdefault((resource, tuple(sorted(found))), []).append(limit)
    return [_statement(names, resource, each) for (resource, names), each in limits.items()]


def _statement(actions: Sequence[str], resource: str, limits: Sequence[str]) -> Json:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if "" in limits:
        return statement
    return {**statement, "Condition": {"ArnEquals": {"iam:PolicyARN": list(limits)}}}


def _written(statements: Sequence[Json]) -> str:
    return json.dumps({"Version": CURRENT_VERSION, "Statement": list(statements)}, indent=2) + "\n"
