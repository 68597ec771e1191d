"""The judges of what is set up per account and Region: the instance tier (2h), host management (2b to 2e)."""

from __future__ import annotations

from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import Judgement, unknown
from sm_ssh_widget.requirements.observation import Absent, HostManagement, Known, Observation, Unknown


def tier(seen: Observation) -> Judgement:
    """Judge the instance tier. A change that AWS is still making is unknown until it is made."""
    fact, region = seen.tier, seen.target.region
    if isinstance(fact, Unknown):
        return unknown([fact], f"The instance tier of {region}")
    if isinstance(fact, Absent):
        return Judgement(
            FindingStatus.NOT_APPLICABLE,
            f"Systems Manager has no instance tier in {region}.",
            "Choose another Region: --region NAME.",
            "no such setting in this Region",
        )
    if fact.value.status == "PendingUpdate":
        return Judgement(
            FindingStatus.UNKNOWN,
            f"AWS is changing the instance tier of {region} right now.",
            "Check again in a few minutes.",
            "PendingUpdate",
        )
    if fact.value.value == "advanced":
        return Judgement(FindingStatus.SATISFIED, f"{region} is on the advanced-instances tier.")
    return Judgement(
        FindingStatus.MISSING,
        f"{region} is on the {fact.value.value}-instances tier.",
        "Switch to the advanced-instances tier; its hybrid nodes are then billed by the hour.",
    )


def host_management(seen: Observation) -> Judgement:
    """Judge host management: set up by Quick Setup or by default host management, or seen at work on a node."""
    fact, region = seen.host_management, seen.target.region
    if isinstance(fact, Known):
        if fact.value.kind == "quick-setup":
            return _quick_setup(fact.value, region)
        said = f"Default host management manages hosts in {region} with the role {fact.value.how}."
        return Judgement(FindingStatus.SATISFIED_OTHERWISE, said, reason="by default host management")
    if isinstance(seen.nodes, Known) and seen.nodes.value.online:
        number = seen.nodes.value.online
        said = f"{number} managed {'node is' if number == 1 else 'nodes are'} online in {region}."
        return Judgement(FindingStatus.SATISFIED_OTHERWISE, said, reason="a node is online")
    if isinstance(fact, Unknown):
        what = "default host management" if fact.read.startswith("ssm:") else "Quick Setup configurations"
        return unknown([fact], f"The {what} of {region}")
    if not seen.quick_setup_offered:
        return Judgement(
            FindingStatus.NOT_APPLICABLE,
            f"AWS does not offer Quick Setup in {region}.",
            "SSH Helper works without it.",
            "no Quick Setup in this Region",
        )
    return Judgement(
        FindingStatus.MISSING,
        f"Systems Manager has not been set up to manage hosts in {region}.",
        "SSH Helper works without it. Quick Setup makes it when this step is chosen.",
    )


def _quick_setup(found: HostManagement, region: str) -> Judgement:
    """A configuration that is there is respected: another one is never made beside it."""
    if found.progress == "under-way":
        fact = f"Quick Setup is at work on {found.how} in {region} right now."
        return Judgement(FindingStatus.UNKNOWN, fact, "Check again in a few minutes.", "Quick Setup is at work")
    if found.progress == "failed":
        fact = f"Quick Setup failed in {region}: {found.said} ({found.how})."
        remedy = "Mend or delete that configuration in the console: Systems Manager, Quick Setup."
        return Judgement(FindingStatus.BLOCKED, fact, remedy, "Quick Setup failed")
    return Judgement(FindingStatus.SATISFIED, f"Quick Setup manages hosts in {region}: {found.how}.")
