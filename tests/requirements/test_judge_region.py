"""What is set up per account and Region, and the length of the role's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judge_region import FACTS, host_management, registrable
from sm_ssh_widget.requirements.needs import FactNeed
from sm_ssh_widget.requirements.observation import Known, Nodes
from tests.support.observations import observation


@pytest.mark.parametrize(
    ("length", "status"), [(64, FindingStatus.SATISFIED), (65, FindingStatus.BLOCKED)], ids=["64", "65"]
)
def test_path_and_name_have_64_characters_at_most(length: int, status: FindingStatus) -> None:
    path = "service-role/"
    role = PrincipalArn.parse(f"arn:aws:iam::123456789012:role/{path}{'r' * (length - len(path))}")
    seen = observation()
    found = registrable(replace(seen, target=replace(seen.target, role=role)))
    assert found.status is status
    assert "64 characters" in found.fact
    assert bool(found.remedy) is (status is FindingStatus.BLOCKED)


def test_a_path_that_is_not_known_leaves_it_unknown() -> None:
    seen = observation()
    found = registrable(replace(seen, target=replace(seen.target, role=replace(seen.target.role, path=None))))
    assert found.status is FindingStatus.UNKNOWN
    assert "iam:GetRole" in found.remedy


@pytest.mark.parametrize(
    ("nodes", "status"),
    [
        (Nodes(3, 3, 3), FindingStatus.MISSING),
        (Nodes(3, 3, 2), FindingStatus.SATISFIED_OTHERWISE),
        (Nodes(0, 1), FindingStatus.SATISFIED_OTHERWISE),
        (Nodes(3, 0), FindingStatus.MISSING),
    ],
)
def test_the_nodes_of_ssh_helper_say_nothing_of_host_management(nodes: Nodes, status: FindingStatus) -> None:
    found = host_management(observation(nodes=Known(nodes)), chosen=True)
    assert found.status is status
    if status is FindingStatus.SATISFIED_OTHERWISE:
        assert found.fact.startswith("1 managed node is online")


def test_every_fact_that_is_needed_has_a_judge_and_no_judge_is_left_over() -> None:
    needs = (requirement.need for baseline in BASELINES.values() for requirement in baseline.requirements)
    assert {need.judge for need in needs if isinstance(need, FactNeed)} == FACTS.keys()
