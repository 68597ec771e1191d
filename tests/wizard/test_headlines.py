"""The largest words, for every mixture: they name each kind, and the numbers of the line below add up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.pipeline import Report, Selection
from sm_ssh_widget.requirements.assess import NAME_THE_USER, assess
from sm_ssh_widget.requirements.catalogue import OWNER_GUARD
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.uses import Connects, Standing, UseOf
from sm_ssh_widget.wizard.screens.headlines import NOT_CHECKED, FindingCounts, Headline, count, headline, parts
from tests.support.observations import USER, identity, observation

STATUS = {
    "met": FindingStatus.SATISFIED,
    "missing": FindingStatus.MISSING,
    "blocked": FindingStatus.BLOCKED,
    "unread": FindingStatus.UNKNOWN,
    "not-asked": FindingStatus.NOT_APPLICABLE,
    "optional": FindingStatus.MISSING,
}


def findings(**numbers: int) -> tuple[Finding, ...]:
    """So many findings of each kind."""
    found = []
    for kind, number in numbers.items():
        name = kind.replace("_", "-")
        reason = NAME_THE_USER if name == "not-asked" else ""
        found += [
            Finding(
                OWNER_GUARD.id if name == "optional" else f"role.{name}-{n}",
                "1",
                name != "optional",
                STATUS[name],
                reason,
                "T",
                "F.",
                "C.",
                "R.",
            )
            for n in range(number)
        ]
    return tuple(found)


def report(numbers: Mapping[str, int], *, user: bool = False) -> Report:
    """A report with so many findings of each kind."""
    seen = observation(user=identity(USER)) if user else observation()
    target = seen.target if user else replace(seen.target, user=None)
    seen = replace(seen, target=target)
    selection = Selection()
    return Report(selection, seen, replace(assess(selection, seen), findings=findings(**numbers), uses=()))


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ({"met": 4, "missing": 3}, "3 of 7 are not met: 3 missing"),
        ({"met": 6, "missing": 1}, "1 of 7 is not met: 1 missing"),
        ({"met": 2, "missing": 3, "unread": 2}, "5 of 7 are not met: 3 missing, 2 could not be read"),
        ({"met": 1, "unread": 6}, "6 of 7 could not be read"),
        ({"met": 1, "missing": 3, "blocked": 2}, "SSH is not possible with this role: 2 are blocked"),
        ({"unread": 1, "blocked": 1}, "SSH is not possible with this role: 1 is blocked"),
        ({"met": 6, "not_asked": 1}, "The role is ready. Whether you may connect was not checked"),
        ({"met": 7}, "Ready: all 7 are met"),
        ({"met": 7, "optional": 2}, "Ready: all 7 are met"),
        ({"met": 2, "missing": 1, "not_asked": 1, "optional": 2}, "1 of 3 is not met: 1 missing"),
    ],
)
def test_one_formula_for_every_mixture(numbers: dict[str, int], text: str) -> None:
    assert headline(report(numbers)).text == text


NUMBERS = st.integers(0, 4)
MIXTURES = st.fixed_dictionaries(
    {"met": NUMBERS, "missing": NUMBERS, "blocked": NUMBERS, "unread": NUMBERS, "not_asked": st.integers(0, 1)}
)


@given(MIXTURES)
def test_the_line_below_adds_up_to_the_whole(numbers: dict[str, int]) -> None:
    line = parts(count(findings(**numbers)))
    whole = re.search(r"Of (\d+): ([^.]*)\.", line)
    if whole:
        assert sum(map(int, re.findall(r"\d+", whole[2]))) == int(whole[1])
        assert int(whole[1]) == sum(numbers.values()) - numbers["not_asked"]
    else:
        assert sum(bool(number) for name, number in numbers.items() if name != "not_asked") <= 1
    assert (NOT_CHECKED in line) == bool(numbers["not_asked"])


@given(MIXTURES)
def test_ready_is_said_only_where_nothing_is_open(numbers: dict[str, int]) -> None:
    told = headline(report(numbers))
    open_ = numbers["missing"] + numbers["blocked"] + numbers["unread"]
    assert told.text.startswith(("Ready", "The role is ready")) == (open_ == 0)
    assert (told.tone == "ok") == (open_ == 0)
    assert told.text.startswith("SSH is not possible") == bool(numbers["blocked"])
    if not open_ and numbers["not_asked"]:
        assert NOT_CHECKED in told.text


def connecting(status: Standing, *denied: str) -> Report:
    """A report whose requirements are all met, about a person who stands so."""
    told = report({"met": 7}, user=True)
    uses = (UseOf("shell", "blocked", lacks=denied, denied=denied),) if denied else ()
    whole = replace(told.assessment, uses=uses, connects=Connects(status, str(USER)))
    return replace(told, assessment=whole)


def test_ready_says_for_whom() -> None:
    assert f"{USER.name} can connect." in headline(connecting("ready")).line


@pytest.mark.parametrize(
    ("status", "text", "tone"),
    [
        ("missing", f"Not ready: {USER.name} cannot connect yet", ""),
        ("blocked", f"SSH is not possible for {USER.name}", "bad"),
        ("unknown", f"Whether {USER.name} can connect is not known", "quiet"),
    ],
)
def test_who_cannot_connect_is_told_although_every_requirement_is_met(status: Standing, text: str, tone: str) -> None:
    told = headline(connecting(status))
    assert (told.text, told.tone) == (text, tone)
    assert status in told.line


def test_a_request_that_is_blocked_is_told_although_every_requirement_is_met() -> None:
    told = headline(connecting("ready", "ssm:StartSession"))
    assert told.text == "SSH is not possible with this role: a request is blocked"
    assert "ssm:StartSession is blocked" in told.line


def test_a_failed_proof_stands_before_it() -> None:
    told = headline(replace(connecting("missing"), failed_proof="TargetNotConnected"))
    assert told.text == "Not ready: the proof failed"


def test_where_only_the_person_is_blocked_the_role_is_not_said_to_be() -> None:
    told = report({"met": 5}, user=True)
    person = replace(findings(blocked=1)[0], id="user.permissions")
    told = replace(told, assessment=replace(told.assessment, findings=(*told.findings, person)))
    assert headline(told).text == f"SSH is not possible for {USER.name}: 1 is blocked"


def test_the_owner_guard_of_a_person_who_was_not_named_is_optional_too() -> None:
    """The fold below counts it, so the heading does."""
    guard = Finding(OWNER_GUARD.id, "3b", False, FindingStatus.NOT_APPLICABLE, NAME_THE_USER, "T", "F.", "C.", "R.")
    assert count((*findings(met=1), guard)) == FindingCounts(met=1, optional=1)


def test_what_no_option_offers_is_not_called_optional() -> None:
    """The preferences decide on shells only, and are planned: nobody can choose them."""
    preferences = Finding("ssm.session-preferences", "2", False, FindingStatus.MISSING, "", "T", "F.", "C.", "R.")
    assert count((*findings(met=1), preferences)) == FindingCounts(met=1)


def test_what_does_not_apply_for_another_reason_is_counted_nowhere() -> None:
    other = replace(findings(not_asked=1)[0], reason="root user")
    assert count((other, *findings(met=2))) == FindingCounts(met=2)
    assert count(findings(optional=1, met=1)) == FindingCounts(met=1, optional=1)


KEY = "s3:GetObject on arn:aws:s3:::bucket/*"


def test_what_classic_does_not_grant_stands_in_the_largest_words() -> None:
    lacking = (UseOf("shell", "ready"), UseOf("ssh", "missing", (KEY,)))

    def told_of(made: Report) -> Headline:
        return headline(replace(made, assessment=replace(made.assessment, uses=lacking)))

    told = told_of(connecting("ready"))
    assert told.text == "Ready: all 7 are met; SSH also needs s3:GetObject"
    assert "The least-privilege baseline grants it." in told.line
    of_role = told_of(report({"met": 6, "not_asked": 1}))
    assert of_role.text == f"The role is ready; SSH also needs s3:GetObject. {NOT_CHECKED}"
