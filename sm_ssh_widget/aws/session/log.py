"""The log of this package, for who asked to see it: what was read, how long it took, and what was tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sm_ssh_widget.aws.session.redact import SecretFilter

PACKAGE = "sm_ssh_widget"


class _Lines(logging.Handler):
    """Gives each record to ``tell`` as a line."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Give one record away."""
        self._tell(self.format(record))


@contextmanager
def showing_log(tell: Callable[[str], None]) -> Iterator[None]:
    """Give every record of this package to ``tell``, a line each, with every secret in it masked."""
    log, handler = logging.getLogger(PACKAGE), _Lines(tell)
    handler.addFilter(SecretFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.setLevel(before)
        log.removeHandler(handler)
