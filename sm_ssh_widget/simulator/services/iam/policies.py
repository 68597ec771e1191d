"""Inline and managed policies of roles, users and groups.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from sm_ssh_widget.simulator import documents
from sm_ssh_widget.simulator.errors import AwsError, limit_exceeded, no_such_entity
from sm_ssh_widget.simulator.managed_policies import managed_policies, managed_policy
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.iam.entities import ENTITIES, entity_operation, name_of, paged, seen, stored
from sm_ssh_widget.simulator.state import Kind, Record, unique_id

_POLICY_FIELDS = (
    *("PolicyName", "PolicyId", "Arn", "Path", "DefaultVersionId", "IsAttachable"),
    *("CreateDate", "UpdateDate", "Description", "Tags"),
)


def _inline(kind: Kind) -> str:
    return f"{kind.title()}PolicyList"


def _put(kind: Kind, call: ServiceCall) -> Record:
    record = stored(kind, call)
    name, text = call.parameters["PolicyName"], call.parameters["PolicyDocument"]
    documents.check_identity(text, call.state.partition)
    found = record[_inline(kind)]
    others = [policy for policy in found if policy["PolicyName"] != name]
    limit = call.state.quotas[f"{kind.title()}PolicySizeQuota"]
    if sum(documents.size(policy["PolicyDocument"]) for policy in others) + documents.size(text) > limit:
        raise limit_exceeded(f"Maximum policy size of {limit} bytes exceeded for {kind} {name_of(kind, call)}")
    same = next((policy for policy in found if policy["PolicyName"] == name), None)
    if same is None:
        found.append({"PolicyName": name, "PolicyDocument": text})
        found.sort(key=lambda policy: str(policy["PolicyName"]))
    else:
        same["PolicyDocument"] = text
    return {}


def _get(kind: Kind, call: ServiceCall) -> Record:
    record, name = seen(kind, call), call.parameters["PolicyName"]
    for policy in record[_inline(kind)]:
        if policy["PolicyName"] == name:
            return {f"{kind.title()}Name": name_of(kind, call), **policy}
    raise AwsError("NoSuchEntity", f"The {kind} policy with name {name} cannot be found.", 404)


def _delete(kind: Kind, call: ServiceCall) -> Record:
    record, name = stored(kind, call), call.parameters["PolicyName"]
    rest = [policy for policy in record[_inline(kind)] if policy["PolicyName"] != name]
    if len(rest) == len(record[_inline(kind)]):
        raise AwsError("NoSuchEntity", f"The {kind} policy with name {name} cannot be found.", 404)
    record[_inline(kind)] = rest
    return {}


def _list(kind: Kind, call: ServiceCall) -> Record:
    names = [policy["PolicyName"] for policy in seen(kind, call)[_inline(kind)]]
    return paged(call, "PolicyNames", names)


def _attach(kind: Kind, call: ServiceCall) -> Record:
    record, arn = stored(kind, call), call.parameters["PolicyArn"]
    policy = _policy(call, arn)
    attached = record["AttachedManagedPolicies"]
    if any(each["PolicyArn"] == arn for each in attached):
        return {}
    limit = call.state.quotas[f"AttachedPoliciesPer{kind.title()}Quota"]
    if len(attached) >= limit:
        raise limit_exceeded(f"Cannot exceed quota for PoliciesPer{kind.title()}: {limit}")
    attached.append({"PolicyName": policy["PolicyName"], "PolicyArn": arn})
    attached.sort(key=lambda each: str(each["PolicyArn"]))
    return {}


def _detach(kind: Kind, call: ServiceCall) -> Record:
    record, arn = stored(kind, call), call.parameters["PolicyArn"]
    rest = [each for each in record["AttachedManagedPolicies"] if each["PolicyArn"] != arn]
    if len(rest) == len(record["AttachedManagedPolicies"]):
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)
    record["AttachedManagedPolicies"] = rest
    return {}


def _list_attached(kind: Kind, call: ServiceCall) -> Record:
    prefix = call.parameters.get("PathPrefix") or "/"
    found = [p for p in seen(kind, call)["AttachedManagedPolicies"] if _path(p["PolicyArn"]).startswith(prefix)]
    return paged(call, "AttachedPolicies", found)


def _path(arn: str) -> str:
    return arn.split(":policy", 1)[-1].rsplit("/", 1)[0] + "/"


def _declare(kind: Kind) -> None:
    title = kind.title()
    entity_operation(kind, f"Put{title}Policy")(partial(_put, kind))
    entity_operation(kind, f"Get{title}Policy")(partial(_get, kind))
    entity_operation(kind, f"Delete{title}Policy")(partial(_delete, kind))
    entity_operation(kind, f"List{title}Policies")(partial(_list, kind))
    entity_operation(kind, f"Attach{title}Policy")(partial(_attach, kind))
    entity_operation(kind, f"Detach{title}Policy")(partial(_detach, kind))
    entity_operation(kind, f"ListAttached{title}Policies")(partial(_list_attached, kind))


for _kind in ENTITIES:
    _declare(_kind)


def _policy(call: ServiceCall, arn: str) -> Record:
    found = call.state.visible("policy", arn) or managed_policy(arn)
    if found is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    return found


def _own_policy(call: ServiceCall) -> Record:
    arn = call.parameters["PolicyArn"]
    found = call.state.iam["policy"].get(arn)
    if found is None:
        raise (
            no_such_entity("policy", arn)
            if managed_policy(arn) is None
            else AwsError("AccessDenied", "AWS manages it", 403)
        )
    call.before_write("policy", arn)
    return found


def _on_policy(call: ServiceCall) -> Sequence[str]:
    return (str(call.parameters["PolicyArn"]),)


def described(call: ServiceCall, policy: Record) -> Record:
    """Return a managed policy in the form of ``GetPolicy``, with its number of attachments."""
    count = sum(_holds(record, policy["Arn"]) for kind in ENTITIES for record in call.state.all_visible(kind))
    return shown(policy, count)


def attachments(call: ServiceCall) -> Counter[str]:
    """Count the attachments of each managed policy, once for a whole page."""
    records = (record for kind in ENTITIES for record in call.state.all_visible(kind))
    return Counter(each["PolicyArn"] for record in records for each in record["AttachedManagedPolicies"])


def shown(policy: Record, attachments: int) -> Record:
    """Return a managed policy in the form of ``GetPolicy``, with the given number of attachments."""
    return {key: policy[key] for key in _POLICY_FIELDS if key in policy} | {"AttachmentCount": attachments}


def _holds(record: Record, arn: str) -> bool:
    return any(each["PolicyArn"] == arn for each in record["AttachedManagedPolicies"])


@operation("iam", "GetPolicy", on=_on_policy)
def _get_policy(call: ServiceCall) -> Record:
    return {"Policy": described(call, _found(call))}


def _found(call: ServiceCall) -> Record:
    arn = call.parameters["PolicyArn"]
    found = call.state.visible("policy", arn) or managed_policy(arn)
    if found is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)
    return found


@operation("iam", "GetPolicyVersion", on=_on_policy)
def _get_version(call: ServiceCall) -> Record:
    wanted = call.parameters["VersionId"]
    for version in _found(call)["PolicyVersionList"]:
        if version["VersionId"] == wanted:
            return {"PolicyVersion": version}
    raise AwsError("NoSuchEntity", f"Policy {call.parameters['PolicyArn']} version {wanted} does not exist.", 404)


@operation("iam", "ListPolicyVersions", on=_on_policy)
def _list_versions(call: ServiceCall) -> Record:
    versions = [{k: v for k, v in each.items() if k != "Document"} for each in _found(call)["PolicyVersionList"]]
    return paged(call, "Versions", versions)


@operation("iam", "ListPolicies")
def _list_policies(call: ServiceCall) -> Record:
    scope = call.parameters.get("Scope") or "All"
    found = [] if scope == "AWS" else call.state.all_visible("policy")
    found += [] if scope == "Local" else managed_policies(call.state.partition)
    counts = attachments(call)
    items = [shown(policy, counts[policy["Arn"]]) for policy in found]
    if call.parameters.get("OnlyAttached"):
        items = [item for item in items if item["AttachmentCount"]]
    return paged(call, "Policies", items)


@operation("iam", "ListEntitiesForPolicy", on=_on_policy)
def _entities_for(call: ServiceCall) -> Record:
    arn = _found(call)["Arn"]
    answer: Record = {"IsTruncated": False}
    for kind in ENTITIES:
        title, holders = kind.title(), [r for r in call.state.all_visible(kind) if _holds(r, arn)]
        names = (f"{title}Name", f"{title}Id")
        answer[f"Policy{title}s"] = [{key: record[key] for key in names} for record in holders]
    return answer


def _on_new_policy(call: ServiceCall) -> Sequence[str]:
    path, name = call.parameters.get("Path") or "/", call.parameters["PolicyName"]
    return (f"arn:{call.state.partition}:iam::{call.state.account}:policy{path}{name}",)


@operation("iam", "CreatePolicy", on=_on_new_policy)
def _create_policy(call: ServiceCall) -> Record:
    arn, text = _on_new_policy(call)[0], call.parameters["PolicyDocument"]
    if arn in call.state.iam["policy"]:
        raise AwsError("EntityAlreadyExists", f"A policy called {call.parameters['PolicyName']} already exists.", 409)
    _check_managed(call, text)
    policy: Record = {"Path": "/", "Tags": [], **call.parameters, "Arn": arn, "IsAttachable": True}
    del policy["PolicyDocument"]
    policy |= {"PolicyId": unique_id("ANPA", uuid.uuid4().hex), "DefaultVersionId": "v1"}
    policy["CreateDate"] = policy["UpdateDate"] = _now(call)
    policy["PolicyVersionList"] = [_version(call, "v1", text)]
    call.before_write("policy", arn)
    call.state.iam["policy"][arn] = policy
    return {"Policy": described(call, policy)}


def _check_managed(call: ServiceCall, text: str) -> None:
    documents.check_managed(text, call.state.partition)
    limit = call.state.quotas["PolicySizeQuota"]
    if documents.size(text) > limit:
        raise limit_exceeded(f"Cannot exceed quota for PolicySize: {limit}")


def _now(call: ServiceCall) -> str:
    return dt.datetime.fromtimestamp(call.state.now(), dt.timezone.utc).isoformat(timespec="seconds")


def _version(call: ServiceCall, identity: str, text: str, default: bool = True) -> dict[str, Any]:
    return {"VersionId": identity, "Document": text, "IsDefaultVersion": default, "CreateDate": _now(call)}


@operation("iam", "CreatePolicyVersion", on=_on_policy)
def _create_version(call: ServiceCall) -> Record:
    policy, text = _own_policy(call), call.parameters["PolicyDocument"]
    _check_managed(call, text)
    versions = policy["PolicyVersionList"]
    if len(versions) >= call.state.quotas["VersionsPerPolicyQuota"]:
        limit = call.state.quotas["VersionsPerPolicyQuota"]
        raise limit_exceeded(f"A managed policy can have up to {limit} versions.")
    number = max(int(version["VersionId"][1:]) for version in versions) + 1
    default = bool(call.parameters.get("SetAsDefault"))
    made = _version(call, f"v{number}", text, default)
    if default:
        for version in versions:
            version["IsDefaultVersion"] = False
        policy["DefaultVersionId"] = made["VersionId"]
    versions.insert(0, made)
    return {"PolicyVersion": {key: value for key, value in made.items() if key != "Document"}}


@operation("iam", "DeletePolicyVersion", on=_on_policy)
def _delete_version(call: ServiceCall) -> Record:
    policy, wanted = _own_policy(call), call.parameters["VersionId"]
    if wanted == policy["DefaultVersionId"]:
        raise AwsError("DeleteConflict", "Cannot delete the default version of a policy.", 409)
    policy["PolicyVersionList"] = [v for v in policy["PolicyVersionList"] if v["VersionId"] != wanted]
    return {}


@operation("iam", "DeletePolicy", on=_on_policy)
def _delete_policy(call: ServiceCall) -> Record:
    policy = _own_policy(call)
    if described(call, policy)["AttachmentCount"]:
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    del call.state.iam["policy"][policy["Arn"]]
    return {}
