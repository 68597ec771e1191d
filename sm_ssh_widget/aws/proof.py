"""The proof: the role itself creates one hybrid activation, as SSH Helper will, and it is deleted again.

That exercises the trust, ``iam:PassRole``, ``ssm:CreateActivation`` and ``ssm:AddTagsToResource`` in one call, free of
charge. The activation takes one node at most and expires after ten minutes, whether or not it can be deleted. Its code
is a secret: it is not read from the answer, so it can be neither kept nor shown.
Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateActivation.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sm_ssh_widget.aws.session.backoff import WAIT_ROLE_PROPAGATED, Backoff, Clock, SystemClock, never
from sm_ssh_widget.aws.session.clients import config
from sm_ssh_widget.aws.session.denial import parse_denial
from sm_ssh_widget.aws.session.errors import code_of, is_sign_in, problem_from, said_by, unknown_from
from sm_ssh_widget.aws.session.limits import limit_client
from sm_ssh_widget.aws.session.redact import mask_secrets
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Reason, Target

MINUTES = 10
NAME = "sm-ssh-widget-proof"

_NO_TRUST = "Nonexistent role or missing ssm service principal"
_TRUST = ("trust.ssm",)
_CAPABILITIES = ("role.sagemaker-ssm-policy", "role.capabilities", "role.managed-instance-core")
_NOT_IN_A_TAG = re.compile(r"[^\w .:/=+@-]")


class ProofStatus(str, Enum):
    """How the proof went."""

    PROVED = "proved"
    FAILED = "failed"
    NOT_AVAILABLE = "not-available"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Proof:
    """How the proof went, and why; ``finding`` is the one that speaks of what failed."""

    status: ProofStatus
    reason: str
    finding: str = ""

    def to_json(self) -> dict[str, str]:
        """``{"status", "reason", "finding"}``."""
        return {"status": self.status.value, "reason": self.reason, "finding": self.finding}


NOT_ASKED = Proof(ProofStatus.NOT_ASKED, "No proof was asked for.")


@dataclass(frozen=True)
class _Caller:
    arn: str
    user_id: str


class _Refused(Exception):
    """AWS did not create the activation."""

    def __init__(self, error: ClientError | BotoCoreError) -> None:
        super().__init__(error)
        self.error = error


def prove(
    target: Target,
    role_session: boto3.Session | None,
    acting: SignedIn | None = None,
    *,
    findings: Sequence[Finding] = (),
    clock: Clock | None = None,
    backoff: Backoff = WAIT_ROLE_PROPAGATED,
) -> Proof:
    """Let ``role_session`` create an activation of its own role, and ``acting`` delete it.

    A refusal that a finding predicted is final; one that none did is waited out for ``backoff``, since what was
    applied a moment ago takes a while to reach Systems Manager. Raises nothing of AWS's: what fails is told.
    """
    mask_secrets()  # the role's session may be one that a program handed over
    timer = clock or SystemClock()
    caller = _caller(role_session, target)
    if isinstance(caller, Proof) or role_session is None:
        return caller if isinstance(caller, Proof) else _not_available("the role's own credentials are not here.")
    client = role_session.client("ssm", region_name=target.region, config=config(attempts=1))
    limit_client(client)
    try:
        expires = timer.now() + timedelta(minutes=MINUTES)
        created = _create_patiently(client, _request(target, caller, expires), findings, timer, backoff)
    except ArnError as error:
        return _not_available(f"{error}.")
    except _Refused as refused:
        return _failed(refused.error, findings)
    finally:
        client.close()
    end = _delete(created, target.region, acting, expires)
    return Proof(ProofStatus.PROVED, f"{target.role.name} created activation {created} in {target.region}. {end}")


def _caller(session: boto3.Session | None, target: Target) -> _Caller | Proof:
    """Who the session is, if it is the role; else why there is no proof."""
    if session is None:
        return _not_available("the role's own credentials are not here.")
    client: Any = session.client("sts", region_name=target.region, config=config())
    limit_client(client)
    try:
        answer = client.get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        return _not_available(problem_from(error, "Proof").said)
    except Problem as problem:
        return _not_available(problem.said)
    finally:
        client.close()
    who = PrincipalArn.parse(answer["Arn"])
    if (who.kind, who.account, who.name) != ("assumed-role", target.account, target.role.name):
        return _not_available(f"the credentials here are those of {who}, not of {target.role.name}.")
    return _Caller(answer["Arn"], answer["UserId"])


def _request(target: Target, caller: _Caller, expires: datetime) -> dict[str, Any]:
    """An activation as SSH Helper's ``sm-init-ssm`` asks for it; a tag of its own would be one more to be allowed."""
    tags = {
        "SSHOwner": caller.user_id,
        "SSHCreator": caller.arn,
        "SSHTimestamp": str(int(expires.timestamp()) - 60 * MINUTES),
        "SSHResourceName": NAME,
        "SSHResourceArn": "",
    }
    return {
        "Description": f"Proof by sm-ssh-widget: expires after {MINUTES} minutes",
        "DefaultInstanceName": NAME,
        "IamRole": target.role.path_and_name,
        "RegistrationLimit": 1,
        "ExpirationDate": expires,
        "Tags": [{"Key": key, "Value": _NOT_IN_A_TAG.sub("-", value)[:256]} for key, value in tags.items()],
    }


