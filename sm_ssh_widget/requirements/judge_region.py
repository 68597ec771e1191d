"""Judges of what is set up per account and Region: tier (2h), host management (2b to 2e), facts without a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sm_ssh_widget.requirements.catalogue import LONGEST_FOR_ACTIVATION
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement, unknown
from sm_ssh_widget.requirements.observation import Absent, HostManagement, Known, Observation, Unknown


def tier(seen: Observation) -> Judgement:
    """Judge the instance tier. A change that AWS is still making is unknown until it is made."""
    fact, region = seen.region.tier, seen.target.region
    if isinstance(fact, Unknown):
        return unknown([fact], f"The instance tier in {region}")
    if isinstance(fact, Absent):
        return Judgement(
            FindingStatus.NOT_APPLICABLE,
            f"The instance tier setting is not available in {region}.",
            "Choose another Region: --region NAME",
            "setting not available in this Region",
        )
    if fact.value.status == "PendingUpdate":
        return Judgement(
            FindingStatus.UNKNOWN,
            f"AWS is still changing the instance tier in {region}.",
            "Check again in a few minutes.",
            "PendingUpdate",
        )
    if fact.value.value == "advanced":
        return Judgement(FindingStatus.SATISFIED, f"{region} uses the advanced-instances tier.")
    return Judgement(
        FindingStatus.MISSING,
        f"{region} uses the {fact.value.value}-instances tier.",
        f"Switch {region} to the advanced-instances tier. All its hybrid nodes are then billed per hour.",
    )


def host_management(seen: Observation, *, chosen: bool) -> Judgement:
    """Judge host management: set up by Quick Setup or by default host management, or seen at work on a node.

    ``chosen`` says that a person asked for it.
    """
    fact, region = seen.region.host_management, seen.target.region
    if isinstance(fact, Known):
        if fact.value.kind == "quick-setup":
            return _quick_setup(fact.value, region)
        said = f"Default host management is on in {region}, with the role {fact.value.how}."
        return Judgement(FindingStatus.SATISFIED_OTHERWISE, said, reason="default host management is on")
    if isinstance(seen.region.nodes, Known) and seen.region.nodes.value.online_beside_ssh_helper:
        number = seen.region.nodes.value.online_beside_ssh_helper
        said = f"{number} managed {'node is' if number == 1 else 'nodes are'} online in {region}."
        return Judgement(FindingStatus.SATISFIED_OTHERWISE, said, reason="a managed node is online")
    if isinstance(fact, Unknown):
        what = "default host management" if fact.read.startswith("ssm:") else "Quick Setup configurations"
        return unknown([fact], f"The {what} of {region}")
    if not seen.region.quick_setup_offered:
        return Judgement(
            FindingStatus.NOT_APPLICABLE,
            f"Quick Setup is not available in {region}.",
            "SSH Helper works without it.",
            "Quick Setup not available in this Region",
        )
    return Judgement(
        FindingStatus.MISSING,
        f"Host management is not set up in {region}.",
        f"Set up host management in {region}."
        if chosen
        else "SSH Helper works without it. To set it up, choose the option default-host-management (one role, one "
        "setting, undone exactly) or host-management (Quick Setup, as the guide has it).",
    )


def _quick_setup(found: HostManagement, region: str) -> Judgement:
    """A configuration that is there is respected: another one is never made beside it."""
    if found.progress == "under-way":
        fact = f"Quick Setup is still deploying {found.how} in {region}."
        return Judgement(FindingStatus.UNKNOWN, fact, "Check again in a few minutes.", "Quick Setup is deploying")
    if found.progress == "failed":
        fact = f"The Quick Setup configuration {found.how} failed in {region}. AWS said: {found.said}"
        remedy = "Fix or delete the configuration in the AWS console: Systems Manager > Quick Setup."
        return Judgement(FindingStatus.BLOCKED, fact, remedy, "Quick Setup failed")
    return Judgement(FindingStatus.SATISFIED, f"Quick Setup manages EC2 instances in {region}: {found.how}.")


def registrable(seen: Observation) -> Judgement:
    """Judge whether ``ssm:CreateActivation`` takes the role's path and name."""
    arn = seen.target.role
    if not arn.path_known:
        fact = f"The path of the role {arn.name} could not be read."
        remedy = "Sign in as an identity that is allowed iam:GetRole, or specify the whole ARN: --role ARN"
        return Judgement(FindingStatus.UNKNOWN, fact, remedy, "the role's path is not known")
    length, limit = len(arn.path_and_name), LONGEST_FOR_ACTIVATION
    if length <= limit:
        return Judgement(FindingStatus.SATISFIED, f"Path and name of the role have {length} of {limit} characters.")
    return Judgement(
        FindingStatus.BLOCKED,
        f"Path and name of the role have {length} characters. ssm:CreateActivation accepts up to {limit} characters.",
        "Use another role, or create one with a shorter path and name.",
        f"{length} characters, over {limit} characters",
    )


FACTS: Mapping[str, Callable[[Observation], Judgement]] = {"registrable": registrable}
"""The judge of each :class:`FactNeed`, by its name."""
