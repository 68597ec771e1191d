"""The view: everything that a person sees, as one immutable value that Python computes and any front end can draw.

A view is a screen: a heading that is the answer, a stepper, blocks, actions. Each block says its ``kind``; a front end
needs one drawing per kind and no code per screen. Told as JSON by :func:`to_json`: a mapping per value, ``kind`` first
for blocks, fields that are empty left out. In any text, `backticks` mark what is code (an ARN, an action).

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
    """A button. ``look``: ``primary`` (one a screen at most), ``second``, ``plain`` (back), ``link``, ``danger``.

    ``unavailable`` is the reason why it cannot act now; it stays in place and says so. ``url`` opens a page outside of
    the wizard, ``copies`` is a text that goes into the clipboard; the kernel hears of neither. ``acts`` marks a button
    that writes to the account or undoes. ``side`` is ``start`` for the left edge of the footer.
    """

    id: str
    label: str
    look: Literal["primary", "second", "plain", "link", "danger"] = "second"
    icon: str = ""
    unavailable: str = ""
    secrets: tuple[str, ...] = ()
    url: str = ""
    copies: str = ""
    acts: bool = False
    side: Literal["", "start"] = ""


@dataclass(frozen=True)
class StepItem:
    """One item of the stepper. ``go`` is the event that leads there, empty where it cannot be gone to.

    ``percent`` is how much of it is done while it runs, 0 where nothing runs; ``aside`` marks a screen beside the step.
    """

    label: str
    state: Literal["done", "current", "ahead"]
    go: str = ""
    percent: int = 0
    aside: bool = False


@dataclass(frozen=True)
class Context:
    """The bar on every screen: where this works and what may happen there.

    ``hue`` (1 to 8) is the color of the account, always the same. ``words`` tell who reads or writes and for how long;
    ``access`` is ``read``, ``signed-in`` or ``writes``. ``ending`` marks a session that ends soon.
    """

    account: str
    hue: int
    role: str
    region: str
    access: Literal["read", "signed-in", "writes"]
    words: str
    ending: bool = False
    forget: Action | None = None


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Tone = ""
    strong: bool = False


@dataclass(frozen=True)
class Note:
    """A paragraph set apart by a rule at its side; ``lead`` is its first words, said stronger."""

    kind: ClassVar[str] = "note"
    lead: str
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Band:
    """A paragraph set apart by a wash: ``lead`` is its title or its first words, with at most one button."""

    kind: ClassVar[str] = "band"
    id: str
    lead: str
    text: str
    tone: Tone = ""
    icon: str = "info"
    actions: tuple[Action, ...] = ()


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
    """A requirement or a step: icon, title, status word; what is so, what follows, what to do, what it rests on.

    ``seconds`` is for how long it has been going on, as of this view; a front end counts on.
    """

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
    seconds: int | None = None


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
    """Options to tick (``check``) or to choose one of (``radio``).

    ``layout``: ``list``, ``two`` columns, or ``ask``: a question with its reason in ``text`` and the answers beside it.
    """

    kind: ClassVar[str] = "choice"
    id: str
    label: str
    mode: Literal["radio", "check"]
    options: tuple[Option, ...]
    layout: Literal["list", "two", "ask"] = "list"
    label_hidden: bool = False
    text: str = ""


@dataclass(frozen=True)
class Change:
    """One change of a plan in one line; ``blocks`` unfold below it, or stand beside the list where there is room.

    ``sign`` is ``+``, ``-`` or ``~``; ``warning`` says in two words what an admin should look at.
    """

    id: str
    title: str
    sign: Literal["+", "-", "~"]
    on: bool
    delta: str = ""
    tag: str = ""
    warning: str = ""
    open: bool = False
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Changes:
    """The changes of a plan, to be ticked: overview first, details on demand."""

    kind: ClassVar[str] = "changes"
    id: str
    title: str
    label: str
    items: tuple[Change, ...]


@dataclass(frozen=True)
class Statement:
    """A statement of a policy in words: who may do what on what, and below it only if what.

    ``level`` is its access level, ``warning`` whether that level is one to look at, ``flags`` why a broad part of it is
    needed, ``calls`` the actions where they are too many for the line.
    """

    sign: Literal["", "+", "-", "="]
    text: str
    conditions: tuple[str, ...] = ()
    level: str = ""
    warning: bool = False
    flags: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statements:
    """The statements of a document or of a managed policy."""

    kind: ClassVar[str] = "statements"
    label: str
    items: tuple[Statement, ...]


@dataclass(frozen=True)
class Figure:
    """One total: what it is of, its value in large, and a line that explains it."""

    label: str
    value: str
    text: str
    icon: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Figures:
    """The totals of a plan; ``picture`` stands beside them where there is room."""

    kind: ClassVar[str] = "figures"
    items: tuple[Figure, ...]
    picture: Picture | None = None


@dataclass(frozen=True)
class Links:
    """Links and small buttons in one line."""

    kind: ClassVar[str] = "links"
    items: tuple[Action, ...]


@dataclass(frozen=True)
class SignedLine:
    """A change in one line, without its details."""

    sign: Literal["+", "-", "~"]
    title: str
    aside: str = ""


@dataclass(frozen=True)
class Lines:
    """Changes in one line each."""

    kind: ClassVar[str] = "lines"
    label: str
    items: tuple[SignedLine, ...]


@dataclass(frozen=True)
class Calls:
    """AWS calls, each with a mark that says whether it can be made."""

    kind: ClassVar[str] = "calls"
    label: str
    items: tuple[Count, ...]


@dataclass(frozen=True)
class PictureNode:
    """Who stands in the picture."""

    icon: str
    title: str
    text: str


@dataclass(frozen=True)
class PictureEdge:
    """What lies between two neighbors, or, as a facet, what belongs to the node ``at``.

    ``state``: ``ok``, ``new`` (a plan adds it), ``missing``, ``blocked``, ``unknown``. ``row`` is the id of the row
    that tells more, ``aloud`` the whole sentence; ``forward`` says that the arrow points to the right.
    """

    label: str
    aloud: str
    state: Literal["ok", "new", "missing", "blocked", "unknown"]
    row: str = ""
    forward: bool = False
    at: int = 0


@dataclass(frozen=True)
class Picture:
    """Who trusts whom: nodes in a line, an edge between each two, and facets below the nodes."""

    kind: ClassVar[str] = "picture"
    label: str
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    facets: tuple[PictureEdge, ...]


@dataclass(frozen=True)
class Section:
    """Blocks beside their heading: a group of fields or of facts. ``action`` stands at its right edge."""

    kind: ClassVar[str] = "section"
    id: str
    title: str
    blocks: tuple[Block, ...]
    hint: str = ""
    action: Action | None = None


@dataclass(frozen=True)
class Tab:
    """One of several tabs."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Tabs:
    """Blocks of which one tab is shown at a time; which one, only the front end knows."""

    kind: ClassVar[str] = "tabs"
    id: str
    label: str
    items: tuple[Tab, ...]


