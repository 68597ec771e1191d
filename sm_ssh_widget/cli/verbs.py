"""The command group of the program."""

from __future__ import annotations

import click

from sm_ssh_widget.cli.commands.apply import apply
from sm_ssh_widget.cli.commands.audit import audit
from sm_ssh_widget.cli.commands.bundle import bundle
from sm_ssh_widget.cli.commands.check import check
from sm_ssh_widget.cli.commands.demo import demo
from sm_ssh_widget.cli.commands.docs import docs
from sm_ssh_widget.cli.commands.doctor import doctor
from sm_ssh_widget.cli.commands.explain import explain
from sm_ssh_widget.cli.commands.export import export
from sm_ssh_widget.cli.commands.journal import journal
from sm_ssh_widget.cli.commands.nodes import nodes
from sm_ssh_widget.cli.commands.plan import plan
from sm_ssh_widget.cli.commands.serve import serve
from sm_ssh_widget.cli.commands.simulate import simulate
from sm_ssh_widget.cli.commands.undo import undo
from sm_ssh_widget.cli.commands.verify import verify
from sm_ssh_widget.cli.options import PROGRAM


class _InOrder(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the commands in the order of the workflow."""
        return list(self.commands)


verbs = _InOrder(
    PROGRAM,
    commands=[
        check,
        audit,
        plan,
        apply,
        verify,
        undo,
        journal,
        nodes,
        doctor,
        explain,
        export,
        bundle,
        serve,
        simulate,
        demo,
        docs,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Set up IAM and Systems Manager for SageMaker SSH Helper: check, plan, apply, verify, undo.",
)
click.version_option(package_name=PROGRAM)(verbs)
