"""The face in a terminal: the verbs of the pipeline, in words for a person or as one JSON object for a program.

Nothing here imports the AWS SDK before a verb has said what it is about to do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

__all__ = ["main"]

_STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: run a verb and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    try:
        # Imported here, so that Ctrl-C finds somebody who answers from the very start.
        from sm_ssh_widget.cli.boundary import leave, run  # noqa: PLC0415
        from sm_ssh_widget.cli.output import Output  # noqa: PLC0415

        screen = Output(as_json="--json" in given)
        code = leave(run(given, screen), screen)
    except KeyboardInterrupt:
        code = _STOPPED
    if code == _STOPPED:
        _leave_at_once()
    sys.exit(code)


def _open_closed_streams() -> None:
    """Whoever closed a stream (``>&-``) wants nothing from it, and no file of ours may come to stand in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # open until the end


def _leave_at_once() -> NoReturn:
    """End without waiting for threads that still wait for AWS: whoever stops it wants it stopped."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(_STOPPED)
