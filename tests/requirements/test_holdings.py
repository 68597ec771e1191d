"""What an identity holds: verdicts on single requests, and what is certain of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.requirements.holdings import (
    CouldNotRead,
    Denied,
    DependsOn,
    Held,
    Holdings,
    NotGranted,
    Question,
    combine,
)
from sm_ssh_widget.requirements.observation import (
    Absent,
    HeldPolicy,
    Known,
    OrganisationVerdict,
    Reason,
    Unknown,
)
from tests.support.observations import DENIED, ROLE, USER, allow, deny, document, identity, inline, observation

ASKED = Question("ssm:CreateActivation", "*")
VPC = {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0123"}}


def holdings(*statements: dict[str, Any], boundary: str | None = None, **more: Any) -> Holdings:
    policies = (inline("P", document(*statements)),) if statements else ()
    role = identity(policies=policies, boundary=boundary, **more)
    return Holdings.of(role, observation(role))


def keys(verdict: Any) -> list[tuple[str, str, str, bool]]:
    found = verdict.keys if isinstance(verdict, DependsOn) else verdict.open_keys
    return [(each.key, each.by.policy, each.by.statement, each.denies) for each in found]


class TestVerdicts:
    def test_an_allow_is_held_and_named(self) -> None:
        verdict = holdings(allow("ssm:*", Sid="Mine")).ask(ASKED)
        assert isinstance(verdict, Held)
        assert (verdict.by.policy, verdict.by.statement, verdict.by.layer) == ("P", "Mine", "identity")

    def test_nothing_is_not_granted_and_leaves_nothing_open(self) -> None:
        assert holdings().ask(ASKED) == NotGranted()

    def test_an_explicit_deny_denies_also_what_nothing_allows(self) -> None:
        verdict = holdings(deny("ssm:CreateActivation", Sid="No")).ask(ASKED)
        assert isinstance(verdict, Denied)
        assert verdict.by.statement == "No"

    def test_a_boundary_that_does_not_allow_denies(self) -> None:
        verdict = holdings(allow("*"), boundary=document(allow("s3:*"))).ask(ASKED)
        assert isinstance(verdict, Denied)
        assert (verdict.by.layer, verdict.by.policy, verdict.by.statement) == ("boundary", "Boundary", "")

    def test_a_key_that_decides_between_allowed_and_denied_leaves_it_open(self) -> None:
        verdict = holdings(allow("*"), deny("*", Condition=VPC)).ask(ASKED)
        assert isinstance(verdict, DependsOn)
        assert keys(verdict) == [("aws:SourceVpc", "P", "#2", True)]

    def test_a_key_that_decides_only_how_it_is_not_allowed_leaves_it_not_granted(self) -> None:
        verdict = holdings(deny("*", Condition=VPC)).ask(ASKED)
        assert isinstance(verdict, NotGranted)
        assert keys(verdict) == [("aws:SourceVpc", "P", "#1", True)]

    def test_an_allow_and_a_deny_under_one_condition_never_allow(self) -> None:
        condition = {"StringEquals": {"aws:SourceVpc": "vpc-0123"}}
        verdict = holdings(allow("*", Condition=condition), deny("*", Condition=condition)).ask(ASKED)
        assert isinstance(verdict, NotGranted)

    def test_a_boundary_under_a_condition_is_no_denial(self) -> None:
        boundary = document(allow("*", Condition={"StringEquals": {"aws:SourceVpc": "vpc-0123"}}))
        verdict = holdings(boundary=boundary).ask(ASKED)
        assert isinstance(verdict, NotGranted)
        assert keys(verdict) == [("aws:SourceVpc", "Boundary", "#1", False)]
        assert isinstance(holdings(allow("*"), boundary=boundary).ask(ASKED), DependsOn)

    def test_a_boundary_that_only_a_denied_key_opens_denies(self) -> None:
        condition = {"StringEquals": {"aws:SourceVpc": "vpc-0123"}}
        boundary = document(allow("*", Condition=condition), deny("*", Condition=condition))
        assert isinstance(holdings(allow("*"), boundary=boundary).ask(ASKED), Denied)

    def test_what_was_not_read_may_grant_and_may_deny(self) -> None:
        hidden = HeldPolicy("Hidden", "", replace(DENIED, read="iam:GetRolePolicy"))
        seen = identity(policies=(hidden,))
        assert isinstance(Holdings.of(seen, observation(seen)).ask(ASKED), CouldNotRead)
        both = identity(policies=(hidden, inline("P", document(allow("*")))))
        verdict = Holdings.of(both, observation(both)).ask(ASKED)
        assert isinstance(verdict, Held)
        assert [each.read for each in verdict.unread] == ["iam:GetRolePolicy"]

    @pytest.mark.parametrize(("missing", "kind"), [((), Denied), (("aws:SourceVpc",), Held)])
    def test_the_organization_denies_unless_a_key_is_missing(self, missing: tuple[str, ...], kind: type) -> None:
        verdicts = (OrganisationVerdict(str(ROLE), ASKED.action, allowed=False, missing_keys=missing),)
        role = identity(policies=(inline("P", document(allow("*"))),))
        seen = observation(role, organization_verdicts=Known(verdicts))
        assert isinstance(Holdings.of(role, seen).ask(ASKED), kind)
        assert isinstance(Holdings.of(role, seen).ask(Question("s3:GetObject", "*")), Held)

    def test_of_several_the_worst_counts(self) -> None:
        held, denied = holdings(allow("*")).ask(ASKED), holdings(deny("*")).ask(ASKED)
        opened, missing = holdings(allow("*"), deny("*", Condition=VPC)).ask(ASKED), NotGranted()
        unread = CouldNotRead((DENIED,))
        ranked = [denied, unread, missing, opened, held]
        for index, verdict in enumerate(ranked):
            assert combine(list(reversed(ranked[index:]))) is verdict
        assert combine([]) == NotGranted()

    def test_more_helps_only_where_the_allow_is_open(self) -> None:
        assert not holdings(allow("*"), deny("*", Condition=VPC)).more_would_help(ASKED)
        assert holdings(allow("*", Condition=VPC)).more_would_help(ASKED)


class TestWhatIsCertain:
    """Each condition, on an Allow of everything for the execution role."""

    @staticmethod
    def verdict(condition: dict[str, Any], question: Question = ASKED, **more: Any) -> str:
        return type(holdings(allow("*", Condition=condition), **more).ask(question)).__name__

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "NotGranted"),
            ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, "Held"),
            ({"Null": {"aws:MultiFactorAuthAge": "true"}}, "Held"),
            ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, "Held"),
            ({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}, "Held"),
            ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::x"}}, "NotGranted"),
            ({"Null": {"ec2:SourceInstanceARN": "true"}}, "Held"),
            ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, "NotGranted"),
            ({"StringEquals": {"aws:SourceVpc": "vpc-0123"}}, "DependsOn"),
            ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, "DependsOn"),
        ],
        ids=str,
    )
    def test_of_a_session_that_a_service_makes(self, condition: dict[str, Any], expected: str) -> None:
        assert self.verdict(condition) == expected

    def test_its_own_tags_count_unless_the_service_may_pass_others(self) -> None:
        condition = {"StringEquals": {"aws:PrincipalTag/team": "a"}}
        tagged: dict[str, Any] = {"tags": {"team": "a"}}
        assert self.verdict(condition, **tagged) == "Held"
        assert self.verdict(condition, tags={"team": "b"}) == "NotGranted"
        assert self.verdict(condition, tags_read=False, **tagged) == "DependsOn"
        tagging = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"]}
        by_service = document({**tagging, "Principal": {"Service": "sagemaker.amazonaws.com"}})
        by_others = document({**tagging, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}})
        assert self.verdict(condition, trust=by_service, **tagged) == "DependsOn"
        assert self.verdict(condition, trust=by_others, **tagged) == "Held"

    def test_whoever_assumes_a_persons_role_may_pass_tags_and_have_mfa(self) -> None:
        tagging = document({"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": "*"}})
        asked = [
            ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, "DependsOn"),
            ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "DependsOn"),
        ]
        for condition, expected in asked:
            policies = (inline("P", document(allow("*", Condition=condition))),)
            user = identity(USER, policies=policies, trust=tagging, tags={"team": "a"})
            assert type(Holdings.of(user, observation(user=user)).ask(ASKED)).__name__ == expected

    @pytest.mark.parametrize("key", ["ssm:resourceTag/SSHOwner", "aws:ResourceTag/SSHOwner"])
    def test_a_tag_has_two_names(self, key: str) -> None:
        own = Question("ssm:StartSession", "*", {"ssm:resourceTag/SSHOwner": "me"})
        assert self.verdict({"StringEquals": {key: "me"}}, own) == "Held"
        without = Question("ssm:StartSession", "*", absent=frozenset({"ssm:resourceTag/SSHOwner"}))
        assert self.verdict({"Null": {key: "true"}}, without) == "Held"

    def test_a_prefix_that_is_absent_spares_what_is_present(self) -> None:
        question = Question(
            "ssm:StartSession",
            "*",
            absent=frozenset({"ssm:resourceTag/"}),
            present=frozenset({"ssm:resourceTag/SSHCreator"}),
        )
        assert self.verdict({"StringEquals": {"ssm:resourceTag/env": "dev"}}, question) == "NotGranted"
        assert self.verdict({"StringEquals": {"ssm:resourceTag/SSHCreator": "x"}}, question) == "DependsOn"

    @pytest.mark.parametrize(
        ("organization", "expected"),
        [
            (Known("o-1"), "Held"),
            (Known("o-2"), "NotGranted"),
            (Absent("organizations:DescribeOrganization"), "NotGranted"),
            (Unknown(Reason.DENIED, "organizations:DescribeOrganization", "no", "ask"), "DependsOn"),
        ],
    )
    def test_the_organization_where_it_was_read(self, organization: Any, expected: str) -> None:
        condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:ResourceOrgID": "o-1"}}
        role = identity(policies=(inline("P", document(allow("*", Condition=condition))),))
        seen = observation(role, organization=organization)
        assert type(Holdings.of(role, seen).ask(ASKED)).__name__ == expected

    @pytest.mark.parametrize(
        ("key", "value"),
        [("aws:PrincipalAccount", "999999999999"), ("AWS:MultiFactorAuthPresent", "true"), ("aws:PrincipalTag/a", "b")],
    )
    def test_an_assumed_value_never_replaces_what_is_known(self, key: str, value: str) -> None:
        role = identity(policies=(inline("P", document(allow("*", Condition={"StringEquals": {key: value}}))),))
        assert isinstance(Holdings.of(role, observation(role, assumed={key: value})).ask(ASKED), NotGranted)

    def test_an_assumed_value_settles_what_is_open(self) -> None:
        role = identity(policies=(inline("P", document(allow("*", Condition=VPC))),))
        seen = observation(role, assumed={"aws:SourceVpc": "vpc-other"})
        assert isinstance(Holdings.of(role, seen).ask(ASKED), Held)
        assert isinstance(
            Holdings.of(role, replace(seen, assumed={"aws:SourceVpc": "vpc-0123"})).ask(ASKED), NotGranted
        )


class TestActionsThatNoStatementNames:
    """They are not allowed, whatever the context; what else can decide still does."""

    OTHER = allow("s3:*", Condition=VPC)

    def test_nothing_is_open(self) -> None:
        assert holdings(self.OTHER).ask(ASKED) == NotGranted()

    def test_a_boundary_denies_by_saying_nothing(self) -> None:
        assert isinstance(holdings(self.OTHER, boundary=document(allow("s3:*"))).ask(ASKED), Denied)

    def test_the_organization_bars_it(self) -> None:
        role = identity(policies=(inline("P", document(self.OTHER)),))
        verdict = OrganisationVerdict(str(ROLE), "SSM:createactivation", allowed=False)
        seen = observation(role, organization_verdicts=Known((verdict,)))
        found = Holdings.of(role, seen).ask(ASKED)
        assert isinstance(found, Denied)
        assert found.by.layer == "scp"

    def test_an_unread_policy_leaves_it_unknown(self) -> None:
        unread = HeldPolicy("Unread", "arn:u", DENIED)
        assert holdings(self.OTHER, attached=Known((unread,))).ask(ASKED) == CouldNotRead((DENIED,))

    def test_what_needs_no_permission_is_held(self) -> None:
        assert isinstance(holdings(self.OTHER).ask(Question("sts:GetCallerIdentity", "*")), Held)

    @pytest.mark.parametrize("action", ["ssm", "ssm:", ":x"])
    def test_what_is_no_action_is_refused(self, action: str) -> None:
        with pytest.raises(PolicyError):
            holdings(self.OTHER).ask(Question(action, "*"))
