"""A finding as a status, as words and as JSON."""

from __future__ import annotations

import pytest

from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.finding import Finding, FindingStatus

FINDING = Finding("trust.ssm", "1b", True, FindingStatus.MISSING, "why", "Title", "Fact.", "Consequence.", "Remedy.")


@pytest.mark.parametrize(
    ("status", "word", "ready"),
    [
        ("satisfied", "Satisfied", True),
        ("satisfied-otherwise", "Held another way", True),
        ("missing", "Missing", False),
        ("blocked", "Blocked", False),
        ("unknown", "Unknown", False),
        ("not-applicable", "Not applicable", True),
    ],
)
def test_the_six_statuses(status: str, word: str, ready: bool) -> None:
    found = FindingStatus(status)
    assert (found.word, found.ready) == (word, ready)


def test_there_are_six() -> None:
    assert len(FindingStatus) == 6


def test_a_finding_as_json_has_every_part_under_its_name() -> None:
    assert FINDING.to_json() == {
        "id": "trust.ssm",
        "step": "1b",
        "required": True,
        "status": "missing",
        "reason": "why",
        "title": "Title",
        "fact": "Fact.",
        "consequence": "Consequence.",
        "remedy": "Remedy.",
        "evidence": [],
    }


def test_what_it_rests_on_stands_in_the_json_where_there_is_something() -> None:
    evidence = Evidence("policy", "Sid", "identity")
    key = OpenKey("aws:SourceOrgID", evidence)
    told = Finding("i", "1", False, FindingStatus.UNKNOWN, "", "", "", "", "", (evidence,), (key,)).to_json()
    assert told["evidence"] == [evidence.to_json()]
    assert told["depends_on"] == [key.to_json()]
