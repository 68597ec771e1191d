"""The permissions as data: four purposes, a policy that IAM takes for each, a reason for every statement."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sm_ssh_widget.export.permission_grants import PLACEHOLDERS, Grant
from sm_ssh_widget.export.permissions import PURPOSES, Purpose, permissions, permissions_markdown
from sm_ssh_widget.version import VERSION

LONGEST_MANAGED_POLICY = 6144
"""Characters without white space. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@pytest.fixture(params=PURPOSES, ids=lambda purpose: purpose.id)
def told(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(permissions()["purposes"][request.param.id])


def test_the_version_and_the_purposes() -> None:
    found = permissions()
    assert found["schema"] == "sm-ssh-widget/permissions/1"
    assert found["version"] == VERSION
    assert list(found["purposes"]) == ["check", "apply", "audit", "organization"]
    assert found["purposes"]["apply"]["includes"] == ["check"]


def test_a_purpose_is_a_policy_with_a_reason_for_each_statement() -> None:
    grants = (
        Grant("First", ("iam:GetRole",), "A reason.", ("<role ARN>",)),
        Grant("Second", ("b:Y", "a:X"), "Another.", ("r1", "r2"), "if asked", {"StringEquals": {"k": "v"}}),
    )
    made = Purpose("id", "Title", lambda: iter(grants), ("other",)).to_json()
    assert made == {
        "title": "Title",
        "includes": ["other"],
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "First", "Effect": "Allow", "Action": ["iam:GetRole"], "Resource": "<role ARN>"},
                {
                    "Sid": "Second",
                    "Effect": "Allow",
                    "Action": ["a:X", "b:Y"],
                    "Resource": ["r1", "r2"],
                    "Condition": {"StringEquals": {"k": "v"}},
                },
            ],
        },
        "statements": [
            {"sid": "First", "needed": "always", "reason": "A reason."},
            {"sid": "Second", "needed": "if asked", "reason": "Another."},
        ],
    }


def test_iam_takes_the_policy(told: dict[str, Any]) -> None:
    statements = told["policy"]["Statement"]
    sids = [each["Sid"] for each in statements]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    assert len(re.sub(r"\s", "", json.dumps(told["policy"]))) <= LONGEST_MANAGED_POLICY


def test_every_statement_has_a_reason_and_says_when_it_is_needed(told: dict[str, Any]) -> None:
    assert [each["sid"] for each in told["statements"]] == [each["Sid"] for each in told["policy"]["Statement"]]
    assert all(each["reason"].endswith(".") for each in told["statements"])
    assert all(re.match("always$|if |unless ", each["needed"]) for each in told["statements"])


def test_every_placeholder_is_explained(told: dict[str, Any]) -> None:
    assert set(re.findall("<[^>]+>", json.dumps(told["policy"]))) <= set(PLACEHOLDERS)


def test_the_page_has_every_statement_and_policy() -> None:
    page = permissions_markdown()
    for purpose in permissions()["purposes"].values():
        assert json.dumps(purpose["policy"], indent=2) in page
        assert all(f"| `{s['sid']}` | {s['needed']} | {s['reason']} |" in page for s in purpose["statements"])
