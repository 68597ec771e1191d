"""The plan for many roles for an admin: a ticket, a script that applies it, one that undoes it, and all in one file."""

from __future__ import annotations

from collections.abc import Iterator

from sm_ssh_widget.wizard import fleet_run_steps
from sm_ssh_widget.wizard.blocks import Block, Fold, Row, Rows, Section, Skeleton
from sm_ssh_widget.wizard.controls import Action, SavedFile
from sm_ssh_widget.wizard.effects import HandOverFleet
from sm_ssh_widget.wizard.leaf_blocks import CodeListing
from sm_ssh_widget.wizard.screens.labels import BACK, problem
from sm_ssh_widget.wizard.state import Saved, WizardState
from sm_ssh_widget.wizard.view import View

_PLAN = ("plan", "Fleet plan", "For `sm-ssh-widget apply`, on a machine with this program.")
_STACKSET = (
    "stackset",
    "CloudFormation stack sets",
    "For many accounts: templates, and scripts that deploy and remove them.",
)
_FORMS = (
    (
        "apply",
        "To apply",
        (
            ("shell", "Shell script", "Role by role, in AWS CloudShell. It stops at the first difference."),
            _STACKSET,
            ("bundle", "Everything", "The plan, the ticket, both scripts and their digests, in one archive."),
        ),
    ),
    ("undo", "To undo", (("shell-undo", "Shell script that undoes it", "Only what this plan added, the last first."),)),
)
_FORMS_OF_SEVERAL = (("apply", "To apply", (_STACKSET, _PLAN)),)
"""A script is signed in to one account, so for several there is none."""
_PROGRAM = "sm-ssh-widget apply fleet.jsonl --sign-in profile:NAME"
_PROGRAM_OF_SEVERAL = "sm-ssh-widget apply fleet.jsonl --member-role ROLE --sign-in profile:NAME"


def fleet_hand_over(state: WizardState) -> View:
    """The ticket first; everything else is a download."""
    plan, ticket = fleet_run_steps.to_hand_over(state), state.fleet.ticket if state.fleet else ""
    several = plan is not None and len(plan.accounts) > 1
    blocks: list[Block] = []
    if state.failed:
        again = Action("hand-over-fleet", "Try again")
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy, again))
    if ticket:
        listing = CodeListing("Ticket in Markdown", ticket, fleet_run_steps.FORMATS["ticket"])
        blocks.append(Fold("ticket", "The ticket", (listing,), open=True))
    elif state.doing(HandOverFleet):
        blocks.append(Skeleton("Preparing the ticket", 3))
    if plan is not None:
        blocks += [*_forms(state, several=several), _program(several=several)]
    wait = "" if ticket else "Preparing the ticket." if state.doing(HandOverFleet) else "There is no ticket."
    everything = Action("download-fleet:bundle", "Download everything", icon="download", unavailable=_wait(state))
    if several:
        everything = Action(
            "download-fleet:stackset", "Download the stack sets", icon="download", unavailable=_wait(state)
        )
    copy = Action("copy-ticket", "Copy the ticket", "primary", "copy", unavailable=wait, copies=ticket)
    return View(
        screen="fleet-hand-over",
        heading=f"A ticket for your admin: {plan.title}" if plan else "There is no plan to hand over",
        lede="Your admin needs neither this package nor a notebook. It contains no secrets.",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, everything, copy) if plan else (BACK, copy),
        saves=_saves(state.saved),
    )


def _saves(saved: Saved | None) -> SavedFile | None:
    file = fleet_run_steps.FORMATS.get(saved.format) if saved else None
    return SavedFile(saved.ticket, file, saved.data) if saved and file else None


def _wait(state: WizardState) -> str:
    effect = state.busy.effect if state.busy else None
    if not isinstance(effect, HandOverFleet):
        return ""
    return "Preparing the file." if effect.saves else "Preparing the ticket."


def _forms(state: WizardState, *, several: bool) -> Iterator[Section]:
    for id, title, forms in _FORMS_OF_SEVERAL if several else _FORMS:
        rows = tuple(
            Row(f"form:{form}", "file", label, "", "quiet", line, actions=(_download(state, form),))
            for form, label, line in forms
        )
        yield Section(f"forms-{id}", title, (Rows(title, rows),))


def _download(state: WizardState, form: str) -> Action:
    label = f"Download {fleet_run_steps.FORMATS[form]}"
    return Action(f"download-fleet:{form}", label, "link", "download", _wait(state))


def _program(*, several: bool) -> Section:
    if several:
        text = "Account by account: the role that writes is assumed in each, and its first roles are checked first."
        command = _PROGRAM_OF_SEVERAL
    else:
        text = (
            "With this program, the admin unpacks everything and applies the plan: the first roles are checked first."
        )
        command = _PROGRAM
    return Section("program", "With this program", (CodeListing("Command to apply the plan", command),), hint=text)
