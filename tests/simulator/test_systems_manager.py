"""Quick Setup, EC2 and the agent on its instances refuse without their preconditions, with AWS's code and text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, allow, change_role, deny, document

PROFILE = "AmazonSSMRoleForInstancesQuickSetup"
ADMINISTRATION = "arn:aws:iam::123456789012:role/AWS-QuickSetup-LocalAdministrationRole"
IMAGE = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
DEFINITION = {
    "Type": "AWSQuickSetupType-SSMHostMgmt",
    "Parameters": {"TargetAccounts": "123456789012", "TargetRegions": "eu-west-1", "TargetType": "*"},
    "LocalDeploymentAdministrationRoleArn": ADMINISTRATION,
    "LocalDeploymentExecutionRoleName": "AWS-QuickSetup-LocalExecutionRole",
}
LAUNCH = {"ImageId": IMAGE, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    """Roles and profile are there, no configuration is."""
    with SimulatedAccount("quick-setup-present") as account:
        account.set_state({**account.state(), "ConfigurationManagers": []})
        account.world.state.conditions.update({"QuickSetupSeconds": 60, "InstanceSeconds": 60})
        yield account


def time_passes(account: SimulatedAccount) -> None:
    """What AWS is at is over now."""
    account.world.state.conditions["InstanceSeconds"] = 0
    for manager in account.world.state.records["ConfigurationManagers"]:
        manager["Until"] = 0


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"]


def quick(account: SimulatedAccount, profile: str = "admin") -> Any:
    return account.session(profile).client("ssm-quicksetup")


def ec2(account: SimulatedAccount, profile: str = "admin") -> Any:
    return account.session(profile).client("ec2")


def test_a_configuration_is_deployed_in_time_and_removed(account: SimulatedAccount) -> None:
    time_passes(account)
    before, client = account.state(), quick(account)
    arn = client.create_configuration_manager(Name="x", ConfigurationDefinitions=[DEFINITION])["ManagerArn"]
    assert client.get_configuration_manager(ManagerArn=arn)["StatusSummaries"][0]["Status"] == "DEPLOYING"
    assert refusal(client.delete_configuration_manager, ManagerArn=arn)[0] == "ConflictException"
    time_passes(account)
    (listed,) = client.list_configuration_managers()["ConfigurationManagersList"]
    assert {each["Status"] for each in listed["StatusSummaries"]} == {"SUCCEEDED"}
    assert client.list_configurations(ManagerArn=arn)["ConfigurationsList"][0]["Region"] == "eu-west-1"
    assert len(account.session().client("ssm").list_associations()["Associations"]) == 4
    client.delete_configuration_manager(ManagerArn=arn)
    time_passes(account)
    assert refusal(client.get_configuration_manager, ManagerArn=arn)[0] == "ResourceNotFoundException"
    assert account.state() == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"LocalDeploymentExecutionRoleName": "Nobody"}, "can't be accessed"),
        ({"Parameters": {"TargetAccounts": "123456789012"}}, "TargetRegions"),
        ({"Parameters": {**DEFINITION["Parameters"], "TargetAccounts": "210987654321"}}, "current account"),  # type: ignore[dict-item]
        ({"Parameters": {**DEFINITION["Parameters"], "UpdateEverything": "true"}}, "UpdateEverything"),  # type: ignore[dict-item]
        ({"Type": "AWSQuickSetupType-PatchPolicy"}, "PatchPolicy"),
    ],
)
def test_a_configuration_without_its_preconditions(
    change: dict[str, Any], said: str, account: SimulatedAccount
) -> None:
    create = quick(account).create_configuration_manager
    code, message = refusal(create, ConfigurationDefinitions=[{**DEFINITION, **change}])
    assert code == "ValidationException"
    assert said in message


def test_both_local_roles_have_to_be_named_and_passed(account: SimulatedAccount) -> None:
    bare = {key: DEFINITION[key] for key in ("Type", "Parameters")}
    create = quick(account).create_configuration_manager
    assert "LocalDeploymentAdministrationRoleArn" in refusal(create, ConfigurationDefinitions=[bare])[1]
    account.set_faults([{"kind": "deny-by-scp", "operation": "iam:PassRole"}])
    code, message = refusal(create, ConfigurationDefinitions=[DEFINITION])
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {ADMINISTRATION}" in message


def test_the_roles_have_to_be_there_when_it_is_removed(account: SimulatedAccount) -> None:
    client, iam = quick(account), account.session().client("iam")
    arn = client.create_configuration_manager(Name="x", ConfigurationDefinitions=[DEFINITION])["ManagerArn"]
    time_passes(account)
    role = "AWS-QuickSetup-LocalAdministrationRole"
    iam.delete_role_policy(RoleName=role, PolicyName="AssumeExecutionRole")
    iam.delete_role(RoleName=role)
    assert "can't be accessed" in refusal(client.delete_configuration_manager, ManagerArn=arn)[1]


def test_a_deployment_fails_where_the_execution_role_trusts_nobody(account: SimulatedAccount) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    account.session().client("iam").update_assume_role_policy(
        RoleName="AWS-QuickSetup-LocalExecutionRole",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    client = quick(account)
    arn = client.create_configuration_manager(Name="x", ConfigurationDefinitions=[DEFINITION])["ManagerArn"]
    time_passes(account)
    (status,) = client.get_configuration_manager(ManagerArn=arn)["StatusSummaries"]
    assert status["Status"] == "FAILED"
    assert "should have 'AWS-QuickSetup-LocalExecutionRole' role" in status["StatusMessage"]


def test_a_region_without_quick_setup_has_no_endpoint() -> None:
    with SimulatedAccount("fresh-studio-role", region="ap-south-2") as account, pytest.raises(HTTPClientError):
        quick(account).list_configuration_managers()


def test_a_client_token_starts_one_instance(account: SimulatedAccount) -> None:
    client = ec2(account)
    first, again = (client.run_instances(**LAUNCH, ClientToken="t")["Instances"][0]["InstanceId"] for _ in range(2))
    assert first == again
    other = {**LAUNCH, "InstanceType": "t3.small"}
    assert refusal(client.run_instances, **other, ClientToken="t")[0] == "IdempotentParameterMismatch"
    client.terminate_instances(InstanceIds=[first])
    assert refusal(client.run_instances, **LAUNCH, ClientToken="t")[0] == "IdempotentInstanceTerminated"
    time_passes(account)
    (reservation,) = client.describe_instances(InstanceIds=[first])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "terminated"
    assert account.state()["Instances"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"IamInstanceProfile": {"Name": "Nobody"}}, "InvalidParameterValue"),
        ({"SubnetId": "subnet-1"}, "InvalidSubnetID.NotFound"),
        ({"InstanceType": "u-24tb1.metal"}, "Unsupported"),
        ({"ImageId": "nothing"}, "InvalidAMIID.Malformed"),
    ],
)
def test_an_instance_without_its_preconditions(change: dict[str, Any], code: str, account: SimulatedAccount) -> None:
    assert refusal(ec2(account).run_instances, **{**LAUNCH, **change})[0] == code


def test_a_profile_has_to_be_passed(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "deny-by-scp", "operation": "iam:PassRole"}])
    code, _ = refusal(ec2(account).run_instances, **LAUNCH, IamInstanceProfile={"Name": PROFILE})
    assert code == "UnauthorizedOperation"


@pytest.mark.parametrize("service", ["ssm-quicksetup.amazonaws.com", "cloudformation.amazonaws.com"])
def test_the_roles_of_a_configuration_have_to_be_passed(service: str, account: SimulatedAccount) -> None:
    client, given = quick(account), {"Name": "x", "ConfigurationDefinitions": [DEFINITION]}
    made = client.create_configuration_manager(**given)["ManagerArn"]
    time_passes(account)
    passing = deny("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": service}})
    iam = account.session().client("iam")
    iam.put_user_policy(UserName="admin", PolicyName="NotPassed", PolicyDocument=document(passing))
    for code, said in (
        refusal(client.create_configuration_manager, **given),
        refusal(client.delete_configuration_manager, ManagerArn=made),
    ):
        assert code == "AccessDeniedException"
        assert "iam:PassRole" in said


def test_no_subnet_and_no_default_vpc() -> None:
    with SimulatedAccount("no-default-vpc") as account:
        assert refusal(ec2(account).run_instances, **LAUNCH)[0] == "VPCIdNotSpecified"


@pytest.mark.parametrize("profile", [PROFILE, ""])
def test_an_instance_is_a_managed_node_only_with_a_role(profile: str, account: SimulatedAccount) -> None:
    given = {"IamInstanceProfile": {"Name": profile}} if profile else {}
    instance = ec2(account).run_instances(**LAUNCH, **given)["Instances"][0]["InstanceId"]
    ssm = account.session().client("ssm")
    assert ssm.get_connection_status(Target=instance)["Status"] == "notconnected"
    time_passes(account)
    assert ssm.get_connection_status(Target=instance)["Status"] == ("connected" if profile else "notconnected")
    nodes = ssm.describe_instance_information()["InstanceInformationList"]
    assert [node["ResourceType"] for node in nodes] == ["EC2Instance"] * bool(profile)
    if not profile:
        assert refusal(ssm.start_session, Target=instance)[0] == "TargetNotConnected"
        return
    session = ssm.start_session(Target=instance)["SessionId"]
    assert ssm.describe_sessions(State="Active")["Sessions"][0]["Target"] == instance
    ssm.terminate_session(SessionId=session)


def test_default_host_management_gives_the_role(account: SimulatedAccount) -> None:
    iam, ssm = account.session().client("iam"), account.session().client("ssm")
    trust = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="Default", AssumeRolePolicyDocument=document)
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy"
    iam.attach_role_policy(RoleName="Default", PolicyArn=policy)
    setting = "/ssm/managed-instance/default-ec2-instance-management-role"
    ssm.update_service_setting(SettingId=setting, SettingValue="Default")
    instance = ec2(account).run_instances(**LAUNCH)["Instances"][0]["InstanceId"]
    time_passes(account)
    assert ssm.get_connection_status(Target=instance)["Status"] == "connected"


class TestDefaultHostManagement:
    """The setting hands a role to instances: whoever writes it passes that role."""

    SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"

    def test_the_caller_must_be_allowed_to_pass_the_role(self, account: SimulatedAccount) -> None:
        place = f"arn:aws:ssm:*:{account.account}:servicesetting{self.SETTING}"
        text = document(allow("ssm:UpdateServiceSetting", place))
        change_role(
            account, ROLE, AttachedManagedPolicies=[], RolePolicyList=[{"PolicyName": "P", "PolicyDocument": text}]
        )
        update = account.session("execution-role").client("ssm").update_service_setting
        code, said = refusal(update, SettingId=self.SETTING, SettingValue="service-role/Any")
        assert code == "AccessDeniedException"
        assert "iam:PassRole" in said

    def test_the_role_must_exist(self, account: SimulatedAccount) -> None:
        update = account.session("admin").client("ssm").update_service_setting
        assert refusal(update, SettingId=self.SETTING, SettingValue="service-role/Any")[0] == "ValidationException"
