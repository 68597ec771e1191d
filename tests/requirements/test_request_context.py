"""What is certain of a request before it is made: values, keys that it cannot have, and keys that stay open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.facts import Absent, Fact, Known
from sm_ssh_widget.requirements.request_context import (
    NODE_TAGS,
    RESOURCE_TAGS,
    Certain,
    of_identity,
    same_tags,
)
from tests.support.observations import DENIED, ROLE, document, identity

JANE = PrincipalArn.parse("arn:aws:iam::123456789012:user/team/jane")
NOT_READ = Absent()
PERSON = document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
NEVER_OF_A_CALL = {
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:ChatbotSourceArn",
    "aws:RequestTag/",
    "aws:TagKeys",
}
ONLY_OF_EC2 = {
    "ec2:SourceInstanceARN",
    "ec2:RoleDelivery",
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
}


def certain(
    arn: PrincipalArn = ROLE, *, service: bool = False, organization: Fact[str] = NOT_READ, **more: Any
) -> Certain:
    return of_identity(identity(arn, **more), "eu-west-1", organization, made_by_service=service)


class TestCertain:
    def test_nothing_is_certain_of_nothing(self) -> None:
        assert Certain() == Certain({}, frozenset(), frozenset())

    def test_of_two_the_later_counts_and_what_is_open_there_is_open(self) -> None:
        first = Certain({"a": "1", "b": "1", "c": "1"}, frozenset({"x"}), frozenset({"p"}))
        second = Certain({"b": "2"}, frozenset({"y"}), frozenset({"c"}))
        assert first.and_then(second) == Certain({"a": "1", "b": "2"}, frozenset({"x", "y"}), frozenset({"p", "c"}))

    def test_a_key_that_is_open_there_and_has_a_value_there_has_it(self) -> None:
        both = Certain({"a": "1"}).and_then(Certain({"a": "2"}, present=frozenset({"a"})))
        assert both.context == {"a": "2"}

    @pytest.mark.parametrize(
        ("key", "settled"),
        [
            ("aws:userid", True),
            ("aws:tagkeys", True),
            ("aws:requesttag/owner", True),
            ("aws:requesttag/", True),
            ("aws:requesttags", False),
            ("aws:sourcevpc", False),
            ("aws:requesttag/open", False),
            ("aws:both", True),
        ],
    )
    def test_a_key_is_settled_by_its_value_or_its_absence(self, key: str, *, settled: bool) -> None:
        known = Certain(
            {"aws:UserId": "A", "aws:Both": "1"},
            frozenset({"aws:TagKeys", "aws:RequestTag/"}),
            frozenset({"aws:RequestTag/Open", "aws:both"}),
        )
        assert known.settled(frozenset({key})) == ({key} if settled else set())

    def test_without_a_prefix_no_key_is_under_one(self) -> None:
        assert Certain({}, frozenset({"a"})).settled(frozenset({"a", "ab"})) == {"a"}

    def test_an_assumption_never_replaces_what_is_known(self) -> None:
        known = Certain({"aws:UserId": "A"}, frozenset({"aws:TagKeys"}), frozenset({"aws:Open"}))
        assumed = known.assuming({"AWS:userid": "B", "aws:tagkeys": "t", "aws:SourceVpc": "vpc-1", "aws:open": "o"})
        assert assumed.context == {"aws:UserId": "A", "aws:SourceVpc": "vpc-1", "aws:open": "o"}
        assert (assumed.absent, assumed.present) == (known.absent, known.present)


def test_a_tag_of_a_resource_has_two_names() -> None:
    told = same_tags(
        Certain(
            {"ssm:resourceTag/A": "1", "ssm:resourceTag/B": "2", "aws:ResourceTag/B": "own", "aws:Other": "3"},
            frozenset({"ssm:resourceTag/", "aws:TagKeys"}),
            frozenset({"ssm:resourceTag/C"}),
        )
    )
    assert told.context == {
        "ssm:resourceTag/A": "1",
        "aws:ResourceTag/A": "1",
        "ssm:resourceTag/B": "2",
        "aws:ResourceTag/B": "own",
        "aws:Other": "3",
    }
    assert told.absent == {"ssm:resourceTag/", "aws:ResourceTag/", "aws:TagKeys"}
    assert told.present == {"ssm:resourceTag/C", "aws:ResourceTag/C"}


def test_the_tags_of_nodes_and_the_names_of_tags() -> None:
    assert NODE_TAGS == ("SSHOwner", "SSHCreator", "SSHTimestamp", "SSHResourceName", "SSHResourceArn")
    assert {"ssm:resourceTag/", "aws:ResourceTag/"} == RESOURCE_TAGS


class TestOfAnIdentity:
    def test_of_a_role_whoever_uses_it(self) -> None:
        found = certain(trust=PERSON)
        assert found.context == {
            "aws:PrincipalArn": str(ROLE),
            "aws:PrincipalAccount": "123456789012",
            "aws:PrincipalType": "AssumedRole",
            "aws:ResourceAccount": "123456789012",
            "aws:RequestedRegion": "eu-west-1",
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "false",
            "aws:PrincipalIsAWSService": "false",
        }
        assert found.absent == {*NEVER_OF_A_CALL, "aws:username", "aws:PrincipalTag/"}
        assert found.present == set()

    def test_of_a_user(self) -> None:
        found = certain(JANE)
        assert (found.context["aws:username"], found.context["aws:PrincipalType"]) == ("jane", "User")
        assert "aws:username" not in found.absent

    @pytest.mark.parametrize(
        ("arn", "type"),
        [
            ("arn:aws:sts::123456789012:assumed-role/R/s", "AssumedRole"),
            ("arn:aws:iam::123456789012:root", "Account"),
            ("arn:aws:sts::123456789012:federated-user/f", "FederatedUser"),
        ],
    )
    def test_of_others_the_name_stays_open(self, arn: str, type: str) -> None:
        found = certain(PrincipalArn.parse(arn))
        assert found.context["aws:PrincipalType"] == type
        assert "aws:username" not in {*found.context, *found.absent}

    def test_of_a_session_that_a_service_makes(self) -> None:
        found = certain(service=True)
        assert found.context["aws:MultiFactorAuthPresent"] == "false"
        assert found.absent - certain(trust=PERSON).absent == {
            "aws:MultiFactorAuthAge",
            "aws:FederatedProvider",
            *ONLY_OF_EC2,
        }
        assert "aws:MultiFactorAuthPresent" not in certain().context


class TestOfItsOrganization:
    def test_an_account_in_an_organization_has_its_id(self) -> None:
        found = certain(organization=Known("o-1", "organizations:DescribeOrganization"))
        assert found.context["aws:PrincipalOrgID"] == "o-1"
        assert found.context["aws:ResourceOrgID"] == "o-1"
        assert not {each for each in found.absent if "Org" in each} - NEVER_OF_A_CALL

    def test_an_account_in_none_has_no_key_of_one(self) -> None:
        found = certain(organization=Absent("organizations:DescribeOrganization"))
        assert {each for each in found.absent if "Org" in each} - NEVER_OF_A_CALL == {
            "aws:PrincipalOrgID",
            "aws:ResourceOrgID",
            "aws:PrincipalOrgPaths",
            "aws:ResourceOrgPaths",
        }

    @pytest.mark.parametrize("fact", [DENIED, NOT_READ])
    def test_what_was_not_read_stays_open(self, fact: Fact[str]) -> None:
        assert certain(organization=fact) == certain()


def tagged(statement: dict[str, Any], *, service: bool = False, effect: str = "Allow") -> bool:
    """Whether the tags of a role with this trust are certain."""
    trust = document({"Effect": effect, "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", **statement})
    return certain(trust=trust, tags={"team": "a"}, service=service).context.get("aws:PrincipalTag/team") == "a"


class TestOfItsTags:
    def test_the_tags_of_a_user_are_its_own(self) -> None:
        jane = replace(identity(JANE, tags={"team": "a"}), trust=Absent())
        found = of_identity(jane, "eu-west-1", NOT_READ, made_by_service=False)
        assert found.context["aws:PrincipalTag/team"] == "a"
        assert "aws:PrincipalTag/" in found.absent

    def test_tags_that_were_not_read_stay_open(self) -> None:
        found = certain(JANE, tags={"team": "a"}, tags_read=False)
        assert "aws:PrincipalTag/team" not in found.context
        assert "aws:PrincipalTag/" not in found.absent

    @pytest.mark.parametrize("trust", [DENIED, Known("{")])
    @pytest.mark.parametrize("service", [True, False])
    def test_a_trust_that_cannot_be_read_may_let_sessions_bring_tags(self, trust: Fact[str], *, service: bool) -> None:
        held = replace(identity(tags={"a": "1"}), trust=trust)
        found = of_identity(held, "eu-west-1", NOT_READ, made_by_service=service)
        assert "aws:PrincipalTag/a" not in found.context
        assert "aws:PrincipalTag/" not in found.absent

    @pytest.mark.parametrize(
        ("action", "certain"),
        [
            ("sts:AssumeRole", True),
            (["sts:AssumeRole", "sts:SetSourceIdentity"], True),
            ("sts:TagSession", False),
            (["sts:AssumeRole", "STS:tagsession"], False),
            ("sts:*", False),
            ("*", False),
            (["sts:AssumeRole", 3], True),
        ],
    )
    def test_a_trust_that_lets_them_be_brought_leaves_them_open(self, action: Any, *, certain: bool) -> None:
        assert tagged({"Action": action}) is certain
        assert tagged({"Action": action}, effect="Deny")

    def test_one_statement_of_several_is_enough_to_bring_them(self) -> None:
        every = [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": action}
            for action in ("sts:TagSession", "sts:AssumeRole")
        ]
        for trust in (document(*every), document(*reversed(every))):
            assert "aws:PrincipalTag/a" not in certain(trust=trust, tags={"a": "1"}).context

    def test_a_statement_with_not_action_is_taken_to_let_them(self) -> None:
        trust = document({"Effect": "Allow", "Principal": "*", "NotAction": "sts:AssumeRoleWithSAML"})
        assert "aws:PrincipalTag/a" not in certain(trust=trust, tags={"a": "1"}).context

    @pytest.mark.parametrize(
        ("principal", "certain"),
        [
            ({"Service": "sagemaker.amazonaws.com"}, False),
            ({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}, False),
            ({"Service": "ec2.amazonaws.com"}, True),
            ({"Service": "ssmquicksetup.amazonaws.com"}, True),
            ({"AWS": "arn:aws:iam::123456789012:root"}, True),
            ("*", False),
        ],
    )
    def test_of_sessions_of_services_only_what_the_services_may_bring(self, principal: Any, *, certain: bool) -> None:
        bring = {"Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        assert tagged(bring, service=True) is certain
        assert not tagged(bring)
