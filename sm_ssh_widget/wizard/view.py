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

from sm_ssh_widget.visible import visible
from sm_ssh_widget.wizard.blocks import Block
from sm_ssh_widget.wizard.controls import Action, Context, Json, SavedFile, StepItem, Term, Tone


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
    if not hasattr(value, "__dataclass_fields__"):
        return visible(value) if isinstance(value, str) else value
    names = ("kind", *(each.name for each in fields(value)))
    told = {name: to_json(getattr(value, name, "")) for name in names}
    return {name: item for name, item in told.items() if item not in ("", [], False, None)}
