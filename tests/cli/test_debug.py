"""What is told while AWS is waited for, and the log that ``--debug`` shows."""

from __future__ import annotations

import re
from collections.abc import Callable

import click
import pytest

from sm_ssh_widget.cli.verbs import COMMANDS, verbs

from .conftest import ADMIN, Terminal

Open = Callable[..., Terminal]
READ = re.compile(r"^\S+ \S+ sm_ssh_widget\.aws\.session\.reader: (\S+:\S+): (\S+) after \d+\.\d{3} s$", re.MULTILINE)


def test_what_is_read_is_shown_with_its_time(terminal: Open) -> None:
    shell = terminal("everything-done")
    told = shell.run("check", *ADMIN, "--json", "--debug")
    assert told.json["ready"] is True
    read = READ.findall(told.err)
    assert ("iam:GetRole", "known") in read
    assert ("ssm:GetServiceSetting", "known") in read


def test_without_it_there_is_no_log(terminal: Open) -> None:
    assert "sm_ssh_widget." not in terminal("everything-done").run("check", *ADMIN).err


def test_no_secret_is_shown(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    told = shell.run("apply", "plan.json", "--yes", *ADMIN, "--debug")
    assert told.code == 0, told
    assert "sending iam:AttachRolePolicy" in told.err
    keys = [each for key in shell.account.world.credentials.keys.values() for each in (key.secret, key.token) if each]
    assert keys
    assert not [key for key in keys if key in told.err + told.out]


def test_a_wait_for_aws_is_told_once(terminal: Open) -> None:
    shell = terminal("everything-done")
    shell.account.set_faults([{"kind": "throttle", "operation": "ssm:*", "count": 3}])
    told = shell.run("check", *ADMIN, "--json")
    assert told.json["ready"] is True
    assert told.err.count("AWS throttles, trying again in 1 s") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_verb_has_it(name: str) -> None:
    command = verbs.get_command(click.Context(verbs), name)
    assert command is not None
    assert command.hidden or "debug" in {parameter.name for parameter in command.params}
