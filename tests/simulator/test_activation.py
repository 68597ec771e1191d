"""An activation, a node, a session: each precondition left out fails with AWS's own error."""

from __future__ import annotations

import datetime as dt
import json
import urllib.request
from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.errors import AwsError
from tests.simulator.conftest import ROLE, ROLE_ARN, TIER, allow, change_role, deny, document, refusal
from tests.support.virtual_time import VirtualTime

IAM_ROLE = f"service-role/{ROLE}"
OWNER = [{"Key": "SSHOwner", "Value": "AIDAEXAMPLE"}]
NEEDED = {
    "iam:PassRole": ROLE_ARN,
    "ssm:CreateActivation": "*",
    "ssm:AddTagsToResource": ROLE_ARN,
}


def activate(account: SimulatedAccount, **more: Any) -> dict[str, Any]:
    ssm: Any = account.session("execution-role").client("ssm")
    made: dict[str, Any] = ssm.create_activation(IamRole=IAM_ROLE, RegistrationLimit=1, Tags=OWNER, **more)
    return made


def register(account: SimulatedAccount) -> str:
    made = activate(account)
    return account.register(made["ActivationId"], made["ActivationCode"])


def test_the_whole_way(done: SimulatedAccount) -> None:
    node = register(done)
    ssm = done.session().client("ssm")
    (seen,) = ssm.describe_instance_information(Filters=[{"Key": "tag:SSHOwner", "Values": ["AIDAEXAMPLE"]}])[
        "InstanceInformationList"
    ]
    assert (seen["InstanceId"], seen["PingStatus"], seen["IamRole"]) == (node, "Online", IAM_ROLE)
    assert ssm.list_tags_for_resource(ResourceType="ManagedInstance", ResourceId=node)["TagList"] == OWNER
    assert ssm.get_connection_status(Target=node)["Status"] == "connected"
    session = ssm.start_session(Target=node)["SessionId"]
    assert [s["SessionId"] for s in ssm.describe_sessions(State="Active")["Sessions"]] == [session]
    ssm.terminate_session(SessionId=session)
    assert ssm.describe_sessions(State="Active")["Sessions"] == []
    ssm.deregister_managed_instance(InstanceId=node)
    assert ssm.describe_instance_information()["InstanceInformationList"] == []


@pytest.mark.parametrize("missing", NEEDED)
def test_without_one_permission_no_activation(done: SimulatedAccount, missing: str) -> None:
    statements = [allow(action, resource) for action, resource in NEEDED.items() if action != missing]
    change_role(done, ROLE, RolePolicyList=[{"PolicyName": "Rest", "PolicyDocument": document(*statements)}])
    ssm = done.session("execution-role").client("ssm")
    code, said, status = refusal(ssm.create_activation, IamRole=IAM_ROLE, Tags=OWNER)
    assert (code, status) == ("AccessDeniedException", 400)
    who = f"arn:aws:sts::123456789012:assumed-role/{ROLE}/SageMaker"
    why = f"because no identity-based policy allows the {missing} action"
    assert said == f"User: {who} is not authorized to perform: {missing} on resource: {NEEDED[missing]} {why}"


def test_without_tags_nobody_asks_for_add_tags(done: SimulatedAccount) -> None:
    statements = [allow(action, resource) for action, resource in NEEDED.items() if "Tags" not in action]
    change_role(done, ROLE, RolePolicyList=[{"PolicyName": "Rest", "PolicyDocument": document(*statements)}])
    assert done.session("execution-role").client("ssm").create_activation(IamRole=IAM_ROLE)["ActivationId"]


def test_pass_role_to_another_service_is_not_enough(done: SimulatedAccount) -> None:
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    statements = [allow("iam:PassRole", Condition=condition), allow("ssm:*")]
    change_role(done, ROLE, RolePolicyList=[{"PolicyName": "Rest", "PolicyDocument": document(*statements)}])
    said = refusal(done.session("execution-role").client("ssm").create_activation, IamRole=IAM_ROLE)[1]
    assert "is not authorized to perform: iam:PassRole on resource" in said


def trust_of_ssm(**condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return document({**statement, **({"Condition": condition} if condition else {})})


@pytest.mark.parametrize(
    "trust",
    [
        document(),
        trust_of_ssm(StringEquals={"aws:SourceAccount": "210987654321"}),
        trust_of_ssm(ArnLike={"aws:SourceArn": "arn:aws:ssm:us-east-1:123456789012:*"}),
        trust_of_ssm(StringEquals={"aws:PrincipalOrgID": "o-example"}),
        trust_of_ssm().replace("ssm.amazonaws.com", "sagemaker.amazonaws.com"),
    ],
)
def test_without_a_trust_that_holds_no_activation(done: SimulatedAccount, trust: str) -> None:
    change_role(done, ROLE, AssumeRolePolicyDocument=trust)
    said = f"Nonexistent role or missing ssm service principal in trust policy: {ROLE_ARN}"
    ssm = done.session("execution-role").client("ssm")
    assert refusal(ssm.create_activation, IamRole=IAM_ROLE) == ("ValidationException", said, 400)


def test_a_trust_for_this_account_and_region_holds(done: SimulatedAccount) -> None:
    account, arn = {"aws:SourceAccount": "123456789012"}, {"aws:SourceArn": "arn:aws:ssm:eu-west-1:123456789012:*"}
    change_role(done, ROLE, AssumeRolePolicyDocument=trust_of_ssm(StringEquals=account, ArnEquals=arn))
    assert activate(done)["ActivationId"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"IamRole": "service-role/" + "x" * 52}, "length less than or equal to 64"),
        ({"Tags": [{"Key": "SSHOwner", "Value": "AROAEXAMPLE:doe,jane"}]}, "regular expression pattern"),
        ({"Tags": [{"Key": "SSHOwner", "Value": "x" * 257}]}, "length less than or equal to 256"),
        ({"IamRole": "Nobody"}, "Not existing role: arn:aws:iam::123456789012:role/Nobody"),
    ],
)
def test_parameters_that_systems_manager_refuses(done: SimulatedAccount, given: dict[str, Any], said: str) -> None:
    ssm = done.session().client("ssm")
    code, text, _ = refusal(ssm.create_activation, **{"IamRole": IAM_ROLE, **given})
    assert code == "ValidationException"
    assert said in text


