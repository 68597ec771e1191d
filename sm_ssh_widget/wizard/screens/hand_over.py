"""Beside the steps: the plan for an admin to apply: a ticket, the same in other forms, and what happens then."""

from __future__ import annotations

from collections.abc import Iterator

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import FORMATS, REQUEST_FORMATS, denied_reads, read_access
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.wizard.blocks import (
    Band,
    Block,
    Choice,
    ChoiceOption,
    Field,
    Part,
    Row,
    Rows,
    Section,
    Skeleton,
    Tab,
    Tabs,
)
from sm_ssh_widget.wizard.controls import Action, SavedFile
from sm_ssh_widget.wizard.effects import HandOver
from sm_ssh_widget.wizard.environment import BUNDLE
from sm_ssh_widget.wizard.leaf_blocks import CodeListing
from sm_ssh_widget.wizard.screens.labels import BACK, counted, cut, problem
from sm_ssh_widget.wizard.screens.prose_blocks import blocks_of
from sm_ssh_widget.wizard.state import Saved, Ticket, WizardState
from sm_ssh_widget.wizard.view import View

_FORMS = (
    (
        "apply",
        "To apply",
        (
            ("cli-script", "Shell script", "For AWS CloudShell, one account"),
            ("cloudformation", "CloudFormation", "For review by change set, or many accounts"),
            ("terraform", "Terraform", "For teams that keep roles in code"),
        ),
    ),
    (
        "permissions",
        "To ask for permissions",
        (
            ("admin-policy", "Least policy to apply it", "What the admin needs to be allowed"),
            ("identity-center", "Identity Center", "What a permission set needs"),
        ),
    ),
    ("undo", "To undo", (("cli-undo-script", "Shell script that undoes it", "Only what this plan added"),)),
)
"""The formats of a plan by what they are for, a line each."""
_REQUEST_FORMS = (
    (
        "apply",
        "To apply",
        (
            ("request-script", "Shell script that looks first", "For AWS CloudShell, one account"),
            ("request-cloudformation", "CloudFormation that looks first", "For review by change set, or many accounts"),
            ("request", "Request as a file", "For an admin with this program: plan --request FILE"),
        ),
    ),
)
"""The same of a request."""


def hand_over(state: WizardState) -> View:
    """The ticket first; everything else is a download."""
    plan = plan_of(state)
    blocks: list[Block] = []
    if state.failed:
        again = (Action("hand-over", "Try again"),) if plan else ()
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy, *again))
    blocks += [*_unread(state), _asked(state)]
    if state.ticket:
        blocks.append(_ticket(state.ticket, request=state.request is not None))
    elif state.doing(HandOver):
        blocks.append(Skeleton("Preparing the ticket", 3))
    blocks += [*(_forms(state) if state.request or plan else ()), _then()]
    return View(
        screen="hand-over",
        heading=_heading(state, plan),
        lede="Your admin needs neither this package nor a notebook. It contains no secrets.",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state)),
        footnote=_footnote(state, plan),
        saves=_saves(state.saved),
    )


def _heading(state: WizardState, plan: Plan | None) -> str:
    if state.request:
        return f"A request for your admin: {counted(state.request.count, 'requirement')}, if missing"
    return f"A ticket for your admin: {counted(len(plan.changes) if plan else 0, 'change')}"


def _footnote(state: WizardState, plan: Plan | None) -> str:
    if state.request:
        return "A request has no digest: it is no plan."
    return f"Digest `{cut(plan.digest)}`" if plan else ""


def plan_of(state: WizardState) -> Plan | None:
    """The plan that is handed over: the one that is made, else that of the run that is shown."""
    return state.plan or (state.journal.plan if state.journal else None)


def _actions(state: WizardState) -> tuple[Action, ...]:
    name, label = ("request-script", "Download the script") if state.request else (BUNDLE, "Download everything")
    everything = Action(f"download:{name}", label, icon="download", unavailable=_wait(state))
    text = state.ticket.markdown if state.ticket else ""
    wait = "" if text else "Preparing the ticket."
    return everything, Action("copy-ticket", "Copy the ticket", "primary", "copy", unavailable=wait, copies=text)


