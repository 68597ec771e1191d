"""The verb that serves the wizard as a page of its own."""

from __future__ import annotations

import click

from sm_ssh_widget.cli.options import debug_option
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.cli.trying import known_scenario, require_simulator
from sm_ssh_widget.problem import Code, Problem


@click.command(short_help="Serve the wizard as a page of its own.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; 0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Print the link, and open no browser.")
@click.option("--base-url", metavar="PATH", default="/", help="The path behind a server proxy; {port} is the port.")
@click.option("--allow-host", metavar="HOST", help="The name that a proxy is reached by.")
@click.option(
    "--local-name",
    metavar="NAME",
    help="The host name in the link, localhost or a name under it, where the browser or a port forward resolves no "
    "random one. With localhost, other servers on this machine receive the page's cookie.  [default: a random name]",
)
@click.option(
    "--idle-minutes",
    type=click.FloatRange(min=0.1),
    default=30.0,
    show_default=True,
    help="How long a page that nobody looks at keeps its kernel, and with it a session.",
)
@click.option("--account", type=click.Choice(("aws", "simulated")), default="aws", help="Whose account.")
@click.option("--scenario", metavar="NAME|FILE.json", help="What the simulated account holds.")
@debug_option
@click.pass_obj
def serve(
    screen: Output,
    /,
    *,
    port: int,
    no_browser: bool,
    base_url: str,
    allow_host: str | None,
    local_name: str | None,
    idle_minutes: float,
    account: str,
    scenario: str | None,
) -> int:
    """Serve the wizard as a page of its own on this machine, until it is told to end.

    The one line on standard output is READY and a link, which works once. Behind a JupyterLab with
    jupyter-server-proxy: --base-url LAB-BASE/proxy/absolute/{port}/ --allow-host NAME.
    """
    screen.announce("Starting the wizard's page; it listens on this machine only")
    if scenario is not None and account != "simulated":
        said = "a scenario belongs to the simulated account."
        raise Problem("Serving the page", said, f"Add: --account simulated --scenario {scenario}", Code.USAGE)
    if account == "simulated":
        require_simulator()
        scenario = known_scenario(scenario) if scenario else None
    from sm_ssh_widget.serve import Page, serve  # noqa: PLC0415  # an extra, and slow to import

    named = {} if local_name is None else {"local_name": local_name}
    page = Page(port, base_url, allow_host, account, scenario, idle_minutes, **named)
    return serve(page, browser=not no_browser, say=lambda line: screen.raw(f"{line}\n"))
