"""A plan handed over by the real script: every format, from a file, a bundle, or made on the spot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sm_ssh_widget.export import FORMATS
from tests.cli.conftest import ADMIN, Terminal

Open = Callable[..., Terminal]


def test_a_plan_made_on_the_spot_as_a_script(terminal: Open) -> None:
    told = terminal().run("export", "--format", "cli-script", *ADMIN)
    assert told.code == 0
    assert told.out.startswith("#!")
    assert "update-assume-role-policy" in told.out


def test_every_format_of_a_plan_on_disk(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    before = shell.account.calls()
    for form in FORMATS:
        told = shell.run("export", "plan.json", "--format", form, "--out", f"{form}.out", "--json")
        assert told.code == 0, told
        assert told.json["file"] == f"{form}.out"
        assert (shell.home / f"{form}.out").stat().st_size > 100
    assert shell.account.calls() == before


def test_a_bundle_is_applied_like_a_plan(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    assert shell.run("export", "plan.json", "--format", "bundle", "--out", "plan.zip").code == 0
    told = shell.run("apply", "plan.zip", "--yes", *ADMIN, "--json")
    assert told.code == 0
    assert told.json["complete"] is True


def test_the_least_read_access_for_a_check_that_was_denied(terminal: Open) -> None:
    told = terminal().run("export", "--format", "read-access", "--json")
    assert told.code == 0
    assert "iam:ListAttachedRolePolicies" in told.json["content"]


@pytest.mark.parametrize(
    "arguments",
    [("--format", "poem"), ("--format", "bundle"), ("plan.json", "--format", "read-access"), ()],
    ids=" ".join,
)
def test_what_cannot_be_handed_over(terminal: Open, arguments: tuple[str, ...]) -> None:
    told = terminal().run("export", *arguments, "--json")
    assert (told.code, told.error["code"]) == (2, "usage")


def test_a_place_that_cannot_be_written(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    told = shell.run("export", "plan.json", "--format", "ticket", "--out", "no/such/place", "--json")
    assert (told.code, told.error["code"]) == (6, "invalid")


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["for a person", "for a program"])
def test_the_least_policy_is_printed_in_the_place_of_the_plan(terminal: Open, more: tuple[str, ...]) -> None:
    shell = terminal()
    told = shell.run("plan", "--admin-policy", "--out", "plan.json", *ADMIN, *more)
    assert told.code == 0
    exported = shell.run("export", "plan.json", "--format", "admin-policy")
    assert told.out == exported.out
    assert set(told.json) == {"Version", "Statement"}
