"""The view: everything that a person sees, as one immutable value that Python computes and any front end can draw.

A view is a screen: heading, stepper, blocks, actions. A front end draws each ``kind`` of block and needs no code for a
screen. :func:`to_json` leaves empty fields out. In any text, `backticks` mark code (an ARN, an action).

What a person does comes back as an event ``(name, value)``: the ``id`` of an action with null, of a field with its
text, of a choice with ``{"option", "on"}``. Secret fields never send their text so: an action that lists them in
``secrets`` takes them along in a one-way message of its own, and the fields are emptied as it is sent.

Every press carries the ``revision`` of the view that it was made on, and counts for that view only: the kernel ignores
one of another revision, and sends the view again. The ``id`` of an action is its key: it names what the action does
and to what, so an action that has the same id in the next view is the same control.

Tones are ``ok attention bad busy quiet``; a tone always comes with a word. Icons are names, one per status.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias

from sm_ssh_widget.visible import visible

Json: TypeAlias = Any
Tone: TypeAlias = Literal["", "ok", "attention", "bad", "busy", "quiet"]
FieldType: TypeAlias = Literal["text", "select", "private", "secret", "secret-multiline"]


@dataclass(frozen=True)
class Action:
    """A button. ``look`` is ``primary`` (one a screen at most), ``second``, ``plain`` (a way back) or ``link``.

    ``unavailable`` is the reason why it cannot act now; it stays in place and says so. ``url`` opens a page. ``acts``
    marks a button that writes to the account or undoes. ``side`` is ``start`` for the left edge of the footer.
    """

    id: str
    label: str
    look: Literal["primary", "second", "plain", "link"] = "second"
    icon: str = ""
    unavailable: str = ""
    secrets: tuple[str, ...] = ()
    url: str = ""
    acts: bool = False
    side: Literal["", "start"] = ""


@dataclass(frozen=True)
class StepItem:
    """One item of the stepper. ``go`` is the event that leads there, empty where it cannot be gone to."""

    label: str
    state: Literal["done", "current", "ahead"]
    go: str = ""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Note:
    """A paragraph set apart by a rule at its side; ``lead`` is its first words, said stronger."""

    kind: ClassVar[str] = "note"
    lead: str
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Empty:
    """An empty state that says so gladly."""

    kind: ClassVar[str] = "empty"
    title: str
    text: str


@dataclass(frozen=True)
class Fact:
    """A value and where it was read."""

    label: str
    value: str
    source: str = ""
    action: Action | None = None


@dataclass(frozen=True)
class Facts:
    """Labelled values; ``small`` sets them as a line of meta data (cost, undo)."""

    kind: ClassVar[str] = "facts"
    items: tuple[Fact, ...]
    small: bool = False


@dataclass(frozen=True)
class Row:
    """A requirement or a step: icon, title, status word; what is so, what follows, what to do, what it rests on."""

    id: str
    icon: str
    title: str
    word: str
    tone: Tone = ""
    fact: str = ""
    consequence: str = ""
    remedy: str = ""
    evidence: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Rows:
    """A list of rows; ``ordered`` where the order is the story."""

    kind: ClassVar[str] = "rows"
    label: str
    rows: tuple[Row, ...]
    ordered: bool = False


@dataclass(frozen=True)
class TableRow:
    """A row of a table. ``sign`` is ``+`` added, ``-`` removed, ``~`` changed, ``=`` kept, or empty."""

    sign: Literal["", "+", "-", "~", "="]
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Statements or settings, one a row."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class Option:
    """One option of a choice. ``blocks`` are shown below it; ``unavailable`` is why it cannot be chosen."""

    id: str
    title: str
    line: str = ""
    on: bool = False
    aside: str = ""
    tone: Tone = ""
    unavailable: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Options to tick (``check``) or to pick one of (``radio``). ``layout``: ``list``, ``two`` columns or ``steps``."""

    kind: ClassVar[str] = "choice"
    id: str
    label: str
    mode: Literal["radio", "check"]
    options: tuple[Option, ...]
    layout: Literal["list", "two", "steps"] = "list"
    label_hidden: bool = False


@dataclass(frozen=True)
class Field:
    """A field. ``options`` are ``(value, text)`` pairs to pick from.

    ``private`` and the ``secret`` types have no value: what is typed goes only with the action that takes it along.
    The secret ones are masked.
    """

    kind: ClassVar[str] = "field"
    id: str
    label: str
    type: FieldType = "text"
    value: str = ""
    hint: str = ""
    placeholder: str = ""
    options: tuple[tuple[str, str], ...] = ()
    action: Action | None = None


