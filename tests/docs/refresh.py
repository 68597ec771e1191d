"""Put into the README what the program prints of itself. ``make readme`` runs this.

Usage: python -m tests.docs.refresh
"""

from __future__ import annotations

from sm_ssh_widget.cli.documenting import changes_markdown
from tests.docs.test_readme import END, README, START

if __name__ == "__main__":
    text = README.read_text("utf-8")
    before, _, rest = text.partition(START)
    README.write_text(f"{before}{START}\n{changes_markdown().strip()}\n{END}{rest.partition(END)[2]}", "utf-8")
