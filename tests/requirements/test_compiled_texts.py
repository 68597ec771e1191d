"""Texts are compiled once by name, what is no policy is unknown, and a policy is found by the actions that it names."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.policy.compiled import CompiledPolicy, compile_policy
from sm_ssh_widget.requirements.compiled_texts import PoliciesByAction, compiled_text
from sm_ssh_widget.requirements.observation import Absent, Known, PolicyText, Reason, Unknown
from tests.support.observations import allow, deny, document


def compiled(name: str, *statements: dict[str, Any]) -> CompiledPolicy:
    return compile_policy({"Version": "2012-10-17", "Statement": list(statements)}, name)


def test_equal_texts_of_one_name_are_compiled_once() -> None:
    first, again = (compiled_text(Known(PolicyText("P", document(allow("ssm:*"))))) for _ in range(2))
    other = compiled_text(Known(PolicyText("Q", document(allow("ssm:*")))))
    assert isinstance(first, CompiledPolicy)
    assert first is again
    assert isinstance(other, CompiledPolicy)
    assert (first.name, other.name) == ("P", "Q")


def test_a_group_is_named_behind_the_policy() -> None:
    found = compiled_text(Known(PolicyText("P", document(allow("ssm:*")))), " (group G)")
    assert isinstance(found, CompiledPolicy)
    assert found.name == "P (group G)"


def test_what_was_not_read_stays_so_and_what_is_no_policy_is_unknown() -> None:
    denied = Unknown(Reason.DENIED, "iam:GetPolicy", "", "")
    assert compiled_text(denied) is denied
    assert compiled_text(Absent("iam:GetPolicy")) == Absent("iam:GetPolicy")
    broken = compiled_text(Known(PolicyText("P", "{"), "iam:GetRolePolicy"))
    assert isinstance(broken, Unknown)
    assert (broken.reason, broken.read) == (Reason.UNPARSABLE, "iam:GetRolePolicy")
    assert "The policy P could not be parsed" in broken.said


def test_a_policy_is_found_by_the_actions_of_its_statements_alone() -> None:
    both = compiled("both", allow("s3:GetObject"), allow("ssm:*"))
    held = PoliciesByAction([both, compiled("logs", allow("logs:*")), compiled("no", deny("S3:*")), compiled("none")])
    assert [policy.name for policy in held.about("s3:GetObject")] == ["both", "no"]
    assert [len(policy.statements) for policy in held.about("s3:GetObject")] == [1, 1]
    assert [policy.name for policy in held.about("SSM:StartSession")] == ["both"]
    assert held.about("ec2:RunInstances") == ()
    assert held.about("s3:GetObject") is held.about("s3:GetObject")


def test_a_statement_about_all_other_actions_names_every_service() -> None:
    held = PoliciesByAction([compiled("most", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})])
    assert [policy.name for policy in held.about("s3:GetObject")] == ["most"]
    assert held.about("iam:PassRole") == ()
