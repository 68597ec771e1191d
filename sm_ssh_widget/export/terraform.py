"""The plan as Terraform, owning only what it adds.

``aws_iam_role_policy`` and the attachments take no exclusive ownership of a role. Two things Terraform cannot add to
without owning what is there: a trust policy, which belongs to the ``aws_iam_role`` that made it, and an inline policy
that exists. For these the statements to add are given as an output, for whoever owns them.
Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
from sm_ssh_widget.export.quoting import hcl, hcl_value, one_line
from sm_ssh_widget.export.steps import ResourceWrite, rendered_writes, skipped_changes, title_of, what
from sm_ssh_widget.policy.document import parse

Json: TypeAlias = Any


def configuration(plan: Plan) -> str:
    """One file: ``main.tf``."""
    names: set[str] = set()
    parts = [_head(plan), _providers(plan)]
    for step in rendered_writes(plan, RENDERERS):
        renderer = RENDERERS[step.kind]
        if renderer:
            parts.append(_comment(plan, step) + renderer(_name(step, names), step))
    return "\n".join(parts)


def _head(plan: Plan) -> str:
    lines = [
        "SageMaker SSH Helper: set up what SSH Helper needs.",
        "",
        f"Role    {plan.target['role']}",
        *([f"User    {plan.target['user']}"] if plan.target.get("user") else []),
        f"Region  {plan.region}",
        f"Plan    {plan.digest}",
        "",
        "It owns what it adds and nothing else: no policy of the role, no attachment, is taken away from its owner.",
        "What Terraform could only do by owning what is there is an output: statements for its owner to add.",
        "Terraform does not look at what is there. Run this first, it does, and writes nothing: bash apply.sh --check",
        "To take it back: terraform destroy",
        *(f"Not in this file: {finding}: {reason}" for finding, reason in skipped_changes(plan, RENDERERS)),
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


def _comment(plan: Plan, step: ResourceWrite) -> str:
    lines = [f"{title_of(plan, step)} ({', '.join(step.ids)})"]
    lines += [f"cost: {change.cost}" for change in step.changes if change.cost]
    lines += [f"risk: {risk}" for risk in dict.fromkeys(change.risk for change in step.changes) if risk]
    return _commented(lines)


def _name(step: ResourceWrite, taken: set[str]) -> str:
    wish = re.sub(r"[^A-Za-z0-9]+", "_", step.changes[0].id).strip("_").lower()
    wish = wish if wish[:1].isalpha() else f"addition_{wish}"
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}_{number}", number + 1
    taken.add(name)
    return name


def _block(kind: str, labels: Sequence[str], arguments: Mapping[str, Json]) -> str:
    head = " ".join((kind, *map(hcl, labels)))
    return f"{head} {hcl_value(arguments)}\n" if arguments else f"{head} {{}}\n"


# One entry a kind


def _inline(name: str, step: ResourceWrite) -> str:
    if step.before is not None:
        return _to_add(name, step)
    owner = step.owner.lower()
    document = hcl_value(parse(step.after), "  ")
    return _commented(_WRITES_OVER) + (
        f'resource "aws_iam_{owner}_policy" {hcl(name)} {{\n'
        f"  name = {hcl(step.resource['policy'])}\n"
        f"  {owner} = {hcl(step.identity)}\n"
        f"  policy = jsonencode({document})\n}}\n"
    )


# Source: https://github.com/hashicorp/terraform-provider-aws/issues/19281
_WRITES_OVER = (
    "There was no policy of this name when the plan was made. Terraform writes over one that was made since, and does",
    "not say so: bash apply.sh --check, or the list of the inline policies, tells.",
)


def _attachment(name: str, step: ResourceWrite) -> str:
    owner = step.owner.lower()
    arguments = {owner: step.identity, "policy_arn": step.resource["policy_arn"]}
    return _block("resource", [f"aws_iam_{owner}_policy_attachment", name], arguments)


def _setting(name: str, step: ResourceWrite) -> str:
    arguments = {"setting_id": step.resource["setting_id"], "setting_value": step.after["value"]}
    return _block("resource", ["aws_ssm_service_setting", name], arguments)


def _to_add(name: str, step: ResourceWrite) -> str:
    said = f"To add to the {what(step)}"
    note = [
        "It exists, and Terraform could only write it by owning all of it. Add the statements of this output to the",
        "resource that owns it, behind those that are there. Where Terraform does not own it, use the AWS CLI script.",
    ]
    arguments = {"description": said, "value": [dict(statement) for statement in step.added]}
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
