"""Where words go: results to standard output, all else to standard error; one JSON object where it is asked for.

A reader that goes away (``| head``) silences the screen and nothing else: the work goes on, and so does the exit code.
So does a stream that cannot be written (a full disk), but that an answer was lost is told at the end.
"""

from __future__ import annotations

import json
import os
import re
import sys
from copy import copy
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.visible import visible, visible_json

WIDTH_OF_A_FILE = 110
_TRAILING = re.compile(r"[ ]+$", re.MULTILINE)


def words(text: object, style: str = "") -> Text:
    """Text as it is: no markup is read in it, and what cannot be seen, or a terminal would obey, is shown."""
    return Text(visible(str(text)), style=style)


def line(text: str, style: str = "") -> Text:
    """Text that stays on one line however long it is: a command, to be copied whole."""
    made = words(text, style)
    made.no_wrap, made.overflow = True, "ignore"
    return made


def grid(*rows: tuple[RenderableType, ...], gap: int = 2) -> Table:
    """Rows in columns without lines; the last column folds."""
    table = Table.grid(padding=(0, gap, 0, 0))
    for _ in range(len(rows[0]) - 1 if rows else 0):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


class Output:
    """Two streams, and whether a program reads the first."""

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out, self._err = _Stream(out or sys.stdout), _Stream(err or sys.stderr)

    def in_one_stream(self) -> Output:
        """The same screen for a person, with all that is said on standard output: for a story."""
        one = copy(self)
        one.as_json, one._err = False, self._out
        return one

    def show(self, *parts: RenderableType) -> None:
        """Show the result to a person; a program gets :meth:`result` instead."""
        if not self.as_json:
            for part in parts:
                self._out.print(part)

    def tell(self, *parts: RenderableType) -> None:
        """Say what is going on, beside the result."""
        for part in parts:
            self._err.print(part)

    def announce(self, text: str) -> None:
        """The first line of a verb: it is on the screen before anything slow begins."""
        self.tell(words(text, "dim"))

    def result(self, value: dict[str, Any]) -> None:
        """Print the one JSON object, where it is asked for."""
        if self.as_json:
            self.raw(visible_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n")

    def raw(self, text: str) -> None:
        """Write text to standard output as it is."""
        self._out.write(text)

    def problem(self, problem: Problem) -> None:
        """Say what went wrong, in three parts, where the reader looks for it."""
        self.result(problem.to_json())
        if not self.as_json:
            self.tell_problem(problem)

    def tell_problem(self, problem: Problem) -> None:
        """Say what went wrong, in three parts, beside the result."""
        head = Text("✖ ", "bold red").append_text(words(problem.where, "bold"))
        self.tell(head, grid((words(""), words(problem.said))), line(f"  Next: {problem.remedy}"))

    def failure(self) -> OSError | None:
        """Why standard output did not take all that was written to it, by this screen or past it, if it did not."""
        self._out.write("")
        return self._out.failure


@dataclass(frozen=True)
class _Shown:
    """Anything that is laid out, without a character that cannot be seen, however it came in."""

    part: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.part, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


class _Stream:
    """Where words go. With the first ``failure`` to write them, the rest is dropped."""

    def __init__(self, file: TextIO) -> None:
        if hasattr(file, "reconfigure"):
            file.reconfigure(errors="replace")
        self._file, self._console = file, _console(terminal=file.isatty())
        self.failure: OSError | None = None

    def print(self, part: RenderableType) -> None:
        """Write something that is laid out, without spaces at the ends of its lines."""
        if isinstance(part, Group):
            for inner in part.renderables:
                self.print(inner)
            return
        with self._console.capture() as captured:
            self._console.print(_Shown(part), soft_wrap=isinstance(part, Text) and bool(part.no_wrap))
        self.write(_TRAILING.sub("", captured.get()))

    def write(self, text: str) -> None:
        """Write text as it is, and flush it with whatever waits."""
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            self.failure = error
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())


def _console(*, terminal: bool) -> Console:
    """What lays words out; it writes nothing itself, so that there is one place where writing fails."""
    width = None if terminal else WIDTH_OF_A_FILE
    shown = True if terminal else None
    return Console(
        file=StringIO(), width=width, force_terminal=shown, highlight=False, markup=False, emoji=False, soft_wrap=False
    )
