"""Who may assume the role, judged as the service makes the call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Decision, Layer, Outcome
from sm_ssh_widget.requirements.observation import Absent, Known, Reason, Unknown
from sm_ssh_widget.requirements.trust import (
    FITTING_SOURCES,
    Circumstances,
    TrustVerdict,
    as_documented,
    deleted_principals,
    hardened_by_owner,
    judge,
    judge_either,
    names_service,
)
from tests.support.observations import ROLE, document, trusts

SAGEMAKER, SSM = "sagemaker.amazonaws.com", "ssm.amazonaws.com"
HERE = Circumstances(ROLE, "eu-west-1")
ACCOUNT = "123456789012"


def verdict(*statements: dict[str, Any], service: str = SAGEMAKER, known: Circumstances = HERE) -> TrustVerdict:
    return judge(document(*statements), service, known)


def source(pattern: str, operator: str = "ArnLike", service: str = SAGEMAKER) -> dict[str, Any]:
    label = service.partition(".")[0]
    return trusts(service, Condition={operator: {"aws:SourceArn": f"arn:aws:{label}:eu-west-1:{ACCOUNT}:{pattern}"}})


class TestTheCall:
    @pytest.mark.parametrize(
        "condition",
        [
            {"Bool": {"aws:PrincipalIsAWSService": "true"}},
            {"StringEquals": {"aws:PrincipalServiceName": SAGEMAKER}},
            {"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": SAGEMAKER}},
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            {"Bool": {"aws:SecureTransport": "true"}},
            {"Null": {"aws:PrincipalOrgID": "true"}},
        ],
        ids=str,
    )
    def test_what_is_certain_of_it_is_met(self, condition: dict[str, Any]) -> None:
        found = verdict(trusts(SAGEMAKER, Condition=condition))
        assert found.decision.outcome is Outcome.ALLOWED
        assert found.everywhere

    @pytest.mark.parametrize("key", ["aws:CurrentTime", "aws:EpochTime"])
    def test_when_it_is_made_is_open(self, key: str) -> None:
        found = verdict(trusts(SAGEMAKER, Condition={"DateGreaterThan": {key: "2020-01-01T00:00:00Z"}}))
        assert found.decision.outcome is Outcome.DEPENDS
        assert [each.key for each in found.open_keys] == [key]

    def test_an_open_key_is_named_with_the_statement_that_asks_for_it(self) -> None:
        other = trusts("ec2.amazonaws.com", Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})
        mine = trusts(SAGEMAKER, Sid="Ours", Condition={"StringEquals": {"aws:sourceorgid": "o-1"}})
        (found,) = verdict(other, mine).open_keys
        assert (found.key, found.by.statement, found.by.layer) == ("aws:SourceOrgID", "Ours", "resource")

    @pytest.mark.parametrize(
        ("organization", "outcome"),
        [
            (Known("o-1"), Outcome.ALLOWED),
            (Known("o-2"), Outcome.IMPLICIT_DENY),
            (Absent("organizations:DescribeOrganization"), Outcome.IMPLICIT_DENY),
            (Absent(), Outcome.DEPENDS),
            (Unknown(Reason.DENIED, "organizations:DescribeOrganization", "no", "ask"), Outcome.DEPENDS),
        ],
    )
    def test_the_organization_settles_it_where_it_was_read(self, organization: Any, outcome: Outcome) -> None:
        known = Circumstances(ROLE, "eu-west-1", organization)
        asked = trusts(SAGEMAKER, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})
        assert verdict(asked, known=known).decision.outcome is outcome

    @pytest.mark.parametrize("key", ["aws:SourceOrgID", "aws:sourceorgid", "aws:SourceAccount"])
    def test_an_assumed_value_never_replaces_what_is_known(self, key: str) -> None:
        known = Circumstances(ROLE, "eu-west-1", Known("o-2"), assumed={key: "o-1"})
        asked = trusts(SAGEMAKER, Condition={"StringEquals": {key: "o-1"}})
        assert verdict(asked, known=known).decision.outcome is Outcome.IMPLICIT_DENY

    def test_an_assumed_value_settles_it(self) -> None:
        known = Circumstances(ROLE, "eu-west-1", assumed={"aws:SourceOrgID": "o-1"})
        asked = trusts(SAGEMAKER, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})
        assert verdict(asked, known=known).decision.outcome is Outcome.ALLOWED

    def test_a_text_that_is_no_policy_is_refused(self) -> None:
        with pytest.raises(PolicyError):
            judge("{", SAGEMAKER, HERE)


class TestNarrowedToSources:
    @pytest.mark.parametrize(
        ("pattern", "only"),
        [
            ("notebook-instance/*", ("notebook-instance/*",)),
            ("training-job/team-a-*", ("training-job/team-a-*",)),
            ("domain/d-0123456789ab", ("domain/d-0123456789ab",)),
        ],
    )
    def test_an_allow_for_a_type_is_allowed_for_it_only(self, pattern: str, only: tuple[str, ...]) -> None:
        found = verdict(source(pattern))
        assert found.decision.outcome is Outcome.ALLOWED
        assert (found.only_for, found.not_for, found.fits) == (only, (), True)

    def test_a_type_that_ssh_helper_does_not_reach_does_not_fit(self) -> None:
        found = verdict(source("pipeline/*"))
        assert (found.decision.outcome, found.only_for, found.fits) == (Outcome.ALLOWED, ("pipeline/*",), False)

    def test_a_deny_that_spares_a_type_narrows(self) -> None:
        spared = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/*"
        deny = {**trusts(SAGEMAKER, Condition={"ArnNotLike": {"aws:SourceArn": spared}}), "Effect": "Deny"}
        found = verdict(trusts(SAGEMAKER), deny)
        assert (found.decision.outcome, found.only_for) == (Outcome.ALLOWED, ("training-job/*",))

    def test_a_deny_of_one_type_is_told_as_what_it_spares(self) -> None:
        deny = {**source("training-job/*"), "Effect": "Deny"}
        found = verdict(trusts(SAGEMAKER), deny)
        assert (found.decision.outcome, found.only_for, found.not_for) == (Outcome.ALLOWED, (), ("training-job/*",))

    @pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals", "StringLike"])
    def test_every_source_of_the_account_and_region_is_not_narrowed(self, operator: str) -> None:
        found = verdict(source("*", operator))
        assert (found.only_for, found.not_for, found.everywhere) == ((), (), False)

    @pytest.mark.parametrize(
        "arn",
        [
            f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:*",
            "arn:aws:sagemaker:eu-west-1:999999999999:*",
            f"arn:aws:ssm:eu-west-1:{ACCOUNT}:*",
        ],
    )
    def test_another_region_account_or_service_is_no_source_of_it(self, arn: str) -> None:
        found = verdict(trusts(SAGEMAKER, Condition={"ArnLike": {"aws:SourceArn": arn}}))
        assert found.decision.outcome is Outcome.IMPLICIT_DENY

    def test_a_deny_without_a_condition_denies_every_source(self) -> None:
        found = verdict(trusts(SAGEMAKER), {**trusts(SAGEMAKER), "Effect": "Deny"})
        assert found.decision.outcome is Outcome.EXPLICIT_DENY

    @pytest.mark.parametrize(("pattern", "fits"), [("managed-instance/*", True), ("automation-execution/*", False)])
    def test_systems_manager_comes_for_nodes(self, pattern: str, fits: bool) -> None:
        assert verdict(source(pattern, service=SSM), service=SSM).fits is fits


@pytest.mark.parametrize("kind", FITTING_SOURCES["sagemaker"])
def test_every_type_that_ssh_helper_reaches_fits_by_itself(kind: str) -> None:
    found = verdict(source(f"{kind}/*"))
    assert (found.decision.outcome, found.only_for, found.fits) == (Outcome.ALLOWED, (f"{kind}/*",), True)


def test_the_types_that_ssh_helper_reaches() -> None:
    """As the service authorization reference spells them."""
    jobs = {"training-job", "processing-job", "transform-job"}
    studio = {"domain", "user-profile", "space", "app"}
    assert set(FITTING_SOURCES["sagemaker"]) == jobs | studio | {"notebook-instance", "endpoint", "model"}
    assert FITTING_SOURCES["ssm"] == ("managed-instance",)
    assert set(FITTING_SOURCES) == {"sagemaker", "ssm"}


def of_types(*kinds: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement of the trust for sources of these types."""
    arns = [f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:{kind}/*" for kind in kinds]
    return {**trusts(SAGEMAKER, Condition={"ArnLike": {"aws:SourceArn": arns}}), "Effect": effect, **more}


class TestSeveralSources:
    """What is said of a trust that allows some sources and not others."""

    def test_the_first_source_that_is_allowed_names_the_statement(self) -> None:
        found = verdict(of_types("notebook-instance", Sid="Second"), of_types("training-job", Sid="First"))
        assert found.only_for == ("training-job/*", "notebook-instance/*")
        assert found.decision == Decision(Outcome.ALLOWED, Layer.RESOURCE, "trust policy", "First")

    def test_one_that_fits_among_others_is_enough(self) -> None:
        found = verdict(of_types("pipeline", "training-job"))
        assert (set(found.only_for), found.fits) == ({"training-job/*", "pipeline/*"}, True)

    def test_what_is_said_names_no_made_up_source(self) -> None:
        every = FITTING_SOURCES["sagemaker"]
        all_but_made_up = verdict(of_types(*every))
        assert (all_but_made_up.only_for, all_but_made_up.not_for) == ((), ())
        most_denied = verdict(trusts(SAGEMAKER), of_types(*every[2:], effect="Deny"))
        assert (most_denied.only_for, most_denied.not_for) == (tuple(f"{kind}/*" for kind in every[:2]), ())

    def test_a_denied_source_does_not_hide_that_the_others_are_not_allowed(self) -> None:
        assert verdict(of_types("training-job", effect="Deny")).decision.outcome is Outcome.IMPLICIT_DENY

    @pytest.mark.parametrize("other", [5, True])
    def test_a_value_that_is_no_text_names_no_source(self, other: Any) -> None:
        asked = source("pipeline/a")
        asked["Condition"]["ArnLike"]["aws:SourceArn"] = [other, asked["Condition"]["ArnLike"]["aws:SourceArn"]]
        assert verdict(asked).only_for == ("pipeline/a",)

    def test_the_first_statement_that_denies_is_named(self) -> None:
        everything = {**trusts(SAGEMAKER, Sid="All"), "Effect": "Deny"}
        one, other = (of_types(kind, effect="Deny", Sid=kind) for kind in ("training-job", "app"))
        found = verdict(trusts(SAGEMAKER), one, other, everything)
        assert (found.decision.outcome, found.decision.statement) == (Outcome.EXPLICIT_DENY, "training-job")
        assert verdict(trusts(SAGEMAKER), other, everything).decision.statement == "All"

    def test_a_service_that_comes_for_no_type_of_ours_is_not_narrowed(self) -> None:
        found = verdict(trusts("lambda.amazonaws.com"), service="lambda.amazonaws.com")
        assert (found.decision.outcome, found.only_for, found.not_for, found.fits) == (Outcome.ALLOWED, (), (), False)

    def test_the_type_may_end_at_a_colon(self) -> None:
        found = verdict(source("training-job:a"))
        assert (found.only_for, found.fits) == (("training-job:a",), True)

    @pytest.mark.parametrize("pattern", ["/a", "", ":a"])
    def test_a_pattern_without_a_type_names_no_source(self, pattern: str) -> None:
        assert verdict(source(pattern)).decision.outcome is Outcome.IMPLICIT_DENY


def test_a_trust_for_all_types_that_fit_is_still_narrowed_to_them() -> None:
    assert verdict(source("managed-instance/*", service=SSM), service=SSM).only_for == ("managed-instance/*",)


@pytest.mark.parametrize(
    ("pattern", "only"),
    [
        ("*training-job/team-a", "training-job/team-a"),
        ("*?training-job/team-a", "training-job/team-a"),
        ("arn:*:training-job/team-a", "training-job/team-a"),
        ("arn:*:eu-west-1:*:training-job/team-a", "training-job/team-a"),
        ("arn:*:training-job/team-?", "training-job/team-?"),
        (f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:training-job/a:b", "training-job/a:b"),
        (f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:*-job/a", "*-job/a"),
    ],
)
def test_a_pattern_that_is_no_whole_arn_names_its_source(pattern: str, only: str) -> None:
    found = verdict(trusts(SAGEMAKER, Condition={"StringLike": {"aws:SourceArn": pattern}}))
    assert (found.decision.outcome, found.only_for) == (Outcome.ALLOWED, (only,))


@pytest.mark.parametrize("key", ["aws:SourceOrgID", "aws:SourceOrgPaths"])
def test_the_organization_is_open_while_it_was_not_read(key: str) -> None:
    found = verdict(trusts(SAGEMAKER, Condition={"ForAnyValue:StringLike": {key: "o-1*"}}))
    assert (found.decision.outcome, [each.key for each in found.open_keys]) == (Outcome.DEPENDS, [key])


def test_one_source_that_is_open_decides_and_its_key_is_named() -> None:
    asked = source("notebook-instance/*")
    asked["Condition"]["StringEquals"] = {"aws:SourceOrgID": "o-1"}
    found = verdict(asked)
    assert (found.decision.outcome, found.fits) == (Outcome.DEPENDS, True)
    assert [each.key for each in found.open_keys] == ["aws:SourceOrgID"]


def test_a_decision_rests_on_the_role_only_where_a_resource_is_named() -> None:
    assert HERE.of_all_roles(document(trusts(SAGEMAKER))) == ("aws", ACCOUNT)
    for text in ('{"Resource": "*"}', '{"\\u0052esource": "*"}'):
        assert HERE.of_all_roles(text) == ("aws", ACCOUNT, str(ROLE))


def test_in_china_the_suffixed_name_counts_and_elsewhere_it_does_not() -> None:
    text = document(trusts("ssm.amazonaws.com.cn"))
    china = Circumstances(PrincipalArn.parse("arn:aws-cn:iam::123456789012:role/R"), "cn-north-1")
    assert judge_either(text, SSM, china).decision.outcome is Outcome.ALLOWED
    assert judge_either(text, SSM, HERE).decision.outcome is Outcome.IMPLICIT_DENY
    both = document(trusts(f"{SSM}.cn", Sid="Suffixed"), trusts(SSM, Sid="Plain"))
    assert judge_either(both, SSM, china).decision.statement == "Plain"
    denied = document({**trusts(SSM), "Effect": "Deny"})
    assert judge_either(denied, SSM, china).decision.outcome is Outcome.EXPLICIT_DENY


class TestTheDocument:
    def test_as_documented(self) -> None:
        assert as_documented(document(trusts(SSM)), SSM)
        assert as_documented(document(trusts([SAGEMAKER, SSM])), SSM)
        assert as_documented(document(trusts(SAGEMAKER), trusts(SSM)), SSM)
        assert not as_documented(document({**trusts(SSM), "Effect": "Deny"}), SSM)
        assert not as_documented(document({**trusts(SSM), "Action": "sts:*"}), SSM)
        assert not as_documented(document(trusts(SSM, Condition={"Null": {"aws:SourceArn": "false"}})), SSM)
        assert not as_documented(document(trusts(SAGEMAKER)), SSM)
        assert not as_documented(document({**trusts(SSM), "Principal": "*"}), SSM)
        assert not as_documented(document({**trusts(SSM), "Principal": {"AWS": SSM}}), SSM)
        assert not as_documented(document({"Effect": "Allow", "Principal": {"Service": SSM}, "NotAction": "x:y"}), SSM)
        assert as_documented(document({**trusts(SSM), "Action": ["sts:AssumeRole"]}), SSM)

    def test_the_owner_hardened_what_is_trusted_under_conditions_only(self) -> None:
        hard = trusts(SSM, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
        assert hardened_by_owner(document(hard), SSM)
        assert not hardened_by_owner(document(hard, trusts(SSM)), SSM)
        assert not hardened_by_owner(document(trusts(SAGEMAKER)), SSM)
        assert not hardened_by_owner(document({**hard, "Effect": "Deny"}), SSM)
        assert not hardened_by_owner("{", SSM)

    def test_names_service(self) -> None:
        assert names_service(document(source("pipeline/*")), SAGEMAKER)
        assert names_service(document(trusts(SSM), source("pipeline/*")), SAGEMAKER)
        assert not names_service(document({**trusts(SAGEMAKER), "Effect": "Deny"}), SAGEMAKER)
        assert not names_service(document({**trusts(SSM), "Principal": "*"}), SAGEMAKER)
        assert not names_service("[]", SAGEMAKER)
        assert names_service(document(trusts(f"{SSM}.cn")), SSM)
        assert not names_service(document({**trusts(SSM), "Principal": {"AWS": SSM}}), SSM)

    def test_deleted_principals_are_unique_ids_wherever_they_stand(self) -> None:
        statements = [
            {**trusts(SSM), "Principal": {"AWS": ["AROAEXAMPLEDELETED0", "arn:aws:iam::123456789012:root"]}},
            {"Effect": "Deny", "NotPrincipal": {"AWS": "AIDAEXAMPLEDELETED0"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": [5, ["AROAEXAMPLEDELETED1"]]}, "Action": "sts:AssumeRole"},
        ]
        assert deleted_principals(json.dumps({"Statement": statements})) == (
            "AROAEXAMPLEDELETED0",
            "AIDAEXAMPLEDELETED0",
        )


class TestEqualTrustsAreJudgedOnce:
    """What is remembered is told apart by everything that the decision rests on."""

    OTHER_ROLE = PrincipalArn.parse(f"arn:aws:iam::{ACCOUNT}:role/Other")

    def test_another_role_has_the_same_verdict(self) -> None:
        assert verdict(trusts(SSM), service=SSM) is verdict(
            trusts(SSM), service=SSM, known=Circumstances(self.OTHER_ROLE, "eu-west-1")
        )

    def test_a_resource_tells_roles_apart(self) -> None:
        named = trusts(SSM, Resource=str(self.OTHER_ROLE))
        for role, outcome in ((self.OTHER_ROLE, Outcome.ALLOWED), (ROLE, Outcome.IMPLICIT_DENY)):
            found = verdict(named, service=SSM, known=Circumstances(role, "eu-west-1"))
            assert found.decision.outcome is outcome

    def test_an_escaped_resource_does_too(self) -> None:
        text = document(trusts(SSM, Resource=str(self.OTHER_ROLE))).replace("Resource", "\\u0052esource")
        for role, outcome in ((self.OTHER_ROLE, Outcome.ALLOWED), (ROLE, Outcome.IMPLICIT_DENY)):
            assert judge(text, SSM, Circumstances(role, "eu-west-1")).decision.outcome is outcome

    def test_assumptions_of_another_value_tell_it_apart(self) -> None:
        asked = trusts(SSM, Condition={"StringEquals": {"aws:SourceOrgID": "o-1"}})
        for value, outcome in (("o-1", Outcome.ALLOWED), ("o-2", Outcome.IMPLICIT_DENY)):
            known = Circumstances(ROLE, "eu-west-1", assumed={"aws:SourceOrgID": value})
            assert verdict(asked, service=SSM, known=known).decision.outcome is outcome

    def test_account_region_organization_and_assumptions_tell_it_apart(self) -> None:
        here = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": "arn:*:*:eu-west-1:*:*"}}
        elsewhere = PrincipalArn.parse("arn:aws:iam::210987654321:role/Other")
        outcomes = [
            verdict(trusts(SSM, Condition=here), service=SSM, known=known).decision.outcome
            for known in (HERE, Circumstances(elsewhere, "eu-west-1"), Circumstances(ROLE, "eu-west-2"))
        ]
        assert outcomes == [Outcome.ALLOWED, Outcome.IMPLICIT_DENY, Outcome.IMPLICIT_DENY]
        of_org = {"StringEquals": {"aws:SourceOrgID": "o-1", "aws:CurrentTime": "now"}}
        for organization, assumed, outcome in (
            (Known("o-1"), None, Outcome.DEPENDS),
            (Known("o-2"), None, Outcome.IMPLICIT_DENY),
            (Known("o-1"), {"aws:CurrentTime": "now"}, Outcome.ALLOWED),
        ):
            known = Circumstances(ROLE, "eu-west-1", organization, assumed)
            assert verdict(trusts(SSM, Condition=of_org), service=SSM, known=known).decision.outcome is outcome
