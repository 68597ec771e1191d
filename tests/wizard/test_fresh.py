"""Which buttons of the plain view have just appeared, and when they can be used; no time passes here."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import pytest

from sm_ssh_widget.wizard.fresh import FRESH_SECONDS, FreshButtons

Timers = list[Callable[[], None]]


@pytest.fixture
def timers() -> Timers:
    return []


@pytest.fixture
def fresh(timers: Timers) -> FreshButtons:
    def later(seconds: float, call: Callable[[], None]) -> None:
        assert seconds == FRESH_SECONDS
        timers.append(call)

    return FreshButtons(later)


def told(fresh: FreshButtons, *ids: str) -> set[str]:
    return {each for each in ids if fresh.is_fresh(each)}


def test_the_first_view_can_be_used_at_once(fresh: FreshButtons, timers: Timers) -> None:
    fresh.show(frozenset("ab"))
    assert (told(fresh, "a", "b"), timers) == (set(), [])


def test_what_appears_is_fresh_until_its_own_time_is_over(fresh: FreshButtons, timers: Timers) -> None:
    fresh.show(frozenset("a"))
    fresh.show(frozenset("ab"))
    fresh.show(frozenset("abc"))
    assert told(fresh, "a", "b", "c") == {"b", "c"}
    timers[0]()
    assert told(fresh, "a", "b", "c") == {"c"}
    timers[1]()
    assert told(fresh, "a", "b", "c") == set()
    fresh.show(frozenset("abc"))
    assert len(timers) == 2, "what is settled stays so"


def test_what_went_and_came_back_is_fresh_again_and_waits_from_then_on(fresh: FreshButtons, timers: Timers) -> None:
    fresh.show(frozenset("a"))
    fresh.show(frozenset("b"))
    fresh.show(frozenset("a"))
    fresh.show(frozenset("b"))
    timers[0]()
    assert told(fresh, "b") == {"b"}, "the time of its first appearance is not its own"
    timers[2]()
    assert told(fresh, "b") == set()


def test_a_button_is_enabled_when_it_is_still_there(fresh: FreshButtons, timers: Timers) -> None:
    stays, closed, gone = (ipywidgets.Button(disabled=True) for _ in range(3))
    fresh.show(frozenset())
    fresh.show(frozenset("abc"))
    for name, button in zip("abc", (stays, closed, gone), strict=True):
        fresh.wait(name, button)
    closed.close()
    fresh.show(frozenset("ab"))
    timers[0]()
    assert [stays.disabled, closed.disabled, gone.disabled] == [False, True, True]


def test_nothing_is_known_once_it_is_forgotten(fresh: FreshButtons, timers: Timers) -> None:
    fresh.show(frozenset("a"))
    fresh.show(frozenset("b"))
    fresh.forget()
    timers[0]()
    fresh.show(frozenset("c"))
    assert told(fresh, "b", "c") == set()
