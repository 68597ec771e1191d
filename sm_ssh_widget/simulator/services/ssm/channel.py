"""Data channel of a session: what the Session Manager preferences make of it after ``StartSession`` has answered.

``StartSession`` never looks at keys, logs or RunAs. The plugin and the agent do, once the channel is open: a shell can
end there. A session of type ``Port``, such as SSH, uses none of these preferences, and its connections work.
Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html and the agent's code,
https://github.com/aws/amazon-ssm-agent/tree/mainline/agent/session
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sm_ssh_widget.policy.evaluate import CompiledPolicy, Outcome
from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.credentials import RequestCaller
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.services.kms.keys import key_arn, key_state, policy_of_key
from sm_ssh_widget.simulator.services.ssm.documents import DEFAULT, SHELL, find
from sm_ssh_widget.simulator.state import AccountState, Record

_HANDSHAKE = "Encountered error while initiating handshake."
_BY_CLIENT = (
    f"{_HANDSHAKE} KMSEncryption failed on client with status 2 error: Failed to process action KMSEncryption: Error "
    "calling KMS GenerateDataKey API: AccessDeniedException: "
)
_BY_AGENT = (
    f"{_HANDSHAKE} Fetching data key failed: Unable to retrieve data key, Error when decrypting data key "
    "AccessDeniedException: "
)
_BUCKET = "Couldn't start the session because we are unable to validate encryption on Amazon S3 bucket. Error: "
_LOG_GROUP = (
    "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. Either "
    "encrypt the log group or choose an option to enable logging without encryption."
)
_COMMAND = "Unable to start command: "
_USERS = ("root", "ssm-user")
"""Users of a container, unless the node's record has ``Users``. The agent creates ``ssm-user`` itself."""


@dataclass(frozen=True)
class _Channel:
    """A session with its node, both of their identities, and the preferences."""

    state: AccountState
    session: Record
    node: Record
    agent: RequestCaller
    starter: RequestCaller
    inputs: Mapping[str, Any]

    def refused(self, who: RequestCaller, action: str, arn: str, policy: CompiledPolicy | None = None) -> str:
        """Return AWS's refusal of a call; empty if it is allowed."""
        context = authorise.caller_context(self.state, who, self.session["Region"]) | self._encryption_context(action)
        found = authorise.decide(self.state, who, action, arn, context=context, resource_policy=policy)
        if found.outcome is Outcome.ALLOWED:
            return ""
        tail = authorise.because(found, action, authorise.policy_arn(self.state, found))
        return authorise.access_denied(action.partition(":")[0], who, action, arn, tail).message

    def _encryption_context(self, action: str) -> dict[str, Any]:
        if not action.startswith("kms:"):
            return {}
        bound = {"aws:ssm:SessionId": self.session["SessionId"], "aws:ssm:TargetId": self.session["Target"]}
        keys = {f"kms:EncryptionContext:{name}": value for name, value in bound.items()}
        return {**keys, "kms:EncryptionContextKeys": [*bound], "kms:CallerAccount": self.state.account}


def open_channel(state: AccountState, session_id: str) -> Record:
    """Return whether the channel of a session opens: ``opened``, what the plugin prints in ``said``, and ``lost``.

    ``lost`` lists the logs that are not kept although the session works.
    """
    session = state.regional["Sessions"].get(session_id)
    if session is None or "EndDate" in session:
        raise AwsError("DoesNotExistException", f"Session {session_id} does not exist.", 404)
    kind, inputs = _inputs(state, session)
    if kind == "Port":
        return {"opened": True, "said": "", "lost": []}
    channel = _channel(state, session, inputs)
    said = _key(channel) or _logs(channel) or (_run_as(channel) if kind == "Standard_Stream" else "")
    return {"opened": not said, "said": said, "lost": [] if said else _lost(channel)}


def _inputs(state: AccountState, session: Record) -> tuple[str, Mapping[str, Any]]:
    """Return the type of the session, and the preferences that apply to it."""
    document = find(state, session["DocumentName"], session["Region"], DEFAULT)
    content = json.loads(document["Content"]) if document else {}
    kind = str(content.get("sessionType", "Standard_Stream"))
    if kind == "Standard_Stream":
        return kind, content.get("inputs") or {}
    preferences = find(state, SHELL, session["Region"], DEFAULT)
    return kind, (json.loads(preferences["Content"]).get("inputs") or {}) if preferences else {}


