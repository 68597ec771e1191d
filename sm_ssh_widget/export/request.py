"""A request for all that may be missing, where facts could not be read. Pure.

It is no plan and has no digest: it names the target, the baseline and the requirements, some of them only if missing.
An identity that may read makes a plan from it (``plan --request FILE``); script and template look before they add.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.request_plan import request_plan
from sm_ssh_widget.export import cloudformation, request_script, ticket
from sm_ssh_widget.export.masking import masked
from sm_ssh_widget.export.prose import Heading, Items, Paragraph, Piece, ProseCode, as_markdown, as_text
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.assess import Assessment
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.observation import Observation
from sm_ssh_widget.requirements.wording import counted

Json: TypeAlias = Any
SCHEMA = "sm-ssh-widget/request/1"
REQUEST_FORMATS: Mapping[str, str] = {
    "request": "request.json",
    "request-ticket": "request.md",
    "request-ticket-text": "request.txt",
    "request-script": "request.sh",
    "request-cloudformation": "request.yaml",
}
"""The formats of a request, and the names of their files."""

_WHERE = "Reading the request"
_AGAIN = "Create it again: sm-ssh-widget export --format request --out FILE"


@dataclass(frozen=True)
class RequestSubject:
    """Target, baseline and options of a request that came back as a file: what a plan is made for."""

    role: str
    region: str
    user: str | None
    baseline: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class SetupRequest:
    """What is asked for. ``missing`` and ``unread`` are pairs of finding and title; ``plan`` is never applied."""

    plan: Plan
    missing: tuple[tuple[str, str], ...]
    unread: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, selection: Selection, observation: Observation, assessment: Assessment) -> SetupRequest:
        """Return the request for what a check found missing or could not read."""
        names = {requirement.id: requirement.title for requirement in selection.requirements}

        def found(status: FindingStatus) -> tuple[tuple[str, str], ...]:
            those = (each for each in assessment.findings if each.required and each.status is status)
            return tuple((each.id, names.get(each.id, each.title)) for each in those)

        made = request_plan(selection, observation, assessment)
        return cls(made, found(FindingStatus.MISSING), found(FindingStatus.UNKNOWN))

    @property
    def count(self) -> int:
        """How many requirements are asked for."""
        return len(self.missing) + len(self.unread)

    def to_json(self) -> dict[str, Json]:
        """``{"schema", "target", "baseline", "options", "requirements"}``."""
        requirements = [{"id": id, "title": title, "known": "missing"} for id, title in self.missing]
        requirements += [{"id": id, "title": title, "known": "unread"} for id, title in self.unread]
        return {
            "schema": SCHEMA,
            "target": dict(self.plan.target),
            "baseline": self.plan.baseline,
            "options": list(self.plan.options),
            "requirements": requirements,
        }


def requested(value: Json) -> RequestSubject:
    """Return what a request asks for. Raises :class:`Problem` (``invalid``) for anything but a request.

    The requirements that it names are not taken over: they are read again.
    """
    target = value.get("target") if isinstance(value, Mapping) and value.get("schema") == SCHEMA else None
    if not isinstance(target, Mapping):
        raise _invalid("The file is not a request of this program.")
    role, region, user = (target.get(name) for name in ("role", "region", "user"))
    baseline, options = value.get("baseline"), value.get("options")
    texts = (role, region, baseline, *(options if isinstance(options, list) else (None,)))
    if not all(isinstance(each, str) and each for each in texts) or not isinstance(user, (str, type(None))):
        raise _invalid("Its target, baseline or options are not complete.")
    try:
        arn = PrincipalArn.parse(str(role))
        Selection.of(str(baseline), tuple(options))
    except (ArnError, Problem) as error:
        raise _invalid(str(error)) from error
    if arn.account != target.get("account"):
        raise _invalid("Its account is not the account of its role.")
    return RequestSubject(str(role), str(region), user or None, str(baseline), tuple(options))


def _invalid(said: str) -> Problem:
    return Problem(_WHERE, said, _AGAIN, Code.INVALID)


def request_content(
    asked: SetupRequest, format: str, *, mask: bool = False, requester: str | None = None, reason: str = ""
) -> str:
    """Return the request in one of :data:`REQUEST_FORMATS`. Only the tickets can be masked."""
    match format:
        case "request":
            return json.dumps(asked.to_json(), indent=2, ensure_ascii=False) + "\n"
        case "request-script":
            return request_script.script(asked.plan)
        case "request-cloudformation":
            return cloudformation.template(asked.plan, looks=True)
        case "request-ticket":
            return as_markdown(request_pieces(asked, mask=mask, requester=requester or "", reason=reason))
        case "request-ticket-text":
            return as_text(request_pieces(asked, mask=mask, requester=requester or "", reason=reason))
    raise Problem("Exporting the request", f"There is no format {format}.", "See: --help", Code.USAGE)


def request_pieces(
    asked: SetupRequest, *, mask: bool = False, requester: str = "", reason: str = ""
) -> tuple[Piece, ...]:
    """Return the ticket of the request, as prose."""
    plan = masked(asked.plan) if mask else asked.plan
    return tuple(_pieces(asked, plan, TicketRequest(requester, reason)))


def _pieces(asked: SetupRequest, plan: Plan, by: TicketRequest) -> Iterator[Piece]:
    yield Heading(f"Set up SageMaker SSH Helper: {counted(asked.count, 'requirement')}, if missing", 1)
    yield Paragraph(ticket.WHAT_IT_IS)
    yield Paragraph(plan.notice)
    yield ticket.facts(plan, by)
    yield Paragraph(
        f"{counted(len(asked.unread), 'requirement')} could not be read with the requester's permissions. This is "
        "therefore no plan: add only what is not there."
    )
    yield Heading("What is asked for")
    yield Items([*_listed(asked.missing, "missing"), *_listed(asked.unread, "could not be read, only if missing")])
    yield from ticket.additions(plan)
    yield from _refused(plan)
    if not plan.target.get("user"):
        yield from ticket.who_connects(plan)
    yield from _how()


def _listed(found: Sequence[tuple[str, str]], known: str) -> Iterator[str]:
    return (f"{title}: {known}" for _, title in found)


def _refused(plan: Plan) -> Iterator[Piece]:
    if plan.refused:
        yield Heading("What cannot be requested")
        yield Items([f"{each.finding}: {each.reason}" for each in plan.refused])


def _how() -> Iterator[Piece]:
    yield Heading("How to apply")
    script, read_only = ProseCode("bash request.sh"), ProseCode("bash request.sh --check")
    yield Items(
        (
            ("With sm-ssh-widget, as an identity that can read: ", ProseCode("sm-ssh-widget plan --request FILE")),
            ("With the AWS CLI, in CloudShell: ", read_only, " (read-only), then ", script, "."),
            ("With CloudFormation: a stack of ", ProseCode("request.yaml"), ". Deleting it removes what it added."),
        )
    )
    yield Paragraph("Each reads first and adds only what is not there. Existing statements stay unchanged.")