def test_an_activation_ends(done: SimulatedAccount) -> None:
    made = activate(done, ExpirationDate=VirtualTime().now() + dt.timedelta(minutes=10))
    ssm = done.session().client("ssm")
    (seen,) = ssm.describe_activations(Filters=[{"FilterKey": "IamRole", "FilterValues": [IAM_ROLE]}])["ActivationList"]
    assert (seen["RegistrationLimit"], seen["Expired"], seen["Tags"]) == (1, False, OWNER)
    left = seen["ExpirationDate"] - VirtualTime().now()
    assert dt.timedelta(minutes=9) < left <= dt.timedelta(minutes=10)
    done.register(made["ActivationId"], made["ActivationCode"])
    with pytest.raises(AwsError):
        done.register(made["ActivationId"], made["ActivationCode"])
    ssm.delete_activation(ActivationId=made["ActivationId"])
    assert refusal(ssm.delete_activation, ActivationId=made["ActivationId"])[0] == "InvalidActivation"


def test_the_standard_tier_has_no_session(done: SimulatedAccount) -> None:
    node, ssm = register(done), done.session().client("ssm")
    ssm.reset_service_setting(SettingId=TIER)
    said = "Enable advanced-instances tier to use Session Manager with your on-premises instances"
    assert refusal(ssm.start_session, Target=node) == ("BadRequest", said, 400)


@pytest.mark.parametrize("missing", ["ssm:UpdateInstanceInformation", "ssmmessages:OpenDataChannel"])
def test_an_agent_without_its_permissions_is_not_connected(done: SimulatedAccount, missing: str) -> None:
    node, ssm = register(done), done.session().client("ssm")
    guard = {"PolicyName": "Denied", "PolicyDocument": document({"Effect": "Deny", "Action": missing, "Resource": "*"})}
    change_role(done, ROLE, RolePolicyList=[guard])
    assert ssm.get_connection_status(Target=node)["Status"] == "notconnected"
    assert refusal(ssm.start_session, Target=node) == ("TargetNotConnected", f"{node} is not connected.", 400)
    (seen,) = ssm.describe_instance_information()["InstanceInformationList"]
    assert seen["PingStatus"] == ("ConnectionLost" if missing.startswith("ssm:") else "Online")


def test_an_agent_whose_role_trusts_no_more_is_lost(done: SimulatedAccount) -> None:
    node = register(done)
    change_role(done, ROLE, AssumeRolePolicyDocument=document())
    assert refusal(done.session().client("ssm").start_session, Target=node)[0] == "TargetNotConnected"


def test_the_tier_is_pending_for_a_while(account: SimulatedAccount) -> None:
    account.set_state({**account.state(), "TierPendingSeconds": 0.3})
    ssm = account.session().client("ssm")
    ssm.update_service_setting(SettingId=TIER, SettingValue="advanced")
    setting = ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]
    assert (setting["Status"], setting["SettingValue"]) == ("PendingUpdate", "advanced")
    assert refusal(ssm.reset_service_setting, SettingId=TIER)[0] == "TooManyUpdates"
    VirtualTime.advance(0.35)
    assert ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["Status"] == "Customized"
    elsewhere = account.session(region="us-east-1").client("ssm")
    assert elsewhere.get_service_setting(SettingId=TIER)["ServiceSetting"]["SettingValue"] == "standard"
    assert refusal(ssm.get_service_setting, SettingId="/ssm/nothing")[0] == "ServiceSettingNotFound"


def test_a_node_registers_by_http(done: SimulatedAccount) -> None:
    made = activate(done)
    body = json.dumps({key: made[key] for key in ("ActivationId", "ActivationCode")}).encode()
    with urllib.request.urlopen(f"{done.url}/_simulator/register", body) as reply:
        assert json.loads(reply.read())["InstanceId"].startswith("mi-")


@pytest.mark.parametrize(("pattern", "online"), [("managed-instance/mi-*", True), ("managed-instance/mi-0none", False)])
def test_an_agent_brings_the_node_that_it_speaks_for(done: SimulatedAccount, pattern: str, online: bool) -> None:
    condition = {"ArnLike": {"ssm:SourceInstanceARN": f"arn:aws:ssm:*:{done.account}:{pattern}"}}
    statements = allow("*"), deny("ssm:UpdateInstanceInformation", Condition={"ArnNotLike": condition["ArnLike"]})
    change_role(done, ROLE, RolePolicyList=[{"PolicyName": "Own", "PolicyDocument": document(*statements)}])
    ssm = done.session().client("ssm")
    made = ssm.create_activation(IamRole=f"service-role/{ROLE}")
    node = done.register(made["ActivationId"], made["ActivationCode"])
    (found,) = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [node]}])[
        "InstanceInformationList"
    ]
    assert (found["PingStatus"] == "Online") is online
