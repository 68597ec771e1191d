"""Controls and frame of a view: buttons, the stepper, the context line of every screen, terms, files. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

Json: TypeAlias = Any
Words: TypeAlias = Annotated[str, "words"]
"""A text for a person, in English; a front end is sent its translation. A plain ``str`` of a view is never translated:
an id, a name, code."""
Tone: TypeAlias = Literal["", "ok", "attention", "bad", "busy", "quiet"]
FieldType: TypeAlias = Literal["text", "select", "private", "secret", "secret-multiline"]


class Verbatim(str):
    """Words of AWS, shown to the letter in every language."""


@dataclass(frozen=True)
class Action:
    """A button. ``look``: ``primary`` (one a screen at most), ``second``, ``plain`` (back), ``link``, ``danger``.

    ``unavailable`` is the reason why it cannot act now; it stays in place and says so. ``url`` opens a page outside of
    the wizard, ``copies`` is a text that goes into the clipboard; the kernel hears of neither. ``acts`` marks a button
    that writes to the account or undoes. ``side`` is ``start`` for the left edge of the footer.
    """

    id: str
    label: Words
    look: Literal["primary", "second", "plain", "link", "danger"] = "second"
    icon: str = ""
    unavailable: Words = ""
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

    label: Words
    state: Literal["done", "current", "ahead"]
    go: str = ""
    percent: int = 0
    aside: bool = False


@dataclass(frozen=True)
class Context:
    """The context line of every screen: the account in use and what can happen there.

    ``hue`` (1 to 8) is the color of the account, always the same. ``words`` tell who reads or writes and for how long;
    ``access`` is ``read``, ``signed-in`` or ``writes``. ``ending`` marks a session that ends soon.
    """

    account: str
    hue: int
    role: str
    region: str
    access: Literal["read", "signed-in", "writes"]
    words: Words
    ending: bool = False
    forget: Action | None = None


@dataclass(frozen=True)
class Term:
    """A term of the trade in two lines, and where AWS explains it."""

    name: Words
    text: Words
    url: str


@dataclass(frozen=True)
class SavedFile:
    """A file that a person asked for; ``id`` is another one for each time. ``data`` is Base64."""

    id: int
    file: str
    data: str
