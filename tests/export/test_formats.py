"""Every format tells every kind of change, the same way each time, and says what it cannot do."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Kind, Refusal, RefusalCode
from sm_ssh_widget.problem import Code, Problem

from .plans import long_plan, plan

TEXTS = [name for name in export.FORMATS if name != "bundle"]


def test_the_plans_of_these_tests_have_every_kind() -> None:
    assert {change.kind for change in long_plan().changes} == set(Kind)


@pytest.mark.parametrize("name", ["cli-script", "cli-undo-script", "cloudformation", "terraform"])
def test_what_has_to_be_waited_for_is_left_out_as_a_whole_and_said(name: str) -> None:
    told = export.render(long_plan(), name)
    assert "Deploys" not in told
    for finding in ("ssm.host-management", "ssm.instance-check"):
        assert (
            f"{finding}: This change must wait for AWS between its calls. Apply it with: sm-ssh-widget apply FILE"
            in told
        )
    assert _without_comments(told) == _without_comments(export.render(plan(), name))


def _without_comments(told: str) -> list[str]:
    return [line for line in told.splitlines() if not line.startswith(("#", "Description:"))]


@pytest.mark.parametrize("name", ["ticket", "ticket-text"])
def test_a_ticket_asks_for_it(name: str) -> None:
    told = export.render(long_plan(), name)
    for wanted in ("Deploys", "new configuration", "started, then terminated"):
        assert wanted in told


def test_what_is_written_elsewhere_is_told_for_identity_center() -> None:
    user = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Scientist_0123456789abcdef"
    reserved = [change for change in plan().changes if change.id.startswith("user.")]
    refusal = Refusal("user.permissions", RefusalCode.PROTECTED, "Identity Center owns it.", tuple(reserved))
    planned = replace(plan(), changes=plan().changes[:4], refused=(refusal,), target={**plan().target, "user": user})
    told = export.render(planned, "identity-center")
    assert "Permission set: `Scientist`" in told
    assert "Attach it to the permission set: `arn:aws:iam::aws:policy/SageMakerSSMPolicy`" in told
    guard = reserved[0]
    blocks = re.findall(r"```json\n(.*?)\n```", told, re.DOTALL)
    assert [json.loads(block) for block in blocks] == [json.loads(guard.after)]


@pytest.mark.parametrize("name", export.FORMATS)
def test_the_same_plan_is_told_the_same_way(name: str) -> None:
    assert export.content(plan(), name) == export.content(plan(), name)


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "admin-policy"])
def test_the_digest_of_the_plan_is_told(name: str) -> None:
    assert plan().digest in export.render(plan(), name)


@pytest.mark.parametrize("name", TEXTS)
def test_a_plan_without_changes_is_told(name: str) -> None:
    assert export.render(replace(plan(), changes=()), name)


def test_file_names_differ() -> None:
    assert len({found.file_name for found in export.FORMATS.values()}) == len(export.FORMATS)


@pytest.mark.parametrize("name", TEXTS)
def test_masked_names_are_told_only_where_they_do_no_harm(name: str) -> None:
    if not export.FORMATS[name].maskable:
        with pytest.raises(Problem) as raised:
            export.render(plan(), name, mask=True)
        assert raised.value.code is Code.USAGE
        return
    told = export.render(plan(role="Secret-Role", user="jane.doe"), name, mask=True)
    assert "123456789012" not in told
    assert "Secret-Role" not in told
    assert "jane.doe" not in told
    assert plan(role="Secret-Role", user="jane.doe").digest in told


def test_a_bundle_cannot_be_masked() -> None:
    with pytest.raises(Problem) as raised:
        export.content(plan(), "bundle", mask=True)
    assert raised.value.code is Code.USAGE


@pytest.mark.parametrize("name", ["pdf", "bundle", ""])
def test_what_is_no_text_is_said(name: str) -> None:
    with pytest.raises(Problem) as raised:
        export.render(plan(), name)
    assert raised.value.code is Code.USAGE


@pytest.mark.parametrize("name", ["cli-script", "cloudformation", "terraform", "ticket"])
def test_a_document_that_is_none_is_a_problem(name: str) -> None:
    broken = replace(plan(), changes=(replace(plan().changes[0], before="{"),))
    with pytest.raises(Problem) as raised:
        export.render(broken, name)
    assert raised.value.code is Code.INVALID


@pytest.mark.parametrize("bad", ["a\0b", "\ud800"])
def test_what_no_file_can_hold_is_a_problem(bad: str) -> None:
    with pytest.raises(Problem) as raised:
        export.render(plan(policy=bad), "cli-script")
    assert raised.value.code is Code.INVALID
