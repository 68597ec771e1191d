"""Makes the catalog of a language: its keys from the sources, its texts by a function."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.language.extraction import front_end_texts, python_texts


def catalog(translate: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Every text of the wizard with its translation."""
    parts = {"texts": python_texts(), "front_end": front_end_texts()}
    return {part: {text: translate(text) for text in sorted(texts)} for part, texts in parts.items()}


def written(place: Path, translate: Callable[[str], str]) -> Path:
    """Write the catalog to a file."""
    place.write_text(json.dumps(catalog(translate), ensure_ascii=False, indent=1), encoding="utf-8")
    return place
