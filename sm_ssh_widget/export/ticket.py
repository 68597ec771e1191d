"""A plan as a request to an admin: requester, reason, additions, existing statements, cost, risks and undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Kind, Plan
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
    code_list,
)
from sm_ssh_widget.export.quoting import shell
from sm_ssh_widget.export.resource_writes import ResourceWrite, resource_writes, title_of, titles
from sm_ssh_widget.policy.document import Statement
from sm_ssh_widget.requirements.ssh_owner import COMMAND
from sm_ssh_widget.requirements.wording import Cell, StatementCells, counted

Json: TypeAlias = Any


@dataclass(frozen=True)
class TicketRequest:
    """The requester and the reason; either can be empty."""

    requester: str = ""
    reason: str = ""


def request(plan: Plan, digest: str, asked: TicketRequest, bundle_digest: str) -> tuple[Piece, ...]:
    """Return the ticket.

    ``digest`` is that of the plan to apply, which differs if ``plan`` is masked. ``bundle_digest`` is the SHA-256
    digest of the bundle's digest list, empty if no bundle can be created.
    """
    return (*_request(plan, digest, asked), *(_checking(bundle_digest) if bundle_digest else ()))


def _checking(bundle_digest: str) -> Iterator[Piece]:
    """How an admin who received the bundle apart from the ticket checks that its files are the requested ones."""
    yield Heading("How to check the bundle")
    yield Paragraph("The bundle belongs to this ticket if both commands succeed in its folder:")
    yield Listing(
        f"echo '{bundle_digest}  SHA256SUMS' | sha256sum --check\nsha256sum --check SHA256SUMS",
        "sh",
    )
    yield Paragraph("Or compare every file with the plan: sm-ssh-widget bundle --verify sagemaker-ssh-setup.zip")


NOT_INCLUDED = "Not part of this request"
WHAT_IT_IS = (
    "SageMaker SSH Helper (https://github.com/aws-samples/sagemaker-ssh-helper) opens a shell, a debugger or an IDE "
    "inside SageMaker jobs, through AWS Systems Manager Session Manager. It needs the changes below."
)


def _request(plan: Plan, digest: str, asked: TicketRequest) -> Iterator[Piece]:
    yield Heading(f"Set up SageMaker SSH Helper: {counted(len(plan.changes), 'change')} to one execution role", 1)
    yield Paragraph(WHAT_IT_IS)
    yield Paragraph(plan.notice)
    yield facts(plan, asked)
    if plan.required_refused:
        known = titles(plan)
        missing = ", ".join(known.get(finding, finding) for finding in plan.required_refused)
        yield Paragraph(
            f"These changes alone do not make the role ready. Not included: {missing}. See “{NOT_INCLUDED}”."
        )
    yield from changes(plan)
    if plan.refused:
        yield Heading(NOT_INCLUDED)
        yield ProseTable(
            ("Requirement", "Code", "Reason"), [(ProseCode(r.finding), r.code.value, r.reason) for r in plan.refused]
        )
    if not plan.target.get("user"):
        yield from who_connects(plan)
    yield from how_to(plan, digest)


def changes(plan: Plan) -> Iterator[Piece]:
    """Yield what the plan changes, what it keeps, its cost and its risks."""
    found = resource_writes(plan)
    yield Heading("Changes")
    if not found:
        yield Paragraph("None. Everything that could be read meets the baseline.")
    else:
        yield ProseTable(
            ("Change", "Requirement", "Resource", "From → to"),
            [_row(plan, n, write) for n, write in enumerate(found, 1)],
        )
    yield from _statements(found)
    yield Heading("What stays unchanged")
    yield Paragraph(_kept(found))
    yield from _cost_and_risk(plan)


def _cost_and_risk(plan: Plan) -> Iterator[Piece]:
    yield Heading("Cost")
    yield Items(tuple(_costs(plan)) or ("None.",))
    yield Heading("Risks")
    yield Items(tuple(_risks(plan)) or ("None beyond the added statements.",))


def additions(plan: Plan) -> Iterator[Piece]:
    """Yield what a request adds: resources, statements, cost and risk; nothing of what is there is known."""
    found = resource_writes(plan)
    if found:
        rows = [(str(n), title_of(plan, write), RENDERERS[write.kind](write)[0]) for n, write in enumerate(found, 1)]
        yield Heading("What is added, each only where it is missing")
        yield ProseTable(("Change", "Requirement", "Resource"), rows)
    yield from _statements(found)
    yield from _cost_and_risk(plan)


def facts(plan: Plan, asked: TicketRequest) -> ProseFacts:
    """Return who asks, and for what."""
    return ProseFacts(_target(plan, asked))


def baseline_words(baseline: str, options: Sequence[str]) -> str:
    """Return ``classic with hardened-trust``."""
    return baseline + (f" with {', '.join(options)}" if options else "")


def _target(plan: Plan, asked: TicketRequest) -> list[tuple[str, Words]]:
    target = plan.target
    rows: list[tuple[str, Words]] = [
        ("Requester", asked.requester),
        ("Reason", asked.reason),
        ("Execution role", ProseCode(str(target["role"]))),
        ("Who connects", ProseCode(str(target["user"])) if target.get("user") else ""),
        ("Account", ProseCode(plan.account)),
        ("Region", ProseCode(plan.region)),
        ("Baseline", baseline_words(plan.baseline, plan.options)),
    ]
    return [row for row in rows if row[1] != ""]


# One entry per kind: the resource, and the state before and after

_RowCells: TypeAlias = "tuple[Words, Words]"


def _document(write: ResourceWrite) -> str:
    added = counted(len(write.added), "statement")
    if write.before is None:
        return f"new, {added}"
    removed = f"{counted(len(write.removed), 'statement')} removed, " if write.removed else ""
    return f"{f'{added} added, ' if write.added or not removed else ''}{removed}{len(write.kept)} unchanged"


RENDERERS: Mapping[Kind, Callable[[ResourceWrite], _RowCells]] = {
    Kind.TRUST: lambda write: (("trust policy of ", ProseCode(write.identity)), _document(write)),
    Kind.ROLE_INLINE: lambda write: (_inline(write), _document(write)),
    Kind.USER_INLINE: lambda write: (_inline(write), _document(write)),
    Kind.ATTACH_ROLE_POLICY: lambda write: (_attachment(write), "not attached → attached"),
    Kind.ATTACH_USER_POLICY: lambda write: (_attachment(write), "not attached → attached"),
    Kind.SERVICE_SETTING: lambda write: (
        (ProseCode(write.resource["setting_id"]), " in ", ProseCode(write.resource["region"])),
        f"{write.before['value']} → {write.after['value']}",
    ),
    Kind.ROLE: lambda write: (("role ", ProseCode(write.identity)), "new"),
    Kind.QUICK_SETUP: lambda write: (("Quick Setup in ", ProseCode(write.resource["region"])), "new configuration"),
    Kind.INSTANCE: lambda write: (
        ("EC2 instance in ", ProseCode(write.resource["region"])),
        "started, then terminated",
    ),
}


def _inline(write: ResourceWrite) -> Words:
    return ("inline policy ", ProseCode(write.resource["policy"]), " of ", ProseCode(write.identity))


def _attachment(write: ResourceWrite) -> Words:
    return (ProseCode(write.resource["policy_arn"]), " on ", ProseCode(write.identity))


def _row(plan: Plan, number: int, write: ResourceWrite) -> tuple[Words, ...]:
    where, how = RENDERERS[write.kind](write)
    return (str(number), title_of(plan, write), where, how)


_COLUMNS = ("Change", "Effect", "Action", "Principal", "Resource", "Condition")


def _statements(found: Sequence[ResourceWrite]) -> Iterator[Piece]:
    rows = [(str(number), *_cells(statement)) for number, write in enumerate(found, 1) for statement in write.added]
    if rows:
        yield Heading("Added statements")
        yield ProseTable(_COLUMNS, rows)
    rows = [(str(number), *_cells(statement)) for number, write in enumerate(found, 1) for statement in write.removed]
    if rows:
        yield Heading("Removed statements")
        yield ProseTable(_COLUMNS, rows)


def _cells(statement: Statement) -> tuple[Words, ...]:
    cells = StatementCells.of(statement)
    return (cells.effect, *map(_codes, (cells.action, cells.principal, cells.resource, cells.condition)))


def _codes(cell: Cell) -> Words:
    return (*(["all except "] if cell.inverted else []), *code_list(map(str, cell.entries)))


def _kept(found: Sequence[ResourceWrite]) -> str:
    removed = sum(len(write.removed) for write in found)
    taken = f"Only {counted(removed, 'statement')} above {'is' if removed == 1 else 'are'} removed." if removed else ""
    nothing = taken or "Nothing is removed."
    rest = f"All other policies, attachments and settings stay unchanged. {nothing}"
    kept = sum(len(write.kept) for write in found)
    if not kept:
        return rest
    keep = "keeps its exact content and place" if kept == 1 else "keep their exact content and order"
    return f"{counted(kept, 'statement')} in the policies above {keep}. {rest}"


def _costs(plan: Plan) -> Iterator[Words]:
    yield from (f"{change.id}: {change.cost}" for change in plan.changes if change.cost)


def _risks(plan: Plan) -> Iterator[Words]:
    """Each risk once, with its changes."""
    risks = dict.fromkeys(change.risk for change in plan.changes if change.risk)
    for risk in risks:
        yield f"{', '.join(change.id for change in plan.changes if change.risk == risk)}: {risk}"


def how_to(plan: Plan, digest: str) -> Iterator[Piece]:
    """Yield how to apply, undo and verify the plan."""
    yield Heading("How to apply")
    yield Items(
        (
            (
                "With sm-ssh-widget (plan or bundle): ",
                ProseCode("sm-ssh-widget apply FILE"),
                ". It applies exactly this digest.",
            ),
            (
                "With the AWS CLI, in CloudShell: ",
                ProseCode("bash apply.sh --check"),
                ", then ",
                ProseCode("bash apply.sh"),
                ".",
            ),
            ("With CloudFormation: a stack of ", ProseCode("cloudformation.yaml"), ", or a stack set of it."),
            ("With Terraform: ", ProseCode("main.tf"), ", after ", ProseCode("bash apply.sh --check"), "."),
        )
    )
    yield Paragraph(
        "Each method adds to existing policies. All except Terraform read the current state before writing; the "
        "comment at the top of each file says what happens if something changed since the plan. The files are in the "
        "bundle: sm-ssh-widget export plan.json --format bundle --out bundle.zip"
    )
    yield Heading("How to undo")
    yield Items(tuple(_undo(plan)) or ("Nothing to undo.",))
    ways = (ProseCode("sm-ssh-widget undo last"), ", ", ProseCode("bash undo.sh"), ", delete the stack, ")
    yield Paragraph(("Use the method you applied with: ", *ways, ProseCode("terraform destroy"), "."))
    yield Paragraph("The first two leave later changes untouched and list them.")
    yield Heading("How to verify")
    yield Paragraph(("Digest of the plan: ", ProseCode(digest)))
    yield Paragraph("The requester checks the role again. The check reads AWS:")
    yield Listing(verifying(plan), "sh")
    if plan.target.get("user"):
        yield from _in_studio(plan)


def who_connects(plan: Plan) -> Iterator[Piece]:
    """Yield how the permissions of the person who connects are found, where they were not specified."""
    yield Heading("Who connects")
    yield Paragraph(
        "The person who connects was not specified, so their permissions are not part of this request. They print "
        "their ARN with the first command; the second plans what they lack:"
    )
    words = ["sm-ssh-widget", "plan", "--role", str(plan.target["role"]), "--region", plan.region, "--user", "ARN"]
    words += ["--baseline", plan.baseline]
    yield Listing(f"aws sts get-caller-identity --query Arn --output text\n{' '.join(map(shell, words))}", "sh")


def _in_studio(plan: Plan) -> Iterator[Piece]:
    """How the person who connects prints what starts SSH Helper in their spaces, with their own SSHOwner in it."""
    yield Heading("How to start SSH Helper in a Studio space")
    yield Paragraph(
        "Only if Studio spaces are to be reached too: a lifecycle configuration starts SSH Helper in them. It is not "
        "part of this plan. The person who connects prints the script and the steps for the admin of the domain:"
    )
    yield Listing(f'sm-ssh-widget docs lifecycle --region {shell(plan.region)} --owner "$({COMMAND})"', "sh")


def verifying(plan: Plan) -> str:
    """Return the command that checks everything in the plan."""
    words = ["sm-ssh-widget", "verify", "--role", str(plan.target["role"]), "--region", plan.region]
    words += ["--user", str(plan.target["user"])] if plan.target.get("user") else []
    words += ["--baseline", plan.baseline, *(word for option in plan.options for word in ("--option", option))]
    return " ".join(map(shell, words))


def _undo(plan: Plan) -> Iterator[str]:
    """How each change is undone; the exact ones in one line."""
    exact = [change.id for change in plan.changes if change.undo == "exact"]
    if exact:
        yield f"Exactly, to the previous content: {', '.join(exact)}"
    yield from (f"{change.id}: {change.undo}" for change in plan.changes if change.undo != "exact")
