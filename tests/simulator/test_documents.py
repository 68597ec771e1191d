"""What IAM refuses as a document or for its length, and that what it takes comes back as it was written."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, allow, change_role, document, refusal


def trust(principal: Any, **more: Any) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


BAD_TRUSTS = [
    ("{", "This policy contains invalid Json"),
    ("[]", "Syntax errors in policy."),
    (document(), "Syntax errors in policy."),
    (trust({"AWS": "AROAEXAMPLEDELETEDROL"}), 'Invalid principal in policy: "AWS":"AROAEXAMPLEDELETEDROL"'),
    (trust({"AWS": "AIDAEXAMPLEDELETEDUSE"}), 'Invalid principal in policy: "AWS":"AIDAEXAMPLEDELETEDUSE"'),
    (
        trust({"AWS": ["123456789012", "arn:aws:iam::123456789012:role/Nobody"]}),
        'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/Nobody"',
    ),
    (trust({"Service": "nothing"}), 'Invalid principal in policy: "SERVICE":"nothing"'),
    (trust("nobody"), "Invalid principal in policy."),
    (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
    (trust({"AWS": "*"}, Resource="*"), "Has prohibited field Resource"),
    (trust({"AWS": "*"}, Action="iam:PassRole"), "AssumeRole policy may only specify STS AssumeRole actions."),
    (trust({"AWS": "*"}, Effect="Maybe"), "Syntax errors in policy."),
]
BAD_INLINE = [
    (document({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
    (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
    (
        document(allow("s3:*", "<<SAGEMAKER_ROLE_ARN>>")),
        'Resource <<SAGEMAKER_ROLE_ARN>> must be in ARN format or "*".',
    ),
    (document(allow("everything")), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    (document(allow("s3:*", Principal="*")), "Policy document should not specify a principal."),
    (
        document(allow("s3:*", Sid="A"), allow("s3:*", Sid="A")),
        "Statement IDs (SID) in a single policy must be unique.",
    ),
    (json.dumps({"Version": "2020", "Statement": [allow("s3:*")]}), "The policy must contain a valid version string"),
]


@pytest.fixture(scope="module")
def shared() -> Any:
    with SimulatedAccount() as running:
        yield running


@pytest.mark.parametrize(("text", "said"), BAD_TRUSTS)
def test_a_trust_that_iam_refuses(shared: SimulatedAccount, text: str, said: str) -> None:
    iam = shared.session().client("iam")
    found = refusal(iam.update_assume_role_policy, RoleName=ROLE, PolicyDocument=text)
    assert found == ("MalformedPolicyDocument", said, 400)


@pytest.mark.parametrize(("text", "said"), BAD_INLINE)
def test_an_inline_policy_that_iam_refuses(shared: SimulatedAccount, text: str, said: str) -> None:
    iam = shared.session().client("iam")
    found = refusal(iam.put_role_policy, RoleName=ROLE, PolicyName="Bad", PolicyDocument=text)
    assert found == ("MalformedPolicyDocument", said, 400)


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": ["arn:aws:iam::123456789012:role/DataScientist", "arn:aws:iam::210987654321:role/Elsewhere"]},
        {"AWS": "arn:aws:iam::123456789012:user/admin"},
        {"Service": ["sagemaker.amazonaws.com", "ssm.amazonaws.com"]},
        {"Federated": "arn:aws:iam::123456789012:saml-provider/Corporate"},
        "*",
    ],
)
def test_a_trust_that_iam_takes(shared: SimulatedAccount, principal: Any) -> None:
    shared.session().client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust(principal))


def test_a_trust_as_long_as_its_quota(account: SimulatedAccount) -> None:
    iam = account.session().client("iam")
    empty = trust({"Service": "ssm.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": ""}})
    used = len(empty.replace(" ", ""))
    for longer in (0, 1):
        text = empty.replace('"aws:SourceAccount": ""', f'"aws:SourceAccount":    "{"1" * (2048 - used + longer)}"')
        if longer:
            found = refusal(iam.update_assume_role_policy, RoleName=ROLE, PolicyDocument=text)
            assert found == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)
        else:
            iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=text)


def test_inline_policies_share_a_quota(account: SimulatedAccount) -> None:
    iam = account.session().client("iam")
    text = document(allow("s3:GetObject", "arn:aws:s3:::" + "x" * 6000))
    iam.put_role_policy(RoleName=ROLE, PolicyName="One", PolicyDocument=text)
    iam.put_role_policy(RoleName=ROLE, PolicyName="One", PolicyDocument=text)
    code, said, status = refusal(iam.put_role_policy, RoleName=ROLE, PolicyName="Two", PolicyDocument=text)
    assert (code, status) == ("LimitExceeded", 409)
    assert said == f"Maximum policy size of 10240 bytes exceeded for role {ROLE}"


def test_attachments_have_a_quota_that_the_account_tells(account: SimulatedAccount) -> None:
    account.set_state({**account.state(), "Quotas": {"AttachedPoliciesPerRoleQuota": 2}})
    iam = account.session().client("iam")
    assert iam.get_account_summary()["SummaryMap"]["AttachedPoliciesPerRoleQuota"] == 2
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    found = refusal(iam.attach_role_policy, RoleName=ROLE, PolicyArn=arn)
    assert found == ("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 2", 409)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    wrong = "arn:aws:iam::aws:policy/AmazonSSMAutomationRole"
    assert refusal(iam.attach_role_policy, RoleName="DataScientist", PolicyArn=wrong)[0] == "NoSuchEntity"


@pytest.mark.parametrize("role", ["AWSReservedSSO_DataScientist_0123456789abcdef", "AWSServiceRoleForAmazonSSM"])
def test_roles_of_aws_are_protected(account: SimulatedAccount, role: str) -> None:
    iam = account.session().client("iam")
    said = f"Cannot perform the operation on the protected role '{role}' - this role is only modifiable by AWS"
    for call, given in (
        (iam.put_role_policy, {"PolicyName": "X", "PolicyDocument": document(allow("s3:*"))}),
        (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (iam.update_assume_role_policy, {"PolicyDocument": trust("*")}),
    ):
        assert refusal(call, RoleName=role, **given) == ("UnmodifiableEntity", said, 400)


def test_texts_come_back_as_they_were_written(account: SimulatedAccount) -> None:
    text = (
        '{ "Statement":{"Effect" : "Allow",\n\t"Principal":{"Service":"ssm.amazonaws.com"},"Action":"sts:AssumeRole"} }'
    )
    iam = account.session().client("iam")
    raw: list[str] = []
    iam.meta.events.register_first(
        "before-parse.iam.GetRole", lambda response_dict, **_: raw.append(response_dict["body"].decode())
    )
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=text)
    assert iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"] == json.loads(text)
    assert urllib.parse.quote(text, safe="") in raw[0]
    role = next(r for r in account.state()["RoleDetailList"] if r["RoleName"] == ROLE)
    assert role["AssumeRolePolicyDocument"] == text


def test_a_deleted_principal_becomes_its_id(account: SimulatedAccount) -> None:
    iam: Any = account.session().client("iam")
    made = iam.create_role(RoleName="Pipeline", AssumeRolePolicyDocument=trust("*"))["Role"]
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust({"AWS": made["Arn"]}))
    iam.delete_role(RoleName="Pipeline")
    kept = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    assert kept["Statement"][0]["Principal"] == {"AWS": made["RoleId"]}
    found = refusal(iam.update_assume_role_policy, RoleName=ROLE, PolicyDocument=json.dumps(kept))
    assert found[1] == f'Invalid principal in policy: "AWS":"{made["RoleId"]}"'


def test_a_seeded_document_is_not_judged(account: SimulatedAccount) -> None:
    change_role(account, ROLE, AssumeRolePolicyDocument="{ no JSON")
    ssm = account.session().client("ssm")
    said = refusal(ssm.create_activation, IamRole=f"service-role/{ROLE}")[1]
    assert said == f"Nonexistent role or missing ssm service principal in trust policy: {ROLE_ARN}"
