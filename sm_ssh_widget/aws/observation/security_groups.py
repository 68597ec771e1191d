"""Security groups: what those of endpoints let in, and what those of containers let out, on port 443.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.requirements.facts import Fact, Known, Unknown

Json: TypeAlias = Any
Rules: TypeAlias = Fact[tuple[str, ...]]
"""The other sides of rules for port 443: IPv4 address blocks, IDs of groups, and IDs of prefix lists."""

_HTTPS = 443


def read_sources(reader: AccountReader, region: str, groups: Sequence[str]) -> dict[str, Rules]:
    """Read what each group lets in on port 443, by its ID."""
    return _read(reader, region, groups, lambda group: _others(group.get("IpPermissions", ())))


def read_egress(reader: AccountReader, region: str, groups: Sequence[str]) -> Rules:
    """Read what these groups together let out on port 443: their rules add up."""
    by_group = _read(reader, region, groups, lambda group: _others(group.get("IpPermissionsEgress", ())))
    return together(list(by_group.values()))


def together(facts: Sequence[Rules]) -> Rules:
    """The rules of several groups; the unread one, where one was not read."""
    unread = next((fact for fact in facts if isinstance(fact, Unknown)), None)
    if unread is not None:
        return unread
    known = [fact for fact in facts if isinstance(fact, Known)]
    return Known(tuple(other for fact in known for other in fact.value), known[0].read if known else "")


def _read(
    reader: AccountReader, region: str, groups: Sequence[str], rules: Callable[[Mapping[str, Json]], Iterable[str]]
) -> dict[str, Rules]:
    ids = sorted(set(groups))
    if not ids:
        return {}
    found = reader.read_all("ec2", "DescribeSecurityGroups", "SecurityGroups", region=region, GroupIds=ids)
    if not isinstance(found, Known):
        return dict.fromkeys(ids, found)
    by_id = {str(group["GroupId"]): group for group in found.value}
    return {id: Known(tuple(rules(by_id.get(id, {}))), found.read) for id in ids}


def _others(rules: Iterable[Mapping[str, Json]]) -> Iterable[str]:
    for rule in rules:
        if _is_https(rule):
            yield from (str(block["CidrIp"]) for block in rule.get("IpRanges", ()))
            yield from (str(pair["GroupId"]) for pair in rule.get("UserIdGroupPairs", ()))
            yield from (str(listed["PrefixListId"]) for listed in rule.get("PrefixListIds", ()))


def _is_https(rule: Mapping[str, Json]) -> bool:
    """Whether a rule covers TCP port 443; the protocol -1 is all traffic."""
    if rule.get("IpProtocol") == "-1":
        return True
    return rule.get("IpProtocol") in ("tcp", "6") and rule.get("FromPort", 0) <= _HTTPS <= rule.get("ToPort", 65535)
