"""The network of a VPC-only domain, of named subnets, and of a domain that leaves through SageMaker."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sm_ssh_widget import export, pipeline
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import checked
from tests.support.networks import DOMAIN, ENDPOINTS, NAT, SUBNET, acl, acl_rule, endpoint, in_vpc, network

Accounts = Callable[[str], SimulatedAccount]

TWELVE = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": ["ssm:UpdateInstanceInformation", "ssm:CreateActivation", "ssm:RegisterManagedInstance"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}},
}
FOR_SERVICES = json.dumps({"Version": "2012-10-17", "Statement": [TWELVE]})


def report_of(accounts: Accounts, found: dict[str, Any], **asked: Any) -> pipeline.Report:
    account = accounts("everything-done")
    state = account.state()
    in_vpc(state, found)
    account.set_state(state)
    return checked(account, **asked)


def finding(report: pipeline.Report) -> Finding:
    return next(each for each in report.findings if each.id == "network.endpoints")


def without(service: str, *instead: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in ENDPOINTS if not each["ServiceName"].endswith(f".{service}")] + list(instead)


def test_a_nat_gateway_leads_out(accounts: Accounts) -> None:
    found = finding(report_of(accounts, network({"NatGatewayId": "nat-1"}, nat=[NAT])))
    assert (found.status.value, found.required) == ("satisfied", False)


def test_endpoints_stand_in_for_the_internet(accounts: Accounts) -> None:
    report = report_of(accounts, network(endpoints=ENDPOINTS))
    found = finding(report)
    assert (found.status.value, found.required, found.reason) == ("satisfied", True, "")
    assert any("downloads fail" in caveat for caveat in report.assessment.caveats)
    assert report.ready


@pytest.mark.parametrize(
    ("endpoints", "status", "said"),
    [
        ([], "missing", "no endpoint for ssm, no endpoint for ssmmessages, no endpoint for sts and no endpoint for s3"),
        (without("ssmmessages", endpoint("ssmmessages", PrivateDnsEnabled=False)), "missing", "no private DNS"),
        (without("s3", endpoint("s3", RouteTableIds=[])), "missing", "no route to the gateway endpoint"),
        (without("sts", endpoint("sts", State="pendingAcceptance")), "missing", "is not available"),
        (without("ssm", endpoint("ssm", Groups=[])), "missing", "no security group rule"),
        (without("ssm", endpoint("ssm", PolicyDocument=FOR_SERVICES)), "blocked", "does not let this role call ssm:"),
    ],
    ids=["none", "private DNS", "route table", "pending", "group", "policy"],
)
def test_what_endpoints_lack(accounts: Accounts, endpoints: list[dict[str, Any]], status: str, said: str) -> None:
    report = report_of(accounts, network(endpoints=endpoints))
    found = finding(report)
    assert (found.status.value, found.required) == (status, True)
    assert said in found.fact
    assert not report.ready
    plan = pipeline.plan(report)
    assert "network.endpoints" not in [change.finding for change in plan.changes]
    assert "network.endpoints" in plan.required_refused


def test_a_policy_that_blocks_is_evidence_of_its_own_layer(accounts: Accounts) -> None:
    endpoints = without("ssm", endpoint("ssm", PolicyDocument=FOR_SERVICES))
    (by,) = finding(report_of(accounts, network(endpoints=endpoints))).evidence
    assert (by.layer, by.policy) == ("vpc-endpoint", "vpce-ssm")


@pytest.mark.parametrize(
    ("route", "nat", "said"),
    [
        ({"NatGatewayId": "nat-1", "State": "blackhole"}, [], "leads nowhere"),
        ({"NatGatewayId": "nat-1"}, [{**NAT, "State": "deleted"}], "leads nowhere"),
        ({"GatewayId": "igw-1"}, [], "no public address"),
    ],
)
def test_a_route_that_does_not_help(
    accounts: Accounts, route: dict[str, Any], nat: list[dict[str, Any]], said: str
) -> None:
    found = finding(report_of(accounts, network(route, nat=nat)))
    assert (found.status.value, found.required) == ("blocked", True)
    assert said in found.fact


def test_a_route_out_of_the_vpc_is_not_known(accounts: Accounts) -> None:
    report = report_of(accounts, network({"TransitGatewayId": "tgw-1"}))
    found = finding(report)
    assert (found.status.value, found.required) == ("unknown", False)
    assert report.ready


class TestNetworkAcls:
    OUT, BACK = acl_rule("allow", egress=True, ports=(443, 443)), acl_rule("allow", egress=False, ports=(1024, 65535))

    def found(self, accounts: Accounts, *rules: dict[str, Any]) -> tuple[str, bool, str]:
        found = finding(report_of(accounts, network({"NatGatewayId": "nat-1"}, nat=[NAT], NetworkAcls=[acl(*rules)])))
        return found.status.value, found.required, found.fact

    def test_https_out_and_answers_in_is_enough(self, accounts: Accounts) -> None:
        assert self.found(accounts, self.OUT, self.BACK)[:2] == ("satisfied", False)

    def test_answers_that_cannot_come_in_block(self, accounts: Accounts) -> None:
        status, required, fact = self.found(accounts, self.OUT, acl_rule("allow", egress=False, ports=(443, 443)))
        assert (status, required) == ("blocked", True)
        assert "acl-1 of subnet-a lets no answers in on TCP 32768 to 60999" in fact

    def test_an_earlier_rule_that_denies_https_blocks(self, accounts: Accounts) -> None:
        deny = acl_rule("deny", 50, egress=True, ports=(443, 443))
        status, _, fact = self.found(accounts, acl_rule("allow", egress=True), deny, self.BACK)
        assert status == "blocked"
        assert "no traffic out on TCP 443" in fact

    def test_some_ports_are_not_known(self, accounts: Accounts) -> None:
        some = acl_rule("allow", egress=False, ports=(49152, 65535))
        assert self.found(accounts, self.OUT, some)[:2] == ("unknown", False)

    def test_a_denied_read_is_told(self, accounts: Accounts) -> None:
        account = accounts("everything-done")
        state = account.state()
        in_vpc(state, network(endpoints=ENDPOINTS))
        account.set_state(state)
        account.set_faults([{"kind": "deny", "operation": "ec2:DescribeNetworkAcls"}])
        found = finding(checked(account))
        assert (found.status.value, found.required) == ("unknown", True)
        assert "ec2:DescribeNetworkAcls" in found.fact


def test_without_ec2messages_there_is_a_note(accounts: Accounts) -> None:
    found = finding(report_of(accounts, network(endpoints=without("ec2messages"))))
    assert (found.status.value, found.reason) == ("satisfied", "no endpoint for ec2messages")


def test_a_domain_with_internet_access_is_not_looked_at(accounts: Accounts) -> None:
    account = accounts("everything-done")
    found = finding(checked(account))
    assert found.status.value == "satisfied"
    assert "through SageMaker's own network" in found.fact
    assert not [call for call in account.calls() if call["operation"].startswith("ec2:")]


def test_reads_that_are_denied_are_unknown_and_not_required(accounts: Accounts) -> None:
    account = accounts("everything-done")
    state = account.state()
    in_vpc(state, network({"NatGatewayId": "nat-1"}, nat=[NAT]))
    account.set_state(state)
    own = pipeline.detect(session=account.session("execution-role"))
    assert own.target is not None
    found = finding(pipeline.check_target(own.target, pipeline.Selection.of(), account.session("execution-role")))
    assert (found.status.value, found.required) == ("unknown", False)
    assert "ec2:DescribeNatGateways" in found.fact


class TestNamedSubnets:
    def test_they_are_judged_in_place_of_the_domain(self, accounts: Accounts) -> None:
        account = accounts("everything-done")
        state = account.state()
        state["Networks"] = {account.region: network()}
        account.set_state(state)
        found = finding(checked(account, options=(f"subnet={SUBNET}",)))
        assert found.status.value == "missing"
        assert SUBNET in found.fact

    def test_one_that_does_not_exist(self, accounts: Accounts) -> None:
        found = finding(checked(accounts("everything-done"), options=("subnet=subnet-gone",)))
        assert found.status.value == "unknown"
        assert "ec2:DescribeSubnets" in found.reason

    def test_an_id_of_something_else(self) -> None:
        with pytest.raises(Problem) as caught:
            pipeline.Selection.of(options=("subnet=vpc-1",))
        assert caught.value.code.exit_code == 2

    def test_they_stand_in_the_plan(self, accounts: Accounts) -> None:
        plan = pipeline.plan(checked(accounts("fresh-studio-role"), options=(f"subnet={SUBNET}",)))
        assert plan.options == (f"subnet={SUBNET}",)


@pytest.mark.parametrize("format", list(export.NETWORK_FORMATS))
def test_what_is_missing_is_text_for_the_network_team(accounts: Accounts, format: str) -> None:
    report = report_of(accounts, network(endpoints=without("sts")))
    text = export.network_text(report.observation.chosen.network, "eu-west-1", "aws", format)
    assert "com.amazonaws.eu-west-1.sts" in text
    assert "com.amazonaws.eu-west-1.ssm" not in text
    assert SUBNET in text


def test_nothing_is_handed_over_where_nothing_is_missing(accounts: Accounts) -> None:
    report = report_of(accounts, network(endpoints=ENDPOINTS))
    with pytest.raises(Problem):
        export.network_text(report.observation.chosen.network, "eu-west-1", "aws", "cli")


class TestContainersGroups:
    """The groups of a private space: those of the domain and of its owner's profile add up."""

    OUT = ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},)

    def judged(self, accounts: Accounts, egress: tuple[Any, ...], *, own: tuple[Any, ...] | None = None) -> Finding:
        account = accounts("everything-done")
        state = account.state()
        found = network({"NatGatewayId": "nat-1"}, nat=[NAT])
        groups = [{"GroupId": "sg-apps", "VpcId": "vpc-a", "IpPermissionsEgress": list(egress)}]
        groups += [] if own is None else [{"GroupId": "sg-jane", "VpcId": "vpc-a", "IpPermissionsEgress": list(own)}]
        in_vpc(state, {**found, "SecurityGroups": [*found["SecurityGroups"], *groups]})
        domain = next(each for each in state["Domains"] if each["DomainId"] == DOMAIN)
        domain["DefaultUserSettings"] = {**domain["DefaultUserSettings"], "SecurityGroups": ["sg-apps"]}
        if own is not None:
            profile = next(each for each in state["UserProfiles"] if each["UserProfileName"] == "jane")
            profile["UserSettings"] = {**profile.get("UserSettings", {}), "SecurityGroups": ["sg-jane"]}
        account.set_state(state)
        return finding(checked(account))

    def test_one_that_lets_nothing_out_bars_the_node(self, accounts: Accounts) -> None:
        found = self.judged(accounts, ())
        assert (found.status.value, found.required) == ("blocked", True)
        assert "(sg-apps) let nothing out on port 443" in found.fact

    def test_one_that_lets_everything_out(self, accounts: Accounts) -> None:
        assert self.judged(accounts, self.OUT).status.value == "satisfied"

    def test_another_port_is_not_enough(self, accounts: Accounts) -> None:
        rule = {**self.OUT[0], "FromPort": 2049, "ToPort": 2049}
        assert self.judged(accounts, (rule,)).status.value == "blocked"

    def test_the_owners_own_group_adds_to_it(self, accounts: Accounts) -> None:
        assert self.judged(accounts, (), own=self.OUT).status.value == "satisfied"
        assert "(sg-apps and sg-jane)" in self.judged(accounts, (), own=()).fact