def _wait(state: WizardState) -> str:
    """Why no other file can be asked for just now."""
    if not (state.request or plan_of(state)):
        return "There is no plan. Check the role again."
    effect = state.busy.effect if state.busy else None
    if not isinstance(effect, HandOver):
        return ""
    return "Preparing the file." if effect.saves else "Preparing the ticket."


def _saves(saved: Saved | None) -> SavedFile | None:
    return SavedFile(saved.ticket, _file_name(saved.format), saved.data) if saved else None


def _file_name(format: str) -> str:
    return REQUEST_FORMATS.get(format) or FORMATS[format].file_name


def _unread(state: WizardState) -> tuple[Block, ...]:
    """What could not be read is not in the ticket; that is said first, with the way to close the gap."""
    report = state.report
    if report is None:
        return ()
    unread = sum(each.required and each.status is FindingStatus.UNKNOWN for each in report.findings)
    if not unread:
        return ()
    lead = f"{counted(unread, 'requirement')} could not be read here."
    if state.request:
        text = "The request covers all that may be missing. Its script reads first, and adds only what is not there."
        return (Band("unread", lead, text, "attention", "unknown"),)
    text = "This ticket covers only what was read. Request all that may be missing, or sign in to read the rest."
    actions = [
        Action("request-all", "Request all that may be missing"),
        Action("sign-in-to-see", "Sign in to see the rest"),
    ]
    if denied_reads(report.observation):
        given = read_access(report.observation)
        actions.append(Action("copy-read-access", "Copy the request for read access", "link", "copy", copies=given))
    return (Band("unread", lead, text, "attention", "unknown", tuple(actions)),)


def _asked(state: WizardState) -> Section:
    fields: tuple[Block, ...] = (
        Field("requester", "Requester", value=state.text("requester"), placeholder="Your name or address"),
        Field("reason", "Reason", value=state.text("reason"), placeholder="What the access is for, and until when"),
        Choice(
            "mask",
            "Masking",
            "check",
            (
                ChoiceOption(
                    "mask", "Mask ids", "Account numbers and names in the ticket", "mask" in state.choice("mask")
                ),
            ),
            label_hidden=True,
        ),
    )
    return Section("asked", "Who asks, and why", fields, hint="Both appear in the ticket")


def _ticket(ticket: Ticket, *, request: bool) -> Tabs:
    markdown, text = ("request-ticket", "request-ticket-text") if request else ("ticket", "ticket-text")
    return Tabs(
        "ticket",
        "Ticket",
        (
            Tab("rendered", "Rendered", blocks_of(ticket.pieces)),
            Tab("markdown", "Markdown", (CodeListing("Ticket in Markdown", ticket.markdown, _file_name(markdown)),)),
            Tab("text", "Plain text", (CodeListing("Ticket in plain text", ticket.text, _file_name(text)),)),
        ),
    )


def _forms(state: WizardState) -> Iterator[Section]:
    known = {*dict(state.setting.formats), *REQUEST_FORMATS}
    for id, title, forms in _REQUEST_FORMS if state.request else _FORMS:
        rows = tuple(
            Row(f"form:{name}", "file", label, "", "quiet", line, actions=(_download(state, name),))
            for name, label, line in forms
            if name in known
        )
        if rows:
            yield Section(f"forms-{id}", title, (Rows(title, rows),))


def _download(state: WizardState, name: str) -> Action:
    return Action(f"download:{name}", f"Download {_file_name(name)}", "link", "download", _wait(state))


def _then() -> Part:
    """Return what a person who cannot apply does next: wait and check again; the check reads AWS itself."""
    row = Row(
        "waiting",
        "waiting",
        "Waiting for your admin",
        "Not seen yet",
        "quiet",
        "After your admin applies it, check this role again. The check reads AWS.",
        "You can close this page.",
        actions=(Action("check", "Check again", "second"),),
    )
    return Part("then", "Then", (Rows("Then", (row,)),))
