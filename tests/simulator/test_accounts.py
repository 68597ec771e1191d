"""An organization of simulated accounts: keys of each, roles assumed across them, control policies of every level."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.account import AUDIT_EXTERNAL_ID, AUDIT_ROLE
from sm_ssh_widget.simulator.members import MemberAccount
from tests.simulator.conftest import ROLE, allow, deny, document, refusal

ONCE = Config(retries={"total_max_attempts": 1})
ROOT = "r-sim1"


@pytest.fixture(scope="module")
def organization() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("organisation") as running:
        yield running


@pytest.fixture
def own() -> Iterator[SimulatedAccount]:
    """An organization that a test changes."""
    with SimulatedAccount("organisation") as running:
        yield running


def member(organization: SimulatedAccount, name: str) -> MemberAccount:
    return next(each for each in organization.members if each.account.name == name)


def assume(organization: SimulatedAccount, account: str, role: str = AUDIT_ROLE, **more: Any) -> dict[str, Any]:
    sts = organization.session("admin").client("sts")
    arn = f"arn:aws:iam::{account}:role/{role}"
    return dict(sts.assume_role(RoleArn=arn, RoleSessionName="audit", **more)["Credentials"])


def client(organization: SimulatedAccount, keys: dict[str, Any], service: Any) -> Any:
    given: dict[str, Any] = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    token = keys["SessionToken"]
    return organization.session("admin").client(service, **given, aws_session_token=token, config=ONCE)


def refused_assuming(organization: SimulatedAccount, account: str, role: str = AUDIT_ROLE, **more: Any) -> str:
    sts = organization.session("admin").client("sts")
    arn = f"arn:aws:iam::{account}:role/{role}"
    code, said, status = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="audit", **more)
    assert (code, status) == ("AccessDenied", 403)
    return said


class TestAccounts:
    def test_each_is_reached_by_its_own_keys_on_one_address(self, organization: SimulatedAccount) -> None:
        for name in ("Management", "Research", "Security"):
            identity = member(organization, name).id
            caller = organization.session("admin", account=identity).client("sts").get_caller_identity()
            assert caller["Account"] == identity
            assert organization.state(identity)["Account"] == identity

    def test_what_is_written_in_one_is_not_in_another(self, own: SimulatedAccount) -> None:
        first, second = (member(own, name).id for name in ("Research", "Vision"))
        before = own.state(second)
        own.session(account=first).client("iam").create_role(
            RoleName="New", AssumeRolePolicyDocument=document(trusting("sagemaker.amazonaws.com"))
        )
        assert "New" in {role["RoleName"] for role in own.state(first)["RoleDetailList"]}
        assert own.state(second) == before
        assert own.calls(first)[-1]["operation"] == "iam:CreateRole"
        assert [call["account"] for call in own.calls("*")] == [first]
        assert own.calls(second) == own.calls() == []

    def test_there_are_as_many_as_asked_for(self) -> None:
        with SimulatedAccount("organisation", accounts=40) as large:
            organizations = large.session().client("organizations")
            pages = list(organizations.get_paginator("list_accounts").paginate())
            assert [len(page["Accounts"]) for page in pages] == [20, 20]
            assert pages[1]["Accounts"][-1]["Name"] == "Team 40"
        with SimulatedAccount("organisation", accounts=3) as small:
            assert [each.account.name for each in small.members] == ["Management", "Research", "Forecasting"]

    def test_fifty_accounts_are_small(self) -> None:
        """Four megabytes when this was written; the tests of audits run many of them."""
        with SimulatedAccount("organisation", accounts=2):
            pass  # what is read once is read
        tracemalloc.start()
        try:
            fifty = SimulatedAccount("organisation", accounts=50)
            used, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        with fifty:
            assert used < 8_000_000

    def test_one_account_has_no_others(self) -> None:
        with pytest.raises(Problem, match="is one account"):
            SimulatedAccount("fresh-studio-role", accounts=3)

    def test_each_scenario_states_what_an_audit_meets(self, organization: SimulatedAccount) -> None:
        met = [each.scenario.expected.get("audit") for each in organization.members]
        assert met.count("read") == 7
        assert set(met) == {None, "read", "suspended", "denied", "throttled", "cut"}


def trusting(service: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


class TestAssumeRole:
    def test_the_audit_role_needs_its_external_id(self, organization: SimulatedAccount) -> None:
        account = member(organization, "Research").id
        keys = assume(organization, account, ExternalId=AUDIT_EXTERNAL_ID)
        assert client(organization, keys, "sts").get_caller_identity()["Account"] == account
        refused_assuming(organization, account)
        refused_assuming(organization, account, ExternalId="another")

    def test_the_callers_own_policies_must_allow_it_too(self, organization: SimulatedAccount) -> None:
        account = member(organization, "Research").id
        sts = organization.session("user").client("sts")
        arn = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
        assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="audit")[0] == "AccessDenied"

    def test_the_trust_of_the_other_account_must_name_the_callers(self, organization: SimulatedAccount) -> None:
        first, second = (member(organization, name).id for name in ("Research", "Vision"))
        sts = organization.session("admin", account=first).client("sts")
        for account in (first, second):
            arn = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
            assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="audit")[0] == "AccessDenied"
        refused_assuming(organization, second, "DataScientist")  # it trusts its own account

    def test_a_session_policy_narrows_what_the_role_may(self, organization: SimulatedAccount) -> None:
        account = member(organization, "Research").id
        keys = assume(organization, account, "OrganizationAccountAccessRole", Policy=document(allow("iam:GetRole")))
        iam = client(organization, keys, "iam")
        assert iam.get_role(RoleName=ROLE)["Role"]["Arn"].split(":")[4] == account
        code, said, _ = refusal(iam.delete_role, RoleName="DataScientist")
        assert code == "AccessDenied"
        assert "because no session policy allows the iam:DeleteRole action" in said

    @pytest.mark.parametrize("name", ["Acquired", "Former team"])
    def test_an_account_without_the_role_or_suspended_refuses(self, organization: SimulatedAccount, name: str) -> None:
        refused_assuming(organization, member(organization, name).id, ExternalId=AUDIT_EXTERNAL_ID)

    def test_an_account_outside_refuses(self, organization: SimulatedAccount) -> None:
        refused_assuming(organization, "999999999999")

    def test_a_resource_control_policy_of_the_other_account_binds(self, own: SimulatedAccount) -> None:
        account = member(own, "Research").id
        state = own.state(account)
        state["ResourceControlPolicies"].append(
            {"Level": 3, "Name": "Closed", "Content": document(deny("sts:AssumeRole", Principal="*"))}
        )
        own.set_state(state, account)
        said = refused_assuming(own, account, ExternalId=AUDIT_EXTERNAL_ID)
        assert said.endswith("with an explicit deny in a resource control policy")

    def test_a_service_control_policy_of_the_callers_account_binds(self, own: SimulatedAccount) -> None:
        first, second = (member(own, name).id for name in ("Security", "Research"))
        state = own.state(second)
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{first}:root"}, "Action": "sts:AssumeRole"}
        state["RoleDetailList"].append({"RoleName": "Open", "AssumeRolePolicyDocument": document(trust)})
        own.set_state(state, second)
        sts = own.session("admin", account=first).client("sts")
        asked: dict[str, Any] = {"RoleArn": f"arn:aws:iam::{second}:role/Open", "RoleSessionName": "audit"}
        assert sts.assume_role(**asked)
        own.set_faults([{"kind": "deny-by-scp", "operation": "sts:AssumeRole", "account": first}])
        assert "service control policy" in refusal(sts.assume_role, **asked)[1]


class TestControlPolicies:
    def test_a_unit_and_an_account_bind_and_name_the_policy(self, organization: SimulatedAccount) -> None:
        for name, action, policy in (
            ("Fraud", "ssmmessages:OpenDataChannel", "NoSessionManager"),
            ("Vision", "ssm:CreateActivation", "NoActivations"),
        ):
            account = member(organization, name).id
            iam = organization.session("admin", account=account).client("iam")
            role = iam.get_role(RoleName=ROLE)["Role"]["Arn"]
            [result] = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=[action])["EvaluationResults"]
            assert result["OrganizationsDecisionDetail"]["AllowedByOrganizations"] is False, policy
        ssm = organization.session("admin", account=member(organization, "Vision").id).client("ssm")
        listed = organization.session().client("organizations").list_policies(Filter="SERVICE_CONTROL_POLICY")
        [arn] = [policy["Arn"] for policy in listed["Policies"] if policy["Name"] == "NoActivations"]
        _, said, _ = refusal(ssm.create_activation, IamRole=ROLE)
        assert said.endswith(f"with an explicit deny in a service control policy: {arn}")

    def test_one_of_a_unit_above_binds_too(self, organization: SimulatedAccount) -> None:
        iam = organization.session("admin", account=member(organization, "Research").id).client("iam")
        assert "service control policy" in refusal(iam.delete_role, RoleName=AUDIT_ROLE)[1]

    def test_none_binds_the_management_account(self, own: SimulatedAccount) -> None:
        own.set_faults([{"kind": "deny-by-scp", "operation": "iam:GetRole"}])
        assert own.session().client("iam").get_role(RoleName=ROLE)
        other = own.session(account=member(own, "Research").id).client("iam")
        assert refusal(other.get_role, RoleName=ROLE)[0] == "AccessDenied"
        assert own.state()["ServiceControlPolicies"] == []

    def test_a_perimeter_of_the_organization_lets_its_accounts_in(self, own: SimulatedAccount) -> None:
        account = member(own, "Research").id
        assume(own, account, ExternalId=AUDIT_EXTERNAL_ID)
        state = own.state()
        own.set_state({**state, "Organization": {}})  # the caller's account leaves
        refused_assuming(own, account, ExternalId=AUDIT_EXTERNAL_ID)


class TestOrganizations:
    def test_the_tree_is_walked_from_its_root(self, organization: SimulatedAccount) -> None:
        found = organization.session().client("organizations")
        [root] = found.list_roots()["Roots"]
        assert {each["Type"] for each in root["PolicyTypes"]} == {"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"}
        seen = {}

        def walk(parent: str, path: str) -> None:
            for account in found.list_accounts_for_parent(ParentId=parent)["Accounts"]:
                seen[account["Name"]] = path
                assert found.list_parents(ChildId=account["Id"])["Parents"][0]["Id"] == parent
            for unit in found.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]:
                assert found.describe_organizational_unit(OrganizationalUnitId=unit["Id"])["OrganizationalUnit"] == unit
                walk(unit["Id"], f"{path}/{unit['Name']}")

        walk(root["Id"], "")
        assert seen == {each.account.name: f"/{each.account.unit}".rstrip("/") for each in organization.members}

    def test_policies_are_listed_with_their_targets_of_every_level(self, organization: SimulatedAccount) -> None:
        found = organization.session().client("organizations")
        kinds = set()
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            for policy in found.list_policies(Filter=kind)["Policies"]:
                targets = found.list_targets_for_policy(PolicyId=policy["Id"])["Targets"]
                kinds |= {each["Type"] for each in targets if not policy["AwsManaged"]}
                content = found.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
                assert json.loads(content)["Statement"]
                for target in targets:
                    attached = found.list_policies_for_target(TargetId=target["TargetId"], Filter=kind)["Policies"]
                    assert policy in attached
        assert kinds == {"ROOT", "ORGANIZATIONAL_UNIT", "ACCOUNT"}

    def test_suspended_accounts_are_told(self, organization: SimulatedAccount) -> None:
        account = member(organization, "Former team").id
        found = organization.session().client("organizations").describe_account(AccountId=account)["Account"]
        assert (found["Status"], found["Name"]) == ("SUSPENDED", "Former team")

    def test_only_management_and_delegated_administrators_read(self, organization: SimulatedAccount) -> None:
        security, research = (member(organization, name).id for name in ("Security", "Research"))
        found = organization.session().client("organizations")
        assert [a["Id"] for a in found.list_delegated_administrators()["DelegatedAdministrators"]] == [security]
        service = "member.org.stacksets.cloudformation.amazonaws.com"
        assert found.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]
        assert not found.list_delegated_administrators(ServicePrincipal="guardduty.amazonaws.com")[
            "DelegatedAdministrators"
        ]
        services = found.list_delegated_services_for_account(AccountId=security)["DelegatedServices"]
        assert service in {each["ServicePrincipal"] for each in services}
        assert organization.session(account=security).client("organizations").list_accounts()["Accounts"]
        other = organization.session(account=research).client("organizations")
        assert refusal(other.list_accounts)[0] == "AccessDeniedException"
        assert other.describe_organization()["Organization"]["MasterAccountId"] == organization.account

    def test_a_read_is_judged_on_what_it_names(self, own: SimulatedAccount) -> None:
        account, arn = member(own, "Research").id, own.organization.arn if own.organization else None
        assert arn is not None
        state = own.state()
        policy = {
            "PolicyName": "One",
            "PolicyDocument": document(allow("organizations:DescribeAccount", arn(account))),
        }
        for user in state["UserDetailList"]:
            if user["UserName"] == "read-only":
                user |= {"AttachedManagedPolicies": [], "UserPolicyList": [policy]}
        own.set_state(state)
        found = own.session("read-only").client("organizations")
        assert found.describe_account(AccountId=account)["Account"]["Id"] == account
        assert refusal(found.describe_account, AccountId=own.account)[0] == "AccessDeniedException"

    @pytest.mark.parametrize(
        ("operation", "asked", "code"),
        [
            ("describe_account", {"AccountId": "999999999999"}, "AccountNotFoundException"),
            ("list_accounts_for_parent", {"ParentId": "ou-none-12345678"}, "ParentNotFoundException"),
            ("list_parents", {"ChildId": "999999999999"}, "ChildNotFoundException"),
            ("describe_policy", {"PolicyId": "p-99999999"}, "PolicyNotFoundException"),
            (
                "list_policies_for_target",
                {"TargetId": "999999999999", "Filter": "SERVICE_CONTROL_POLICY"},
                "TargetNotFoundException",
            ),
            (
                "describe_organizational_unit",
                {"OrganizationalUnitId": "ou-none-12345678"},
                "OrganizationalUnitNotFoundException",
            ),
            ("list_delegated_services_for_account", {"AccountId": "123456789012"}, "AccountNotRegisteredException"),
        ],
    )
    def test_what_is_not_there_is_told(
        self, organization: SimulatedAccount, operation: str, asked: dict[str, str], code: str
    ) -> None:
        found = organization.session().client("organizations")
        assert refusal(getattr(found, operation), **asked)[0] == code

    def test_children_are_listed_by_type(self, organization: SimulatedAccount) -> None:
        found = organization.session().client("organizations")
        accounts = found.list_children(ParentId=ROOT, ChildType="ACCOUNT")["Children"]
        assert [each["Id"] for each in accounts] == [organization.account]
        assert len(found.list_children(ParentId=ROOT, ChildType="ORGANIZATIONAL_UNIT")["Children"]) == 3


def code_of(call: Callable[[], Any]) -> str:
    """The code of the error that a call ends in, if any."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


