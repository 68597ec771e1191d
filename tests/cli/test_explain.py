"""The verb ``explain``, by its real script: from a denial to the policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sm_ssh_widget.cli.output import explanation_command
from tests.cli.conftest import ADMIN, Terminal
from tests.simulator.conftest import ROLE, change_role, deny, document, refusal

ID = "example1a2b3c4d5e6f7g8h9i"


def test_from_the_denial_to_the_policy(terminal: Callable[[str], Terminal]) -> None:
    shell = terminal("fresh-studio-role")
    never = {"PolicyName": "NoIam", "PolicyDocument": document(deny("iam:*", Sid="Never"))}
    change_role(shell.account, ROLE, RolePolicyList=[never])
    role: Any = shell.account.session("execution-role").client("iam")
    said = refusal(role.get_role, RoleName=ROLE)[1]
    found = shell.run("explain", said, *ADMIN, "--json")
    assert found.code == 0
    (evaluation,) = found.json["evaluations"]
    assert evaluation["action"] == "iam:GetRole"
    (denier,) = evaluation["denied_by"]
    assert denier == {"layer": "identity", "explicit": True, "policy": "NoIam", "statements": ["Never"]}
    offered = explanation_command(said).split()
    told = shell.run(*offered[1:], *ADMIN)
    assert told.code == 0
    assert "Explicit deny in identity policies: NoIam, statement Never." in told.out


def test_a_text_without_an_id_and_one_that_aws_does_not_keep(terminal: Callable[[str], Terminal]) -> None:
    shell = terminal("fresh-studio-role")
    none = shell.run("explain", "User: x is not authorized to perform: ssm:StartSession", *ADMIN, "--json")
    assert (none.code, none.error["code"]) == (2, "usage")
    assert "no authorization ID" in none.error["said"]


def test_the_command_is_offered_where_an_id_stands() -> None:
    assert explanation_command(f"denied, or call X with the following\nauthorization id: {ID}") == (
        f"sm-ssh-widget explain {ID}"
    )
    assert explanation_command("User: x is not authorized to perform: ssm:StartSession") == ""
