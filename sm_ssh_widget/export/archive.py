"""The bundle: one zip with the plan, every format of it, and the means to check that they belong together.

The same plan, requester and reason give the same bytes. A bundle that comes back is input: no name leads out of it, no
member is larger than a plan can be, the plan must match its digest, and every other member must be what this version
renders of the plan. Digests inside the file protect nobody who has only the file; the ticket, which travels another
way, carries the digest of :data:`DIGEST_LIST`.
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
    """A bundle as it was read: the plan, what the requester said, and every member by file name, as bytes."""

    plan: Plan
    request: TicketRequest
    members: Mapping[str, bytes]


def own_members(plan: Plan, request: TicketRequest) -> dict[str, str]:
    """The members that are no format of the plan: the plan itself, its digest, the manifest and the README."""
    manifest = {
        "schema": SCHEMA,
        "version": VERSION,
        "requester": request.requester,
        "reason": request.reason,
    }
    return {
        PLAN: visible_json(json.dumps(plan.to_json(), indent=2, ensure_ascii=False, sort_keys=True)) + "\n",
        DIGEST: f"{plan.digest}\n",
        MANIFEST: visible_json(json.dumps(manifest, indent=2, ensure_ascii=False)) + "\n",
        "README.md": readme(plan),
    }


def digest_list(members: Mapping[str, str]) -> str:
    """The SHA-256 digests of the members, in the format that ``sha256sum --check`` reads."""
    return "".join(f"{sha256(members[name].encode()).hexdigest()}  {name}\n" for name in sorted(members))


def pack(members: Mapping[str, str]) -> bytes:
    """The zip of ``members`` by file name; the same bytes for the same members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # as on Unix, so that the bytes do not depend on where it was made
            entry.external_attr = _PROGRAM if name.endswith(".sh") else _FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, members[name].encode())
    return packed.getvalue()


def readme(plan: Plan) -> str:
    """What is in the bundle, for the admin who opens it and for the one who asked."""
    pieces = (
        Heading("SageMaker SSH Helper: a plan to apply", 1),
        Paragraph(plan.notice),
        Paragraph(("Digest of the plan: ", ProseCode(plan.digest))),
        Paragraph("Every file tells the same plan. Use the one that suits you:"),
        Items(
            (
                (
                    ProseCode("ticket.md"),
                    ": what is asked, statement by statement, with cost, risks and how to undo it",
                ),
                (
                    ProseCode("plan.json"),
                    ": the plan itself, for ",
                    ProseCode("sm-ssh-widget apply"),
                    "; the bundle will do too",
                ),
                (ProseCode("apply.sh"), " and ", ProseCode("undo.sh"), ": for AWS CloudShell"),
                (ProseCode("cloudformation.yaml"), ": a stack, or a stack set for many accounts and Regions"),
                (ProseCode("main.tf"), ": Terraform, owning only what it adds"),
                (ProseCode("identity-center.md"), ": what goes into a permission set, if the local user has one"),
                (ProseCode("admin-policy.json"), ": the least policy with which this plan can be applied and undone"),
            )
        ),
        Heading("To check this bundle"),
        Paragraph("Every file must be what the program makes of the plan:"),
        Listing("sm-ssh-widget bundle --verify sagemaker-ssh-setup.zip", "sh"),
        Paragraph(
            (
                "Without the program: the ticket that you received on its own names the digest of ",
                ProseCode(DIGEST_LIST),
                ". Compare it, then check the files:",
            )
        ),
        Listing(f"sha256sum {DIGEST_LIST}\nsha256sum --check {DIGEST_LIST}", "sh"),
        Heading("To verify the set-up"),
        Paragraph("The requester runs this command afterwards, or presses “Check again”. It reads AWS:"),
        Listing(verifying(plan), "sh"),
        Heading("To check the laptop that connects"),
        Paragraph("The person who connects runs this command on their laptop. It changes nothing:"),
        Listing(doctor_command(plan.region, user=str(plan.target.get("user") or "")), "sh"),
    )
    return as_markdown(pieces)


def is_bundle(source: bytes | str | Path) -> bool:
    """Whether a file, or its content, is a zip, so that a command can take a plan or a bundle."""
    try:
        return zipfile.is_zipfile(io.BytesIO(_content(source)))
    except OSError:
        return False


def unpack(source: bytes | str | Path) -> Bundle:
    """Read a bundle without believing it; raises :class:`Problem` (``invalid``) for a file that is no bundle."""
    try:
        with zipfile.ZipFile(io.BytesIO(_content(source))) as archive:
            _check(archive.infolist())
            members = _read_all(archive)
        manifest = _manifest(members)
        plan = Plan.from_json(parse_json(members[PLAN]))
        digest = members[DIGEST].decode("ascii").strip()
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, RuntimeError, RecursionError, EOFError) as error:
        raise _invalid(f"The file is not a bundle of this program ({type(error).__name__}: {error}).") from error
    if digest != plan.digest:
        raise _invalid(f"The plan in it has the digest {plan.digest}, but {DIGEST} names {digest}.")
    return Bundle(plan, TicketRequest(manifest["requester"], manifest["reason"]), members)


def check_members(bundle: Bundle, expected: Mapping[str, str]) -> None:
    """Raise :class:`Problem` (``invalid``) unless the members are exactly ``expected``, byte for byte."""
    for name in sorted({*bundle.members, *expected}):
        if name not in expected:
            raise _invalid(f"The bundle holds {name}, which this program does not put into a bundle.")
        if name not in bundle.members:
            raise _invalid(f"The bundle does not hold {name}.")
        if bundle.members[name] != expected[name].encode():
            raise _invalid(f"{name} differs from what this program makes of the plan: the bundle was edited.")


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
        raise ValueError("too many members, or two of one name")
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or len(path.parts) != 1 or path.parts[0] == ".." or "\\" in name or ":" in name:
            raise ValueError(f"the member {name!r} lies outside of the bundle")
    if sum(entry.compress_size for entry in entries) > PLAN_LIMIT:
        raise ValueError("it is larger than a bundle can be")


def _read_all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    for name in archive.namelist():
        members[name] = _read(archive, name)
        if sum(map(len, members.values())) > TOTAL_LIMIT:
            raise ValueError("its files are larger than a bundle can be")
    return members


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member, never more than a plan can have: what the archive says of its size is not believed."""
    with archive.open(name) as member:
        content = member.read(PLAN_LIMIT + 1)
    if len(content) > PLAN_LIMIT:
        raise ValueError(f"{name} is larger than a plan can be")
    return content


def _invalid(said: str) -> Problem:
    remedy = "Ask the requester for a new bundle: sm-ssh-widget export PLAN --format bundle --out FILE"
    return Problem("Reading the bundle", said, remedy, Code.INVALID)
