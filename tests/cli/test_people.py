"""What the verbs say of each kind of person, by the real script."""

from __future__ import annotations

from collections.abc import Callable

from tests.cli.conftest import ADMIN, Terminal

Open = Callable[[str], Terminal]
SSO_USER = (
    "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/"
    "AWSReservedSSO_DataScientist_0123456789abcdef"
)


def flat(text: str) -> str:
    """The text with its line breaks and columns folded away."""
    return " ".join(text.split())


def test_the_guard_of_a_permission_set_is_said_to_be_brought_there_by_hand(terminal: Open) -> None:
    shell = terminal("sso-user")
    planned = shell.run("plan", *ADMIN, "--user", SSO_USER, "--option", "owner-guard")
    assert planned.code == 3
    assert "“After” assumes that the statements above are added to the permission set." in flat(planned.out)

    checked = shell.run("check", *ADMIN, "--user", SSO_USER, "--option", "owner-guard", "--json")
    remedies = [each["remedy"] for each in checked.json["findings"] if each["id"].startswith("user.")]
    assert all("the permission set DataScientist in IAM Identity Center" in remedy for remedy in remedies), remedies


def test_the_root_user_may_everything_and_is_warned_of(terminal: Open) -> None:
    shell = terminal("everything-done")
    root = f"arn:aws:iam::{shell.account.account}:root"
    told = shell.run("check", *ADMIN, "--user", root, "--option", "owner-guard")
    assert told.code == 0
    assert f"Who connects {root} (specified)" in flat(told.out)
    assert "IAM policies do not limit the root user." in flat(told.out)
    assert "→ Connect as a role or IAM user." in flat(told.out)
    owner = shell.run("check", *ADMIN, "--user", root, "--json").json["owner"]
    assert (owner["kind"], owner["value"], owner["certain"]) == ("root", shell.account.account, True)
    assert "IAM policies do not limit the root user" in " ".join(owner["warnings"])


def test_administrator_access_comes_with_the_note_on_least_privilege(terminal: Open) -> None:
    shell = terminal("everything-done")
    told = shell.run("check", *ADMIN, "--user", f"arn:aws:iam::{shell.account.account}:user/admin")
    assert told.code == 0
    assert "→ Use AdministratorAccess for testing only." in flat(told.out)


def test_in_studio_the_guard_is_shown_to_keep_nobody_from_the_others_of_the_role(terminal: Open) -> None:
    planned = terminal("fresh-studio-role").run(
        "plan", *ADMIN, "--option", "owner-guard", "--option", "studio-as-client"
    )
    assert planned.code == 0
    assert "another Studio user of this role your node – not allowed ✔ allowed" in flat(planned.out)
    assert "“After” assumes" not in planned.out
