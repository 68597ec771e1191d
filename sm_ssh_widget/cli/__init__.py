"""Command line: the stages of the pipeline as commands, with text for a person or one JSON object for a program.

No command imports the AWS SDK before it has announced what it does.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

__all__ = ["main"]

_STOPPED = 130
_COLLECT_AFTER = 200_000
"""Objects made before Python looks for cycles; its own 700 costs an audit of many roles a tenth of its time."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Console script: run a command and exit with its code."""
    gc.set_threshold(_COLLECT_AFTER)
    given = list(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    try:
        # Imported here, so that Ctrl-C is handled even during the slow imports.
        from sm_ssh_widget.cli.boundary import leave, run  # noqa: PLC0415
        from sm_ssh_widget.cli.interrupts import noticed_while_waiting  # noqa: PLC0415
        from sm_ssh_widget.cli.output import Output  # noqa: PLC0415
        from sm_ssh_widget.cli.verbs import verbs  # noqa: PLC0415

        screen = Output(as_json="--json" in given)
        with noticed_while_waiting():
            code = leave(run(verbs, given, screen), screen)
    except KeyboardInterrupt:
        code = _STOPPED
    if code == _STOPPED:
        _leave_at_once()
    sys.exit(code)


def _open_closed_streams() -> None:
    """Replace closed streams (``>&-``) by the null device, so that no file that we open gets their descriptor."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # stays open until exit


def _leave_at_once() -> NoReturn:
    """Exit without waiting for threads that still wait for AWS: Ctrl-C must work at once."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(_STOPPED)
