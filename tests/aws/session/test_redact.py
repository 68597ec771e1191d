"""No secret in any record of any logger, by every sign-in method; and the log would show it without the filter."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

from sm_ssh_widget.aws.proof import ProofStatus, prove
from sm_ssh_widget.aws.session import redact
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin import AssumeRole, Chain, ExistingSession, Keys, Profile, SignInMethod, sign_in
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.simulator import SimulatedAccount
from tests.aws.conftest import Answer, Endpoint, Request, caller
from tests.support.sessions import keyed_session
from tests.support.story import acting, target_of

REGION = "eu-west-1"
ROLE, DEVICE = "arn:aws:iam::123456789012:role/R", "arn:aws:iam::123456789012:mfa/u"
SECRET, TOKEN = "cAnArY/SeCrEt+0123456789/KEY=", "cAnArY//ToKeN+of+the+session=="
EXTERNAL, CODE = "cAnArY-external,id=7", "271828"
BASE_SECRET, BASE_TOKEN = "cAnArY/base/secret", "cAnArY+base+token=="
SSO_TOKEN = "cAnArY-sso-access-token"
ENDS = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

ASSUMED = Answer(
    200,
    f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIACANARY</AccessKeyId>"
    f"<SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>"
    f"<Expiration>{ENDS}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
)


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Everything that any logger says at debug level, as ``boto3.set_stream_logger('')`` shows it."""
    heard, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(heard)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def seen(log: str) -> list[str]:
    """The secrets that stand in a log, as they are or in the encoding of a form."""
    encoded = log.replace("%2F", "/").replace("%2B", "+").replace("%3D", "=").replace("%2C", ",")
    texts = (SECRET, TOKEN, EXTERNAL, BASE_SECRET, BASE_TOKEN, SSO_TOKEN)
    found = [text for text in texts if text in log or text in encoded]
    return found + (["the code"] if re.search(rf"(?<!\d){CODE}(?!\d)", log) else [])


@pytest.fixture
def told(endpoint: Endpoint) -> Endpoint:
    endpoint.answers["AssumeRole"] = ASSUMED
    endpoint.answers["GetCallerIdentity"] = caller("arn:aws:sts::123456789012:assumed-role/R/sm-ssh-widget")
    return endpoint


def base() -> boto3.Session:
    return keyed_session("ASIABASE", BASE_SECRET, BASE_TOKEN, REGION)


def without_filters() -> None:
    for name in [*logging.root.manager.loggerDict, *redact.LIBRARIES]:
        logger = logging.getLogger(name)
        for each in list(logger.filters):
            if isinstance(each, redact.SecretFilter):
                logger.removeFilter(each)


def assume(endpoint: Endpoint) -> None:
    """AssumeRole by plain boto3, with an external id and a code."""
    client = base().client("sts", endpoint_url=endpoint.url)
    client.assume_role(RoleArn=ROLE, RoleSessionName="test", ExternalId=EXTERNAL, SerialNumber=DEVICE, TokenCode=CODE)


def test_the_filter_is_what_hides_them(told: Endpoint) -> None:
    """The positive control: the same call, without the filter and with it."""
    without_filters()
    with listening() as open_log:
        assume(told)
    assert seen(open_log.getvalue()) == [SECRET, TOKEN, EXTERNAL, BASE_TOKEN, "the code"]
    redact.mask_secrets()
    with listening() as masked_log:
        assume(told)
    assert seen(masked_log.getvalue()) == []
    assert masked_log.getvalue().count(redact.MASK) >= 5, "each of the five"
    assert len(masked_log.getvalue()) > len(open_log.getvalue()) / 2, "the rest of the log stays"


