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

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from itertools import repeat
from typing import TypeVar, get_args, get_type_hints

from sm_ssh_widget.visible import visible
from sm_ssh_widget.wizard.blocks import Block
from sm_ssh_widget.wizard.controls import Action, Context, Json, SavedFile, StepItem, Term, Tone, Verbatim, Words

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class View:
    """One screen. ``heading`` is the answer in a sentence; ``status`` is what a live region says; ``busy`` is a verb.

    One action is primary; none while something is written, and none where an undo is confirmed. ``again`` stands beside
    the heading. ``simulated`` names the scenario where no account is touched. ``terms`` explains the words that stand
    in ``{{braces}}``. ``saves`` is a file that was asked for. ``revision`` grows whenever what can be pressed changes,
    or what a press would do; see :mod:`.revisions`.
    """

    screen: str
    heading: Words
    steps: tuple[StepItem, ...]
    blocks: tuple[Block, ...]
    actions: tuple[Action, ...]
    lede: Words = ""
    icon: str = ""
    tone: Tone = ""
    again: Action | None = None
    context: Context | None = None
    simulated: str = ""
    wide: bool = False
    terms: tuple[Term, ...] = ()
    saves: SavedFile | None = None
    footnote: Words = ""
    status: Words = ""
    busy: str = ""
    revision: int = 1


def actions(value: Json) -> Iterator[Action]:
    """Every button of a view, or of any part of one, in the order of the screen."""
    return _parts(value, Action)


def texts(value: Json) -> Iterator[str]:
    """Every text of a view, or of any part of one, in the order of the screen."""
    return _parts(value, str)


def _parts(value: Json, kind: type[_Part]) -> Iterator[_Part]:
    if isinstance(value, kind):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item, kind)
    elif hasattr(value, "__dataclass_fields__"):
        for name in _hints(value.__class__):
            yield from _parts(getattr(value, name, ""), kind)


def to_json(value: Json, translate: Callable[[str], str] = str, hint: Json = str) -> Json:
    """A view, or any part of one, as plain JSON, its words in another language; ``hint`` is the type of the part.

    Empty fields are left out, and what cannot be seen is shown.
    """
    if isinstance(value, str):
        is_ours = "words" in getattr(hint, "__metadata__", ()) and not isinstance(value, Verbatim)
        return visible(translate(value) if is_ours else str(value))
    if isinstance(value, tuple):
        return [to_json(item, translate, each) for item, each in zip(value, _items(hint, len(value)), strict=True)]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    cls: type = type(value)
    told = {name: to_json(getattr(value, name, ""), translate, each) for name, each in _hints(cls).items()}
    return {name: item for name, item in told.items() if item not in ("", [], False, None)}


def _items(hint: Json, number: int) -> Iterable[Json]:
    """The types of the items of a tuple."""
    inner = get_args(hint)
    return repeat(inner[0] if inner else str, number) if len(inner) < 2 or inner[-1] is Ellipsis else inner


@cache
def _hints(cls: type) -> Mapping[str, Json]:
    """The type of each field of a part of a view, and of its kind."""
    hints = get_type_hints(cls, include_extras=True)
    return {"kind": str, **{each.name: hints[each.name] for each in fields(cls)}}
