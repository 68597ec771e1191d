"""Observe over the simulated account: what is there, to the letter; what is denied is a result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.leftovers import POLICIES as CDK_POLICIES
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    HostManagement,
    Known,
    Nodes,
    Observation,
    Quotas,
    Reason,
    Target,
    Tier,
    Unknown,
)
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.story import iam_of, look, target_of

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
CORE = "AmazonSSMManagedInstanceCore"


@pytest.fixture(scope="module")
def first() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role") as account:
        yield account


@pytest.fixture(scope="module")
def fresh(first: SimulatedAccount) -> Any:
    return first.state()


@pytest.fixture
def account(first: SimulatedAccount, fresh: Any) -> SimulatedAccount:
    first.set_faults([])
    first.set_state(fresh)
    first.forget_calls()
    return first


def seen(account: SimulatedAccount, profile: str = "admin", target: Target | None = None) -> Observation:
    reader = Reader(account.session(profile), region=account.region)
    try:
        return look(reader, target or target_of(account))
    finally:
        reader.close()


def known(fact: Fact[Any]) -> Any:
    assert isinstance(fact, Known), fact
    return fact.value


def test_everything_that_can_be_read(account: SimulatedAccount) -> None:
    observation = seen(account)
    role = observation.role
    assert json.loads(known(role.trust))["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    attached = {policy.name: known(policy.document) for policy in known(role.attached)}
    assert set(attached) == {"AmazonSageMakerFullAccess", "AmazonSageMaker-ExecutionPolicy-20240101T000000"}
    assert all(json.loads(document.text)["Statement"] for document in attached.values())
    assert known(role.inline) == ()
    assert isinstance(role.boundary, Absent)
    assert role.unique_id.startswith("AROA")
    assert observation.target.role_verified
    assert observation.read_as.endswith(":user/admin")
    assert known(observation.region.tier) == Tier("standard", "Default")
    assert known(observation.region.nodes) == Nodes(0, 0)
    assert isinstance(known(observation.account.quotas), Quotas)
    assert known(observation.account.alias) == "acme-ml"
    assert isinstance(observation.organization_verdicts, Known)
    assert known(observation.account.managed[CORE]).version.startswith("v")
    assert observation.user is None


def test_an_account_may_have_no_alias_and_it_may_be_unreadable(account: SimulatedAccount) -> None:
    account.world.state.alias = ""
    assert seen(account).account.alias == Absent("iam:ListAccountAliases")
    account.set_faults([{"kind": "deny-by-scp", "operation": "iam:ListAccountAliases"}])
    assert isinstance(seen(account).account.alias, Unknown)


def test_a_document_is_read_to_the_letter(account: SimulatedAccount) -> None:
    text = '{ "Version":"2012-10-17",\n\t"Statement" : {"Effect":"Deny","Action":"a4b:*","Resource":"*", "Sid":"A%2F"}}'
    iam_of(account).put_role_policy(RoleName=ROLE, PolicyName="P", PolicyDocument=text.replace("A%2F", "A2F"))
    (policy,) = known(seen(account).role.inline)
    assert known(policy.document).text == text.replace("A%2F", "A2F")
    assert policy.inline


def test_each_managed_policy_is_read_once(account: SimulatedAccount) -> None:
    iam_of(account).attach_role_policy(RoleName=ROLE, PolicyArn=f"arn:aws:iam::aws:policy/{CORE}")
    account.forget_calls()
    user = f"arn:aws:iam::{account.account}:role/DataScientist"
    seen(account, target=target_of(account, user))
    arns = [call for call in account.calls() if call["operation"] == "iam:GetPolicy"]
    observation = seen(account, target=target_of(account, user))
    assert observation.user is not None
    held = {p.arn for i in (observation.role, observation.user) for p in known(i.attached)}
    wanted = {known(policy).arn for policy in observation.account.managed.values() if isinstance(policy, Known)}
    assert len(arns) == len(held | wanted) + len(CDK_POLICIES), "those of SSH Helper's CDK are looked for by name"


def test_small_pages_are_all_turned(account: SimulatedAccount) -> None:
    iam = iam_of(account)
    for number in range(5):
        iam.put_role_policy(
            RoleName=ROLE,
            PolicyName=f"P{number}",
            PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"a4b:*","Resource":"*"}}',
        )
    account.set_faults([{"kind": "small-pages", "size": 1}])
    assert len(known(seen(account).role.inline)) == 5


def test_the_execution_role_itself_may_read_little_and_says_what(account: SimulatedAccount) -> None:
    """AmazonSageMakerFullAccess has iam:ListRoles and not iam:GetRole: the trust is still known."""
    observation = seen(account, "execution-role")
    role = observation.role
    assert isinstance(role.trust, Known)
    assert role.trust.read == "iam:ListRoles"
    assert observation.target.role_verified
    for fact in (role.attached, role.inline, role.boundary, observation.region.tier, observation.account.quotas):
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.DENIED
        assert fact.remedy
    assert isinstance(observation.organization_verdicts, Unknown)


def test_a_role_that_is_gone_is_a_problem(account: SimulatedAccount) -> None:
    gone = Target(PrincipalArn.parse(f"arn:aws:iam::{account.account}:role/Gone"), account.region)
    for profile in ("admin", "execution-role"):
        with pytest.raises(Problem, match="role Gone does not exist") as raised:
            seen(account, profile, gone)
        assert raised.value.code is Code.AWS_REFUSED


def test_a_path_that_is_wrong_is_a_problem_that_names_the_right_one(account: SimulatedAccount) -> None:
    wrong = Target(PrincipalArn.parse(f"arn:aws:iam::{account.account}:role/{ROLE}"), account.region)
    with pytest.raises(Problem, match=f"role/service-role/{ROLE}"):
        seen(account, "admin", wrong)


def test_a_path_that_is_not_known_is_read(account: SimulatedAccount) -> None:
    role = target_of(account).role
    observation = seen(account, target=Target(role.role(None), account.region))
    assert observation.target.role == role
    assert observation.target.role_verified


def test_expired_credentials_are_a_sign_in_matter(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "expired-token"}])
    with pytest.raises(Problem) as raised:
        seen(account)
    assert raised.value.code is Code.SIGN_IN


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "throttle"}, Reason.THROTTLED),
        ({"kind": "cut-before"}, Reason.UNREACHABLE),
        ({"kind": "garbage"}, Reason.UNPARSABLE),
        ({"kind": "error", "code": "AccessDenied", "message": "no", "status": 403}, Reason.DENIED),
    ],
)
def test_a_read_that_fails_is_a_result(account: SimulatedAccount, fault: dict[str, Any], reason: Reason) -> None:
    account.set_faults([{**fault, "operation": "iam:ListRolePolicies"}])
    observation = seen(account)
    assert isinstance(observation.role.inline, Unknown)
    assert observation.role.inline.reason is reason
    assert isinstance(observation.role.attached, Known), "nobody else is touched"


def test_nodes_are_counted_over_all_pages() -> None:
    with SimulatedAccount("everything-done") as account:
        ssm = account.session("admin").client("ssm")
        made = ssm.create_activation(IamRole=target_of(account).role.path_and_name, RegistrationLimit=3)
        for _ in range(3):
            account.register(made["ActivationId"], made["ActivationCode"])
        account.set_faults([{"kind": "small-pages", "operation": "ssm:*", "size": 2}])
        assert known(seen(account).region.nodes) == Nodes(hybrid=3, online=3)


def test_nodes_of_which_nobody_knows_who_registered_them_are_unknown() -> None:
    """The second list tells SSH Helper's own nodes: without it, they would show that host management works."""
    with SimulatedAccount("everything-done") as account:
        ssm = account.session("admin").client("ssm")
        made = ssm.create_activation(IamRole=target_of(account).role.path_and_name, RegistrationLimit=1)
        account.register(made["ActivationId"], made["ActivationCode"])
        account.set_faults([{"kind": "deny", "operation": "ssm:DescribeInstanceInformation", "after": 2}])
        nodes = seen(account).region.nodes
        assert isinstance(nodes, Unknown)
        assert nodes.read == "ssm:DescribeInstanceInformation"


