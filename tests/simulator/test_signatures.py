"""Who signs wrongly, with an unknown key, or too late, is told so as AWS tells it."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import TIER, refusal
from tests.support.sessions import keyed_session


def session(account: SimulatedAccount, *, secret: str = "", key: str = "", token: str = "") -> boto3.Session:
    found: Any = account.session("execution-role").get_credentials()
    return keyed_session(key or found.access_key, secret or found.secret_key, token or found.token, "eu-west-1")


def test_a_wrong_secret(account: SimulatedAccount) -> None:
    wrong = session(account, secret="wrong")
    sts, ssm = wrong.client("sts", endpoint_url=account.url), wrong.client("ssm", endpoint_url=account.url)
    code, said, status = refusal(sts.get_caller_identity)
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert said.startswith("The request signature we calculated does not match the signature you provided.")
    assert refusal(ssm.get_service_setting, SettingId=TIER)[0] == "InvalidSignatureException"


@pytest.mark.parametrize(("given", "value"), [("key", "ASIAQQQQQQQQQQQQQQQQ"), ("token", "another")])
def test_an_unknown_key_or_token(account: SimulatedAccount, given: str, value: str) -> None:
    stranger = session(account, **{given: value})
    assert refusal(stranger.client("sts", endpoint_url=account.url).get_caller_identity) == (
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
        403,
    )
    ssm = stranger.client("ssm", endpoint_url=account.url)
    assert refusal(ssm.get_service_setting, SettingId=TIER)[0] == "UnrecognizedClientException"


def test_an_expired_session(account: SimulatedAccount) -> None:
    keys = account.world.credentials.keys
    for name, credential in keys.items():
        if credential.token:
            keys[name] = replace(credential, expires=1.0)
    expired = account.session("execution-role")
    assert refusal(expired.client("iam").list_roles)[0] == "ExpiredToken"
    assert refusal(expired.client("ssm").get_service_setting, SettingId=TIER)[0] == "ExpiredTokenException"


def test_a_body_that_was_changed_on_the_way(account: SimulatedAccount) -> None:
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    keys: Any = account.session().get_credentials()
    request = AWSRequest("POST", account.url + "/", headers, body)
    SigV4Auth(keys, "sts", "eu-west-1").add_auth(request)
    signed = dict(request.headers.items())
    with urllib.request.urlopen(urllib.request.Request(account.url + "/", body, signed)) as reply:
        assert reply.status == 200
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(account.url + "/", body + b"&x=y", signed))
    assert b"SignatureDoesNotMatch" in caught.value.read()


def test_an_unsigned_request(account: SimulatedAccount) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(account.url + "/", b"Action=GetCallerIdentity&Version=2011-06-15")
    assert b"MissingAuthenticationToken" in caught.value.read()


def test_every_region_is_answered(account: SimulatedAccount) -> None:
    for region in ("us-east-1", "ap-south-1"):
        assert account.session(region=region).client("sts").get_caller_identity()["Account"] == "123456789012"


def test_session_names_and_durations(account: SimulatedAccount) -> None:
    sts = account.session().client("sts")
    arn = "arn:aws:iam::123456789012:role/DataScientist"
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="a b")[0] == "ValidationError"
    said = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="tried", DurationSeconds=7200)[1]
    assert "exceeds the MaxSessionDuration" in said
    user = account.session("user").client("sts")
    assert refusal(user.get_session_token)[0] == "AccessDenied"
