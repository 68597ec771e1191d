"""The evaluator against another implementation: requests through boto3 to ministack, which enforces policies itself.

Ministack runs in its own process with ``AUTH=true``. Where it decides otherwise, ``DIFFERENCES`` says why.
"""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate
from tests.support.ministack import ministack

ACCOUNT, REGION = "000000000000", "eu-west-1"
USER, ROLE = f"arn:aws:iam::{ACCOUNT}:user/cross", f"arn:aws:iam::{ACCOUNT}:role/cross"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/x"
ANY = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GET = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": PARAMETER}
DENY = {**GET, "Effect": "Deny"}


def on(operator: str, key: str, value: Any, effect: str = "Allow") -> dict[str, Any]:
    return {**GET, "Effect": effect, "Condition": {operator: {key: value}}}


# name -> statements of the user's policy, statements of its boundary
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]] | None]] = {
    "exact": ([GET], None),
    "nothing": ([{**GET, "Action": "ssm:PutParameter"}], None),
    "action-case": ([{**GET, "Action": "SSM:getparameter"}], None),
    "action-star": ([{**GET, "Action": "ssm:Get*"}], None),
    "action-question": ([{**GET, "Action": "ssm:GetParamete?"}], None),
    "action-question-is-one": ([{**GET, "Action": "ssm:GetParameter?"}], None),
    "not-action": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], None),
    "not-action-itself": ([{"Effect": "Allow", "NotAction": "ssm:*", "Resource": "*"}], None),
    "resource-case": ([{**GET, "Resource": PARAMETER.upper()}], None),
    "resource-star": ([{**GET, "Resource": "arn:aws:ssm:*:*:parameter/*"}], None),
    "resource-missing-part": ([{**GET, "Resource": "arn:aws:ssm:*:parameter/x"}], None),
    "not-resource": ([{"Effect": "Allow", "Action": "ssm:*", "NotResource": PARAMETER}], None),
    "not-resource-other": ([{"Effect": "Allow", "Action": "ssm:*", "NotResource": f"{PARAMETER}y"}], None),
    "deny-wins": ([ANY, DENY], None),
    "deny-other": ([ANY, {**DENY, "Resource": f"{PARAMETER}y"}], None),
    "deny-not-action": ([ANY, {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}], None),
    "boundary-allows": ([GET], [ANY]),
    "boundary-lacks": ([ANY], [{**ANY, "Action": "iam:*"}]),
    "boundary-denies": ([ANY], [ANY, DENY]),
    "boundary-grants-nothing": ([{**ANY, "Action": "iam:*"}], [ANY]),
    "absent-equals": ([on("StringEquals", "aws:PrincipalTag/none", "x")], None),
    "absent-not-equals": ([on("StringNotEquals", "aws:PrincipalTag/none", "x")], None),
    "absent-if-exists": ([on("StringEqualsIfExists", "aws:PrincipalTag/none", "x")], None),
    "absent-null": ([on("Null", "aws:PrincipalTag/none", "true")], None),
    "present-null": ([on("Null", "aws:username", "true")], None),
    "username": ([on("StringEquals", "aws:username", "cross")], None),
    "username-list": ([on("StringEquals", "aws:username", ["other", "cross"])], None),
    "username-like": ([on("StringLike", "AWS:UserName", "cr?s*")], None),
    "username-not-like": ([on("StringNotLike", "aws:username", "cr*")], None),
    "deny-username-not": ([ANY, on("StringNotEquals", "aws:username", "other", "Deny")], None),
    "date-past": ([on("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")], None),
    "date-future": ([on("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")], None),
    "for-all-absent": ([on("ForAllValues:StringEquals", "aws:TagKeys", ["x"])], None),
    "for-any-absent": ([on("ForAnyValue:StringEquals", "aws:TagKeys", ["x"])], None),
    "variable": ([{**GET, "Resource": PARAMETER[:-1] + "${aws:PrincipalTag/none, 'x'}"}], None),
    "variable-null": ([{**GET, "Resource": PARAMETER[:-1] + "${aws:PrincipalTag/none}*"}], None),
}
TRUSTS: dict[str, tuple[dict[str, Any], bool]] = {
    "trust-user": ({"Principal": {"AWS": USER}}, False),
    "trust-user-and-identity": ({"Principal": {"AWS": USER}}, True),
    "trust-account-alone": ({"Principal": {"AWS": ACCOUNT}}, False),
    "trust-root-and-identity": ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, True),
    "trust-service": ({"Principal": {"Service": "ssm.amazonaws.com"}}, True),
    "trust-other-user": ({"Principal": {"AWS": f"{USER}2"}}, True),
}
DIFFERENCES = {
    "variable": "ministack does not know the default of a variable",
    "trust-user": "ministack wants the caller's identity policy, too, where the trust names a user of the same account",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with ministack() as url:
        yield url


def client(service: Any, endpoint: str, key: str = "test", secret: str = "test") -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def user(endpoint: str) -> dict[str, str]:
    iam = client("iam", endpoint)
    iam.create_user(UserName="cross")
    key = iam.create_access_key(UserName="cross")["AccessKey"]
    return {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def permitted(call: Any) -> bool:
    try:
        call()
    except ClientError as error:
        return "AccessDenied" not in error.response["Error"]["Code"]
    return True


@contextlib.contextmanager
def boundary(iam: Any, name: str, statements: list[dict[str, Any]] | None) -> Iterator[None]:
    if statements is None:
        yield
        return
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document(*statements)))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="cross", PermissionsBoundary=arn)
    yield
    iam.delete_user_permissions_boundary(UserName="cross")


def agrees(name: str, ours: bool, theirs: bool) -> None:
    assert (ours != theirs) == (name in DIFFERENCES), f"{name}: ours {ours}, ministack {theirs}"


@pytest.mark.parametrize("name", CASES)
def test_identity_and_boundary(name: str, endpoint: str, user: dict[str, str]) -> None:
    statements, limit = CASES[name]
    iam = client("iam", endpoint)
    iam.put_user_policy(UserName="cross", PolicyName="p", PolicyDocument=json.dumps(document(*statements)))
    with boundary(iam, name, limit):
        theirs = permitted(lambda: client("ssm", endpoint, **user).get_parameter(Name="x"))
    context = {"aws:username": "cross", "aws:CurrentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    policies = Policies(
        identity=(compile_policy(document(*statements)),),
        boundaries=() if limit is None else (compile_policy(document(*limit)),),
    )
    decision = evaluate(Request(USER, "ssm:GetParameter", PARAMETER, ACCOUNT, context), policies)
    agrees(name, decision.outcome is Outcome.ALLOWED, theirs)


@pytest.mark.parametrize("name", TRUSTS)
def test_trust(name: str, endpoint: str, user: dict[str, str]) -> None:
    element, identity = TRUSTS[name]
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", **element})
    own = document({"Effect": "Allow", "Action": "sts:*" if identity else "s3:*", "Resource": "*"})
    iam = client("iam", endpoint)
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role(RoleName="cross")
    iam.create_role(RoleName="cross", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_user_policy(UserName="cross", PolicyName="p", PolicyDocument=json.dumps(own))
    sts = client("sts", endpoint, **user)
    theirs = permitted(lambda: sts.assume_role(RoleArn=ROLE, RoleSessionName="cross"))
    policies = Policies(identity=(compile_policy(own),), resource=compile_policy(trust))
    decision = evaluate(Request(USER, "sts:AssumeRole", ROLE, ACCOUNT), policies)
    agrees(name, decision.outcome is Outcome.ALLOWED, theirs)
