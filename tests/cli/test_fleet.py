"""A fleet on the command line: plan, apply, verify, undo, hand-over."""

from __future__ import annotations

import csv
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget.export.fleet_handover import HANDOVER_FORMATS
from sm_ssh_widget.fleet.fleet_plan import FleetPlan
from tests.cli.conftest import ADMIN, Terminal
from tests.export.test_stackset import in_account
from tests.fleet.plans import member
from tests.support.mixed_roles import write_scenario

Open = Callable[..., Terminal]


@pytest.fixture
def shell(terminal: Open, tmp_path: Path) -> Terminal:
    shell = terminal(write_scenario(tmp_path, 12, seed=11))
    shell.run("audit", *ADMIN, "--out", "audit.jsonl")
    return shell


def planned(shell: Terminal, *options: str) -> Path:
    told = shell.run("plan", "--fleet", "audit.jsonl", "--out", "fleet.jsonl", *ADMIN, *options, "--json")
    assert told.code == 0, told
    return shell.home / "fleet.jsonl"


def test_plan_apply_verify_undo(shell: Terminal) -> None:
    before = shell.account.state()
    planned(shell)
    told = shell.run("apply", "fleet.jsonl", "--yes", *ADMIN, "--json")
    assert told.code == 0, told
    assert told.json["complete"]
    assert told.json["verified"]
    run = told.json["run"]
    assert shell.run("verify", "--fleet", run, *ADMIN).code == 0
    asked = shell.run("undo", run, *ADMIN, "--json")
    assert (asked.code, asked.json["confirmed"]) == (2, False)
    applied = shell.account.state()
    assert applied != before
    other = shell.run("undo", run, "--digest", f"sha256:{'0' * 64}", "--yes", *ADMIN, "--json")
    assert (other.code, other.error["code"], shell.account.state()) == (5, "drifted", applied)
    undone = shell.run("undo", run, "--digest", asked.json["digest"], "--yes", *ADMIN, "--json")
    assert (undone.code, undone.json["complete"]) == (0, True)
    assert shell.account.state() == before


def test_a_group_is_planned_by_its_id(shell: Terminal) -> None:
    groups = shell.run("audit", "show", "audit.jsonl", "--json").json["groups"]
    group = next(each for each in groups if each["verdict"] == "fixable")
    told = shell.run("plan", "--fleet", "audit.jsonl", "--group", group["id"], *ADMIN, "--json")
    assert [each["role"] is not None for each in told.json["plans"]].count(True) == group["roles"]
    assert shell.run("plan", "--fleet", "audit.jsonl", "--group", "nothing", *ADMIN).code in (0, 2)


def test_one_byte_edited_is_refused(shell: Terminal) -> None:
    path = planned(shell)
    text = path.read_text()
    path.write_text(text.replace("SageMakerSSMPolicy", "SageMakerSSMPolicx", 1))
    told = shell.run("apply", "fleet.jsonl", "--yes", *ADMIN, "--json")
    assert (told.code, told.error["code"]) == (6, "invalid")
    assert not [call for call in shell.account.calls() if call["access"] == "write"]


def test_the_script_reaches_what_apply_reaches_and_its_undo_the_state_before(shell: Terminal, tmp_path: Path) -> None:
    path, before = planned(shell), shell.account.state()
    for form in HANDOVER_FORMATS:
        told = shell.run("export", path.name, "--format", form, "--out", f"{form}.out", "--json")
        assert told.code == 0, told
    ticket = (tmp_path / "ticket.out").read_text()
    manifest = json.loads(path.read_text().splitlines()[0])
    assert manifest["digest"] in ticket
    assert all(each["role"] in ticket for each in manifest["plans"] if each["role"])
    with zipfile.ZipFile(tmp_path / "bundle.out") as bundle:
        assert bundle.read("fleet.jsonl").decode() == path.read_text()
        assert set(bundle.namelist()) == {"SHA256SUMS", "apply.sh", "digest.txt", "fleet.jsonl", "ticket.md", "undo.sh"}
        assert bundle.read("apply.sh") == (tmp_path / "shell.out").read_bytes()
    for name in ("shell.out", "shell-undo.out"):
        subprocess.run(["bash", "-n", str(tmp_path / name)], check=True)
    assert shell.account.state() == before


