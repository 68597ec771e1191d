"""Location of the journals."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from sm_ssh_widget.problem import Code, Problem

PLACE_VARIABLE = "SM_SSH_WIDGET_STATE"
ANOTHER_PLACE = f"Choose a writable directory: set {PLACE_VARIABLE}, or use --journal-dir DIR"

_NAME = "sm-ssh-widget"


def place(
    journal_dir: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    standard: Path | None = None,
    former: Path | None = None,
) -> Path:
    """Find the journal directory.

    Order: ``journal_dir``, ``SM_SSH_WIDGET_STATE``, ``XDG_STATE_HOME`` (on every platform), and ``standard``, the
    platform's directory for program state. Earlier versions used ``former``, in ``~/.local/state``, on every platform:
    it stays in use if it contains journals and ``standard`` contains none. Raises :class:`Problem` (``invalid``) for a
    ``~`` whose home directory is unknown.
    """
    known = os.environ if environment is None else environment
    chosen = journal_dir or known.get(PLACE_VARIABLE)
    try:
        if chosen:
            return Path(chosen).expanduser()
        if state := known.get("XDG_STATE_HOME"):
            return Path(state).expanduser() / _NAME
        old = former or Path.home() / ".local" / "state" / _NAME
        new = standard or _standard()
        return old if _has_journals(old) and not _has_journals(new) else new
    except RuntimeError as error:  # raised by pathlib for an unknown home directory
        said = f"{str(error).rstrip('.')} for {chosen or known.get('XDG_STATE_HOME') or '~'}."
        raise Problem("Finding the journal directory", said, ANOTHER_PLACE, Code.INVALID) from error


def _standard() -> Path:
    """Return the platform's directory: Application Support on macOS, the local AppData folder on Windows."""
    return Path(platformdirs.user_state_dir(_NAME, appauthor=False))


def _has_journals(directory: Path) -> bool:
    try:
        return any(directory.glob("*.json"))
    except OSError:
        return False