def test_default_host_management_is_seen(account: SimulatedAccount) -> None:
    setting = "/ssm/managed-instance/default-ec2-instance-management-role"
    ssm, iam = account.session("admin").client("ssm"), iam_of(account)
    trusting = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="Default",
        Path="/service-role/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trusting}),
    )
    ssm.update_service_setting(SettingId=setting, SettingValue="service-role/Default")
    assert known(seen(account).region.host_management) == HostManagement(
        "default-host-management", "service-role/Default"
    )


@pytest.mark.parametrize(("region", "kind"), [("eu-west-1", Unknown), ("ap-south-2", Absent)])
def test_no_quick_setup_in_the_region_is_certain_only_where_botocore_knows_none(region: str, kind: type) -> None:
    with SimulatedAccount("fresh-studio-role", region=region) as account:
        account.set_faults([{"kind": "cut-before", "operation": "ssm-quicksetup:*"}])
        assert isinstance(seen(account).region.host_management, kind)


def test_the_organisation_is_asked_for_role_and_user() -> None:
    with SimulatedAccount("scp-blocks") as account:
        verdicts = known(seen(account).organization_verdicts)
        blocked = {verdict.action for verdict in verdicts if not verdict.allowed}
        assert blocked
        assert all(verdict.principal == str(target_of(account).role) for verdict in verdicts)


def test_a_boundary_is_read() -> None:
    with SimulatedAccount("boundary-blocks") as account:
        assert json.loads(known(seen(account).role.boundary).text)["Statement"]


def test_a_user_has_groups(account: SimulatedAccount) -> None:
    iam = iam_of(account)
    iam.create_user(UserName="jane")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(UserName="jane", GroupName="team")
    iam.attach_group_policy(GroupName="team", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    user = f"arn:aws:iam::{account.account}:user/jane"
    observation = seen(account, target=target_of(account, user))
    assert observation.user is not None
    (held,) = known(observation.user.attached)
    assert (held.name, held.through) == ("AmazonS3FullAccess", "team")
    assert observation.user.unique_id.startswith("AIDA")
