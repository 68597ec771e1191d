"""A language pack of JupyterLab in the pseudo-language, as a translator would install one."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.browser.lab.environments import ROOT
from tests.language.pseudo import pseudo

LOCALE = "ach_UG"  # what JupyterLab takes for a pseudo-language
NAME = f"jupyterlab_language_pack_{LOCALE}"
TRANSLATION = "@jupyterlab/translation-extension/plugin.jupyterlab-settings"
_TEXT = re.compile(r"""trans\.__\(\s*(['"])(.*?)\1""", re.DOTALL)


def tile_texts() -> frozenset[str]:
    """The texts of the labextension, as its sources have them; those that are put together are left out."""
    sources = (ROOT / "labextension" / "src").glob("*.ts")
    return frozenset(found[2] for source in sources for found in _TEXT.finditer(source.read_text("utf-8")))


def write_pack(place: Path, lacking: str) -> None:
    """Write the pack below ``place``, which belongs on the Python path; the text ``lacking`` is not in it."""
    catalog: dict[str, object] = {text: [pseudo(text)] for text in tile_texts() - {lacking}}
    catalog[""] = {
        "domain": "sm_ssh_widget",
        "language": LOCALE.replace("_", "-"),
        "plural_forms": "nplurals=2; plural=(n != 1);",
    }
    messages = place / NAME / "locale" / LOCALE / "LC_MESSAGES"
    messages.mkdir(parents=True)
    (place / NAME / "__init__.py").touch()
    (messages / "sm_ssh_widget.json").write_text(json.dumps(catalog), "utf-8")
    about = place / f"{NAME}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[jupyterlab.languagepack]\n{LOCALE} = {NAME}\n")


def choose(home: Path) -> None:
    """Set JupyterLab to the language, as its Settings menu does."""
    settings = home / "settings" / TRANSLATION
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"locale": LOCALE}))