class TestConditions:
    def test_the_first_calls_of_one_account_are_throttled(self, own: SimulatedAccount) -> None:
        pricing = own.session(account=member(own, "Pricing").id).client("sts", config=ONCE)
        codes = [code_of(pricing.get_caller_identity) for _ in range(42)]
        assert codes == ["Throttling", ""] * 20 + [""] * 2
        assert own.session(account=member(own, "Research").id).client("sts", config=ONCE).get_caller_identity()

    def test_one_account_cannot_be_reached(self, organization: SimulatedAccount) -> None:
        sts = organization.session(account=member(organization, "Robotics").id).client("sts", config=ONCE)
        with pytest.raises(ConnectionClosedError):
            sts.get_caller_identity()

    def test_no_key_of_a_suspended_account_is_known(self, organization: SimulatedAccount) -> None:
        sts = organization.session(account=member(organization, "Former team").id).client("sts", config=ONCE)
        assert refusal(sts.get_caller_identity)[0] == "InvalidClientTokenId"

    def test_a_disabled_region_is_told_and_knows_no_key(self, organization: SimulatedAccount) -> None:
        session = organization.session(account=member(organization, "Speech").id)
        paginator = session.client("account").get_paginator("list_regions").paginate()
        status = {each["RegionName"]: each["RegionOptStatus"] for page in paginator for each in page["Regions"]}
        assert (status["eu-south-1"], status["eu-south-2"]) == ("DISABLED", "ENABLED")
        assert status["eu-west-1"] == "ENABLED_BY_DEFAULT"
        ec2 = session.client("ec2")
        assert "eu-south-1" not in {each["RegionName"] for each in ec2.describe_regions()["Regions"]}
        every = {each["RegionName"]: each["OptInStatus"] for each in ec2.describe_regions(AllRegions=True)["Regions"]}
        assert (every["eu-south-1"], every["eu-south-2"], every["eu-west-1"]) == (
            "not-opted-in",
            "opted-in",
            "opt-in-not-required",
        )
        assert refusal(ec2.describe_regions, RegionNames=["moon-1"])[0] == "InvalidParameterValue"
        there = session.client("ssm", region_name="eu-south-1")
        assert refusal(there.describe_instance_information)[0] == "UnrecognizedClientException"
        assert session.client("account").list_regions(RegionOptStatusContains=["DISABLED"])["Regions"] == [
            {"RegionName": "eu-south-1", "RegionOptStatus": "DISABLED"}
        ]

    def test_two_domains_have_profiles_of_one_name(self, organization: SimulatedAccount) -> None:
        sagemaker = organization.session(account=member(organization, "Speech").id).client("sagemaker")
        profiles = sagemaker.list_user_profiles()["UserProfiles"]
        assert len({each["DomainId"] for each in profiles if each["UserProfileName"] == "jane"}) == 2


