"""Every row of what AWS enforces and moto does not, against the running account."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, TIER, allow, change_role, deny, document, refusal
from tests.support.sessions import keyed_session

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
MFA = "arn:aws:iam::123456789012:mfa/admin"


def a_role(account: SimulatedAccount, *statements: dict[str, Any], **more: Any) -> boto3.Session:
    """A session of a role that holds these statements."""
    state = account.state()
    trust = document({"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole"})
    inline = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]
    role = {"RoleName": "Tried", "AssumeRolePolicyDocument": trust, "RolePolicyList": inline, **more}
    state["RoleDetailList"].append(role)
    account.set_state(state)
    return assume(account, "arn:aws:iam::123456789012:role/Tried")


def assume(account: SimulatedAccount, arn: str, **more: Any) -> boto3.Session:
    keys = account.session().client("sts").assume_role(RoleArn=arn, RoleSessionName="tried", **more)["Credentials"]
    return keyed_session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "eu-west-1")


def client(account: SimulatedAccount, session: boto3.Session, service: str) -> Any:
    return session.client(service, endpoint_url=account.url)  # type: ignore[call-overload]


def test_a_trust_in_a_service_does_not_let_a_user_in(account: SimulatedAccount) -> None:
    sts = account.session().client("sts")
    code, said, status = refusal(sts.assume_role, RoleArn=ROLE_ARN, RoleSessionName="tried")
    assert (code, status) == ("AccessDenied", 403)
    assert said == (
        "User: arn:aws:iam::123456789012:user/admin is not authorized to perform: sts:AssumeRole on resource: "
        + ROLE_ARN
    )


def test_the_root_of_the_account_delegates_to_identity_policies(account: SimulatedAccount) -> None:
    arn = "arn:aws:iam::123456789012:role/DataScientist"
    assert account.session().client("sts").assume_role(RoleArn=arn, RoleSessionName="tried")["Credentials"]
    assert refusal(account.session("read-only").client("sts").assume_role, RoleArn=arn, RoleSessionName="xx")[0] == (
        "AccessDenied"
    )


def test_a_role_that_is_not_there_is_denied(account: SimulatedAccount) -> None:
    sts = account.session().client("sts")
    arn = "arn:aws:iam::123456789012:role/Nobody"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="tried")[0] == "AccessDenied"


def test_mfa_is_asked_for_and_checked(account: SimulatedAccount) -> None:
    sts: Any = account.session().client("sts")
    given = {"RoleArn": "arn:aws:iam::123456789012:role/AdminWithMfa", "RoleSessionName": "tried"}
    assert refusal(sts.assume_role, **given)[0] == "AccessDenied"
    assert "invalid MFA" in refusal(sts.assume_role, **given, SerialNumber=MFA, TokenCode="000000")[1]
    assert "unable to validate" in refusal(sts.assume_role, **given, SerialNumber=MFA + "x", TokenCode="123456")[1]
    assert sts.assume_role(**given, SerialNumber=MFA, TokenCode="123456")["AssumedRoleUser"]["Arn"].endswith("/tried")


def test_an_external_id_is_asked_for(account: SimulatedAccount) -> None:
    sts: Any = account.session().client("sts")
    given = {"RoleArn": "arn:aws:iam::123456789012:role/AdminWithExternalId", "RoleSessionName": "tried"}
    assert refusal(sts.assume_role, **given)[0] == "AccessDenied"
    assert refusal(sts.assume_role, **given, ExternalId="other")[0] == "AccessDenied"
    assert sts.assume_role(**given, ExternalId="sm-ssh")["Credentials"]


def test_a_deny_whose_condition_is_false_has_no_effect(account: SimulatedAccount) -> None:
    condition = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
    session = a_role(account, allow("ssm:*"), deny("ssm:*", Condition=condition))
    assert client(account, session, "ssm").get_service_setting(SettingId=TIER)["ServiceSetting"]


def test_an_allow_whose_condition_is_false_gives_nothing(account: SimulatedAccount) -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    session = a_role(account, allow("ssm:*", Condition=condition))
    code, said, status = refusal(client(account, session, "ssm").get_service_setting, SettingId=TIER)
    assert (code, status) == ("AccessDeniedException", 400)
    assert said.endswith("because no identity-based policy allows the ssm:GetServiceSetting action")


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        ("arn:aws:ssm:eu-west-1:123456789012:servicesetting/ssm/managed-instance/activation-tier", True),
        ("arn:aws:ssm:us-east-1:123456789012:servicesetting/ssm/managed-instance/activation-tier", False),
    ],
)
def test_an_exact_arn_of_systems_manager(account: SimulatedAccount, resource: str, allowed: bool) -> None:
    ssm = client(account, a_role(account, allow("ssm:GetServiceSetting", resource)), "ssm")
    if allowed:
        assert ssm.get_service_setting(SettingId=TIER)["ServiceSetting"]["SettingValue"] == "standard"
    else:
        assert refusal(ssm.get_service_setting, SettingId=TIER)[0] == "AccessDeniedException"


def test_an_exact_arn_of_a_role(account: SimulatedAccount) -> None:
    iam = client(account, a_role(account, allow("iam:GetRole", ROLE_ARN)), "iam")
    assert iam.get_role(RoleName=ROLE)["Role"]["Arn"] == ROLE_ARN
    assert refusal(iam.get_role, RoleName="DataScientist")[0] == "AccessDenied"


def test_action_names_know_no_case(account: SimulatedAccount) -> None:
    session = a_role(account, allow("SSM:getserviceSETTING"))
    assert client(account, session, "ssm").get_service_setting(SettingId=TIER)["ServiceSetting"]


def test_not_action(account: SimulatedAccount) -> None:
    session = a_role(account, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    assert client(account, session, "ssm").get_service_setting(SettingId=TIER)["ServiceSetting"]
    assert refusal(client(account, session, "iam").list_roles)[0] == "AccessDenied"


def test_a_boundary_limits(account: SimulatedAccount) -> None:
    state = account.state()
    arn = "arn:aws:iam::123456789012:policy/Fence"
    state["Policies"].append({"PolicyName": "Fence", "PolicyVersionList": [{"Document": document(allow("iam:*"))}]})
    account.set_state(state)
    boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    session = a_role(account, allow("*"), PermissionsBoundary=boundary)
    said = refusal(client(account, session, "ssm").get_service_setting, SettingId=TIER)[1]
    assert said.endswith("because no permissions boundary allows the ssm:GetServiceSetting action")
    assert client(account, session, "iam").list_roles()["Roles"]


def test_a_session_policy_limits(account: SimulatedAccount) -> None:
    a_role(account, allow("*"))
    arn = "arn:aws:iam::123456789012:role/Tried"
    session = assume(account, arn, Policy=document(allow("iam:*")))
    said = refusal(client(account, session, "ssm").get_service_setting, SettingId=TIER)[1]
    assert said.endswith("because no session policy allows the ssm:GetServiceSetting action")


def test_an_explicit_deny_names_its_layer(account: SimulatedAccount) -> None:
    session = a_role(account, allow("*"), deny("ssm:GetServiceSetting"))
    said = refusal(client(account, session, "ssm").get_service_setting, SettingId=TIER)[1]
    assert said.endswith("with an explicit deny in an identity-based policy")


def test_a_service_control_policy_denies(account: SimulatedAccount) -> None:
    account.set_faults([{"kind": "deny-by-scp", "operation": "iam:ListRoles"}])
    code, said, status = refusal(account.session().client("iam").list_roles)
    assert (code, status) == ("AccessDenied", 403)
    assert "with an explicit deny in a service control policy. Go to https://us-east-1.console" in said


def test_the_owner_guard_keeps_others_out(done: SimulatedAccount) -> None:
    guard = deny(
        "ssm:StartSession",
        "arn:aws:ssm:*:*:managed-instance/*",
        Condition={"StringNotEquals": {"ssm:resourceTag/SSHOwner": "${aws:userid}"}},
    )
    session = a_role(done, allow("ssm:*"), guard)
    own = client(done, session, "sts").get_caller_identity()["UserId"]
    target = {owner: a_node(done, owner) for owner in (own, "AIDASOMEBODYELSE00000")}
    ssm = client(done, session, "ssm")
    assert ssm.start_session(Target=target[own])["SessionId"].startswith("tried-")
    said = refusal(ssm.start_session, Target=target["AIDASOMEBODYELSE00000"])[1]
    assert said.endswith("with an explicit deny in an identity-based policy")


def a_node(account: SimulatedAccount, owner: str) -> str:
    made = (
        account.session()
        .client("ssm")
        .create_activation(IamRole=f"service-role/{ROLE}", Tags=[{"Key": "SSHOwner", "Value": owner}])
    )
    return account.register(made["ActivationId"], made["ActivationCode"])


def test_keys_of_get_session_token_are_good(account: SimulatedAccount) -> None:
    keys = account.session().client("sts").get_session_token(SerialNumber=MFA, TokenCode="123456")["Credentials"]
    session = keyed_session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "eu-west-1")
    assert client(account, session, "sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/admin"
    arn = "arn:aws:iam::123456789012:role/AdminWithMfa"
    assert client(account, session, "sts").assume_role(RoleArn=arn, RoleSessionName="tried")["Credentials"]


def test_put_user_permissions_boundary(account: SimulatedAccount) -> None:
    iam = account.session().client("iam")
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.put_user_permissions_boundary(UserName="read-only", PermissionsBoundary=arn)
    assert iam.get_user(UserName="read-only")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    iam.delete_user_permissions_boundary(UserName="read-only")
    assert "PermissionsBoundary" not in iam.get_user(UserName="read-only")["User"]


def test_what_moto_answers_is_authorised_too(account: SimulatedAccount) -> None:
    assert account.session().client("ec2").describe_vpcs()["Vpcs"]
    ec2 = account.session("user").client("ec2")
    code, _, status = refusal(ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1)
    assert (code, status) == ("UnauthorizedOperation", 403)


LAUNCHED_WITH = ("image", "instance", "network-interface", "security-group", "subnet", "volume")


@pytest.mark.parametrize("kind", LAUNCHED_WITH)
def test_a_launch_is_judged_on_everything_that_it_needs(kind: str, account: SimulatedAccount) -> None:
    others = [f"arn:aws:ec2:*:*:{each}/*" for each in LAUNCHED_WITH if each != kind]
    ec2 = client(account, a_role(account, allow("ec2:RunInstances", others)), "ec2")
    code, said, status = refusal(ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert f":{kind}/" in said


def test_a_shell_is_judged_on_the_default_document(done: SimulatedAccount) -> None:
    node = "arn:aws:ssm:*:*:managed-instance/*"
    ssm = client(done, a_role(done, allow("ssm:StartSession", node)), "ssm")
    said = refusal(ssm.start_session, Target=a_node(done, "AIDASOMEBODYELSE00000"))[1]
    assert ":document/SSM-SessionManagerRunShell" in said


def test_a_tag_of_the_principal_counts(account: SimulatedAccount) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "research"}}
    session = a_role(account, allow("iam:ListRoles", Condition=condition))
    assert refusal(client(account, session, "iam").list_roles)[0] == "AccessDenied"
    change_role(account, "Tried", Tags=[{"Key": "team", "Value": "research"}])
    assert client(account, session, "iam").list_roles()["Roles"]


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("iam", "list_virtual_mfa_devices", "iam:ListVirtualMFADevices"),
        ("accessanalyzer", "list_analyzers", "access-analyzer:ListAnalyzers"),
        ("cloudtrail", "lookup_events", "cloudtrail:LookupEvents"),
        ("cloudtrail", "describe_trails", "cloudtrail:DescribeTrails"),
        ("ec2", "describe_key_pairs", "ec2:DescribeKeyPairs"),
    ],
)
def test_what_nobody_answers_is_said(account: SimulatedAccount, service: str, operation: str, action: str) -> None:
    call = getattr(client(account, account.session(), service), operation)
    code, said, status = refusal(call)
    assert (code, status) == ("NotImplemented", 501)
    assert said.startswith(
        f"The simulated account does not have {action}: it supports only operations that it can authorize"
    )
