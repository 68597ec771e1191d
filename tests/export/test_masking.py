"""Masking: every account ID, unique ID and name of the two identities, and nothing that only looks like one."""

from __future__ import annotations

import json

import pytest

from sm_ssh_widget.export.masking import ROLE, USER, mask_roles, mask_texts, masked

from .plans import plan


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("123456789012", "XXXXXXXX9012"),
        ("arn:aws:iam::123456789012:root", "arn:aws:iam::XXXXXXXX9012:root"),
        ("1234567890123", "1234567890123"),
        ("x123456789012x", "xXXXXXXXX9012x"),
        ("AROAEXAMPLEEXAMPLE12", "AROAXXXXXXXXXXXX"),
        ("AIDASHORT", "AIDASHORT"),
        ("role/Worker and Worker-2", f"role/{ROLE} and Worker-2"),
        ("user/jane, jane.doe", f"user/{USER}, jane.doe"),
        ("Ask jane. Or Worker.", f"Ask {USER}. Or {ROLE}."),
        ("jane,doe jane@x x-jane", "jane,doe jane@x x-jane"),
    ],
)
def test_a_text(text: str, shown: str) -> None:
    assert mask_texts([text], role="Worker", user="jane") == [shown]


def test_without_a_person_only_the_role_is_masked() -> None:
    assert mask_texts(["Worker jane"], role="Worker") == [f"{ROLE} jane"]


def test_the_user_is_masked_where_both_have_one_name() -> None:
    assert mask_texts(["same"], role="same", user="same") in ([USER], [ROLE])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("role/Worker and Worker-2", "role/R1 and R2"),
        ("Ask Worker. Or Worker, or Worker-2.,", "Ask R1. Or R1, or R2.,"),
        ("Worker-3 x-Worker Workers", "Worker-3 x-Worker Workers"),
        ("dotted. dotted", "R3 dotted"),
        (
            "arn:aws:iam::123456789012:role/Worker AROAEXAMPLEEXAMPLE12",
            "arn:aws:iam::XXXXXXXX9012:role/R1 AROAXXXXXXXXXXXX",
        ),
    ],
)
def test_many_roles_have_a_mask_each(text: str, shown: str) -> None:
    assert mask_roles(text, {"Worker": "R1", "Worker-2": "R2", "dotted.": "R3"}) == shown


def test_a_plan_keeps_its_form() -> None:
    shown = masked(plan(role="Secret", user="jane.doe"))
    text = json.dumps(shown.to_json())
    assert not [secret for secret in ("123456789012", "Secret", "jane.doe") if secret in text]
    assert [change.id for change in shown.changes] == [change.id for change in plan().changes]
    assert (shown.kept, shown.baseline, shown.notice) == (plan().kept, plan().baseline, plan().notice)
    assert shown.digest != plan().digest
