"""Every way in, against the simulated account."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import time
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
import pytest

from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin import AssumeRole, Chain, ExistingSession, Keys, Profile, SignedIn, SignInMethod, sign_in
from sm_ssh_widget.aws.signin.method import new_core
from sm_ssh_widget.aws.signin.time_limit import within
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import SimulatedAccount
from tests.aws.conftest import Answer, Endpoint

REGION = "eu-west-1"
MFA_ROLE, EXTERNAL_ROLE = "AdminWithMfa", "AdminWithExternalId"


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount(scenario="fresh-studio-role") as running:
        yield running


@pytest.fixture
def admin(account: SimulatedAccount) -> SignInMethod:
    return ExistingSession(account.session("admin"))


@pytest.fixture
def config(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The account's profiles, in files of this test's own."""
    for name, variable in (("config", "AWS_CONFIG_FILE"), ("credentials", "AWS_SHARED_CREDENTIALS_FILE")):
        (tmp_path / name).write_text((account.directory / name).read_text())
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
    return tmp_path / "config"


def keys_of(account: SimulatedAccount, profile: str) -> Keys:
    found = account.session(profile).get_credentials()
    assert found is not None
    return Keys(str(found.access_key), Secret(str(found.secret_key)), Secret(found.token) if found.token else None)


def role(account: SimulatedAccount, name: str) -> str:
    return f"arn:aws:iam::{account.account}:role/{name}"


def serial(account: SimulatedAccount) -> str:
    devices = account.session("admin").client("iam").list_mfa_devices(UserName="admin")["MFADevices"]
    return str(devices[0]["SerialNumber"]) if devices else f"arn:aws:iam::{account.account}:mfa/admin"


def problem_of(way: SignInMethod, account: SimulatedAccount, expected: str | None = None) -> Problem:
    with pytest.raises(Problem) as raised:
        sign_in(way, region=REGION, endpoint=account.url, account=expected)
    return raised.value


class TestFace:
    def test_it_says_who_where_and_how(self, account: SimulatedAccount, admin: SignInMethod) -> None:
        face = sign_in(admin, region=REGION).face
        assert face.arn == f"arn:aws:iam::{account.account}:user/admin"
        assert face.account == account.account
        assert face.user_id.startswith("AIDA")
        assert face.way.startswith("session")
        assert face.endpoint == account.url
        assert any("AKIA" in warning for warning in face.warnings)
        assert face.ending.said.startswith("This access key does not expire.")

    def test_temporary_keys_are_not_warned_about(self, account: SimulatedAccount) -> None:
        face = sign_in(keys_of(account, "user"), region=REGION, endpoint=account.url).face
        assert face.warnings == ()
        assert face.ending.said.endswith("Its keys expire by themselves.")

    def test_minutes_are_counted_down_to_nothing(self, account: SimulatedAccount) -> None:
        face = sign_in(assume(account, EXTERNAL_ROLE, external_id="sm-ssh"), region=REGION, endpoint=account.url).face
        assert face.until is not None
        assert face.minutes_left(face.until - timedelta(minutes=3, seconds=5)) == 3
        assert face.minutes_left(face.until + timedelta(hours=1)) == 0
        assert face.minutes_left(current_clock().now()) in (14, 15)

    def test_another_account_is_refused_and_forgotten(self, account: SimulatedAccount, admin: SignInMethod) -> None:
        problem = problem_of(admin, account, "999999999999")
        assert (problem.code, problem.code.exit_code) == (Code.REFUSED, 3)
        assert account.account in problem.said
        assert "999999999999" in problem.said


class TestForget:
    def test_every_client_and_read_ends(self, account: SimulatedAccount, admin: SignInMethod) -> None:
        session = sign_in(admin, region=REGION)
        kept = session.client("iam")
        kept.get_role(RoleName=MFA_ROLE)
        session.forget()
        assert session.is_forgotten
        for use in (
            lambda: kept.get_role(RoleName=MFA_ROLE),
            lambda: session.client("iam"),
            lambda: session.reader.read("iam", "GetRole", RoleName=MFA_ROLE),
        ):
            with pytest.raises(Problem) as raised:
                use()
            assert raised.value.code is Code.SIGN_IN

    def test_pasted_secrets_are_forgotten_too(self, account: SimulatedAccount) -> None:
        keys = keys_of(account, "user")
        sign_in(keys, region=REGION, endpoint=account.url).forget()
        assert keys.secret.is_forgotten
        assert problem_of(keys, account).code is Code.SIGN_IN


