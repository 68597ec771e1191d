"""The plan as a request to an admin: who asks for what and why, what it adds, keeps and costs, and the way back."""

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
)
from sm_ssh_widget.export.quoting import shell
from sm_ssh_widget.export.steps import ResourceWrite, steps, title_of
from sm_ssh_widget.policy.document import Statement, as_list
from sm_ssh_widget.requirements.ssh_owner import COMMAND

Json: TypeAlias = Any


@dataclass(frozen=True)
class TicketRequest:
    """Who asks, and why; either may be empty."""

    requester: str = ""
    reason: str = ""


def request(plan: Plan, digest: str, asked: TicketRequest, bundle_digest: str) -> tuple[Piece, ...]:
    """The ticket.

    ``digest`` is that of the plan to apply, which is another one where ``plan`` is masked; ``bundle_digest`` the
    SHA-256 digest of the bundle's digest list, empty where no bundle can be made.
    """
    return (*_request(plan, digest, asked), *(_checking(bundle_digest) if bundle_digest else ()))


def _checking(bundle_digest: str) -> Iterator[Piece]:
    """How an admin who received the bundle apart from the ticket checks that its files are the requested ones."""
    yield Heading("How to check the bundle")
    yield Paragraph("The bundle is the one that this ticket was made with if both commands succeed in its folder:")
    yield Listing(
        f"echo '{bundle_digest}  SHA256SUMS' | sha256sum --check\nsha256sum --check SHA256SUMS",
        "sh",
    )
    yield Paragraph("Or compare every file with the plan: sm-ssh-widget bundle --verify sagemaker-ssh-setup.zip")


_WHAT_IT_IS = (
    "SageMaker SSH Helper (https://github.com/aws-samples/sagemaker-ssh-helper) opens a shell, a debugger or an IDE "
    "inside SageMaker jobs, through Session Manager. For that it needs what follows."
)


def _request(plan: Plan, digest: str, asked: TicketRequest) -> Iterator[Piece]:
    found = steps(plan)
    yield Heading(f"SageMaker SSH Helper: {_number(len(plan.changes), 'change')} for one execution role", 1)
    yield Paragraph(_WHAT_IT_IS)
    yield Paragraph(plan.notice)
    yield ProseFacts(_target(plan, asked))
    if plan.required_refused:
        missing = ProseCode(", ".join(plan.required_refused))
        yield Paragraph(("This request alone is not enough: ", missing, " cannot be written as it stands, see below."))
    yield Heading("What is written")
    if not found:
        yield Paragraph("Nothing: all that the baseline requires and that is known is there.")
    else:
        yield ProseTable(
            ("Step", "What", "Where", "From → to"), [_row(plan, n, step) for n, step in enumerate(found, 1)]
        )
    yield from _statements(found)
    yield Heading("What is kept")
    yield Paragraph(_kept(found))
    yield Heading("Cost")
    yield Items(tuple(_costs(plan)) or ("None.",))
    yield Heading("Risks")
    yield Items(tuple(_risks(plan)) or ("None beyond the statements above.",))
    if plan.refused:
        yield Heading("Not part of this request")
        yield ProseTable(
            ("Finding", "Why", "What is said"), [(ProseCode(r.finding), r.code.value, r.reason) for r in plan.refused]
        )
    yield from how_to(plan, digest)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _target(plan: Plan, asked: TicketRequest) -> list[tuple[str, Words]]:
    target = plan.target
    rows: list[tuple[str, Words]] = [
        ("By", asked.requester),
        ("Why", asked.reason),
        ("Execution role", ProseCode(str(target["role"]))),
        ("Local user", ProseCode(str(target["user"])) if target.get("user") else ""),
        ("Account", ProseCode(plan.account)),
        ("Region", ProseCode(plan.region)),
        ("Baseline", plan.baseline + (f" with {', '.join(plan.options)}" if plan.options else "")),
    ]
    return [row for row in rows if row[1] != ""]


# One entry a kind: where it is written, and from what to what

_Told: TypeAlias = "tuple[Words, Words]"


def _document(step: ResourceWrite) -> str:
    added = _number(len(step.added), "statement")
    return f"new, {added}" if step.before is None else f"{added} added, {len(step.kept)} kept"


RENDERERS: Mapping[Kind, Callable[[ResourceWrite], _Told]] = {
    Kind.TRUST: lambda step: (("trust policy of ", ProseCode(step.identity)), _document(step)),
    Kind.ROLE_INLINE: lambda step: (_inline(step), _document(step)),
    Kind.USER_INLINE: lambda step: (_inline(step), _document(step)),
    Kind.ATTACH_ROLE_POLICY: lambda step: (_attachment(step), "not attached → attached"),
    Kind.ATTACH_USER_POLICY: lambda step: (_attachment(step), "not attached → attached"),
    Kind.SERVICE_SETTING: lambda step: (
        (ProseCode(step.resource["setting_id"]), " in ", ProseCode(step.resource["region"])),
        f"{step.before['value']} → {step.after['value']}",
    ),
    Kind.ROLE: lambda step: (("role ", ProseCode(step.identity)), "new"),
    Kind.QUICK_SETUP: lambda step: (("Quick Setup in ", ProseCode(step.resource["region"])), "new configuration"),
    Kind.INSTANCE: lambda step: (("EC2 instance in ", ProseCode(step.resource["region"])), "started, then terminated"),
}


