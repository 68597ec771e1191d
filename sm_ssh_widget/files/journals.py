"""Journals on disk: created under a lock, replaced as a whole, listed in the order in which they were started."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.files import order
from sm_ssh_widget.files.locks import LockHeld, locked
from sm_ssh_widget.files.places import ANOTHER_PLACE
from sm_ssh_widget.files.plans import read_json
from sm_ssh_widget.files.provenance import FileSystem, Judge, Provenance
from sm_ssh_widget.files.writing import NEW_FILE, OWNER_DIRECTORY, OWNER_FILE, as_problem, as_text, replace_file
from sm_ssh_widget.incoming import JOURNAL_LIMIT, Opened, read_file
from sm_ssh_widget.problem import Code, Problem

_LIST = "List the journals: sm-ssh-widget journal. Check the role again: sm-ssh-widget check"
_NO_RECORD = "The order of these journals was not recorded. The newest was chosen by the clock of its machine."
_PROVEN = Provenance(True)


@dataclass(frozen=True)
class Listed:
    """A journal of a directory; if it is unreadable, ``problem`` says why and ``journal`` is None.

    ``provenance``: whether only this user or root can have written it; ``note``: how it was chosen, for a person.
    """

    path: Path
    journal: Journal | None = None
    problem: Problem | None = None
    provenance: Provenance = _PROVEN
    note: str = ""


class JournalNotKept(Problem):
    """Raised when a started journal can no longer be written; the file at ``path`` shows what was done before."""

    def __init__(self, path: Path, said: str) -> None:
        remedy = (
            f"Free space in {path.parent} and make it writable. The journal shows what was done so far. "
            f"To undo it: sm-ssh-widget undo {shlex.quote(str(path))}"
        )
        super().__init__(f"Writing the journal {path}", said, remedy, Code.INVALID)
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.path, self.said))


@dataclass(frozen=True)
class JournalFile:
    """A journal on disk, locked by this process until it is closed."""

    path: Path

    @classmethod
    @contextmanager
    def create(cls, journal: Journal, directory: Path) -> Iterator[tuple[JournalFile, Journal]]:
        """Write a new journal, record it as the newest, and lock it; yield the file, and the journal with its path.

        Raises :class:`Problem` (``invalid``) if the directory is read-only or the disk is full.
        """
        with _beginning(directory):
            directory.mkdir(mode=OWNER_DIRECTORY, parents=True, exist_ok=True)
            path = _reserve(directory, _stem(journal))
        with _working(path):
            placed = replace(journal, path=str(path))
            try:
                with _beginning(directory):
                    replace_file(path, as_text(placed.to_record()), OWNER_FILE)
                    order.record(directory, path.name)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            yield cls(path), placed

    @classmethod
    @contextmanager
    def hold(cls, path: str | Path) -> Iterator[tuple[JournalFile, Journal]]:
        """Lock and read an existing journal. Raises :class:`Problem` if another process has locked it."""
        load_journal(path)  # a missing file, or one that is not a journal, gets no lock file
        with _working(Path(path)):
            yield cls(Path(path)), load_journal(path)

    def write(self, journal: Journal) -> None:
        """Replace the journal; it is flushed to the disk when this returns.

        Raises :class:`JournalNotKept` if it cannot be written; the previous version then remains on disk.
        """
        try:
            replace_file(self.path, as_text(journal.to_record()), OWNER_FILE)
        except OSError as error:
            raise JournalNotKept(self.path, f"{error.strerror or error}.") from error


def load_journal(path: str | Path) -> Journal:
    """Read a journal. Raises :class:`Problem` (``invalid``) if it is missing, truncated or edited."""
    return _journal(_opened(path), path)


def examine_journal(path: str | Path, system: FileSystem | None = None) -> Listed:
    """Read a journal chosen by a person, with its provenance. Raises as :func:`load_journal`."""
    opened = _opened(path)
    return Listed(Path(path), _journal(opened, path), provenance=Judge(Path(path).parent, system).of(opened))


def list_journals(directory: Path, system: FileSystem | None = None) -> tuple[Listed, ...]:
    """List the journals of a directory, newest first, unreadable ones last with their problem.

    Recorded journals come first, in their recorded order; the others follow by their own start time.
    """
    if not directory.is_dir():
        return ()
    judge = Judge(directory, system)
    places = {name: place for place, name in enumerate(order.recorded(directory, system, judge), 1)}
    found = [_listed(path, judge) for path in directory.glob("*.json")]
    return tuple(sorted(found, key=lambda item: (bool(item.journal), places.get(item.path.name, 0), *_age(item)))[::-1])


def last_listed(directory: Path, system: FileSystem | None = None) -> Listed:
    """Return the newest journal of an apply that wrote anything, else the newest of an apply, never one of an undo.

    The recorded order decides. Without a recorded journal, one that is proven to be this user's is chosen, and ``note``
    says so. Raises :class:`Problem`: ``invalid`` if there is none, ``refused`` if another user can have written it.
    """
    judge = Judge(directory, system)
    names = order.recorded(directory, system, judge)
    recorded = (_listed(directory / name, judge) for name in reversed(names) if (directory / name).is_file())
    if found := _newest_apply(recorded):
        return _trusted(found, directory)
    others = [item for item in list_journals(directory, system) if item.path.name not in names]
    mine = _newest_apply(item for item in others if item.provenance.proven)
    if found := mine or _newest_apply(others):
        return replace(_trusted(found, directory), note=_NO_RECORD)
    remedy = "Specify the directory: --journal-dir DIR"
    raise Problem(
        f"Looking for the last journal in {directory}", "The directory contains no journal.", remedy, Code.INVALID
    )


def last_journal(directory: Path, system: FileSystem | None = None) -> Journal:
    """Return the journal of :func:`last_listed`. Raises as it does."""
    journal = last_listed(directory, system).journal
    assert journal is not None, "last_listed returns readable journals only"  # noqa: S101
    return journal


def unfinished_journal(directory: Path, digest: str, system: FileSystem | None = None) -> Journal | None:
    """Return the newest journal of an unfinished apply of the plan with this digest that wrote or may have written.

    Journals that another user can have written are ignored, because no person chose them.
    """
    listed = (item for item in list_journals(directory, system) if item.provenance.proven)
    applied = (item.journal for item in listed if item.journal and not item.journal.undoes)
    begun = (each for each in applied if each.plan.digest == digest and each.unfinished and _wrote(each))
    return next(begun, None)


def _newest_apply(listed: Iterable[Listed]) -> Listed | None:
    """Return the first apply that wrote anything, else the first apply; ``listed`` is newest first."""
    first: Listed | None = None
    for item in listed:
        if item.journal is None or item.journal.undoes:
            continue
        if _wrote(item.journal):
            return item
        first = first or item
    return first


def _trusted(listed: Listed, directory: Path) -> Listed:
    if listed.provenance.proven:
        return listed
    raise Problem(
        f"Looking for the last journal in {directory}",
        f"Another user can have written {listed.path}. {listed.provenance.reason}",
        f"Read it. If it is yours, specify it: sm-ssh-widget undo {shlex.quote(str(listed.path))}",
        Code.REFUSED,
    )


def _wrote(journal: Journal) -> bool:
    """Whether any change was or may have been written."""
    moved = (step for step in journal.steps if step.status not in (StepStatus.PENDING, StepStatus.SKIPPED))
    return any(step.observed is not None or (step.notes or {}).get("begun") for step in moved)


def _opened(path: str | Path) -> Opened:
    with as_problem(f"Reading the journal {path}", _LIST):
        return read_file(path, JOURNAL_LIMIT)


def _journal(opened: Opened, path: str | Path) -> Journal:
    return Journal.from_record(read_json(opened.content, f"Reading the journal {path}", _LIST), str(path))


def _listed(path: Path, judge: Judge) -> Listed:
    try:
        opened = _opened(path)
    except Problem as problem:
        return Listed(path, problem=problem)
    try:
        return Listed(path, _journal(opened, path), provenance=judge.of(opened))
    except Problem as problem:
        return Listed(path, problem=problem, provenance=judge.of(opened))


def _age(listed: Listed) -> tuple[str, str]:
    return (listed.journal.started if listed.journal else "", listed.path.name)


def _stem(journal: Journal) -> str:
    moment = "".join(letter for letter in journal.started.partition("+")[0] if letter.isalnum() or letter == ".")
    return f"{moment}-{'undo' if journal.undoes else 'apply'}-{journal.plan.digest.partition(':')[2][:12]}"


def _reserve(directory: Path, stem: str) -> Path:
    """Reserve an unused file name: two journals of the same moment get two names."""
    for number in range(1, 1000):
        path = directory / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        with suppress(FileExistsError):
            os.close(os.open(path, NEW_FILE, OWNER_FILE))
            return path
    raise FileExistsError(f"There are already 1,000 journals named {stem}")


def _beginning(directory: Path) -> AbstractContextManager[None]:
    remedy = f"Nothing is written to AWS without a journal. {ANOTHER_PLACE}"
    return as_problem(f"Writing the journal in {directory}", remedy)


@contextmanager
def _working(path: Path) -> Iterator[None]:
    """Hold the lock of one journal. Raises :class:`Problem` (``refused``) if another process holds it."""
    with ExitStack() as stack:
        try:
            with _beginning(path.parent):
                stack.enter_context(locked(path))
        except LockHeld:
            raise Problem(
                f"Opening the journal {path}",
                "Another process is using this journal.",
                "Wait until it ends, then resume: sm-ssh-widget apply --resume JOURNAL",
                Code.REFUSED,
            ) from None
        yield