def _create_patiently(
    client: Any, request: dict[str, Any], findings: Sequence[Finding], clock: Clock, backoff: Backoff
) -> str:
    tried = _create(client, request)
    if isinstance(tried, _Refused) and _may_pass(tried.error, findings):
        for _ in backoff.pauses(clock, never):
            tried = _create(client, request)
            if isinstance(tried, str) or not _may_pass(tried.error, findings):
                break
    if isinstance(tried, str):
        return tried
    raise tried


def _create(client: Any, request: dict[str, Any]) -> str | _Refused:
    """The activation's id. Its code is left in the answer, and goes with it."""
    try:
        return str(client.create_activation(**request)["ActivationId"])
    except (ClientError, BotoCoreError) as error:
        return _Refused(error)


def _may_pass(error: Exception, findings: Sequence[Finding]) -> bool:
    """Whether waiting may help: throttled, or a refusal that nothing we know explains."""
    if is_sign_in(error):
        return False
    reason = unknown_from(error, "ssm:CreateActivation").reason
    if reason is Reason.THROTTLED:
        return True
    denial = parse_denial(str(error))
    late = _NO_TRUST in str(error) or (reason is Reason.DENIED and not (denial and denial.explicit))
    return late and not _predicted(error, findings)


def _predicted(error: Exception, findings: Sequence[Finding]) -> str:
    """The finding that said so beforehand, empty where none did."""
    open_ones = {finding.id for finding in findings if not finding.status.ready}
    return next((id for id in _about(error) if id in open_ones), "")


def _about(error: Exception) -> tuple[str, ...]:
    """The findings that speak of what failed."""
    if _NO_TRUST in str(error):
        return _TRUST
    return _CAPABILITIES if "AccessDenied" in code_of(error) else ()


def _failed(error: Exception, findings: Sequence[Finding]) -> Proof:
    predicted = _predicted(error, findings)
    said = said_by(error).rstrip(".")
    if predicted:
        return Proof(ProofStatus.FAILED, f"{said}. The finding {predicted} says why, and what mends it.", predicted)
    problem = problem_from(error, "Proof")
    asked = {finding.id for finding in findings}
    about = next((id for id in _about(error) if id in asked), "")
    return Proof(ProofStatus.FAILED, f"{said}. {problem.remedy}", about)


def _delete(activation: str, region: str, acting: SignedIn | None, expires: datetime) -> str:
    """Delete the activation; says how it ends, since it expires in any case."""
    end = f"it takes one node at most and expires at {expires:%H:%M %Z}, in {MINUTES} minutes"
    if acting is None:
        return f"No acting session was there to delete it: {end}."
    call = Call("ssm", "DeleteActivation", {"ActivationId": activation})
    acting.tripwire.allow([call], region)
    try:
        acting.client(call.service, region).delete_activation(ActivationId=activation)
    except Problem as problem:
        return f"It could not be deleted ({problem.said}): {end}."
    except (ClientError, BotoCoreError) as error:
        return f"It could not be deleted ({said_by(error)}): {end}."
    finally:
        acting.tripwire.disallow()
    return "It is deleted again."


def _not_available(why: str) -> Proof:
    return Proof(ProofStatus.NOT_AVAILABLE, f"Only the role itself can give the proof, and {why}")
