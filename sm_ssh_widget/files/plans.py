"""Plans on disk, and what they are told as."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.files.writing import ANYBODYS_FILE, OWNER_FILE, as_problem, as_text, save
from sm_ssh_widget.incoming import PLAN_LIMIT, parse_json, read_file
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

_ANOTHER_FILE = "Choose another file: --out FILE"
_AGAIN = "Make the plan again: sm-ssh-widget plan --out FILE"


def save_plan(plan: Plan, path: str | Path) -> Path:
    """Write a plan for review; raises :class:`Problem` (``invalid``) where the file cannot be written."""
    with as_problem(f"Writing the plan {path}", _ANOTHER_FILE):
        save(Path(path), as_text(plan.to_json()), OWNER_FILE)
    return Path(path)


def save_telling(content: bytes, path: str | Path) -> None:
    """Write what a plan was told as, for others to read; raises :class:`Problem` (``invalid``)."""
    with as_problem(f"Writing {path}", _ANOTHER_FILE):
        save(Path(path), content, ANYBODYS_FILE)


def load_plan(path: str | Path) -> Plan:
    """Read a plan; raises :class:`Problem` (``invalid``): no such file, not JSON, not a plan, edited by hand."""
    return plan_from(read_plan_file(path), path)


def plan_from(content: bytes, path: str | Path) -> Plan:
    """The plan of a file's content; raises :class:`Problem` (``invalid``)."""
    return Plan.from_json(read_json(content, f"Reading the plan {path}", _AGAIN))


def read_plan_file(path: str | Path) -> bytes:
    """The content of a plan or a bundle; raises :class:`Problem` (``invalid``) for anything but a file of that size."""
    with as_problem(f"Reading the plan {path}", _AGAIN):
        return read_file(path, PLAN_LIMIT).content


def read_json(content: bytes, where: str, remedy: str) -> Json:
    """The value of a JSON text in UTF-8; raises :class:`Problem` (``invalid``)."""
    with as_problem(where, remedy):
        text = content.decode()
    try:
        return parse_json(text)
    except (ValueError, RecursionError) as error:
        raise Problem(where, f"it is not JSON: cut short or edited ({error}).", remedy, Code.INVALID) from error
