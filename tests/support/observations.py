"""Observations made by hand: what a reading session would have seen, for the pure rooms' tests."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.observation import (
    Absent,
    AccountFacts,
    ChosenFacts,
    HeldPolicy,
    Identity,
    Known,
    Nodes,
    Observation,
    PolicyText,
    Quotas,
    Reason,
    RegionFacts,
    Target,
    Tier,
    Unknown,
)

ROLE = PrincipalArn.parse("arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20240101T000000")
USER = PrincipalArn.parse("arn:aws:iam::123456789012:role/DataScientist")
DENIED = Unknown(Reason.DENIED, "iam:GetRole", "AccessDenied", "Sign in.")


def document(*statements: dict[str, Any]) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A Deny statement."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trusts(service: Any, **more: Any) -> dict[str, Any]:
    """A statement of a trust policy."""
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", **more}


def attached(name: str, partition: str = "aws") -> HeldPolicy:
    """An AWS managed policy that is attached, with its snapshot as its content."""
    shot = managed.snapshot(name)
    arn = managed.arn(name, partition)
    text = json.dumps(dict(shot.document))
    return HeldPolicy(name, arn, Known(PolicyText(name, text, arn, shot.version), "iam:GetPolicyVersion"))


def inline(name: str, text: str) -> HeldPolicy:
    """An inline policy."""
    return HeldPolicy(name, "", Known(PolicyText(name, text), "iam:GetRolePolicy"))


def identity(
    arn: PrincipalArn = ROLE,
    *,
    trust: str | None = None,
    policies: tuple[HeldPolicy, ...] = (),
    boundary: str | None = None,
    **more: Any,
) -> Identity:
    """A role or user; without ``trust`` it trusts SageMaker, as a fresh Studio role does."""
    text = trust or document(trusts("sagemaker.amazonaws.com"))
    limit = Absent("iam:GetRole") if boundary is None else Known(PolicyText("Boundary", boundary, "arn:b"))
    facts: dict[str, Any] = {
        "trust": Known(text, "iam:GetRole"),
        "boundary": limit,
        "attached": Known(tuple(p for p in policies if p.arn), "iam:ListAttachedRolePolicies"),
        "inline": Known(tuple(p for p in policies if not p.arn), "iam:ListRolePolicies"),
        "unique_id": "AROAEXAMPLE",
    }
    return Identity(arn=arn, **{**facts, **more})


_SCOPES = {"region": RegionFacts, "account": AccountFacts, "chosen": ChosenFacts}


def with_facts(seen: Observation, **facts: Any) -> Observation:
    """The observation with other facts, each by its own name, whatever its scope."""
    for scope, kind in _SCOPES.items():
        own = {field.name: facts.pop(field.name) for field in fields(kind) if field.name in facts}
        facts = {**facts, scope: replace(getattr(seen, scope), **own)} if own else facts
    return replace(seen, **facts)


def unread(seen: Observation, failure: Unknown) -> Observation:
    """The observation with every fact of the account, of the Region and of what was chosen unread."""
    facts = {
        field.name: failure
        for scope, kind in _SCOPES.items()
        for field in fields(kind)
        if isinstance(getattr(getattr(seen, scope), field.name), (Known, Absent, Unknown))
    }
    return with_facts(seen, **facts, organization_verdicts=failure)


def observation(role: Identity | None = None, user: Identity | None = None, **more: Any) -> Observation:
    """What is seen of a fresh role in eu-west-1, unless told otherwise."""
    role = role or identity()
    target = Target(role.arn, "eu-west-1", user.arn if user else None, role_verified=True)
    seen = Observation(
        target=target,
        read_as="arn:aws:iam::123456789012:user/admin",
        role=role,
        user=user,
        region=RegionFacts(
            tier=Known(Tier("standard", "Default"), "ssm:GetServiceSetting"),
            nodes=Known(Nodes(3, 0), "ssm:DescribeInstanceInformation"),
            host_management=Absent("ssm-quicksetup:ListConfigurationManagers"),
        ),
        account=AccountFacts(Known(Quotas(), "iam:GetAccountSummary")),
        organization_verdicts=Known((), "iam:SimulatePrincipalPolicy"),
    )
    return with_facts(seen, **more)