def _inline(step: ResourceWrite) -> Words:
    return ("inline policy ", ProseCode(step.resource["policy"]), " of ", ProseCode(step.identity))


def _attachment(step: ResourceWrite) -> Words:
    return (ProseCode(step.resource["policy_arn"]), " on ", ProseCode(step.identity))


def _row(plan: Plan, number: int, step: ResourceWrite) -> tuple[Words, ...]:
    where, how = RENDERERS[step.kind](step)
    return (str(number), title_of(plan, step), where, how)


def _statements(found: Sequence[ResourceWrite]) -> Iterator[Piece]:
    rows = [(str(number), *_cells(statement)) for number, step in enumerate(found, 1) for statement in step.added]
    if rows:
        yield Heading("Statements that are added")
        yield ProseTable(("Step", "Effect", "Action", "Principal", "Resource", "Condition"), rows)


def _cells(statement: Statement) -> tuple[Words, ...]:
    columns = (("Action", "NotAction"), ("Principal", "NotPrincipal"), ("Resource", "NotResource"), ("Condition", ""))
    return (str(statement.get("Effect", "")), *(_cell(statement, *names) for names in columns))


def _cell(statement: Statement, name: str, opposite: str) -> Words:
    values = _flat(statement.get(name, ()))
    if opposite in statement:
        return ("all but ", *_codes(_flat(statement[opposite])))
    return tuple(_codes(values))


def _codes(values: Sequence[str]) -> list[str | ProseCode]:
    parts: list[str | ProseCode] = []
    for value in values:
        parts += [", ", ProseCode(value)] if parts else [ProseCode(value)]
    return parts


def _flat(value: Json, name: str = "") -> list[str]:
    """The values of an element, each with the names that it stands under."""
    if isinstance(value, Mapping):
        return [each for key, inner in value.items() for each in _flat(inner, f"{name}{key} ")]
    return [f"{name}{each}" for each in as_list(value)]


def _kept(found: Sequence[ResourceWrite]) -> str:
    if any(step.kept for step in found):
        statements = _number(sum(len(step.kept) for step in found), "statement")
        return (
            f"{statements} in the documents above, to the letter and in their order, and every policy and attachment "
            "that is not named above. Nothing is removed or rewritten."
        )
    return "Every policy, attachment and setting that is not named above. Nothing is removed or rewritten."


def _costs(plan: Plan) -> Iterator[Words]:
    yield from (f"{change.id}: {change.cost}" for change in plan.changes if change.cost)


def _risks(plan: Plan) -> Iterator[Words]:
    """Each risk once, with the changes that carry it."""
    risks = dict.fromkeys(change.risk for change in plan.changes if change.risk)
    for risk in risks:
        yield f"{', '.join(change.id for change in plan.changes if change.risk == risk)}: {risk}"


def how_to(plan: Plan, digest: str) -> Iterator[Piece]:
    """How to apply, to undo and to verify."""
    yield Heading("How to apply it")
    yield Items(
        (
            (
                "With the plan or the bundle: ",
                ProseCode("sm-ssh-widget apply FILE"),
                ". It applies this digest or nothing.",
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
        "Each adds to what is there. All but Terraform read it again before they write; the head of each file says "
        "what it does where something changed since. The files are in the bundle: "
        "sm-ssh-widget export plan.json --format bundle --out bundle.zip"
    )
    yield Heading("How to undo it")
    yield Items(tuple(_undo(plan)) or ("Nothing to undo.",))
    ways = (ProseCode("sm-ssh-widget undo last"), ", ", ProseCode("bash undo.sh"), ", delete the stack, ")
    yield Paragraph(("By the way that it was applied: ", *ways, ProseCode("terraform destroy"), "."))
    yield Paragraph("The first two leave alone what somebody changed since, and say so.")
    yield Heading("How to verify it")
    yield Paragraph(("Digest of the plan: ", ProseCode(digest)))
    yield Paragraph("The requester checks the role again; the check reads AWS and takes nobody's word:")
    yield Listing(verifying(plan), "sh")
    if plan.target.get("user"):
        yield from _in_studio(plan)


def _in_studio(plan: Plan) -> Iterator[Piece]:
    """How the person who connects prints what starts SSH Helper in their spaces, with their own SSHOwner in it."""
    yield Heading("How to start SSH Helper in a Studio space")
    yield Paragraph(
        "Only if Studio spaces are to be reached too: a lifecycle configuration starts SSH Helper in them. It is not "
        "part of this plan. The person who connects prints the script and the steps for the admin of the domain:"
    )
    yield Listing(f'sm-ssh-widget docs lifecycle --region {shell(plan.region)} --owner "$({COMMAND})"', "sh")


def verifying(plan: Plan) -> str:
    """The command that looks at all that the plan is about."""
    words = ["sm-ssh-widget", "verify", "--role", str(plan.target["role"]), "--region", plan.region]
    words += ["--user", str(plan.target["user"])] if plan.target.get("user") else []
    words += ["--baseline", plan.baseline, *(word for option in plan.options for word in ("--option", option))]
    return " ".join(map(shell, words))


def _undo(plan: Plan) -> Iterator[str]:
    """How each change is undone; those that are undone exactly in one line."""
    exact = [change.id for change in plan.changes if change.undo == "exact"]
    if exact:
        yield f"Exactly, so that what was there is there again: {', '.join(exact)}"
    yield from (f"{change.id}: {change.undo}" for change in plan.changes if change.undo != "exact")
