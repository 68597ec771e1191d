"""Account data of IAM: authorization details, quotas, aliases, MFA devices, access keys.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections.abc import Mapping

from sm_ssh_widget.simulator.managed_policies import managed_policy
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.iam.entities import ENTITIES, entity_operation, paged, seen
from sm_ssh_widget.simulator.services.iam.instance_profiles import described as instance_profile
from sm_ssh_widget.simulator.services.iam.policies import attachments, shown
from sm_ssh_widget.simulator.state import IAM_LISTS, Record

_FILTERS = {"Role": "RoleDetailList", "User": "UserDetailList", "Group": "GroupDetailList"}
_OF_SIMULATOR_ONLY = ("MFADevices",)


@operation("iam", "GetAccountAuthorizationDetails")
def _details(call: ServiceCall) -> Record:
    """Return a page of the account; only the page's entries are built, however large the account is."""
    wanted = call.parameters.get("Filter") or [*_FILTERS, "LocalManagedPolicy", "AWSManagedPolicy"]
    entries: list[tuple[str, Record]] = []
    for kind in ENTITIES:
        if kind.title() in wanted:
            plural = IAM_LISTS[kind][0]
            entries += [(plural, record) for record in call.state.all_visible(kind)]
    entries += [("Policies", policy) for policy in _policies(call, wanted)]
    page, marker = call.page(entries, call.parameters.get("MaxItems"), call.parameters.get("Marker"))
    answer: Record = {"IsTruncated": marker is not None, "Marker": marker, **{name: [] for name in _FILTERS.values()}}
    answer["Policies"] = []
    profiles, counts = _profiles_by_role(call), attachments(call)
    for plural, record in page:
        detail = _policy(record, counts) if plural == "Policies" else _detail(record, profiles)
        answer[plural].append(detail)
    return answer


def _profiles_by_role(call: ServiceCall) -> dict[str, list[Record]]:
    """Return the instance profiles by role."""
    found: dict[str, list[Record]] = {}
    for profile in call.state.all_visible("instance-profile"):
        for role in profile["Roles"]:
            found.setdefault(role, []).append(instance_profile(call, profile))
    return found


def _detail(record: Record, profiles: Mapping[str, list[Record]]) -> Record:
    found = {key: value for key, value in record.items() if key not in _OF_SIMULATOR_ONLY}
    if "RoleName" in record:
        found = {"RoleLastUsed": {}, **found, "InstanceProfileList": profiles.get(record["RoleName"], [])}
    return found


def _policy(policy: Record, counts: Mapping[str, int]) -> Record:
    known = shown(policy, counts.get(policy["Arn"], 0))
    return known | {"PolicyVersionList": policy["PolicyVersionList"]}


def _policies(call: ServiceCall, wanted: list[str]) -> list[Record]:
    found: list[Record] = []
    if "LocalManagedPolicy" in wanted:
        found += call.state.all_visible("policy")
    if "AWSManagedPolicy" in wanted:
        arns = sorted(attachments(call))
        found += [policy for arn in arns if (policy := managed_policy(arn)) is not None]
    return found


@operation("iam", "GetAccountSummary")
def _summary(call: ServiceCall) -> Record:
    counts = {"Roles": "role", "Users": "user", "Groups": "group", "Policies": "policy"}
    totals = {name: len(call.state.iam[kind]) for name, kind in counts.items()}  # type: ignore[index]
    return {"SummaryMap": {**call.state.quotas, **totals, "AccountMFAEnabled": 1}}


@operation("iam", "ListAccountAliases")
def _aliases(call: ServiceCall) -> Record:
    return paged(call, "AccountAliases", [call.state.alias] if call.state.alias else [])


@entity_operation("user", "ListMFADevices")
def _mfa_devices(call: ServiceCall) -> Record:
    user = seen("user", call)
    known = {"UserName": user["UserName"], "EnableDate": user["CreateDate"]}
    return paged(call, "MFADevices", [known | device for device in user["MFADevices"]])


@entity_operation("user", "ListAccessKeys")
def _access_keys(call: ServiceCall) -> Record:
    user = seen("user", call)
    key = call.world.credentials.of_user(call.state, user["UserName"]).access_key_id
    known = {"UserName": user["UserName"], "AccessKeyId": key, "Status": "Active", "CreateDate": user["CreateDate"]}
    return paged(call, "AccessKeyMetadata", [known])
