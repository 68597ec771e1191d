"""Audit files compared as what they tell: texts in place of numbers, no times, any order of lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = Any

_OF_A_RUN = ("started", "scp", "calls", "seconds", "throttled", "waited", "endpoint")


def told_by(path: Path) -> list[str]:
    """The lines of a file except its texts, each with its texts, sorted."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    texts = {line["id"]: line["fact"] + line["status"] for line in lines if line["kind"] == "text"}
    return sorted(json.dumps(_told(line, texts), sort_keys=True) for line in lines if line["kind"] != "text")


def _told(line: dict[str, Json], texts: dict[int, str]) -> Json:
    made = {key: value for key, value in line.items() if key not in _OF_A_RUN}
    for key in ("cells", "trusts"):
        if key in made:
            made[key] = {name: texts[number] for name, number in made[key].items()}
    if "elsewhere" in made:
        made["elsewhere"] = {
            region: {name: texts[number] for name, number in cells.items()}
            for region, cells in made["elsewhere"].items()
        }
    if "caveats" in made:
        made["caveats"] = [texts[number] for number in made["caveats"]]
    return made
