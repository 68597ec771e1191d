"""The bundle: one zip file with the plan, every format of it, and digests that show that they belong together.

The same plan, requester and reason give the same bytes. A bundle is input: its file names stay inside it, no file
exceeds the size limit of a plan, the plan must match its digest, and every other file must be exactly what this version
renders from the plan. Digests inside the bundle cannot prove its origin. The ticket is sent another way and contains
the digest of :data:`DIGEST_LIST`.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export.laptop import doctor_command
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, ProseCode, as_markdown
from sm_ssh_widget.export.ticket import TicketRequest, verifying
from sm_ssh_widget.incoming import PLAN_LIMIT, parse_json, read_file
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.version import VERSION
from sm_ssh_widget.visible import visible_json

PLAN, DIGEST, MANIFEST, DIGEST_LIST = "plan.json", "digest.txt", "bundle.json", "SHA256SUMS"
SCHEMA = "sm-ssh-widget/bundle/1"
TOTAL_LIMIT = 4 * PLAN_LIMIT  # bytes of all members, unpacked
MEMBER_LIMIT = 100

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip file can hold
_FILE, _PROGRAM = 0o100644 << 16, 0o100755 << 16


@dataclass(frozen=True)
class Bundle:
    """A bundle as read: the plan, the request, and the bytes of every file by name."""

    plan: Plan
    request: TicketRequest
    members: Mapping[str, bytes]


def own_members(plan: Plan, request: TicketRequest) -> dict[str, str]:
    """Return the files that are not formats of the plan: the plan, its digest, the manifest and the README."""
    manifest = {
        "schema": SCHEMA,
        "version": VERSION,
        "requester": request.requester,
        "reason": request.reason,
    }
    return {
        PLAN: visible_json(json.dumps(plan.to_file(), indent=2, ensure_ascii=False, sort_keys=True)) + "\n",
        DIGEST: f"{plan.digest}\n",
        MANIFEST: visible_json(json.dumps(manifest, indent=2, ensure_ascii=False)) + "\n",
        "README.md": readme(plan),
    }


def digest_list(members: Mapping[str, str]) -> str:
    """Return the SHA-256 digests of the files, in the format of ``sha256sum --check``."""
    return "".join(f"{sha256(members[name].encode()).hexdigest()}  {name}\n" for name in sorted(members))


def pack(members: Mapping[str, str]) -> bytes:
    """Return the zip file of ``members`` by name; the same bytes for the same members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, so that the bytes do not depend on this machine
            entry.external_attr = _PROGRAM if name.endswith(".sh") else _FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, members[name].encode())
    return packed.getvalue()


def readme(plan: Plan) -> str:
    """Return the README of a bundle, for the admin and the requester."""
    pieces = (
        Heading("SageMaker SSH Helper: a plan to apply", 1),
        Paragraph(plan.notice),
        Paragraph(("Digest of the plan: ", ProseCode(plan.digest))),
        Paragraph("All files contain the same plan. Use one:"),
        Items(
            (
                (
                    ProseCode("ticket.md"),
                    ": the request, statement by statement, with cost, risks and undo",
                ),
                (
                    ProseCode("plan.json"),
                    ": the plan itself, for ",
                    ProseCode("sm-ssh-widget apply"),
                    " (it also accepts the bundle)",
                ),
                (ProseCode("apply.sh"), " and ", ProseCode("undo.sh"), ": for AWS CloudShell"),
                (ProseCode("cloudformation.yaml"), ": a stack, or a stack set for many accounts and Regions"),
                (ProseCode("main.tf"), ": Terraform; manages only what it adds"),
                (
                    ProseCode("identity-center.md"),
                    ": what to add to the permission set, if the person signs in through IAM Identity Center",
                ),
                (ProseCode("admin-policy.json"), ": the minimum IAM policy to apply, verify and undo this plan"),
            )
        ),
        Heading("To check this bundle"),
        Paragraph("Every file must match the plan:"),
        Listing("sm-ssh-widget bundle --verify sagemaker-ssh-setup.zip", "sh"),
        Paragraph(
            (
                "Without sm-ssh-widget: the ticket that you received separately contains the digest of ",
                ProseCode(DIGEST_LIST),
                ". Compare it, then check the files:",
            )
        ),
        Listing(f"sha256sum {DIGEST_LIST}\nsha256sum --check {DIGEST_LIST}", "sh"),
        Heading("To verify the set-up"),
        Paragraph("The requester then runs this command, or chooses “Check again” in the wizard. It reads AWS:"),
        Listing(verifying(plan), "sh"),
        Heading("To check the laptop that connects"),
        Paragraph("The person who connects runs this command on their laptop. It changes nothing:"),
        Listing(doctor_command(plan.region, user=str(plan.target.get("user") or "")), "sh"),
    )
    return as_markdown(pieces)


