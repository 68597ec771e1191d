"""Plans and journals on disk: whole or not at all, readable by their owner only.

A journal is replaced, never edited: the new text is written beside it, flushed to the disk and renamed over it, so a
process killed at any point leaves the old journal or the new one. A lock held by the kernel, and so released with
the process, keeps two processes from working on one journal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.problem import Code, Problem

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

Json: TypeAlias = Any

PLACE_VARIABLE = "SM_SSH_WIDGET_STATE"
_OWNER_FILE, _OWNER_DIRECTORY = 0o600, 0o700
_ANYBODYS_FILE = 0o666  # less what the umask takes away
_ANOTHER_PLACE = f"Name a directory that can be written: {PLACE_VARIABLE} in the environment, or --journal-dir DIR"
_ANOTHER_FILE = "Choose another file: --out FILE"


@dataclass(frozen=True)
class Listed:
    """A journal as found in its directory; ``problem`` says why it cannot be read, and then ``journal`` is None."""

    path: Path
    journal: Journal | None = None
    problem: Problem | None = None


def place(journal_dir: str | Path | None = None, environment: Mapping[str, str] | None = None) -> Path:
    """Where journals are kept: ``journal_dir``, else ``SM_SSH_WIDGET_STATE``, else the user's XDG state directory.

    Raises :class:`Problem` (``invalid``) for a ``~`` that stands for nobody's home.
    """
    known = os.environ if environment is None else environment
    chosen = journal_dir or known.get(PLACE_VARIABLE)
    try:
        if chosen:
            return Path(chosen).expanduser()
        state = known.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(state).expanduser() / "sm-ssh-widget"
    except RuntimeError as error:  # pathlib's, of a home that is not known
        said = f"{str(error).rstrip('.')} for {chosen or known.get('XDG_STATE_HOME') or '~'}."
        raise Problem("Finding the place of the journals", said, _ANOTHER_PLACE, Code.INVALID) from error


# Plans


def save_plan(plan: Plan, path: str | Path) -> Path:
    """Write a plan for review; raises :class:`Problem` (``invalid``) where the file cannot be written."""
    with _as_problem(f"Writing the plan {path}", _ANOTHER_FILE):
        _save(Path(path), _as_text(plan.to_file()), _OWNER_FILE)
    return Path(path)


def load_plan(path: str | Path) -> Plan:
    """Read a plan; raises :class:`Problem` (``invalid``): no such file, not JSON, not a plan, edited by hand."""
    again = "Make the plan again: sm-ssh-widget plan --out FILE"
    return Plan.from_json(_read_json(Path(path), f"Reading the plan {path}", again))


def save_telling(content: bytes, path: str | Path) -> None:
    """Write what a plan was told as, for others to read; raises :class:`Problem` (``invalid``)."""
    with _as_problem(f"Writing {path}", _ANOTHER_FILE):
        _save(Path(path), content, _ANYBODYS_FILE)


# Journals


@dataclass(frozen=True)
class JournalFile:
    """A journal on disk that this process alone works on, until it is closed."""

    path: Path

    @classmethod
    @contextmanager
    def create(cls, journal: Journal, directory: Path) -> Iterator[tuple[JournalFile, Journal]]:
        """Put a new journal on disk and hold it; gives the file, and the journal with its path.

        Raises :class:`Problem` (``invalid``) where the directory is read-only or the disk is full.
        """
        with _keeping(directory):
            directory.mkdir(mode=_OWNER_DIRECTORY, parents=True, exist_ok=True)
            path = _reserve(directory, _stem(journal))
        with _locked(path):
            file, placed = cls(path), replace(journal, path=str(path))
            try:
                file.write(placed)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            yield file, placed

    @classmethod
    @contextmanager
    def hold(cls, path: str | Path) -> Iterator[tuple[JournalFile, Journal]]:
        """Hold a journal that is on disk, and read it; raises :class:`Problem` where another process holds it."""
        load_journal(path)  # so that a file that is not there, or no journal, gets no lock beside it
        with _locked(Path(path)):
            yield cls(Path(path)), load_journal(path)

    def write(self, journal: Journal) -> None:
        """Replace the journal on disk; when this returns, it is on the disk. Raises :class:`Problem`."""
        with _keeping(self.path.parent):
            _replace(self.path, _as_text(journal.to_record()), _OWNER_FILE)


def load_journal(path: str | Path) -> Journal:
    """Read a journal; raises :class:`Problem` (``invalid``): no such file, cut short, edited by hand."""
    again = "List the journals: sm-ssh-widget journal. Check the role again: sm-ssh-widget check"
    return Journal.from_record(_read_json(Path(path), f"Reading the journal {path}", again), str(path))


def list_journals(directory: Path) -> tuple[Listed, ...]:
    """Every journal of a directory, newest first; those that cannot be read come last, with their problem."""
    found = [_listed(path) for path in directory.glob("*.json")] if directory.is_dir() else []
    return tuple(sorted(found, key=_age, reverse=True))


def last_journal(directory: Path) -> Journal:
    """The newest journal of an apply that wrote anything, else the newest of an apply, never one of an undo.

    Raises :class:`Problem` (``invalid``) where there is none.
    """
    applied = [item.journal for item in list_journals(directory) if item.journal and not item.journal.undoes]
    if applied:
        return next(filter(_wrote, applied), applied[0])
    raise Problem(
        f"Looking for the last journal in {directory}",
        "there is none.",
        "Name its directory: --journal-dir DIR",
        Code.INVALID,
    )


def unfinished_journal(directory: Path, digest: str) -> Journal | None:
    """The newest journal of an apply of the plan with this digest that wrote, or may have, and did not end."""
    listed = (item.journal for item in list_journals(directory) if item.journal and not item.journal.undoes)
    begun = (each for each in listed if each.plan.digest == digest and not each.complete and _wrote(each))
    return next(begun, None)


def keep_failed_proof(directory: Path, name: str, value: Mapping[str, str]) -> None:
    """Keep a proof that failed until one succeeds or the account has changed; nothing where there is no place."""
    path = _failed_proof(directory, name)
    with suppress(OSError):
        path.parent.mkdir(_OWNER_DIRECTORY, parents=True, exist_ok=True)
        _replace(path, _as_text(dict(value)), _OWNER_FILE)


def failed_proof(directory: Path, name: str) -> Mapping[str, str]:
    """The proof of that name that failed; empty where there is none, or its file is none of ours."""
    with suppress(OSError, ValueError, RecursionError):
        value = json.loads(_failed_proof(directory, name).read_text(encoding="utf-8"))
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
    return {}


def forget_failed_proof(directory: Path, name: str) -> None:
    """Forget the proof of that name that failed."""
    with suppress(OSError):
        _failed_proof(directory, name).unlink(missing_ok=True)


def _failed_proof(directory: Path, name: str) -> Path:
    return directory / "failed-proofs" / f"{name}.json"


def _wrote(journal: Journal) -> bool:
    """Whether any step wrote, or may have."""
    moved = (step for step in journal.steps if step.status not in (StepStatus.PENDING, StepStatus.SKIPPED))
    return any(step.observed is not None or (step.notes or {}).get("begun") for step in moved)


def _listed(path: Path) -> Listed:
    try:
        return Listed(path, load_journal(path))
    except Problem as problem:
        return Listed(path, problem=problem)


def _age(listed: Listed) -> tuple[str, str]:
    return (listed.journal.started if listed.journal else "", listed.path.name)


def _stem(journal: Journal) -> str:
    moment = "".join(letter for letter in journal.started.partition("+")[0] if letter.isalnum() or letter == ".")
    return f"{moment}-{'undo' if journal.undoes else 'apply'}-{journal.plan.digest.partition(':')[2][:12]}"


def _reserve(directory: Path, stem: str) -> Path:
    """Take a file name that nobody has: two journals of the same moment get two names."""
    for number in range(1, 1000):
        path = directory / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_FILE))
            return path
    raise FileExistsError(f"a thousand journals named {stem}")


# The disk


def _as_text(value: Json) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _save(path: Path, content: bytes, mode: int) -> None:
    """Write a file that a person named: replaced whole behind its links; a pipe or a terminal is written to."""
    if path.is_fifo() or path.is_char_device():
        path.write_bytes(content)
    elif path.is_socket() or path.is_block_device():
        raise OSError("it is there, and is no file")
    else:
        _replace(Path(os.path.realpath(path, strict=True)) if path.is_symlink() else path, content, mode)


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Write beside ``path``, flush it, rename it over ``path``, and flush the directory."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode)
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def _flush_directory(directory: Path) -> None:
    if sys.platform == "win32":
        return  # a directory cannot be opened there; the rename itself is journalled by NTFS
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_json(path: Path, where: str, remedy: str) -> Json:
    with _as_problem(where, remedy):
        text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(where, f"it is not JSON: cut short or edited ({error}).", remedy, Code.INVALID) from error


@contextmanager
def _as_problem(where: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        said = f"{error.strerror or error}." if isinstance(error, OSError) else "it is not text."
        raise Problem(where, said, remedy, Code.INVALID) from error


def _keeping(directory: Path) -> AbstractContextManager[None]:
    remedy = f"Without a journal nothing is written to AWS. {_ANOTHER_PLACE}"
    return _as_problem(f"Keeping the journal in {directory}", remedy)


# The lock


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of one journal; it ends with the process, however the process ends."""
    lock = path.with_name(f".{path.name}.lock")
    with _keeping(path.parent):
        descriptor = _take(lock)
    if descriptor is None:
        raise Problem(
            f"Working on the journal {path}",
            "another process is working on it.",
            "Wait until it has ended, then resume: sm-ssh-widget apply --resume JOURNAL",
            Code.REFUSED,
        )
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(descriptor)


def _take(lock: Path, attempts: int = 100) -> int | None:
    """A descriptor that holds the lock, None where somebody else does.

    Whoever lets go removes the file, so the file that was locked may be gone by then: look again, and try again.
    """
    for _ in range(attempts):
        descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, _OWNER_FILE)
        if not _try_lock(descriptor):
            os.close(descriptor)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        os.close(descriptor)
    return None


def _try_lock(descriptor: int) -> bool:
    """Whether the lock was free; an OSError where the file system has no locks."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
