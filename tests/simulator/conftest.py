"""A simulated account a test, and how a test says that AWS refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sm_ssh_widget.simulator import SimulatedAccount

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
ROLE_ARN = f"arn:aws:iam::123456789012:role/service-role/{ROLE}"
TIER = "/ssm/managed-instance/activation-tier"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount() as running:
        yield running


@pytest.fixture
def done() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("everything-done") as running:
        yield running


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str, int]:
    """Code, text and status of the error that the call must end in."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def change_role(account: SimulatedAccount, name: str, **members: Any) -> None:
    """Seed other members of a role, unvalidated."""
    state = account.state()
    for role in state["RoleDetailList"]:
        if role["RoleName"] == name:
            role.update(members)
    account.set_state(state)
