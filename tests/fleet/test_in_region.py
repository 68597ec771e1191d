"""A row in one Region, and in all of them: the worst finding of each requirement counts."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.in_region import cells_in, row_in
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict, Standing
from tests.fleet.audits import BLOCKED, MET, MISSING, REGION, UNKNOWN, audit, row

OTHER = "us-east-1"


def two_regions() -> tuple[Audit, RoleRow]:
    """A role that lacks the trust in one Region, and something blocked and unknown in the other one."""
    found = audit({})
    first = row("A", {"trust.ssm": MISSING, "role.registrable": MET, "role.capabilities": MET}, found.table)
    second = row("A", {"trust.ssm": MET, "role.registrable": BLOCKED, "role.capabilities": UNKNOWN}, found.table)
    merged = first.and_elsewhere(OTHER, replace(second, trusts={OTHER: second.cells["trust.ssm"]}))
    found.rows.append(merged)
    return found, merged


def test_the_cells_of_a_region_are_its_own() -> None:
    found, both = two_regions()
    here, there = cells_in(found, both, REGION), cells_in(found, both, OTHER)
    status = {
        region: {name: found.table.texts[number]["status"] for name, (number, _) in cells.items()}
        for region, cells in ((REGION, here), (OTHER, there))
    }
    assert status[REGION] == {"trust.ssm": "missing", "role.registrable": "satisfied", "role.capabilities": "satisfied"}
    assert status[OTHER] == {"trust.ssm": "satisfied", "role.registrable": "blocked", "role.capabilities": "unknown"}
    assert {region for _, region in there.values()} == {OTHER}


def test_of_all_regions_the_worst_cell_counts_and_names_its_region() -> None:
    found, both = two_regions()
    told = {
        name: (found.table.texts[number]["status"], place) for name, (number, place) in cells_in(found, both).items()
    }
    assert told == {
        "trust.ssm": ("missing", REGION),
        "role.registrable": ("blocked", OTHER),
        "role.capabilities": ("unknown", OTHER),
    }


def test_a_row_in_a_region_lacks_what_that_region_lacks() -> None:
    found, both = two_regions()
    assert (both.lacks.missing, both.verdict) == (("trust.ssm",), RowVerdict.BLOCKED)
    here, there = row_in(found, both, REGION), row_in(found, both, OTHER)
    assert (here.lacks, here.verdict) == (Standing(missing=("trust.ssm",)), RowVerdict.FIXABLE)
    assert there.lacks == Standing(blocked=("role.registrable",), unknown=("role.capabilities",))
    assert there.group == there.lacks.group != here.group


def test_what_has_no_finding_of_its_own_is_lacking_everywhere_and_an_ignored_role_stays_ignored() -> None:
    found, both = two_regions()
    denied = replace(both, lacks=replace(both.lacks, blocked=("requests",)))
    assert row_in(found, denied, REGION).lacks.blocked == ("requests",)
    assert row_in(found, replace(both, verdict=RowVerdict.IGNORED), REGION).verdict is RowVerdict.IGNORED
