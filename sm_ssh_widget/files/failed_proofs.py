"""Proofs that failed, kept beside the journals until one succeeds or the account has changed.

Such a file can only withhold *ready*: whoever writes one gains nothing, so neither its owner nor its mode is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sm_ssh_widget.files.writing import OWNER_DIRECTORY, OWNER_FILE, as_text, replace_file
from sm_ssh_widget.incoming import JOURNAL_LIMIT, parse_json, read_file


def keep_failed_proof(directory: Path, name: str, value: Mapping[str, str]) -> None:
    """Keep a failed proof. Does nothing where the directory cannot be written: the proof was reported already."""
    path = _path(directory, name)
    with suppress(OSError):
        path.parent.mkdir(OWNER_DIRECTORY, parents=True, exist_ok=True)
        replace_file(path, as_text(dict(value)), OWNER_FILE)


def failed_proof(directory: Path, name: str) -> Mapping[str, str]:
    """The failed proof of that name; empty if there is none, or its file cannot be read as one."""
    with suppress(OSError, ValueError, RecursionError):
        value = parse_json(read_file(_path(directory, name), JOURNAL_LIMIT).content)
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
    return {}


def forget_failed_proof(directory: Path, name: str) -> None:
    """Forget the failed proof of that name."""
    with suppress(OSError):
        _path(directory, name).unlink(missing_ok=True)


def _path(directory: Path, name: str) -> Path:
    return directory / "failed-proofs" / f"{name}.json"
