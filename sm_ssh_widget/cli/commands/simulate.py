"""Command ``simulate``: run a simulated AWS account on this machine."""

from __future__ import annotations

import click

from sm_ssh_widget.cli.options import debug_option
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.cli.simulator_extra import require_simulator


@click.command(short_help="Run a simulated AWS account.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; 0 chooses a free port.")
@click.option("--scenario", metavar="NAME|FILE.json", default="fresh-studio-role", help="Scenario to load.")
@click.option("--region", metavar="REGION", help="AWS Region.  [default: eu-west-1]")
@click.option("--account", metavar="ID", default="123456789012", help="Account ID (12 digits).")
@click.option(
    "--accounts", type=click.IntRange(1, 1000), help="Number of accounts, if the scenario is an organization."
)
@click.option("--dir", "directory", metavar="DIR", help="Directory for env.sh, config, credentials and metadata.json.")
@click.option(
    "--sso",
    type=click.Choice(("page", "auto")),
    default="page",
    help="Approve device codes on their page (person) or automatically (auto).",
)
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
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
    accounts: int | None,
    directory: str | None,
    sso: str,
    listing: bool,
) -> int:
    """Run a simulated AWS account on this machine, until Ctrl-C.

    The first line on standard output is READY and its URL; the export lines after it configure any AWS client.
    """
    screen.announce(
        "Starting the simulated account" if not listing else "Listing the scenarios of the simulated account"
    )
    require_simulator()
    from sm_ssh_widget.simulator import command  # noqa: PLC0415  # an extra, and slow to import

    if listing:
        return command.list_scenarios()
    return command.run(port, scenario, region, account, directory=directory, sso_auto=sso == "auto", accounts=accounts)
