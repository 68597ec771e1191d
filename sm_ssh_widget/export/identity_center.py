"""Instructions for a permission set, for people who sign in through IAM Identity Center.

IAM Identity Center manages the roles named ``AWSReservedSSO_…``, and IAM rejects changes to them. Their permission set
can be changed in IAM Identity Center.
Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/howtocreatepermissionset.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan, RefusalCode
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, Piece, ProseCode, Words
from sm_ssh_widget.export.resource_writes import ResourceWrite, by_resource
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.policy.document import parse
from sm_ssh_widget.requirements.ssh_owner import permission_set

Json: TypeAlias = Any


def text(plan: Plan, digest: str) -> tuple[Piece, ...]:
    """Return the instructions: the policies to enter for the person who connects, and where."""
    return tuple(_text(plan, digest))


def _text(plan: Plan, digest: str) -> Iterator[Piece]:
    user = str(plan.target.get("user") or "")
    name = _permission_set(user)
    yield Heading("SageMaker SSH Helper: permissions for IAM Identity Center", 1)
    found = _of_user(plan, user)
    if not found:
        yield Paragraph("This plan adds nothing for the person who connects.")
        yield from _refused(plan)
        return
    yield Paragraph(
        ("Permission set: ", ProseCode(name))
        if name
        else (
            "The plan changes ",
            ProseCode(user),
            ". If that person signs in through IAM Identity Center instead:",
        )
    )
    yield Items(tuple(_where(name)))
    for write in found:
        yield from RENDERERS[write.kind](write)
    yield Paragraph("Then reprovision the permission set to its accounts when IAM Identity Center prompts you.")
    yield Paragraph(("Digest of the plan: ", ProseCode(digest)))


def _permission_set(user: str) -> str:
    """The name of the permission set, empty for another identity or none."""
    try:
        return permission_set(PrincipalArn.parse(user))
    except ArnError:
        return ""


def _of_user(plan: Plan, user: str) -> tuple[ResourceWrite, ...]:
    """The writes to the person who connects, planned or to be made in IAM Identity Center.

    If the execution role also connects, the needs of the role itself are not included.
    """
    of_user = (change for change in plan.changes if change.finding.startswith("user."))
    planned = [change for change in of_user if change.resource["arn"] == user]
    elsewhere = [change for refusal in plan.refused for change in refusal.elsewhere]
    return (*by_resource(planned), *by_resource(elsewhere))


def _where(name: str) -> Iterator[Words]:
    yield "Sign in to the management account or the delegated administrator account of IAM Identity Center."
    which = (ProseCode(name),) if name else ("the permission set of that person",)
    yield ("Open IAM Identity Center > Multi-account permissions > Permission sets > ", *which, " > Permissions.")


def _refused(plan: Plan) -> Iterator[Piece]:
    reasons = [r.reason for r in plan.refused if r.code is RefusalCode.PROTECTED]
    if reasons:
        yield Items(reasons)


# One entry a kind


def _inline(write: ResourceWrite) -> Iterator[Piece]:
    yield Heading("Inline policy")
    if write.before is None:
        yield Paragraph("Add these statements after those of its inline policy. If it has none, enter all of it:")
    else:
        yield Paragraph("The current inline policy plus the added statements. Replace the current policy with it:")
    yield Listing(json.dumps(parse(write.after), indent=2), "json")


def _attachment(write: ResourceWrite) -> Iterator[Piece]:
    yield Heading(f"AWS managed policy {write.resource['policy_arn'].rpartition('/')[2]}")
    yield Paragraph(("Attach it to the permission set: ", ProseCode(write.resource["policy_arn"])))


def _not_here(_: ResourceWrite) -> Sequence[Piece]:
    """A permission set has no trust policy and no Regional settings."""
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
