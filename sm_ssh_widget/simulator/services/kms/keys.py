"""KMS keys: found by ID, ARN or alias, and authorized with their own policies.

Sources: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html and
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ResourcePolicy, ServiceCall, operation
from sm_ssh_widget.simulator.state import AccountState, Record


def key_arn(state: AccountState, given: str, region: str) -> str:
    """Return the ARN of a key by its ID, ARN, alias or alias ARN, even if the key does not exist."""
    name = given.rsplit(":", 1)[-1] if given.startswith("arn:") else given
    if name.startswith("alias/"):
        found = (each for each in _keys(state, region) if name in each.get("Aliases", ()))
        name = next((str(each["KeyId"]) for each in found), name)
    if name.startswith("alias/"):
        return f"arn:{state.partition}:kms:{region}:{state.account}:{name}"
    if given.startswith("arn:") and name.startswith("key/"):
        return given
    return f"arn:{state.partition}:kms:{region}:{state.account}:key/{name.removeprefix('key/')}"


def _keys(state: AccountState, region: str) -> list[Record]:
    return [each for each in state.records["Keys"] if each.get("Region", region) == region]


def key_state(state: AccountState, arn: str) -> str:
    """Return the state of a key such as ``Enabled``; empty if the key does not exist."""
    record = _key(state, arn)
    return str(record.get("KeyState", "Enabled")) if record else ""


def _key(state: AccountState, arn: str) -> Record | None:
    region, identity = arn.split(":")[3], arn.rsplit("/", 1)[-1]
    return next((each for each in _keys(state, region) if each["KeyId"] == identity), None)


def policy_of_key(state: AccountState, arn: str) -> ResourcePolicy:
    """Return the policy of a key, by default the one that delegates to IAM."""
    record = _key(state, arn)
    root = {"AWS": f"arn:{state.partition}:iam::{state.account}:root"}
    default = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    given = (record or {}).get("Policy") or {"Version": "2012-10-17", "Statement": [default]}
    return ResourcePolicy("key policy", given if isinstance(given, str) else json.dumps(given))


def require_use(call: ServiceCall, action: str, arn: str, context: Mapping[str, str]) -> None:
    """Raise unless the caller can use the key through the called service, and the key exists and is enabled."""
    via = f"{call.service}.{call.region}.amazonaws.com"
    keys: dict[str, Any] = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    keys |= {"kms:ViaService": via, "kms:CallerAccount": call.state.account, "kms:EncryptionContextKeys": [*context]}
    call.require(action, arn, keys, policy_of_key(call.state, arn))
    record = _key(call.state, arn)
    if record is None:
        raise AwsError("KMS.NotFoundException", f"Key '{arn}' does not exist")
    if record.get("KeyState", "Enabled") != "Enabled":
        raise AwsError("KMS.DisabledException", f"{arn} is disabled.")


def _on_key(call: ServiceCall) -> Sequence[str]:
    return (key_arn(call.state, str(call.parameters["KeyId"]), call.region),)


def _policy(call: ServiceCall, resource: str) -> ResourcePolicy:
    return policy_of_key(call.state, resource)


@operation("kms", "DescribeKey", on=_on_key, policy=_policy)
def _describe(call: ServiceCall) -> Record:
    arn = _on_key(call)[0]
    record = _key(call.state, arn)
    if record is None:
        raise AwsError("NotFoundException", f"Key '{arn}' does not exist")
    state = record.get("KeyState", "Enabled")
    return {
        "KeyMetadata": {
            "KeyId": record["KeyId"],
            "Arn": arn,
            "AWSAccountId": call.state.account,
            "Description": record.get("Description", ""),
            "Enabled": state == "Enabled",
            "KeyState": state,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeySpec": record.get("KeySpec", "SYMMETRIC_DEFAULT"),
            "KeyManager": "CUSTOMER",
        }
    }


@operation("kms", "GetKeyPolicy", on=_on_key, policy=_policy)
def _get_policy(call: ServiceCall) -> Record:
    arn = _on_key(call)[0]
    if _key(call.state, arn) is None:
        raise AwsError("NotFoundException", f"Key '{arn}' does not exist")
    return {"Policy": policy_of_key(call.state, arn).text, "PolicyName": "default"}


@operation("kms", "ListAliases")
def _aliases(call: ServiceCall) -> Record:
    pairs = ((alias, key["KeyId"]) for key in _keys(call.state, call.region) for alias in key.get("Aliases", ()))
    found = [{"AliasName": alias, "AliasArn": call.arn(alias), "TargetKeyId": key} for alias, key in pairs]
    page, marker = call.page(found, call.parameters.get("Limit"), call.parameters.get("Marker"), 50)
    return {"Aliases": page, "NextMarker": marker, "Truncated": marker is not None}
