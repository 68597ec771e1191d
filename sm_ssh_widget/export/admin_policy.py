"""The least policy with which somebody can apply exactly one plan, verify it, and undo it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export.long_step_grants import LONG_STEP_GRANTS
from sm_ssh_widget.export.steps import ResourceWrite, steps
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.catalogue import GuardNeed, InlineNeed, ManagedNeed, Need

Json: TypeAlias = Any
Grant: TypeAlias = tuple[tuple[str, ...], str, str]
"""Actions, the resource, and the managed policy that they are limited to (empty for no limit)."""


# Exactly one plan. One entry a kind: the action that reads its state; what writes it stands in its calls

RENDERERS: Mapping[Kind, str] = {
    Kind.TRUST: "iam:GetRole",
    Kind.ROLE_INLINE: "iam:GetRolePolicy",
    Kind.USER_INLINE: "iam:GetUserPolicy",
    Kind.ATTACH_ROLE_POLICY: "iam:ListAttachedRolePolicies",
    Kind.ATTACH_USER_POLICY: "iam:ListAttachedUserPolicies",
    Kind.SERVICE_SETTING: "ssm:GetServiceSetting",
    Kind.ROLE: "iam:GetRole",
    Kind.QUICK_SETUP: "ssm-quicksetup:GetConfigurationManager",
    Kind.INSTANCE: "ec2:DescribeInstances",
}  # for the last two, all that is needed stands in LONG_STEP_GRANTS

# What a check reads of an identity before it can say that nothing is missing: the policies of its own, the attached
# ones, and where something is met that the plan does not bring, the text of each
_OWN = {
    "role": ("iam:GetRolePolicy", "iam:ListRolePolicies"),
    "user": ("iam:GetUserPolicy", "iam:ListGroupsForUser", "iam:ListUserPolicies"),
}
_ATTACHED = {"role": ("iam:ListAttachedRolePolicies",), "user": ("iam:ListAttachedUserPolicies",)}
_OF_GROUPS = ("iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies")
_TEXTS_OF_GROUPS = ("iam:GetGroupPolicy",)
_TEXTS = ("iam:GetPolicy", "iam:GetPolicyVersion")

# The check reads more than one setting, and the activation of the proof has no ARN that is known before
_ANYWHERE = ("ssm:DeleteActivation", "ssm:GetServiceSetting")


def admin_policy(plan: Plan) -> str:
    """A policy that allows to apply the plan, verify and undo it, and nothing else. JSON, one line an element.

    Reads that only add to a report (quotas, nodes, Quick Setup, the organisation) are not in it.
    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    found = steps(plan)
    applying = (grant for step in found if step.kind not in LONG_STEP_GRANTS for grant in _grants(step))
    made = [
        statement
        for step in found
        if step.kind in LONG_STEP_GRANTS
        for statement in LONG_STEP_GRANTS[step.kind](plan, step)
    ]
    return _written([*_statements((*applying, *_verifying(plan))), *made])


def _grants(step: ResourceWrite) -> Iterator[Grant]:
    arn, read = step.resource["arn"], RENDERERS[step.kind]
    if read not in _ANYWHERE:
        yield (read,), arn, ""
    calls = [call for change in step.changes for call in (*change.calls, *change.inverse)]
    writes = dict.fromkeys(f"{call.service}:{call.operation}" for call in calls)
    yield tuple(writes), arn, step.resource.get("policy_arn", "")


def _verifying(plan: Plan) -> Iterator[Grant]:
    """What a check of the target reads, and what deletes the activation of the proof."""
    yield _ANYWHERE, "*", ""
    for subject in ("role", "user"):
        if not plan.target[subject]:
            continue
        arn = PrincipalArn.parse(plan.target[subject])
        identity = arn.role() if arn.kind == "assumed-role" else arn
        if subject == "role":
            yield ("iam:GetRole",), _anywhere_of(identity), ""
        if identity.kind in _OWN:
            yield from _of_identity(identity, _needs(plan, subject), brought={c.finding for c in plan.changes})


def _of_identity(identity: PrincipalArn, needs: Mapping[str, Need], brought: Collection[str]) -> Iterator[Grant]:
    by_others = any(requirement not in brought for requirement in needs)
    yield _OWN[identity.kind], _anywhere_of(identity), ""
    if by_others or any(isinstance(need, ManagedNeed) for need in needs.values()):
        yield _ATTACHED[identity.kind], _anywhere_of(identity), ""
    if identity.kind == "user":
        groups = f"arn:{identity.partition}:iam::{identity.account}:group/*"
        yield (*_OF_GROUPS, *(_TEXTS_OF_GROUPS if by_others else ())), groups, ""
    yield _TEXTS if by_others else (), "*", ""


def _needs(plan: Plan, subject: str) -> dict[str, Need]:
    """What the role or the local user has to hold, by the id of the requirement."""
    selection = Selection.of(plan.baseline, plan.options)
    required = (each for each in selection.requirements if selection.requires(each))
    of_identities = (ManagedNeed, InlineNeed, GuardNeed)
    return {r.id: r.need for r in required if isinstance(r.need, of_identities) and r.need.subject == subject}


def _anywhere_of(identity: PrincipalArn) -> str:
    """The ARN; where the path is not known, one that matches every path."""
    return str(identity if identity.path_known else replace(identity, path="/*"))


def _statements(grants: Iterable[Grant]) -> list[Json]:
    """One statement for each resource and limit; where only the managed policy differs, one for all of them."""
    actions: dict[tuple[str, str], set[str]] = {}
    for names, resource, limit in grants:
        if names:
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
