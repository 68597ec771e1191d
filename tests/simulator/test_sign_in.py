"""Identity Center's device code: pending, allowed by a person, denied, too fast; the keys at its end."""

from __future__ import annotations

import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import refusal
from tests.support.sessions import keyed_session

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def automatic() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(sso_auto=True) as running:
        yield running


def client(account: SimulatedAccount, service: str) -> Any:
    config = Config(signature_version=UNSIGNED)
    session = boto3.Session(region_name="eu-west-1")
    return session.client(service, endpoint_url=account.url, config=config)  # type: ignore[call-overload]


def start(oidc: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    made = oidc.register_client(clientName="sm-ssh-widget", clientType="public")
    known = {key: made[key] for key in ("clientId", "clientSecret")}
    device = oidc.start_device_authorization(**known, startUrl="https://example.awsapps.com/start")
    return device, {**known, "grantType": GRANT, "deviceCode": device["deviceCode"]}


def answer(device: dict[str, Any], choice: str) -> str:
    link = device["verificationUriComplete"]
    with urllib.request.urlopen(link) as page:
        assert ">Allow</button>" in page.read().decode()
    with urllib.request.urlopen(link, urllib.parse.urlencode({"answer": choice}).encode()) as page:
        return str(page.read().decode())


def test_the_whole_way(account: SimulatedAccount) -> None:
    oidc, sso = client(account, "sso-oidc"), client(account, "sso")
    device, asked = start(oidc)
    assert refusal(oidc.create_token, **asked)[0] == "AuthorizationPendingException"
    assert refusal(oidc.create_token, **asked)[0] == "SlowDownException"
    assert "approved" in answer(device, "allow")
    token = oidc.create_token(**asked)["accessToken"]
    (found,) = sso.list_accounts(accessToken=token)["accountList"]
    (role,) = sso.list_account_roles(accessToken=token, accountId=found["accountId"])["roleList"]
    assert role["roleName"] == "DataScientist"
    keys = sso.get_role_credentials(accessToken=token, **role)["roleCredentials"]
    assert keys["expiration"] / 1000 > time.time() + 3000
    session = keyed_session(keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"], "eu-west-1")
    arn = session.client("sts", endpoint_url=account.url).get_caller_identity()["Arn"]
    assert arn.endswith("assumed-role/AWSReservedSSO_DataScientist_0123456789abcdef/alice@example.com")
    sso.logout(accessToken=token)
    assert refusal(sso.list_accounts, accessToken=token)[0] == "UnauthorizedException"


def test_denied(account: SimulatedAccount) -> None:
    oidc = client(account, "sso-oidc")
    device, asked = start(oidc)
    assert "denied" in answer(device, "deny")
    assert refusal(oidc.create_token, **asked)[0] == "AccessDeniedException"


def test_a_code_that_is_over(account: SimulatedAccount) -> None:
    oidc = client(account, "sso-oidc")
    _, asked = start(oidc)
    for device in account.world.sign_in.devices.values():
        device.expires = time.time() - 1
    assert refusal(oidc.create_token, **asked)[0] == "ExpiredTokenException"


def test_automatic(automatic: SimulatedAccount) -> None:
    oidc = client(automatic, "sso-oidc")
    _, asked = start(oidc)
    assert oidc.create_token(**asked)["accessToken"]


def test_a_client_that_is_not_known(account: SimulatedAccount) -> None:
    oidc = client(account, "sso-oidc")
    _, asked = start(oidc)
    assert refusal(oidc.create_token, **{**asked, "clientSecret": "x"})[0] == "InvalidClientException"