@dataclass(frozen=True)
class Code:
    """Text to copy as it is; ``file`` is the name that it can be downloaded by."""

    kind: ClassVar[str] = "code"
    label: str
    text: str
    file: str = ""


@dataclass(frozen=True)
class Download:
    """A file to download; ``data`` is Base64."""

    kind: ClassVar[str] = "download"
    label: str
    file: str
    data: str


@dataclass(frozen=True)
class Diff:
    """JSON before and after, line by line: ``(mark, text)``, mark ``+``, ``-``, ``=`` or ``…`` for lines left out."""

    kind: ClassVar[str] = "diff"
    label: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Fold:
    """Blocks behind a summary that says what they are."""

    kind: ClassVar[str] = "fold"
    id: str
    summary: str
    blocks: tuple[Block, ...]
    aside: str = ""
    icon: str = ""
    tone: Tone = ""
    open: bool = False


@dataclass(frozen=True)
class Folds:
    """Folds side by side."""

    kind: ClassVar[str] = "folds"
    items: tuple[Fold, ...]


@dataclass(frozen=True)
class Part:
    """Blocks under a heading of their own; ``aside`` stands at its right edge."""

    kind: ClassVar[str] = "part"
    id: str
    title: str
    blocks: tuple[Block, ...]
    aside: str = ""


@dataclass(frozen=True)
class Count:
    """A number and its noun, or an icon and its word."""

    text: str
    number: str = ""
    icon: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Tally:
    """Counts in one line."""

    kind: ClassVar[str] = "tally"
    items: tuple[Count, ...]


@dataclass(frozen=True)
class ProblemPanel:
    """An error in its three parts, and its buttons."""

    kind: ClassVar[str] = "problem"
    where: str
    said: str
    next: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Device:
    """A device code, shown large, the page it goes to, and what to do there."""

    kind: ClassVar[str] = "device"
    code: str
    url: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """What is being waited for."""

    kind: ClassVar[str] = "waiting"
    text: str
    aside: str = ""


@dataclass(frozen=True)
class Person:
    """One of two identities."""

    title: str
    value: str
    text: str


@dataclass(frozen=True)
class Pair:
    """Two identities, side by side."""

    kind: ClassVar[str] = "pair"
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Skeleton:
    """The place of rows that are on their way."""

    kind: ClassVar[str] = "skeleton"
    label: str
    rows: int = 3


Block: TypeAlias = (
    Text
    | Note
    | Empty
    | Facts
    | Rows
    | Table
    | Choice
    | Field
    | Code
    | Download
    | Diff
    | Fold
    | Folds
    | Part
    | Tally
    | ProblemPanel
    | Device
    | Waiting
    | Pair
    | Skeleton
)


@dataclass(frozen=True)
class View:
    """One screen. ``heading`` is the answer in a sentence; ``status`` is what a live region says; ``busy`` is a verb.

    ``target`` is the line that names the role, account and Region. One action is primary; none while something is
    written, and none where an undo is confirmed. ``revision`` grows whenever what can be pressed changes, or what a
    press would do; see :mod:`.revisions`.
    """

    screen: str
    heading: str
    steps: tuple[StepItem, ...]
    blocks: tuple[Block, ...]
    actions: tuple[Action, ...]
    lede: str = ""
    icon: str = ""
    tone: Tone = ""
    target: tuple[str, ...] = ()
    footnote: str = ""
    status: str = ""
    busy: str = ""
    revision: int = 1


def actions(value: Json) -> Iterator[Action]:
    """Every button of a view, or of any part of one, in the order of the screen."""
    if isinstance(value, Action):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from actions(item)
    elif hasattr(value, "__dataclass_fields__"):
        for each in fields(value):
            yield from actions(getattr(value, each.name))


def to_json(value: Json) -> Json:
    """A view, or any part of one, as plain JSON; empty fields are left out, and what cannot be seen is shown."""
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if not hasattr(value, "__dataclass_fields__"):
        return visible(value) if isinstance(value, str) else value
    names = ("kind", *(each.name for each in fields(value)))
    told = {name: to_json(getattr(value, name, "")) for name in names}
    return {name: item for name, item in told.items() if item not in ("", [], False, None)}
