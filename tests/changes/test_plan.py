"""A plan as data: it reads back as itself, its digest is that of its content, and an edited one is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.plan import (
    BESIDE,
    SECURITY_NOTICE,
    Beside,
    Call,
    Change,
    Kind,
    Plan,
    Refusal,
    RefusalCode,
    canonical,
    check_texts,
    digest,
    what_is_wrong,
)
from sm_ssh_widget.problem import Code, Problem

CALL = Call("iam", "AttachRolePolicy", {"RoleName": "R", "PolicyArn": "P"})
BACK = Call("iam", "DetachRolePolicy", {"RoleName": "R", "PolicyArn": "P"})
CHANGE = Change(
    "role.core:P", "role.core", Kind.ATTACH_ROLE_POLICY, {"role": "R", "policy_arn": "P"}, False, True,
    (CALL,), (BACK,), "USD 1", "A risk.", "exact",
)  # fmt: skip
CHANGE_JSON = {
    "id": "role.core:P",
    "finding": "role.core",
    "kind": "attach-role-policy",
    "resource": {"role": "R", "policy_arn": "P"},
    "before": False,
    "after": True,
    "inverse": [{"service": "iam", "operation": "DetachRolePolicy", "parameters": dict(BACK.parameters)}],
    "calls": [{"service": "iam", "operation": "AttachRolePolicy", "parameters": dict(CALL.parameters)}],
    "cost": "USD 1",
    "risk": "A risk.",
    "undo": "exact",
}
REFUSAL = Refusal("user.owner-guard", RefusalCode.PROTECTED, "It is theirs.", (CHANGE,))
PLAN = Plan(
    {"account": "123456789012", "region": "eu-west-1"}, "classic", ("owner-guard",), (CHANGE,), (REFUSAL,), 3,
    ("trust.ssm",), "sha256:0",
)  # fmt: skip
FILE = {
    "schema": "sm-ssh-widget/plan/1",
    "notice": "Review this plan with your security team before you use it in production.",
    "target": {"account": "123456789012", "region": "eu-west-1"},
    "baseline": "classic",
    "options": ["owner-guard"],
    "changes": [CHANGE_JSON],
    "refused": [
        {
            "finding": "user.owner-guard",
            "code": "protected",
            "reason": "It is theirs.",
            "elsewhere": [CHANGE_JSON],
        }
    ],
    "required_refused": ["trust.ssm"],
    "kept": 3,
    "undoes": "sha256:0",
}


def saved(plan: Plan = PLAN) -> Any:
    return json.loads(json.dumps(plan.to_json()))


def signed(value: Any) -> Any:
    """The same JSON under the digest of its content, as somebody could write it who knows how."""
    body = {name: each for name, each in value.items() if name not in ("digest", *BESIDE)}
    return {**value, "digest": digest(body)}


def refusal_of(value: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        Plan.from_json(value)
    return caught.value


def test_the_kinds_and_codes_in_files() -> None:
    assert [kind.value for kind in Kind] == [
        "trust-policy",
        "attach-role-policy",
        "role-inline-policy",
        "attach-user-policy",
        "user-inline-policy",
        "service-setting",
        "role",
        "quick-setup",
        "temporary-instance",
    ]
    assert [code.value for code in RefusalCode] == [
        "quota",
        "blocked",
        "deleted-principal",
        "unknown",
        "protected",
        "drifted",
        "not-execution-role",
    ]


@pytest.mark.parametrize(
    ("undo", "leaves"),
    [("exact", ""), ("asks", ""), ("leaves the role", "Undo leaves the role."), ("it leaves a role", "")],
)
def test_a_change_says_what_remains_after_an_undo(undo: str, leaves: str) -> None:
    assert replace(CHANGE, undo=undo).leaves == leaves


class TestJson:
    def test_every_part_stands_under_its_own_name(self) -> None:
        assert CHANGE.to_json() == CHANGE_JSON
        assert PLAN.to_file() == {**FILE, "digest": PLAN.digest}

    def test_a_refusal_names_changes_elsewhere_only_if_there_are_any(self) -> None:
        plain = replace(REFUSAL, elsewhere=())
        assert plain.to_json() == {"finding": "user.owner-guard", "code": "protected", "reason": "It is theirs."}
        assert Refusal.from_json(plain.to_json()) == plain

    def test_what_stands_beside_the_plan(self) -> None:
        told = replace(PLAN, beside=Beside({"cannot": []}, ("A caveat.",), ready_afterwards=False)).to_json()
        assert told == {
            **PLAN.to_file(),
            "acting": {"cannot": []},
            "caveats": ["A caveat."],
            "ready_afterwards": False,
        }
        assert Beside().to_json() == {"acting": None, "caveats": [], "ready_afterwards": None}
        assert tuple(Beside().to_json()) == BESIDE

    def test_an_empty_mapping_is_not_taken_for_none(self) -> None:
        assert Beside(acting={}).to_json()["acting"] == {}

    def test_it_reads_back_as_itself(self) -> None:
        assert Plan.from_json(saved()) == PLAN
        assert Plan.from_json(json.loads(json.dumps(PLAN.to_file()))) == PLAN

    def test_of_a_plan_of_which_nothing_more_is_said(self) -> None:
        bare = Plan({}, "classic", (), (), (), 0)
        assert (bare.required_refused, bare.undoes, bare.notice, bare.beside) == ((), "", SECURITY_NOTICE, Beside())


def test_what_a_plan_says_of_itself() -> None:
    assert (PLAN.account, PLAN.region, PLAN.empty) == ("123456789012", "eu-west-1", False)
    assert replace(PLAN, changes=()).empty


class TestDigest:
    def test_it_is_the_sha_256_of_the_canonical_json(self) -> None:
        text = json.dumps(FILE, sort_keys=True, separators=(",", ":"))
        assert PLAN.digest == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def test_the_order_of_keys_does_not_count_and_that_of_lists_does(self) -> None:
        assert canonical({"b": [1, 2], "a": "é"}) == '{"a":"\\u00e9","b":[1,2]}'
        assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
        assert digest([1, 2]) != digest([2, 1])

    def test_what_stands_beside_the_plan_does_not_count(self) -> None:
        other = replace(PLAN, beside=Beside(ready_afterwards=True))
        assert other == PLAN
        assert other.digest == PLAN.digest


class TestEdited:
    @pytest.mark.parametrize(
        "edit",
        [
            lambda value: value["changes"][0].update(after=False),
            lambda value: value["changes"].pop(),
            lambda value: value.update(digest="sha256:0"),
            lambda value: value.update(extra=1),
            lambda value: value["changes"][0]["calls"][0].update(operation="DeleteRole"),
            lambda value: value.update(notice="Apply it."),
            lambda value: value.update(undoes=""),
        ],
    )
    def test_a_file_that_differs_from_its_digest(self, edit: Callable[[Any], object]) -> None:
        value = saved()
        edit(value)
        problem = refusal_of(value)
        assert problem.code is Code.INVALID
        assert problem.said == (
            "The digest does not match the content. The file was edited after the plan was created."
        )

    def test_a_file_without_a_digest(self) -> None:
        value = saved()
        del value["digest"]
        assert "The digest does not match" in refusal_of(value).said

    def test_content_that_no_plan_of_ours_has_is_refused_under_a_right_digest_too(self) -> None:
        value = saved()
        value["changes"][0]["note"] = "more"
        assert "The digest does not match" in refusal_of(signed(value)).said

    def test_what_is_beside_the_plan_may_be_anything(self) -> None:
        assert Plan.from_json({**saved(), "acting": 1, "caveats": None, "ready_afterwards": "x"}) == PLAN

    @pytest.mark.parametrize(
        ("edit", "said"),
        [
            (lambda value: value.pop("target"), "'target' is missing"),
            (lambda value: value["changes"][0].pop("risk"), "'risk' is missing"),
            (lambda value: value.update(schema="other/1"), "schema 'other/1'"),
            (lambda value: value["changes"][0].update(kind="anything"), "'anything' is not a valid Kind"),
            (lambda value: value.update(changes=3), "its structure is wrong"),
            (lambda value: value.update(baseline="\ud800"), "it contains an incomplete character, '\\ud800'"),
        ],
    )
    def test_what_is_no_plan_is_named(self, edit: Callable[[Any], object], said: str) -> None:
        value = saved()
        edit(value)
        problem = refusal_of(value)
        assert (problem.where, problem.code) == ("Reading the plan", Code.INVALID)
        assert problem.said == f"The file is not an sm-ssh-widget plan ({said})."
        assert problem.remedy == "Create a new plan: sm-ssh-widget plan --out FILE"

    @pytest.mark.parametrize("value", [None, 3, [], {}, "plan", {"schema": "sm-ssh-widget/plan/1"}])
    def test_another_value(self, value: object) -> None:
        assert refusal_of(value).code is Code.INVALID

    def test_a_value_deeper_than_a_reader_can_follow(self) -> None:
        deep: Any = []
        for _ in range(100_000):
            deep = [deep]
        assert "its structure is wrong" in refusal_of({**saved(), "extra": deep}).said


def test_whole_characters_of_any_language_are_texts() -> None:
    check_texts({"a": ["é", "☠", "𝄞"]})
    with pytest.raises(ValueError, match="incomplete character"):
        check_texts({"a": ["\udc00"]})


def test_why_a_value_cannot_be_read() -> None:
    assert what_is_wrong(KeyError("kind")) == "'kind' is missing"
    assert what_is_wrong(ValueError("no number")) == "no number"
    assert what_is_wrong(TypeError("int")) == "its structure is wrong"
