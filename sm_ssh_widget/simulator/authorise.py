"""Authorization: evaluate the account's policies with our evaluator, and word refusals as AWS does.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sm_ssh_widget.policy.evaluate import (
    CompiledPolicy,
    Decision,
    Layer,
    Outcome,
    Policies,
    Request,
    evaluate,
)
from sm_ssh_widget.simulator.credentials import RequestCaller
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.grammar import seeded
from sm_ssh_widget.simulator.managed_policies import managed_policy
from sm_ssh_widget.simulator.state import AccountState, Kind, Record, unique_id

Context = dict[str, Any]

_HYBRID_NODE = re.compile(r"mi-[0-9a-f]{17}")
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_LAYER_NAMES = {
    Layer.IDENTITY: "identity-based policy",
    Layer.RESOURCE: "resource-based policy",
    Layer.BOUNDARY: "permissions boundary",
    Layer.SESSION: "session policy",
    Layer.SCP: "service control policy",
    Layer.RCP: "resource control policy",
}


@lru_cache(maxsize=2048)
def compiled(text: str, name: str, completes_arns: bool = True) -> CompiledPolicy | None:
    """Compile a stored document; ``None`` for one without any statements."""
    return seeded.compiled(text, name, completes_arns=completes_arns)


def policy_text(state: AccountState, arn: str) -> str | None:
    """Return the default version of a managed policy of the account or of AWS."""
    record = state.visible("policy", arn) or managed_policy(arn)
    versions = record["PolicyVersionList"] if record else ()
    return next((str(version["Document"]) for version in versions if version["IsDefaultVersion"]), None)


def identity_documents(state: AccountState, kind: Kind, name: str) -> list[tuple[str, str]]:
    """Return name and text of every policy of an entity: inline, attached, and from its groups."""
    record = state.visible(kind, name)
    if record is None:
        return []
    inline = [(p["PolicyName"], p["PolicyDocument"]) for p in record[f"{kind.title()}PolicyList"]]
    attached = [(p["PolicyArn"], policy_text(state, p["PolicyArn"])) for p in record["AttachedManagedPolicies"]]
    found = inline + [(arn, text) for arn, text in attached if text is not None]
    for group in record.get("GroupList", ()):
        found += identity_documents(state, "group", group)
    return found


def boundary_documents(state: AccountState, kind: Kind, name: str) -> list[tuple[str, str]]:
    """Return the permissions boundary of a role or user: one document, or none."""
    record = state.visible(kind, name) or {}
    arn = record.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    if arn is None:
        return []
    nothing = '{"Version": "2012-10-17", "Statement": []}'
    return [(arn, policy_text(state, arn) or nothing)]


def compile_all(documents: Sequence[tuple[str, str]]) -> tuple[CompiledPolicy, ...]:
    """Return the valid ones of some named documents."""
    return tuple(policy for name, text in documents if (policy := compiled(text, name)) is not None)


def control_levels(records: Sequence[Record], extra: Sequence[str] = ()) -> tuple[tuple[CompiledPolicy, ...], ...]:
    """Return the control policies by level (``Level`` 0 is the organization's root); ``extra`` denies join the root."""
    levels: dict[int, list[tuple[str, str]]] = {}
    for record in records:
        levels.setdefault(int(record.get("Level", 0)), []).append((record["Name"], record["Content"]))
    if extra:
        allow = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
        first = levels.setdefault(min(levels, default=0), [("FullAWSAccess", allow)])
        first += [("simulated fault", text) for text in extra]
    return tuple(compile_all(levels[level]) for level in sorted(levels))


def policies_of(
    state: AccountState,
    caller: RequestCaller,
    *,
    resource: CompiledPolicy | None = None,
    denies: Sequence[str] = (),
    owner: AccountState | None = None,
) -> Policies:
    """Return all policies that apply when ``caller`` calls; ``owner`` is the resource's account if it is another."""
    session = caller.credential.policies if caller.credential else ()
    return Policies(
        identity=compile_all(identity_documents(state, caller.kind, caller.name)),
        resource=resource,
        boundaries=compile_all(boundary_documents(state, caller.kind, caller.name)),
        session=_together(session),
        scps=control_levels(state.control_policies, denies),
        rcps=control_levels((owner or state).resource_control_policies),
    )


def _together(texts: Sequence[str]) -> tuple[CompiledPolicy, ...]:
    """Combine session policies into one: each of them can allow. AWS completes no ARN in them."""
    policies = [policy for text in texts if (policy := compiled(text, "session policy", False)) is not None]
    statements = tuple(statement for policy in policies for statement in policy.statements)
    return (replace(policies[0], statements=statements),) if policies else ()


def caller_context(state: AccountState, caller: RequestCaller, region: str) -> Context:
    """Return the condition keys of every call of this caller."""
    record = state.visible(caller.kind, caller.name) or {}
    credential = caller.credential
    found: Context = {
        "aws:PrincipalArn": caller.entity_arn,
        "aws:PrincipalAccount": state.account,
        "aws:PrincipalType": "User" if caller.kind == "user" else "AssumedRole",
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": caller.user_id,
        **_organization_keys(state),
        **resource_keys(state),
        **request_context(region, state.now()),
    }
    found |= {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}
    if caller.kind == "user":
        found["aws:username"] = caller.name
    found |= _node_keys(state, caller, region)
    if credential and credential.token:
        found["aws:MultiFactorAuthPresent"] = "true" if credential.mfa else "false"
        found["aws:TokenIssueTime"] = dt.datetime.fromtimestamp(credential.issued, dt.timezone.utc).isoformat()
    return found


def _node_keys(state: AccountState, caller: RequestCaller, region: str) -> Context:
    """Return the key of a node's credentials: the node they were issued to, which names the session."""
    session = caller.arn.rsplit("/", 1)[-1] if caller.kind == "role" else ""
    if _HYBRID_NODE.fullmatch(session):
        return {
            "ssm:SourceInstanceARN": f"arn:{state.partition}:ssm:{region}:{state.account}:managed-instance/{session}"
        }
    if _INSTANCE.fullmatch(session):
        arn = f"arn:{state.partition}:ec2:{region}:{state.account}:instance/{session}"
        return {"ssm:SourceInstanceARN": arn, "ec2:SourceInstanceARN": arn}
    return {}


def _owner_keys(resource: str) -> Context:
    """Return the keys of AWS-owned resources, which belong to another account in another organization.

    Perimeters that compare with the caller's organization must exempt them by name, as AWS's samples do:
    https://github.com/aws-samples/data-perimeter-policy-examples. AWS does not publish the real IDs.
    """
    parts = resource.split(":", 5)
    if len(parts) < 6 or (parts[2], parts[4]) not in (("ssm", ""), ("iam", "aws")):
        return {}
    own = {"aws:ResourceAccount": "000000000000", "aws:ResourceOrgID": "o-awsitself0"}
    return {**own, "aws:ResourceOrgPaths": ["o-awsitself0/r-aws0/"]}


def _organization_keys(state: AccountState) -> Context:
    """Return the organization keys of a caller; none for an account without organization."""
    found = state.organization
    if found is None:
        return {}
    master = {"aws:PrincipalOrgMasterAccountId": found["MasterAccountId"]}
    return {"aws:PrincipalOrgID": found["Id"], **master, "aws:PrincipalOrgPaths": [found["Path"]]}


def resource_keys(state: AccountState) -> Context:
    """Return the condition keys of a resource of an account: the account, and its organization if any."""
    own: Context = {"aws:ResourceAccount": state.account}
    found = state.organization
    if found is None:
        return own
    return {**own, "aws:ResourceOrgID": found["Id"], "aws:ResourceOrgPaths": [found["Path"]]}


def request_context(region: str, now: float) -> Context:
    """Return the condition keys of every request by any caller."""
    time = dt.datetime.fromtimestamp(now, dt.timezone.utc)
    return {
        "aws:SourceIp": "127.0.0.1",
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": region,
        "aws:CurrentTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now)),
        "aws:ViaAWSService": "false",
    }


def decide(
    state: AccountState,
    caller: RequestCaller,
    action: str,
    resource: str,
    *,
    context: Mapping[str, Any],
    denies: Sequence[str] = (),
    resource_policy: CompiledPolicy | None = None,
) -> Decision:
    """Decide one action of ``caller`` on a resource of this account, with the resource's policy if any."""
    request = Request(caller.arn, action, resource, state.account, {**context, **_owner_keys(resource)})
    return evaluate(request, policies_of(state, caller, resource=resource_policy, denies=denies))


def decide_assume(
    state: AccountState,
    caller: RequestCaller,
    role: Record,
    owner: AccountState,
    context: Mapping[str, Any],
    *,
    denies: Sequence[str] = (),
) -> Decision:
    """Decide whether ``caller`` can assume a role of the account ``owner``.

    By the trust policy and resource control policies of that account, and by the policies of the caller's account.
    """
    trust = compiled(role["AssumeRolePolicyDocument"], "trust")
    request = Request(caller.arn, "sts:AssumeRole", role["Arn"], owner.account, {**context, **resource_keys(owner)})
    return evaluate(request, policies_of(state, caller, resource=trust, denies=denies, owner=owner))


def trusts_service(state: AccountState, role: Record, service: str, region: str, source: str = "*") -> bool:
    """Whether the role's trust policy allows an AWS service to assume it for ``source``."""
    trust = compiled(role["AssumeRolePolicyDocument"], "trust")
    if trust is None:
        return False
    prefix = service.partition(".")[0]
    context = request_context(region, state.now()) | {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:PrincipalServiceNamesList": [service, f"{prefix}.{region}.amazonaws.com"],
        "aws:SourceAccount": state.account,
        "aws:SourceArn": f"arn:{state.partition}:{prefix}:{region}:{state.account}:{source}",
    }
    names = (service, f"{service}.cn") if state.partition == "aws-cn" else (service,)
    requests = (Request(name, "sts:AssumeRole", role["Arn"], state.account, context) for name in names)
    return any(evaluate(each, Policies(resource=trust)).outcome is Outcome.ALLOWED for each in requests)


def because(decision: Decision, action: str, policy: str = "") -> str:
    """Return the end of AWS's refusal: the layer, explicit or implicit deny, and the ARN of the denying policy."""
    name = _LAYER_NAMES[decision.layer or Layer.IDENTITY]
    return reason(name, action, explicit=decision.outcome is Outcome.EXPLICIT_DENY, policy=policy)


def reason(kind: str, action: str, *, explicit: bool, policy: str = "") -> str:
    """Return the reason in AWS's words; ``kind`` is a kind of policy such as ``service control policy``."""
    if not explicit:
        return f"because no {kind} allows the {action} action"
    article = "an" if kind.startswith("identity") else "a"
    return f"with an explicit deny in {article} {kind}{policy and ': ' + policy}"


def policy_arn(state: AccountState, decision: Decision) -> str:
    """Return the ARN of the denying policy, which AWS names for managed policies and those of the organization."""
    name = decision.policy or ""
    if name.startswith("arn:"):
        return name
    kinds = {
        Layer.SCP: ("service_control_policy", state.control_policies),
        Layer.RCP: ("resource_control_policy", state.resource_control_policies),
    }
    kind, records = kinds.get(decision.layer or Layer.IDENTITY, ("", []))
    record = next((each for each in records if each["Name"] == name), None)
    if record is None or state.organization is None:
        return ""
    place = f"arn:{state.partition}:organizations::{state.organization['MasterAccountId']}:policy"
    identity = record.get("Id", f"p-{unique_id('', name)[:8].lower()}")
    return f"{place}/{state.organization['Id']}/{kind}/{identity}"


def authorization_id() -> str:
    """Return a new authorization ID."""
    return "".join(secrets.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(25))


def details(action: str, resource: str, decision: Decision | None) -> Record:
    """Return the details of a denial in the form of ``GetRequestAuthorizationDetails``."""
    layer = decision.layer if decision and decision.layer else Layer.IDENTITY
    explicit = decision is not None and decision.outcome is Outcome.EXPLICIT_DENY
    effect = "EXPLICIT_DENY" if explicit else "IMPLICIT_DENY"
    uri = (decision.policy if decision else "") or "policy"
    statement = {"sid": (decision.statement if decision else "") or "", "evaluatedEffect": "DENY"}
    matched = [{"uri": uri, "matchedStatements": [statement]}] if explicit else []
    check, kind = _CHECKS.get(layer, ("PRINCIPAL", "IDENTITY_BASED_POLICY"))
    checks = [{"checkType": check, "evaluatedEffect": effect, "matchedPolicies": matched}]
    evaluation = {"action": action, "resource": resource, "evaluatedEffect": effect}
    return {
        "requestContext": {},
        "evaluations": [{**evaluation, "matchedPolicies": matched, "checks": checks}],
        "policies": [{"type": kind, "uri": uri}] if explicit else [],
    }


_CHECKS = {
    Layer.SCP: ("SERVICE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"),
    Layer.RCP: ("RESOURCE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
    Layer.RESOURCE: ("RESOURCE", "RESOURCE_BASED_POLICY"),
    Layer.BOUNDARY: ("PERMISSIONS_BOUNDARY", "PERMISSIONS_BOUNDARY"),
    Layer.SESSION: ("SESSION", "SESSION_POLICY"),
    Layer.IDENTITY: ("PRINCIPAL", "IDENTITY_BASED_POLICY"),
}


def authorization_tail(region: str, identity: str) -> str:
    """Return the end of a denial whose details AWS keeps for 24 hours.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """
    console = f"https://{region}.console.aws.amazon.com/iam/home?region={region}"
    link = f"{console}#/authorization-details/{identity}"
    called = "or call the GetRequestAuthorizationDetails API with the following authorization id"
    return f". Go to {link} for complete details, {called}: {identity}"


def access_denied(service: str, caller: RequestCaller, action: str, resource: str, tail: str) -> AwsError:
    """Return the refusal with the service's text and code."""
    named = f'"{resource}"' if service == "s3" else resource
    why = tail if not tail or tail.startswith(".") else f" {tail}"
    text = f"User: {caller.arn} is not authorized to perform: {action} on resource: {named}{why}"
    if service == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    if service in ("iam", "sts", "s3", "cloudformation"):
        return AwsError("AccessDenied", text, 403)
    return AwsError("AccessDeniedException", text)
