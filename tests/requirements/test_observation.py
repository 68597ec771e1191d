"""An observation as a value: what follows from its parts, and what is assumed where nothing was read."""

from __future__ import annotations

import pytest

from sm_ssh_widget.requirements.cdk_facts import Leftovers
from sm_ssh_widget.requirements.facts import Absent, Known
from sm_ssh_widget.requirements.observation import (
    CALLER,
    SPECIFIED,
    AccountFacts,
    ChosenFacts,
    HeldPolicy,
    HostManagement,
    Identity,
    Nodes,
    Observation,
    OrganisationVerdict,
    PolicyText,
    Quotas,
    SessionSettings,
    Space,
    Subnet,
    Target,
)
from tests.support.observations import ROLE, attached, observation


def test_a_target_is_in_the_account_and_partition_of_its_role() -> None:
    target = Target(ROLE, "eu-west-1")
    assert (target.account, target.partition) == ("123456789012", "aws")


def test_a_role_that_nobody_confirmed_is_not_verified() -> None:
    target = Target(ROLE, "eu-west-1")
    assert not target.role_verified
    assert (target.user, target.space, target.notes, dict(target.sources)) == (None, None, (), {})
    assert (target.session, target.key_bucket, target.key_prefix) == ("", "", "")


def test_the_words_of_sources() -> None:
    assert (CALLER, SPECIFIED) == ("the caller (sts:GetCallerIdentity)", "specified")


def test_a_policy_without_an_arn_is_an_inline_one() -> None:
    assert HeldPolicy("P", "", Known(PolicyText("P", "{}"))).inline is True
    assert attached("AmazonSSMManagedInstanceCore").inline is False


def test_a_policy_text_says_where_it_is_stored_only_if_it_is_a_managed_one() -> None:
    assert (PolicyText("P", "{}").arn, PolicyText("P", "{}").version) == ("", "")
    assert HeldPolicy("P", "", Known(PolicyText("P", "{}"))).through == ""


def test_the_tags_of_an_identity_were_read_unless_told_otherwise() -> None:
    found = Identity(ROLE, Absent(), Absent(), Known(()), Known(()))
    assert (dict(found.tags), found.tags_read, found.unique_id) == ({}, True, "")


@pytest.mark.parametrize(("of_ssh_helper", "beside"), [(0, 5), (2, 3), (5, 0)])
def test_nodes_of_ssh_helper_say_nothing_of_the_rest(of_ssh_helper: int, beside: int) -> None:
    assert Nodes(9, 5, of_ssh_helper).online_beside_ssh_helper == beside


def test_no_node_is_ssh_helpers_unless_it_was_counted() -> None:
    assert Nodes(1, 1).online_of_ssh_helper == 0


def test_the_quotas_are_those_that_aws_documents_for_an_account() -> None:
    quotas = Quotas()
    assert (quotas.trust_size, quotas.role_inline_size, quotas.user_inline_size) == (2048, 10240, 2048)
    assert (quotas.attached_per_role, quotas.attached_per_user) == (10, 10)


def test_what_is_assumed_of_the_smaller_facts() -> None:
    assert OrganisationVerdict("arn", "ssm:StartSession", True).missing_keys == ()
    managed = HostManagement("quick-setup", "arn")
    assert (managed.progress, managed.said) == ("done", "")
    assert Subnet("subnet-1", "vpc-1", "a", True, "nat").public_addresses is False
    assert Space("s", "arn", True).remote_access == ""
    settings = SessionSettings(())
    assert (dict(settings.keys), dict(settings.bucket_keys), dict(settings.log_groups)) == ({}, {}, {})


def test_what_no_option_asked_for_is_absent_without_a_read() -> None:
    chosen = ChosenFacts()
    assert {getattr(chosen, name) for name in chosen.__dataclass_fields__} == {Absent()}
    account = AccountFacts(Known(Quotas()))
    assert (dict(account.managed), account.organization) == ({}, Absent())


def test_a_region_has_quick_setup_and_no_saved_preferences_unless_told_otherwise() -> None:
    region = observation().region
    assert region.quick_setup_offered is True
    assert region.session_settings == Absent()


def test_an_observation_was_read_by_nobody_in_particular_and_assumes_nothing() -> None:
    seen = observation()
    bare = Observation(seen.target, seen.role, None, seen.region, seen.account, Absent())
    assert (bare.read_as, bare.reader_id, dict(bare.assumed)) == ("", "", {})
    assert (bare.chosen, bare.leftovers) == (ChosenFacts(), Leftovers())
