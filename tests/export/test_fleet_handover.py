"""A fleet plan for an admin: scripts whose parts are the ordinary ones, a ticket, a bundle."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sm_ssh_widget.export.fleet_handover import HANDOVER_FORMATS, bundle_members, content, script, undo
from sm_ssh_widget.export.fleet_ticket import fleet_ticket
from sm_ssh_widget.export.shell import apply_script
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.problem import Code, Problem
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


def test_a_bundle_is_the_same_bytes_each_time_and_lists_its_digests() -> None:
    assert content(PLAN, "bundle") == content(PLAN, "bundle")
    members = bundle_members(PLAN)
    assert all(name in members["SHA256SUMS"] for name in members if name != "SHA256SUMS")
    assert {form: bool(content(PLAN, form)) for form in HANDOVER_FORMATS} == dict.fromkeys(HANDOVER_FORMATS, True)


def test_the_requester_is_in_the_ticket_and_in_that_of_the_bundle() -> None:
    asked = TicketRequest("Jane", "To debug jobs")
    assert (
        content(PLAN, "ticket", asked).decode() == bundle_members(PLAN, asked)["ticket.md"] == fleet_ticket(PLAN, asked)
    )


@pytest.mark.parametrize("form", [form for form in HANDOVER_FORMATS if form != "ticket"])
def test_only_the_ticket_can_be_masked(form: str) -> None:
    with pytest.raises(Problem) as refused:
        content(PLAN, form, mask=True)
    assert (refused.value.code, form in refused.value.said) == (Code.USAGE, True)
    assert "123456789012" not in content(PLAN, "ticket", mask=True).decode()
