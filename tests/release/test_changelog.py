"""The changelog follows Keep a Changelog, and a release that is not described is stopped."""

from __future__ import annotations

import pytest

from tests.release.changelog import CHANGELOG, SECTIONS, UNRELEASED, Entry, entries, obstacles

SAMPLE = """# Changelog

## Unreleased

## 1.1.0 - 2026-11-30

### Fixed
- One thing.

## 1.0.0 - 2026-01-02

### Added
- Another.
"""


def test_ours_is_one() -> None:
    found = entries(CHANGELOG.read_text())
    assert found[0].version == UNRELEASED
    dates = [entry.date for entry in found[1:]]
    assert dates == sorted(dates, reverse=True)
    for entry in found:
        assert set(entry.sections) <= set(SECTIONS)
        assert len(set(entry.sections)) == len(entry.sections)


def test_it_is_read_version_by_version() -> None:
    assert entries(SAMPLE) == (
        Entry("Unreleased", "", ""),
        Entry("1.1.0", "2026-11-30", "### Fixed\n- One thing."),
        Entry("1.0.0", "2026-01-02", "### Added\n- Another."),
    )
    assert entries(SAMPLE)[2].sections == ("Added",)


@pytest.mark.parametrize("heading", ["## 1.0", "## [1.0.0] - 2026-01-02", "## 1.0.0 - January", "## Next"])
def test_another_heading_is_refused(heading: str) -> None:
    with pytest.raises(ValueError, match="heading"):
        entries(SAMPLE.replace("## 1.0.0 - 2026-01-02", heading))


def test_a_described_release_can_be_made() -> None:
    assert list(obstacles("v1.1.0", SAMPLE, "1.1.0")) == []
    assert list(obstacles("v1.1.0", SAMPLE.replace("## Unreleased\n", ""), "1.1.0")) == []


@pytest.mark.parametrize(
    ("tag", "text", "version", "said"),
    [
        ("v1.2.0", SAMPLE, "1.1.0", "The tag is v1.2.0"),
        ("1.1.0", SAMPLE, "1.1.0", "The tag is 1.1.0"),
        ("v1.2.0", SAMPLE, "1.2.0", "no entry for 1.2.0"),
        ("v1.1.0", SAMPLE.replace("### Fixed\n- One thing.", ""), "1.1.0", "no entry for 1.1.0"),
        (
            "v1.1.0",
            SAMPLE.replace("## Unreleased", "## Unreleased\n\n### Added\n- More."),
            "1.1.0",
            "still has entries",
        ),
    ],
)
def test_anything_else_stands_in_the_way(tag: str, text: str, version: str, said: str) -> None:
    (found,) = obstacles(tag, text, version)
    assert said in found
