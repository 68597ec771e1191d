"""Roles, users, groups, managed policies and instance profiles: made, found, told apart, deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, allow, document, refusal

TRUST = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
OWN = "arn:aws:iam::123456789012:policy/Own"


def test_a_role_from_its_first_day_to_its_last(account: SimulatedAccount) -> None:
    before, iam = account.state(), account.session().client("iam")
    iam.create_role(RoleName="New", Path="/team/", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])
    assert refusal(iam.create_role, RoleName="New", AssumeRolePolicyDocument=TRUST)[0] == "EntityAlreadyExists"
    role = iam.get_role(RoleName="New")["Role"]
    assert (role["Arn"], role["Tags"]) == ("arn:aws:iam::123456789012:role/team/New", [{"Key": "a", "Value": "b"}])
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/team/")["Roles"]] == ["New"]
    iam.put_role_policy(RoleName="New", PolicyName="P", PolicyDocument=document(allow("s3:*")))
    assert refusal(iam.delete_role, RoleName="New")[0] == "DeleteConflict"
    iam.delete_role_policy(RoleName="New", PolicyName="P")
    assert refusal(iam.delete_role_policy, RoleName="New", PolicyName="P")[0] == "NoSuchEntity"
    iam.delete_role(RoleName="New")
    assert refusal(iam.get_role, RoleName="New")[0] == "NoSuchEntity"
    assert account.state() == before


def test_a_managed_policy_of_one_s_own(account: SimulatedAccount) -> None:
    iam: Any = account.session().client("iam")
    iam.create_policy(PolicyName="Own", PolicyDocument=document(allow("s3:*")))
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=OWN)
    assert iam.get_policy(PolicyArn=OWN)["Policy"]["AttachmentCount"] == 1
    assert [r["RoleName"] for r in iam.list_entities_for_policy(PolicyArn=OWN)["PolicyRoles"]] == [ROLE]
    iam.create_policy_version(PolicyArn=OWN, PolicyDocument=document(allow("ec2:*")), SetAsDefault=True)
    version = iam.get_policy_version(PolicyArn=OWN, VersionId="v2")["PolicyVersion"]
    assert (version["IsDefaultVersion"], version["Document"]["Statement"][0]["Action"]) == (True, "ec2:*")
    answer = iam.simulate_principal_policy(
        PolicySourceArn=ROLE_ARN, ActionNames=["ec2:RunInstances", "sqs:SendMessage"]
    )
    assert [each["EvalDecision"] for each in answer["EvaluationResults"]] == ["allowed", "implicitDeny"]
    assert refusal(iam.delete_policy, PolicyArn=OWN)[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=OWN)
    iam.delete_policy(PolicyArn=OWN)
    assert refusal(iam.get_policy, PolicyArn=OWN)[0] == "NoSuchEntity"


def test_an_instance_profile_carries_one_role(account: SimulatedAccount) -> None:
    before, iam = account.state(), account.session().client("iam")
    iam.create_instance_profile(InstanceProfileName="Profile")
    iam.add_role_to_instance_profile(InstanceProfileName="Profile", RoleName=ROLE)
    given = {"InstanceProfileName": "Profile", "RoleName": "DataScientist"}
    assert refusal(iam.add_role_to_instance_profile, **given)[::2] == ("LimitExceeded", 409)
    profile = iam.get_instance_profile(InstanceProfileName="Profile")["InstanceProfile"]
    assert [role["Arn"] for role in profile["Roles"]] == [ROLE_ARN]
    assert iam.list_instance_profiles_for_role(RoleName=ROLE)["InstanceProfiles"] == [profile]
    assert refusal(iam.delete_instance_profile, InstanceProfileName="Profile")[0] == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName="Profile", RoleName=ROLE)
    iam.delete_instance_profile(InstanceProfileName="Profile")
    assert account.state() == before


def test_many_writers_at_once_lose_nothing(account: SimulatedAccount) -> None:
    iam = account.session().client("iam")
    text = document(allow("s3:GetObject"))

    def put(number: int) -> None:
        iam.put_role_policy(RoleName=ROLE, PolicyName=f"P{number:02}", PolicyDocument=text)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(40)))
    assert len(iam.list_role_policies(RoleName=ROLE)["PolicyNames"]) == 40


def test_s3_is_moto_s_and_signed_in_its_own_way(account: SimulatedAccount) -> None:
    s3: Any = account.session().client("s3")
    s3.create_bucket(Bucket="simulated-keys", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="simulated-keys", Key="a b/\u00fc.pub", Body=b"key")
    assert s3.get_object(Bucket="simulated-keys", Key="a b/\u00fc.pub")["Body"].read() == b"key"
    s3.delete_object(Bucket="simulated-keys", Key="a b/\u00fc.pub")
    s3.delete_bucket(Bucket="simulated-keys")
