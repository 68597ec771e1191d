"""Sign in with AWS in the browser, against the simulated sign-in service: a link, a code, keys in memory only."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import urllib.parse
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin import BrowserLogin, PendingLogin, SignedIn, sign_in
from sm_ssh_widget.aws.signin.browser_login import CLIENT
from sm_ssh_widget.aws.signin.login_support import browser_lack_of
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.logins import pasted_code

REGION = "eu-west-1"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(scenario="fresh-studio-role") as running:
        yield running


def pending_at(account: SimulatedAccount) -> PendingLogin:
    return BrowserLogin(REGION).begin(account.url)


def signed_in(account: SimulatedAccount, of: str | None = None) -> SignedIn:
    pending = pending_at(account)
    granted = pending.finish(Secret(pasted_code(pending.link)))
    return sign_in(granted, region=REGION, endpoint=account.url, account=of)


def problem_of(pending: PendingLogin, text: str) -> Problem:
    with pytest.raises(Problem) as raised:
        pending.finish(Secret(text))
    return raised.value


def encoded(**given: str) -> str:
    return base64.b64encode(urllib.parse.urlencode(given).encode()).decode()


def state_of(pending: PendingLogin) -> str:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(pending.link).query))["state"]


class TestLink:
    def test_it_leads_to_the_page_for_another_device(self, account: SimulatedAccount) -> None:
        link = urllib.parse.urlsplit(pending_at(account).link)
        given = dict(urllib.parse.parse_qsl(link.query))
        assert f"{link.scheme}://{link.netloc}{link.path}" == f"{account.url}/v1/authorize"
        assert (given["client_id"], given["response_type"], given["code_challenge_method"]) == (
            CLIENT,
            "code",
            "SHA-256",
        )
        assert given["redirect_uri"] == f"{account.url}/v1/sessions/confirmation"

    def test_each_has_its_own_state_and_challenge(self, account: SimulatedAccount) -> None:
        one, other = pending_at(account), pending_at(account)
        assert state_of(one) != state_of(other)
        assert one.link != other.link

    @pytest.mark.parametrize(
        ("region", "page"),
        [
            ("eu-west-1", "https://eu-west-1.signin.aws.amazon.com/v1/authorize?"),
            ("cn-north-1", "https://cn-north-1.signin.amazonaws.cn/v1/authorize?"),
            ("us-gov-west-1", "https://us-gov-west-1.signin.amazonaws-us-gov.com/v1/authorize?"),
        ],
    )
    def test_aws_s_own_page_of_each_partition(self, region: str, page: str) -> None:
        pending = BrowserLogin(region).begin()
        assert pending.link.startswith(page)
        assert pending.endpoint == ""

    @pytest.mark.parametrize(("region", "code"), [("us-iso-east-1", Code.SIGN_IN), ("nowhere", Code.USAGE)])
    def test_no_page_is_guessed(self, region: str, code: Code) -> None:
        with pytest.raises(Problem) as raised:
            BrowserLogin(region).begin()
        assert raised.value.code is code


class TestSignIn:
    def test_a_pasted_code_signs_in_and_tells_when_the_keys_end(self, account: SimulatedAccount) -> None:
        face = signed_in(account).face
        assert face.arn == f"arn:aws:iam::{account.account}:user/admin"
        assert (face.way, face.renews) == ("AWS sign-in in the browser", True)
        assert face.minutes_left(datetime.now(timezone.utc)) == 14
        assert face.endpoint == account.url

    def test_an_identity_of_another_account_is_refused_and_forgotten(self, account: SimulatedAccount) -> None:
        with pytest.raises(Problem) as raised:
            signed_in(account, "999999999999")
        assert raised.value.code is Code.REFUSED

    def test_line_breaks_of_a_copy_do_not_matter(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        text = pasted_code(pending.link)
        assert pending.finish(Secret(f" {text[:20]}\n{text[20:]} \n"))

    def test_the_keys_are_renewed_and_nothing_is_written(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(tmp_path / "login"))
        account.world.sign_in.key_seconds = 240  # so short that every call asks for others
        session = signed_in(account)
        session.client("iam").list_roles()
        renewals = [call for call in account.calls() if call["operation"] == "signin:CreateOAuth2Token"]
        assert len(renewals) > 1
        assert list(tmp_path.rglob("*")) == []

    def test_the_same_key_proves_every_request(self, account: SimulatedAccount) -> None:
        account.world.sign_in.key_seconds = 240
        session = signed_in(account)
        session.renew()
        (login,) = account.world.sign_in.logins.values()
        assert login.thumbprint != ""

    def test_a_plan_is_applied(self, account: SimulatedAccount, tmp_path: Path) -> None:
        session = signed_in(account)
        role = f"arn:aws:iam::{account.account}:role/service-role/AmazonSageMaker-ExecutionRole-20240101T000000"
        plan = pipeline.plan(pipeline.check(role=role, region=REGION, session=session))
        assert pipeline.apply(plan, session, tmp_path).complete

    def test_a_session_of_twelve_hours_is_over(self, account: SimulatedAccount) -> None:
        account.world.sign_in.key_seconds = 120
        session = signed_in(account)
        account.world.clock.advance(12 * 3600)
        with pytest.raises(Problem) as raised:
            session.client("iam").list_roles()
        assert (raised.value.code, raised.value.remedy) == (Code.SIGN_IN, "Sign in again.")


class TestRefusals:
    @pytest.mark.parametrize("text", ["", "no base64 !", "AAAA", encoded(code="c"), encoded(state="s"), "Zm9v"])
    def test_what_is_no_code(self, account: SimulatedAccount, text: str) -> None:
        problem = problem_of(pending_at(account), text)
        assert problem.code is Code.SIGN_IN
        assert "not an authorization code" in problem.said

    def test_the_code_of_another_link(self, account: SimulatedAccount) -> None:
        other = pasted_code(pending_at(account).link)
        problem = problem_of(pending_at(account), other)
        assert "another link" in problem.said
        calls = [call["operation"] for call in account.calls()]
        assert "signin:CreateOAuth2Token" not in calls, "it was not sent"

    def test_a_code_that_aws_does_not_know(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        problem = problem_of(pending, encoded(state=state_of(pending), code="none"))
        assert "no longer valid" in problem.said

    def test_a_code_works_once(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        text = pasted_code(pending.link)
        pending.finish(Secret(text))
        assert pending.is_forgotten
        assert problem_of(pending, text).said == "The sign-in was canceled."

    def test_an_old_code(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        text = pasted_code(pending.link)
        account.world.clock.advance(301)
        assert "no longer valid" in problem_of(pending, text).said

    def test_an_identity_without_the_permission(self, account: SimulatedAccount) -> None:
        account.world.sign_in.console = ("role", "DataScientist")
        pending = pending_at(account)
        problem = problem_of(pending, pasted_code(pending.link))
        assert "SignInLocalDevelopmentAccess" in problem.remedy

    def test_a_service_that_is_down(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        text = pasted_code(pending.link)
        account.set_faults([{"kind": "cut-before", "operation": "signin:CreateOAuth2Token", "count": 9}])
        assert problem_of(pending, text).code is Code.UNREACHABLE
        calls = [call["operation"] for call in account.calls()]
        assert calls.count("signin:CreateOAuth2Token") <= 1, "a code is sent once"


class TestEnd:
    def test_the_session_is_revoked_and_forgotten(self, account: SimulatedAccount) -> None:
        session = signed_in(account)
        assert session.face.ending.call == "signin:RevokeOAuth2TokenWithIAM"
        assert len(account.world.sign_in.logins) == 1
        session.end()
        assert account.world.sign_in.logins == {}
        assert session.is_forgotten

    def test_a_refusal_leaves_the_session(self, account: SimulatedAccount) -> None:
        session = signed_in(account)
        account.set_faults([{"kind": "deny", "operation": "signin:RevokeOAuth2TokenWithIAM", "count": 9}])
        with pytest.raises(Problem) as raised:
            session.end()
        assert "signin:RevokeOAuth2TokenWithIAM" in raised.value.said
        assert not session.is_forgotten

    def test_no_plan_lets_the_call_pass(self, account: SimulatedAccount) -> None:
        session = signed_in(account)
        with pytest.raises(Problem) as raised:
            session.client("signin").revoke_oauth2_token_with_iam(token="ASORabc")
        assert raised.value.code is Code.REFUSED


class TestSecrets:
    def test_nothing_secret_is_shown_logged_or_pickled(
        self, account: SimulatedAccount, caplog: pytest.LogCaptureFixture
    ) -> None:
        account.world.sign_in.key_seconds = 240
        pending = pending_at(account)
        verifier, text = pending._verifier.reveal(), pasted_code(pending.link)
        code = dict(urllib.parse.parse_qsl(base64.b64decode(text).decode()))["code"]
        with caplog.at_level(logging.DEBUG):
            granted = pending.finish(Secret(text))
            tokens = granted._tokens
            secrets = {verifier, code, text, *_secrets_of(tokens)}
            session = sign_in(granted, region=REGION, endpoint=account.url)
            session.client("iam").list_roles()
            secrets |= _secrets_of(tokens)
            shown = repr((pending, granted, tokens, session, session.face)) + f"{tokens}"
            session.end()
        shown += caplog.text + json.dumps(account.calls())
        assert CLIENT in caplog.text, "the sweep sees the requests that carry the secrets"
        assert {name for name in secrets if name in shown} == set()
        assert len(secrets) >= 8

    def test_the_sweep_finds_what_is_not_masked(
        self, account: SimulatedAccount, caplog: pytest.LogCaptureFixture
    ) -> None:
        logger = logging.getLogger("not-of-botocore")
        pending = pending_at(account)
        with caplog.at_level(logging.DEBUG):
            logger.debug("verifier %s", pending._verifier.reveal())
        assert pending._verifier.reveal() in caplog.text

    def test_nothing_of_it_can_be_pickled(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        granted = pending.finish(Secret(pasted_code(pending.link)))
        for each in (pending, granted, granted._tokens, sign_in(granted, region=REGION, endpoint=account.url)):
            with pytest.raises(TypeError):
                pickle.dumps(each)

    def test_a_forgotten_session_holds_no_token(self, account: SimulatedAccount) -> None:
        pending = pending_at(account)
        granted = pending.finish(Secret(pasted_code(pending.link)))
        session = sign_in(granted, region=REGION, endpoint=account.url)
        session.forget()
        assert dict(granted._tokens) == {}
        with pytest.raises(Problem):
            session.end()


def _secrets_of(tokens: dict[str, dict[str, object]]) -> set[str]:
    (token,) = tokens.values()
    keys = token["accessToken"]
    assert isinstance(keys, dict)
    key = str(token["dpopKey"]).splitlines()[1]
    return {keys["secretAccessKey"], keys["sessionToken"], str(token["refreshToken"]), key}


class TestLack:
    def test_here_nothing_is_lacking(self) -> None:
        assert BrowserLogin.lack() is None

    def test_an_sdk_without_proofs_names_its_version(self) -> None:
        lack = browser_lack_of(SimpleNamespace(), SimpleNamespace(), "1.99.0")
        assert lack is not None
        assert "1.99.0" in lack.said
        assert "aws login" in lack.remedy

    @pytest.mark.parametrize(
        ("credentials", "utils"),
        [
            (SimpleNamespace(_build_add_dpop_header_handler=len), SimpleNamespace()),
            (SimpleNamespace(), SimpleNamespace(build_add_dpop_header_handler=len)),
        ],
    )
    def test_either_name_of_the_maker_of_proofs_is_enough(
        self, credentials: SimpleNamespace, utils: SimpleNamespace
    ) -> None:
        assert browser_lack_of(credentials, utils, "1.99.0") is None
