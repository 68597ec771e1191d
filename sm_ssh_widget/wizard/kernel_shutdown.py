"""End with the kernel: the change in progress is finished and journaled first, and no other one begins.

This cannot wait for the interpreter's own end: by then no thread can be started, and a write may need one.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

from IPython import get_ipython


def before_the_end(finish: Callable[[], None]) -> None:
    """Call ``finish``, a method, before this kernel, or where there is none this process, ends.

    Its object is not kept alive: a wizard that was closed is freed, and one that writes is held by its thread.
    """
    kept = WeakMethod(finish)

    def finished() -> None:
        if call := kept():
            call()

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        atexit.register(finished)
        return
    shut_down = kernel.do_shutdown

    def patient(restart: bool) -> Any:
        finished()
        return shut_down(restart)

    kernel.do_shutdown = patient