def is_bundle(source: bytes | str | Path) -> bool:
    """Whether a file, or its content, is a zip file: commands accept a plan or a bundle."""
    try:
        return zipfile.is_zipfile(io.BytesIO(_content(source)))
    except OSError:
        return False


def unpack(source: bytes | str | Path) -> Bundle:
    """Read a bundle as untrusted input; raises :class:`Problem` (``invalid``) for any other file."""
    try:
        with zipfile.ZipFile(io.BytesIO(_content(source))) as archive:
            _check(archive.infolist())
            members = _read_all(archive)
        manifest = _manifest(members)
        plan = Plan.from_json(parse_json(members[PLAN]))
        digest = members[DIGEST].decode("ascii").strip()
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, RuntimeError, RecursionError, EOFError) as error:
        raise _invalid(f"The file is not an sm-ssh-widget bundle ({type(error).__name__}: {error}).") from error
    if digest != plan.digest:
        raise _invalid(f"The plan's digest is {plan.digest}, but {DIGEST} contains {digest}.")
    return Bundle(plan, TicketRequest(manifest["requester"], manifest["reason"]), members)


def check_members(bundle: Bundle, expected: Mapping[str, str]) -> None:
    """Raise :class:`Problem` (``invalid``) unless the members are exactly ``expected``, byte for byte."""
    for name in sorted({*bundle.members, *expected}):
        if name not in expected:
            raise _invalid(f"The bundle contains {name}, which sm-ssh-widget does not put into a bundle.")
        if name not in bundle.members:
            raise _invalid(f"The bundle does not contain {name}.")
        if bundle.members[name] != expected[name].encode():
            raise _invalid(f"{name} does not match the plan. The bundle was edited.")


def _manifest(members: Mapping[str, bytes]) -> dict[str, str]:
    """The manifest; raises :class:`Problem` for a bundle of another version, which cannot be compared here."""
    if MANIFEST not in members:
        raise ValueError(f"{MANIFEST} is missing; bundles of version 0.1.0 had none")
    found = parse_json(members[MANIFEST])
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in _MANIFEST_KEYS):
        raise ValueError(f"{MANIFEST} does not have the fields {', '.join(_MANIFEST_KEYS)}")
    if found["schema"] != SCHEMA or found["version"] != VERSION:
        remedy = f"Install version {found['version']} of sm-ssh-widget to compare it, or create the bundle again."
        said = f"The bundle was made by version {found['version']}: compare it with version {found['version']}. "
        said += f"This is version {VERSION}."
        raise Problem("Reading the bundle", said, remedy, Code.INVALID)
    return found


_MANIFEST_KEYS = ("schema", "version", "requester", "reason")


def _content(source: bytes | str | Path) -> bytes:
    return source if isinstance(source, bytes) else read_file(source, PLAN_LIMIT).content


def _check(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MEMBER_LIMIT or len(names) != len(set(names)):
        raise ValueError("too many files, or duplicate file names")
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or len(path.parts) != 1 or path.parts[0] == ".." or "\\" in name or ":" in name:
            raise ValueError(f"the file {name!r} is outside the bundle")
    if sum(entry.compress_size for entry in entries) > PLAN_LIMIT:
        raise ValueError("it exceeds the size limit of a bundle")


def _read_all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    for name in archive.namelist():
        members[name] = _read(archive, name)
        if sum(map(len, members.values())) > TOTAL_LIMIT:
            raise ValueError("its files exceed the size limit of a bundle")
    return members


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one file up to the size limit of a plan; the size in the archive is not trusted."""
    with archive.open(name) as member:
        content = member.read(PLAN_LIMIT + 1)
    if len(content) > PLAN_LIMIT:
        raise ValueError(f"{name} exceeds the size limit of a plan")
    return content


def _invalid(said: str) -> Problem:
    remedy = "Ask the requester for a new bundle: sm-ssh-widget export PLAN --format bundle --out FILE"
    return Problem("Reading the bundle", said, remedy, Code.INVALID)
