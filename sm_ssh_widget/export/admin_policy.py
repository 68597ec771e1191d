"""The minimum IAM policy to apply, verify and undo exactly one plan."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.removals import is_removal
from sm_ssh_widget.changes.systems_manager import default_role_arn
from sm_ssh_widget.export.long_step_grants import LONG_STEP_GRANTS
from sm_ssh_widget.export.resource_writes import ResourceWrite, resource_writes
from sm_ssh_widget.policy.arn import Arn, PrincipalArn
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.catalogue import DEFAULT_ROLE_SETTING, SESSION_PREFERENCES
from sm_ssh_widget.requirements.needs import GuardNeed, InlineNeed, ManagedNeed, Need

Json: TypeAlias = Any
Grant: TypeAlias = tuple[tuple[str, ...], str, str]
"""Actions, the resource, and the managed policy that they are limited to (empty for no limit)."""


# A check reads these before it can report that nothing is missing: the inline and attached policies of the identity,
# and the text of each policy if a requirement is met by something that the plan does not add
_OWN = {
    "role": ("iam:GetRolePolicy", "iam:ListRolePolicies"),
    "user": ("iam:GetUserPolicy", "iam:ListGroupsForUser", "iam:ListUserPolicies"),
}
_ATTACHED = {"role": ("iam:ListAttachedRolePolicies",), "user": ("iam:ListAttachedUserPolicies",)}
_OF_GROUPS = ("iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies")
_TEXTS_OF_GROUPS = ("iam:GetGroupPolicy",)
_TEXTS = ("iam:GetPolicy", "iam:GetPolicyVersion")

# The check reads several settings, and the ARN of the proof's activation is not known in advance
_OF_SESSIONS = (
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "logs:DescribeLogGroups",
    "s3:GetEncryptionConfiguration",
    "ssm:GetDocument",
)
"""Reads before the first write of a plan for shell sessions: the preferences, and what they name."""
_ANYWHERE = ("ssm:DeleteActivation", "ssm:GetServiceSetting")


def admin_policy(plan: Plan) -> str:
    """Return the minimum policy to apply, verify and undo the plan, as indented JSON.

    It does not contain reads that only add to a report (quotas, nodes, Quick Setup, the organization).
    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    found = resource_writes(plan)
    applying = (grant for write in found if write.kind not in LONG_STEP_GRANTS for grant in _grants(write))
    made = [
        statement
        for write in found
        if write.kind in LONG_STEP_GRANTS
        for statement in LONG_STEP_GRANTS[write.kind](plan, write)
    ]
    return _written([*_statements((*applying, *_verifying(plan))), *made])


def _grants(write: ResourceWrite) -> Iterator[Grant]:
    arn, read = write.resource["arn"], KINDS[write.kind].read_action
    if read not in _ANYWHERE:
        yield (read,), arn, ""
    if write.resource.get("setting_id") == DEFAULT_ROLE_SETTING:
        yield ("iam:PassRole",), default_role_arn(Arn.parse(arn).partition, Arn.parse(arn).account), ""
    if any(map(is_removal, write.changes)):
        yield from _of_builds(arn)
    calls = [call for change in write.changes for call in (*change.calls, *change.inverse)]
    writes = dict.fromkeys(f"{call.service}:{call.operation}" for call in calls)
    yield tuple(writes), arn, write.resource.get("policy_arn", "")


def _of_builds(role: str) -> Iterator[Grant]:
    """The reads that tell whether CodeBuild uses the role, before its trust for CodeBuild is removed."""
    parts = Arn.parse(role)
    yield ("codebuild:ListProjects",), "*", ""
    yield ("codebuild:BatchGetProjects",), f"arn:{parts.partition}:codebuild:*:{parts.account}:project/*", ""


def _verifying(plan: Plan) -> Iterator[Grant]:
    """The reads of a check of the target, and the deletion of the proof's activation."""
    yield _ANYWHERE, "*", ""
    if any(change.finding == SESSION_PREFERENCES.id for change in plan.changes):
        yield _OF_SESSIONS, "*", ""
    for subject in ("role", "user"):
        if not plan.target[subject]:
            continue
        arn = PrincipalArn.parse(plan.target[subject])
        identity = arn.role() if arn.kind == "assumed-role" else arn
        if subject == "role":
            yield ("iam:GetRole",), _anywhere_of(identity), ""
        if identity.kind in _OWN:
            yield from _of_identity(identity, subject, _needs(plan, subject), added={c.finding for c in plan.changes})


def _of_identity(
    identity: PrincipalArn, subject: str, needs: Mapping[str, Need], added: Collection[str]
) -> Iterator[Grant]:
    by_others = any(requirement not in added for requirement in needs)
    yield _OWN[identity.kind], _anywhere_of(identity), ""
    managed = any(isinstance(need, ManagedNeed) for need in needs.values())
    # The texts of the policies of whoever connects are read: SSH Helper's requests are asked of them.
    asks_texts = by_others or (managed and subject == "user")
    if by_others or managed:
        yield _ATTACHED[identity.kind], _anywhere_of(identity), ""
    if identity.kind == "user":
        groups = f"arn:{identity.partition}:iam::{identity.account}:group/*"
        yield (*_OF_GROUPS, *(_TEXTS_OF_GROUPS if asks_texts else ())), groups, ""
    yield _TEXTS if asks_texts else (), "*", ""


def _needs(plan: Plan, subject: str) -> dict[str, Need]:
    """The needs of the role or of the person who connects, by ID of the requirement."""
    selection = Selection.of(plan.baseline, plan.options)
    required = (each for each in selection.requirements if selection.requires(each))
    of_identities = (ManagedNeed, InlineNeed, GuardNeed)
    return {r.id: r.need for r in required if isinstance(r.need, of_identities) and r.need.subject == subject}


def _anywhere_of(identity: PrincipalArn) -> str:
    """The ARN, with a pattern for every path if the path is unknown."""
    return str(identity if identity.path_known else replace(identity, path="/*"))


def _statements(grants: Iterable[Grant]) -> list[Json]:
    """One statement per resource and limit; one for all that differ only in the managed policy."""
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
