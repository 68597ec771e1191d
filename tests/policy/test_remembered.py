"""Results of texts are made once, dropped oldest first above their size, and never mixed up."""

from __future__ import annotations

import pytest

from sm_ssh_widget.policy.remembered import RememberedTexts


class Maker:
    """Counts what it makes."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, text: str) -> str:
        self.made.append(text)
        return text.upper()


def test_a_text_is_made_once_for_each_key() -> None:
    kept, make = RememberedTexts[str](100), Maker()
    assert [kept.get("a", "x", make), kept.get("a", "x", make), kept.get("b", "x", make), kept.get("a", "y", make)] == [
        "X", "X", "X", "Y",
    ]  # fmt: skip
    assert make.made == ["x", "x", "y"]
    assert len(kept) == 3


def test_above_its_size_what_was_asked_for_longest_ago_is_dropped() -> None:
    kept, make = RememberedTexts[str](10), Maker()
    for text in ("aaaa", "bbbb", "aaaa", "cc"):
        kept.get("", text, make)
    assert len(kept) == 3, "ten characters fit"
    kept.get("", "d", make)
    kept.get("", "aaaa", make)
    assert make.made == ["aaaa", "bbbb", "cc", "d"], "the second was dropped, not the first: it was asked for again"
    kept.get("", "bbbb", make)
    assert make.made[-1] == "bbbb"


def test_a_text_that_does_not_fit_is_made_each_time_and_drops_nothing() -> None:
    kept, make = RememberedTexts[str](3), Maker()
    kept.get("", "abc", make)
    assert [kept.get("", "long text", make) for _ in range(2)] == ["LONG TEXT"] * 2
    kept.get("", "abc", make)
    assert make.made == ["abc", "long text", "long text"]


def test_an_error_is_raised_again() -> None:
    kept = RememberedTexts[str](10)

    def fail(text: str) -> str:
        raise ValueError(text)

    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            kept.get("", "x", fail)
    assert len(kept) == 0
