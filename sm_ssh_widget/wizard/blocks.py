"""The kinds of block that a screen is made of; a front end has one drawing for each. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from sm_ssh_widget.wizard.controls import Action, FieldType, Tone, Words
from sm_ssh_widget.wizard.fleet_blocks import Cards, RoleMatrix
from sm_ssh_widget.wizard.leaf_blocks import (
    Calls,
    CodeListing,
    Diff,
    Figures,
    Lines,
    Links,
    Picture,
    Statements,
    Table,
)


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: Words
    tone: Tone = ""
    strong: bool = False


@dataclass(frozen=True)
class Note:
    """A paragraph set apart by a rule at its side; ``lead`` is its first words, said stronger."""

    kind: ClassVar[str] = "note"
    lead: Words
    text: Words
    tone: Tone = ""


@dataclass(frozen=True)
class Band:
    """A paragraph set apart by a wash: ``lead`` is its title or its first words, with at most one button."""

    kind: ClassVar[str] = "band"
    id: str
    lead: Words
    text: Words
    tone: Tone = ""
    icon: str = "info"
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A value and where it was read."""

    label: Words
    value: Words
    source: Words = ""
    action: Action | None = None


@dataclass(frozen=True)
class Facts:
    """Labelled values; ``small`` sets them as a line of meta data (cost, undo)."""

    kind: ClassVar[str] = "facts"
    items: tuple[Fact, ...]
    small: bool = False


@dataclass(frozen=True)
class Row:
    """A requirement or a step: icon, title, status word; what is so, what follows, what to do, what it rests on.

    ``seconds`` is for how long it has been going on, as of this view; a front end counts on.
    """

    id: str
    icon: str
    title: Words
    word: Words
    tone: Tone = ""
    fact: Words = ""
    consequence: Words = ""
    remedy: Words = ""
    evidence: tuple[Words, ...] = ()
    blocks: tuple[Block, ...] = ()
    actions: tuple[Action, ...] = ()
    seconds: int | None = None


@dataclass(frozen=True)
class Rows:
    """A list of rows; ``ordered`` where the order is the story."""

    kind: ClassVar[str] = "rows"
    label: Words
    rows: tuple[Row, ...]
    ordered: bool = False


@dataclass(frozen=True)
class ChoiceOption:
    """One option of a choice. ``blocks`` are shown below it; ``unavailable`` is why it cannot be chosen."""

    id: str
    title: Words
    line: Words = ""
    on: bool = False
    aside: Words = ""
    tone: Tone = ""
    unavailable: Words = ""
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Options to tick (``check``) or to choose one of (``radio``).

    ``layout``: ``list``, ``two`` columns, or ``ask``: a question with its reason in ``text`` and the answers beside it.
    """

    kind: ClassVar[str] = "choice"
    id: str
    label: Words
    mode: Literal["radio", "check"]
    options: tuple[ChoiceOption, ...]
    layout: Literal["list", "two", "ask"] = "list"
    label_hidden: bool = False
    text: Words = ""


@dataclass(frozen=True)
class ChangeLine:
    """One change of a plan in one line; ``blocks`` unfold below it, or stand beside the list where there is room.

    ``sign`` is ``+``, ``-`` or ``~``; ``warning`` says in two words what an admin should look at.
    """

    id: str
    title: Words
    sign: Literal["+", "-", "~"]
    on: bool
    delta: Words = ""
    tag: Words = ""
    warning: Words = ""
    open: bool = False
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Changes:
    """The changes of a plan, to be ticked: overview first, details on demand."""

    kind: ClassVar[str] = "changes"
    id: str
    title: Words
    label: Words
    items: tuple[ChangeLine, ...]


@dataclass(frozen=True)
class Section:
    """Blocks beside their heading: a group of fields or of facts. ``action`` stands at its right edge."""

    kind: ClassVar[str] = "section"
    id: str
    title: Words
    blocks: tuple[Block, ...]
    hint: Words = ""
    action: Action | None = None


@dataclass(frozen=True)
class Tab:
    """One of several tabs."""

    id: str
    title: Words
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Tabs:
    """Blocks of which one tab is shown at a time; which one, only the front end knows."""

    kind: ClassVar[str] = "tabs"
    id: str
    label: Words
    items: tuple[Tab, ...]


@dataclass(frozen=True)
class Meter:
    """How long something has taken: ``seconds`` as of this view, which a front end counts on unless it is ``over``.

    ``text`` is what is usual, or what goes on just now.
    """

    kind: ClassVar[str] = "meter"
    id: str
    seconds: int
    text: Words
    over: bool = False


@dataclass(frozen=True)
class PickerItem:
    """One line of a picker."""

    value: str
    title: str
    text: Words = ""
    aside: Words = ""
    note: Words = ""


@dataclass(frozen=True)
class Picker:
    """A field to search a list with. The kernel searches; ``items`` are the first that were found."""

    kind: ClassVar[str] = "picker"
    id: str
    label: Words
    value: str
    items: tuple[PickerItem, ...]
    text: Words
    chosen: str = ""
    placeholder: Words = ""


@dataclass(frozen=True)
class Field:
    """A field. ``options`` are ``(value, text)`` pairs to pick from.

    ``private`` and the ``secret`` types have no value: what is typed goes only with the action that takes it along.
    The secret ones are masked. ``error`` says what is wrong with the value; the field gets the focus.
    """

    kind: ClassVar[str] = "field"
    id: str
    label: Words
    type: FieldType = "text"
    value: str = ""
    hint: Words = ""
    placeholder: Words = ""
    options: tuple[tuple[str, Words], ...] = ()
    action: Action | None = None
    error: Words = ""


@dataclass(frozen=True)
class Fold:
    """Blocks behind a summary that says what they are."""

    kind: ClassVar[str] = "fold"
    id: str
    summary: Words
    blocks: tuple[Block, ...]
    aside: Words = ""
    icon: str = ""
    tone: Tone = ""
    open: bool = False


@dataclass(frozen=True)
class Part:
    """Blocks under a heading of their own; ``aside`` stands at its right edge."""

    kind: ClassVar[str] = "part"
    id: str
    title: Words
    blocks: tuple[Block, ...]
    aside: Words = ""


@dataclass(frozen=True)
class ProblemPanel:
    """An error in its three parts, and its buttons. ``by_aws`` says that ``said`` is AWS's own words, unchanged."""

    kind: ClassVar[str] = "problem"
    where: Words
    said: Words
    next: Words
    actions: tuple[Action, ...] = ()
    by_aws: bool = False


@dataclass(frozen=True)
class Device:
    """A device code, shown large, the page it goes to, and what to do there."""

    kind: ClassVar[str] = "device"
    code: str
    url: str
    steps: tuple[Words, ...]


@dataclass(frozen=True)
class Waiting:
    """What is being waited for."""

    kind: ClassVar[str] = "waiting"
    text: Words
    aside: Words = ""


@dataclass(frozen=True)
class Skeleton:
    """The place of rows that are on their way."""

    kind: ClassVar[str] = "skeleton"
    label: Words
    rows: int = 3


Block: TypeAlias = (
    Text
    | Note
    | Band
    | Facts
    | Rows
    | Table
    | Choice
    | Changes
    | Statements
    | Figures
    | Links
    | Lines
    | Calls
    | Picture
    | Section
    | Tabs
    | Meter
    | Picker
    | Field
    | CodeListing
    | Diff
    | Fold
    | Part
    | ProblemPanel
    | Device
    | Waiting
    | Skeleton
    | Cards
    | RoleMatrix
)
