"""The formats that a plan can be handed over in, by name. A new one is a new entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import admin_policy, archive, cloudformation, identity_center, shell, terraform, ticket
from sm_ssh_widget.export.masking import masked
from sm_ssh_widget.export.prose import as_markdown, as_text
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.problem import Code, Problem

BUNDLE = "bundle"


Renderer: TypeAlias = Callable[[Plan, str, TicketRequest], str]
"""Renders a plan, with the digest to print (a masked plan has another one) and what the requester said."""


@dataclass(frozen=True)
class Format:
    """A format: its name in commands, its title for people, the file that it is saved as, and what renders it.

    ``maskable`` formats are read by people only, so names and ids in them can be masked. ``renderer`` is ``None`` for
    the bundle, which holds all the others.
    """

    name: str
    title: str
    file_name: str
    renderer: Renderer | None
    maskable: bool = False


FORMATS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format("cli-script", "AWS CLI script", "apply.sh", lambda plan, *_: shell.apply_script(plan)),
        Format("cli-undo-script", "AWS CLI script to undo it", "undo.sh", lambda plan, *_: shell.undo_script(plan)),
        Format(
            "cloudformation",
            "CloudFormation template",
            "cloudformation.yaml",
            lambda plan, *_: cloudformation.template(plan),
        ),
        Format("terraform", "Terraform", "main.tf", lambda plan, *_: terraform.configuration(plan)),
        Format(
            "identity-center",
            "Identity Center",
            "identity-center.md",
            lambda plan, digest, _: as_markdown(identity_center.text(plan, digest)),
        ),
        Format(
            "ticket",
            "Ticket in Markdown",
            "ticket.md",
            lambda plan, digest, asked: as_markdown(ticket.request(plan, digest, asked)),
            maskable=True,
        ),
        Format(
            "ticket-text",
            "Ticket in plain text",
            "ticket.txt",
            lambda plan, digest, asked: as_text(ticket.request(plan, digest, asked)),
            maskable=True,
        ),
        Format(
            "admin-policy",
            "Least policy to apply it",
            "admin-policy.json",
            lambda plan, *_: admin_policy.admin_policy(plan),
        ),
        Format(BUNDLE, "Bundle of all of them", "sagemaker-ssh-setup.zip", None),
    )
}


def render(plan: Plan, format: str, *, mask: bool = False, requester: str | None = None, reason: str = "") -> str:
    """The plan in a format other than ``bundle``, as text.

    Raises :class:`Problem`: ``usage`` for an unknown format or one that cannot be masked, ``invalid`` for a plan whose
    documents cannot be read.
    """
    found = _format(format)
    if found.renderer is None:
        raise _usage("a bundle is not a text.", "Save it: sm-ssh-widget export --format bundle --out FILE")
    if mask and not found.maskable:
        names = ", ".join(each.name for each in FORMATS.values() if each.maskable)
        raise _usage(f"with masked names, {format} would not work.", f"Formats that can be masked: {names}.")
    try:
        text = found.renderer(masked(plan) if mask else plan, plan.digest, TicketRequest(requester or "", reason))
        text.encode()
    except (PolicyError, KeyError, UnicodeEncodeError, ValueError) as error:
        raise _unrenderable(format, error) from error
    if "\0" in text:
        raise _unrenderable(format, "a name or document holds a NUL character")
    return text


def members(plan: Plan, *, requester: str | None = None, reason: str = "") -> dict[str, str]:
    """Every format of the plan as text, by the name of its file; raises as :func:`render` does."""
    texts = (format for format in FORMATS.values() if format.renderer is not None)
    return {each.file_name: render(plan, each.name, requester=requester, reason=reason) for each in texts}


def bundle(plan: Plan, *, requester: str | None = None, reason: str = "") -> bytes:
    """The plan in every format as a zip; the same bytes for the same plan, requester and reason."""
    return archive.pack(plan, members(plan, requester=requester, reason=reason))


def content(plan: Plan, format: str, *, mask: bool = False, requester: str | None = None, reason: str = "") -> bytes:
    """The plan in any format, as the bytes to save; raises as :func:`render` does."""
    if format != BUNDLE:
        return render(plan, format, mask=mask, requester=requester, reason=reason).encode()
    if mask:
        raise _usage("a bundle holds the plan itself, which cannot be masked.", "Use --format ticket --mask.")
    return bundle(plan, requester=requester, reason=reason)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise _usage(f"there is no format {name!r}.", f"Use one of: {', '.join(FORMATS)}.")
    return FORMATS[name]


def _usage(said: str, remedy: str) -> Problem:
    return Problem("Handing over the plan", said, remedy, Code.USAGE)


def _unrenderable(format: str, why: object) -> Problem:
    said = f"it cannot be rendered as {format}: {why}."
    return Problem("Handing over the plan", said, "Make the plan again: sm-ssh-widget plan --out FILE", Code.INVALID)
