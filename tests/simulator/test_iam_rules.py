"""The documents that AWS refuses are refused in its words, those that it takes are taken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from moto.iam.aws_managed_policies import aws_managed_policies_data

from sm_ssh_widget.policy import merge
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, evaluate
from sm_ssh_widget.simulator import SimulatedAccount, documents
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.grammar import seeded
from sm_ssh_widget.simulator.state import AccountState
from tests.simulator.conftest import ROLE, allow, deny, document, refusal
from tests.simulator.iam_rules import REFUSED, TAKEN, Case

EMPTY = AccountState("123456789012", "aws")


def said_of(kind: str, text: str, state: AccountState = EMPTY) -> str:
    """What IAM says of a document; empty where it takes it."""
    try:
        if kind == "trust":
            documents.check_trust(state, text)
        else:
            {"managed": documents.check_managed, "inline": documents.check_identity}[kind](text, state.partition)
    except AwsError as error:
        return error.message if error.code == "MalformedPolicyDocument" else f"{error.code}: {error.message}"
    return ""


@pytest.mark.parametrize("case", [*REFUSED, *TAKEN], ids=lambda case: f"{case.text[:150]}")
def test_each_rule(case: Case) -> None:
    assert {kind: said_of(kind, case.text) for kind in case.kinds} == dict.fromkeys(case.kinds, case.said)


def test_every_policy_of_aws_is_taken() -> None:
    found = json.loads(aws_managed_policies_data)
    refused = {name: said_of("managed", json.dumps(policy["Document"])) for name, policy in found.items()}
    assert len(found) > 1000
    assert {name: said for name, said in refused.items() if said} == {}


def test_the_partition_is_that_of_the_account() -> None:
    text = document(allow("s3:ListBucket", "arn:aws-cn:s3:::data"))
    assert said_of("inline", text, AccountState("123456789012", "aws-cn")) == ""
    assert said_of("inline", text) == 'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::data".'


def test_the_account_asks_by_kind_of_document() -> None:
    old = json.dumps({"Version": "2008-10-17", "Statement": [allow("s3:ListBucket")]})
    with SimulatedAccount() as account:
        iam = account.session().client("iam")
        iam.put_role_policy(RoleName=ROLE, PolicyName="Old", PolicyDocument=old)
        said = "Policy document must be version 2012-10-17 or greater."
        found = refusal(iam.create_policy, PolicyName="Old", PolicyDocument=old)
        assert found == ("MalformedPolicyDocument", said, 400)
        bad = document(allow("s3:*", Condition={"StringFoo": {"a:b": "c"}}))
        found = refusal(iam.simulate_custom_policy, PolicyInputList=[bad], ActionNames=["s3:ListBucket"])
        assert found[1] == "Syntax errors in policy."


BUCKET = "arn:aws:s3:::data"
ODD = {"StringFoo": {"a:b": "c"}}


@pytest.mark.parametrize(
    ("statements", "denied", "other"),
    [
        ([allow("*"), deny("s3:*", Condition=ODD)], Outcome.EXPLICIT_DENY, Outcome.ALLOWED),
        (
            [allow("*"), deny("s3:*", Condition=ODD), allow("ec2:*", Condition="x")],
            Outcome.EXPLICIT_DENY,
            Outcome.ALLOWED,
        ),
        ([allow("*"), deny("s3:*", Condition=ODD | {"Bool": {"a:b": "true"}})], Outcome.ALLOWED, Outcome.ALLOWED),
        ([allow("*"), deny("s3:*", Effect="denY")], Outcome.EXPLICIT_DENY, Outcome.ALLOWED),
        ([allow("*"), deny(7)], Outcome.EXPLICIT_DENY, Outcome.EXPLICIT_DENY),
        ([allow("ec2:*"), allow("s3:*", Condition=ODD)], Outcome.IMPLICIT_DENY, Outcome.ALLOWED),
        ([deny("s3:*"), allow("*"), allow("s3:*", Condition=ODD)], Outcome.EXPLICIT_DENY, Outcome.ALLOWED),
    ],
)
def test_what_nobody_can_read_denies_what_it_might_deny(statements: Any, denied: Outcome, other: Outcome) -> None:
    policy = seeded.compiled(document(*statements), "seeded")
    assert policy is not None

    def asked(action: str) -> Outcome:
        request = Request("arn:aws:iam::123456789012:user/j", action, BUCKET, "123456789012", {})
        return evaluate(request, Policies(identity=(policy,))).outcome

    assert (asked("s3:GetObject"), asked("ec2:RunInstances")) == (denied, other)


@pytest.mark.parametrize("kind", ["managed", "inline", "trust"])
@given(data=some.data())
@settings(max_examples=150, deadline=None)
def test_a_merge_never_makes_what_iam_refuses(kind: str, data: some.DataObject) -> None:
    taken = [case.text for case in TAKEN if kind in case.kinds]
    before, ours = data.draw(some.sampled_from(taken)), json.loads(data.draw(some.sampled_from(taken)))["Statement"]
    sids = data.draw(some.lists(some.text("Ab1", max_size=3), min_size=2, max_size=2))
    statements = [one | ({"Sid": sid} if sid else {}) for one, sid in zip(_list(ours), sids, strict=False)]
    try:
        after = merge.append(before, statements, sids=data.draw(some.booleans())).after
    except PolicyError:
        return
    assert said_of(kind, after) == ""


def _list(statements: Any) -> list[Any]:
    return statements if isinstance(statements, list) else [statements]
