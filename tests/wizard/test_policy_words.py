"""Statements in words: what is narrowed is said, what is broad is marked with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.wizard.screens import policy_words

ROLE = "arn:aws:iam::123456789012:role/service-role/R"


def told(statement: dict[str, Any], *, trust: bool = False, ours: bool = True, sign: Any = "+") -> Any:
    return policy_words.statement(statement, sign, ROLE, trust=trust, ours=ours)


def test_pass_role_on_this_role_is_marked_with_its_reason() -> None:
    said = told({"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE})
    assert said.text == "Allow `iam:PassRole` on this role"
    assert (said.level, said.warning) == ("PassRole", True)
    assert said.flags == (
        "PassRole hands the role to any service, because the guide's statement has no condition. Needed: the "
        "activation names this role.",
    )


def test_pass_role_to_one_service_says_so() -> None:
    condition = {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}
    said = told({"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE, "Condition": condition})
    assert said.conditions == ("Only if `iam:PassedToService` is `ssm.amazonaws.com`",)
    assert said.flags == ("PassRole hands the role to Systems Manager. Needed: the activation names this role.",)


@pytest.mark.parametrize(
    ("action", "flag"),
    [
        ("ssm:CreateActivation", "AWS has no narrower resource for this call."),
        ("s3:GetObject", "Holds for every resource of this account."),
    ],
)
def test_every_resource_is_marked(action: str, flag: str) -> None:
    said = told({"Effect": "Allow", "Action": action, "Resource": "*"})
    assert said.text == f"Allow `{action}` on every resource (`*`)"
    assert said.flags == (flag,)


def test_what_is_not_ours_or_not_added_is_not_excused() -> None:
    broad = {"Effect": "Allow", "Action": "ssm:CreateActivation", "Resource": "*"}
    assert told(broad, ours=False).flags == ()
    assert told(broad, sign="=").flags == ()
    assert told({**broad, "Effect": "Deny"}).flags == ()


def test_a_trust_says_who_and_only_if_what_a_condition_a_line() -> None:
    said = told(
        {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnLike": {"aws:SourceArn": ["arn:aws:ssm:*:123456789012:*", "arn:aws:ssm:eu-west-1:1:*"]},
            },
        },
        trust=True,
    )
    assert said.text == "Allow `ssm.amazonaws.com` to call `sts:AssumeRole`"
    assert said.conditions == (
        "Only if `aws:SourceAccount` is this account",
        "and `aws:SourceArn` is like `arn:aws:ssm:*:123456789012:*` or `arn:aws:ssm:eu-west-1:1:*`",
    )
    assert (said.level, said.warning) == ("Permissions management", True)


@pytest.mark.parametrize(
    ("actions", "level"),
    [
        (["ssm:ListAssociations"], "List"),
        (["ssm:ListAssociations", "ssm:GetDocument"], "Read"),
        (["ssm:GetDocument", "ssm:AddTagsToResource"], "Tagging"),
        (["ssm:AddTagsToResource", "ssm:StartSession"], "Write"),
        (["ssm:StartSession", "iam:PutRolePolicy"], "Permissions management"),
        (["*"], "Permissions management"),
        (["iam:*"], "Permissions management"),
        (["ssm:*"], "Write"),
        (["ssmmessages:CreateControlChannel"], "Write"),
        (["iam:GetRole"], "Read"),
    ],
)
def test_the_level_is_that_of_the_highest_action(actions: list[str], level: str) -> None:
    assert told({"Effect": "Allow", "Action": actions, "Resource": "x"}).level == level


def test_many_actions_are_counted_by_service_and_all_of_them_can_be_seen() -> None:
    actions = ["ssm:GetDocument", "ssm:PutInventory", "ssmmessages:OpenDataChannel", "s3:*"]
    said = told({"Effect": "Allow", "Action": actions, "Resource": "x"})
    assert said.text == "Allow 2 calls of `ssm`, 1 call of `ssmmessages`, every call of `s3` on `x`"
    assert said.calls == tuple(actions)
    assert told({"Effect": "Allow", "Action": actions[:3], "Resource": "x"}).calls == ()


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (
            {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"},
            "Deny every call but `s3:*` on every resource (`*`)",
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "a"},
            "Allow every call of every service (`*`) on everything but `a`",
        ),
        ({"Effect": "Allow", "Action": "a:B", "Resource": ["x", "y"]}, "Allow `a:B` on `x` and `y`"),
    ],
)
def test_what_is_excepted_is_said(statement: dict[str, Any], text: str) -> None:
    assert told(statement).text == text


def test_a_mark_in_a_name_stays_a_letter() -> None:
    assert told({"Effect": "Allow", "Action": "a:`B", "Resource": "x"}).text == "Allow `a:'B` on `x`"
