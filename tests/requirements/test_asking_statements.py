"""Which statement asks for a key that an answer rests on: one that could apply, a Deny first."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.policy.compiled import CompiledPolicy, compile_policy
from sm_ssh_widget.policy.evaluate import Request
from sm_ssh_widget.policy.principals import request_principal
from sm_ssh_widget.requirements.asking_statements import keys_asked_for, statements_with_readings
from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.evidence import Evidence

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
VPC, IP = "aws:sourcevpc", "aws:sourceip"
IN_VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
FROM_IP = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}


def statement(sid: str, effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": effect, "Action": "s3:GetObject", "Resource": "*", **elements}


def policy(*statements: dict[str, Any], name: str = "P") -> CompiledPolicy:
    return compile_policy({"Version": "2012-10-17", "Statement": list(statements)}, name)


def asked(
    *layers: tuple[str, CompiledPolicy],
    keys: tuple[str, ...] = (VPC,),
    context: dict[str, str] | None = None,
    open_context: Any = True,
    who: str = "",
    action: str = "s3:GetObject",
    on: str = "arn:aws:s3:::bucket/key",
) -> tuple[OpenKey, ...]:
    request = Request(ROLE, action, on, ACCOUNT, context or {}, open_context)
    principal = request_principal(who, action) if who else None
    return keys_asked_for(request, keys, [(layer, (each,)) for layer, each in layers], principal)


def found(key: str, sid: str, layer: str = "identity", name: str = "P", *, denies: bool = False) -> OpenKey:
    return OpenKey(key, Evidence(name, sid, layer), denies=denies)


def test_a_key_is_named_as_aws_documents_it_with_who_asks() -> None:
    written = {"StringEquals": {"AWS:sourceVPC": "vpc-1"}}
    by = policy(statement("Plain"), statement("Asks", Condition=written), name="Own")
    assert asked(("boundary", by)) == (found("aws:SourceVpc", "Asks", "boundary", "Own"),)


def test_a_key_that_aws_does_not_document_is_named_as_the_policy_spells_it() -> None:
    by = policy(statement("S", Condition={"StringEquals": {"acme:OwnKey": "a"}, "StringLike": {"acme:Other": "b"}}))
    assert asked(("identity", by), keys=("acme:ownkey", "acme:other")) == (
        found("acme:OwnKey", "S"),
        found("acme:Other", "S"),
    )


def test_a_deny_is_named_before_an_allow_and_else_the_first() -> None:
    allow, other = statement("A", Condition=IN_VPC), statement("B", Condition=IN_VPC)
    deny = statement("D", "Deny", Condition=IN_VPC)
    assert asked(("identity", policy(allow, other))) == (found("aws:SourceVpc", "A"),)
    assert asked(("identity", policy(allow, deny))) == (found("aws:SourceVpc", "D", denies=True),)
    assert asked(("identity", policy(allow)), ("scp", policy(deny, name="S"))) == (
        found("aws:SourceVpc", "D", "scp", "S", denies=True),
    )


def test_each_key_has_its_own_statement_in_the_order_of_the_keys() -> None:
    both = policy(statement("V", Condition=IN_VPC), statement("I", Condition=FROM_IP))
    assert asked(("identity", both), keys=(IP, VPC)) == (found("aws:SourceIp", "I"), found("aws:SourceVpc", "V"))


def test_a_key_that_nobody_asks_for_is_left_out() -> None:
    both = policy(statement("V", Condition=IN_VPC))
    assert asked(("identity", both), keys=(IP, VPC)) == (found("aws:SourceVpc", "V"),)
    assert asked(("identity", both), keys=()) == ()


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": "s3:PutObject"},
        {"Resource": "arn:aws:s3:::other/*"},
        {"Condition": {**IN_VPC, "StringLike": {"aws:PrincipalAccount": "2*"}}},
    ],
)
def test_a_statement_that_cannot_apply_does_not_ask(elements: dict[str, Any]) -> None:
    by = policy(statement("No", **{"Condition": IN_VPC, **elements}))
    assert asked(("identity", by), context={"aws:PrincipalAccount": ACCOUNT}, open_context=frozenset({VPC})) == ()


def test_one_whose_other_conditions_hold_or_are_open_asks() -> None:
    by = policy(statement("S", Condition={**IN_VPC, "StringLike": {"aws:PrincipalAccount": "1*"}}))
    for context in ({"aws:PrincipalAccount": ACCOUNT}, {}):
        open_keys = frozenset({"AWS:SourceVpc", "aws:PrincipalAccount"} - set(context))
        assert asked(("identity", by), context=context, open_context=open_keys) == (found("aws:SourceVpc", "S"),)


def test_only_the_keys_that_were_asked_about_are_open_unless_others_are_listed() -> None:
    by = policy(statement("S", Condition={**IN_VPC, "StringEquals": {"aws:SourceVpc": "v", "aws:UserAgent": "a"}}))
    assert asked(("identity", by)) == ()
    assert asked(("identity", by), keys=(VPC, "aws:useragent"))
    assert asked(("identity", by), open_context=frozenset({VPC, "aws:UserAgent"}))


def test_a_variable_in_a_resource_asks_for_its_key() -> None:
    by = policy(statement("Own", Resource="arn:aws:s3:::bucket/${aws:UserId}/*"))
    assert asked(("identity", by), keys=("aws:userid",)) == (found("aws:userid", "Own"),)
    elsewhere = policy(statement("Own", Resource="arn:aws:s3:::bucket/${aws:SourceVpc}/*"))
    assert asked(("identity", elsewhere), keys=("aws:userid",)) == ()


def test_of_a_policy_of_a_resource_only_statements_about_the_caller_count() -> None:
    def to(sid: str, principal: Any) -> dict[str, Any]:
        return statement(sid, Principal=principal, Condition=IN_VPC)

    by = policy(to("Other", {"AWS": "arn:aws:iam::210987654321:root"}), to("Mine", {"AWS": ROLE}))
    assert asked(("resource", by), who=ROLE) == (found("aws:SourceVpc", "Mine", "resource"),)
    assert asked(("resource", by)) == (found("aws:SourceVpc", "Other", "resource"),)


def test_without_resources_a_statement_of_a_trust_policy_asks_too() -> None:
    trust = {"Sid": "T", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": IN_VPC}
    by = policy(trust)
    assert asked(("resource", by), action="sts:AssumeRole", on=ROLE) == (found("aws:SourceVpc", "T", "resource"),)


def test_the_action_may_be_in_any_case() -> None:
    by = policy(statement("S", Condition=IN_VPC))
    assert asked(("identity", by), action="S3:GETOBJECT") == (found("aws:SourceVpc", "S"),)


class TestReadings:
    """The statements that a sentence of AWS's documentation decides."""

    CROSSING = "arn:aws:s3:*:bucket/*"

    def read(self, *statements: dict[str, Any]) -> list[tuple[str, str]]:
        request = Request(ROLE, "S3:GetObject", "arn:aws:s3:eu-west-1:1:bucket/key", ACCOUNT, {}, frozenset())
        told = statements_with_readings(request, [("identity", (policy(*statements),))])
        return [(reading.value, by.statement) for reading, by in told]

    def test_the_one_whose_wildcard_decides_is_named(self) -> None:
        both = statement("Plain"), statement("Crosses", Resource=self.CROSSING)
        assert self.read(*both) == [("segment-wildcard", "Crosses")]

    def test_one_about_another_action_or_resource_is_not(self) -> None:
        assert self.read(statement("Other", Action="s3:PutObject", Resource=self.CROSSING)) == []
        assert self.read(statement("Other", Resource="arn:aws:s3:*:other/*")) == []
