"""README and docs: what the program prints of itself is current, every link leads somewhere, and no page grows long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.printed import PARTS, ROOT, Printed

README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
_LINK = re.compile(r"(?:\[[^\]]*\]\(|<img src=\")([^)\"]+)")


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part.file}:{part.marker}")
def test_what_the_program_prints_is_current(part: Printed) -> None:
    assert part.current() == part.render().strip(), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in _LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in _anchors(target), f"{page.name}: {link}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_two_screens() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 150


def test_the_way_without_make_is_one_line() -> None:
    text = README.read_text("utf-8").partition("<!-- no-make -->")[2].partition("<!-- /no-make -->")[0]
    lines = [line for line in text.strip().splitlines() if "```" not in line]
    assert len(lines) == 1
    assert lines[0].endswith("sm-ssh-widget demo --terminal")


def test_every_room_is_on_the_map() -> None:
    package = ROOT / "sm_ssh_widget"
    rooms = {path.name for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    text = README.read_text("utf-8")
    assert [room for room in sorted(rooms) if f"{room}/`" not in text] == []
