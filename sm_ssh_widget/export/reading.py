"""The smaller hand-over: a request for the reads that a check was denied, as the exact least policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias

from sm_ssh_widget.export.masking import mask_texts
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, ProseCode, as_markdown
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.requirements.observation import Observation, Reason, Target, Unknown

Json: TypeAlias = Any

# Actions that take no resource, or whose resource cannot be known before they are allowed.
# Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
_OF_NO_RESOURCE = frozenset(
    {"GetAccountAuthorizationDetails", "GetAccountSummary", "ListAccountAliases", "ListPolicies", "ListRoles"}
)
_OF_POLICIES = frozenset({"GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy", "ListPolicyVersions"})
_OF_BOTH = frozenset({"SimulatePrincipalPolicy"})

# What is read next, once a list can be read: asked for at once, so that nobody has to ask twice
_TEXTS = ("iam:GetPolicy", "iam:GetPolicyVersion")
_NEXT: Mapping[str, tuple[str, ...]] = {
    "ec2:DescribeInstances": ("ssm:DescribeSessions",),
    "iam:GetPolicy": _TEXTS,
    "iam:ListAttachedGroupPolicies": _TEXTS,
    "iam:ListAttachedRolePolicies": _TEXTS,
    "iam:ListAttachedUserPolicies": _TEXTS,
    "iam:ListGroupPolicies": ("iam:GetGroupPolicy",),
    "iam:ListGroupsForUser": (
        "iam:GetGroupPolicy",
        "iam:ListAttachedGroupPolicies",
        "iam:ListGroupPolicies",
        *_TEXTS,
    ),
    "iam:ListRolePolicies": ("iam:GetRolePolicy",),
    "iam:ListUserPolicies": ("iam:GetUserPolicy",),
}


def denied_reads(observation: Observation) -> tuple[str, ...]:
    """The reads that AWS denied, as IAM actions, each once, sorted. What failed otherwise no policy can mend."""
    return tuple(sorted({fact.read for fact in _unknown(observation) if fact.reason is Reason.DENIED and fact.read}))


def needed_reads(observation: Observation) -> tuple[str, ...]:
    """The reads that AWS denied, and those that follow from them; sorted."""
    denied = denied_reads(observation)
    return tuple(sorted({*denied, *(after for read in denied for after in _NEXT.get(read, ()))}))


def _unknown(value: object) -> Iterator[Unknown]:
    if isinstance(value, Unknown):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _unknown(getattr(value, field.name))
    elif isinstance(value, (Mapping, tuple)):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _unknown(each)


def read_policy(reads: Iterable[str], target: Target) -> str:
    """The policy that allows these reads of this target and nothing else, as JSON text."""
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for read in reads:
        by_resources.setdefault(_resources(read, target), []).append(read)
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
        for resources, actions in by_resources.items()
    ]
    return json.dumps({"Version": CURRENT_VERSION, "Statement": statements}, indent=2) + "\n"


def _resources(read: str, target: Target) -> tuple[str, ...]:
    """What the action is allowed on: the identities of the target, where the action takes them."""
    service, _, operation = read.partition(":")
    account = f"arn:{target.partition}:iam::{target.account}"
    role, user = _arn(target.role), _arn(target.user) if target.user else ""
    if read == "ssm:GetServiceSetting":
        return (f"arn:{target.partition}:ssm:{target.region}:{target.account}:servicesetting/*",)
    if service != "iam" or operation in _OF_NO_RESOURCE:
        return ("*",)
    if operation in _OF_POLICIES:
        return (f"arn:{target.partition}:iam::aws:policy/*", f"{account}:policy/*")
    if "User" in operation:
        return (user or f"{account}:user/*",)
    if "Group" in operation:
        return (f"{account}:group/*",)
    roles = [role, *([user] if ":role/" in user or operation in _OF_BOTH else [])]
    return tuple(arn for arn in dict.fromkeys(roles) if arn)


def _arn(identity: PrincipalArn) -> str:
    """The ARN; where the path is not known, one that matches every path."""
    return str(identity if identity.path_known else replace(identity, path="/*"))


def read_access(observation: Observation, *, mask: bool = False, requester: str | None = None, reason: str = "") -> str:
    """The request for read access in Markdown, for the admin; it says so where nothing was denied."""
    reads, target = denied_reads(observation), observation.target
    following = sorted(set(needed_reads(observation)).difference(reads))
    who = [f"{name}: {text}" for name, text in (("Asked by", requester), ("Why", reason)) if text]
    texts = [str(target.role), observation.read_as, read_policy(needed_reads(observation), target)]
    if mask:
        texts = mask_texts(texts, role=target.role.name, user=target.user.name if target.user else "")
    role, reader, policy = texts
    return as_markdown(
        (
            Heading("SageMaker SSH Helper: read access for a check", 1),
            *((Items(who),) if who else ()),
            *_asked(reads, following, role, reader, policy),
        )
    )


def _asked(
    reads: Sequence[str], following: Sequence[str], role: str, reader: str, policy: str
) -> Iterator[Paragraph | Items | Listing]:
    if not reads:
        yield Paragraph(("The check of ", ProseCode(role), " was denied no read. No access is asked for."))
        return
    yield Paragraph(
        ("The check of ", ProseCode(role), " was made as ", ProseCode(reader), ", which AWS denied these reads:")
    )
    yield Items([ProseCode(read) for read in reads])
    if following:
        yield Paragraph("With those it would be denied the next, which read what they list:")
        yield Items([ProseCode(read) for read in following])
    yield Paragraph("This policy allows them and nothing else. It can be taken away again after the check.")
    yield Listing(policy, "json")
