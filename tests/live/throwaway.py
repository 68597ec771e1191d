"""A throw-away execution role with a random name and a path of its own, deleted whatever happens."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sm_ssh_widget.clock import current_clock

PATH, PREFIX = "/sm-ssh-widget-live/", "live-"
_VISIBLE_S, _PAUSE_S = 90.0, 3.0


class RoleSession(boto3.Session):
    """A session whose clients use another endpoint than AWS's, if there is one."""

    _endpoint: str | None = None

    def at(self, endpoint: str | None) -> RoleSession:
        """Use this endpoint for every client from now on."""
        self._endpoint = endpoint
        return self

    def client(self, *names: Any, **given: Any) -> Any:
        """Return a client, as boto3 does."""
        return super().client(*names, **{"endpoint_url": self._endpoint, **given})


@dataclass
class ThrowawayRole:
    """The role; ``left`` says after the end what could not be deleted, as sentences for the volunteer."""

    iam: Any
    caller: str
    name: str = field(default_factory=lambda: f"{PREFIX}{secrets.token_hex(6)}")
    arn: str = ""
    left: list[str] = field(default_factory=list)

    def create(self) -> None:
        """Create it. Its trust lets SageMaker and the volunteer's account assume it; it has no permissions."""
        account = self.caller.split(":")[4]
        partition = self.caller.split(":")[1]
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                _trusts({"Service": "sagemaker.amazonaws.com"}),
                _trusts({"AWS": f"arn:{partition}:iam::{account}:root"}),
            ],
        }
        made = self.iam.create_role(RoleName=self.name, Path=PATH, AssumeRolePolicyDocument=json.dumps(trust))
        self.arn = str(made["Role"]["Arn"])

    def session(self, sts: Any, region: str, endpoint: str | None = None) -> boto3.Session:
        """Return a session of the role, as soon as IAM lets it be assumed. Raises :class:`ClientError` after 90 s."""
        given = self._assumed(sts, current_clock().elapsed() + _VISIBLE_S)
        keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return RoleSession(*keys, region_name=region).at(endpoint)

    def _assumed(self, sts: Any, until: float) -> dict[str, str]:
        clock = current_clock()
        while clock.elapsed() < until:
            with suppress(ClientError):
                return self._assume(sts)
            clock.sleep(_PAUSE_S)
        return self._assume(sts)

    def _assume(self, sts: Any) -> dict[str, str]:
        return dict(sts.assume_role(RoleArn=self.arn, RoleSessionName="sm-ssh-widget-live")["Credentials"])

    def state(self) -> dict[str, Any]:
        """Return what an undo has to restore: trust, inline policies and attachments."""
        role = self.iam.get_role(RoleName=self.name)["Role"]
        inline = self.iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        attached = self.iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]
        return {"trust": role["AssumeRolePolicyDocument"], "inline": sorted(inline), "attached": attached}

    def delete(self) -> None:
        """Delete it with everything on it; what fails is in ``left``, and the rest is still deleted."""
        name = {"RoleName": self.name}
        for policy in self._read(lambda: self.iam.list_attached_role_policies(**name)["AttachedPolicies"]):
            self._try(
                f"detach {policy['PolicyArn']}", self.iam.detach_role_policy, PolicyArn=policy["PolicyArn"], **name
            )
        for policy in self._read(lambda: self.iam.list_role_policies(**name)["PolicyNames"]):
            self._try(f"delete the inline policy {policy}", self.iam.delete_role_policy, PolicyName=policy, **name)
        self._try("delete the role", self.iam.delete_role, **name)

    def _read(self, read: Callable[[], list[Any]]) -> list[Any]:
        try:
            return read()
        except (ClientError, BotoCoreError) as error:
            self.left.append(f"The policies of {self.name} could not be listed: {error}")
            return []

    def _try(self, what: str, call: Callable[..., Any], **parameters: str) -> None:
        try:
            call(**parameters)
        except (ClientError, BotoCoreError) as error:
            self.left.append(f"Could not {what} ({PATH}{self.name}): {error}")


def _trusts(principal: dict[str, str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}


@contextmanager
def throwaway_role(iam: Any, caller: str) -> Iterator[ThrowawayRole]:
    """Create the role, and delete it whatever happens in the block, Ctrl-C included."""
    role = ThrowawayRole(iam, caller)
    role.create()
    try:
        yield role
    finally:
        role.delete()
