"""Ignore files of an audit, in TOML."""

from __future__ import annotations

import sys
from pathlib import Path

from sm_ssh_widget.files.writing import as_problem
from sm_ssh_widget.fleet.ignoring import IgnoreRule, parse_rules
from sm_ssh_widget.incoming import PLAN_LIMIT, read_file
from sm_ssh_widget.problem import Code, Problem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load_rules(path: str | Path) -> tuple[IgnoreRule, ...]:
    """Read an ignore file. Raises :class:`Problem`: ``invalid`` if it cannot be read, ``usage`` for its content."""
    where = f"Reading the ignore file {path}"
    with as_problem(where, "Choose another file: --ignore FILE"):
        text = read_file(path, PLAN_LIMIT).content.decode()
    try:
        value = tomllib.loads(text)
    except ValueError as error:
        raise Problem(where, f"The file is not TOML: {error}.", "Fix the file.", Code.USAGE) from error
    return parse_rules(value, str(path))
