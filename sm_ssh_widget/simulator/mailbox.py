"""Commands for agents: posted by ``SendCommand``, fetched by the agent, reported by ``GetCommandInvocation``.

A node with a real agent fetches its messages itself. For every other node, which has no process, the simulated account
answers at once with a harmless echo: nothing is run.
Source: github.com/aws/amazon-ssm-agent 1c217c8, ``agent/runcommand/contracts`` and ``agent/contracts/model.go``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]

WAITING, DELIVERED, SUCCESS, FAILED = "Pending", "InProgress", "Success", "Failed"
LONGEST_OUTPUT = 24000
"""Number of characters of an output that Systems Manager keeps."""


@dataclass
class Command:
    """One command for one node. ``status`` is that of an invocation; the times are seconds since the epoch."""

    command_id: str
    node: str
    region: str
    document: str
    parameters: Mapping[str, Sequence[str]]
    posted: float
    status: str = WAITING
    acknowledged: bool = False
    code: int = -1
    output: str = ""
    error: str = ""
    ended: float | None = None

    @property
    def message_id(self) -> str:
        """Return the name of its message, from which agents parse the command's ID."""
        return f"aws.ssm.{self.command_id}.{self.node}"

    def answered(self, payload: str, now: float) -> None:
        """Process an agent's reply: first that it has started, without any step, then the result of each step.

        Raises :class:`ValueError` or :class:`KeyError` for an invalid reply.
        """
        reply = json.loads(payload)
        plugins = [each for each in (reply.get("runtimeStatus") or {}).values() if isinstance(each, dict)]
        self.status = str(reply["documentStatus"])
        self.code = max((int(each.get("code", -1)) for each in plugins), default=-1)
        self.output = "".join(str(each.get("standardOutput", "")) for each in plugins)[:LONGEST_OUTPUT]
        self.error = "".join(str(each.get("standardError", "")) for each in plugins)[:LONGEST_OUTPUT]
        if self.status not in (WAITING, DELIVERED):
            self.ended = now

    def failed(self, why: str, now: float) -> None:
        """Record that the agent could not process the message."""
        self.acknowledged, self.status, self.error, self.ended = True, FAILED, why, now

    def echo(self, now: float) -> None:
        """Answer with the command's own lines: nothing is run."""
        lines = [line for lines in self.parameters.values() for line in lines]
        self.acknowledged, self.status, self.code, self.ended = True, SUCCESS, 0, now
        self.output = "".join(f"{line}\n" for line in lines)[:LONGEST_OUTPUT]

    def message(self) -> Record:
        """Return the message in the form of ``ec2messages:GetMessages``."""
        payload = json.dumps(
            {
                "Parameters": dict(self.parameters),
                "DocumentContent": _content(self.document),
                "CommandId": self.command_id,
                "DocumentName": self.document,
                "OutputS3BucketName": "",
                "OutputS3KeyPrefix": "",
            }
        )
        return {
            "CreatedDate": dt.datetime.fromtimestamp(self.posted, dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "Destination": self.node,
            "MessageId": self.message_id,
            "Payload": payload,
            "PayloadDigest": hashlib.sha256(payload.encode()).hexdigest(),
            "Topic": f"aws.ssm.sendCommand.{self.region.replace('-', '.')}.1",
        }


@dataclass
class Mailbox:
    """The commands of an account, in the order in which they were sent."""

    commands: list[Command] = field(default_factory=list)

    def post(
        self, node: Record, command_id: str, document: str, parameters: Mapping[str, Sequence[str]], now: float
    ) -> Command:
        """Send a command to a hybrid node; a node without a real agent has answered when this returns."""
        command = Command(command_id, node["InstanceId"], node["Region"], document, parameters, now)
        self.commands.append(command)
        if not has_agent(node):
            command.echo(now)
        return command

    def waiting(self, node: str) -> list[Command]:
        """Return the unacknowledged commands of a node."""
        return [each for each in self.commands if each.node == node and not each.acknowledged]

    def find(self, command_id: str, node: str) -> Command | None:
        """Return the invocation of a command on a node."""
        return next((each for each in self.commands if (each.command_id, each.node) == (command_id, node)), None)

    def by_message(self, message_id: str) -> Command | None:
        """Return the command of a message."""
        return next((each for each in self.commands if each.message_id == message_id), None)


def has_agent(node: Record) -> bool:
    """Whether a node has a real agent, registered with a key."""
    return "PublicKey" in node


def _content(document: str) -> Record:
    """Return the content of an AWS document that an agent needs to run shell commands."""
    inputs = {"runCommand": "{{ commands }}", "workingDirectory": "{{ workingDirectory }}"}
    step = {"action": "aws:runShellScript", "name": "runShellScript", "inputs": inputs}
    text: Record = {"type": "String", "default": ""}
    parameters: dict[str, Any] = {"commands": {"type": "StringList"}, "workingDirectory": text}
    return {"schemaVersion": "2.2", "description": document, "parameters": parameters, "mainSteps": [step]}
