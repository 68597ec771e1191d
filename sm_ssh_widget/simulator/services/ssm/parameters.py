"""Parameter Store: moto holds the parameters; each call is authorized on the parameters in its request.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sm_ssh_widget.simulator.operations import ServiceCall, operation, passed_on


def _parameter(call: ServiceCall, name: str) -> str:
    """Return the ARN of a parameter; AWS's public parameters belong to no account."""
    if name.startswith("arn:"):
        return name
    account = "" if name.startswith("/aws/") else call.state.account
    return f"arn:{call.state.partition}:ssm:{call.region}:{account}:parameter/{name.lstrip('/')}"


def _on(member: str, call: ServiceCall) -> Sequence[str]:
    given = call.parameters[member]
    return tuple(_parameter(call, str(name)) for name in (given if isinstance(given, list) else [given]))


for _name, _member in {
    "DeleteParameter": "Name",
    "DeleteParameters": "Names",
    "GetParameter": "Name",
    "GetParameters": "Names",
    "GetParametersByPath": "Path",
    "PutParameter": "Name",
}.items():
    operation("ssm", _name, on=partial(_on, _member), by="moto")(passed_on)
operation("ssm", "DescribeParameters", by="moto")(passed_on)
