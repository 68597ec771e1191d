"""The picture: each edge is drawn by the worst of its findings, and a plan turns what it adds green."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.pipeline import Report, Selection
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.wizard.screens.picture import EDGES, FACETS, picture
from tests.changes.story import whole_plan
from tests.support.observations import observation


def drawn(*findings: Finding) -> Report:
    seen, selection = observation(), Selection()
    return Report(selection, seen, replace(assess(selection, seen), findings=findings))


def finding(name: str, status: FindingStatus) -> Finding:
    return Finding(name, "1", True, status, "", "T", "F.", "C.", "R.")


def test_every_requirement_of_the_guide_stands_in_the_picture() -> None:
    report = drawn()
    known = {requirement.id for requirement in report.selection.requirements if report.selection.requires(requirement)}
    shown = {name for line in (*EDGES, *FACETS) for name in line.findings}
    assert known <= shown


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        (FindingStatus.SATISFIED, "ok", "in place"),
        (FindingStatus.SATISFIED_OTHERWISE, "ok", "in place"),
        (FindingStatus.MISSING, "missing", "missing"),
        (FindingStatus.BLOCKED, "blocked", "blocked"),
        (FindingStatus.UNKNOWN, "unknown", "not known"),
        (FindingStatus.NOT_APPLICABLE, "unknown", "not known"),
    ],
)
def test_an_edge_is_drawn_by_its_finding_and_said_in_words(status: FindingStatus, state: str, word: str) -> None:
    edge = picture(drawn(finding("trust.ssm", status))).edges[2]
    assert (edge.state, edge.row) == (state, "trust.ssm")
    assert edge.aloud == f"identity: Systems Manager can use the role, {word}"


def test_the_worst_finding_decides() -> None:
    report = drawn(
        finding("role.sagemaker-ssm-policy", FindingStatus.SATISFIED),
        finding("role.registrable", FindingStatus.BLOCKED),
    )
    (facet,) = picture(report).facets
    assert (facet.label, facet.state, facet.row, facet.at) == ("Registers", "blocked", "role.registrable", 2)


def test_what_nobody_judged_is_not_known() -> None:
    assert {edge.state for edge in picture(drawn()).edges} == {"unknown"}
    assert picture(drawn()).facets == ()


def test_what_a_plan_adds_is_new_and_what_it_leaves_stays() -> None:
    plan = whole_plan()
    report = drawn(
        finding("trust.ssm", FindingStatus.MISSING),
        finding("ssm.tier", FindingStatus.MISSING),
        finding("trust.sagemaker", FindingStatus.BLOCKED),
    )
    only = replace(plan, changes=tuple(change for change in plan.changes if change.finding == "trust.ssm"))
    seen = picture(report, only)
    assert seen.edges[2].state == "new"
    assert seen.edges[3].state == "blocked"
    assert [facet.state for facet in seen.facets] == ["missing"]
