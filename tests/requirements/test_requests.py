"""The requests of SSH Helper as an identity makes them, their answers, and what several answers come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER, Capability
from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import (
    CouldNotRead,
    Denied,
    DependsOn,
    Held,
    Holdings,
    NotGranted,
    Verdict,
)
from sm_ssh_widget.requirements.observation import Identity
from sm_ssh_widget.requirements.requests import (
    BY_PROOF,
    Answer,
    answer,
    answers,
    caller_keys,
    denied_beside,
    filling_for,
    open_keys_of,
    other_test,
    summary,
    user_id_of,
    whose,
)
from tests.support.observations import DENIED as UNREAD
from tests.support.observations import ROLE, USER, allow, deny, document, identity, inline, observation

JANE = PrincipalArn.parse("arn:aws:iam::123456789012:user/jane")
BY = Evidence("P", "S", "identity")
HELD, NONE, DENIED, UNKNOWN = Held(BY), NotGranted(), Denied(BY), CouldNotRead((UNREAD,))
KEY, OTHER = OpenKey("aws:SourceVpc", BY, denies=True), OpenKey("aws:SourceIp", BY, denies=True)
DEPENDS = DependsOn((KEY,))
SSH = Capability("ssh", "s3:PutObject", "arn:aws:s3:::bucket/example", {}, "why", "C7", uses=frozenset({"ssh"}))


def answered(verdict: Verdict, *, optional: bool = False, uses: Any = ("ssh",), resource: str = "*") -> Answer:
    return Answer(replace(SSH, optional=optional, uses=frozenset(uses), resource=resource), verdict)


def holdings(*statements: dict[str, Any], **more: Any) -> Holdings:
    held = identity(policies=(inline("P", document(*statements)),), **more)
    return Holdings.of(held, observation(held))


class TestFilling:
    def test_placeholders_stand_for_the_target(self) -> None:
        found = filling_for(observation().target)
        assert (found.role_arn, found.partition, found.account, found.region) == (
            str(ROLE),
            "aws",
            "123456789012",
            "eu-west-1",
        )
        assert (found.user_id, found.key_bucket, found.key_prefix) == (None, "", "ssh-authorized-keys/")

    def test_another_key_bucket_has_its_own_prefix_even_none(self) -> None:
        target = replace(observation().target, key_bucket="own", key_prefix="")
        found = filling_for(target)
        assert (found.key_bucket, found.key_prefix) == ("own", "")
        assert filling_for(replace(target, key_bucket="", key_prefix="x/")).key_prefix == "ssh-authorized-keys/"

    @pytest.mark.parametrize(
        ("who", "user_id"),
        [
            (identity(JANE, unique_id="AIDAJANE"), "AIDAJANE"),
            (identity(unique_id="AROAROLE"), "AROAROLE:session"),
            (identity(JANE, unique_id=""), "AIDANOTREADEXAMPLE"),
            (identity(unique_id=""), "AIDANOTREADEXAMPLE:session"),
        ],
    )
    def test_who_asks_is_known_by_its_unique_id(self, who: Identity, user_id: str) -> None:
        assert user_id_of(who) == user_id
        assert filling_for(observation().target, who).user_id == user_id
        assert caller_keys(Holdings.of(who, observation())) == {"aws:userid": user_id}


def test_how_a_sentence_names_who_asks() -> None:
    assert whose("role", identity()) == "the role"
    assert whose("user", identity(JANE)) == "user jane"
    assert whose("user", identity(USER)) == "role DataScientist"
    session = PrincipalArn.parse("arn:aws:sts::123456789012:assumed-role/R/s")
    assert whose("user", identity(session)) == "assumed role R"


def test_an_activation_tests_the_role_and_nobody_else() -> None:
    assert other_test("role") == BY_PROOF == " Or test it with a real activation: sm-ssh-widget verify --proof"
    assert other_test("user") == ""


class TestAnswer:
    @pytest.mark.parametrize(
        ("uses", "optional", "verdict", "withholds"),
        [
            (("ssh",), False, DENIED, True),
            (("shell", "endpoint"), False, DENIED, True),
            (("endpoint", "listing"), False, DENIED, False),
            (("ssh",), True, DENIED, False),
            (("ssh",), False, NONE, False),
            (("ssh",), False, UNKNOWN, False),
        ],
    )
    def test_a_denied_request_that_a_way_in_needs_withholds_it(
        self, uses: tuple[str, ...], verdict: Verdict, *, optional: bool, withholds: bool
    ) -> None:
        assert answered(verdict, optional=optional, uses=uses).withholds is withholds

    @pytest.mark.parametrize(
        ("resource", "told"),
        [
            ("*", "s3:PutObject"),
            ("arn:aws:s3:::bucket", "s3:PutObject on arn:aws:s3:::bucket"),
            ("arn:aws:s3:::bucket/keys/sagemaker-ssh-gw.pub", "s3:PutObject on arn:aws:s3:::bucket/keys/*"),
            (
                "arn:aws:ssm:r:1:managed-instance/mi-0123456789abcdef0",
                "s3:PutObject on arn:aws:ssm:r:1:managed-instance/mi-*",
            ),
            ("arn:aws:ssm:r:1:session/user-0123456789abcdef0", "s3:PutObject on arn:aws:ssm:r:1:session/*"),
            ("arn:aws:sagemaker:r:1:endpoint/example", "s3:PutObject on arn:aws:sagemaker:r:1:endpoint/*"),
            ("arn:aws:iam::1:role/an-example", "s3:PutObject on arn:aws:iam::1:role/an-example"),
        ],
    )
    def test_an_example_of_a_resource_is_told_as_any(self, resource: str, told: str) -> None:
        assert answered(HELD, resource=resource).told == told

    def test_a_request_is_asked_as_it_would_be_made(self) -> None:
        held = holdings(allow("s3:PutObject", "arn:aws:s3:::sagemaker-eu-west-1-123456789012/ssh-authorized-keys/*"))
        upload = next(each for each in CLIENT if each.action == "s3:PutObject")
        found = answer(upload, held, observation(held.identity))
        assert found.capability.resource.startswith(
            "arn:aws:s3:::sagemaker-eu-west-1-123456789012/ssh-authorized-keys/"
        )
        assert isinstance(found.verdict, Held)

    def test_it_is_asked_once_for_each_observation(self) -> None:
        held = holdings()
        seen, other = observation(held.identity), observation(held.identity)
        first = answer(SSH, held, seen)
        assert answer(SSH, held, seen) is first
        assert answer(SSH, held, other) is not first
        assert answer(replace(SSH, resource="arn:aws:s3:::other"), held, seen) is not first
        assert answer(replace(SSH, action="s3:GetObject"), held, seen) is not first
        assert answer(replace(SSH, id="other"), held, seen) is not first

    def test_requests_that_are_not_always_made_are_not_asked(self) -> None:
        held = holdings()
        found = answers([SSH, replace(SSH, id="later", only_if="the bucket has a key")], held, observation())
        assert [each.capability.id for each in found] == ["ssh"]

    def test_a_session_of_the_identity_has_its_user_id(self) -> None:
        own = {"StringEquals": {"aws:userid": "AROAEXAMPLE:session"}}
        assert isinstance(answer(SSH, holdings(allow("s3:*", Condition=own)), observation()).verdict, Held)


class TestThePassedRole:
    PASS = next(each for each in SERVER if each.action == "iam:PassRole")

    def verdict(self, prefix: str, resource: str | None = None, **more: Any) -> Verdict:
        tag = {"StringEquals": {f"{prefix}/team": "a"}}
        held = holdings(allow("iam:PassRole", Condition=tag), **more)
        asked = self.PASS if resource is None else replace(self.PASS, resource=resource)
        return answer(asked, held, observation(held.identity)).verdict

    @pytest.mark.parametrize("prefix", ["iam:ResourceTag", "aws:ResourceTag"])
    def test_its_tags_are_those_of_the_resource(self, prefix: str) -> None:
        assert isinstance(self.verdict(prefix, tags={"team": "a"}), Held)
        assert isinstance(self.verdict(prefix, tags={"team": "b"}), NotGranted)

    @pytest.mark.parametrize("prefix", ["iam:ResourceTag", "aws:ResourceTag"])
    def test_a_tag_that_it_has_not_is_absent_and_one_that_was_not_read_open(self, prefix: str) -> None:
        assert isinstance(self.verdict(prefix), NotGranted)
        assert isinstance(self.verdict(prefix, tags_read=False), DependsOn)

    def test_they_are_not_those_of_another_resource(self) -> None:
        elsewhere = "arn:aws:iam::123456789012:role/Other"
        assert isinstance(self.verdict("aws:ResourceTag", elsewhere, tags={"team": "a"}), DependsOn)

    def test_nor_of_another_request(self) -> None:
        tag = {"StringEquals": {"aws:ResourceTag/team": "a"}}
        held = holdings(allow("iam:GetRole", Condition=tag), tags={"team": "a"})
        reads = replace(self.PASS, action="iam:GetRole")
        assert isinstance(answer(reads, held, observation(held.identity)).verdict, DependsOn)


class TestSummary:
    @pytest.mark.parametrize(
        ("asked", "verdict"),
        [
            ([HELD, NONE, DENIED], DENIED),
            ([HELD, NONE], NONE),
            ([HELD, UNKNOWN, DEPENDS], UNKNOWN),
            ([HELD, DEPENDS], DEPENDS),
            ([HELD], HELD),
            ([], NONE),
        ],
    )
    def test_what_withholds_a_way_in_comes_first(self, asked: list[Verdict], verdict: Verdict) -> None:
        assert summary(answered(each) for each in asked) == verdict

    def test_what_withholds_none_counts_once_all_else_is_held(self) -> None:
        barred = answered(DENIED, uses=("endpoint",))
        assert summary([answered(HELD), barred]) == DENIED
        assert summary([answered(NONE), barred]) == NONE
        assert summary([barred]) == NONE

    def test_what_is_optional_never_counts(self) -> None:
        assert summary([answered(HELD), answered(DENIED, optional=True)]) == HELD


class TestOpenKeys:
    def test_of_what_is_not_granted_or_depends_each_once(self) -> None:
        asked = [
            answered(NotGranted((KEY,))),
            answered(HELD),
            answered(DependsOn((OTHER, KEY))),
            answered(DENIED),
        ]
        assert open_keys_of(asked) == (KEY, OTHER)

    def test_a_key_that_only_an_allow_asks_for_denies_nothing_that_another_allows(self) -> None:
        allows, boundary = replace(KEY, denies=False), replace(OTHER, denies=False, by=replace(BY, layer="boundary"))
        assert open_keys_of([answered(DependsOn((allows, boundary)))]) == (boundary,)

    def test_none(self) -> None:
        assert open_keys_of([answered(HELD), answered(NONE)]) == ()


class TestDeniedBeside:
    HINT = " If the public keys go to another bucket, specify it: --key-bucket s3://BUCKET/PREFIX"
    BY = "an explicit deny in the policy P, statement S"

    def test_what_one_policy_denies_stands_together(self) -> None:
        other = Denied(Evidence("Q", "T", "identity"))
        asked = [answered(DENIED, resource="arn:a"), answered(NONE), answered(other), answered(DENIED)]
        assert denied_beside(asked, FindingStatus.MISSING) == (
            f"s3:PutObject on arn:a and s3:PutObject are blocked by {self.BY}.{self.HINT}",
            f"s3:PutObject is blocked by an explicit deny in the policy Q, statement T.{self.HINT}",
        )

    def test_a_blocked_finding_says_it_itself(self) -> None:
        assert denied_beside([answered(DENIED)], FindingStatus.BLOCKED) == ()
        assert denied_beside([answered(HELD)], FindingStatus.MISSING) == ()


def test_a_deny_of_the_account_is_an_answer_like_any_other() -> None:
    held = holdings(allow("*"), deny("s3:PutObject", Sid="No"))
    assert answer(SSH, held, observation(held.identity)).verdict == Denied(Evidence("P", "No", "identity"))
