"""The data channel of a session: StartSession answers 200, and then the preferences let a shell open or not."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import allow, deny, document
from tests.simulator.test_run_command import Person

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DOCUMENT = "SSM-SessionManagerRunShell"
DECRYPT = allow("kms:Decrypt", KEY)
DATA_KEY = allow("kms:GenerateDataKey", KEY)
SSM = allow("ssm:*")


def channel(
    account: SimulatedAccount,
    inputs: dict[str, Any],
    *statements: dict[str, Any],
    role: tuple[dict[str, Any], ...] = (),
    name: str = DOCUMENT,
    **state: Any,
) -> dict[str, Any]:
    """Start a session under preferences, and look at its channel."""
    prepared = account.state()
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    prepared["Documents"] = [{"Name": DOCUMENT, "DocumentType": "Session", "Content": content}]
    prepared["Keys"] = [{"KeyId": KEY.rpartition("/")[2], "Aliases": ["alias/ssm"]}]
    for each in prepared["RoleDetailList"]:
        if each["RoleName"].startswith("AmazonSageMaker-ExecutionRole") and role:
            each["RolePolicyList"].append({"PolicyName": "More", "PolicyDocument": document(*role)})
    account.set_state({**prepared, **state})
    jane = Person(account, SSM, *statements)
    named = {} if name == DOCUMENT else {"DocumentName": name}
    started = jane.ssm.start_session(Target=jane.node(), **named)
    assert started["ResponseMetadata"]["HTTPStatusCode"] == 200
    found: dict[str, Any] = account.channel(started["SessionId"])
    return found


def test_without_preferences_a_shell_opens(done: SimulatedAccount) -> None:
    jane = Person(done, SSM)
    session = jane.ssm.start_session(Target=jane.node())["SessionId"]
    assert done.channel(session) == {"opened": True, "said": "", "lost": []}


def test_the_plugin_generates_the_data_key_first(done: SimulatedAccount) -> None:
    found = channel(done, {"kmsKeyId": "alias/ssm"}, role=(DECRYPT,))
    assert not found["opened"]
    assert found["said"].startswith("Encountered error while initiating handshake. KMSEncryption failed on client")
    assert f"kms:GenerateDataKey on resource: {KEY} because no identity-based policy allows" in found["said"]


def test_the_agent_decrypts_it_then(done: SimulatedAccount) -> None:
    found = channel(done, {"kmsKeyId": "alias/ssm"}, DATA_KEY)
    assert "Fetching data key failed: Unable to retrieve data key, Error when decrypting data key" in found["said"]
    assert f"kms:Decrypt on resource: {KEY}" in found["said"]


def test_with_both_rights_the_channel_is_encrypted(done: SimulatedAccount) -> None:
    assert channel(done, {"kmsKeyId": KEY}, DATA_KEY, role=(DECRYPT,))["opened"]


@pytest.mark.parametrize("context", ["aws:ssm:TargetId", "aws:ssm:SessionId"])
def test_the_encryption_context_names_session_and_node(done: SimulatedAccount, context: str) -> None:
    values = {"aws:ssm:TargetId": "mi-*", "aws:ssm:SessionId": "jane-*"}
    bound = {"Condition": {"StringLike": {f"kms:EncryptionContext:{context}": values[context]}}}
    assert channel(done, {"kmsKeyId": KEY}, {**DATA_KEY, **bound}, role=({**DECRYPT, **bound},))["opened"]


def test_the_service_that_s3_names_is_not_there(done: SimulatedAccount) -> None:
    via = {"Condition": {"StringLike": {"kms:ViaService": "ssm.*"}}}
    assert not channel(done, {"kmsKeyId": KEY}, {**DATA_KEY, **via}, role=(DECRYPT,))["opened"]


def test_ssh_is_no_shell(done: SimulatedAccount) -> None:
    inputs = {"kmsKeyId": KEY, "runAsEnabled": True, "s3BucketName": "logs", "s3EncryptionEnabled": True}
    assert channel(done, inputs, name="AWS-StartSSHSession") == {"opened": True, "said": "", "lost": []}


def test_the_encryption_of_the_bucket_is_looked_at(done: SimulatedAccount) -> None:
    inputs = {"s3BucketName": "logs", "s3EncryptionEnabled": True}
    said = channel(done, inputs)["said"]
    assert said.startswith("Couldn't start the session because we are unable to validate encryption on Amazon S3")
    assert "s3:GetEncryptionConfiguration" in said


def test_without_the_right_to_write_only_the_log_is_lost(done: SimulatedAccount) -> None:
    inputs = {"s3BucketName": "logs", "s3EncryptionEnabled": False}
    barred = deny("s3:PutObject", "arn:aws:s3:::logs/*")
    assert channel(done, inputs, role=(barred,)) == {"opened": True, "said": "", "lost": ["s3://logs"]}


@pytest.mark.parametrize(("group", "opened"), [({}, False), ({"KmsKeyId": KEY}, True)])
def test_a_log_group_that_must_be_encrypted(done: SimulatedAccount, group: dict[str, str], opened: bool) -> None:
    inputs = {"cloudWatchLogGroupName": "/sessions", "cloudWatchEncryptionEnabled": True}
    groups = [{"LogGroupName": "/sessions", **group}]
    found = channel(done, inputs, LogGroups=groups)
    assert found["opened"] is opened
    assert ("encryption is not set up on the selected CloudWatch Logs log group" in found["said"]) is not opened


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Unable to start command: please set the RunAs default user"),
        ("root", "Unable to start command: invalid uid and gid"),
        ("ec2-user", "Unable to start command: failed to start pty since RunAs user ec2-user does not exist"),
        ("ssm-user", ""),
    ],
)
def test_run_as_needs_a_user_of_the_container(done: SimulatedAccount, name: str, said: str) -> None:
    assert channel(done, {"runAsEnabled": True, "runAsDefaultUser": name})["said"] == said


def test_the_newest_version_is_not_the_default_one(done: SimulatedAccount) -> None:
    ssm: Any = done.session().client("ssm")
    texts = [f'{{"schemaVersion": "1.0", "inputs": {{"kmsKeyId": "{name}"}}}}' for name in "ab"]
    ssm.create_document(Name=DOCUMENT, DocumentType="Session", Content=texts[0])
    ssm.update_document(Name=DOCUMENT, Content=texts[1], DocumentVersion="$LATEST")
    read = {version: ssm.get_document(Name=DOCUMENT, DocumentVersion=version) for version in ("$DEFAULT", "$LATEST")}
    assert {name: each["DocumentVersion"] for name, each in read.items()} == {"$DEFAULT": "1", "$LATEST": "2"}
    assert [each["Content"] for each in read.values()] == texts
    ssm.update_document_default_version(Name=DOCUMENT, DocumentVersion="2")
    assert ssm.get_document(Name=DOCUMENT)["Content"] == texts[1]
