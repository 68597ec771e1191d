"""A fleet plan for an admin: scripts whose parts are the ordinary ones, a ticket, a bundle."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sm_ssh_widget.export.fleet_handover import HANDOVER_FORMATS, bundle_members, content, script, ticket, undo
from sm_ssh_widget.export.shell import apply_script
from tests.fleet.plans import fleet

PLAN = fleet("a", "b", "c")


@pytest.mark.parametrize("make", [script, undo])
def test_a_script_is_valid_and_has_every_member_in_order(make: object, tmp_path: Path) -> None:
    assert callable(make)
    text = make(PLAN)
    (tmp_path / "x.sh").write_text(text)
    subprocess.run(["bash", "-n", str(tmp_path / "x.sh")], check=True)
    digests = [member.plan.digest for member in PLAN.members]
    places = [text.index(f"# Plan    {digest}") for digest in digests]
    assert places == sorted(places, reverse=make is undo)


def test_each_part_is_the_ordinary_script() -> None:
    for member in PLAN.members:
        assert apply_script(member.plan).rstrip("\n") in script(PLAN)


def test_the_ticket_names_every_member_and_each_change_once() -> None:
    text = ticket(PLAN)
    assert PLAN.digest in text
    assert all(role in text for role in PLAN.roles)
    assert text.count("and the same for 2 more roles") == 1


def test_a_bundle_is_the_same_bytes_each_time_and_lists_its_digests() -> None:
    assert content(PLAN, "bundle") == content(PLAN, "bundle")
    members = bundle_members(PLAN)
    assert all(name in members["SHA256SUMS"] for name in members if name != "SHA256SUMS")
    assert {form: bool(content(PLAN, form)) for form in HANDOVER_FORMATS} == dict.fromkeys(HANDOVER_FORMATS, True)
