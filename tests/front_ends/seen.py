"""What the last run of each front end saw: kept in ``seen.json`` and as pictures, printed in docs/front-ends.md."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tests.browser.lab.environments import ROOT, Environment
from tests.front_ends.front_ends import FRONT_ENDS, FrontEnd

KEPT = Path(__file__).with_name("seen.json")
PICTURES = ROOT / "notebooks" / "images" / "front-ends"
_ASK = """import json, platform, sys
from importlib.metadata import version
print(json.dumps([platform.python_version(), *map(version, sys.argv[1:])]))"""


def keep(front_end: FrontEnd, environment: Environment, today: date) -> None:
    """Note that it ran today, and with which versions."""
    seen = {**kept(), front_end.name: {"on": today.isoformat(), "versions": _versions(front_end, environment)}}
    ordered = {each.name: seen[each.name] for each in FRONT_ENDS if each.name in seen}
    KEPT.write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")


def kept() -> Mapping[str, Any]:
    """What was noted, by the front end's name."""
    return dict(json.loads(KEPT.read_text("utf-8"))) if KEPT.exists() else {}


def _versions(front_end: FrontEnd, environment: Environment) -> Mapping[str, str]:
    command = (str(environment.python), "-c", _ASK, *front_end.packages)
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return dict(zip(("Python", *front_end.packages), said, strict=True))


def runs_markdown() -> str:
    """Each front end with its versions, and what was seen there."""
    lines = ["| Front end | Ran | With | Seen |", "|---|---|---|---|"]
    for each in FRONT_ENDS:
        seen = kept()[each.name]
        versions = ", ".join(f"{name} {version}" for name, version in seen["versions"].items())
        lines.append(f"| {each.title} | {seen['on']} | {versions} | {each.seen}. |")
    return "\n".join(lines) + "\n"


def pictures_markdown() -> str:
    """The pictures, two in a row."""
    shown = (
        f'<img src="../notebooks/images/front-ends/{each.name}.webp" width="49%" alt="{each.alt}">'
        for each in FRONT_ENDS
        if (PICTURES / f"{each.name}.webp").exists()
    )
    return "\n".join(shown) + "\n"
