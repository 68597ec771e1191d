"""Template for many roles of one account, or for the settings of a Region: one custom resource a role or Region.

One template for each role breaks first at the quota of inline policies (10,240 characters: six roles). Here the
function's permissions are managed policies, grouped by action, with the roles as lists of ARNs, and one resource has
all additions of its role. Accounts with the same roles and the same additions get the same text.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import ATTACHMENTS, KINDS
from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export.adder_function import LOGS, all_additions, document, function_resources, literal
from sm_ssh_widget.export.cloudformation import RENDERERS, in_any_account, map_texts, permissions
from sm_ssh_widget.export.resource_writes import ResourceWrite, rendered_writes
from sm_ssh_widget.export.yaml import Commented, dump
from sm_ssh_widget.policy.document import as_list, parse, statements
from sm_ssh_widget.policy.merge import size

Json: TypeAlias = Any
Grant: TypeAlias = tuple[tuple[str, ...], str]
"""Actions, and a condition as JSON (empty: none)."""

CUSTOM = "Custom::Additions"
POLICY_CHARACTERS = 6144
POLICIES_PER_ROLE = 10
AT_ONCE = 10
"""Resources that CloudFormation makes at the same time: IAM slows down callers that write faster."""


@dataclass(frozen=True)
class RoleStack:
    """The template of several plans of one account, each for another role or for another setting."""

    plans: tuple[Plan, ...]

    @property
    def writes(self) -> tuple[ResourceWrite, ...]:
        """The writes that the template makes."""
        return tuple(write for plan in self.plans for write in rendered(plan))

    @cached_property
    def policies(self) -> list[Json]:
        """The managed policies of the function, for the account of the plans."""
        return packed(grants(self.writes))

    @property
    def fits(self) -> bool:
        """Return whether the function's role can hold its policies."""
        return len(self.policies) <= POLICIES_PER_ROLE

    def text(self) -> str:
        """Return the template as YAML. Raises :class:`Problem` for a text that CloudFormation would replace."""
        resources: dict[str, Json] = {}
        for plan in self.plans:
            resource = self._resource(plan, list(resources))
            resources[_unused(_logical_id(plan), resources)] = Commented([_title(plan)], resource)
        policies = {f"AdderPolicy{number}": policy for number, policy in enumerate(self.policies, 1)}
        body = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "Setup of SageMaker SSH Helper for many roles",
            "Resources": {**resources, **self._machinery(policies)},
        }
        return literal(_HEAD + dump(body))

    def _resource(self, plan: Plan, before: Sequence[str]) -> Json:
        """The custom resource of a plan; only :data:`AT_ONCE` of them are made at the same time."""
        name = str(plan.target["role"]).rpartition("/")[2]
        writes = rendered(plan)
        is_role = any(write.identity for write in writes)
        waits = {"DependsOn": before[-AT_ONCE]} if len(before) >= AT_ONCE else {}
        return {
            "Type": CUSTOM,
            **waits,
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["AdderFunction", "Arn"]},
                "Id": f"role/{name}" if is_role else "settings",
                **({"Owner": "Role", "Name": name} if is_role else {}),
                "Additions": [self._general(each) for each in additions(writes)],
            },
        }

    def _machinery(self, policies: Mapping[str, Json]) -> dict[str, Json]:
        made = {
            name: {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": self._general(policy)}}
            for name, policy in policies.items()
        }
        held = {
            "Policies": [{"PolicyName": "WriteLog", "PolicyDocument": document(LOGS)}],
            "ManagedPolicyArns": [{"Ref": name} for name in policies],
        }
        return {**made, **function_resources(all_additions(), held)}

    def _general(self, value: Json) -> Json:
        """Return a value with account and partition of the deployment."""

        def substituted(text: str) -> Json:
            escaped = text.replace("${", "${!")
            general = in_any_account(escaped, self.plans[0])
            return text if general == escaped else {"Fn::Sub": general}

        return map_texts(value, substituted)


def rendered(plan: Plan) -> tuple[ResourceWrite, ...]:
    """Return the writes of a plan that a stack can make: it only adds, and it cannot wait for AWS between calls."""
    return rendered_writes(plan, RENDERERS, adds_only=True)


def additions(writes: Sequence[ResourceWrite]) -> Iterator[dict[str, Json]]:
    """Return the additions of one resource: its attachments together, then each document and setting."""
    arns = [write.resource["policy_arn"] for write in writes if write.kind in ATTACHMENTS]
    if arns:
        yield {"Kind": "attachments", "Items": _json(arns)}
    for write in writes:
        if write.kind is Kind.TRUST:
            yield {"Kind": "trust", "Items": _json(list(write.added))}
        elif KINDS[write.kind].is_inline:
            was = statements(parse(write.before)) if write.before is not None else []
            named = {"Policy": write.resource["policy"], "Was": _json(list(was))}
            yield {"Kind": "inline", **named, "Items": _json(list(write.added))}
        elif write.kind is Kind.SERVICE_SETTING:
            values = {"Was": _json([write.before["value"]]), "Items": _json([write.after["value"]])}
            yield {"Kind": "setting", "Name": write.resource["setting_id"], **values}


def grants(writes: Sequence[ResourceWrite]) -> dict[Grant, list[str]]:
    """Return what the function needs: actions with their condition → ARNs, each ARN once for a condition."""
    by_place: dict[tuple[str, str], set[str]] = {}
    for write in _joined(writes):
        for statement in permissions(write[0], by_function=True):
            condition = _condition(statement, write)
            for arn in as_list(statement["Resource"]):
                by_place.setdefault((arn, condition), set()).update(statement["Action"])
    found: dict[Grant, list[str]] = {}
    for (arn, condition), actions in by_place.items():
        found.setdefault((tuple(sorted(actions)), condition), []).append(arn)
    return found


def _joined(writes: Sequence[ResourceWrite]) -> list[list[ResourceWrite]]:
    """Group the attachments of an identity; every other write stands alone."""
    found: dict[object, list[ResourceWrite]] = {}
    for number, write in enumerate(writes):
        key = write.resource["arn"] if write.kind in ATTACHMENTS else number
        found.setdefault(key, []).append(write)
    return list(found.values())


def _condition(statement: Mapping[str, Json], writes: Sequence[ResourceWrite]) -> str:
    if "Condition" not in statement:
        return ""
    arns = sorted(write.resource["policy_arn"] for write in writes)
    return json.dumps({"ArnEquals": {"iam:PolicyARN": arns}})


def packed(found: Mapping[Grant, Sequence[str]]) -> list[Json]:
    """Return policy documents within the quota of a managed policy, which counts no white space."""
    documents: list[list[dict[str, Json]]] = [[]]
    for grant, arns in found.items():
        for arn in arns:
            _put(documents, grant, arn)
    return [document(*each) for each in documents if each]


def _put(documents: list[list[dict[str, Json]]], grant: Grant, arn: str) -> None:
    """Add an ARN to the last document, or to a new one."""
    actions, condition = grant
    alone = {"Effect": "Allow", "Action": list(actions), "Resource": [arn]}
    if condition:
        alone["Condition"] = json.loads(condition)
    last = documents[-1]
    joins = bool(last) and {**last[-1], "Resource": []} == {**alone, "Resource": []}
    longer = [*last[:-1], {**last[-1], "Resource": [*last[-1]["Resource"], arn]}] if joins else [*last, alone]
    if size(json.dumps(document(*longer))) <= POLICY_CHARACTERS:
        documents[-1] = longer
    else:
        documents.append([alone])


def _title(plan: Plan) -> str:
    ids = ", ".join(change.id for write in rendered(plan) for change in write.changes)
    return f"{str(plan.target['role']).rpartition('/')[2]}: {ids}" if _is_role(plan) else f"Every Region: {ids}"


def _is_role(plan: Plan) -> bool:
    return any(write.identity for write in rendered(plan))


def _logical_id(plan: Plan) -> str:
    if not _is_role(plan):
        return "Settings"
    words = re.split(r"[^A-Za-z0-9]+", str(plan.target["role"]).rpartition("/")[2])
    return "Role" + "".join(word[:1].upper() + word[1:] for word in words)


def _unused(name: str, taken: Mapping[str, Json]) -> str:
    number = 2
    unused = name
    while unused in taken:
        unused, number = f"{name}{number}", number + 1
    return unused


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_HEAD = """# Set up SageMaker SSH Helper for many roles, as a stack set: see deploy.sh beside this file.
#
# Each custom resource adds statements and attachments to a role that exists already, and keeps what is there. A role
# that is no longer as the plan saw it fails its resource, and the stack rolls back. Deleting the stack removes what it
# added, and nothing else. The text is the same for every account with these roles: account and partition are those of
# the deployment.

"""
