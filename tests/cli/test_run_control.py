"""Ctrl-C during a run: asked to stop once, stopped at the second press, whatever the program was doing."""

from __future__ import annotations

import io
import signal

import pytest

from sm_ssh_widget.cli.output import Output, words
from sm_ssh_widget.cli.run_control import stoppable


class PressedInTheMiddle(io.RawIOBase):
    """A terminal where Ctrl-C arrives while the first line is written."""

    def __init__(self) -> None:
        self.shown = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        data = bytes(data)
        first, self.shown = not self.shown, self.shown + data
        if first:
            signal.raise_signal(signal.SIGINT)
        return len(data)


def test_ctrl_c_in_the_middle_of_a_line() -> None:
    terminal = PressedInTheMiddle()
    buffered = io.BufferedWriter(terminal)  # type: ignore[type-var]  # typeshed wants what it never calls
    screen = Output(err=io.TextIOWrapper(buffered, encoding="utf-8"))
    with stoppable(screen) as stop:
        assert not stop()
        screen.tell(words("[1/5] done"))
        assert stop()
        screen.tell(words("[1/5] recorded"))
    told = terminal.shown.decode().splitlines()
    assert sorted(told) == [
        "Stopping before the next change. Press Ctrl-C again to stop now.",
        "[1/5] done",
        "[1/5] recorded",
    ]


def press_twice(screen: Output) -> None:
    with stoppable(screen) as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop()
        signal.raise_signal(signal.SIGINT)


def test_the_second_ctrl_c_stops_at_once_and_the_handler_of_before_is_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    shown = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        press_twice(Output(err=shown))
    assert signal.getsignal(signal.SIGINT) is before
    assert shown.getvalue() == "Stopping before the next change. Press Ctrl-C again to stop now.\n"


def test_nothing_is_told_where_nobody_pressed() -> None:
    shown = io.StringIO()
    with stoppable(Output(err=shown)) as stop:
        assert not stop()
    assert shown.getvalue() == ""
