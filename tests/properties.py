"""How many examples a property is tried with: always the same few, or in a deep run many at random."""

from __future__ import annotations

import os

from hypothesis import settings

PROFILE = "SM_SSH_WIDGET_HYPOTHESIS"
"""Names the profile: ``default``, or ``deep``, as ``make deep`` does."""
MANY = 2000

settings.register_profile("default", derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=MANY, deadline=None, print_blob=True)


def load_profile() -> None:
    """Choose the profile; what a deep run finds is committed as an ``@example``."""
    settings.load_profile(_chosen())


def examples(number: int) -> int:
    """``number``, and in a deep run as many as that takes."""
    return max(number, MANY) if _chosen() == "deep" else number


def _chosen() -> str:
    return os.environ.get(PROFILE) or "default"
