"""A fleet plan as a request to an admin: what changes for how many roles, each kind of change once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sm_ssh_widget.export.masking import ROLE, USER, mask_roles
from sm_ssh_widget.export.prose import (
    Heading,
    Items,
    Listing,
    Paragraph,
    Piece,
    ProseCode,
    ProseFacts,
    ProseTable,
    Words,
    as_markdown,
    code_list,
)
from sm_ssh_widget.export.ticket import NOT_INCLUDED, WHAT_IT_IS, TicketRequest, baseline_words, changes
from sm_ssh_widget.fleet.alike import alike
from sm_ssh_widget.fleet.fleet_plan import CANARIES, FleetPlan, Member
from sm_ssh_widget.requirements.wording import counted
from sm_ssh_widget.visible import visible


def fleet_ticket(plan: FleetPlan, asked: TicketRequest, *, mask: bool = False) -> str:
    """Return the request in Markdown. With ``mask``, account IDs and the names of roles and users are masked."""
    text = visible(as_markdown(_request(plan, asked)))
    return mask_roles(text, _masks(plan)) if mask else text


def _masks(plan: FleetPlan) -> dict[str, str]:
    users = {str(user) for each in plan.members if (user := each.plan.target.get("user"))}
    roles = dict.fromkeys((*plan.roles, *(str(each.plan.target["role"]) for each in plan.members)))
    names = {arn.rpartition("/")[2]: f"{ROLE}-{number}" for number, arn in enumerate(roles, 1)}
    return {**names, **{arn.rpartition("/")[2]: USER for arn in users}}


def _request(plan: FleetPlan, asked: TicketRequest) -> Iterator[Piece]:
    yield Heading(f"Set up SageMaker SSH Helper: {plan.title}", 1)
    yield Paragraph(WHAT_IT_IS)
    for notice in dict.fromkeys(member.plan.notice for member in plan.members):
        yield Paragraph(notice)
    yield ProseFacts([row for row in _facts(plan, asked) if row[1] != ""])
    yield Heading("Plans")
    yield ProseTable(
        ("Plan for", "Account", "Changes", "Digest"),
        [
            (_named(each), ProseCode(each.plan.account), str(len(each.plan.changes)), ProseCode(each.plan.digest[7:19]))
            for each in plan.members
        ],
    )
    if plan.refused:
        yield Heading(NOT_INCLUDED)
        yield ProseTable(
            ("For", "Requirement", "Code", "Reason"),
            [(each["for"], ProseCode(each["finding"]), each["code"], each["reason"]) for each in plan.refused],
        )
    for members in alike(plan.members):
        yield from _example(members)
    yield from _how_to(plan)


def _facts(plan: FleetPlan, asked: TicketRequest) -> list[tuple[str, Words]]:
    regions = dict.fromkeys(member.plan.region for member in plan.members)
    return [
        ("Requester", asked.requester),
        ("Reason", asked.reason),
        ("Accounts", code_list(plan.accounts)),
        ("Regions", code_list(regions)),
        ("Baseline", baseline_words(plan.baseline, plan.options)),
        ("Digest of the fleet plan", ProseCode(plan.digest)),
    ]


def _example(members: Sequence[Member]) -> Iterator[Piece]:
    """Yield the changes of the first of these members, one level deeper."""
    others = f", and the same for {counted(len(members) - 1, f'more {members[0].noun}')}" if len(members) > 1 else ""
    yield Heading(f"{members[0].label[:1].upper()}{members[0].label[1:]}{others}")
    for piece in changes(members[0].plan):
        yield replace(piece, level=piece.level + 1) if isinstance(piece, Heading) else piece


def _how_to(plan: FleetPlan) -> Iterator[Piece]:
    several = len(plan.accounts) > 1
    first = min(CANARIES, len(plan.roles))
    checked = f". {counted(first, 'role')} {'is' if first == 1 else 'are'} changed and checked before the others."
    apply: list[str | ProseCode] = ["With sm-ssh-widget: ", _APPLY, checked if first else "."]
    if several:
        apply += [" Add ", ProseCode("--member-role ROLE"), ", a role that you may assume in each account."]
    cloud_shell: Words = (
        "With the AWS CLI, in CloudShell: ",
        ProseCode("bash apply.sh --check"),
        ", then ",
        ProseCode("bash apply.sh"),
        ".",
    )
    stack_sets: Words = (
        "With CloudFormation StackSets: ",
        ProseCode("sm-ssh-widget export fleet.jsonl --format stackset --out stacks.zip"),
        ", then the README in it.",
    )
    yield Heading("How to apply")
    yield Items((apply, stack_sets) if several else (apply, cloud_shell, stack_sets))
    yield Paragraph("Each way adds to existing policies, and stops where something changed since the plan.")
    yield Heading("How to undo")
    undo = (ProseCode("sm-ssh-widget undo RUN"), " (the directory that apply names)")
    yield Paragraph(
        ("Use the way you applied with: ", *undo, ", remove.sh of the stack sets." if several else _UNDO_SCRIPTS)
    )
    yield Heading("How to verify")
    yield Paragraph("The admin verifies the run, the requester audits the roles again. Both commands read AWS:")
    yield Listing("sm-ssh-widget verify RUN\nsm-ssh-widget audit", "sh")


_APPLY = ProseCode("sm-ssh-widget apply fleet.jsonl")
_UNDO_SCRIPTS = ", bash undo.sh, or remove.sh of the stack sets."


def _named(member: Member) -> Words:
    return ProseCode(member.role) if member.role else member.label
