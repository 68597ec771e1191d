"""Failed proofs on disk, beside the journals.

Such a file can only prevent *ready*, so writing one gains nothing, and neither its owner nor its mode is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sm_ssh_widget.files.writing import OWNER_DIRECTORY, OWNER_FILE, as_text, replace_file
from sm_ssh_widget.incoming import JOURNAL_LIMIT, parse_json, read_file


def keep_failed_proof(directory: Path, name: str, value: Mapping[str, str]) -> None:
    """Write a failed proof; do nothing if the directory is not writable, because the proof was reported already."""
    path = _path(directory, name)
    with suppress(OSError):
        path.parent.mkdir(OWNER_DIRECTORY, parents=True, exist_ok=True)
        replace_file(path, as_text(dict(value)), OWNER_FILE)


def failed_proof(directory: Path, name: str) -> Mapping[str, str]:
    """Read a failed proof; empty if it does not exist or is unreadable."""
    with suppress(OSError, ValueError, RecursionError):
        value = parse_json(read_file(_path(directory, name), JOURNAL_LIMIT).content)
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
    return {}


def forget_failed_proof(directory: Path, name: str) -> None:
    """Remove a failed proof."""
    with suppress(OSError):
        _path(directory, name).unlink(missing_ok=True)


def _path(directory: Path, name: str) -> Path:
    return directory / "failed-proofs" / f"{name}.json"