class TestPortal:
    @pytest.fixture
    def signed_in(self) -> Iterator[tuple[SimulatedAccount, Any, str]]:
        with SimulatedAccount("organisation", sso_auto=True) as running:
            oidc, sso = (running.session().client(name) for name in ("sso-oidc", "sso"))
            registered = oidc.register_client(clientName="test", clientType="public")
            known = {"clientId": registered["clientId"], "clientSecret": registered["clientSecret"]}
            device = oidc.start_device_authorization(**known, startUrl=f"{running.url}/start")["deviceCode"]
            grant = "urn:ietf:params:oauth:grant-type:device_code"
            token = oidc.create_token(**known, grantType=grant, deviceCode=device)["accessToken"]
            yield running, sso, token

    def test_it_lists_the_accounts_that_are_assigned(self, signed_in: tuple[SimulatedAccount, Any, str]) -> None:
        running, sso, token = signed_in
        pages = sso.get_paginator("list_accounts").paginate(accessToken=token, PaginationConfig={"PageSize": 4})
        names = {each["accountName"] for page in pages for each in page["accountList"]}
        assert names == {each.account.name for each in running.members} - {"Former team", "Security"}

    def test_it_gives_keys_of_an_account_by_permission_set(self, signed_in: tuple[SimulatedAccount, Any, str]) -> None:
        running, sso, token = signed_in
        account = member(running, "Research").id
        roles = sso.list_account_roles(accessToken=token, accountId=account)["roleList"]
        assert [each["roleName"] for each in roles] == ["DataScientist", "SecurityAudit"]
        keys = sso.get_role_credentials(accessToken=token, accountId=account, roleName="SecurityAudit")
        given = keys["roleCredentials"]
        sts = running.session().client(
            "sts",
            aws_access_key_id=given["accessKeyId"],
            aws_secret_access_key=given["secretAccessKey"],
            aws_session_token=given["sessionToken"],
        )
        assert sts.get_caller_identity()["Account"] == account

    @pytest.mark.parametrize(
        ("name", "permission_set"),
        [("Security", "SecurityAudit"), ("Research", "Admin"), ("Former team", "SecurityAudit")],
    )
    def test_what_is_not_assigned_is_forbidden(
        self, signed_in: tuple[SimulatedAccount, Any, str], name: str, permission_set: str
    ) -> None:
        running, sso, token = signed_in
        asked = {"accessToken": token, "accountId": member(running, name).id}
        code, _, status = refusal(sso.get_role_credentials, **asked, roleName=permission_set)
        assert (code, status) == ("ForbiddenException", 403)


class TestControl:
    def test_it_names_the_account(self, own: SimulatedAccount) -> None:
        account = member(own, "Research").id
        own.session(account=account).client("sts").get_caller_identity()
        assert read(own, f"state?account={account}") == own.state(account)
        assert read(own, "state") == own.state()
        assert [call["account"] for call in read(own, f"calls?account={account}")] == [account]
        assert read(own, "calls") == []
        assert read(own, "calls?account=*") == own.calls("*")
        listed = read(own, "accounts")
        assert listed[1] == {"id": account, "name": "Research", "unit": "Workloads/Research", "status": "ACTIVE"}
        own.forget_calls()
        assert own.calls("*") == []

    def test_a_single_account_is_the_only_one(self) -> None:
        with SimulatedAccount() as single:
            assert read(single, "accounts") == [{"id": single.account}]
            single.session().client("sts").get_caller_identity()
            assert read(single, f"calls?account={single.account}") == single.calls() == single.calls("*")
            assert "account" not in single.calls()[0]


def read(account: SimulatedAccount, what: str) -> Any:
    with urlopen(f"{account.url}/_simulator/{what}", timeout=20) as reply:
        return json.load(reply)