def test_boto3s_own_stream_logger_shows_none(told: Endpoint, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    boto3.set_stream_logger("")
    try:
        redact.mask_secrets()
        assume(told)
    finally:
        root.handlers[:], root.level = before, level
    log = capsys.readouterr().err
    assert "AssumeRole" in log
    assert seen(log) == []


def write_profiles(monkeypatch: pytest.MonkeyPatch, place: Path, endpoint: Endpoint) -> None:
    program = place / "give.py"
    given = {"Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": SECRET, "SessionToken": TOKEN, "Expiration": ENDS}
    program.write_text(f"print({json.dumps(given)!r})")
    cached = {"startUrl": "https://d.awsapps.com/start", "region": REGION, "accessToken": SSO_TOKEN, "expiresAt": ENDS}
    (place / ".aws" / "sso" / "cache").mkdir(parents=True)
    name = hashlib.sha1(cached["startUrl"].encode()).hexdigest()  # as botocore names it
    (place / ".aws" / "sso" / "cache" / f"{name}.json").write_text(json.dumps(cached))
    (place / "credentials").write_text(
        f"[base]\naws_access_key_id = ASIABASE\naws_secret_access_key = {BASE_SECRET}\n"
        f"aws_session_token = {BASE_TOKEN}\n"
    )
    (place / "config").write_text(
        f"[profile role]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = {EXTERNAL}\n"
        f"[profile mfa]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {DEVICE}\n"
        f"[profile program]\ncredential_process = {sys.executable} {program}\n"
        f"[profile behind]\nrole_arn = {ROLE}\nsource_profile = program\n"
        "[profile center]\nsso_start_url = https://d.awsapps.com/start\n"
        f"sso_region = {REGION}\nsso_account_id = 123456789012\nsso_role_name = R\n"
    )
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(place / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(place / "credentials"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    keys = {"accessKeyId": "ASIA", "secretAccessKey": SECRET, "sessionToken": TOKEN, "expiration": 4102444800000}
    endpoint.answers["/federation/credentials?role_name=R&account_id=123456789012"] = Answer(
        200, json.dumps({"roleCredentials": keys})
    )


@pytest.mark.parametrize("profile", ["base", "role", "mfa", "program", "behind"])
def test_a_profile_of_any_kind(told: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str) -> None:
    write_profiles(monkeypatch, tmp_path, told)
    log = signed_in_by(Profile(profile, lambda _: Secret(CODE)))
    assert ("AssumeRole" in log) == (profile in ("role", "mfa", "behind"))


def test_a_profile_of_identity_center(told: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a process of its own: botocore looks for a home once, when it is imported."""
    write_profiles(monkeypatch, tmp_path, told)
    code = "from tests.aws.session.test_redact import *; print(signed_in_by(Profile('center')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "GetRoleCredentials" in ran.stdout
    assert seen(ran.stdout) == []


def test_a_role_by_the_chain_with_an_external_id_and_a_code(told: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", told.url)
    way = AssumeRole(ROLE, ExistingSession(base()), EXTERNAL, DEVICE, Secret(CODE))
    log = signed_in_by(way)
    assert "AssumeRole" in log


def test_keys_and_a_session_that_is_handed_over(told: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", told.url)
    signed_in_by(Keys("ASIABASE", Secret(BASE_SECRET), Secret(BASE_TOKEN)))
    signed_in_by(ExistingSession(base()))


def test_a_session_that_assumes_a_role_by_itself(
    told: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_profiles(monkeypatch, tmp_path, told)
    without_filters()
    given = ExistingSession(boto3.Session(profile_name="role", region_name=REGION))
    assert "AssumeRole" in signed_in_by(given)


@pytest.mark.parametrize("broken", [False, True])
def test_a_container(told: Endpoint, monkeypatch: pytest.MonkeyPatch, broken: bool) -> None:
    """An answer that is cut short is logged whole by botocore."""
    body = json.dumps({"AccessKeyId": "ASIA", "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": ENDS})
    told.answers["/creds"] = Answer(200, body[:-1] if broken else body)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{told.url}/creds")
    monkeypatch.setenv("AWS_ENDPOINT_URL", told.url)
    with listening() as heard, pytest.raises(Problem) if broken else nullcontext():
        sign_in(Chain(), region=REGION)
    assert "SecretAccessKey" in heard.getvalue() or not broken
    assert seen(heard.getvalue()) == []


def signed_in_by(way: SignInMethod) -> str:
    """What is logged while somebody signs in and reads; nothing of it is a secret."""
    with listening() as heard:
        session = sign_in(way, region=REGION)
        session.reader.read("iam", "GetRole", RoleName="R")
    assert seen(heard.getvalue()) == []
    assert redact.MASK in heard.getvalue() or "security-token" not in heard.getvalue().lower()
    return heard.getvalue()


def test_the_proof_logs_no_activation_code_and_a_session_no_token() -> None:
    with SimulatedAccount("everything-done") as account:
        without_filters()
        codes: list[str] = []

        def note(parsed: Any, **_: object) -> None:
            codes.append(parsed["ActivationCode"])

        role = account.session("execution-role")
        role.events.register("after-call.ssm.CreateActivation", note)
        with listening() as heard:
            proof = prove(target_of(account), role, acting(account))
        assert proof.status is ProofStatus.PROVED
        assert len(codes) == 1
        assert "CreateActivation" in heard.getvalue()
        assert codes[0] not in heard.getvalue()


@pytest.mark.parametrize("operation", ["StartSession", "ResumeSession"])
def test_the_token_of_a_session(endpoint: Endpoint, operation: str) -> None:
    told = {"SessionId": "s-1", "TokenValue": TOKEN, "StreamUrl": f"wss://stream?token={SSO_TOKEN}"}
    endpoint.answers[operation] = Answer(200, json.dumps(told))
    redact.mask_secrets()
    client = base().client("ssm", endpoint_url=endpoint.url)
    with listening() as heard:
        answer = (
            client.start_session(Target="mi-0123456789abcdef0")
            if operation == "StartSession"
            else client.resume_session(SessionId="s-1")
        )
    assert answer["TokenValue"] == TOKEN
    assert "s-1" in heard.getvalue()
    assert seen(heard.getvalue()) == []


def test_an_error_that_repeats_the_request(endpoint: Endpoint) -> None:
    def refuse(request: Request) -> Answer:
        said = f"The Canonical String was: x-amz-security-token:{request.headers['x-amz-security-token']}"
        return Answer.xml_error("SignatureDoesNotMatch", said, 403)

    endpoint.answers["GetCallerIdentity"] = refuse
    redact.mask_secrets()
    client: Any = base().client("sts", endpoint_url=endpoint.url)
    with listening() as heard:
        with pytest.raises(client.exceptions.ClientError) as raised:
            client.get_caller_identity()
        logging.getLogger("botocore.endpoint").debug("It failed.", exc_info=raised.value)
    assert "It failed." in heard.getvalue()
    assert seen(heard.getvalue()) == []


FORMS = [
    "'SecretAccessKey': '{}'",
    '{{"secretAccessKey":"{}"}}',
    'b\'{{"SecretAccessKey" : "{}", "Other": 1}}\'',
    '"{{\\"SecretAccessKey\\": \\"{}\\"}}"',
    "<SecretAccessKey>{}</SecretAccessKey>",
    '<ns0:SecretAccessKey xmlns="x">{}</ns0:SecretAccessKey>',
    "Action=AssumeRole&TokenCode={}&Version=2011-06-15",
    "x-amz-security-token:{}\nx-amz-date:2026",
    "{{'X-Amz-Security-Token': b'{}', 'Host': 'h'}}",
    "https://h/?X-Amz-Security-Token={}&X-Amz-Date=1",
    "x-amz-sso_bearer_token: {}",
    '{{"Token" : "{}"}}',
    "SecretAccessKey => {}",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", ["qqq/+=", "Q", "q.q-q_q:q@q", "q" * 1000])
def test_every_form_of_a_secret_is_masked(form: str, secret: str) -> None:
    masked = redact.mask(f"before {form.format(secret)} after")
    assert redact.MASK in masked
    assert secret not in masked
    assert redact.mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "<Arn>arn:aws:iam::1:role/R</Arn>",
        "NextToken=abc&Marker=x",
        '{"NextToken": "abc", "TokenType": "Bearer"}',
        "Looking for credentials via: assume-role",
        "MySecretAccessKeys: are none",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact.mask(text) == text


def test_a_quote_in_a_value_does_not_end_it() -> None:
    assert redact.mask(repr({"ExternalId": 'it\'s "so" x', "RoleArn": "r"})) == "{'ExternalId': •••, 'RoleArn': 'r'}"


def test_every_listed_operation_and_member_is_botocores() -> None:
    core = botocore.session.Session()
    for (service, operation), members in redact.SECRETS.items():
        if service not in core.get_available_services():
            continue  # `aws login` came later than the oldest botocore
        model = core.get_service_model(service).operation_model(operation)
        shapes = [shape for shape in (model.input_shape, model.output_shape) if shape]
        known = {name.lower() for shape in shapes for name in _members(shape)}
        assert {name.lower() for name in members} <= known, (service, operation)


def _members(shape: Any) -> Iterator[str]:
    for name, member in getattr(shape, "members", {}).items():
        yield name
        yield from _members(member)
