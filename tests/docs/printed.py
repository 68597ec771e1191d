"""What README and docs take from the program: file, markers (none: the whole file), and the text that belongs there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from sm_ssh_widget.cli.commands.docs import changes_markdown, commands_markdown, summary_markdown
from sm_ssh_widget.cli.options import PROGRAM
from sm_ssh_widget.cli.verbs import verbs
from sm_ssh_widget.export import lifecycle_guide, permissions_markdown
from tests.docs.imports import imports_markdown
from tests.docs.operations import operations_markdown
from tests.docs.schema_table import schemas_markdown
from tests.front_ends.seen import pictures_markdown, runs_markdown
from tests.release.studio_images import images_markdown

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Printed:
    """A part of a file that the program prints. Without a ``marker`` it is the whole file."""

    file: str
    marker: str
    render: Callable[[], str]

    @property
    def path(self) -> Path:
        """The file in this checkout."""
        return ROOT / self.file

    def current(self) -> str:
        """The text of the part as it stands in the file."""
        if not self.path.exists():
            return ""
        text = self.path.read_text("utf-8")
        if not self.marker:
            return text.strip()
        return text.partition(f"<!-- {self.marker} -->")[2].partition(f"<!-- /{self.marker} -->")[0].strip()

    def refreshed(self) -> str:
        """The whole file with the part as the program prints it now."""
        if not self.marker:
            return self.render().strip() + "\n"
        text = self.path.read_text("utf-8")
        start, end = f"<!-- {self.marker} -->", f"<!-- /{self.marker} -->"
        before, _, rest = text.partition(start)
        return f"{before}{start}\n{self.render().strip()}\n{end}{rest.partition(end)[2]}"


def _root() -> click.Context:
    return click.Context(verbs, info_name=PROGRAM, **verbs.context_settings)


PARTS = (
    Printed("README.md", "summary", summary_markdown),
    Printed("docs/changes.md", "", changes_markdown),
    Printed("docs/cli.md", "", lambda: commands_markdown(_root())),
    Printed("docs/permissions.md", "", permissions_markdown),
    Printed("docs/automation.md", "schemas", schemas_markdown),
    Printed("docs/front-ends.md", "runs", runs_markdown),
    Printed("docs/front-ends.md", "pictures", pictures_markdown),
    Printed("docs/front-ends.md", "images", images_markdown),
    Printed("docs/studio.md", "lifecycle", lambda: lifecycle_guide("AROAEXAMPLEID:jane", "eu-west-1")),
    Printed("docs/architecture.md", "imports", imports_markdown),
    Printed("docs/simulator.md", "operations", operations_markdown),
)
