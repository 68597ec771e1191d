"""State of Quick Setup and host management: what manages hosts, progress of a configuration, and failures.

Source: https://docs.aws.amazon.com/quick-setup/latest/APIReference/API_GetConfigurationManager.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, TypeAlias

from botocore.loaders import create_loader
from botocore.regions import EndpointResolver

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.policy.arn import partition_of_region
from sm_ssh_widget.requirements.catalogue import (
    ADMINISTRATION_ROLE,
    DEFAULT_ROLE,
    DEFAULT_ROLE_PATH,
    DEFAULT_ROLE_SETTING,
    EXECUTION_ROLE,
    QUICK_SETUP_TYPE,
)
from sm_ssh_widget.requirements.observation import Absent, Fact, HostManagement, Known, LocalRoles, Reason, Unknown
from sm_ssh_widget.requirements.wording import counted

Json: TypeAlias = Any

SERVICE = "ssm-quicksetup"
_NO_ROLE = "$None"
_UNDER_WAY = frozenset({"INITIALIZING", "DEPLOYING", "DELETING", "STOPPING"})
_UNDELETED = frozenset({"DELETE_FAILED", "STOP_FAILED"})
_FAILED = _UNDELETED | {"FAILED", "STOPPED"}
_ASSOCIATIONS = "AWS-QuickSetup-SSMHostMgmt"
_DEPLOYING = (ADMINISTRATION_ROLE, EXECUTION_ROLE)


# Read by the check


def read_host_management(reader: AccountReader, region: str) -> tuple[Fact[HostManagement], bool]:
    """Read what manages hosts (Quick Setup, else the default role), and whether the Region has Quick Setup."""
    quick, default = reader.in_parallel(partial(_quick_setup, reader, region), partial(_default_role, reader, region))
    offered = not _nowhere(quick, region)
    if not offered:
        quick = Absent(quick.read)
    for fact in (quick, default):
        if isinstance(fact, Known):
            return fact, offered
    return (quick if isinstance(quick, Unknown) else default), offered


def read_local_roles(reader: AccountReader) -> Fact[LocalRoles]:
    """Read the ARNs of the two roles that Quick Setup deploys with, if they exist."""
    facts = reader.in_parallel(
        *(partial(reader.read, "iam", "GetRole", RoleName=name) for name in (ADMINISTRATION_ROLE, EXECUTION_ROLE))
    )
    for fact in facts:
        if isinstance(fact, Unknown):
            return fact
    arns = [str(fact.value["Role"]["Arn"]) if isinstance(fact, Known) else None for fact in facts]
    return Known(LocalRoles(*arns), "iam:GetRole")


def read_default_role(reader: AccountReader) -> Fact[str]:
    """Read the ARN of the role of default host management, if it exists."""
    fact = reader.read("iam", "GetRole", RoleName=DEFAULT_ROLE)
    return Known(str(fact.value["Role"]["Arn"]), fact.read) if isinstance(fact, Known) else fact


def _list(reader: AccountReader, region: str) -> Fact[tuple[Json, ...]]:
    return reader.read_all(SERVICE, "ListConfigurationManagers", "ConfigurationManagersList", region=region)


def _get(reader: AccountReader, region: str, manager: Json) -> Fact[Json]:
    return reader.read(SERVICE, "GetConfigurationManager", region=region, ManagerArn=manager["ManagerArn"])


def _managers(reader: AccountReader, region: str) -> Fact[tuple[Json, ...]]:
    """Read the configuration managers of host management."""
    listed = _list(reader, region)
    if not isinstance(listed, Known):
        return listed
    return Known(tuple(filter(_manages_hosts, listed.value)), listed.read)


def _manages_hosts(manager: Json) -> bool:
    return any(d.get("Type") == QUICK_SETUP_TYPE for d in manager.get("ConfigurationDefinitionSummaries", ()))


def _quick_setup(reader: AccountReader, region: str) -> Fact[HostManagement]:
    managers = _managers(reader, region)
    if not isinstance(managers, Known):
        return managers
    if not managers.value:
        return Absent(managers.read)
    manager = managers.value[0]
    statuses = _statuses(manager.get("StatusSummaries", ()))
    failed = [told for told in statuses.values() if told["status"] in _FAILED]
    arn = str(manager["ManagerArn"])
    if failed:
        return Known(HostManagement("quick-setup", arn, "failed", "; ".join(_words(f) for f in failed)), managers.read)
    under_way = any(told["status"] in _UNDER_WAY for told in statuses.values())
    return Known(HostManagement("quick-setup", arn, "under-way" if under_way else "done"), managers.read)


def _nowhere(quick: Fact[Any], region: str) -> bool:
    """Whether Quick Setup did not answer and botocore knows no endpoint: a Region newer than botocore would answer."""
    if not isinstance(quick, Unknown) or quick.reason is not Reason.UNREACHABLE:
        return False
    return region not in _regions_of_service(partition_of_region(region))


@cache
def _regions_of_service(partition: str) -> frozenset[str]:
    """Return the Regions of a partition where botocore knows Quick Setup."""
    known = EndpointResolver(create_loader().load_data("endpoints"))
    return frozenset(known.get_available_endpoints(SERVICE, partition))


def _default_role(reader: AccountReader, region: str) -> Fact[HostManagement]:
    answer = reader.read("ssm", "GetServiceSetting", region=region, SettingId=DEFAULT_ROLE_SETTING)
    if not isinstance(answer, Known):
        return answer
    role = answer.value["ServiceSetting"]["SettingValue"]
    if role in ("", _NO_ROLE):
        return Absent(answer.read)
    return Known(HostManagement("default-host-management", role), answer.read)


# Configurations that use the two roles


def read_use(reader: AccountReader, change: Change) -> Fact[str]:
    """Describe what uses the role that a change deletes or detaches a policy from; else absent.

    A role serves every Region, so all are read. A configuration of any type deploys with both roles of Quick Setup.
    """
    role = change.resource.get("role")
    use = _use_in if role in _DEPLOYING else _default_in if role == DEFAULT_ROLE else None
    if change.after or use is None:
        return Absent()
    regions = sorted({reader.region, *_regions_of_service(partition_of_region(reader.region))})
    return _first(reader.in_parallel(*(partial(use, reader, region) for region in regions)))


def _default_in(reader: AccountReader, region: str) -> Fact[str]:
    """Describe default host management of a Region that hands the role to its instances."""
    found = _default_role(reader, region)
    if isinstance(found, Unknown):
        return _unread_in(region, found)
    if isinstance(found, Known) and found.value.how == DEFAULT_ROLE_PATH.strip("/") + f"/{DEFAULT_ROLE}":
        return Known(f"default host management in {region} uses this role", found.read)
    return Absent(found.read)


def _use_in(reader: AccountReader, region: str) -> Fact[str]:
    listed = _list(reader, region)
    if _nowhere(listed, region):
        return Absent(listed.read)
    if not isinstance(listed, Known):
        return listed if isinstance(listed, Absent) else _unread_in(region, listed)
    managers = reader.in_parallel(*(partial(_get, reader, region, each) for each in listed.value))
    use = _first([_use_of(manager) for manager in managers])
    return _unread_in(region, use) if isinstance(use, Unknown) else use


def _use_of(manager: Fact[Json]) -> Fact[str]:
    if not isinstance(manager, Known):
        return manager
    if not any(map(_deploys_with_them, manager.value["ConfigurationDefinitions"])):
        return Absent(manager.read)
    name = manager.value.get("Name") or "unnamed"
    said = f"the Quick Setup configuration {name} ({manager.value['ManagerArn']}) uses this role"
    return Known(said, manager.read)


def _deploys_with_them(definition: Json) -> bool:
    administration = str(definition.get("LocalDeploymentAdministrationRoleArn", "")).rpartition("/")[2]
    return administration == ADMINISTRATION_ROLE or definition.get("LocalDeploymentExecutionRoleName") == EXECUTION_ROLE


def _unread_in(region: str, unread: Unknown) -> Unknown:
    return replace(unread, read=f"{unread.read} in {region}")


def _first(facts: Sequence[Fact[str]]) -> Fact[str]:
    """Return the first known fact, else the first unread one, else absent."""
    known = (fact for fact in facts if isinstance(fact, Known))
    unread = (fact for fact in facts if isinstance(fact, Unknown))
    return next(known, None) or next(unread, None) or Absent()


# State created by a change


def read_configuration(reader: AccountReader, where: Mapping[str, str]) -> Fact[Json]:
    """Read the configuration with our name, else any other of host management; absent if there is none.

    ``{"manager": ARN, "name", "parameters", "now": {"statuses", "associations"}}``: ``statuses`` maps each type of
    status to ``{"status", "said"}``, ``associations`` maps each association to its status.
    """
    region = where["region"]
    managers = _managers(reader, region)
    if not isinstance(managers, Known):
        return managers
    if not managers.value:
        return Absent(managers.read)
    chosen = next((m for m in managers.value if m.get("Name") == where["name"]), managers.value[0])
    found, associations = reader.in_parallel(
        partial(_get, reader, region, chosen),
        partial(_read_associations, reader, region),
    )
    if not isinstance(found, Known):
        return found
    return associations if isinstance(associations, Unknown) else Known(_state(found.value, associations), found.read)


def _read_associations(reader: AccountReader, region: str) -> Fact[tuple[Json, ...]]:
    return reader.read_all("ssm", "ListAssociations", "Associations", region=region)


def _state(manager: Json, associations: Fact[tuple[Json, ...]]) -> Json:
    definition = next(d for d in manager["ConfigurationDefinitions"] if d["Type"] == QUICK_SETUP_TYPE)
    all_of_them = associations.value if isinstance(associations, Known) else ()
    return {
        "manager": manager["ManagerArn"],
        "name": manager.get("Name", ""),
        "parameters": dict(definition["Parameters"]),
        "now": {
            "statuses": _statuses(manager.get("StatusSummaries", ())),
            "associations": _association_statuses(all_of_them, definition.get("Id", "")),
        },
    }


def _statuses(summaries: Sequence[Json]) -> dict[str, dict[str, str]]:
    return {
        each["StatusType"]: {"status": each.get("Status", "NONE"), "said": each.get("StatusMessage", "")}
        for each in summaries
    }


def _association_statuses(associations: Sequence[Json], definition: str) -> dict[str, str]:
    """Map the associations of this configuration, found by name, to their status; one without instances is done."""
    named = {a.get("AssociationName", ""): a.get("Overview", {}) for a in associations}
    of_quick_setup = {name: found for name, found in named.items() if name.startswith(_ASSOCIATIONS)}
    own = {name: found for name, found in of_quick_setup.items() if definition and definition in name}
    return {name: _association_status(found) for name, found in (own or of_quick_setup).items()}


def _association_status(overview: Json) -> str:
    if overview.get("Status") == "Pending" and not overview.get("AssociationStatusAggregatedCount"):
        return "Success"
    return str(overview.get("DetailedStatus") or overview.get("Status") or "Success")


def settled(found: Json) -> bool:
    """Whether AWS has finished: the deployment has ended and no association is pending."""
    if found is None:
        return True
    statuses = {kind: told["status"] for kind, told in found["now"]["statuses"].items()}
    if statuses.get("Deployment", "NONE") == "NONE" or _UNDER_WAY & set(statuses.values()):
        return False
    return bool(_FAILED & set(statuses.values())) or not _pending(found)


def trouble(asked: Json, found: Json) -> str:
    """Return what failed, with AWS's unedited message; empty if nothing failed."""
    if found is None:
        return ""
    bad = _UNDELETED if asked is None else _FAILED
    failed = [f"{kind} {_words(told)}" for kind, told in found["now"]["statuses"].items() if told["status"] in bad]
    if asked is not None:
        failed += [f"association {n}: {s}" for n, s in found["now"]["associations"].items() if s.startswith("Failed")]
    return "; ".join(failed)


def progress(found: Json) -> str:
    """Describe the progress in a few words."""
    if found is None:
        return ""
    told = [f"{kind} {each['status']}" for kind, each in found["now"]["statuses"].items()]
    pending = len(_pending(found))
    return ", ".join([*told, *([f"{counted(pending, 'association')} pending"] if pending else [])])


def _pending(found: Json) -> list[str]:
    statuses = found["now"]["associations"].items()
    return [name for name, status in statuses if not status.startswith(("Success", "Failed", "Skipped"))]


def _words(told: Mapping[str, str]) -> str:
    return f"{told['status']}: {told['said']}" if told["said"] else told["status"]
