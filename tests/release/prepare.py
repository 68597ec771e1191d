"""Write the version everywhere that is not its one place, and the bill of materials.

The one place is ``sm_ssh_widget/version.py``. Run ``make labextension`` afterwards: the bundle names the version too.

Usage: python -m tests.release.prepare
"""

from __future__ import annotations

import re

from sm_ssh_widget.version import VERSION
from tests.release.materials import MATERIALS, ROOT, materials

PACKAGE = ROOT / "labextension" / "package.json"


def with_version(text: str) -> str:
    """Return the text of ``package.json`` with the version of the program."""
    return re.sub(r'^  "version": "[^"]*"', f'  "version": "{VERSION}"', text, count=1, flags=re.MULTILINE)


if __name__ == "__main__":
    PACKAGE.write_text(with_version(PACKAGE.read_text("utf-8")), "utf-8")
    MATERIALS.write_text(materials(), "utf-8")
