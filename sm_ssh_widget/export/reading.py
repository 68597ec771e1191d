"""Request for read access: the reads that a check was denied, as the minimum IAM policy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeAlias

from sm_ssh_widget.export.masking import mask_texts
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, ProseCode, as_markdown
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.requirements.leftovers import STACKS
from sm_ssh_widget.requirements.observation import Observation, Reason, Target, Unknown
from sm_ssh_widget.requirements.session_preferences import DOCUMENT

Json: TypeAlias = Any

# Actions that take no resource, or whose resource cannot be known before they are allowed.
# Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
_OF_NO_RESOURCE = frozenset(
    {
        "GetAccountAuthorizationDetails",
        "GetAccountSummary",
        "GetRequestAuthorizationDetails",
        "GetRequestAuthorizationPolicy",
        "ListAccountAliases",
        "ListPolicies",
        "ListRoles",
    }
)
_OF_POLICIES = frozenset({"GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy", "ListPolicyVersions"})
_OF_BOTH = frozenset({"SimulatePrincipalPolicy"})

# Reads that follow once a list can be read: requested together, to avoid a second request
_TEXTS = ("iam:GetPolicy", "iam:GetPolicyVersion")
_NEXT: Mapping[str, tuple[str, ...]] = {
    "cloudformation:DescribeStacks": ("cloudformation:ListStackResources",),
    "codebuild:ListProjects": ("codebuild:BatchGetProjects",),
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
    "ssm:GetDocument": (
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "logs:DescribeLogGroups",
        "s3:GetEncryptionConfiguration",
    ),
    "kms:DescribeKey": ("kms:GetKeyPolicy",),
    "iam:ListRolePolicies": ("iam:GetRolePolicy",),
    "iam:ListUserPolicies": ("iam:GetUserPolicy",),
}


_EXPLANATION = ("iam:GetRequestAuthorizationDetails", "iam:GetRequestAuthorizationPolicy")
"""The reads of AWS's own explanation of a denial, which most denials of IAM offer by an ID."""


_OPTIONAL = frozenset({"pricing:GetProducts"})
"""Reads that no finding rests on: a request for read access does not contain them."""


def denied_reads(observation: Observation) -> tuple[str, ...]:
    """Return the reads that AWS denied, as sorted IAM actions. A policy cannot fix reads that failed otherwise."""
    denied = {fact.read for fact in _unknown(observation) if fact.reason is Reason.DENIED and fact.read}
    return tuple(sorted(denied - _OPTIONAL))


def needed_reads(observation: Observation) -> tuple[str, ...]:
    """Return the reads that AWS denied and those that follow from them, sorted."""
    denied = denied_reads(observation)
    explained = _EXPLANATION if any(read.startswith("iam:") for read in denied) else ()
    return tuple(sorted({*denied, *explained, *(after for read in denied for after in _NEXT.get(read, ()))}))


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
    """Return the policy that allows only these reads of this target, as JSON."""
    by_resources: dict[tuple[str, ...], list[str]] = {}
    for read in reads:
        by_resources.setdefault(_resources(read, target), []).append(read)
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": list(resources)}
        for resources, actions in by_resources.items()
    ]
    return json.dumps({"Version": CURRENT_VERSION, "Statement": statements}, indent=2) + "\n"


def _resources(read: str, target: Target) -> tuple[str, ...]:
    """The resources of an action: the identities of the target, if it takes them."""
    service, _, operation = read.partition(":")
    account = f"arn:{target.partition}:iam::{target.account}"
    role, user = _arn(target.role), _arn(target.user) if target.user else ""
    if read == "ssm:GetServiceSetting":
        return (f"arn:{target.partition}:ssm:{target.region}:{target.account}:servicesetting/*",)
    if read == "ssm:GetDocument":
        return (f"arn:{target.partition}:ssm:{target.region}:{target.account}:document/{DOCUMENT}",)
    if service == "cloudformation":
        place = f"arn:{target.partition}:cloudformation:{target.region}:{target.account}:stack"
        return tuple(f"{place}/{name}/*" for name in STACKS)
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
    """The ARN, with a pattern for every path if the path is unknown."""
    return str(identity if identity.path_known else replace(identity, path="/*"))


def read_access(observation: Observation, *, mask: bool = False, requester: str | None = None, reason: str = "") -> str:
    """Return the request for read access in Markdown, or a note that no read was denied."""
    reads, target = denied_reads(observation), observation.target
    following = sorted(set(needed_reads(observation)).difference(reads))
    who = [f"{name}: {text}" for name, text in (("Requester", requester), ("Reason", reason)) if text]
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
        yield Paragraph(("All reads of the check of ", ProseCode(role), " succeeded. No access is needed."))
        return
    yield Paragraph(("The check of ", ProseCode(role), " ran as ", ProseCode(reader), ". AWS denied these reads:"))
    yield Items([ProseCode(read) for read in reads])
    if following:
        yield Paragraph("These follow-up reads need access too:")
        yield Items([ProseCode(read) for read in following])
    yield Paragraph("This policy allows only these reads. You can remove it after the check.")
    yield Listing(policy, "json")
