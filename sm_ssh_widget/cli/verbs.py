"""The command group of the program."""

from __future__ import annotations

from importlib import import_module

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


class _ImportedWhenUsed(click.Group):
    """A command's module is imported when the command is used: imports are a third of what a check costs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the commands in the order of the workflow."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command, or ``None`` for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"sm_ssh_widget.cli.commands.{cmd_name}"), cmd_name)
        return command


verbs = _ImportedWhenUsed(
    PROGRAM,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Set up IAM and Systems Manager for SageMaker SSH Helper: check, plan, apply, verify, undo.",
)
click.version_option(package_name=PROGRAM)(verbs)
