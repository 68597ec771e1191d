"""Plans and exports on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.files.writing import ANYBODYS_FILE, OWNER_FILE, as_problem, as_text, save
from sm_ssh_widget.incoming import PLAN_LIMIT, parse_json, read_file
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

_ANOTHER_FILE = "Choose another file: --out FILE"
_AGAIN = "Create a new plan: sm-ssh-widget plan --out FILE"


def save_plan(plan: Plan, path: str | Path) -> Path:
    """Write a plan for review. Raises :class:`Problem` (``invalid``) if the file cannot be written."""
    with as_problem(f"Writing the plan {path}", _ANOTHER_FILE):
        save(Path(path), as_text(plan.to_file()), OWNER_FILE)
    return Path(path)


def save_export(content: bytes, path: str | Path) -> None:
    """Write an export of a plan, readable by others. Raises :class:`Problem` (``invalid``)."""
    with as_problem(f"Writing {path}", _ANOTHER_FILE):
        save(Path(path), content, ANYBODYS_FILE)


def load_plan(path: str | Path) -> Plan:
    """Read a plan. Raises :class:`Problem` (``invalid``) if it is missing, not JSON, not a plan, or edited."""
    return plan_from(read_plan_file(path), path)


def plan_from(content: bytes, path: str | Path) -> Plan:
    """Parse a plan from the content of a file. Raises :class:`Problem` (``invalid``)."""
    return Plan.from_json(read_json(content, f"Reading the plan {path}", _AGAIN))


def load_request(path: str | Path) -> Json:
    """Read a request as JSON. Raises :class:`Problem` (``invalid``) if it is missing or not JSON."""
    again = "Create it again: sm-ssh-widget export --format request --out FILE"
    where = f"Reading the request {path}"
    with as_problem(where, again):
        content = read_file(path, PLAN_LIMIT).content
    return read_json(content, where, again)


def read_plan_file(path: str | Path) -> bytes:
    """Read a plan or bundle. Raises :class:`Problem` (``invalid``) unless it is a regular file of a valid size."""
    with as_problem(f"Reading the plan {path}", _AGAIN):
        return read_file(path, PLAN_LIMIT).content


def read_json(content: bytes, where: str, remedy: str) -> Json:
    """Parse a JSON text in UTF-8. Raises :class:`Problem` (``invalid``)."""
    with as_problem(where, remedy):
        text = content.decode()
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        said = f"The file is not valid JSON. It might be truncated or edited ({error})."
        raise Problem(where, said, remedy, Code.INVALID) from error
