"""Texts in other languages that exports are made of, each a file of its own, so that tests run what is handed over."""

from __future__ import annotations

from importlib.resources import files


def read(name: str) -> str:
    """The text of a file beside this module."""
    return files(__name__).joinpath(name).read_text("utf-8")
