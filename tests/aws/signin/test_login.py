"""Sign in with a profile of `aws login`, against the simulated sign-in service: renewed, ended, refused, forgotten."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.aws.signin import Chain, Login, Profile, SignInMethod, sign_in
from sm_ssh_widget.aws.signin.login_support import FIRST_BOTO3, lack_of, login_lack, login_profiles
from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.logins import login_profile

KEYS = (
    "MHc=",
    # a key of this test: awscrt writes one in 256 without a leading zero, and cannot read it again
    "MHYCAQEEHyAD27ZdZNNbfUS/YTar2w3X9FK/UDuCr0w9jmfnYUygCgYIKoZIzj0DAQehRANCAARCBPNq97nvR4JhXjgTl6UU+/SsMXjLXpFg665P"
    "N9+l/AI25YqngdQj23yL+eR5+AnkTdeCcv97WVYKpXyhjXb7",
)

REGION = "eu-west-1"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(scenario="fresh-studio-role") as running:
        yield running


def problem_of(way: SignInMethod, account: str | None = None) -> Problem:
    with pytest.raises(Problem) as raised:
        sign_in(way, region=REGION, account=account)
    return raised.value


def minutes_from_now(minutes: float) -> datetime:
    return datetime.now(timezone.utc) + timedelta(minutes=minutes)


class TestSignIn:
    def test_a_profile_signs_in_and_tells_when_its_keys_end(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch)
        face = sign_in(Login("console"), region=REGION).face
        assert face.arn == f"arn:aws:iam::{account.account}:user/admin"
        assert face.way == "profile console (aws login)"
        assert face.renews
        assert face.minutes_left(datetime.now(timezone.utc)) == 14
        assert face.endpoint == account.url, "the endpoint of the profile is told"

    @pytest.mark.parametrize("way", [Login(), Login("console"), Profile("console"), Chain()])
    def test_every_way_to_the_profile_renews(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: SignInMethod
    ) -> None:
        login_profile(account, tmp_path, monkeypatch)
        monkeypatch.setenv("AWS_PROFILE", "console")
        assert sign_in(way, region=REGION).face.renews

    def test_without_a_name_the_only_profile_of_its_kind_is_taken(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch)
        assert login_profiles() == ("console",)
        assert sign_in(Login(), region=REGION).face.way == "profile console (aws login)"

    def test_several_are_listed(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch, profile="one")
        login_profile(account, tmp_path, monkeypatch, profile="two")
        problem = problem_of(Login())
        assert (problem.code, problem.remedy) == (Code.USAGE, "Choose one: --sign-in login:PROFILE")
        assert "one, two" in problem.said

    def test_none_is_told_with_the_command(self) -> None:
        assert problem_of(Login()).remedy == "Run: aws login"

    def test_a_profile_of_another_kind_is_not_taken(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch)
        (tmp_path / "config").write_text((tmp_path / "config").read_text() + "[profile keys]\nregion = eu-west-1\n")
        problem = problem_of(Login("keys"))
        assert problem.code is Code.SIGN_IN
        assert problem.remedy == "Run: aws login --profile keys"

    def test_an_identity_of_another_account_is_refused(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch)
        assert problem_of(Login(), "999999999999").code is Code.REFUSED

    @pytest.mark.parametrize("content", ["", "[]", '{"accessToken": {}}', "no json"])
    def test_an_unreadable_token_names_the_command(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
    ) -> None:
        login_profile(account, tmp_path, monkeypatch).write_text(content)
        problem = problem_of(Login())
        assert (problem.code, problem.remedy) == (Code.SIGN_IN, "Run: aws login --profile console")

    @pytest.mark.parametrize(
        "key",
        ["", "no key", *(f"-----BEGIN EC PRIVATE KEY-----\n{text}\n-----END EC PRIVATE KEY-----\n" for text in KEYS)],
    )
    def test_a_damaged_key_names_the_command(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
    ) -> None:
        file = login_profile(account, tmp_path, monkeypatch, seconds=60)
        file.write_text(json.dumps({**json.loads(file.read_text()), "dpopKey": key}))
        problem = problem_of(Login())
        assert (problem.code, problem.remedy) == (Code.SIGN_IN, "Run: aws login --profile console")

    def test_no_token_names_the_command(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch).unlink()
        problem = problem_of(Login())
        assert (problem.code, problem.remedy) == (Code.SIGN_IN, "Run: aws login --profile console")


class TestRenewal:
    @pytest.mark.parametrize("seconds", [120, -3600])
    def test_keys_that_end_are_renewed_at_sign_in(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
    ) -> None:
        file = login_profile(account, tmp_path, monkeypatch, seconds=seconds)
        before = json.loads(file.read_text())
        face = sign_in(Login(), region=REGION).face
        assert face.until is not None
        assert minutes_from_now(14) < face.until <= minutes_from_now(15)
        after = json.loads(file.read_text())
        assert after["refreshToken"] != before["refreshToken"], "the AWS CLI continues with the new one"

    def test_the_identity_tells_the_end_of_the_keys_that_are_used_now(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account.world.sign_in.key_seconds = 120
        login_profile(account, tmp_path, monkeypatch, seconds=60)
        session = sign_in(Login(), region=REGION)
        first = session.face.until
        account.world.sign_in.key_seconds = 900
        renewed = session.renew().until
        assert first is not None
        assert renewed is not None
        assert renewed - first > timedelta(minutes=12)
        assert session.face.until == renewed

    def test_a_session_of_twelve_hours_is_over(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account.world.sign_in.key_seconds = 120
        login_profile(account, tmp_path, monkeypatch, seconds=60)
        session = sign_in(Login(), region=REGION)
        account.world.clock.advance(12 * 3600)
        with pytest.raises(Problem) as raised:
            session.client("iam").list_roles()
        assert raised.value.code is Code.SIGN_IN
        assert "12 hours" in raised.value.said
        assert raised.value.remedy == "Run: aws login --profile console"

    def test_an_identity_without_the_permission_is_told_the_policy(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch, seconds=60, kind="role", name="DataScientist")
        problem = problem_of(Login())
        assert problem.code is Code.SIGN_IN
        assert "SignInLocalDevelopmentAccess" in problem.remedy

    def test_a_service_that_is_down_is_no_end(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch, seconds=-60)
        account.set_faults([{"kind": "cut-before", "operation": "signin:CreateOAuth2Token", "count": 9}])
        assert problem_of(Login()).code is Code.UNREACHABLE


class _AfterFirst:
    """Lets twelve hours pass once the first change is done."""

    def __init__(self, account: SimulatedAccount) -> None:
        self._account, self._passed = account, False

    def step(self, journal: Journal, step: JournalStep) -> None:
        if step.status is StepStatus.DONE and not self._passed:
            self._account.world.clock.advance(12 * 3600)
            self._passed = True


class TestApply:
    def test_a_long_run_is_renewed_on_the_way(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account.world.sign_in.key_seconds = 240  # so short that every call asks for others
        login_profile(account, tmp_path, monkeypatch, seconds=60)
        session = sign_in(Login(), region=REGION)
        plan = pipeline.plan(pipeline.check(role=_role(account), region=REGION, session=session))
        before = _renewals(account)
        journal = pipeline.apply(plan, session, tmp_path / "journals")
        assert journal.complete
        assert _renewals(account) > before

    def test_the_end_in_the_middle_is_told_and_the_run_goes_on_after_another_sign_in(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account.world.sign_in.key_seconds = 240
        login_profile(account, tmp_path, monkeypatch, seconds=60)
        session = sign_in(Login(), region=REGION)
        plan = pipeline.plan(pipeline.check(role=_role(account), region=REGION, session=session))
        stopped = pipeline.apply(plan, session, tmp_path / "journals", observer=_AfterFirst(account))
        failed = [step for step in stopped.steps if step.status is StepStatus.FAILED]
        assert [(step.notes or {}).get("code") for step in failed] == ["sign-in"]
        assert "12 hours" in failed[0].detail
        assert "aws login --profile console" in str(failed[0])
        assert [step.status for step in stopped.steps].count(StepStatus.DONE) == 1
        login_profile(account, tmp_path, monkeypatch, profile="again")
        resumed = pipeline.resume(stopped, sign_in(Login("again"), region=REGION))
        assert resumed.complete


def _role(account: SimulatedAccount) -> str:
    return f"arn:aws:iam::{account.account}:role/service-role/AmazonSageMaker-ExecutionRole-20240101T000000"


def _renewals(account: SimulatedAccount) -> int:
    return sum(call["operation"] == "signin:CreateOAuth2Token" for call in account.calls())


class TestSecrets:
    def test_nothing_secret_is_shown_logged_or_pickled(
        self,
        account: SimulatedAccount,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        file = login_profile(account, tmp_path, monkeypatch, seconds=60)
        before = file.read_text()
        with caplog.at_level(logging.DEBUG):
            session = sign_in(Login(), region=REGION)
            session.client("iam").list_roles()
        shown = caplog.text + repr(session) + repr(session.face) + json.dumps(account.calls())
        for text in (before, file.read_text()):
            token = json.loads(text)
            secrets = (token["accessToken"]["secretAccessKey"], token["accessToken"]["sessionToken"])
            for secret in (*secrets, token["refreshToken"], *token["dpopKey"].splitlines()[1:2]):
                assert secret not in shown
        with pytest.raises(TypeError):
            pickle.dumps(session)

    def test_a_forgotten_session_renews_no_more(
        self, account: SimulatedAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        login_profile(account, tmp_path, monkeypatch)
        session = sign_in(Login(), region=REGION)
        session.forget()
        with pytest.raises(Problem) as raised:
            session.renew()
        assert raised.value.code is Code.SIGN_IN
        assert session.face.arn.endswith("user/admin")


class TestLack:
    def test_here_nothing_is_lacking(self) -> None:
        assert login_lack() is None

    def test_an_sdk_without_the_provider_names_the_version_and_moves_nothing(self) -> None:
        lack = lack_of(SimpleNamespace(), SimpleNamespace(EC=object), "1.34.156")
        assert lack is not None
        assert "1.34.156" in lack.said
        assert f"boto3 {FIRST_BOTO3} or later is required" in lack.said
        assert "pip install" not in lack.remedy, "a Studio image's boto3 is not to be moved"

    @pytest.mark.parametrize("compat", [SimpleNamespace(), SimpleNamespace(EC=None)])
    def test_without_awscrt_the_extra_is_named(self, compat: SimpleNamespace) -> None:
        lack = lack_of(SimpleNamespace(LoginProvider=object), compat, "1.41.0")
        assert lack is not None
        assert "sm-ssh-widget[login]" in lack.remedy
        assert "--upgrade" not in lack.remedy

    def test_an_environment_without_awscrt_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text("[profile l]\nlogin_session = arn:aws:iam::123456789012:user/admin\n")
        script = (
            "import sys; sys.modules['awscrt'] = None\n"
            "from sm_ssh_widget.aws.signin import Chain, Login, Profile, sign_in\n"
            "for way in (Login('l'), Profile('l'), Chain()):\n"
            "    try: sign_in(way, region='eu-west-1')\n"
            "    except Exception as problem: print(problem.code.value, problem.said, problem.remedy)\n"
        )
        environment = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PROFILE": "l", "HOME": str(tmp_path)}
        run = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True, env=environment
        )
        lines = run.stdout.splitlines()
        assert len(lines) == 3
        assert all(line.startswith("sign-in ") and "sm-ssh-widget[login]" in line for line in lines)
