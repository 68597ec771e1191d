"""The evidence for an answer, as it stands in the JSON of a report."""

from __future__ import annotations

from sm_ssh_widget.requirements.evidence import Evidence


def test_each_part_stands_under_its_own_name() -> None:
    assert Evidence("Boundary", "#2", "boundary").to_json() == {
        "policy": "Boundary",
        "statement": "#2",
        "layer": "boundary",
    }


def test_evidence_is_a_value() -> None:
    assert Evidence("P", "S", "identity") == Evidence("P", "S", "identity")
    assert len({Evidence("P", "S", "identity"), Evidence("P", "S", "scp"), Evidence("P", "T", "identity")}) == 3
