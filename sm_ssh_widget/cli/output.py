"""Output: results to standard output, everything else to standard error; one JSON object with ``--json``.

A reader that closes the pipe (``| head``) only silences the screen: the command continues, with its exit code. The same
holds for a stream that cannot be written (a full disk), but lost output is reported at the end.
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
from sm_ssh_widget.requirements.wording import authorization_id
from sm_ssh_widget.visible import visible, visible_json

WIDTH_OF_A_FILE = 110
_TRAILING = re.compile(r"[ ]+$", re.MULTILINE)


def words(text: object, style: str = "") -> Text:
    """Return literal text: no markup, and invisible or control characters are displayed."""
    return Text(visible(str(text)), style=style)


def line(text: str, style: str = "") -> Text:
    """Return text that never wraps, such as a command to copy."""
    made = words(text, style)
    made.no_wrap, made.overflow = True, "ignore"
    return made


def grid(*rows: tuple[RenderableType, ...], gap: int = 2) -> Table:
    """Lay out rows in columns without lines; the last column wraps."""
    table = Table.grid(padding=(0, gap, 0, 0))
    for _ in range(len(rows[0]) - 1 if rows else 0):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def explanation_command(said: str) -> str:
    """Return the command that shows AWS's explanation of a denial; empty for a text without an authorization ID."""
    found = authorization_id(said)
    return f"sm-ssh-widget explain {found}" if found else ""


class Output:
    """Standard output and standard error, for a person or a program."""

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out, self._err = _Stream(out or sys.stdout), _Stream(err or sys.stderr)

    def in_one_stream(self) -> Output:
        """Return a screen for a person that writes everything to standard output, for the demo."""
        one = copy(self)
        one.as_json, one._err = False, self._out
        return one

    def show(self, *parts: RenderableType) -> None:
        """Show the result to a person; a program gets :meth:`result` instead."""
        if not self.as_json:
            for part in parts:
                self._out.print(part)

    def tell(self, *parts: RenderableType) -> None:
        """Show progress on standard error."""
        for part in parts:
            self._err.print(part)

    def announce(self, text: str) -> None:
        """Show the first line of a command, before anything slow starts."""
        self.tell(words(text, "dim"))

    def result(self, value: dict[str, Any]) -> None:
        """Print the JSON object, with ``--json`` only."""
        if self.as_json:
            self.raw(visible_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n")

    def raw(self, text: str) -> None:
        """Write text to standard output unchanged."""
        self._out.write(text)

    def problem(self, problem: Problem) -> None:
        """Show a problem to a person, or print it as JSON for a program."""
        self.result(problem.to_json())
        if not self.as_json:
            self.tell_problem(problem)

    def tell_problem(self, problem: Problem) -> None:
        """Show a problem in three parts on standard error."""
        head = Text("✖ ", "bold red").append_text(words(problem.where, "bold"))
        self.tell(head, grid((words(""), words(problem.said))), line(f"  Next: {problem.remedy}"))
        if command := explanation_command(problem.said):
            self.tell(line(f"  To see which policy denied it: {command}"))

    def failure(self) -> OSError | None:
        """Return the error of standard output, if any text written to it by anyone was lost."""
        self._out.write("")
        return self._out.failure


@dataclass(frozen=True)
class _Shown:
    """A rendered part with its invisible characters displayed."""

    part: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.part, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


class _Stream:
    """One stream. After the first ``failure`` the rest is dropped."""

    def __init__(self, file: TextIO) -> None:
        if hasattr(file, "reconfigure"):
            file.reconfigure(errors="replace")
        self._file, self._console = file, _console(terminal=file.isatty())
        self.failure: OSError | None = None

    def print(self, part: RenderableType) -> None:
        """Write a rendered part without trailing spaces."""
        if isinstance(part, Group):
            for inner in part.renderables:
                self.print(inner)
            return
        with self._console.capture() as captured:
            self._console.print(_Shown(part), soft_wrap=isinstance(part, Text) and bool(part.no_wrap))
        self.write(_TRAILING.sub("", captured.get()))

    def write(self, text: str) -> None:
        """Write text unchanged, and flush."""
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            self.failure = error
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())


def _console(*, terminal: bool) -> Console:
    """Create the console that renders text into memory, so that writing fails in one place only."""
    width = None if terminal else WIDTH_OF_A_FILE
    shown = True if terminal else None
    return Console(
        file=StringIO(), width=width, force_terminal=shown, highlight=False, markup=False, emoji=False, soft_wrap=False
    )
