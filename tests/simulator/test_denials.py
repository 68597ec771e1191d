"""What the simulated account says when it denies is what AWS says in 2026, and the product reads it to the letter."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sm_ssh_widget.aws.session.denial import Denial, parse_denial
from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.faults import DENYING
from tests.simulator.conftest import ROLE, ROLE_ARN, allow, deny, document, refusal
from tests.simulator.test_enforcement import a_role, client


def read(said: str) -> Denial:
    found = parse_denial(said)
    assert found is not None
    return found


LAYERS = ("identity", "resource", "boundary", "session", "scp", "rcp", "vpc-endpoint")


@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize(("policy", "layer"), list(zip(DENYING, LAYERS, strict=True)))
@pytest.mark.parametrize("service", ["iam", "ssm"])
def test_every_layer_is_said_and_read(
    account: SimulatedAccount, service: str, policy: str, layer: str, explicit: bool
) -> None:
    account.set_faults([{"kind": "deny", "policy": policy, "explicit": explicit}])
    call: Any = {"iam": lambda c: c.get_role(RoleName=ROLE), "ssm": lambda c: c.get_document(Name="AWS-RunShellScript")}
    with pytest.raises(ClientError) as raised:
        call[service](account.session().client(service))  # type: ignore[call-overload]
    found = read(str(raised.value))
    assert (found.layer, found.explicit, found.rest) == (layer, explicit, "")
    assert found.resource == (ROLE_ARN if service == "iam" else "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript")
    assert bool(found.authorization_id) is (service == "iam")


def test_a_denial_may_have_no_reason(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "deny", "reason": False}])
    said = refusal(account.session().client("iam").get_role, RoleName=ROLE)[1]
    found = read(said)
    assert (found.resource, found.layer, found.explicit, found.region) == (ROLE_ARN, "", False, "us-east-1")
    assert re.search(r"authorization id: [0-9a-z]{25}$", said)
    said = refusal(account.session().client("ssm").get_document, Name="AWS-RunShellScript")[1]
    assert said.endswith("on resource: arn:aws:ssm:eu-west-1::document/AWS-RunShellScript")


def test_the_managed_policy_that_denies_is_named(account: SimulatedAccount) -> None:
    state = account.state()
    arn = "arn:aws:iam::123456789012:policy/ExampleDenyPolicy"
    version = {"Document": document(deny("iam:GetRole"))}
    state["Policies"].append({"PolicyName": "ExampleDenyPolicy", "PolicyVersionList": [version]})
    account.set_state(state)
    session = a_role(account, allow("*"), AttachedManagedPolicies=[arn])
    found = read(refusal(client(account, session, "iam").get_role, RoleName=ROLE)[1])
    assert (found.policy, found.layer, found.resource) == (arn, "identity", ROLE_ARN)


def test_the_policy_of_the_organization_that_denies_is_named() -> None:
    with SimulatedAccount("organisation-member") as account:
        state = account.state()
        state["ServiceControlPolicies"][-1]["Content"] = document(deny("iam:GetRole"))
        account.set_state(state)
        found = read(refusal(account.session().client("iam").get_role, RoleName=ROLE)[1])
        organization = account.session().client("organizations").describe_organization()["Organization"]
    assert found.layer == "scp"
    assert f":policy/{organization['Id']}/service_control_policy/p-" in found.policy


def test_ids_can_be_turned_off(account: SimulatedAccount) -> None:
    account.set_state({**account.state(), "Conditions": {"AuthorizationIds": False}})
    said = refusal(account.session("user").client("iam").get_role, RoleName="AdminWithMfa")[1]
    assert said.endswith("because no identity-based policy allows the iam:GetRole action")


def test_an_unknown_kind_of_policy_is_refused(account: SimulatedAccount) -> None:
    with pytest.raises(ValueError, match="not a fault"):
        account.set_faults([{"kind": "deny", "policy": "weather policy"}])


@pytest.mark.parametrize("length", [1024, 4096])
def test_session_tokens_are_long(account: SimulatedAccount, length: int) -> None:
    account.set_state({**account.state(), "Conditions": {"SessionTokenBytes": length}})
    arn = "arn:aws:iam::123456789012:role/DataScientist"
    keys = account.session().client("sts").assume_role(RoleArn=arn, RoleSessionName="jane")["Credentials"]
    assert len(keys["SessionToken"]) == length
