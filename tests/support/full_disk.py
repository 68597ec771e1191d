"""A disk on which no file passes a size, as if it were full."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""Python takes no notice of a short write of a compiled module: every later import of it would fail."""


@contextmanager
def full_disk(size: int | None) -> Iterator[None]:
    """Let no file pass ``size`` bytes; None: as it is."""
    if size is None:
        yield
        return
    limits, compiles_no_module = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        sys.dont_write_bytecode = compiles_no_module
