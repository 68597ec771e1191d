"""The verbs, put together."""

from __future__ import annotations

import click

from sm_ssh_widget.cli.acting import apply, journal, undo
from sm_ssh_widget.cli.commands.bundle import bundle
from sm_ssh_widget.cli.commands.docs import docs
from sm_ssh_widget.cli.commands.doctor import doctor
from sm_ssh_widget.cli.handing import export
from sm_ssh_widget.cli.looking import check, plan, verify
from sm_ssh_widget.cli.nodes import nodes
from sm_ssh_widget.cli.options import PROGRAM
from sm_ssh_widget.cli.serving import serve
from sm_ssh_widget.cli.trying import demo, simulate


class _InOrder(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The verbs in the order of the story."""
        return list(self.commands)


verbs = _InOrder(
    PROGRAM,
    commands=[check, plan, apply, verify, undo, journal, nodes, doctor, export, bundle, serve, simulate, demo, docs],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Set up IAM and Systems Manager for SageMaker SSH Helper: check, plan, apply, verify, undo.",
)
click.version_option(package_name=PROGRAM)(verbs)
