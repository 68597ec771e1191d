"""How many examples a property is tried with: always the same few, or with ``SM_SSH_WIDGET_DEEP`` many at random."""

from __future__ import annotations

import os

from hypothesis import settings

DEEP = "SM_SSH_WIDGET_DEEP"
MANY = 2000

settings.register_profile("default", derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=MANY, deadline=None, print_blob=True)


def load_profile() -> None:
    """Choose the profile; what a deep run finds is committed as an ``@example``."""
    settings.load_profile("deep" if os.environ.get(DEEP) else "default")


def examples(number: int) -> int:
    """``number``, and in a deep run as many as that takes."""
    return max(number, MANY) if os.environ.get(DEEP) else number
