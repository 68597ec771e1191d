"""What goes into a permission set, for people who come in through IAM Identity Center.

AWS owns the roles named ``AWSReservedSSO_…`` and IAM refuses to change them; their permission set can be changed, in
Identity Center. The same text serves for any identity whose policies are kept elsewhere.
Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/howtocreatepermissionset.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan, RefusalCode
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, Piece, ProseCode, Words
from sm_ssh_widget.export.steps import ResourceWrite, grouped
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.policy.document import parse
from sm_ssh_widget.requirements.ssh_owner import permission_set

Json: TypeAlias = Any

INLINE_LIMIT = 32768  # characters of a permission set's inline policy


def text(plan: Plan, digest: str) -> tuple[Piece, ...]:
    """What to enter for the local user, and where."""
    return tuple(_text(plan, digest))


def _text(plan: Plan, digest: str) -> Iterator[Piece]:
    user = str(plan.target.get("user") or "")
    name = _permission_set(user)
    yield Heading("SageMaker SSH Helper: permissions for IAM Identity Center", 1)
    found = _of_user(plan, user)
    if not found:
        yield Paragraph("Nothing is to be added for the local user in this plan.")
        yield from _refused(plan)
        return
    yield Paragraph(
        ("Permission set: ", ProseCode(name))
        if name
        else (
            "The plan writes to ",
            ProseCode(user),
            ". If that person comes in through Identity Center instead:",
        )
    )
    yield Items(tuple(_where(name)))
    for step in found:
        yield from RENDERERS[step.kind](step)
    yield Paragraph("Then provision the permission set again to the accounts that use it; Identity Center asks for it.")
    yield Paragraph(("Digest of the plan: ", ProseCode(digest)))


def _permission_set(user: str) -> str:
    """The name of the permission set, empty where it is none or nobody is named."""
    try:
        return permission_set(PrincipalArn.parse(user))
    except ArnError:
        return ""


def _of_user(plan: Plan, user: str) -> tuple[ResourceWrite, ...]:
    """The steps that write to the local user as such, planned or to be made in Identity Center.

    Where the execution role is the local user, what it needs as a role is none of them.
    """
    of_user = (change for change in plan.changes if change.finding.startswith("user."))
    planned = [change for change in of_user if change.resource["arn"] == user]
    elsewhere = [change for refusal in plan.refused for change in refusal.elsewhere]
    return (*grouped(planned), *grouped(elsewhere))


def _where(name: str) -> Iterator[Words]:
    yield "Sign in to the management account, or to the delegated administrator of IAM Identity Center."
    which = (ProseCode(name),) if name else ("the permission set of that person",)
    yield ("Open IAM Identity Center, Multi-account permissions, Permission sets, ", *which, ", tab Permissions.")


def _refused(plan: Plan) -> Iterator[Piece]:
    reasons = [r.reason for r in plan.refused if r.code is RefusalCode.PROTECTED]
    if reasons:
        yield Items(reasons)


# One entry a kind


def _inline(step: ResourceWrite) -> Iterator[Piece]:
    yield Heading("Inline policy")
    if step.before is None:
        yield Paragraph("Add these statements behind those of its inline policy; where it has none, enter all of it:")
    else:
        yield Paragraph("The present inline policy with what is added behind it. Enter it in the place of the present:")
    yield Listing(json.dumps(parse(step.after), indent=2), "json")


def _attachment(step: ResourceWrite) -> Iterator[Piece]:
    yield Heading(f"AWS managed policy {step.resource['policy_arn'].rpartition('/')[2]}")
    yield Paragraph(("Attach it to the permission set: ", ProseCode(step.resource["policy_arn"])))


def _not_here(_: ResourceWrite) -> Sequence[Piece]:
    """A permission set has no trust policy of its own, and nothing of a Region."""
    return ()


RENDERERS: Mapping[Kind, Callable[[ResourceWrite], Iterator[Piece] | Sequence[Piece]]] = {
    Kind.TRUST: _not_here,
    Kind.ROLE_INLINE: _inline,
    Kind.USER_INLINE: _inline,
    Kind.ATTACH_ROLE_POLICY: _attachment,
    Kind.ATTACH_USER_POLICY: _attachment,
    Kind.SERVICE_SETTING: _not_here,
    Kind.ROLE: _not_here,
    Kind.QUICK_SETUP: _not_here,
    Kind.INSTANCE: _not_here,
}
