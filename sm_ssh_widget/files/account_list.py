"""Lists of accounts on disk, for ``audit --accounts file:PATH``."""

from __future__ import annotations

from pathlib import Path

from sm_ssh_widget.fleet.accounts import AccountChoice
from sm_ssh_widget.incoming import PLAN_LIMIT, read_file
from sm_ssh_widget.problem import Code, Problem


def load_account_list(path: str | Path) -> AccountChoice:
    """Read one account ID a line. Raises :class:`Problem` (``usage``)."""
    try:
        return AccountChoice.of_file(read_file(path, PLAN_LIMIT).content.decode())
    except (OSError, ValueError) as error:
        said = f"The list of accounts cannot be read ({type(error).__name__})."
        raise Problem(f"Reading {path}", said, "Put one account ID on each line.", Code.USAGE) from error
