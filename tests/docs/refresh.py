"""Put into README and docs what the program prints of itself. ``make docs`` runs this.

Usage: python -m tests.docs.refresh
"""

from __future__ import annotations

from tests.docs.printed import PARTS

if __name__ == "__main__":
    for part in PARTS:
        part.path.write_text(part.refreshed(), "utf-8")
