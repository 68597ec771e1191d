"""Stack sets with service-managed permissions: created, deployed to accounts of the organization, and deleted.

A delegated administrator works on the stack sets of the management account, if it says so (``CallAs``).
Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sm_ssh_widget.simulator import moto_backend
from sm_ssh_widget.simulator.errors import AwsError, constraint
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.stacks.rollout import Rollout, targets_of
from sm_ssh_widget.simulator.stacks.template import parse
from sm_ssh_widget.simulator.state import Record, unique_id
from sm_ssh_widget.simulator.world import World

BODY_LIMIT = 51_200
_SERVICE = "member.org.stacksets.cloudformation.amazonaws.com"
_IAM = ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy")
_SHOWN = ("StackSetName", "StackSetId", "Description", "Status", "AutoDeployment", "PermissionModel")


def _on_set(call: ServiceCall) -> Sequence[str]:
    return (_arn(call, str(call.parameters["StackSetName"]).partition(":")[0]),)


def _arn(call: ServiceCall, name: str) -> str:
    return call.arn(f"stackset/{name}:{unique_id('', name).lower()}")


def _owner(call: ServiceCall) -> World:
    """Return the account that holds the stack sets. Raises ``ValidationError`` unless the caller can act for it."""
    organization, own = call.world.organization, call.state.account
    delegated = organization is not None and _SERVICE in organization.delegated.get(own, ())
    if organization is not None and call.parameters.get("CallAs", "SELF") == "SELF" and own == organization.management:
        return call.world
    if organization is not None and call.parameters.get("CallAs") == "DELEGATED_ADMIN" and delegated:
        return call.world.peers[organization.management]
    said = "You must be the management account or delegated admin account of an organization before operating a "
    raise AwsError("ValidationError", f"{said}SERVICE_MANAGED stack set")


def _sets(call: ServiceCall) -> list[Record]:
    every = _owner(call).state.records["StackSets"]
    return [each for each in every if each["Region"] == call.region]


def _named(call: ServiceCall) -> Record:
    given = str(call.parameters["StackSetName"])
    for each in _sets(call):
        if given in (each["StackSetName"], each["StackSetId"]):
            return each
    raise AwsError("StackSetNotFoundException", f"StackSet {given} not found", 404)


@operation("cloudformation", "CreateStackSet", on=_on_set)
def _create(call: ServiceCall) -> Record:
    owner, given = _owner(call), call.parameters
    name = str(given["StackSetName"])
    if any(each["StackSetName"] == name for each in _sets(call)):
        raise AwsError("NameAlreadyExistsException", f"StackSet {name} already exists", 409)
    if given.get("PermissionModel") != "SERVICE_MANAGED":
        raise AwsError("NotImplemented", "The simulated account has only SERVICE_MANAGED stack sets.", 501)
    if "AutoDeployment" not in given:
        raise AwsError("ValidationError", "AutoDeployment is required for a SERVICE_MANAGED stack set")
    record = {
        "StackSetName": name,
        "StackSetId": f"{name}:{unique_id('', name).lower()}",
        "Region": call.region,
        "Description": given.get("Description", ""),
        "Status": "ACTIVE",
        "AutoDeployment": given["AutoDeployment"],
        "PermissionModel": "SERVICE_MANAGED",
        "Capabilities": list(given.get("Capabilities", ())),
        "TemplateBody": _template(owner, given),
        "Instances": [],
        "Operations": [],
    }
    owner.state.records["StackSets"].append(record)
    return {"StackSetId": record["StackSetId"]}


def _template(owner: World, given: dict[str, Any]) -> str:
    """Return the template. Raises AWS's errors for its size, its form, and a missing capability."""
    text = str(given.get("TemplateBody") or "")
    if len(text.encode()) > BODY_LIMIT:
        rule = f"have length less than or equal to {BODY_LIMIT}"
        raise AwsError("ValidationError", constraint(f"{text[:60]}…", "templateBody", rule).message)
    if given.get("TemplateURL"):
        text = moto_backend.fetch(owner, str(given["TemplateURL"]))
    try:
        resources = parse(text)["Resources"]
    except ValueError as error:
        raise AwsError("ValidationError", str(error)) from None
    capabilities = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(given.get("Capabilities", ()))
    if not capabilities and any(each["Type"] in _IAM for each in resources.values()):
        raise AwsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")
    return text


@operation("cloudformation", "DescribeStackSet", on=_on_set)
def _describe(call: ServiceCall) -> Record:
    found = _named(call)
    told = {name: found[name] for name in (*_SHOWN, "TemplateBody", "Capabilities")}
    return {"StackSet": told | {"StackSetARN": _arn(call, found["StackSetName"])}}


@operation("cloudformation", "ListStackSets")
def _list(call: ServiceCall) -> Record:
    found = _sets(call) if call.parameters.get("Status") in (None, "ACTIVE") else []
    return _page(call, [{name: each[name] for name in _SHOWN} for each in found])


