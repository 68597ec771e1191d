"""Many mixed roles: what is remembered of one role's texts changes no finding of another."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import BASELINES, Selection
from sm_ssh_widget.requirements.observation import Observation
from tests.support.swept import observed_roles


def assessed(seen: Iterable[Observation], selection: Selection) -> dict[str, Assessment]:
    return {str(each.target.role): assess(selection, each) for each in seen}


@pytest.mark.parametrize("number", [60, pytest.param(2900, marks=pytest.mark.deep)])
@pytest.mark.parametrize("baseline", list(BASELINES))
def test_order_and_white_space_change_no_finding(number: int, baseline: str) -> None:
    """White space makes other texts of equal policies, of which nothing is remembered."""
    selection = Selection.of(baseline)
    found = assessed(observed_roles(number), selection)
    assert len(found) > number * 0.6
    shuffled = list(observed_roles(number))
    random.Random(1).shuffle(shuffled)
    assert assessed(shuffled, selection) == found
    assert assessed(observed_roles(number, spaces="\n"), selection) == found


def test_the_roles_are_as_mixed_as_those_of_an_account() -> None:
    found = assessed(observed_roles(300), Selection.of("classic")).values()
    kinds = {tuple((finding.id, finding.status) for finding in each.findings if finding.required) for each in found}
    assert len(kinds) >= 6
