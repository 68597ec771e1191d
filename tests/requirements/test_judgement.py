"""The sentences of a judgement: what could not be read, what blocks, what it depends on, and who can settle it."""

from __future__ import annotations

import pytest

from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.facts import Reason, Unknown
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import CouldNotRead, Denied, DependsOn, Held, NotGranted
from sm_ssh_widget.requirements.judgement import (
    Judgement,
    asked_by,
    blocked,
    depends_on,
    failed_reads,
    granted_by,
    how_to_settle,
    layer_name,
    listed,
    of_verdict,
    still_open,
    unknown,
)

OWN = Evidence("Own", "Sid", "identity")
MISSING = Judgement(FindingStatus.MISSING, "It is missing.")
KEY = OpenKey("aws:SourceVpc", OWN, denies=True)
READING = OpenKey("how AWS reads a *", OWN)


def failed(read: str, reason: Reason = Reason.DENIED, remedy: str | None = None) -> Unknown:
    return Unknown(reason, read, "said", f"Allow {read}." if remedy is None else remedy)


def test_a_judgement_has_a_status_and_a_fact_and_nothing_else_unless_told() -> None:
    assert Judgement(FindingStatus.MISSING, "f") == Judgement(
        FindingStatus.MISSING, "f", "", "", (), (), (), required=False
    )


class TestUnread:
    @pytest.mark.parametrize(
        ("reason", "said"),
        [
            (Reason.DENIED, "was denied"),
            (Reason.THROTTLED, "was throttled"),
            (Reason.TIMED_OUT, "timed out"),
            (Reason.UNREACHABLE, "could not reach AWS"),
            (Reason.CLIENT_TOO_OLD, "was not known to the installed boto3"),
            (Reason.UNPARSABLE, "returned an unreadable answer"),
        ],
    )
    def test_one_read_and_how_it_failed(self, reason: Reason, said: str) -> None:
        assert failed_reads([failed("iam:GetRole", reason)]) == f"iam:GetRole {said}"

    def test_reads_of_one_reason_stand_together_and_once(self) -> None:
        every = [failed("a"), failed("b", Reason.TIMED_OUT), failed("c"), failed("a")]
        assert failed_reads(every) == "a and c were denied; b timed out"

    def test_the_result_names_the_reads_their_reason_and_one_remedy(self) -> None:
        told = unknown([failed("iam:GetRole"), failed("iam:GetPolicy"), failed("iam:GetRole")], "The role")
        assert told.status is FindingStatus.UNKNOWN
        assert told.fact == "The role could not be read: iam:GetRole and iam:GetPolicy were denied."
        assert told.remedy == "Allow iam:GetRole and iam:GetPolicy."
        assert told.reason == "denied: iam:GetRole, iam:GetPolicy"

    def test_remedies_that_differ_are_each_told_once(self) -> None:
        every = [failed("a", remedy="Do this."), failed("b", remedy="Do that."), failed("c", remedy="Do this.")]
        assert unknown(every, "It").remedy == "Do this. Do that."

    def test_of_several_reasons_the_first_stands_for_all(self) -> None:
        told = unknown([failed("a", Reason.TIMED_OUT), failed("b")], "It")
        assert told.reason == "timed-out: a, b"

    def test_a_read_without_a_name_is_not_put_into_another_remedy(self) -> None:
        every = [failed("a"), failed("", remedy="Sign in.")]
        assert unknown(every, "It").remedy == "Allow a. Sign in."


