"""The formats that a plan can be handed over in, by name. A new one is a new entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import archive, cloudformation, identity_center, policies, shell, terraform, ticket
from sm_ssh_widget.export.masking import masked
from sm_ssh_widget.export.prose import as_markdown, as_text
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.problem import Code, Problem

BUNDLE = "bundle"


@dataclass(frozen=True)
class Format:
    """A format: its name in commands, its title for people, the file that it is saved as.

    ``maskable`` ones are read by people only, so names and ids in them can be masked.
    """

    name: str
    title: str
    file_name: str
    media_type: str
    maskable: bool = False


Teller: TypeAlias = Callable[[Plan, str, TicketRequest], str]

FORMATS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format("cli-script", "AWS CLI script", "apply.sh", "text/x-shellscript"),
        Format("cli-undo-script", "AWS CLI script that takes it back", "undo.sh", "text/x-shellscript"),
        Format("cloudformation", "CloudFormation template", "cloudformation.yaml", "application/yaml"),
        Format("terraform", "Terraform", "main.tf", "text/plain"),
        Format("identity-center", "Identity Center", "identity-center.md", "text/markdown"),
        Format("ticket", "Ticket in Markdown", "ticket.md", "text/markdown", maskable=True),
        Format("ticket-text", "Ticket in plain text", "ticket.txt", "text/plain", maskable=True),
        Format("admin-policy", "Least policy to apply it", "admin-policy.json", "application/json"),
        Format(BUNDLE, "Bundle of all of them", "sagemaker-ssh-setup.zip", "application/zip"),
    )
}
_TELLERS: Mapping[str, Teller] = {
    "cli-script": lambda plan, *_: shell.apply_script(plan),
    "cli-undo-script": lambda plan, *_: shell.undo_script(plan),
    "cloudformation": lambda plan, *_: cloudformation.template(plan),
    "terraform": lambda plan, *_: terraform.configuration(plan),
    "identity-center": lambda plan, digest, _: as_markdown(identity_center.text(plan, digest)),
    "ticket": lambda plan, digest, asked: as_markdown(ticket.request(plan, digest, asked)),
    "ticket-text": lambda plan, digest, asked: as_text(ticket.request(plan, digest, asked)),
    "admin-policy": lambda plan, *_: policies.admin_policy(plan),
}


def tell(plan: Plan, format: str, *, mask: bool = False, requester: str | None = None, reason: str = "") -> str:
    """The plan in a format other than ``bundle``, as text.

    Raises :class:`Problem`: ``usage`` for an unknown format or one that cannot be masked, ``invalid`` for a plan whose
    documents cannot be read.
    """
    found = _format(format)
    if format == BUNDLE:
        raise _usage("a bundle is not a text.", "Save it: sm-ssh-widget export --format bundle --out FILE")
    if mask and not found.maskable:
        names = ", ".join(each.name for each in FORMATS.values() if each.maskable)
        raise _usage(f"with masked names, {format} would not work.", f"Formats that can be masked: {names}.")
    try:
        told = _TELLERS[format](masked(plan) if mask else plan, plan.digest, TicketRequest(requester or "", reason))
        told.encode()
    except (PolicyError, KeyError, UnicodeEncodeError, ValueError) as error:
        raise _untellable(format, error) from error
    if "\0" in told:
        raise _untellable(format, "a name or document holds a NUL character")
    return told


def bundle(plan: Plan, *, requester: str | None = None, reason: str = "") -> bytes:
    """The plan with every telling of it as a zip; the same bytes for the same plan, requester and reason."""
    tellings = {FORMATS[name].file_name: tell(plan, name, requester=requester, reason=reason) for name in _TELLERS}
    return archive.pack(plan, tellings)


def content(plan: Plan, format: str, *, mask: bool = False, requester: str | None = None, reason: str = "") -> bytes:
    """The plan in any format, as the bytes to save; raises as :func:`tell` does."""
    if format != BUNDLE:
        return tell(plan, format, mask=mask, requester=requester, reason=reason).encode()
    if mask:
        raise _usage("a bundle holds the plan itself, which cannot be masked.", "Use --format ticket --mask.")
    return bundle(plan, requester=requester, reason=reason)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise _usage(f"there is no format {name!r}.", f"Use one of: {', '.join(FORMATS)}.")
    return FORMATS[name]


def _usage(said: str, remedy: str) -> Problem:
    return Problem("Handing over the plan", said, remedy, Code.USAGE)


def _untellable(format: str, why: object) -> Problem:
    said = f"it cannot be told as {format}: {why}."
    return Problem("Handing over the plan", said, "Make the plan again: sm-ssh-widget plan --out FILE", Code.INVALID)
