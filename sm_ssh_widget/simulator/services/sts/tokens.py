"""STS: caller identity and temporary keys.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re
from typing import Any

from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.simulator import authorise, documents
from sm_ssh_widget.simulator.credentials import Credential, RequestCaller, caller_of
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import AccountState, Record
from sm_ssh_widget.simulator.world import World

MFA_CODE = "123456"
"""Constant code of every simulated MFA device."""


def _caller(call: ServiceCall) -> RequestCaller:
    if call.caller is None:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    return call.caller


@operation("sts", "GetCallerIdentity", judged=False)
def _identity(call: ServiceCall) -> Record:
    caller = _caller(call)
    return {"UserId": caller.user_id, "Account": call.state.account, "Arn": caller.arn}


@operation("sts", "AssumeRole", judged=False)
def _assume(call: ServiceCall) -> Record:
    caller, arn = _caller(call), call.parameters["RoleArn"]
    seconds = int(call.parameters.get("DurationSeconds") or 3600)
    _check_session(call.parameters, seconds)
    mfa = _check_mfa(call, caller)
    target = _world_of(call, arn)
    found = target.state.by_arn(arn) if target else None
    role = found[1] if found and found[0] == "role" else None
    if target is None or role is None:
        raise _refused(caller, arn)
    _check_trust(call, caller, role, target.state, mfa=mfa)
    if seconds > _longest(caller, role):
        said = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", _chained() if caller.kind == "role" else said)
    policies = _session_policies(call, target.state)
    made = target.credentials.session_of(
        "role", role["RoleName"], call.parameters["RoleSessionName"], seconds, policies=policies
    )
    session = caller_of(target.state, made, "sts")
    return {"Credentials": shown(made), "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn}}


def _world_of(call: ServiceCall, arn: str) -> World | None:
    """Return the running account of a role's ARN; ``None`` if there is none, or if it is suspended."""
    account = arn.split(":")[4] if arn.count(":") > 4 else ""
    found = call.world.peers.get(account)
    return found if found and found.is_open() else None


def _refused(caller: RequestCaller, arn: str, tail: str = "") -> AwsError:
    return authorise.access_denied("sts", caller, "sts:AssumeRole", arn, tail)


def _longest(caller: RequestCaller, role: Record) -> int:
    return 3600 if caller.kind == "role" else int(role["MaxSessionDuration"])


def _chained() -> str:
    return "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"


def _check_session(parameters: dict[str, Any], seconds: int) -> None:
    name = str(parameters.get("RoleSessionName", ""))
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, re.ASCII):
        said = "failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
        raise AwsError("ValidationError", f"1 validation error detected: Value '{name}' at 'roleSessionName' {said}")
    if not 900 <= seconds <= 43200:
        bound = "greater than or equal to 900" if seconds < 900 else "less than or equal to 43200"
        said = f"Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value {bound}"
        raise AwsError("ValidationError", f"1 validation error detected: {said}")


def _check_trust(call: ServiceCall, caller: RequestCaller, role: Record, owner: AccountState, *, mfa: bool) -> None:
    keys: dict[str, Any] = {"sts:RoleSessionName": call.parameters["RoleSessionName"]}
    if call.parameters.get("ExternalId"):
        keys["sts:ExternalId"] = call.parameters["ExternalId"]
    if call.parameters.get("SourceIdentity"):
        keys["sts:SourceIdentity"] = call.parameters["SourceIdentity"]
    if mfa:
        keys["aws:MultiFactorAuthPresent"] = "true"
        keys["aws:MultiFactorAuthAge"] = "0"
    context = call.context(keys)
    decision = authorise.decide_assume(call.state, caller, role, owner, context, denies=call.denies)
    if decision.outcome is Outcome.EXPLICIT_DENY:
        raise _refused(caller, role["Arn"], authorise.because(decision, "sts:AssumeRole"))
    if decision.outcome is not Outcome.ALLOWED:
        raise _refused(caller, role["Arn"])


def _check_mfa(call: ServiceCall, caller: RequestCaller) -> bool:
    serial, code = call.parameters.get("SerialNumber"), call.parameters.get("TokenCode")
    if not serial and not code:
        return False
    devices = call.state.iam["user"].get(caller.name, {}).get("MFADevices", []) if caller.kind == "user" else []
    if serial not in [device["SerialNumber"] for device in devices]:
        raise AwsError("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code. ", 403)
    if code != MFA_CODE:
        raise AwsError("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 403)
    return True


def _session_policies(call: ServiceCall, owner: AccountState) -> tuple[str, ...]:
    found = []
    if call.parameters.get("Policy"):
        documents.check_identity(call.parameters["Policy"], owner.partition)
        found.append(str(call.parameters["Policy"]))
    for entry in call.parameters.get("PolicyArns", ()):
        text = authorise.policy_text(owner, entry["arn"])
        if text is None:
            raise AwsError("MalformedPolicyDocument", f"Policy {entry['arn']} cannot be found")
        found.append(text)
    return tuple(found)


@operation("sts", "GetSessionToken", judged=False)
def _session_token(call: ServiceCall) -> Record:
    caller = _caller(call)
    if caller.kind != "user" or (caller.credential and caller.credential.token):
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    seconds = int(call.parameters.get("DurationSeconds") or 43200)
    mfa = _check_mfa(call, caller)
    made = call.world.credentials.session_of("user", caller.name, "", seconds, mfa=mfa)
    return {"Credentials": shown(made)}


def shown(credential: Credential) -> Record:
    """Return temporary keys in the form of STS."""
    return {
        "AccessKeyId": credential.access_key_id,
        "SecretAccessKey": credential.secret,
        "SessionToken": credential.token,
        "Expiration": credential.expires,
    }
