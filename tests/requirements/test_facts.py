"""The three values of a fact: one is never taken for another."""

from __future__ import annotations

from sm_ssh_widget.requirements.facts import Absent, Known, Reason, Unknown


def test_the_reasons_in_reports_and_exit_messages() -> None:
    assert [reason.value for reason in Reason] == [
        "denied",
        "throttled",
        "timed-out",
        "unreachable",
        "client-too-old",
        "unparsable",
    ]


def test_a_fact_that_nothing_read_names_no_read() -> None:
    assert (Known(1).read, Absent().read) == ("", "")


def test_a_value_that_is_known_is_not_an_absent_one_however_empty() -> None:
    absent: object = Absent()
    assert Known("") != absent
    assert Known(None) != absent
    assert Known(()) == Known(())
    assert Known(1, "iam:GetRole") != Known(1, "iam:GetUser")


def test_what_could_not_be_read_says_why_and_what_would_allow_it() -> None:
    unknown = Unknown(Reason.DENIED, "iam:GetRole", "AccessDenied", "Sign in.")
    assert (unknown.reason, unknown.read, unknown.said, unknown.remedy) == (
        Reason.DENIED,
        "iam:GetRole",
        "AccessDenied",
        "Sign in.",
    )
