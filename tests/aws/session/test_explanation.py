"""AWS's explanation of a denial: read from both shapes of the answer, from the account, and asked for again."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.aws.session.denial import Denial, parse_denial
from sm_ssh_widget.aws.session.explanation import Denier, Explanation, explain, explanations
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import account, change_role, deny, document, refusal

__all__ = ["account"]

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
READ = "iam:GetRequestAuthorizationDetails"
SCP = "arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1"


def check(kind: str, effect: str, *policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"checkType": kind, "evaluatedEffect": effect, "matchedPolicies": list(policies), **more}


def matched(uri: str, effect: str = "DENY", sid: str = "") -> dict[str, Any]:
    return {"uri": uri, "matchedStatements": [{**({"sid": sid} if sid else {}), "evaluatedEffect": effect}]}


def evaluation(effect: str = "IMPLICIT_DENY", **more: Any) -> dict[str, Any]:
    return {"action": "iam:GetRole", "resource": "role ER", "evaluatedEffect": effect, **more}


def deniers(evaluated: dict[str, Any], *policies: dict[str, Any]) -> tuple[Denier, ...]:
    (found,) = explanations([evaluated], policies)
    return found.deniers


def test_4d_all_layers_that_do_not_allow_are_named() -> None:
    checks = [
        check("SERVICE_CONTROL_POLICY", "IMPLICIT_DENY", targetArn="ou-1"),
        check("RESOURCE", "NO_IMPACT"),
        check("PRINCIPAL", "IMPLICIT_DENY"),
        check("SESSION", "ALLOW"),
    ]
    (found,) = explanations([evaluation(checks=checks)], [])
    assert found.deniers == (Denier("scp", False), Denier("identity", False))
    assert found.lines == (
        "iam:GetRole on role ER:",
        "Not allowed by service control policies.",
        "Not allowed by identity policies.",
        "An identity policy alone does not help.",
    )


def test_one_missing_permission_asks_for_no_more() -> None:
    (found,) = explanations([evaluation(checks=[check("PRINCIPAL", "IMPLICIT_DENY")])], [])
    assert found.lines == ("iam:GetRole on role ER:", "Not allowed by identity policies.")


def test_an_explicit_deny_names_policy_and_statement() -> None:
    checks = [check("SERVICE_CONTROL_POLICY", "EXPLICIT_DENY", matched(SCP, sid="NoIam"), matched("other", "ALLOW"))]
    (denier,) = deniers(evaluation("EXPLICIT_DENY", checks=checks))
    assert denier == Denier("scp", True, SCP, ("NoIam",))
    assert denier.told == f"Explicit deny in service control policies: {SCP}, statement NoIam."


def test_an_explicit_deny_without_a_policy_names_its_target() -> None:
    checks = [check("SERVICE_CONTROL_POLICY", "EXPLICIT_DENY", targetArn="ou-1")]
    assert deniers(evaluation("EXPLICIT_DENY", checks=checks)) == (Denier("scp", True, "ou-1"),)


def test_4g_an_older_sdk_tells_the_matched_policies() -> None:
    evaluated = evaluation("EXPLICIT_DENY", matchedPolicies=[matched("arn:b", sid="S"), matched("arn:c", "ALLOW")])
    found = deniers(evaluated, {"uri": "arn:b", "type": "PERMISSIONS_BOUNDARY"})
    assert found == (Denier("boundary", True, "arn:b", ("S",)),)


@pytest.mark.parametrize(("effect", "explicit"), [("IMPLICIT_DENY", False), ("EXPLICIT_DENY", True)])
def test_an_older_sdk_may_tell_nothing_more(effect: str, explicit: bool) -> None:
    assert deniers(evaluation(effect)) == (Denier("", explicit),)


def test_a_kind_of_tomorrow_stands_as_aws_writes_it() -> None:
    (denier,) = deniers(evaluation(checks=[check("QUANTUM_POLICY", "IMPLICIT_DENY")]))
    assert denier.told == "Not allowed by policies of the kind QUANTUM_POLICY."


def test_what_was_allowed_is_left_out() -> None:
    assert explanations([evaluation("ALLOW")], []) == ()


def test_the_json_names_every_part() -> None:
    found = Explanation("iam:GetRole", "role ER", (Denier("scp", True, SCP, ("S",)),))
    denied_by = [{"layer": "scp", "explicit": True, "policy": SCP, "statements": ["S"]}]
    assert found.to_json() == {"action": "iam:GetRole", "resource": "role ER", "denied_by": denied_by}


# From the account


def denied(account: SimulatedAccount) -> Denial:
    """What the execution role is told, which may not read its own role."""
    role: Any = account.session("execution-role").client("iam")
    found = parse_denial(refusal(role.get_role, RoleName=ROLE)[1])
    assert found is not None
    assert found.authorization_id
    return found


def explained(account: SimulatedAccount, denial: Denial, profile: str = "admin") -> Fact[Any]:
    reader = Reader(account.session(profile), region=account.region)
    try:
        return explain(denial, reader)
    finally:
        reader.close()


def test_the_details_are_read_where_iam_keeps_them(account: SimulatedAccount) -> None:
    fact = explained(account, denied(account))
    assert isinstance(fact, Known)
    (found,) = fact.value
    assert found.action == "iam:GetRole"
    assert found.resource.endswith(ROLE)
    assert fact.read == READ


def test_an_explicit_deny_is_named(account: SimulatedAccount) -> None:
    policy = {"PolicyName": "NoIam", "PolicyDocument": document(deny("iam:*", Sid="Never"))}
    change_role(account, ROLE, RolePolicyList=[policy])
    fact = explained(account, denied(account))
    assert isinstance(fact, Known)
    assert fact.value[0].deniers == (Denier("identity", True, "NoIam", ("Never",)),)


@pytest.mark.parametrize(("first", "read"), [(0, Known), (2, Known), (9, Absent)])
def test_4e_the_details_come_a_while_later(account: SimulatedAccount, first: int, read: type) -> None:
    denial = denied(account)
    later = {"kind": "error", "operation": READ, "code": "ResourceNotFoundException", "status": 404, "message": "none"}
    account.set_faults([{**later, "count": first}] if first else [])
    account.forget_calls()
    assert isinstance(explained(account, denial), read)
    calls = [call for call in account.calls() if call["operation"] == READ]
    assert len(calls) == min(first + 1, 3)


def test_4f_without_an_id_nothing_is_asked(account: SimulatedAccount) -> None:
    account.forget_calls()
    assert isinstance(explained(account, Denial("p", "ssm:StartSession", "*", "identity", False)), Absent)
    assert not account.calls()


def test_whoever_may_not_read_it_is_told_what_to_ask_for(account: SimulatedAccount) -> None:
    fact = explained(account, denied(account), "execution-role")
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.DENIED
    assert READ in fact.remedy


def test_after_a_day_nothing_is_kept(account: SimulatedAccount) -> None:
    denial = denied(account)
    account.world.clock.advance(25 * 3600)
    assert isinstance(explained(account, denial), Absent)
