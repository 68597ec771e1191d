"""The bundle: one zip with the plan, its digest and every telling of it, and how to verify what was done.

The same plan, requester and reason give the same bytes. Reading one back takes nothing on trust: no name leads out of
it, no member is larger than a plan can be, and the plan's content must match its digest and the digest beside it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, ProseCode, as_markdown
from sm_ssh_widget.export.ticket import verifying
from sm_ssh_widget.problem import Code as ProblemCode
from sm_ssh_widget.problem import Problem

PLAN, DIGEST = "plan.json", "digest.txt"
FILE_LIMIT = 4_000_000  # bytes of a bundle, and of a plan in it
MEMBER_LIMIT = 100

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_FILE, _PROGRAM = 0o100644 << 16, 0o100755 << 16


def pack(plan: Plan, tellings: Mapping[str, str]) -> bytes:
    """The zip: the plan, its digest, and ``tellings`` by file name."""
    files = {
        PLAN: json.dumps(plan.to_json(), indent=2, ensure_ascii=False, sort_keys=True) + "\n",
        DIGEST: f"{plan.digest}\n",
        "README.md": readme(plan),
        **tellings,
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # as on Unix, so that the bytes do not depend on where it was made
            entry.external_attr = _PROGRAM if name.endswith(".sh") else _FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name].encode())
    return made.getvalue()


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
        Heading("To verify"),
        Paragraph("Whoever asked runs this afterwards, or presses “Check again”. It reads AWS and trusts no report:"),
        Listing(verifying(plan), "sh"),
    )
    return as_markdown(pieces)


def is_bundle(path: str | Path) -> bool:
    """Whether a file is a zip, so that a command can take a plan or a bundle."""
    return zipfile.is_zipfile(path)


def load_bundle(source: bytes | str | Path) -> Plan:
    """The plan of a bundle; raises :class:`Problem` (``invalid``) for no bundle, or one that was edited."""
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            _check(archive.infolist())
            plan = Plan.from_json(json.loads(_read(archive, PLAN), parse_constant=_no_constant))
            digest = _read(archive, DIGEST).decode("ascii").strip()
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, RuntimeError, RecursionError, EOFError) as error:
        raise _invalid(f"it is not a bundle of this program ({type(error).__name__}: {error})") from error
    if digest != plan.digest:
        raise _invalid(f"its plan is {plan.digest}, and {DIGEST} names {digest}")
    return plan


def _check(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MEMBER_LIMIT or len(names) != len(set(names)):
        raise ValueError("too many members, or two of one name")
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or len(path.parts) != 1 or path.parts[0] == ".." or "\\" in name or ":" in name:
            raise ValueError(f"the member {name!r} lies outside of the bundle")
    if sum(entry.compress_size for entry in entries) > FILE_LIMIT:
        raise ValueError("it is larger than a bundle can be")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member, never more than a plan can have: what the archive says of its size is not believed."""
    with archive.open(name) as member:
        content = member.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise ValueError(f"{name} is larger than a plan can be")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _invalid(said: str) -> Problem:
    next_step = "Ask for it again: sm-ssh-widget export --format bundle --out FILE"
    return Problem("Reading the bundle", said, next_step, ProblemCode.INVALID)
