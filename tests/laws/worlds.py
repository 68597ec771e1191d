"""Identities, trust policies, persons and Regions in which findings stand in some way, for the laws."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.observation import (
    Absent,
    HeldPolicy,
    HostManagement,
    Identity,
    Known,
    Observation,
    Reason,
    Tier,
    Unknown,
)
from tests.support.observations import ROLE, USER, allow, deny, document, identity, inline, trusts, with_facts

BOTH = ["sagemaker.amazonaws.com", "ssm.amazonaws.com"]
ANYTHING = inline("Everything", document(allow("*")))
LONG = PrincipalArn.parse(f"arn:aws:iam::123456789012:role/{'x' * 60}/R")
PERSONS = {
    "nobody": None,
    "role": USER,
    "user": PrincipalArn.parse("arn:aws:iam::123456789012:user/jane"),
    "root": PrincipalArn.parse("arn:aws:iam::123456789012:root"),
    "identity center": PrincipalArn.parse(
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Data_0123456789abcdef"
    ),
    "the role itself": ROLE,
}
NO_READ = Unknown(Reason.DENIED, "iam:GetRole", "AccessDenied", "Sign in as an identity that is allowed iam:GetRole.")
THROTTLED = Unknown(Reason.THROTTLED, "iam:GetRolePolicy", "Throttling", "Wait a minute, then check again.")
FROM_VPC = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}

Change = Callable[[Identity], Identity]


def with_inline(*policies: Any) -> Change:
    return lambda who: replace(who, inline=Known((*held(who), *policies), "read"))


def held(who: Identity) -> tuple[Any, ...]:
    return who.inline.value if isinstance(who.inline, Known) else ()


IDENTITIES: dict[str, Change] = {
    "bare": lambda who: who,
    "everything": with_inline(ANYTHING),
    "a deny": with_inline(ANYTHING, inline("Guard", document(deny(["ssm:*", "ssmmessages:*"])))),
    "an open deny": with_inline(ANYTHING, inline("Perimeter", document(deny("*", Condition=FROM_VPC)))),
    "an open allow": with_inline(
        inline("Perimeter", document(allow("*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})))
    ),
    "an open reading": with_inline(ANYTHING, inline("Odd", document(deny("ssm:*", "arn:aws:ssm:*:instance/*")))),
    "a boundary": lambda who: replace(
        with_inline(ANYTHING)(who), boundary=identity(boundary=document(allow("s3:*"))).boundary
    ),
    "not read": lambda who: replace(who, inline=NO_READ, attached=NO_READ),
    "throttled": lambda who: replace(who, inline=THROTTLED, attached=THROTTLED),
    "not parsable": with_inline(inline("Odd", "{}")),
    "an old document of our name": with_inline(
        *(
            inline(name, json.dumps({"Version": "2008-10-17", "Statement": [deny("sqs:*")]}))
            for name in ("SageMakerSSMPolicy", "SageMakerSSHServerAccess", "SageMakerSSHClientAccess")
        )
    ),
    "full": with_inline(inline("Large", document(allow("sqs:*", [f"arn:aws:sqs:*:*:{n:0100}" for n in range(120)])))),
    "ten policies": lambda who: replace(who, attached=Known(tuple(map(some_policy, range(10))), "read")),
}


def some_policy(number: int) -> HeldPolicy:
    return HeldPolicy(f"P{number}", f"arn:aws:iam::123456789012:policy/P{number}", inline("P", document()).document)


TRUSTS = {
    "both": document(trusts(BOTH)),
    "none": document(trusts("ec2.amazonaws.com")),
    "denied": document(trusts(BOTH), {**trusts(BOTH), "Effect": "Deny"}),
    "elsewhere": document(trusts(BOTH, Condition={"StringEquals": {"aws:SourceAccount": "210987654321"}})),
    "other type": document(trusts(BOTH, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:*:*:*:pipeline/*"}})),
    "organization": document(trusts(BOTH, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})),
    "deleted principal": document(
        trusts("ec2.amazonaws.com"),
        {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE000"}, "Action": "sts:AssumeRole"},
    ),
}
REGIONS: dict[str, Callable[[Observation], Observation]] = {
    "as it was": lambda seen: seen,
    "advanced": lambda seen: with_facts(seen, tier=Known(Tier("advanced", "Customized"), "read")),
    "pending": lambda seen: with_facts(seen, tier=Known(Tier("advanced", "PendingUpdate"), "read")),
    "no tier": lambda seen: with_facts(seen, tier=Absent("read")),
    "tier not read": lambda seen: with_facts(seen, tier=NO_READ),
    "deploying": lambda seen: with_facts(
        seen, host_management=Known(HostManagement("quick-setup", "Q", "under-way"), "r")
    ),
    "failed": lambda seen: with_facts(
        seen, host_management=Known(HostManagement("quick-setup", "Q", "failed", "No."), "r")
    ),
    "no quick setup": lambda seen: with_facts(seen, quick_setup_offered=False),
    "hosts not read": lambda seen: with_facts(seen, host_management=replace(NO_READ, read="ssm-quicksetup:List")),
}
