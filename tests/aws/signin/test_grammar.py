"""What people type and paste: the grammar of ``--sign-in``, and blocks of keys."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin import (
    AssumeRole,
    Chain,
    DeviceCode,
    Keys,
    Login,
    Profile,
    parse_export_block,
    parse_sign_in,
)
from sm_ssh_widget.problem import Code, Problem

KEY_ID, SECRET, TOKEN = "ASIAQQQQQQQQQQQQQQQQ", "se/cret+value0=" + "x" * 25, "to/ken+" + "y" * 60 + "=="
ROLE = "arn:aws:iam::123456789012:role/path/Admin,Two"
NAMED = (("AWS_ACCESS_KEY_ID", KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", TOKEN))
JSON = {"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "SessionToken": TOKEN}
BLOCKS = {
    "bash": "\n".join(f'export {name}="{value}"' for name, value in NAMED),
    "one line": " ".join(f"{name}={value}" for name, value in NAMED) + " aws s3 ls",
    "joined": " && ".join(f"export {name}={value};" for name, value in NAMED),
    "fish": "\n".join(f"set -gx {name} {value}" for name, value in NAMED),
    "cmd": "".join(f"SET {name}={value}\r\n" for name, value in NAMED),
    "powershell": "\n".join(f'$Env:{name}="{value}"' for name, value in NAMED),
    "profile": "[1_Admin]\n" + "\n".join(f"{name.lower()} = {value}" for name, value in NAMED),
    "sts": json.dumps({"Credentials": JSON}),
    "process": json.dumps({"Version": 1, **JSON}),
    "sso": json.dumps({"roleCredentials": {name[0].lower() + name[1:]: value for name, value in JSON.items()}}),
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_keys_are_read_in_every_shape(block: str) -> None:
    keys = parse_export_block(f"\n  {block}\n")
    assert keys.token is not None
    assert (keys.key_id, keys.secret.reveal(), keys.token.reveal()) == (KEY_ID, SECRET, TOKEN)


@pytest.mark.parametrize(
    "block",
    [
        BLOCKS["bash"] + "\nexport AWS_CREDENTIAL_EXPIRATION=2030-01-02T03:04:05Z",
        BLOCKS["process"][:-1] + ', "Expiration": "2030-01-02T03:04:05+00:00"}',
        BLOCKS["sso"][:-2] + ', "expiration": 1893553445000}}',
    ],
)
def test_the_end_is_read_where_it_is_told(block: str) -> None:
    assert parse_export_block(block).until == datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def test_an_end_that_is_no_time_is_no_trouble() -> None:
    assert parse_export_block(BLOCKS["bash"] + "\nAWS_CREDENTIAL_EXPIRATION=soon").until is None


def test_long_lived_keys_have_no_token() -> None:
    keys = parse_export_block(f"AWS_ACCESS_KEY_ID=AKIAQQQQQQQQQQQQQQQQ\nAWS_SECRET_ACCESS_KEY={SECRET}")
    assert keys.token is None


@pytest.mark.parametrize(
    ("block", "missing"),
    [
        ("", "AWS_ACCESS_KEY_ID"),
        (f"export AWS_ACCESS_KEY_ID={KEY_ID}\nexport AWS_SESSION_TOKEN={TOKEN}", "AWS_SECRET_ACCESS_KEY"),
        (f"AWS_SECRET_ACCESS_KEY={SECRET}", "AWS_ACCESS_KEY_ID"),
        (f"AWS_ACCESS_KEY_ID={KEY_ID}\nAWS_SECRET_ACCESS_KEY={SECRET}", "AWS_SESSION_TOKEN"),
        (BLOCKS["bash"] + f"\n[second]\naws_secret_access_key = {SECRET}2", "more than one secret access key"),
        (BLOCKS["sts"][:-1], "JSON"),
        ('{"Credentials": 1}', "credentials"),
        (f"AWS_ACCESS_KEY_ID=se/cret\nAWS_SECRET_ACCESS_KEY={SECRET}", "access key ID"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_repeated(block: str, missing: str) -> None:
    with pytest.raises(Problem) as raised:
        parse_export_block(block)
    problem = raised.value
    assert problem.code is Code.SIGN_IN
    assert missing in problem.said
    assert all(value not in str(problem) for value in (KEY_ID, SECRET, TOKEN, "se/cret"))


def never(what: str) -> Secret:
    raise AssertionError(f"asked for {what}")


def test_the_ways_are_written_as_the_command_line_has_them() -> None:
    assert parse_sign_in("chain", ask=never) == Chain()
    assert parse_sign_in("profile:my admin", ask=never) == Profile("my admin")
    assert parse_sign_in("login", ask=never) == Login()
    assert parse_sign_in("login:my admin", ask=never) == Login("my admin")
    assert parse_sign_in(f"assume-role:{ROLE}", ask=never) == AssumeRole(ROLE)
    assert parse_sign_in(f"assume-role:{ROLE},external-id=a=b", ask=never) == AssumeRole(ROLE, external_id="a=b")


def test_secrets_are_asked_for_and_never_in_the_text() -> None:
    code = Secret("123456")
    way = parse_sign_in(f"assume-role:{ROLE},mfa=arn:aws:iam::123456789012:mfa/me,external-id=x", ask=lambda _: code)
    assert way == AssumeRole(ROLE, Chain(), "x", "arn:aws:iam::123456789012:mfa/me", code)
    block = Secret(BLOCKS["bash"])
    keys = parse_sign_in("keys-stdin", ask=lambda _: block)
    assert block.is_forgotten
    assert isinstance(keys, Keys)
    assert keys.key_id == KEY_ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "chain:x",
        "profile:",
        "login:",
        "profile",
        "keys",
        "keys-stdin:AKIA",
        "assume-role:",
        "assume-role:Admin",
        "assume-role:arn:aws:iam::12345:role/Admin",
        "assume-role:arn:aws:iam::123456789012:user/admin",
        f"assume-role:{ROLE},mfa=",
        f"assume-role:{ROLE},code=123456",
        f"assume-role:{ROLE},external-id=1,external-id=2",
        "sso:",
        "sso:https://x.awsapps.com/start",
        "sso:https://x.awsapps.com/start,account=123456789012",
        "sso:https://x.awsapps.com/start,eu-west-1,account=12345",
        "sso:https://x.awsapps.com/start,eu-west-1,role=",
        "sso:https://x.awsapps.com/start,eu-west-1,role=A,role=B",
        "sso:https://x.awsapps.com/start,eu-west-1,token=1",
        "nonsense",
    ],
)
def test_other_texts_are_a_usage_problem(text: str) -> None:
    with pytest.raises(Problem) as raised:
        parse_sign_in(text, ask=never)
    assert (raised.value.code, raised.value.code.exit_code) == (Code.USAGE, 2)


def test_identity_center_with_its_options() -> None:
    way = parse_sign_in("sso:https://x.awsapps.com/start#/, eu-west-1,account=123456789012,role=Admin", ask=never)
    assert way == DeviceCode("https://x.awsapps.com/start#/", "eu-west-1", "123456789012", "Admin")


def test_a_secret_typed_into_the_argument_is_not_repeated() -> None:
    with pytest.raises(Problem) as raised:
        parse_sign_in(f"keys:{SECRET}", ask=never)
    assert SECRET not in str(raised.value)
