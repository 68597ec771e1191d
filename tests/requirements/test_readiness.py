"""The sentence that says whether the role is ready, clause by clause, from assessments made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.requirements.assess import Assessment
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.readiness import NAMES_OF_USES, lacking_calls, readiness
from sm_ssh_widget.requirements.uses import Connects, UseOf

JANE = Connects("ready", "arn:aws:iam::123456789012:user/jane")
MET, MISSING, BLOCKED, UNKNOWN = (
    FindingStatus.SATISFIED,
    FindingStatus.MISSING,
    FindingStatus.BLOCKED,
    FindingStatus.UNKNOWN,
)


def assessment(*statuses: FindingStatus, uses: tuple[UseOf, ...] = (), connects: Connects = JANE) -> Assessment:
    """Required findings of these statuses, and an optional one that is missing and counts nowhere."""
    every = [(True, status) for status in statuses] + [(False, MISSING)]
    found = tuple(Finding(str(n), "1", must, status, "", "", "", "", "") for n, (must, status) in enumerate(every))
    return Assessment(found, (), uses, connects)


def said(found: Assessment, *, baseline: str = "least-privilege", steps: tuple[str, ...] = (), **more: Any) -> str:
    given = {"proof_failed": False, "check_is_due": False, **more}
    return readiness(found, Selection.of(baseline, steps=steps), **given)


class TestReady:
    def test_for_a_person_who_is_named(self) -> None:
        assert said(assessment(MET, MET)) == "Ready: all 2 requirements are met."

    def test_of_the_role_where_nobody_is_named(self) -> None:
        assert said(assessment(MET, connects=Connects("not-asked"))) == (
            "Ready: all 1 requirements of the role are met; whether you can connect was not checked (--user ARN)."
        )

    def test_with_steps_nobody_is_asked_about(self) -> None:
        found = assessment(MET, connects=Connects("not-asked"))
        assert said(found, steps=("trust.ssm",)) == "Ready: all 1 requirements are met."

    def test_a_check_that_is_due_is_named(self) -> None:
        assert said(assessment(MET), check_is_due=True) == (
            "Ready: all 1 requirements are met. The check with a temporary instance has not run yet."
        )

    @pytest.mark.parametrize(
        ("baseline", "hint"),
        [("least-privilege", ""), ("classic", ". The classic baseline does not grant it, least-privilege does")],
    )
    def test_a_use_that_lacks_a_call(self, baseline: str, hint: str) -> None:
        found = assessment(MET, uses=(UseOf("shell", "ready"), UseOf("ssh", "missing", ("s3:GetObject on K",))))
        assert said(found, baseline=baseline) == (
            f"Ready: all 1 requirements are met; SSH also needs s3:GetObject on K{hint}."
        )

    def test_the_hint_follows_the_last_use_that_lacks_something(self) -> None:
        uses = (UseOf("ssh", "missing", ("A",)), UseOf("listing", "missing", ("B",)), UseOf("shell", "unknown", ("k",)))
        assert said(assessment(MET, uses=uses), baseline="classic") == (
            "Ready: all 1 requirements are met; SSH also needs A; sm-ssh list also needs B. The classic baseline does "
            "not grant it, least-privilege does; whether a shell works depends on k."
        )

    def test_without_gaps_classic_has_no_hint(self) -> None:
        assert said(assessment(MET), baseline="classic") == "Ready: all 1 requirements are met."

    @pytest.mark.parametrize(
        ("lacking", "verb"),
        [
            (("ssh",), "whether SSH works"),
            (("ssh", "shell"), "whether SSH and a shell work"),
            (("endpoint",), "whether inference endpoints work"),
            (("listing",), "whether sm-ssh list works"),
        ],
    )
    def test_uses_that_depend_on_a_key(self, lacking: Any, verb: str) -> None:
        found = assessment(MET, uses=tuple(UseOf(use, "unknown", ("aws:SourceVpc",)) for use in lacking))
        assert f"; {verb} depends on aws:SourceVpc." in said(found)

    def test_uses_that_lack_the_same_stand_together(self) -> None:
        uses = tuple(UseOf(use, "missing", ("A", "B")) for use in ("shell", "ssh", "endpoint"))
        assert "a shell, SSH and inference endpoints also need A and B." in said(assessment(MET, uses=uses))

    @pytest.mark.parametrize(
        ("calls", "named"), [("ABC", "A, B and C"), ("ABCD", "A, B, C and 1 more"), ("ABCDE", "A, B, C and 2 more")]
    )
    def test_three_calls_are_named_and_the_others_counted(self, calls: str, named: str) -> None:
        found = assessment(MET, uses=(UseOf("ssh", "missing", tuple(calls)),))
        assert f"SSH also needs {named}." in said(found)

    def test_a_use_that_lacks_nothing_of_its_own_is_not_named(self) -> None:
        found = assessment(MET, uses=(UseOf("ssh", "missing"), UseOf("shell", "unknown")))
        assert said(found) == "Ready: all 1 requirements are met."


class TestNotReady:
    def test_how_many_requirements_are_not_met_and_why(self) -> None:
        found = assessment(MISSING, MET, BLOCKED, UNKNOWN, MISSING, FindingStatus.NOT_APPLICABLE)
        assert said(found) == ("Not ready: 4 of 6 requirements are not met (2 missing, 1 blocked, 1 unknown).")

    def test_one_of_them(self) -> None:
        assert said(assessment(MET, UNKNOWN)) == "Not ready: 1 of 2 requirements is not met (1 unknown)."

    def test_a_proof_that_failed_is_enough(self) -> None:
        assert said(assessment(MET), proof_failed=True) == "Not ready: the proof failed."

    def test_a_proof_that_failed_comes_first(self) -> None:
        assert said(assessment(MISSING), proof_failed=True) == (
            "Not ready: the proof failed; 1 of 1 requirements is not met (1 missing)."
        )

    def test_a_proof_that_failed_speaks_for_uses_that_are_blocked(self) -> None:
        blocked = UseOf("ssh", "blocked", ("A",), ("A",), ("P",))
        assert said(assessment(MET, uses=(blocked,)), proof_failed=True) == "Not ready: the proof failed."

    @pytest.mark.parametrize(("calls", "be"), [(("A",), "A is"), (("A", "B"), "A and B are")])
    def test_a_use_that_is_blocked_though_every_requirement_is_met(self, calls: tuple[str, ...], be: str) -> None:
        found = assessment(MET, uses=(UseOf("ssh", "blocked", calls, calls, ("P",)),))
        assert said(found) == f"Not ready: {be} blocked, which SSH needs."

    def test_a_blocked_use_is_told_before_the_person(self) -> None:
        use = UseOf("endpoint", "blocked", ("A",), ("A",), ("P",))
        assert said(assessment(MET, uses=(use,), connects=Connects("blocked", "jane"))) == (
            "Not ready: A is blocked, which inference endpoints need."
        )

    def test_the_person_cannot_connect(self) -> None:
        found = assessment(MET, connects=Connects("missing", "arn:jane"))
        assert said(found) == "Not ready: whether arn:jane can connect is missing."

    def test_a_request_that_no_use_names_is_blocked(self) -> None:
        found = assessment(MET, uses=(UseOf("ssh", "ready", (), ("A",)),))
        assert said(found) == "Not ready: a request is blocked."


class TestLackingCalls:
    def test_calls_without_their_resources_and_once(self) -> None:
        uses = (
            UseOf("ssh", "missing", ("s3:GetObject on a", "s3:GetObject on b", "kms:Decrypt")),
            UseOf("endpoint", "missing", ("logs:StartQuery on g",)),
            UseOf("listing", "unknown", ("sagemaker:ListApps",)),
            UseOf("shell", "missing"),
        )
        assert lacking_calls(assessment(MET, uses=uses)) == (
            "SSH also needs s3:GetObject and kms:Decrypt, inference endpoints also need logs:StartQuery"
        )

    def test_nothing(self) -> None:
        assert lacking_calls(assessment(MET)) == ""


def test_the_labels_of_a_table() -> None:
    assert NAMES_OF_USES == {"shell": "Shell", "ssh": "SSH", "endpoint": "Endpoints", "listing": "sm-ssh list"}
