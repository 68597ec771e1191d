"""A plan as Terraform, which manages only what it adds.

``aws_iam_role_policy`` and the attachments take no exclusive ownership of a role. Terraform cannot add to a trust
policy, which belongs to the ``aws_iam_role`` that created it, or to an existing inline policy without owning all of it.
The statements to add to these are outputs for their owner.
Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export.quoting import hcl, hcl_value, one_line
from sm_ssh_widget.export.resource_writes import ResourceWrite, describe, rendered_writes, skipped_changes, title_of
from sm_ssh_widget.policy.document import parse

Json: TypeAlias = Any


def configuration(plan: Plan) -> str:
    """Return the content of ``main.tf``."""
    names: set[str] = set()
    parts = [_head(plan), _providers(plan)]
    for write in rendered_writes(plan, RENDERERS, adds_only=True):
        renderer = RENDERERS[write.kind]
        if renderer:
            parts.append(_comment(plan, write) + renderer(_name(write, names), write))
    return "\n".join(parts)


def _head(plan: Plan) -> str:
    lines = [
        "Set up SageMaker SSH Helper",
        "",
        f"Role    {plan.target['role']}",
        *([f"User    {plan.target['user']}"] if plan.target.get("user") else []),
        f"Region  {plan.region}",
        f"Plan    {plan.digest}",
        "",
        "This configuration manages only what it adds. It takes no ownership of existing policies or attachments.",
        "Changes that would require ownership of an existing resource are outputs: statements for its owner to add.",
        "Terraform does not compare with the plan. First run the read-only check: bash apply.sh --check",
        "To undo: terraform destroy",
        *(
            f"Not in this file: {finding}: {reason}"
            for finding, reason in skipped_changes(plan, RENDERERS, adds_only=True)
        ),
    ]
    return _commented(lines)


def _commented(lines: Sequence[str]) -> str:
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in lines)


def _providers(plan: Plan) -> str:
    provider = {"region": plan.region, "allowed_account_ids": [plan.account]}
    return (
        'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n'
        '      version = ">= 5.0"\n    }\n  }\n}\n\n' + _block("provider", ["aws"], provider)
    )


def _comment(plan: Plan, write: ResourceWrite) -> str:
    lines = [f"{title_of(plan, write)} ({', '.join(write.ids)})"]
    lines += [f"cost: {change.cost}" for change in write.changes if change.cost]
    lines += [f"risk: {risk}" for risk in dict.fromkeys(change.risk for change in write.changes) if risk]
    return _commented(lines)


def _name(write: ResourceWrite, taken: set[str]) -> str:
    wish = re.sub(r"[^A-Za-z0-9]+", "_", write.changes[0].id).strip("_").lower()
    wish = wish if wish[:1].isalpha() else f"addition_{wish}"
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    taken.add(name)
    return name


def _block(kind: str, labels: Sequence[str], arguments: Mapping[str, Json]) -> str:
    head = " ".join((kind, *map(hcl, labels)))
    return f"{head} {hcl_value(arguments)}\n" if arguments else f"{head} {{}}\n"


# One entry per kind


def _inline(name: str, write: ResourceWrite) -> str:
    if write.before is not None:
        return _to_add(name, write)
    owner = write.owner.lower()
    document = hcl_value(parse(write.after), "  ")
    return _commented(_WRITES_OVER) + (
        f'resource "aws_iam_{owner}_policy" {hcl(name)} {{\n'
        f"  name = {hcl(write.resource['policy'])}\n"
        f"  {owner} = {hcl(write.identity)}\n"
        f"  policy = jsonencode({document})\n}}\n"
    )


# Source: https://github.com/hashicorp/terraform-provider-aws/issues/19281
_WRITES_OVER = (
    "No policy with this name existed when the plan was created. Terraform overwrites one created since, without",
    "warning. Check first: bash apply.sh --check",
)


def _attachment(name: str, write: ResourceWrite) -> str:
    owner = write.owner.lower()
    arguments = {owner: write.identity, "policy_arn": write.resource["policy_arn"]}
    return _block("resource", [f"aws_iam_{owner}_policy_attachment", name], arguments)


def _setting(name: str, write: ResourceWrite) -> str:
    arguments = {"setting_id": write.resource["setting_id"], "setting_value": write.after["value"]}
    return _block("resource", ["aws_ssm_service_setting", name], arguments)


def _to_add(name: str, write: ResourceWrite) -> str:
    description = f"Statements to add to the {describe(write)}"
    note = [
        "This resource exists and Terraform would have to own all of it. Add these statements after the existing ones",
        "in the configuration that manages it. If Terraform does not manage it, use the AWS CLI script.",
    ]
    arguments = {"description": description, "value": [dict(statement) for statement in write.added]}
    return _commented(note) + _block("output", [f"{name}_statements_to_add"], arguments)


RENDERERS: Mapping[Kind, Callable[[str, ResourceWrite], str] | None] = {
    Kind.TRUST: _to_add,
    Kind.ROLE_INLINE: _inline,
    Kind.USER_INLINE: _inline,
    Kind.ATTACH_ROLE_POLICY: _attachment,
    Kind.ATTACH_USER_POLICY: _attachment,
    Kind.SERVICE_SETTING: _setting,
    Kind.ROLE: None,
    Kind.QUICK_SETUP: None,
    Kind.INSTANCE: None,
}
