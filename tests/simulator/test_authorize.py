"""The simulated sign-in page of `aws login --remote`: what it asks for, what its code is bound to, and its end."""

from __future__ import annotations

import base64
import hashlib
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import refusal
from tests.support.logins import pasted_code
from tests.support.sessions import keyed_session

CLIENT = "arn:aws:signin:::devtools/cross-device"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def link(account: SimulatedAccount, **other: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "SHA-256",
        "scope": "openid",
        "redirect_uri": f"{account.url}/v1/sessions/confirmation",
    }
    return f"{account.url}/v1/authorize?{urllib.parse.urlencode({**asked, **other})}"


def client(account: SimulatedAccount) -> Any:
    config = Config(signature_version=UNSIGNED)
    return boto3.Session(region_name="eu-west-1").client("signin", endpoint_url=account.url, config=config)


def asked(account: SimulatedAccount, code: str, **other: str) -> dict[str, str]:
    return {
        "clientId": CLIENT,
        "grantType": "authorization_code",
        "code": code,
        "codeVerifier": VERIFIER,
        "redirectUri": f"{account.url}/v1/sessions/confirmation",
        **other,
    }


def code_of(account: SimulatedAccount) -> str:
    given = dict(urllib.parse.parse_qsl(base64.b64decode(pasted_code(link(account))).decode()))
    assert given["state"] == "s-1"
    return given["code"]


def tokens(account: SimulatedAccount, **given: str) -> Any:
    return client(account).create_o_auth2_token(tokenInput=given)["tokenOutput"]


def test_the_whole_way(account: SimulatedAccount) -> None:
    with urllib.request.urlopen(link(account)) as page:
        text = page.read().decode()
    assert ">Allow</button>" in text
    assert "Simulated account" in text
    given = tokens(account, **asked(account, code_of(account)))
    assert given["expiresIn"] == 900
    keys = given["accessToken"]
    session = keyed_session(keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"], "eu-west-1")
    assert session.client("sts", endpoint_url=account.url).get_caller_identity()["Arn"].endswith(":user/admin")


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "arn:aws:signin:::devtools/same-device"},
        {"redirect_uri": "https://example.com/"},
        {"response_type": "token"},
        {"scope": "all"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"state": ""},
    ],
)
def test_a_request_that_is_not_valid(account: SimulatedAccount, other: dict[str, str]) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        pasted_code(link(account, **other))
    assert raised.value.code == 400


def test_denied_by_the_person(account: SimulatedAccount) -> None:
    assert pasted_code(link(account), "deny") == ""
    assert account.world.sign_in.codes == {}


@pytest.mark.parametrize(
    "other", [{"codeVerifier": "w" * 43}, {"redirectUri": "https://example.com/"}, {"code": "another"}]
)
def test_a_code_is_bound_to_what_asked_for_it(account: SimulatedAccount, other: dict[str, str]) -> None:
    given = {**asked(account, code_of(account)), **other}
    assert refusal(lambda: tokens(account, **given))[0] == "AccessDeniedException"


def test_a_code_works_once_and_for_a_while(account: SimulatedAccount) -> None:
    given = asked(account, code_of(account))
    assert tokens(account, **given)
    assert refusal(lambda: tokens(account, **given))[0] == "AccessDeniedException"
    late = asked(account, code_of(account))
    account.world.clock.advance(301)
    assert refusal(lambda: tokens(account, **late))[0] == "AccessDeniedException"


class TestRevocation:
    def revoke(self, account: SimulatedAccount, profile: str, token: str) -> Any:
        return account.session(profile).client("signin").revoke_oauth2_token_with_iam(token=token)

    def test_a_revoked_token_renews_nothing(self, account: SimulatedAccount) -> None:
        token = tokens(account, **asked(account, code_of(account)))["refreshToken"]
        self.revoke(account, "admin", token)
        renewal = {"clientId": CLIENT, "grantType": "refresh_token", "refreshToken": token}
        assert refusal(lambda: tokens(account, **renewal))[0] == "AccessDeniedException"
        self.revoke(account, "admin", token)  # no error: nothing is left to revoke

    def test_it_needs_a_permission(self, account: SimulatedAccount) -> None:
        token = tokens(account, **asked(account, code_of(account)))["refreshToken"]
        assert refusal(lambda: self.revoke(account, "execution-role", token))[0] == "AccessDeniedException"
        assert token in account.world.sign_in.logins