def test_the_ticket_names_who_asks_and_hides_what_is_masked(shell: Terminal) -> None:
    planned(shell)
    asked = ("--requester", "Jane", "--reason", "To debug jobs", "--mask")
    told = shell.run("export", "fleet.jsonl", "--format", "ticket", *asked, "--json").json["content"]
    assert "| Requester | Jane |" in told
    assert shell.account.account not in told
    refused = shell.run("export", "fleet.jsonl", "--format", "shell", "--mask", "--json")
    assert (refused.code, refused.error["code"]) == (2, "usage")


def test_a_run_that_others_can_write_is_told_before_it_is_undone(shell: Terminal) -> None:
    planned(shell)
    assert shell.run("apply", "fleet.jsonl", "--yes", *ADMIN, "--json").code == 0
    (run,) = (shell.home / "journals").glob("*-fleet-*")
    assert "Another user" not in shell.run("undo", str(run), *ADMIN, "--json").err
    (run / "run.jsonl").chmod(0o666)
    told = shell.run("undo", str(run), *ADMIN, "--json").err
    assert "Another user can have written this run. All users of this machine can write the file." in told


def test_formats_of_one_plan_and_of_a_fleet_are_told_apart(shell: Terminal) -> None:
    planned(shell)
    told = shell.run("export", "fleet.jsonl", "--format", "terraform", "--json")
    assert (told.code, told.error["code"]) == (2, "usage")
    assert shell.run("export", "x.json", "--format", "shell-undo", "--json").code == 2


def test_the_stacks_of_a_roll_out_stand_beside_the_audit(shell: Terminal) -> None:
    def told(account: str, status: str, **more: str) -> dict[str, str]:
        return {"StackSetId": "roles:0", "Account": account, "Region": "eu-west-1", "Status": status, **more}

    path = shell.home / "stacks.json"
    stacks = [told("210000000002", "CURRENT"), told("210000000003", "OUTDATED", StatusReason="The role is gone.")]
    path.write_text(json.dumps({"Summaries": stacks}) + "\n")
    shown = shell.run("audit", "show", "audit.jsonl", "--stacks", "stacks.json")
    alone = shell.run("audit", "show", "audit.jsonl")
    assert (shown.code, shown.out) == (alone.code, alone.out)
    assert "1 stack set: 1 of 2 stacks current." in shown.err
    assert "! 210000000003 in eu-west-1: roles is OUTDATED. The role is gone." in shown.err
    assert f"! No stack in {shell.account.account}." in shown.err
    told_rows = shell.run("audit", "show", "audit.jsonl", "--stacks", "stacks.json", "--rows").out
    assert "stack NONE" in told_rows
    listed = shell.run("audit", "show", "audit.jsonl", "--stacks", "stacks.json", "--format", "csv").out
    assert {(each["stack"], each["stack reason"]) for each in csv.DictReader(listed.splitlines())} == {("NONE", "")}
    assert shell.run("audit", "show", "audit.jsonl", "--stacks", "stacks.json", "--json").json["stacks"][1] == {
        "stack_set": "roles",
        "account": "210000000003",
        "region": "eu-west-1",
        "status": "OUTDATED",
        "reason": "The role is gone.",
    }
    path.write_text('{"Summaries": [{}]}')
    broken = shell.run("audit", "show", "audit.jsonl", "--stacks", "stacks.json", "--json")
    assert (broken.code, broken.error["code"]) == (6, "invalid")


def test_a_fleet_over_several_accounts_is_exported_as_stack_sets(shell: Terminal) -> None:
    members = [in_account(member("a"), account) for account in ("210000000002", "210000000003")]
    several = FleetPlan("classic", (), "sha256:audit", tuple(members))
    (shell.home / "several.jsonl").write_text("".join(several.lines()))
    told = shell.run("export", "several.jsonl", "--format", "stackset", "--out", "stacks.zip", "--json")
    assert told.code == 0, told
    with zipfile.ZipFile(shell.home / "stacks.zip") as archive:
        assert "choose_first 210000000002 210000000003" in archive.read("deploy.sh").decode()
    refused = shell.run("export", "several.jsonl", "--format", "shell", "--json")
    assert (refused.code, refused.error["code"]) == (2, "usage")
