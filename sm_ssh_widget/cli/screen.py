"""Where words go: results to standard output, all else to standard error; one JSON object where it is asked for.

A reader that goes away (``| head``) silences the screen and nothing else: the work goes on, and so does the exit code.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import IO, Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sm_ssh_widget.problem import Problem

WIDTH_OF_A_FILE = 110
_TRAILING = re.compile(r"[ ]+$", re.MULTILINE)
_CONTROL = {code: "�" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def words(text: object, style: str = "") -> Text:
    """Text as it is: no markup is read in it, and no control character of it reaches the terminal."""
    return Text(str(text).translate(_CONTROL), style=style)


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


class Screen:
    """Two streams, and whether a program reads the first. ``err`` may be ``out``, for a story in one stream."""

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out, self._err = _console(out or sys.stdout), _console(err or sys.stderr)

    def show(self, *parts: RenderableType) -> None:
        """Show the result to a person; a program gets :meth:`result` instead."""
        if not self.as_json:
            for part in parts:
                _print(self._out, part)

    def tell(self, *parts: RenderableType) -> None:
        """Say what is going on, beside the result."""
        for part in parts:
            _print(self._err, part)

    def announce(self, text: str) -> None:
        """The first line of a verb: it is on the screen before anything slow begins."""
        self.tell(words(text, "dim"))

    def result(self, value: dict[str, Any]) -> None:
        """Print the one JSON object, where it is asked for."""
        if self.as_json:
            self.raw(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def raw(self, text: str) -> None:
        """Write text to standard output as it is."""
        _write(self._out.file, text)

    def problem(self, problem: Problem) -> None:
        """Say what went wrong, in three parts, where the reader looks for it."""
        self.result(problem.to_json())
        if not self.as_json:
            head = Text("✖ ", "bold red").append_text(words(problem.where, "bold"))
            self.tell(head, grid((words(""), words(problem.said))), line(f"  Next: {problem.next}"))


def _print(console: Console, part: RenderableType) -> None:
    if isinstance(part, Group):
        for inner in part.renderables:
            _print(console, inner)
        return
    with console.capture() as captured:
        console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))
    _write(console.file, _TRAILING.sub("", captured.get()))


def _write(stream: IO[str], text: str) -> None:
    """Write and flush; once the reader is gone, what is written is dropped and the work goes on."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _console(stream: TextIO) -> Console:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() else WIDTH_OF_A_FILE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)
