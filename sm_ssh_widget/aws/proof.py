"""The proof: the execution role creates one hybrid activation, as SSH Helper does, and it is deleted.

One call exercises the trust policy, ``iam:PassRole``, ``ssm:CreateActivation`` and ``ssm:AddTagsToResource``, free of
charge. The activation accepts at most one node and expires after ten minutes, even if it cannot be deleted. Its code is
a secret: it is not read from the response, so it can be neither kept nor shown.
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

from sm_ssh_widget.aws.observation.organisation import simulate
from sm_ssh_widget.aws.session.backoff import WAIT_ROLE_PROPAGATED, Backoff, never
from sm_ssh_widget.aws.session.clients import config
from sm_ssh_widget.aws.session.denial import parse_denial
from sm_ssh_widget.aws.session.errors import code_of, is_sign_in, problem_from, said_by, unknown_from
from sm_ssh_widget.aws.session.limits import limit_client
from sm_ssh_widget.aws.session.redact import mask_secrets
from sm_ssh_widget.aws.session.retry import retry_requests
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.capabilities import CLIENT, Capability
from sm_ssh_widget.requirements.catalogue import AGENT
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Known, Reason, Target

MINUTES = 10
NAME = "sm-ssh-widget-proof"

_NO_TRUST = "Nonexistent role or missing ssm service principal"
_TRUST = ("trust.ssm",)
_CAPABILITIES = ("role.sagemaker-ssm-policy", "role.capabilities", "role.managed-instance-core")
_SESSION = tuple(each for each in CLIENT if {"shell", "ssh"} & each.uses and not each.optional)
_NOT_IN_A_TAG = re.compile(r"[^\w .:/=+@-]")


class ProofStatus(str, Enum):
    """Result of the proof."""

    PROVED = "proved"
    FAILED = "failed"
    NOT_AVAILABLE = "not-available"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Proof:
    """Result of the proof with its reason; ``finding`` is the id of the finding about the failure."""

    status: ProofStatus
    reason: str
    finding: str = ""

    def to_json(self) -> dict[str, str]:
        """Return ``{"status", "reason", "finding"}``."""
        return {"status": self.status.value, "reason": self.reason, "finding": self.finding}


NOT_ASKED = Proof(ProofStatus.NOT_ASKED, "The proof was not run.")


@dataclass(frozen=True)
class _Caller:
    arn: str
    user_id: str


class _Refused(Exception):
    """Raised when AWS did not create the activation."""

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
    """Create an activation with ``role_session``, the role's own session, and delete it with ``acting``.

    A refusal that a finding predicted is final. Any other is retried for ``backoff``, because a recent change takes a
    while to reach Systems Manager. Failures of AWS are in the result, never raised.
    """
    mask_secrets()  # the role's session may be one that a program handed over
    timer = clock or current_clock()
    caller = _caller(role_session, target)
    if isinstance(caller, Proof) or role_session is None:
        return caller if isinstance(caller, Proof) else _not_available("Its credentials are not available here.")
    client = role_session.client("ssm", region_name=target.region, config=config())
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
    said = f"{target.role.name} created the activation {created} in {target.region}. {end}"
    return _beyond_activation(said, target, acting, findings)


def _beyond_activation(said: str, target: Target, acting: SignedIn | None, findings: Sequence[Finding]) -> Proof:
    """Simulate what the activation does not prove: the calls of the agent, and those of a session."""
    if acting is None:
        return Proof(ProofStatus.PROVED, f"{said} Proved: the activation. Not proved: the agent and the session.")
    agent = _simulated("the agent", target.role, AGENT, target, acting)
    if agent.denied:
        about = next((f.id for f in findings if f.id in _CAPABILITIES and not f.status.ready), "")
        return Proof(ProofStatus.FAILED, f"{said} Proved: the activation. {agent.said}", about)
    session = "Not proved: the session, because the person who connects was not specified."
    if target.user:
        session = _simulated("the session", target.user, _SESSION, target, acting).said
    return Proof(ProofStatus.PROVED, f"{said} Proved: the activation. {agent.said} {session}")


@dataclass(frozen=True)
class _Simulated:
    said: str
    denied: bool = False


def _simulated(
    what: str, principal: PrincipalArn, capabilities: Sequence[Capability], target: Target, acting: SignedIn
) -> _Simulated:
    """Return the result of the IAM policy simulator for the calls of one party."""
    found = simulate(principal, capabilities, target, acting.reader)
    if not isinstance(found, Known):
        return _Simulated(f"Not proved: {what} (iam:SimulatePrincipalPolicy could not be called).")
    denied = dict.fromkeys(action for action, decision in found.value if decision.endswith("Deny"))
    if denied:
        return _Simulated(f"Not proved: {what}. The IAM policy simulator denies {', '.join(denied)}.", denied=True)
    if any(decision == "depends" for _, decision in found.value):
        return _Simulated(f"Not proved: {what} (it depends on condition keys).")
    return _Simulated(f"Allowed by the IAM policy simulator: {what}.")


def _caller(session: boto3.Session | None, target: Target) -> _Caller | Proof:
    """Return the session's identity if it is the role, else the reason why there is no proof."""
    if session is None:
        return _not_available("Its credentials are not available here.")
    client: Any = session.client("sts", region_name=target.region, config=config())
    limit_client(client)
    retry_requests(client.meta.events)
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
        return _not_available(f"The current credentials belong to {who}, not to {target.role.name}.")
    return _Caller(answer["Arn"], answer["UserId"])


