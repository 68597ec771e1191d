"""CloudFormation stacks: read by name, with their resources.

A deleted stack is found only by its ID, so by name it does not exist.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import CREATED, Record, unique_id

_DELETED = "DELETE_COMPLETE"


def _stacks(call: ServiceCall) -> list[Record]:
    return [each for each in call.state.records["Stacks"] if each.get("Region", call.region) == call.region]


def _stack_id(call: ServiceCall, name: str) -> str:
    return call.arn(f"stack/{name}/{unique_id('', name).lower()}")


def _on_stack(call: ServiceCall) -> Sequence[str]:
    given = str(call.parameters.get("StackName") or "*")
    return (given if given.startswith("arn:") else _stack_id(call, given) if given != "*" else call.arn("stack/*/*"),)


def _named(call: ServiceCall) -> Record:
    given = str(call.parameters["StackName"])
    for each in _stacks(call):
        by_id = given == _stack_id(call, each["StackName"])
        if by_id or (given == each["StackName"] and each["StackStatus"] != _DELETED):
            return each
    raise AwsError("ValidationError", f"Stack with id {given} does not exist")


@operation("cloudformation", "DescribeStacks", on=_on_stack)
def _describe(call: ServiceCall) -> Record:
    named = "StackName" in call.parameters
    found = [_named(call)] if named else [each for each in _stacks(call) if each["StackStatus"] != _DELETED]
    told = [
        {
            "StackId": _stack_id(call, each["StackName"]),
            "StackName": each["StackName"],
            "StackStatus": each["StackStatus"],
            "CreationTime": each.get("CreationTime", CREATED),
        }
        for each in found
    ]
    page, token = call.page(told, None, call.parameters.get("NextToken"))
    return {"Stacks": page, "NextToken": token}


@operation("cloudformation", "ListStackResources", on=_on_stack)
def _resources(call: ServiceCall) -> Record:
    told = [
        {
            "LogicalResourceId": each["LogicalResourceId"],
            "PhysicalResourceId": each["PhysicalResourceId"],
            "ResourceType": each["ResourceType"],
            "ResourceStatus": each.get("ResourceStatus", "CREATE_COMPLETE"),
            "LastUpdatedTimestamp": each.get("LastUpdatedTimestamp", CREATED),
        }
        for each in _named(call).get("Resources", ())
    ]
    page, token = call.page(told, None, call.parameters.get("NextToken"))
    return {"StackResourceSummaries": page, "NextToken": token}
