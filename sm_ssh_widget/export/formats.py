"""The export formats of a plan, by name. A new format is a new entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Plan, check_texts
from sm_ssh_widget.export import admin_policy, archive, cloudformation, identity_center, shell, terraform, ticket
from sm_ssh_widget.export.masking import masked
from sm_ssh_widget.export.prose import Piece, as_markdown, as_text
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

BUNDLE = "bundle"


@dataclass(frozen=True)
class RenderContext:
    """Facts that a format prints beside the plan.

    ``digest`` is that of the plan to apply (a masked plan has another one). ``bundle_digest`` is the SHA-256 digest of
    the bundle's digest list, in hexadecimal; only tickets print it.
    """

    digest: str
    request: TicketRequest
    bundle_digest: str = ""


Renderer: TypeAlias = Callable[[Plan, RenderContext], str]


@dataclass(frozen=True)
class Format:
    """A format: its name in commands, its title, its file name, and its renderer.

    Only people read tickets, so names and IDs in them can be masked (``maskable``). They are sent apart from the
    bundle, so they contain the digest of its digest list and are not in that list. ``renderer`` is ``None`` for the
    bundle, which contains all the others.
    """

    name: str
    title: str
    file_name: str
    renderer: Renderer | None
    maskable: bool = False


FORMATS: Mapping[str, Format] = {
    format.name: format
    for format in (
        Format("cli-script", "AWS CLI script", "apply.sh", lambda plan, _: shell.apply_script(plan)),
        Format("cli-undo-script", "AWS CLI script that undoes it", "undo.sh", lambda plan, _: shell.undo_script(plan)),
        Format(
            "cloudformation",
            "CloudFormation template",
            "cloudformation.yaml",
            lambda plan, _: cloudformation.template(plan),
        ),
        Format("terraform", "Terraform", "main.tf", lambda plan, _: terraform.configuration(plan)),
        Format(
            "identity-center",
            "Identity Center",
            "identity-center.md",
            lambda plan, context: as_markdown(identity_center.text(plan, context.digest)),
        ),
        Format(
            "ticket",
            "Ticket in Markdown",
            "ticket.md",
            lambda plan, context: as_markdown(_ticket(plan, context)),
            maskable=True,
        ),
        Format(
            "ticket-text",
            "Ticket in plain text",
            "ticket.txt",
            lambda plan, context: as_text(_ticket(plan, context)),
            maskable=True,
        ),
        Format(
            "admin-policy",
            "Minimum IAM policy to apply it",
            "admin-policy.json",
            lambda plan, _: admin_policy.admin_policy(plan),
        ),
        Format(BUNDLE, "Bundle (all formats)", "sagemaker-ssh-setup.zip", None),
    )
}


def render(plan: Plan, format: str, *, mask: bool = False, requester: str | None = None, reason: str = "") -> str:
    """The plan in a format other than ``bundle``, as text.

    Raises :class:`Problem`: ``usage`` for an unknown format or one that cannot be masked, ``invalid`` for a plan whose
    documents cannot be read.
    """
    found = _format(format)
    if mask and not found.maskable:
        names = ", ".join(each.name for each in FORMATS.values() if each.maskable)
        raise _usage(f"The format {format} does not work with masked names.", f"Formats that can be masked: {names}.")
    request = TicketRequest(requester or "", reason)
    digest = _list_digest(plan, request) if found.maskable else ""
    return _render(found, masked(plan) if mask else plan, RenderContext(plan.digest, request, digest))


def ticket_pieces(plan: Plan, *, mask: bool = False, requester: str = "", reason: str = "") -> tuple[Piece, ...]:
    """Return the ticket as headings, paragraphs and tables with the words of its text, for an interface to draw."""
    request = TicketRequest(requester, reason)
    context = RenderContext(plan.digest, request, _list_digest(plan, request))
    return _ticket(masked(plan) if mask else plan, context)


def _render(format: Format, plan: Plan, context: RenderContext) -> str:
    if format.renderer is None:
        raise _usage("A bundle is not a text.", "Save it: sm-ssh-widget export --format bundle --out FILE")
    try:
        check_texts(plan.to_json())
        _check_nul(plan.to_json())
        text = format.renderer(plan, context)
        text.encode()
    except (PolicyError, KeyError, UnicodeEncodeError, ValueError) as error:
        raise _unrenderable(format.name, error) from error
    return text


def _check_nul(value: Json) -> None:
    """Raise :class:`ValueError` for a text that a shell would cut short."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("a name or document holds a NUL character")
    if isinstance(value, (Mapping, list, tuple)):
        for each in value.values() if isinstance(value, Mapping) else value:
            _check_nul(each)


def _ticket(plan: Plan, context: RenderContext) -> tuple[Piece, ...]:
    return ticket.request(plan, context.digest, context.request, context.bundle_digest)


def _listed(plan: Plan, request: TicketRequest) -> dict[str, str]:
    """The members of a bundle that its digest list names: all but the tickets, which name the list."""
    context = RenderContext(plan.digest, request)
    formats = [each for each in FORMATS.values() if each.renderer and not each.maskable]
    return {**archive.own_members(plan, request), **{each.file_name: _render(each, plan, context) for each in formats}}


def _list_digest(plan: Plan, request: TicketRequest) -> str:
    """The digest that a ticket names; empty for a plan of which no bundle can be made."""
    try:
        listed = _listed(plan, request)
    except Problem:
        return ""
    return sha256(archive.digest_list(listed).encode()).hexdigest()


def bundle_members(plan: Plan, request: TicketRequest) -> dict[str, str]:
    """Every member of the bundle as text, by file name; raises as :func:`render` does."""
    listed = _listed(plan, request)
    names = archive.digest_list(listed)
    context = RenderContext(plan.digest, request, sha256(names.encode()).hexdigest())
    tickets = {each.file_name: _render(each, plan, context) for each in FORMATS.values() if each.maskable}
    return {**listed, archive.DIGEST_LIST: names, **tickets}


def load_bundle(source: bytes | str | Path) -> Plan:
    """The plan of a bundle whose every member is what this version makes of it.

    Raises :class:`Problem` (``invalid``) for a file that is no bundle, one of another version, and one in which any
    member differs, whichever of them a person would use.
    """
    bundle = archive.unpack(source)
    archive.check_members(bundle, bundle_members(bundle.plan, bundle.request))
    return bundle.plan


def bundle(plan: Plan, *, requester: str | None = None, reason: str = "") -> bytes:
    """The plan in every format as a zip; the same bytes for the same plan, requester and reason."""
    return archive.pack(bundle_members(plan, TicketRequest(requester or "", reason)))


def content(plan: Plan, format: str, *, mask: bool = False, requester: str | None = None, reason: str = "") -> bytes:
    """The plan in any format, as the bytes to save; raises as :func:`render` does."""
    if format != BUNDLE:
        return render(plan, format, mask=mask, requester=requester, reason=reason).encode()
    if mask:
        raise _usage("A bundle contains the plan, which cannot be masked.", "Use --format ticket --mask.")
    return bundle(plan, requester=requester, reason=reason)


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise _usage(f"There is no format {name!r}.", f"Use one of: {', '.join(FORMATS)}.")
    return FORMATS[name]


def _usage(said: str, remedy: str) -> Problem:
    return Problem("Exporting the plan", said, remedy, Code.USAGE)


def _unrenderable(format: str, why: object) -> Problem:
    said = f"The plan cannot be exported as {format}: {why}."
    return Problem("Exporting the plan", said, "Create a new plan: sm-ssh-widget plan --out FILE", Code.INVALID)
