"""An audit as a page: its data, what it says of the run, and that nothing in it is run or fetched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.fleet.audit import AccountLine, Audit
from tests.fleet.audits import ACCOUNT, MET, MISSING, UNKNOWN, audit

EVIL = "=cmd()</script><script>x\u202e"
FOUND = audit({"a": {"trust.ssm": MISSING, "role.x": UNKNOWN}, "b": {"trust.ssm": MET}})
FOUND.rows[0] = replace(FOUND.rows[0], last_used=EVIL, used_by=(EVIL,))


def data(found: Audit, *, mask: bool = False) -> Any:
    (text,) = re.findall(
        r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', as_html(found, mask=mask), re.DOTALL
    )
    return json.loads(text)


def test_no_foreign_tag_gets_into_it() -> None:
    page = as_html(FOUND)
    assert page.count("</script>") == 2
    assert EVIL not in page
    assert "<<" not in page


@pytest.mark.parametrize("kind", ["style", "script"])
def test_its_own_policy_allows_exactly_its_style_and_script(kind: str) -> None:
    page = as_html(FOUND)
    (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"{kind}-src 'sha256-{hashed}'" in page


def test_ids_are_masked_where_that_is_asked() -> None:
    assert ACCOUNT in as_html(FOUND)
    assert ACCOUNT not in as_html(FOUND, mask=True)
    assert data(FOUND)["matrix"] != data(FOUND, mask=True)["matrix"]


class TestAbout:
    def test_how_many_roles_where_by_whom_and_when(self) -> None:
        assert data(FOUND)["about"] == (
            "2 roles in eu-west-1, baseline classic, complete. Started 2026-11-29T20:00:00+00:00, read as "
            f"arn:aws:iam::{ACCOUNT}:user/admin."
        )
        assert data(FOUND)["region"] == "eu-west-1"

    def test_one_that_was_stopped_at_an_endpoint_in_two_regions(self) -> None:
        one = audit({"a": {"trust.ssm": MET}})
        header = replace(one.header, regions=("us-east-1", "eu-west-1"), endpoint="http://127.0.0.1:8001")
        found = replace(one, complete=False, header=header)
        assert data(found)["about"] == (
            "1 role in us-east-1, eu-west-1, baseline classic, not complete. Started 2026-11-29T20:00:00+00:00, read "
            f"as arn:aws:iam::{ACCOUNT}:user/admin at http://127.0.0.1:8001."
        )
        assert data(found)["region"] == "us-east-1"

    def test_one_without_a_region(self) -> None:
        found = replace(FOUND, header=replace(FOUND.header, regions=()))
        assert data(found)["region"] == ""

    def test_what_is_no_text_is_shown(self) -> None:
        found = replace(FOUND, header=replace(FOUND.header, read_as=EVIL))
        assert "\u202e" not in data(found)["about"]
        assert "</script>" in data(found)["about"]


class TestNotes:
    def test_what_a_region_lacks_what_went_wrong_and_what_was_said(self) -> None:
        found = audit({"a": {"trust.ssm": MET}}, tier=MISSING)
        found.notes.append("A note.")
        found.accounts[0] = AccountLine(
            "1", "failed", {"said": "AccessDenied.", "next": "Allow it."}, notes=("Of the account.",)
        )
        found.accounts.append(AccountLine("2", "failed", None))
        notes = data(found)["notes"]
        assert notes[0] == f"{ACCOUNT} in eu-west-1: ssm.tier: ssm.tier is missing"
        assert notes[1:] == [
            "Account 1: failed. AccessDenied. Allow it.",
            "Account 2: failed.  ",
            "A note.",
            "Of the account.",
        ]

    def test_a_region_that_lacks_nothing_is_not_noted(self) -> None:
        assert data(FOUND)["notes"] == []


def test_a_title_stands_for_the_id_of_each_requirement_of_the_baseline() -> None:
    assert "Trust for Systems Manager" in json.dumps(data(FOUND))
    other = replace(FOUND, header=replace(FOUND.header, baseline="own"))
    assert "Trust for Systems Manager" not in json.dumps(data(other))
