"""Network ACLs: the rules of each subnet for TCP and IPv4, in the order in which they are evaluated.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sm_ssh_widget.requirements.facts import Fact, Known
from sm_ssh_widget.requirements.network_facts import AclRule, NetworkAcl

Json: TypeAlias = Any

_PROTOCOLS = ("-1", "6")
"""All traffic, and TCP: the protocol is a number."""
_ALL_PORTS = (0, 65535)


def acls_by_subnet(listed: Fact[tuple[Json, ...]]) -> Fact[Mapping[str, NetworkAcl]]:
    """Map the ID of each subnet to its network ACL. Each subnet has one, the VPC's default one if no other."""
    if not isinstance(listed, Known):
        return listed
    found = [(acl, _acl(acl)) for acl in listed.value]
    return Known(
        {str(each["SubnetId"]): made for acl, made in found for each in acl.get("Associations", ())}, listed.read
    )


def _acl(acl: Json) -> NetworkAcl:
    entries = sorted(acl.get("Entries", ()), key=lambda entry: int(entry["RuleNumber"]))
    return NetworkAcl(
        str(acl["NetworkAclId"]),
        tuple(_rules(entry for entry in entries if entry["Egress"])),
        tuple(_rules(entry for entry in entries if not entry["Egress"])),
    )


def _rules(entries: Iterable[Mapping[str, Json]]) -> Iterable[AclRule]:
    for entry in entries:
        if entry["Protocol"] in _PROTOCOLS and entry.get("CidrBlock"):
            ports = entry.get("PortRange") if entry["Protocol"] != "-1" else None
            span = (int(ports["From"]), int(ports["To"])) if ports else _ALL_PORTS
            yield AclRule(entry["RuleAction"] == "allow", str(entry["CidrBlock"]), span)
