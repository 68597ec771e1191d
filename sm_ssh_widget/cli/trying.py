"""The verbs that need no AWS account: simulate and demo."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from sm_ssh_widget.cli.options import debug_option, story
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.version import install_command

_EXTRA = ("moto", "werkzeug")


@click.command(short_help="Run a simulated AWS account.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; 0 takes a free one.")
@click.option("--scenario", metavar="NAME|FILE.json", default="fresh-studio-role", help="What the account holds.")
@click.option("--region", metavar="REGION", help="The Region.  [default: eu-west-1]")
@click.option("--account", metavar="ID", default="123456789012", help="The account, twelve digits.")
@click.option("--dir", "directory", metavar="DIR", help="Where env.sh, config, credentials and metadata.json go.")
@click.option(
    "--sso",
    type=click.Choice(("page", "auto")),
    default="page",
    help="Who allows a device code: a person on its page, or nobody needs to.",
)
@click.option("--list", "listing", is_flag=True, help="Name the scenarios.")
@debug_option
@click.pass_obj
def simulate(
    screen: Output,
    /,
    *,
    port: int,
    scenario: str,
    region: str | None,
    account: str,
    directory: str | None,
    sso: str,
    listing: bool,
) -> int:
    """Run a simulated AWS account on this machine, until it is told to end.

    The first line on standard output is READY and its URL; the export lines that follow point any AWS client to it.
    """
    screen.announce("Starting the simulated account" if not listing else "The scenarios of the simulated account")
    require_simulator()
    from sm_ssh_widget.simulator import command  # noqa: PLC0415  # an extra, and slow to import

    if listing:
        return command.list_scenarios()
    return command.run(port, scenario, region, account, directory=directory, sso_auto=sso == "auto")


def require_simulator() -> None:
    """Raise :class:`Problem` (``usage``) where the simulator's extra is not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        said = f"the simulated account is not installed ({', '.join(missing)} is missing)."
        raise Problem("Starting the simulated account", said, install_command("simulator"), Code.USAGE)


def known_scenario(scenario: str) -> str:
    """The scenario, to be opened from any directory; raises :class:`Problem` where there is none of that name."""
    story().simulated_account(scenario)
    return str(Path(scenario).resolve()) if Path(scenario).is_file() else scenario


@click.command(short_help="The wizard, or the whole story, on a simulated AWS account.")
@click.option("--terminal", is_flag=True, help="Tell the whole story in this terminal instead.")
@click.option("--scenario", metavar="NAME|FILE.json", default="fresh-studio-role", help="What the account holds.")
@debug_option
@click.pass_obj
def demo(screen: Output, /, *, terminal: bool, scenario: str) -> int:
    """The wizard's page on a simulated AWS account, until Ctrl-C; nothing reaches AWS.

    With --terminal the whole story from the first check to the undo: exit code 0, and the last line "as it was", only
    when the account's state equals the state before.
    """
    screen.announce("Starting a simulated AWS account on this machine; nothing here reaches AWS")
    require_simulator()
    if terminal:
        from sm_ssh_widget.cli.demo import tell_story  # noqa: PLC0415  # the verbs are its actors

        return tell_story(scenario, screen.in_one_stream())
    from sm_ssh_widget.serve import Page, serve  # noqa: PLC0415  # an extra, and slow to import

    screen.announce("The link opens once. Ctrl-C ends it.")
    page = Page(account="simulated", scenario=known_scenario(scenario))
    return serve(page, say=lambda line: screen.raw(f"{line}\n"))
