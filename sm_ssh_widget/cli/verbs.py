"""The command group of the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import cast

import click

from sm_ssh_widget.cli.options import PROGRAM

COMMANDS = (
    "check",
    "audit",
    "plan",
    "apply",
    "verify",
    "undo",
    "journal",
    "nodes",
    "doctor",
    "explain",
    "export",
    "bundle",
    "serve",
    "simulate",
    "demo",
    "docs",
)
"""The commands in the order of the workflow; each is in the module of its name."""


class _ImportedWhenUsed(Mapping[str, click.Command]):
    """The commands by name, each imported when it is used: imports are a third of what a check costs."""

    def __getitem__(self, name: str) -> click.Command:
        if name not in COMMANDS:
            raise KeyError(name)
        command: click.Command = getattr(import_module(f"sm_ssh_widget.cli.commands.{name}"), name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _InOrder(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the commands in the order of the workflow."""
        return list(COMMANDS)


verbs = _InOrder(
    PROGRAM,
    commands=cast(MutableMapping[str, click.Command], _ImportedWhenUsed()),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Set up IAM and Systems Manager for SageMaker SSH Helper: check, plan, apply, verify, undo.",
)
click.version_option(package_name=PROGRAM)(verbs)
