"""What may make Quick Setup's configuration and the temporary instance, and take them away: no ARN is known before.

So the resource is named as far as it can be: by its kind in this account and Region, by the tag that it is made with,
by the role that may be passed and the service that it may be passed to.
Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_ssm-quicksetup.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.changes.systems_manager import RUN_TAG
from sm_ssh_widget.export.steps import ResourceWrite
from sm_ssh_widget.policy.document import Statement

Json: TypeAlias = Any

_QUICK_SETUP = "ssm-quicksetup.amazonaws.com"
_LIST = "ssm-quicksetup:ListConfigurationManagers"


def _allow(actions: Sequence[str], resource: str | Sequence[str], **equal: Json) -> Statement:
    """``equal`` are condition keys and the values that they must have."""
    named = [resource] if isinstance(resource, str) else list(resource)
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": named[0] if len(named) == 1 else named}
    return {**statement, "Condition": {"StringEquals": dict(equal)}} if equal else statement


def _allow_tagged(action: str, resource: str, key: str) -> Statement:
    """``key`` is the condition key of a tag that has to be there, whatever its value."""
    return {**_allow([action], resource), "Condition": {"Null": {key: "false"}}}


def _parameters(step: ResourceWrite, operation: str) -> Mapping[str, Json]:
    for call in step.calls:
        if call.operation == operation:
            return call.parameters
    raise KeyError(operation)


def _quick_setup(plan: Plan, step: ResourceWrite) -> list[Statement]:
    """AWS judges the list and the making on no resource; making and removing pass both roles, to both services.

    An undo looks in every Region at who else deploys with the roles.
    """
    service = _LIST.partition(":")[0]
    definitions = _parameters(step, "CreateConfigurationManager")["ConfigurationDefinitions"]
    roles = sorted({role for definition in definitions for role in _deploying(plan, definition)})
    passed = {"iam:PassedToService": ["cloudformation.amazonaws.com", _QUICK_SETUP]}
    anywhere = f"arn:{plan.target['partition']}:{service}:*:{plan.account}:configuration-manager/*"
    return [
        _allow(["ssm:ListAssociations", f"{service}:CreateConfigurationManager", _LIST], "*"),
        _allow([f"{service}:DeleteConfigurationManager"], step.resource["arn"]),
        _allow([f"{service}:GetConfigurationManager"], anywhere),
        *([_allow(["iam:PassRole"], roles, **passed)] if roles else []),
    ]


def _deploying(plan: Plan, definition: Mapping[str, str]) -> list[str]:
    """The ARNs of the two roles of a configuration; AWS makes the one that is given by name without a path."""
    administration = definition.get("LocalDeploymentAdministrationRoleArn")
    execution = definition.get("LocalDeploymentExecutionRoleName")
    return [*([administration] if administration else []), *([_role(plan, execution)] if execution else [])]


def _role(plan: Plan, name: str) -> str:
    return f"arn:{plan.target['partition']}:iam::{plan.account}:role/{name}"


def _instance(plan: Plan, step: ResourceWrite) -> list[Statement]:
    """To start it in this subnet; to end it, and to connect to it, by its tag, whose value each apply makes up.

    A session's id is not known before, and its tag names a user and a role in different ways.
    """
    partition, region = plan.target["partition"], step.resource["region"]
    ec2, ssm = (f"arn:{partition}:{service}:{region}:{plan.account}" for service in ("ec2", "ssm"))
    instance = step.resource["arn"]
    launch = _parameters(step, "RunInstances")
    of_launch = [f"{ec2}:{kind}/*" for kind in ("network-interface", "security-group", "volume")]
    places = [instance, *of_launch, f"{ec2}:subnet/{step.resource['subnet']}", f"arn:{partition}:ec2:{region}::image/*"]
    image = f"arn:{partition}:ssm:{region}::parameter{launch['ImageId'].removeprefix('resolve:ssm:')}"
    profile = launch.get("IamInstanceProfile", {}).get("Name")
    return [
        _allow(["ec2:RunInstances"], places),
        _allow(["ec2:CreateTags"], instance, **{"ec2:CreateAction": "RunInstances"}),
        _allow_tagged("ec2:TerminateInstances", instance, f"ec2:ResourceTag/{RUN_TAG}"),
        _allow_tagged("ssm:StartSession", instance, f"ssm:resourceTag/{RUN_TAG}"),
        _allow(["ssm:StartSession"], f"{ssm}:document/SSM-SessionManagerRunShell"),
        _allow(["ssm:TerminateSession"], f"{ssm}:session/*"),
        _allow(["ssm:GetConnectionStatus"], instance),
        _allow(["ec2:DescribeInstances"], "*"),
        _allow(["ssm:GetParameters"], image),
        *([_passing(plan, profile)] if profile else []),
    ]


def _passing(plan: Plan, profile: str) -> Statement:
    """Quick Setup's instance profile holds the role of its own name."""
    return _allow(["iam:PassRole"], _role(plan, profile), **{"iam:PassedToService": "ec2.amazonaws.com"})


LONG_STEP_GRANTS: Mapping[Kind, Callable[[Plan, ResourceWrite], list[Statement]]] = {
    Kind.QUICK_SETUP: _quick_setup,
    Kind.INSTANCE: _instance,
}
