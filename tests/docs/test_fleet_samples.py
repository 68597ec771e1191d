"""The samples of docs/fleet.md for a scheduled check: they parse, and every command in them exists as it is written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from sm_ssh_widget.cli.verbs import verbs
from tests.support.templates import lint_problems

PAGE = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text("utf-8")
JOB, TEMPLATE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def build_commands() -> list[str]:
    project = yaml.safe_load(TEMPLATE)["Resources"]["Project"]["Properties"]
    phases = yaml.safe_load(project["Source"]["BuildSpec"])["phases"]
    return [command for phase in phases.values() for command in phase["commands"]]


def job_commands() -> list[str]:
    steps = yaml.safe_load(JOB)["jobs"]["audit"]["steps"]
    return [step["run"] for step in steps if "run" in step]


def console_commands() -> list[str]:
    return re.findall(r"^\$ (sm-ssh-widget .*)$", PAGE, re.MULTILINE)


def parsed(command: str) -> click.Context:
    """Parse a command line as the program does; nothing is run."""
    _, *words = shlex.split(command.partition(" > ")[0])
    context = verbs.make_context("sm-ssh-widget", words)
    while isinstance(context.command, click.Group) and (left := [*context._protected_args, *context.args]):
        name, found, rest = context.command.resolve_command(context, left)
        assert found is not None, command
        context = found.make_context(name, rest, parent=context)
    return context


OURS = [each for each in (*job_commands(), *build_commands(), *console_commands()) if each.startswith("sm-ssh-widget")]


@pytest.mark.parametrize("command", OURS)
def test_a_command_exists_with_its_options(command: str) -> None:
    assert parsed(command).command.name in {"audit", "show", "plan", "apply", "verify", "undo", "export"}


def test_an_option_that_does_not_exist_is_seen() -> None:
    with pytest.raises(click.UsageError):
        parsed("sm-ssh-widget audit --no-such-option")


def test_the_template_is_one_that_cloudformation_takes() -> None:
    assert lint_problems(TEMPLATE) == []


def test_the_schedule_starts_the_project_and_the_audit_compares() -> None:
    resources: dict[str, Any] = yaml.safe_load(TEMPLATE)["Resources"]
    (target,) = resources["Schedule"]["Properties"]["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["Project", "Arn"]}
    for commands in (job_commands(), build_commands()):
        (audit,) = [each for each in commands if each.startswith("sm-ssh-widget audit --accounts")]
        assert "--since last.jsonl" in audit
        assert "--fail-on regressed" in audit
