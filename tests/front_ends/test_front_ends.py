"""The wizard in each front end; and what the page says of it is what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.front_ends.front_ends import FRONT_ENDS, FrontEnd
from tests.front_ends.seen import PICTURES, kept
from tests.front_ends.walks import Visit

PAGE = Path(__file__).parents[2] / "docs" / "front-ends.md"
LARGEST = 120_000  # bytes of a picture


@pytest.mark.browser
@pytest.mark.deep
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("front_end", FRONT_ENDS, ids=lambda each: each.name)
def test_the_wizard_works_in(front_end: FrontEnd, browser: Browser, tmp_path: Path) -> None:
    front_end.walk(Visit(browser, front_end.environment(), tmp_path, picture=lambda page, top: None))


def test_each_front_end_ran() -> None:
    assert [*kept()] == [each.name for each in FRONT_ENDS]
    for name, seen in kept().items():
        assert all(seen["versions"].values()), name


def test_pictures_are_small_and_shown() -> None:
    page = PAGE.read_text("utf-8")
    pictures = [*PICTURES.iterdir()]
    assert len(pictures) > 4
    for picture in pictures:
        assert picture.stat().st_size < LARGEST, picture
        assert f"front-ends/{picture.name}" in page
