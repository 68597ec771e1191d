"""The command ``audit``: file, formats, resume, comparison, exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sm_ssh_widget.requirements.finding import FindingStatus
from tests.cli.conftest import ADMIN, Terminal
from tests.support.mixed_roles import write_scenario

Open = Callable[..., Terminal]
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def without_time(path: Path) -> list[dict[str, Any]]:
    """The lines without what differs between two runs."""
    left_out = {"started", "scp", "calls", "seconds", "endpoint"}
    return [{key: each for key, each in value.items() if key not in left_out} for value in lines_of(path)]


def test_the_whole_story_of_a_file(terminal: Open, tmp_path: Path) -> None:
    shell = terminal(write_scenario(tmp_path, 40))
    told = shell.run("audit", *ADMIN, "--out", "a.jsonl", "--json")
    assert told.code == 3, "some roles are blocked"
    assert told.json["complete"]
    assert told.json["counts"]["roles"] == len(
        [each for each in lines_of(tmp_path / "a.jsonl") if each["kind"] == "role"]
    )
    assert not [call for call in shell.account.calls() if call["access"] == "write"]
    calls = len(shell.account.calls())
    shown = shell.run("audit", "show", "a.jsonl", "--rows")
    assert shown.code == 3
    assert "4 requirements missing" in shown.out
    table = list(csv.DictReader(io.StringIO(shell.run("audit", "show", "a.jsonl", "--format", "csv").out)))
    assert {row["status"] for row in table} >= {"ready", "fixable", "blocked"}
    assert {row["trust.ssm"] for row in table} <= {each.value for each in FindingStatus}
    suites = ElementTree.fromstring(shell.run("audit", "show", "a.jsonl", "--format", "junit").out)
    assert len(suites.findall("testsuite")) == len(table) + 1, "one of the Region"
    assert suites.findall(".//failure")
    findings = [json.loads(line) for line in shell.run("audit", "show", "a.jsonl", "--format", "ocsf").out.splitlines()]
    assert {each["class_uid"] for each in findings} == {2003}
    assert len(shell.account.calls()) == calls, "a file is shown without AWS"
    assert shell.run("audit", "show", "a.jsonl", "--fail-on", "regressed").code == 0


def test_the_html_report_needs_no_network_and_masks(terminal: Open) -> None:
    shell = terminal("half-done")
    shell.run("audit", *ADMIN, "--out", "a.jsonl")
    page = shell.run("audit", "show", "a.jsonl", "--format", "html").out
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=|url\(|@import|fetch\(|<<", page)
    assert shell.account.account in page
    masked = shell.run("audit", "show", "a.jsonl", "--format", "html", "--mask").out
    assert shell.account.account not in masked


def test_an_audit_that_was_cut_off_is_continued(terminal: Open, tmp_path: Path) -> None:
    shell = terminal(write_scenario(tmp_path, 25))
    shell.run("audit", *ADMIN, "--out", "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_text().splitlines(keepends=True)
    for kept in (1, 4, len(whole) // 2, len(whole) - 1):
        torn = tmp_path / f"torn-{kept}.jsonl"
        torn.write_text("".join(whole[:kept]) + whole[kept][:20])
        told = shell.run("audit", *ADMIN, "--resume", torn.name, "--json")
        assert told.json["complete"]
        assert without_time(torn)[:-2] == without_time(tmp_path / "whole.jsonl")[:-2]
        assert lines_of(torn)[-1] == lines_of(tmp_path / "whole.jsonl")[-1]
    other = shell.run("audit", *ADMIN, "--resume", "torn-4.jsonl", "--baseline", "least-privilege", "--json")
    assert (other.code, other.error["code"]) == (2, "usage")


def test_what_got_worse_since_is_named(terminal: Open) -> None:
    shell = terminal("everything-done")
    assert shell.run("audit", *ADMIN, "--out", "before.jsonl").code == 0
    role = lines_of(shell.home / "before.jsonl")
    name = next(each["role"] for each in role if each["kind"] == "role").rpartition("/")[2]
    shell.account.session().client("iam").detach_role_policy(RoleName=name, PolicyArn=CORE)
    told = shell.run("audit", *ADMIN, "--since", "before.jsonl", "--json")
    assert told.code == 5
    assert [each["finding"] for each in told.json["since"]["regressed"]] == ["role.managed-instance-core"]
    assert shell.run("audit", *ADMIN, "--since", "before.jsonl", "--fail-on", "missing").code == 1


def test_accepted_findings_do_not_count_until_they_expire(terminal: Open) -> None:
    shell = terminal("half-done")
    one = '[[ignore]]\nroles=["{roles}"]\nreason="r"\nby="b"\nuntil={until}\n'
    unused = one.format(roles="x", until="2999-01-01")
    (shell.home / "ok.toml").write_text(one.format(roles="arn:*", until="2999-01-01") + unused)
    (shell.home / "old.toml").write_text(one.format(roles="arn:*", until="2001-01-01") + unused)
    (shell.home / "bad.toml").write_text('[[ignore]]\nroles=["arn:*"]\nby="b"\nuntil=2999-01-01\n')
    shell.run("audit", *ADMIN, "--out", "a.jsonl")
    told = shell.run("audit", "show", "a.jsonl", "--ignore", "ok.toml", "--json")
    assert told.json["counts"]["ignored"] == told.json["counts"]["roles"]
    assert any(note.startswith("Matches no role") for note in told.json["notes"])
    old = shell.run("audit", "show", "a.jsonl", "--ignore", "old.toml", "--json")
    assert old.json["counts"]["ignored"] == 0
    assert any(note.startswith("Expired") for note in old.json["notes"])
    assert shell.run("audit", "show", "a.jsonl", "--ignore", "bad.toml").code == 2


def test_who_uses_a_role_is_in_its_row(terminal: Open) -> None:
    shell = terminal()
    shell.run("audit", *ADMIN, "--out", "a.jsonl")
    used = [each["used_by"] for each in lines_of(shell.home / "a.jsonl") if each["kind"] == "role"]
    assert any(any(use.startswith("domain/") for use in uses) for uses in used)


def test_a_role_is_found_by_a_pattern(terminal: Open, tmp_path: Path) -> None:
    shell = terminal(write_scenario(tmp_path, 30))
    told = shell.run("audit", *ADMIN, "--role", "Ml-0000*", "--used-by", "none", "--json")
    assert 0 < told.json["counts"]["roles"] <= 10
    assert shell.run("audit", *ADMIN, "--role", "nothing-*", "--json").json["counts"]["roles"] == 0


def test_a_denied_sweep_reads_each_role_and_says_so(terminal: Open) -> None:
    shell = terminal("reads-denied")
    told = shell.run("audit", *ADMIN, "--json")
    assert told.code == 4
    assert any("GetAccountAuthorizationDetails" in note for note in told.json["notes"])


def test_a_file_is_not_overwritten_and_an_edited_one_refused(terminal: Open) -> None:
    shell = terminal()
    (shell.home / "a.jsonl").write_text("mine")
    assert shell.run("audit", *ADMIN, "--out", "a.jsonl", "--json").error["code"] == "usage"
    assert (shell.home / "a.jsonl").read_text() == "mine"
    (shell.home / "a.jsonl").write_text("mine\n")
    assert shell.run("audit", "show", "a.jsonl", "--json").error["code"] == "invalid"
    both = shell.run("audit", "--out", "x", "--resume", "y", "--json")
    assert (both.code, both.error["code"]) == (2, "usage")
