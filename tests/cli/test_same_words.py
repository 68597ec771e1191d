"""Python and the command line give one object for one account, and Python's mistakes are told in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.problem import Code, Problem
from tests.cli.conftest import ADMIN, Terminal

Open = Callable[..., Terminal]


@pytest.fixture
def shell(terminal: Open, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal whose environment is this process's, too."""
    shell = terminal()
    for name, value in shell.environment.items():
        monkeypatch.setenv(name, value)
    return shell


def as_printed(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_check_and_plan_in_python_are_what_the_command_line_prints(shell: Terminal) -> None:
    session = pipeline.sign_in(pipeline.parse_sign_in("profile:admin"), region=shell.account.region)
    try:
        report = pipeline.check(session=session)
        plan = pipeline.plan(report)
    finally:
        session.forget()
    assert as_printed(report.to_json()) == shell.run("check", *ADMIN, "--json").json
    assert as_printed(plan.to_json()) == shell.run("plan", *ADMIN, "--json").json
    assert as_printed(pipeline.check().to_json()) == shell.run("check", "--json").json


def test_a_plan_is_not_planned_again(shell: Terminal) -> None:
    plan: Any = pipeline.plan(pipeline.check())
    with pytest.raises(Problem) as raised:
        pipeline.plan(plan)
    assert (raised.value.code, raised.value.remedy) == (Code.USAGE, "Call plan(check()).")
    assert "not Plan" in raised.value.said
