"""Commands over several accounts: exit codes, progress on standard error only, and a fleet from audit to undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sm_ssh_widget.simulator.account import AUDIT_EXTERNAL_ID, AUDIT_ROLE, SimulatedAccount
from tests.cli.conftest import ADMIN, Terminal

MEMBER = ("--member-role", f"{AUDIT_ROLE},external-id={AUDIT_EXTERNAL_ID}")
STRONG = ("--member-role", "OrganizationAccountAccessRole")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    with SimulatedAccount("organisation", accounts=3) as account:
        yield Terminal(account, tmp_path)


def test_accounts_are_audited_and_progress_is_on_standard_error(shell: Terminal) -> None:
    told = shell.run("audit", "--accounts", "org", *MEMBER, *ADMIN, "--used-by", "none")
    assert told.code == 1
    assert "in 3 of 3 accounts" in told.out
    assert "3 of 3 accounts · " in told.err
    quiet = shell.run("audit", "--accounts", "org", *MEMBER, *ADMIN, "--used-by", "none", "--json")
    assert [each["status"] for each in quiet.json["account_rows"]] == ["read"] * 3
    assert "accounts · " not in quiet.err
    (shell.home / "ids.txt").write_text("210000000002 # Research\n")
    listed = shell.run("audit", "--accounts", "file:ids.txt", *ADMIN, "--used-by", "none", "--json")
    assert (listed.code, listed.json["complete"]) == (4, False), "without the external ID"
    profiles = shell.run("audit", "--sign-in", "profile:audit-2*", "--used-by", "none", "--json")
    assert [each["id"] for each in profiles.json["account_rows"]] == ["210000000002", "210000000003"]


@pytest.mark.parametrize(
    "options",
    [
        ("--accounts", "everything"),
        ("--accounts", "portal", *ADMIN),
        ("--accounts", "file:missing.txt"),
        ("--accounts", "org", "--member-role", "a b"),
        ("--accounts", "org", "--sign-in", "profile:admin-210000000002"),
        ("--sign-in", "profile:nothing-*"),
    ],
    ids=str,
)
def test_what_is_no_choice_of_accounts_is_a_usage_error(shell: Terminal, options: tuple[str, ...]) -> None:
    told = shell.run("audit", *options, "--json")
    assert (told.code, told.error["code"]) == (2, "usage")


def test_a_fleet_over_accounts_from_audit_to_undo(shell: Terminal) -> None:
    members = [member.id for member in shell.account.members]
    before = [shell.account.state(account=each) for each in members]
    audited = shell.run("audit", "--accounts", "org", *MEMBER, *ADMIN, "--out", "a.jsonl", "--used-by", "none")
    assert "--member-role NAME" in audited.out
    shown = shell.run("plan", "--fleet", "a.jsonl", "--out", "shown.jsonl", *MEMBER, *ADMIN)
    assert "apply shown.jsonl --member-role NAME --sign-in" in " ".join(shown.out.split()), "the audit role only reads"
    shown = shell.run("plan", "--fleet", "a.jsonl", "--out", "strong.jsonl", *STRONG, *ADMIN)
    assert f"apply strong.jsonl {' '.join(STRONG)} --sign-in" in " ".join(shown.out.split())
    one = shell.run("plan", "--fleet", "a.jsonl", *ADMIN, "--json")
    assert (one.code, one.error["code"]) == (2, "usage")
    planned = shell.run("plan", "--fleet", "a.jsonl", "--out", "f.jsonl", *MEMBER, *ADMIN, "--json")
    assert planned.code == 0
    assert shell.run("apply", "f.jsonl", "--yes", *ADMIN, "--json").code == 2, "no role that writes is named"
    assert shell.run("export", "f.jsonl", "--format", "shell", "--json").code == 2
    applied = shell.run("apply", "f.jsonl", "--yes", *STRONG, *ADMIN, "--json")
    assert applied.code == 0
    assert {each["account"] for each in applied.json["members"]} == set(members)
    run = applied.json["run"]
    assert shell.run("verify", "--fleet", run, *MEMBER, *ADMIN, "--json").code == 0
    assert shell.run("undo", run, "--yes", *STRONG, *ADMIN, "--json").code == 0
    assert [shell.account.state(account=each) for each in members] == before