def _page(call: ServiceCall, items: Sequence[Record]) -> Record:
    page, token = call.page(items, call.parameters.get("MaxResults"), call.parameters.get("NextToken"))
    return {"Summaries": page, "NextToken": token}


@operation("cloudformation", "DeleteStackSet", on=_on_set)
def _delete(call: ServiceCall) -> Record:
    found = _named(call)
    _check_idle(found)
    if found["Instances"]:
        raise AwsError("StackSetNotEmptyException", "StackSet is not empty", 409)
    _owner(call).state.records["StackSets"].remove(found)
    return {}


def _check_idle(found: Record) -> None:
    for each in found["Operations"]:
        if each["Status"] == "RUNNING":
            said = f"Another Operation on StackSet {found['StackSetId']} is in progress: {each['OperationId']}"
            raise AwsError("OperationInProgressException", said, 409)


@operation("cloudformation", "CreateStackInstances", on=_on_set)
def _deploy(call: ServiceCall) -> Record:
    return _roll_out(call, "CREATE")


@operation("cloudformation", "DeleteStackInstances", on=_on_set)
def _remove(call: ServiceCall) -> Record:
    return _roll_out(call, "DELETE")


def _roll_out(call: ServiceCall, action: str) -> Record:
    found, given = _named(call), call.parameters
    _check_idle(found)
    try:
        accounts = targets_of(_owner(call), given.get("DeploymentTargets", {}))
    except ValueError as error:
        raise AwsError("ValidationError", str(error)) from None
    preferences = given.get("OperationPreferences", {})
    record = {
        "OperationId": given.get("OperationId") or _number(),
        "Action": action,
        "Status": "RUNNING",
        "OperationPreferences": preferences,
        "CreationTimestamp": call.state.now(),
        "Results": [],
    }
    found["Operations"].insert(0, record)
    has = {(each["Account"], each["Region"]) for each in found["Instances"]}
    places = tuple(
        (region, tuple(each for each in accounts if action == "CREATE" or (each, region) in has))
        for region in given["Regions"]
    )
    retains = action == "DELETE" and bool(given["RetainStacks"])
    deletes = action == "DELETE"
    Rollout(_owner(call), found, record, places, deletes=deletes, retains=retains).start()
    return {"OperationId": record["OperationId"]}


def _number() -> str:
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@operation("cloudformation", "ListStackInstances", on=_on_set)
def _instances(call: ServiceCall) -> Record:
    found, given = _named(call), call.parameters
    wanted = {"Account": given.get("StackInstanceAccount"), "Region": given.get("StackInstanceRegion")}
    listed = [each for each in found["Instances"] if all(v in (None, each[k]) for k, v in wanted.items())]
    return _page(call, [_instance(call, found, each) for each in listed])


def _instance(call: ServiceCall, found: Record, instance: Record) -> Record:
    owner = _owner(call)
    unit = owner.organization.parent_of(instance["Account"]) if owner.organization else ""
    own = {name: value for name, value in instance.items() if name != "DetailedStatus"}
    status = {"StackInstanceStatus": {"DetailedStatus": instance["DetailedStatus"]}, "DriftStatus": "NOT_CHECKED"}
    return {"StackSetId": found["StackSetId"], "OrganizationalUnitId": unit, **own, **status}


@operation("cloudformation", "DescribeStackInstance", on=_on_set)
def _describe_instance(call: ServiceCall) -> Record:
    found, given = _named(call), call.parameters
    place = (given["StackInstanceAccount"], given["StackInstanceRegion"])
    for each in found["Instances"]:
        if (each["Account"], each["Region"]) == place:
            return {"StackInstance": _instance(call, found, each)}
    said = f"Stack instance for StackSet {found['StackSetId']}, account {place[0]} and Region {place[1]} not found"
    raise AwsError("StackInstanceNotFoundException", said, 404)


@operation("cloudformation", "DescribeStackSetOperation", on=_on_set)
def _describe_operation(call: ServiceCall) -> Record:
    found = _named(call)
    return {"StackSetOperation": _shown(_operation(call)) | {"StackSetId": found["StackSetId"]}}


def _operation(call: ServiceCall) -> Record:
    identity = call.parameters["OperationId"]
    for each in _named(call)["Operations"]:
        if each["OperationId"] == identity:
            found: Record = each
            return found
    raise AwsError("OperationNotFoundException", f"Operation {identity} not found", 404)


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "Results"}


@operation("cloudformation", "ListStackSetOperations", on=_on_set)
def _operations(call: ServiceCall) -> Record:
    return _page(call, [_shown(each) for each in _named(call)["Operations"]])


@operation("cloudformation", "ListStackSetOperationResults", on=_on_set)
def _results(call: ServiceCall) -> Record:
    return _page(call, _operation(call)["Results"])