class TestSecrecy:
    def test_nothing_that_can_be_printed_or_saved_has_the_secret(self, account: SimulatedAccount) -> None:
        keys = keys_of(account, "user")
        assert keys.token is not None
        values = (keys.secret.reveal(), keys.token.reveal())
        session = sign_in(keys, region=REGION, endpoint=account.url)
        texts = [repr(each) for each in (keys, session, session.face, session.reader, session.tripwire)]
        texts.append(repr(session.client("iam").meta.events))
        assert all(value not in text for value in values for text in texts)
        assert session.face.arn in repr(session)

    @pytest.mark.parametrize("save", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_a_session_is_not_written_down_or_doubled(self, admin: SignInMethod, save: object) -> None:
        session = sign_in(admin, region=REGION)
        with pytest.raises(TypeError):
            save(session)  # type: ignore[operator]

    def test_the_signature_error_of_a_wrong_secret_repeats_nothing(self, account: SimulatedAccount) -> None:
        keys = keys_of(account, "user")
        wrong = Keys(keys.key_id, Secret("canary" * 7), keys.token)
        problem = problem_of(wrong, account)
        assert problem.code is Code.SIGN_IN
        text = "".join(traceback.format_exception(problem)) + json.dumps(problem.to_json())
        assert keys.token is not None
        assert keys.token.reveal() not in text
        assert "canarycanary" not in text


class TestKeys:
    def test_they_sign_in(self, account: SimulatedAccount) -> None:
        face = sign_in(keys_of(account, "user"), region=REGION, endpoint=account.url).face
        assert face.arn.endswith(":assumed-role/DataScientist/jane")
        assert face.way == "keys"

    def test_temporary_keys_need_their_token(self, account: SimulatedAccount) -> None:
        problem = problem_of(Keys("ASIAQQQQQQQQQQQQQQQQ", Secret("s")), account)
        assert problem.code is Code.SIGN_IN
        assert "session token" in problem.said

    def test_unknown_keys(self, account: SimulatedAccount) -> None:
        assert problem_of(Keys("AKIAQQQQQQQQQQQQQQQQ", Secret("s")), account).code is Code.SIGN_IN

    def test_nobody_listening_is_unreachable(self, account: SimulatedAccount) -> None:
        with pytest.raises(Problem) as raised:
            sign_in(keys_of(account, "user"), region=REGION, endpoint="http://127.0.0.1:9")
        assert raised.value.code is Code.UNREACHABLE


class TestChain:
    def test_the_environment_is_named(self, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        keys = keys_of(account, "user")
        assert keys.token is not None
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.key_id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret.reveal())
        monkeypatch.setenv("AWS_SESSION_TOKEN", keys.token.reveal())
        ends = current_clock().now() + timedelta(minutes=50)
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", ends.isoformat())
        face = sign_in(Chain(), region=REGION, endpoint=account.url).face
        assert face.way == "chain: environment"
        assert face.minutes_left(current_clock().now()) in (49, 50)

    def test_studios_container_renews_itself(
        self, account: SimulatedAccount, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = keys_of(account, "execution-role")
        assert keys.token is not None
        given = {"AccessKeyId": keys.key_id, "SecretAccessKey": keys.secret.reveal(), "Token": keys.token.reveal()}
        ends = (datetime.now(timezone.utc) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        endpoint.answers["/creds"] = Answer(200, json.dumps({**given, "Expiration": ends}))
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{endpoint.url}/creds")
        session = sign_in(Chain(), region=REGION, endpoint=account.url)
        assert session.face.way == "chain: container"
        assert session.face.arn.endswith("/SageMaker")
        assert session.face.until is None
        asked = len(endpoint.requests)
        session.client("sts").get_caller_identity()
        assert len(endpoint.requests) > asked  # within ten minutes of the end they are fetched anew

    def test_nothing_to_be_found(self, account: SimulatedAccount) -> None:
        problem = problem_of(Chain(), account)
        assert (problem.code, problem.code.exit_code) == (Code.SIGN_IN, 7)

    def test_a_session_without_credentials(self, account: SimulatedAccount) -> None:
        assert problem_of(ExistingSession(boto3.Session()), account).code is Code.SIGN_IN

    def test_a_profile_that_does_not_exist(self, account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        assert problem_of(Chain(), account).code is Code.SIGN_IN


class TestProfile:
    def test_it_is_named_and_followed(self, account: SimulatedAccount, config: Path) -> None:
        face = sign_in(Profile("admin"), region=REGION).face
        assert face.way == "profile admin"
        assert face.endpoint == account.url

    def test_it_wins_over_the_environment(
        self, account: SimulatedAccount, config: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAQQQQQQQQQQQQQQQQ")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        assert sign_in(Profile("admin"), region=REGION).face.arn.endswith("user/admin")

    def test_one_without_credentials_does_not_fall_back_to_somebody_else(
        self, account: SimulatedAccount, config: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(config, "[profile empty]\nregion = eu-west-1\n")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/nobody")
        assert problem_of(Profile("empty"), account).code is Code.SIGN_IN

    def test_an_unknown_one(self, account: SimulatedAccount, config: Path) -> None:
        problem = problem_of(Profile("nobody"), account)
        assert problem.code is Code.SIGN_IN
        assert "nobody" in problem.said

    def test_a_role_gets_our_session_name(self, account: SimulatedAccount, config: Path) -> None:
        write(config, f"[profile r]\nrole_arn = {role(account, 'DataScientist')}\nsource_profile = admin\n")
        face = sign_in(Profile("r"), region=REGION).face
        assert face.arn.endswith(":assumed-role/DataScientist/sm-ssh-widget")
        assert face.until is None  # it renews itself

    def test_a_role_with_mfa_asks_the_face_and_never_a_terminal(self, account: SimulatedAccount, config: Path) -> None:
        mfa = f"mfa_serial = {serial(account)}\n"
        write(config, f"[profile m]\nrole_arn = {role(account, MFA_ROLE)}\nsource_profile = admin\n{mfa}")
        problem = problem_of(Profile("m"), account)
        assert problem.code is Code.SIGN_IN
        assert "MFA" in problem.said
        code = Secret("123456")
        session = sign_in(Profile("m", lambda _: code), region=REGION)
        assert session.face.arn.endswith(f":assumed-role/{MFA_ROLE}/sm-ssh-widget")
        assert session.face.until is not None
        assert code.is_forgotten

    def test_a_credential_process_is_run_and_reported_without_its_arguments(
        self, account: SimulatedAccount, config: Path, tmp_path: Path
    ) -> None:
        keys = keys_of(account, "user")
        assert keys.token is not None
        answer = {
            "Version": 1,
            "AccessKeyId": keys.key_id,
            "SecretAccessKey": keys.secret.reveal(),
            "SessionToken": keys.token.reveal(),
        }
        (tmp_path / "answer.py").write_text(f"print({json.dumps(answer)!r})")
        write(
            config, f"[profile p]\ncredential_process = {sys.executable} {tmp_path / 'answer.py'} --password hunter2\n"
        )
        face = sign_in(Profile("p"), region=REGION).face
        assert face.way == "profile p (credential_process)"
        assert any(sys.executable in warning for warning in face.warnings)
        assert "hunter2" not in repr(face)

    def test_a_credential_process_that_fails_keeps_its_words_to_itself(
        self, account: SimulatedAccount, config: Path
    ) -> None:
        write(config, f"[profile p]\ncredential_process = {sys.executable} -c 'raise SystemExit(\"canary\")'\n")
        problem = problem_of(Profile("p"), account)
        assert problem.code is Code.SIGN_IN
        assert "canary" not in "".join(traceback.format_exception(problem))

    def test_a_credential_process_that_waits_is_left(self, config: Path) -> None:
        write(config, f"[profile p]\ncredential_process = {sys.executable} -c 'import time; time.sleep(5)'\n")
        core = new_core(REGION, "p")
        begun = time.monotonic()
        with pytest.raises(Problem) as raised:
            within(0.5, "Sign-in", core.get_credentials)
        assert raised.value.code is Code.SIGN_IN
        assert time.monotonic() - begun < 4

    def test_identity_center_without_a_token_names_the_command(self, account: SimulatedAccount, config: Path) -> None:
        start = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n"
        write(config, f"[profile s]\n{start}sso_account_id = 123456789012\nsso_role_name = Admin\n")
        problem = problem_of(Profile("s"), account)
        assert problem.code is Code.SIGN_IN
        assert "aws sso login --profile s" in problem.remedy

    def test_aws_login_without_awscrt_or_token_names_the_command(self, account: SimulatedAccount, config: Path) -> None:
        write(config, "[profile l]\nlogin_session = arn:aws:iam::123456789012:user/admin\n")
        problem = problem_of(Profile("l"), account)
        assert problem.code is Code.SIGN_IN
        assert "botocore[crt]" in problem.remedy or "aws login --profile l" in problem.remedy


def write(config: Path, text: str) -> None:
    config.write_text(config.read_text() + "\n" + text)


def assume(
    account: SimulatedAccount,
    name: str,
    *,
    external_id: str | None = None,
    mfa_serial: str | None = None,
    mfa_code: Secret | None = None,
) -> AssumeRole:
    base = ExistingSession(account.session("admin"))
    return AssumeRole(role(account, name), base, external_id, mfa_serial, mfa_code)


class TestAssumeRole:
    def test_with_an_external_id(self, account: SimulatedAccount) -> None:
        session = sign_in(assume(account, EXTERNAL_ROLE, external_id="sm-ssh"), region=REGION, endpoint=account.url)
        assert session.face.arn.endswith(f":assumed-role/{EXTERNAL_ROLE}/sm-ssh-widget")
        assert session.face.way.startswith("assume-role arn:aws:iam::")

    @pytest.mark.parametrize("external_id", [None, "wrong"])
    def test_a_wrong_external_id_is_in_question(self, account: SimulatedAccount, external_id: str | None) -> None:
        problem = problem_of(assume(account, EXTERNAL_ROLE, external_id=external_id), account)
        assert problem.code is Code.SIGN_IN
        assert "external ID" in problem.remedy
        assert "sts:AssumeRole" in problem.said

    def test_with_a_code(self, account: SimulatedAccount) -> None:
        code = Secret("123456")
        way = assume(account, MFA_ROLE, mfa_serial=serial(account), mfa_code=code)
        session = sign_in(way, region=REGION, endpoint=account.url)
        assert session.face.arn.endswith(f":assumed-role/{MFA_ROLE}/sm-ssh-widget")
        assert code.is_forgotten

    def test_a_wrong_code_is_said(self, account: SimulatedAccount) -> None:
        problem = problem_of(assume(account, MFA_ROLE, mfa_serial=serial(account), mfa_code=Secret("654321")), account)
        assert problem.code is Code.SIGN_IN
        assert "next code" in problem.remedy

    @pytest.mark.parametrize("code", [None, "12345", "abcdef", "١٢٣٤٥٦"])
    def test_what_is_no_code_is_not_sent(self, account: SimulatedAccount, code: str | None) -> None:
        account.forget_calls()
        secret = None if code is None else Secret(code)
        problem = problem_of(assume(account, MFA_ROLE, mfa_serial=serial(account), mfa_code=secret), account)
        assert problem.code is Code.SIGN_IN
        assert "sts:AssumeRole" not in [call["operation"] for call in account.calls()]

    def test_a_role_that_does_not_trust_the_caller(self, account: SimulatedAccount) -> None:
        arn = f"arn:aws:iam::{account.account}:role/service-role/AmazonSageMaker-ExecutionRole-20240101T000000"
        problem = problem_of(AssumeRole(arn, ExistingSession(account.session("admin"))), account)
        assert problem.code is Code.SIGN_IN
        assert "trust policy" in problem.remedy


class TestTripwire:
    def test_it_is_stretched_from_sign_in_on(self, account: SimulatedAccount, admin: SignInMethod) -> None:
        before = account.state()
        session: SignedIn = sign_in(admin, region=REGION)
        with pytest.raises(Problem) as raised:
            session.client("iam").delete_role(RoleName=MFA_ROLE)
        assert raised.value.code is Code.REFUSED
        assert [call.operation for call in session.tripwire.refusals] == ["DeleteRole"]
        assert account.state() == before

    def test_the_sign_in_itself_is_no_write(self, account: SimulatedAccount) -> None:
        session = sign_in(assume(account, EXTERNAL_ROLE, external_id="sm-ssh"), region=REGION, endpoint=account.url)
        assert session.tripwire.refusals == ()

    def test_no_other_session_is_touched(self, account: SimulatedAccount, admin: SignInMethod) -> None:
        sign_in(admin, region=REGION)
        iam = account.session("admin").client("iam")
        iam.create_role(RoleName="by-somebody-else", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.delete_role(RoleName="by-somebody-else")


TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