@pytest.mark.parametrize(
    ("names", "sentence"), [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")]
)
def test_names_in_a_sentence(names: tuple[str, ...], sentence: str) -> None:
    assert listed(names) == sentence


class TestBlocked:
    @pytest.mark.parametrize(
        ("layer", "name"),
        [
            ("identity", "an explicit deny in the policy P, statement S"),
            ("resource", "an explicit deny in the P, statement S"),
            ("boundary", "an explicit deny in the permissions boundary P, statement S"),
            ("session", "an explicit deny in the session policy, statement S"),
            ("scp", "a service control policy of the organization, statement S"),
            ("rcp", "a resource control policy of the organization, statement S"),
            ("other", "a policy, statement S"),
        ],
    )
    def test_what_denies_is_named_by_its_layer(self, layer: str, name: str) -> None:
        assert layer_name(Evidence("P", "S", layer)) == name

    @pytest.mark.parametrize(
        ("layer", "name"),
        [
            ("boundary", "the permissions boundary P, which does not allow it"),
            ("session", "the session policy, which does not allow it"),
            ("scp", "a service control policy of the organization"),
        ],
    )
    def test_what_does_not_allow_has_no_statement(self, layer: str, name: str) -> None:
        assert layer_name(Evidence("P", "", layer)) == name

    @pytest.mark.parametrize(
        ("by", "remedy"),
        [
            (Evidence("P", "S", "scp"), "Ask the administrator of your AWS organization to allow it."),
            (Evidence("P", "S", "rcp"), "Ask the administrator of your AWS organization to allow it."),
            (
                Evidence("P", "", "boundary"),
                "Ask the owner of the permissions boundary to allow it, or choose a role without that boundary.",
            ),
            (Evidence("key policy", "S", "resource"), "Ask the owner of the key policy to change that statement."),
            (Evidence("P", "S", "identity"), "Ask the owner of P to change that statement."),
            (Evidence("", "S", "identity"), "Ask the owner of that policy to change that statement."),
        ],
    )
    def test_who_can_lift_it(self, by: Evidence, remedy: str) -> None:
        assert blocked(by, "It").remedy == remedy

    def test_the_result_says_what_is_blocked_and_by_what(self) -> None:
        name = "an explicit deny in the policy Own, statement Sid"
        assert blocked(OWN, "ssm:StartSession") == Judgement(
            FindingStatus.BLOCKED,
            f"ssm:StartSession is blocked by {name}.",
            "Ask the owner of Own to change that statement.",
            f"blocked by {name}",
            (OWN,),
        )


class TestOpen:
    @pytest.mark.parametrize(
        ("layer", "policy"),
        [
            ("identity", "the policy P"),
            ("resource", "the P"),
            ("boundary", "the permissions boundary P"),
            ("scp", "a service control policy"),
            ("other", "P"),
        ],
    )
    def test_the_keys_and_who_asks_for_them(self, layer: str, policy: str) -> None:
        asked = OpenKey("aws:SourceIp", Evidence("P", "#1", layer))
        assert asked_by([KEY, asked]) == (
            f"aws:SourceVpc (statement Sid of the policy Own) and aws:SourceIp (statement #1 of {policy})"
        )

    def test_a_value_that_only_the_call_has(self) -> None:
        told = depends_on([KEY], "registering", " Or try it.")
        assert told == Judgement(
            FindingStatus.UNKNOWN,
            "Whether registering is allowed depends on aws:SourceVpc (statement Sid of the policy Own). "
            "The value is known only when the call is made.",
            "This is settled by the network that SSH Helper's calls come from. To check with a value: sm-ssh-widget "
            "check --assume aws:SourceVpc=VALUE Or try it.",
            "depends on aws:SourceVpc",
            open_keys=(KEY,),
        )

    def test_a_sentence_of_aws_that_can_be_read_in_two_ways(self) -> None:
        told = depends_on([READING], "it")
        assert told.fact.endswith(" AWS's documentation leaves it open.")
        assert told.remedy == (
            "This is settled by a real call. Write the statement Sid of the policy Own without it, then check again."
        )
        assert how_to_settle([READING], " Or try.").endswith("then check again. Or try.")

    def test_both_together_are_settled_by_a_value(self) -> None:
        told = depends_on([KEY, READING], "it")
        assert "AWS's documentation leaves it open." in told.fact
        assert told.remedy == (
            "This is settled by the network that SSH Helper's calls come from and a real call. "
            "To check with a value: sm-ssh-widget check --assume aws:SourceVpc=VALUE"
        )

    def test_each_key_is_assumed_once_and_each_settlement_told_once(self) -> None:
        other = OpenKey("aws:SourceIp", OWN)
        assert how_to_settle([KEY, other, KEY]) == (
            "This is settled by the network that SSH Helper's calls come from. To check with a value: "
            "sm-ssh-widget check --assume aws:SourceVpc=VALUE --assume aws:SourceIp=VALUE"
        )

    def test_what_can_deny_once_it_is_allowed(self) -> None:
        assert still_open([KEY], "the role") == (
            "Once the role is allowed what is missing, aws:SourceVpc (statement Sid of the policy Own) can still deny "
            "it: the value is known only when the call is made."
        )


class TestOfAVerdict:
    def test_held_is_satisfied_by_its_evidence(self) -> None:
        assert of_verdict(Held(OWN), "it", MISSING) == Judgement(FindingStatus.SATISFIED, "", evidence=(OWN,))

    def test_held_says_which_denies_were_not_read(self) -> None:
        told = of_verdict(Held(OWN, (failed("iam:GetPolicy"),)), "it", MISSING)
        assert told.status is FindingStatus.SATISFIED
        assert told.reason == "Deny statements in unread policies are not included: iam:GetPolicy was denied"

    def test_the_other_answers(self) -> None:
        assert of_verdict(NotGranted(), "it", MISSING) is MISSING
        assert of_verdict(Denied(OWN), "it", MISSING) == blocked(OWN, "it")
        assert of_verdict(DependsOn((KEY,)), "it", MISSING, " Or try.") == depends_on((KEY,), "it", " Or try.")
        read = (failed("iam:GetRole"),)
        assert of_verdict(CouldNotRead(read), "it", MISSING) == unknown(read, "The policies that control it")


class TestGrantedBy:
    MET = Judgement(FindingStatus.SATISFIED, "", evidence=(OWN,))

    @pytest.mark.parametrize(
        ("policies", "by"),
        [
            (("A",), "A"),
            (("A", "A"), "A"),
            (("A", "B"), "A and 1 other policy"),
            (("A", "B", "C", "B"), "A and 2 other policies"),
        ],
    )
    def test_the_first_policy_by_name_and_how_many_others(self, policies: tuple[str, ...], by: str) -> None:
        held = [Held(Evidence(policy, "S", "identity")) for policy in policies]
        told = granted_by(self.MET, "Registering", [*held, NotGranted()])
        assert told == Judgement(
            FindingStatus.SATISFIED_OTHERWISE, f"Registering is granted by {by}.", "", f"granted by {by}", (OWN,)
        )

    def test_without_a_policy_it_names_none(self) -> None:
        assert granted_by(self.MET, "It", [NotGranted()]).fact == "It is granted by ."

    def test_a_reason_that_is_there_stays(self) -> None:
        told = granted_by(Judgement(FindingStatus.SATISFIED, "", reason="unread"), "It", [Held(OWN)])
        assert (told.reason, told.fact) == ("unread", "It is granted by Own.")

    def test_what_is_not_satisfied_stays_as_it_is(self) -> None:
        assert granted_by(MISSING, "It", [Held(OWN)]) is MISSING
