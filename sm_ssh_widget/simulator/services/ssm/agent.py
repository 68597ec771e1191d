"""SSM Agent on a node: its calls with the node's role, and EC2 instances as managed nodes.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.credentials import RequestCaller
from sm_ssh_widget.simulator.services.ec2.instances import running
from sm_ssh_widget.simulator.services.ssm.associations import attach_profiles
from sm_ssh_widget.simulator.services.ssm.settings import DEFAULT_HOST_MANAGEMENT
from sm_ssh_widget.simulator.state import AccountState, Record

HEARTBEAT = "ssm:UpdateInstanceInformation"
CHANNELS = tuple(
    f"ssmmessages:{verb}{what}" for verb in ("Create", "Open") for what in ("ControlChannel", "DataChannel")
)
NO_ROLE = ("sts:AssumeRole",)


def refused(
    state: AccountState, role: Record | None, service: str, own: str, keys: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the actions that the agent needs but its role does not allow; ``sts:AssumeRole`` without a role.

    ``service`` issues the role's credentials, ``own`` is the node's ARN, ``keys`` are the node's condition keys.
    """
    region, instance = own.split(":")[3], own.rsplit("/", 1)[-1]
    if role is None or not authorise.trusts_service(state, role, service, region):
        return NO_ROLE
    session = f"arn:{state.partition}:sts::{state.account}:assumed-role/{role['RoleName']}/{instance}"
    agent = RequestCaller(session, f"{role['RoleId']}:{instance}", "role", role["RoleName"], role["Arn"])
    context = authorise.caller_context(state, agent, region) | dict(keys)
    needs = ((HEARTBEAT, own), *((action, "*") for action in CHANNELS))
    decisions = ((action, authorise.decide(state, agent, action, arn, context=context)) for action, arn in needs)
    return tuple(action for action, decision in decisions if decision.outcome is not Outcome.ALLOWED)


def ec2_nodes(state: AccountState, region: str) -> list[Record]:
    """Return the EC2 instances that report to Systems Manager, by profile or default host management."""
    attach_profiles(state, region)
    return [_node(state, each) for each in running(state, region) if HEARTBEAT not in ec2_refused(state, each)]


def ec2_refused(state: AccountState, instance: Record) -> tuple[str, ...]:
    """Return the denied actions of an EC2 instance's agent; empty if it never comes online."""
    if state.conditions["InstancesNeverOnline"]:
        return (HEARTBEAT, *NO_ROLE)
    own = f"arn:{state.partition}:ec2:{instance['Region']}:{state.account}:instance/{instance['InstanceId']}"
    found = refused(state, _profile_role(state, instance), "ec2.amazonaws.com", own, {})
    if found != NO_ROLE:
        return found
    found = refused(state, _default_role(state, instance["Region"]), "ssm.amazonaws.com", own, {})
    return (HEARTBEAT, *NO_ROLE) if found == NO_ROLE else found


def _profile_role(state: AccountState, instance: Record) -> Record | None:
    profile = state.visible("instance-profile", instance.get("Profile", "")) or {"Roles": []}
    return next((role for name in profile["Roles"] if (role := state.visible("role", name))), None)


def _default_role(state: AccountState, region: str) -> Record | None:
    setting = state.settings.get(region, {}).get(DEFAULT_HOST_MANAGEMENT, {})
    return state.visible("role", str(setting.get("SettingValue", "")).rsplit("/", 1)[-1])


def _node(state: AccountState, instance: Record) -> Record:
    return {
        "InstanceId": instance["InstanceId"],
        "Region": instance["Region"],
        "ResourceType": "EC2Instance",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "IamRole": (_profile_role(state, instance) or {}).get("RoleName", ""),
        "LastPingDateTime": state.now(),
        "PingStatus": "Online",
        "Tags": instance["Tags"],
    }