def _channel(state: AccountState, session: Record, inputs: Mapping[str, Any]) -> _Channel:
    node = state.regional["ManagedInstances"].get(session["Target"], {"IamRole": "", "Tags": []})
    name = str(node["IamRole"]).rsplit("/", 1)[-1]
    agent = _session_of(state, f"arn:{state.partition}:sts::{state.account}:assumed-role/{name}/{session['Target']}")
    return _Channel(state, session, node, agent, _session_of(state, session["Owner"]), inputs)


def _session_of(state: AccountState, arn: str) -> RequestCaller:
    """Return the identity of a user's or a session's ARN."""
    names = arn.split(":")[5].split("/")
    kind, name, session = ("user", names[-1], "") if names[0] == "user" else ("role", names[1], names[-1])
    record = state.visible("user" if kind == "user" else "role", name) or {"Arn": arn}
    identity = record.get("UserId") or f"{record.get('RoleId', '')}:{session}"
    return RequestCaller(arn, identity, "user" if kind == "user" else "role", name, record["Arn"])


def _key(channel: _Channel) -> str:
    """Return why the channel cannot be encrypted; the plugin calls before the agent."""
    given = str(channel.inputs.get("kmsKeyId") or "")
    if not given:
        return ""
    arn = key_arn(channel.state, given, channel.session["Region"])
    if key_state(channel.state, arn) != "Enabled":
        return f"{_BY_CLIENT}{arn} is disabled or does not exist."
    own = policy_of_key(channel.state, arn)
    policy = authorise.compiled(own.text, own.name)
    for who, action, before in (
        (channel.starter, "kms:GenerateDataKey", _BY_CLIENT),
        (channel.agent, "kms:Decrypt", _BY_AGENT),
    ):
        if said := channel.refused(who, action, arn, policy):
            return f"{before}{said}"
    return ""


def _logs(channel: _Channel) -> str:
    """Return why the agent refuses to start with logs that must be encrypted."""
    bucket = str(channel.inputs.get("s3BucketName") or "")
    if bucket and channel.inputs.get("s3EncryptionEnabled"):
        arn = f"arn:{channel.state.partition}:s3:::{bucket}"
        if said := channel.refused(channel.agent, "s3:GetEncryptionConfiguration", arn):
            return f"{_BUCKET}{said}"
    name = str(channel.inputs.get("cloudWatchLogGroupName") or "")
    if name and channel.inputs.get("cloudWatchEncryptionEnabled"):
        group = _group(channel, name)
        unseen = channel.refused(channel.agent, "logs:DescribeLogGroups", _on_group(channel, "", ""))
        return _LOG_GROUP if unseen or not (group or {}).get("KmsKeyId") else ""
    return ""


def _group(channel: _Channel, name: str) -> Record | None:
    here = (each for each in channel.state.records["LogGroups"] if each["LogGroupName"] == name)
    region = channel.session["Region"]
    return next((each for each in here if each.get("Region", region) == region), None)


def _on_group(channel: _Channel, name: str, stream: str) -> str:
    region, account = channel.session["Region"], channel.state.account
    return f"arn:{channel.state.partition}:logs:{region}:{account}:log-group:{name}:log-stream:{stream}"


def _run_as(channel: _Channel) -> str:
    """Return why the shell cannot start as the user of RunAs; a tag on the starter's identity comes first."""
    if not channel.inputs.get("runAsEnabled"):
        return ""
    record = channel.state.visible(channel.starter.kind, channel.starter.name) or {}
    tags = {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}
    user = tags.get("SSMSessionRunAs") or str(channel.inputs.get("runAsDefaultUser") or "")
    if not user:
        return f"{_COMMAND}please set the RunAs default user"
    if user == "root":
        return f"{_COMMAND}invalid uid and gid"
    if user not in channel.node.get("Users", _USERS):
        return f"{_COMMAND}failed to start pty since RunAs user {user} does not exist"
    return ""


def _lost(channel: _Channel) -> list[str]:
    """Return the logs that the agent cannot write."""
    lost = []
    bucket, prefix = str(channel.inputs.get("s3BucketName") or ""), str(channel.inputs.get("s3KeyPrefix") or "")
    key = "/".join(part for part in (prefix.strip("/"), f"{channel.session['SessionId']}.log") if part)
    if bucket and channel.refused(channel.agent, "s3:PutObject", f"arn:{channel.state.partition}:s3:::{bucket}/{key}"):
        lost.append(f"s3://{bucket}")
    name = str(channel.inputs.get("cloudWatchLogGroupName") or "")
    stream = _on_group(channel, name, channel.session["SessionId"])
    if name and any(
        channel.refused(channel.agent, action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")
    ):
        lost.append(name)
    return lost
