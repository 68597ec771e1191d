"""Journals on disk: created under a lock, replaced whole, listed in the order in which they were begun."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.files import order
from sm_ssh_widget.files.locks import Held, locked
from sm_ssh_widget.files.places import ANOTHER_PLACE
from sm_ssh_widget.files.plans import read_json
from sm_ssh_widget.files.provenance import FileSystem, Judge, Provenance
from sm_ssh_widget.files.writing import NEW_FILE, OWNER_DIRECTORY, OWNER_FILE, as_problem, as_text, replace_file
from sm_ssh_widget.incoming import JOURNAL_LIMIT, Opened, read_file
from sm_ssh_widget.problem import Code, Problem

_LIST = "List the journals: sm-ssh-widget journal. Check the role again: sm-ssh-widget check"
_NO_RECORD = "The order of these journals was not recorded. The newest one is taken by the clock of its machine."
_PROVEN = Provenance(True)


@dataclass(frozen=True)
class Listed:
    """A journal as found in its directory; ``problem`` says why it cannot be read, and then ``journal`` is None.

    ``provenance`` says whether this user or root alone can have written it; ``note`` is what a person is told of how
    it was chosen.
    """

    path: Path
    journal: Journal | None = None
    problem: Problem | None = None
    provenance: Provenance = _PROVEN
    note: str = ""


class JournalNotKept(Problem):
    """A journal that was begun cannot be written any more; the one on disk, at ``path``, tells what was done before."""

    def __init__(self, path: Path, said: str) -> None:
        remedy = (
            f"Free space in {path.parent}, and see that it can be written. The journal tells what was done until then; "
            f"undo it: sm-ssh-widget undo {shlex.quote(str(path))}"
        )
        super().__init__(f"Keeping the journal {path}", said, remedy, Code.INVALID)
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.path, self.said))


@dataclass(frozen=True)
class JournalFile:
    """A journal on disk that this process alone works on, until it is closed."""

    path: Path

    @classmethod
    @contextmanager
    def create(cls, journal: Journal, directory: Path) -> Iterator[tuple[JournalFile, Journal]]:
        """Put a new journal on disk, record it as the newest, and hold it; gives the file, and the journal with its
        path.

        Raises :class:`Problem` (``invalid``) where the directory is read-only or the disk is full.
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
        """Hold a journal that is on disk, and read it; raises :class:`Problem` where another process holds it."""
        load_journal(path)  # so that a file that is not there, or no journal, gets no lock beside it
        with _working(Path(path)):
            yield cls(Path(path)), load_journal(path)

    def write(self, journal: Journal) -> None:
        """Replace the journal on disk; when this returns, it is on the disk.

        Raises :class:`JournalNotKept` where it cannot be written; what was on disk before is still there then.
        """
        try:
            replace_file(self.path, as_text(journal.to_record()), OWNER_FILE)
        except OSError as error:
            raise JournalNotKept(self.path, f"{error.strerror or error}.") from error


def load_journal(path: str | Path) -> Journal:
    """Read a journal; raises :class:`Problem` (``invalid``): no such file, cut short, edited by hand."""
    return _journal(_opened(path), path)


def examine_journal(path: str | Path, system: FileSystem | None = None) -> Listed:
    """A journal that a person named, and whether somebody else can have written it; raises as :func:`load_journal`."""
    opened = _opened(path)
    return Listed(Path(path), _journal(opened, path), provenance=Judge(Path(path).parent, system).of(opened))


def list_journals(directory: Path, system: FileSystem | None = None) -> tuple[Listed, ...]:
    """Every journal of a directory, newest first; those that cannot be read come last, with their problem.

    The newest are those that were recorded last; the others follow by the time that they name.
    """
    if not directory.is_dir():
        return ()
    judge = Judge(directory, system)
    places = {name: place for place, name in enumerate(order.recorded(directory, system, judge), 1)}
    found = [_listed(path, judge) for path in directory.glob("*.json")]
    return tuple(sorted(found, key=lambda item: (bool(item.journal), places.get(item.path.name, 0), *_age(item)))[::-1])


def last_listed(directory: Path, system: FileSystem | None = None) -> Listed:
    """The newest journal of an apply that wrote anything, else the newest of an apply, never one of an undo.

    It goes by what was recorded; a journal that was not recorded is taken only if it is proven to be this user's and
    no recorded one is there, and ``note`` says so. Raises :class:`Problem`: ``invalid`` where there is none,
    ``refused`` where somebody else can have written it.
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
    remedy = "Name its directory: --journal-dir DIR"
    raise Problem(f"Looking for the last journal in {directory}", "there is none.", remedy, Code.INVALID)


def last_journal(directory: Path, system: FileSystem | None = None) -> Journal:
    """The journal of :func:`last_listed`; raises as it does."""
    journal = last_listed(directory, system).journal
    assert journal is not None, "only what can be read is listed as the last"  # noqa: S101
    return journal


def unfinished_journal(directory: Path, digest: str, system: FileSystem | None = None) -> Journal | None:
    """The newest journal of an apply of the plan with this digest that wrote, or may have, and did not end.

    None that somebody else can have written: nobody named it.
    """
    listed = (item for item in list_journals(directory, system) if item.provenance.proven)
    applied = (item.journal for item in listed if item.journal and not item.journal.undoes)
    begun = (each for each in applied if each.plan.digest == digest and each.unfinished and _wrote(each))
    return next(begun, None)


def _newest_apply(listed: Iterable[Listed]) -> Listed | None:
    """The first journal of an apply that wrote anything, else the first of an apply; ``listed`` is newest first."""
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
        f"Somebody else can have written {listed.path}. {listed.provenance.reason}",
        f"Read it; if it is yours, name it: sm-ssh-widget undo {shlex.quote(str(listed.path))}",
        Code.REFUSED,
    )


def _wrote(journal: Journal) -> bool:
    """Whether any step wrote, or may have."""
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
    """Take a file name that nobody has: two journals of the same moment get two names."""
    for number in range(1, 1000):
        path = directory / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        with suppress(FileExistsError):
            os.close(os.open(path, NEW_FILE, OWNER_FILE))
            return path
    raise FileExistsError(f"a thousand journals named {stem}")


def _beginning(directory: Path) -> AbstractContextManager[None]:
    remedy = f"Without a journal nothing is written to AWS. {ANOTHER_PLACE}"
    return as_problem(f"Keeping the journal in {directory}", remedy)


@contextmanager
def _working(path: Path) -> Iterator[None]:
    """Hold the lock of one journal; raises :class:`Problem` (``refused``) where another process does."""
    with ExitStack() as stack:
        try:
            with _beginning(path.parent):
                stack.enter_context(locked(path))
        except Held:
            raise Problem(
                f"Working on the journal {path}",
                "another process is working on it.",
                "Wait until it has ended, then resume: sm-ssh-widget apply --resume JOURNAL",
                Code.REFUSED,
            ) from None
        yield
