"""Quick Setup: create, deploy over time, read and delete configurations, with the roles that deploy them.

Sources: https://docs.aws.amazon.com/quick-setup/latest/APIReference/API_CreateConfigurationManager.html,
https://docs.aws.amazon.com/systems-manager/latest/userguide/quick-setup-host-management.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_ssm-quicksetup.html
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sm_ssh_widget.policy.arn import partition_of_region
from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.credentials import RequestCaller
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.associations import PURPOSES, make_role
from sm_ssh_widget.simulator.sessions import regions_of
from sm_ssh_widget.simulator.state import AccountState, Record

SERVICE = "ssm-quicksetup"
HOST_MANAGEMENT = "AWSQuickSetupType-SSMHostMgmt"
_PASSED_TO = ("cloudformation.amazonaws.com", "ssm-quicksetup.amazonaws.com")
_ROLES = ("LocalDeploymentAdministrationRoleArn", "LocalDeploymentExecutionRoleName")
_KNOWN = frozenset(
    {
        *("TargetRegions", "TargetAccounts", "TargetOrganizationalUnits", "TargetType", "TargetInstances"),
        *("TargetTagKey", "TargetTagValue", "ResourceGroupName", "CollectInventory", "ScanInstances"),
        *("UpdateSsmAgent", "UpdateEc2LaunchAgent", "InstallCloudWatchAgent", "UpdateCloudWatchAgent"),
        "IsPolicyAttachAllowed",
    }
)


def offered(region: str) -> bool:
    """Whether the Region has Quick Setup."""
    return region in regions_of(SERVICE, partition_of_region(region))


# Create and delete


def _on_some_manager(call: ServiceCall) -> Sequence[str]:
    """Return the specified configuration, or any if none is specified."""
    return (str(call.parameters.get("ManagerArn") or call.arn("configuration-manager/*")),)


@operation(SERVICE, "CreateConfigurationManager", on=_on_some_manager)
def _create(call: ServiceCall) -> Record:
    definitions = [_definition(call, given) for given in call.parameters.get("ConfigurationDefinitions") or ()]
    if not definitions:
        raise AwsError("ValidationException", "ConfigurationDefinitions must not be empty.")
    identity = str(uuid.uuid4())
    arn = call.arn(f"configuration-manager/{identity}")
    now = call.state.now()
    known: Record = {key: call.parameters[key] for key in ("Name", "Description", "Tags") if key in call.parameters}
    call.state.records["ConfigurationManagers"].append(
        {
            **known,
            "ManagerArn": arn,
            "Region": call.region,
            "CreatedAt": now,
            "LastModifiedAt": now,
            "ConfigurationDefinitions": definitions,
            "StatusSummaries": [_status(now, "Deployment", "DEPLOYING")],
            "Until": now + call.state.conditions["QuickSetupSeconds"],
        }
    )
    return {"ManagerArn": arn}


def _definition(call: ServiceCall, given: Record) -> Record:
    if given["Type"] != HOST_MANAGEMENT:
        raise AwsError("ValidationException", f"The simulated account has no configuration type {given['Type']}.")
    _check_parameters(call, given["Parameters"])
    missing = [role for role in _ROLES if not given.get(role)]
    if missing:
        raise AwsError("ValidationException", f"{' and '.join(missing)} must be specified for a local deployment.")
    _pass_roles(call, given)
    _check_roles(call.state, given)
    return {"TypeVersion": "1.0", **given, "Id": uuid.uuid4().hex[:5]}


def _check_parameters(call: ServiceCall, parameters: Record) -> None:
    unknown = sorted(set(parameters) - _KNOWN)
    if unknown or not all(isinstance(value, str) for value in parameters.values()):
        raise AwsError("ValidationException", f"Invalid parameters: {', '.join(unknown) or 'values must be strings'}.")
    if "TargetRegions" not in parameters:
        raise AwsError("ValidationException", "TargetRegions is required.")
    if parameters.get("TargetOrganizationalUnits"):
        raise AwsError("AccessDeniedException", "Only the management account may deploy to organizational units.")
    if parameters.get("TargetAccounts") != call.state.account:
        raise AwsError("ValidationException", "TargetAccounts must be the current account.")


def _role_arns(state: AccountState, definition: Record) -> tuple[str, str]:
    execution = definition["LocalDeploymentExecutionRoleName"]
    return definition[
        "LocalDeploymentAdministrationRoleArn"
    ], f"arn:{state.partition}:iam::{state.account}:role/{execution}"


def _pass_roles(call: ServiceCall, definition: Record) -> None:
    """Check that the caller can pass both roles to Quick Setup and CloudFormation, for create and delete."""
    for arn in _role_arns(call.state, definition):
        for service in _PASSED_TO:
            call.require("iam:PassRole", arn, {"iam:PassedToService": service})


def _check_roles(state: AccountState, definition: Record) -> None:
    for arn in _role_arns(state, definition):
        if state.by_arn(arn) is None:
            raise AwsError("ValidationException", f"Role {arn} can't be accessed.")


def _on_manager(call: ServiceCall) -> Sequence[str]:
    return (str(call.parameters["ManagerArn"]),)


@operation(SERVICE, "DeleteConfigurationManager", on=_on_manager)
def _delete(call: ServiceCall) -> Record:
    record = _manager(call)
    for definition in record["ConfigurationDefinitions"]:
        _pass_roles(call, definition)
        _check_roles(call.state, definition)
    if "Until" in record:
        raise AwsError("ConflictException", "The configuration manager is being changed.")
    record["StatusSummaries"] = [_status(call.state.now(), "Deployment", "DELETING")]
    record["Until"] = call.state.now() + call.state.conditions["QuickSetupSeconds"]
    return {}


# Reading


@operation(SERVICE, "ListConfigurationManagers")
def _list(call: ServiceCall) -> Record:
    settle(call.state)
    found = [_summary(each) for each in call.state.records["ConfigurationManagers"] if each["Region"] == call.region]
    page, token = call.page(found, call.parameters.get("MaxItems"), call.parameters.get("StartingToken"))
    return {"ConfigurationManagersList": page, "NextToken": token}


def _summary(record: Record) -> Record:
    summaries = [
        {"Id": each.get("Id", ""), "Type": each["Type"], "TypeVersion": each.get("TypeVersion", "1.0")}
        for each in record.get("ConfigurationDefinitions", ())
    ]
    return {"ConfigurationDefinitionSummaries": summaries, **record}


@operation(SERVICE, "GetConfigurationManager", on=_on_manager)
def _get(call: ServiceCall) -> Record:
    settle(call.state)
    return _manager(call)


@operation(SERVICE, "ListConfigurations", on=_on_some_manager)
def _configurations(call: ServiceCall) -> Record:
    settle(call.state)
    found = []
    for record in call.state.records["ConfigurationManagers"]:
        for each in record.get("ConfigurationDefinitions", ()):
            where = {"Account": call.state.account, "Region": each["Parameters"]["TargetRegions"]}
            own = {"ManagerArn": record["ManagerArn"], "Type": each["Type"], "ConfigurationDefinitionId": each["Id"]}
            found.append({**own, **where, "StatusSummaries": record["StatusSummaries"]})
    wanted = call.parameters.get("ManagerArn")
    page, token = call.page(
        [each for each in found if wanted in (None, each["ManagerArn"])],
        call.parameters.get("MaxItems"),
        call.parameters.get("StartingToken"),
    )
    return {"ConfigurationsList": page, "NextToken": token}


def _manager(call: ServiceCall) -> Record:
    settle(call.state)
    for record in call.state.records["ConfigurationManagers"]:
        if record["ManagerArn"] == call.parameters["ManagerArn"] and record["Region"] == call.region:
            return record
    raise AwsError("ResourceNotFoundException", "The configuration manager does not exist.", 404)


# Deployments over time


def settle(state: AccountState) -> None:
    """Complete the deployments and removals whose time has passed."""
    for record in list(state.records["ConfigurationManagers"]):
        if record.get("Until", state.now() + 1) <= state.now():
            del record["Until"]
            if record["StatusSummaries"][0]["Status"] == "DELETING":
                _remove(state, record)
            else:
                _deploy(state, record)


def _deploy(state: AccountState, record: Record) -> None:
    definition = record["ConfigurationDefinitions"][0]
    failure = state.conditions["QuickSetupFails"] or _not_assumable(state, definition, record["Region"])
    if failure:
        record["StatusSummaries"] = [_status(state.now(), "Deployment", "FAILED", failure)]
        return
    now = state.now()
    record["StatusSummaries"] = [_status(now, "Deployment", "SUCCEEDED"), _status(now, "AsyncExecutions", "SUCCEEDED")]
    for purpose in PURPOSES:
        name = f"{purpose}-{definition['Id']}"
        association = {"AssociationName": name, "AssociationId": str(uuid.uuid4()), "Name": "AWS-RunPatchBaseline"}
        state.records["Associations"].append({**association, "Region": record["Region"]})
    trust = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
    make_role(state, _own_role(record), trust, [])


def _not_assumable(state: AccountState, definition: Record, region: str) -> str:
    """Return CloudFormation's error about the two roles; empty if it can use them."""
    administration, execution = _role_arns(state, definition)
    first, second = state.by_arn(administration), state.by_arn(execution)
    stack_set, service = f"stackset/AWS-QuickSetup-SSMHostMgmt-LA-{definition['Id']}:1", "cloudformation.amazonaws.com"
    if first is None or not authorise.trusts_service(state, first[1], service, region, stack_set):
        return f"CloudFormation cannot assume the role {administration}."
    name = first[1]["RoleName"]
    session = f"arn:{state.partition}:sts::{state.account}:assumed-role/{name}/AWSCloudFormation"
    caller = RequestCaller(session, f"{first[1]['RoleId']}:AWSCloudFormation", "role", name, administration)
    context = authorise.caller_context(state, caller, region)
    allowed = second and authorise.decide_assume(state, caller, second[1], state, context).outcome is Outcome.ALLOWED
    return "" if allowed else f"Account {state.account} should have '{execution.rsplit('/', 1)[-1]}' role."


def _remove(state: AccountState, record: Record) -> None:
    state.records["ConfigurationManagers"].remove(record)
    identities = tuple(each["Id"] for each in record["ConfigurationDefinitions"])
    state.records["Associations"] = [
        each for each in state.records["Associations"] if not each["AssociationName"].endswith(identities)
    ]
    state.iam["role"].pop(_own_role(record), None)


def _own_role(record: Record) -> str:
    return f"AWS-QuickSetup-HostMgmtRole-{record['Region']}-{record['ConfigurationDefinitions'][0]['Id']}"


def _status(now: float, kind: str, status: str, said: str = "") -> Record:
    told = {"StatusMessage": said} if said else {}
    return {"StatusType": kind, "Status": status, "LastUpdatedAt": now, "StatusDetails": {}, **told}
