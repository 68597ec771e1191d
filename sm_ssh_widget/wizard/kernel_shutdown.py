"""End with the kernel: the change in progress is finished and journaled first, and no other one begins.

This cannot wait for the interpreter's own end: by then no thread can be started, and a write may need one.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any

from IPython import get_ipython


def before_the_end(finish: Callable[[], None]) -> None:
    """Call ``finish`` before this kernel, or where there is none this process, ends."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        atexit.register(finish)
        return
    shut_down = kernel.do_shutdown

    def patient(restart: bool) -> Any:
        finish()
        return shut_down(restart)

    kernel.do_shutdown = patient
