"""AWS managed policies with the documents in moto, in any partition."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from sm_ssh_widget.simulator.state import Record, unique_id


@cache
def _data() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - a third of a second

    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    entries = (entry | {"PolicyName": name} for name, entry in found.items())
    return {f"arn:aws:iam::aws:policy{entry['Path']}{entry['PolicyName']}": entry for entry in entries}


@cache
def managed_policy(arn: str) -> Record | None:
    """Return the policy with this ARN in the form of ``Policies``; ``None`` if AWS has none."""
    partition = arn.split(":")[1] if arn.count(":") > 1 else ""
    entry = _data().get(arn.replace(f"arn:{partition}:", "arn:aws:", 1))
    if entry is None or ":aws:policy/" not in arn:
        return None
    document = json.dumps(entry["Document"]).replace("arn:aws:", f"arn:{partition}:")
    version = {"VersionId": entry["DefaultVersionId"], "IsDefaultVersion": True, "Document": document}
    return {
        "PolicyName": entry["PolicyName"],
        "PolicyId": unique_id("ANPA", entry["PolicyName"]),
        "Arn": arn,
        "Path": entry["Path"],
        "DefaultVersionId": entry["DefaultVersionId"],
        "IsAttachable": True,
        "CreateDate": entry["CreateDate"],
        "UpdateDate": entry.get("UpdateDate", entry["CreateDate"]),
        "PolicyVersionList": [version | {"CreateDate": entry.get("UpdateDate", entry["CreateDate"])}],
    }


def managed_policies(partition: str) -> list[Record]:
    """Return all AWS managed policies by ARN."""
    arns = (arn.replace("arn:aws:", f"arn:{partition}:", 1) for arn in sorted(_data()))
    return [policy for policy in map(managed_policy, arns) if policy]