@dataclass(frozen=True)
class Meter:
    """How long something has taken: ``seconds`` as of this view, which a front end counts on unless it is ``over``.

    ``text`` is what is usual, or what goes on just now.
    """

    kind: ClassVar[str] = "meter"
    id: str
    seconds: int
    text: str
    over: bool = False


@dataclass(frozen=True)
class PickerItem:
    """One line of a picker."""

    value: str
    title: str
    text: str = ""
    aside: str = ""
    note: str = ""


@dataclass(frozen=True)
class Picker:
    """A field to search a list with. The kernel searches; ``items`` are the first that were found."""

    kind: ClassVar[str] = "picker"
    id: str
    label: str
    value: str
    items: tuple[PickerItem, ...]
    text: str
    chosen: str = ""
    placeholder: str = ""


@dataclass(frozen=True)
class Field:
    """A field. ``options`` are ``(value, text)`` pairs to pick from.

    ``private`` and the ``secret`` types have no value: what is typed goes only with the action that takes it along.
    The secret ones are masked. ``error`` says what is wrong with the value; the field gets the focus.
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
    error: str = ""


@dataclass(frozen=True)
class Code:
    """Text to copy as it is; ``file`` is the name that it can be downloaded by."""

    kind: ClassVar[str] = "code"
    label: str
    text: str
    file: str = ""


@dataclass(frozen=True)
class Diff:
    """JSON before and after, line by line: ``(mark, text)``, mark ``+``, ``-`` or ``=`` (kept).

    Nothing is left out; a front end may fold what is kept. ``new`` says that there was no document before.
    """

    kind: ClassVar[str] = "diff"
    id: str
    label: str
    lines: tuple[tuple[str, str], ...]
    new: bool = False


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
class ProblemPanel:
    """An error in its three parts, and its buttons. ``by_aws`` says that ``said`` is AWS's own words, unchanged."""

    kind: ClassVar[str] = "problem"
    where: str
    said: str
    next: str
    actions: tuple[Action, ...] = ()
    by_aws: bool = False


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
class Skeleton:
    """The place of rows that are on their way."""

    kind: ClassVar[str] = "skeleton"
    label: str
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
    | Code
    | Diff
    | Fold
    | Part
    | ProblemPanel
    | Device
    | Waiting
    | Skeleton
)


@dataclass(frozen=True)
class Term:
    """A term of the trade in two lines, and where AWS explains it."""

    name: str
    text: str
    url: str


@dataclass(frozen=True)
class SavedFile:
    """A file that a person asked for; ``id`` is another one for each time. ``data`` is Base64."""

    id: int
    file: str
    data: str


@dataclass(frozen=True)
class View:
    """One screen. ``heading`` is the answer in a sentence; ``status`` is what a live region says; ``busy`` is a verb.

    One action is primary; none while something is written, and none where an undo is confirmed. ``again`` stands beside
    the heading. ``simulated`` names the scenario where no account is touched. ``terms`` explains the words that stand
    in ``{{braces}}``. ``saves`` is a file that was asked for. ``revision`` grows whenever what can be pressed changes,
    or what a press would do; see :mod:`.revisions`.
    """

    screen: str
    heading: str
    steps: tuple[StepItem, ...]
    blocks: tuple[Block, ...]
    actions: tuple[Action, ...]
    lede: str = ""
    icon: str = ""
    tone: Tone = ""
    again: Action | None = None
    context: Context | None = None
    simulated: str = ""
    wide: bool = False
    terms: tuple[Term, ...] = ()
    saves: SavedFile | None = None
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
    if isinstance(value, str):
        return visible(value)
    if not hasattr(value, "__dataclass_fields__"):
        return value
    told = {"kind": value.kind} if hasattr(value, "kind") else {}
    pairs = ((each.name, getattr(value, each.name)) for each in fields(value))
    return told | {name: to_json(item) for name, item in pairs if item not in ("", (), False, None)}
