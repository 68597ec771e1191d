"""What SageMaker SSH Helper's CDK leaves in an account: how it is recognized and described. Pure.

Its Lambda function replaces the whole trust policy by three statements, of which the one for CodeBuild serves only SSH
Helper's own image tests. ``cdk destroy`` deletes the policies and the functions, never the trust or the tier.
Source: https://github.com/aws-samples/sagemaker-ssh-helper/tree/main/sagemaker_ssh_helper/cdk
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from sm_ssh_widget.policy.document import PolicyError, parse, statements
from sm_ssh_widget.requirements.cdk_facts import Leftovers
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement, failed_reads, listed, unknown
from sm_ssh_widget.requirements.observation import Fact, Known, Observation, Unknown

Json: TypeAlias = Any

CODEBUILD = "codebuild.amazonaws.com"
_SERVICES = ("sagemaker.amazonaws.com", CODEBUILD, "ssm.amazonaws.com")

STACKS = ("SSH-IAM-SSM-Stack", "SSM-Advanced-Tier-Stack", "Low-GPU-Lambda-Stack", "SSH-IAM-SSM-Stack-Tests")
POLICIES = ("SSHSageMakerServerPolicy", "SSHSageMakerClientPolicy", "SSHSageMakerCorePolicy")
REWRITING_POLICY = "TrustRelationshipLambdaPolicy"

_MOST_TRUSTS = 256
"""Number of trust policies for which an answer is remembered: most roles of an account share a few."""

_REMOVE = "Remove the trust statement for CodeBuild."
_CHOOSE = "To remove the trust statement for CodeBuild, choose the option remove-leftovers."


def cdk_statement(service: str) -> dict[str, Json]:
    """The trust statement that the CDK's function writes for a service, to the letter."""
    return {"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}


_SIGNATURE = tuple(map(cdk_statement, _SERVICES))


@lru_cache(maxsize=_MOST_TRUSTS)
def codebuild_index(trust: str) -> int | None:
    """The position of the CDK's statement for CodeBuild, or ``None``.

    The trust policy must begin with the three statements of the CDK's function, equal and in its order. Raises
    :class:`PolicyError` for a text that is not a policy document.
    """
    found = statements(parse(trust))
    return _SERVICES.index(CODEBUILD) if tuple(found[: len(_SIGNATURE)]) == _SIGNATURE else None


def judge(seen: Observation, *, chosen: bool = False) -> Judgement:
    """Judge what is left: ``missing`` is the word for something that can go, never for a thing that is needed.

    ``chosen`` says that a person asked for the removal.
    """
    trust, left = seen.role.trust, seen.leftovers
    removable, trusted = _in_trust(trust.value if isinstance(trust, Known) else "")
    named = [*_named(left), *(["a trust statement for codebuild.amazonaws.com"] if removable else [])]
    if named:
        fact = f"SageMaker SSH Helper's CDK left {listed(named)}."
        return Judgement(
            FindingStatus.MISSING, fact, " ".join(_remedies(left, removable, chosen=chosen)), _reason(left, removable)
        )
    unread = [fact for fact in (trust, *left.unread) if isinstance(fact, Unknown)]
    if unread:
        return unknown(unread, "Leftovers of SSH Helper's CDK stacks")
    region = seen.target.region
    fact = f"SageMaker SSH Helper's CDK left no stack in {region}, no policy and no trust statement for CodeBuild."
    if trusted:
        reason = "another statement trusts CodeBuild"
        return Judgement(FindingStatus.SATISFIED, f"{fact} Another statement trusts CodeBuild and stays.", "", reason)
    return Judgement(FindingStatus.SATISFIED, fact)


@lru_cache(maxsize=_MOST_TRUSTS)
def _in_trust(text: str) -> tuple[bool, bool]:
    """Whether the trust has the CDK's statement for CodeBuild, and whether it mentions CodeBuild at all."""
    try:
        return bool(text) and codebuild_index(text) is not None, CODEBUILD in json.dumps(parse(text)) if text else False
    except PolicyError:
        return False, False  # the finding of the trust says that it could not be parsed


def _named(left: Leftovers) -> Iterator[str]:
    for stack in left.known_stacks:
        yield f"the stack {stack.name} ({stack.status})"
    for policy in left.known_policies:
        yield f"the policy {policy.name}{_attached(policy.attached)}"
    for role in left.rewriting_roles:
        yield f"the Lambda role {role} that can replace this role's trust policy"


def _attached(attached: Fact[tuple[str, ...]]) -> str:
    if not isinstance(attached, Known):
        return ""
    return f" (attached to {listed(attached.value)})" if attached.value else " (not attached)"


def _reason(left: Leftovers, removable: bool) -> str:
    if left.unread:
        return f"not all was read: {failed_reads(left.unread)}"
    return "" if removable else "CloudFormation owns what is left"


def _remedies(left: Leftovers, removable: bool, *, chosen: bool) -> Iterator[str]:
    if removable:
        yield _REMOVE if chosen else _CHOOSE
    stacks = [stack.name for stack in left.known_stacks]
    if stacks:
        yield (
            f"First apply the plan for this role. Then the owner of the CDK app can delete {listed(stacks)} in "
            "CloudFormation, which deletes their policies, roles and functions. The trust policy and the tier stay. "
            "Keep the stack CDKToolkit: other CDK apps use it."
        )
    elif left.known_policies:
        yield (
            "First apply the plan for this role. Then an IAM admin can detach and delete the policies that no other "
            "role needs."
        )
