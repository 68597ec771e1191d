"""Which operation is answered, by whom, and judged on what: the list that the program prints is the list that is meant.

``operations.txt`` is written by ``python -m sm_ssh_widget.simulator --operations``; who changes it looks at what
changed. What is judged on ``*`` has no resource type in the Service Authorization Reference of 2026-11
(https://docs.aws.amazon.com/service-authorization/latest/reference/); the message services of the agent are not in it.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER
from sm_ssh_widget.simulator.command import list_operations
from sm_ssh_widget.simulator.moto_backend import SERVICES
from sm_ssh_widget.simulator.operations import OPERATIONS, everything, table
from sm_ssh_widget.simulator.wire import models

LIST = Path(__file__).with_name("operations.txt")
OF_SEVERAL = {"iam:PassRole", "kms:Decrypt", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"}
"""Actions that no operation has for its name: they are asked about on the way of another, or behind a stream."""


def test_the_list_is_what_the_program_prints() -> None:
    out = io.StringIO()
    assert list_operations(out) == 0
    assert out.getvalue() == LIST.read_text(encoding="utf-8")


def test_moto_answers_for_the_services_that_begin_anew() -> None:
    assert {name.partition(":")[0] for name, by, _ in table() if by == "moto"} <= set(SERVICES)


@pytest.mark.parametrize(("service", "name"), sorted(OPERATIONS))
def test_an_operation_is_one_of_its_service(service: str, name: str) -> None:
    assert name in models.service_model(service).operation_names


def test_what_ssh_helper_calls_is_answered() -> None:
    names = {"s3:ListBucket": "s3:HeadBucket"}
    asked = {names.get(each.action, each.action) for each in (*SERVER, *CLIENT)} - OF_SEVERAL
    assert asked <= {name for name, *_ in table()}


def test_nothing_that_names_one_resource_is_judged_on_everything() -> None:
    """An operation whose model needs a name or an ARN of the thing it works on is judged on it."""
    naming = ("Arn", "Name", "Bucket", "Target", "InstanceId", "SettingId", "SessionId", "KeyId", "ResourceId")
    found = []
    for (service, name), each in OPERATIONS.items():
        shape = models.service_model(service).operation_model(name).input_shape
        needed = shape.required_members if shape else ()
        if each.judged and each.on is everything and any(member.endswith(naming) for member in needed):
            found.append(f"{service}:{name}")
    assert found == ["ssm:GetCommandInvocation"], "a command has no ARN"