def _request(target: Target, caller: _Caller, expires: datetime) -> dict[str, Any]:
    """Build the request of SSH Helper's ``sm-init-ssm``; an additional tag could be denied."""
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
    """Return the activation's ID. The code is never read from the response."""
    try:
        return str(client.create_activation(**request)["ActivationId"])
    except (ClientError, BotoCoreError) as error:
        return _Refused(error)


def _may_pass(error: Exception, findings: Sequence[Finding]) -> bool:
    """Whether waiting might help: throttled, or a refusal that no finding explains."""
    if is_sign_in(error):
        return False
    reason = unknown_from(error, "ssm:CreateActivation").reason
    if reason is Reason.THROTTLED:
        return True
    denial = parse_denial(str(error))
    late = _NO_TRUST in str(error) or (reason is Reason.DENIED and not (denial and denial.explicit))
    return late and not _predicted(error, findings)


def _predicted(error: Exception, findings: Sequence[Finding]) -> str:
    """Return the id of the finding that predicted the error, empty if none did."""
    open_ones = {finding.id for finding in findings if not finding.status.ready}
    return next((id for id in _about(error) if id in open_ones), "")


def _about(error: Exception) -> tuple[str, ...]:
    """Return the ids of the findings about the error."""
    if _NO_TRUST in str(error):
        return _TRUST
    return _CAPABILITIES if "AccessDenied" in code_of(error) else ()


def _failed(error: Exception, findings: Sequence[Finding]) -> Proof:
    predicted = _predicted(error, findings)
    said = said_by(error).rstrip(".")
    if predicted:
        return Proof(ProofStatus.FAILED, f"{said}. What next: fix the requirement {predicted}.", predicted)
    problem = problem_from(error, "Proof")
    asked = {finding.id for finding in findings}
    about = next((id for id in _about(error) if id in asked), "")
    return Proof(ProofStatus.FAILED, f"{said}. {problem.remedy}", about)


def _delete(activation: str, region: str, acting: SignedIn | None, expires: datetime) -> str:
    """Delete the activation; return the sentence about its end, because it expires in any case."""
    end = f"It accepts at most one node and expires at {expires:%H:%M %Z}, in {MINUTES} minutes."
    if acting is None:
        return f"No signed-in identity was available to delete it. {end}"
    call = Call("ssm", "DeleteActivation", {"ActivationId": activation})
    acting.tripwire.allow([call], region)
    try:
        acting.client(call.service, region).delete_activation(ActivationId=activation)
    except Problem as problem:
        return f"It could not be deleted ({problem.said}) {end}"
    except (ClientError, BotoCoreError) as error:
        return f"It could not be deleted ({said_by(error)}) {end}"
    finally:
        acting.tripwire.disallow()
    return "It was deleted."


def _not_available(why: str) -> Proof:
    return Proof(ProofStatus.NOT_AVAILABLE, f"Only the execution role can run the proof. {why}")
