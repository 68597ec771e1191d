"""A plan handed over by the real script: every format, from a file, a bundle, or made on the spot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sm_ssh_widget.export import FORMATS, REQUEST_FORMATS
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
    [
        ("--format", "poem"),
        ("--format", "bundle"),
        ("plan.json", "--format", "read-access"),
        ("plan.json", "--format", "request"),
        (),
    ],
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


def test_whoever_may_read_turns_a_request_into_a_plan(terminal: Open) -> None:
    shell = terminal()
    made = shell.run("export", "--format", "request", "--out", "request.json", "--json")
    assert (made.code, made.json["digest"]) == (0, None)
    asked = shell.run("plan", "--request", "request.json", *ADMIN, "--json")
    direct = shell.run("plan", *ADMIN, "--json")
    assert asked.code == direct.code == 0
    assert asked.json["digest"] == direct.json["digest"]
    assert len(asked.json["changes"]) == 5


@pytest.mark.parametrize("form", REQUEST_FORMATS)
def test_every_form_of_a_request_needs_no_plan(terminal: Open, form: str) -> None:
    told = terminal().run("export", "--format", form, "--requester", "Jane", "--json")
    assert told.code == 0
    assert "SageMakerSSMPolicy" in told.json["content"] or form == "request"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--role", "arn:aws:iam::123456789012:role/other"), "usage"),
        (("--baseline", "least-privilege"), "usage"),
        (("--option", "hardened-trust"), "usage"),
    ],
)
def test_an_argument_that_contradicts_a_request_is_refused(terminal: Open, more: tuple[str, ...], code: str) -> None:
    shell = terminal()
    shell.run("export", "--format", "request", "--out", "request.json")
    told = shell.run("plan", "--request", "request.json", *more, "--json")
    assert (told.code, told.error["code"]) == (2, code)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": "sm-ssh-widget/request/1"}'])
def test_a_file_that_is_no_request_is_not_planned(terminal: Open, content: str) -> None:
    shell = terminal()
    (shell.home / "request.json").write_text(content, "utf-8")
    told = shell.run("plan", "--request", "request.json", "--json")
    assert (told.code, told.error["code"]) == (6, "invalid")
