"""Systems Manager service settings: the instance tier, and the default role of host management.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetServiceSetting.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.simulator.authorise import trusts_service
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import AccountState, Record

TIER = "/ssm/managed-instance/activation-tier"
DEFAULT_HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
DEFAULTS = {
    TIER: "standard",
    DEFAULT_HOST_MANAGEMENT: "$None",
    "/ssm/parameter-store/default-parameter-tier": "Standard",
    "/ssm/parameter-store/high-throughput-enabled": "false",
    "/ssm/opsinsights/opscenter": "Disabled",
    "/ssm/documents/console/public-sharing-permission": "Enable",
}
_ALLOWED = {TIER: ("standard", "advanced")}


def _on_setting(call: ServiceCall) -> Sequence[str]:
    return (call.arn(f"servicesetting{call.parameters['SettingId']}"),)


def _identity(call: ServiceCall) -> str:
    given = str(call.parameters["SettingId"])
    identity = given.split(":servicesetting", 1)[-1]
    if identity not in DEFAULTS:
        raise AwsError("ServiceSettingNotFound", f"Setting {given} not found.")
    return identity


def _setting(call: ServiceCall, identity: str) -> Record:
    written = call.state.settings.get(call.region, {}).get(identity, {})
    pending = written.get("PendingUntil", 0) > call.state.now()
    return {
        "SettingId": identity,
        "SettingValue": written.get("SettingValue", DEFAULTS[identity]),
        "LastModifiedDate": written.get("LastModifiedDate", "2020-01-01T00:00:00+00:00"),
        "LastModifiedUser": written.get("LastModifiedUser", "System"),
        "ARN": call.arn(f"servicesetting{identity}"),
        "Status": "PendingUpdate" if pending else ("Customized" if "SettingValue" in written else "Default"),
    }


def tier_is_advanced(state: AccountState, region: str) -> bool:
    """Whether the advanced-instances tier is active in a Region: written, and no longer pending."""
    written = state.settings.get(region, {}).get(TIER, {})
    return written.get("SettingValue") == "advanced" and written.get("PendingUntil", 0) <= state.now()


@operation("ssm", "GetServiceSetting", on=_on_setting)
def _get(call: ServiceCall) -> Record:
    return {"ServiceSetting": _setting(call, _identity(call))}


@operation("ssm", "UpdateServiceSetting", on=_on_setting)
def _update(call: ServiceCall) -> Record:
    identity, value = _identity(call), call.parameters["SettingValue"]
    if value not in _ALLOWED.get(identity, (value,)):
        raise AwsError("ValidationException", f"Invalid setting value {value} for {identity}")
    _refuse_while_pending(call, identity)
    if identity == DEFAULT_HOST_MANAGEMENT and value != DEFAULTS[identity]:
        _require_passable(call, value)
    caller = call.caller.arn if call.caller else "System"
    written: Record = {"SettingValue": value, "LastModifiedDate": call.state.now(), "LastModifiedUser": caller}
    if identity == TIER:
        written["PendingUntil"] = call.state.now() + call.state.tier_pending_seconds
    call.state.settings.setdefault(call.region, {})[identity] = written
    return {}


def _require_passable(call: ServiceCall, path_and_name: str) -> None:
    """Raise unless the caller can pass the role to Systems Manager, and the role exists and trusts it.

    AWS documents the permission; the code and text for an unusable role are not known.
    """
    arn = f"arn:{call.state.partition}:iam::{call.state.account}:role/{path_and_name}"
    call.require("iam:PassRole", arn, {"iam:PassedToService": "ssm.amazonaws.com"})
    role = call.state.visible("role", path_and_name.rpartition("/")[2])
    if role is None or role["Arn"] != arn or not trusts_service(call.state, role, "ssm.amazonaws.com", call.region):
        raise AwsError("ValidationException", f"The role {path_and_name} does not exist or cannot be assumed.")


@operation("ssm", "ResetServiceSetting", on=_on_setting)
def _reset(call: ServiceCall) -> Record:
    identity = _identity(call)
    _refuse_while_pending(call, identity)
    call.state.settings.get(call.region, {}).pop(identity, None)
    return {"ServiceSetting": _setting(call, identity)}


def _refuse_while_pending(call: ServiceCall, identity: str) -> None:
    if _setting(call, identity)["Status"] == "PendingUpdate":
        raise AwsError(
            "TooManyUpdates", "There are concurrent updates for a resource that supports one update at a time."
        )
