"""The verb ``nodes``, by its real script."""

from __future__ import annotations

from collections.abc import Callable

from tests.aws.test_nodes import OTHER, OURS, OWN, SERVER, node
from tests.cli.conftest import ADMIN, Terminal


def test_list_refuse_and_deregister(terminal: Callable[[str], Terminal]) -> None:
    shell = terminal("everything-done")
    nodes = [node(OURS, OWN), node(SERVER, {}), node(OTHER, OWN)]
    shell.account.set_state({**shell.account.state(), "ManagedInstances": nodes})

    listed = shell.run("nodes", *ADMIN, "--json")
    assert (listed.code, {each["id"] for each in listed.json["nodes"]}) == (0, {OURS, OTHER, SERVER})
    table = shell.run("nodes", *ADMIN, COLUMNS="60")
    assert {OURS, OTHER, SERVER} <= set(table.out.split()), "each can be copied"

    refused = shell.run("nodes", *ADMIN, "--deregister", SERVER, "--yes", "--json")
    assert (refused.code, refused.error["code"]) == (3, "refused")

    asked = shell.run("nodes", *ADMIN, "--deregister", OURS, "--json")
    assert asked.code == 2, "nobody can be asked"

    done = shell.run("nodes", *ADMIN, "--deregister", OURS, "--yes")
    assert done.code == 0
    assert OURS in done.out
    assert {each["InstanceId"] for each in shell.account.state()["ManagedInstances"]} == {OTHER, SERVER}
