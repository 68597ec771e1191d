"""Where journals are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from sm_ssh_widget.problem import Code, Problem

PLACE_VARIABLE = "SM_SSH_WIDGET_STATE"
ANOTHER_PLACE = f"Name a directory that can be written: {PLACE_VARIABLE} in the environment, or --journal-dir DIR"

_NAME = "sm-ssh-widget"


def place(
    journal_dir: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    standard: Path | None = None,
    former: Path | None = None,
) -> Path:
    """Where journals are kept: ``journal_dir``, else ``SM_SSH_WIDGET_STATE``, else ``XDG_STATE_HOME`` (on every
    platform), else ``standard``, the platform's own place for the state of programs.

    Earlier versions used ``former``, in ``~/.local/state``, on every platform: where journals are there and none in
    ``standard``, they go on there. Raises :class:`Problem` (``invalid``) for a ``~`` whose home is not known.
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
    except RuntimeError as error:  # pathlib's, of a home that is not known
        said = f"{str(error).rstrip('.')} for {chosen or known.get('XDG_STATE_HOME') or '~'}."
        raise Problem("Finding the place of the journals", said, ANOTHER_PLACE, Code.INVALID) from error


def _standard() -> Path:
    """The platform's place: the Application Support folder of macOS, the local AppData folder of Windows."""
    return Path(platformdirs.user_state_dir(_NAME, appauthor=False))


def _has_journals(directory: Path) -> bool:
    try:
        return any(directory.glob("*.json"))
    except OSError:
        return False
