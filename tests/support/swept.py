"""Observations of the roles of :mod:`.mixed_roles` made without an account: what a sweep would have seen of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.observation import Absent, HeldPolicy, Identity, Known, Observation, PolicyText
from tests.support.mixed_roles import MixedRoles
from tests.support.observations import attached, inline, observation

Json: TypeAlias = Any

_ACCOUNT, _REGION = "123456789012", "eu-west-1"


def observed_roles(number: int, seed: int = 7, *, spaces: str = "") -> Iterator[Observation]:
    """Yield an observation for each role of SageMaker. ``spaces`` stand behind every document: another text."""
    text = json.dumps(MixedRoles(number, seed).scenario()["state"])
    for placeholder, value in (("{account}", _ACCOUNT), ("{partition}", "aws"), ("{region}", _REGION)):
        text = text.replace(placeholder, value)
    state = json.loads(text)
    own = {each["Arn"]: json.dumps(each["PolicyVersionList"][0]["Document"]) + spaces for each in state["Policies"]}
    for role in state["RoleDetailList"]:
        if role["RoleName"].startswith("Ml"):
            yield observation(_identity(role, own, spaces))


def _identity(role: dict[str, Json], own: dict[str, str], spaces: str) -> Identity:
    arn = PrincipalArn.parse(f"arn:aws:iam::{_ACCOUNT}:role{role['Path']}{role['RoleName']}")
    limit = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    inlines = (
        inline(each["PolicyName"], json.dumps(each["PolicyDocument"]) + spaces) for each in role["RolePolicyList"]
    )
    return Identity(
        arn,
        Known(json.dumps(role["AssumeRolePolicyDocument"]) + spaces, "iam:GetRole"),
        Absent("iam:GetRole") if limit is None else Known(PolicyText(limit.rpartition("/")[2], own[limit], limit)),
        Known(tuple(_held(policy, own) for policy in role["AttachedManagedPolicies"])),
        Known(tuple(inlines)),
        "AROAEXAMPLE",
        {tag["Key"]: tag["Value"] for tag in role["Tags"]},
    )


def _held(arn: str, own: dict[str, str]) -> HeldPolicy:
    name = arn.rpartition("/")[2]
    if arn in own:
        return HeldPolicy(name, arn, Known(PolicyText(name, own[arn], arn, "v1")))
    return attached(name)
