"""Who is who in ``SSHOwner``: the value for every kind of person, and its traps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import CALLER, Absent, Known, Observation, Reason, Unknown
from sm_ssh_widget.requirements.ssh_owner import (
    COMMAND,
    ClientIdentity,
    OwnerStory,
    acts_as,
    caller_from,
    is_lasting,
    owner_story,
    permission_set,
    session_of,
    studio_owners,
    traps,
    with_client,
)
from tests.support.observations import ROLE, USER, identity, observation

ALICE = PrincipalArn.parse("arn:aws:iam::123456789012:user/alice")
SSO = PrincipalArn.parse(
    "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Data_0123456789abcdef"
)
JANE = replace(observation().target, user=USER, session="jane")
STUDIO = Selection.of(options=("studio-as-client",))
ROOT = PrincipalArn.parse("arn:aws:iam::123456789012:root")


def story(
    arn: PrincipalArn | None, caller: ClientIdentity | None = None, *, named: str = "", **more: Any
) -> OwnerStory:
    user = None if arn is None else identity(arn, unique_id="AIDAALICE" if arn.kind == "user" else "AROAEXAMPLE")
    seen = observation(user=user)
    return owner_story(replace(seen, target=replace(seen.target, session=named)), caller, **more)


def session(arn: PrincipalArn, name: str) -> ClientIdentity:
    return ClientIdentity(
        PrincipalArn(arn.partition, arn.account, "assumed-role", arn.name, None, name), f"AROAEXAMPLE:{name}"
    )


def told(found: OwnerStory) -> str:
    return " ".join(found.warnings)


def test_an_iam_user_has_a_value_that_stays() -> None:
    found = story(ALICE)
    assert (found.kind, found.value, found.certain, found.warnings) == ("iam-user", "AIDAALICE", True, ())


def test_the_two_identities_are_told_apart() -> None:
    in_cloud, at_laptop = story(ALICE).people
    assert in_cloud.arn == str(ROLE)
    assert at_laptop.arn == str(ALICE)


def test_a_role_whose_session_nobody_knows() -> None:
    found = story(USER)
    assert (found.kind, found.value, found.certain) == ("role", "AROAEXAMPLE:SESSION-NAME", False)
    assert COMMAND in told(found)


def test_a_session_that_was_named_is_kept() -> None:
    found = story(USER, session(USER, "somebody-else"), named="Doe,Jane")
    assert (found.value, found.certain) == ("AROAEXAMPLE:Doe,Jane", True)
    assert "CreateActivation fails" in told(found)


def test_a_session_that_was_named_of_a_role_that_could_not_be_read() -> None:
    unread = owner_story(replace(observation(user=identity(USER, unique_id="")), target=JANE))
    assert (unread.value, unread.certain) == ("", False)
    own = owner_story(replace(observation(user=identity(USER, unique_id="")), target=JANE), session(USER, "jane"))
    assert (own.value, own.certain) == ("AROAEXAMPLE:jane", True)


def test_a_role_whose_session_asks_itself() -> None:
    found = story(USER, session(USER, "jane"))
    assert (found.value, found.certain, found.warnings) == ("AROAEXAMPLE:jane", True, ())


def test_somebody_else_who_reads_is_not_the_person() -> None:
    admin = ClientIdentity(PrincipalArn.parse("arn:aws:iam::123456789012:user/admin"), "AIDAADMIN")
    assert "AIDAADMIN" not in story(USER, admin).value


def test_a_permission_set() -> None:
    found = story(SSO, session(SSO, "alice@example.com"))
    assert (found.kind, found.value) == ("sso-role", "AROAEXAMPLE:alice@example.com")
    assert "recreated" in told(found)
    assert permission_set(SSO) == "Data"


def test_a_role_that_is_only_called_like_one_of_a_permission_set() -> None:
    named = PrincipalArn("aws", "123456789012", "role", SSO.name, "/")
    assert permission_set(named) == ""


def test_studio_as_the_client_is_shared() -> None:
    found = story(ROLE, named="SageMaker", studio_as_client=True)
    assert (found.kind, found.value, found.certain) == ("studio", "AROAEXAMPLE:SageMaker", True)
    assert "same value" in told(found)


@pytest.mark.parametrize("user", [None, ROLE, ROLE.role()])
def test_connections_from_studio_are_the_role_s_own(user: PrincipalArn | None) -> None:
    target = replace(observation().target, user=user, sources={"user": "named"})
    client = with_client(target, STUDIO)
    assert (client.user, client.session, client.sources["user"]) == (ROLE, "SageMaker", "the option studio-as-client")


def test_connections_from_studio_are_nobody_else_s() -> None:
    target = replace(observation().target, user=USER, sources={"user": "named"})
    assert with_client(target, Selection()) is target
    with pytest.raises(Problem) as raised:
        with_client(target, STUDIO)
    assert (raised.value.where, raised.value.code) == ("--user", Code.USAGE)
    assert with_client(replace(target, sources={"user": CALLER}), STUDIO).user == ROLE, "nobody named the caller"


def test_the_root_user() -> None:
    found = story(ROOT)
    assert (found.value, found.certain) == ("123456789012", True)
    assert "IAM policies do not limit" in told(found)


def test_nobody() -> None:
    found = story(None)
    assert (found.kind, found.value) == ("nobody", "")
    assert "--user" in told(found)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("botocore-session-1700000000", "role_session_name"),
        ("aws-go-sdk-1700000000000000000", "role_session_name"),
        ("1700000000", "role_session_name"),
        ("Doe,Jane", "CreateActivation fails"),
        ("SageMaker", "same value"),
        ("i-0123456789abcdef0", "machine"),
    ],
)
def test_the_traps_of_a_session_name(name: str, word: str) -> None:
    assert word in told(story(USER, session(USER, name)))


@given(st.text("abcXYZ0189_+=.@-", min_size=2, max_size=64).filter(lambda name: not name.isdigit()))
def test_a_session_name_that_a_tag_can_hold_is_not_called_illegal(name: str) -> None:
    assert "CreateActivation" not in told(story(USER, session(USER, name)))


@given(st.text("abcXYZ0189_+=,.@-", min_size=2, max_size=64))
def test_a_comma_is_always_told(name: str) -> None:
    assert ("CreateActivation" in told(story(USER, session(USER, name)))) is ("," in name)


def test_a_caller_of_texts() -> None:
    assert caller_from("", "AIDA") is None
    assert caller_from(str(ALICE), "") is None
    assert caller_from(str(ALICE), "AIDA") == ClientIdentity(ALICE, "AIDA")
    assert session_of("AIDA") == ""


def test_a_session_acts_as_its_role_and_a_user_as_nobody_else() -> None:
    assert acts_as(session(USER, "jane").arn, USER)
    assert not acts_as(session(SSO, "jane").arn, USER)
    assert acts_as(ALICE, ALICE)
    assert not acts_as(ALICE, USER)


@pytest.mark.parametrize(
    ("user_id", "lasting", "count"),
    [
        ("AIDAALICE", True, 0),
        ("AROAX:jane", True, 0),
        ("AROAX:SageMaker", True, 1),
        ("AROAX:botocore-session-1700000000", False, 1),
        ("AROAX:jane,doe", False, 1),
    ],
)
def test_whether_a_value_lasts(user_id: str, lasting: bool, count: int) -> None:
    assert is_lasting(user_id) is lasting
    assert len(traps(user_id)) == count


def test_as_json_it_says_what_it_says() -> None:
    found = story(ALICE).to_json()
    assert set(found) == {"kind", "people", "value", "certain", "warnings", "command"}


class TestSessionNamesOfStudio:
    """What is said of Studio as the client follows the domain's setting."""

    @staticmethod
    def seen(names: Any) -> Observation:
        role = identity()
        found = observation(role, role, session_names=names)
        return replace(found, target=replace(found.target, session="SageMaker"))

    def test_everyone_is_sagemaker_by_default(self) -> None:
        for names in (Absent("sagemaker:DescribeDomain"), Known("STATIC", "sagemaker:DescribeDomain")):
            story = owner_story(self.seen(names), studio_as_client=True)
            assert (story.value, story.certain) == ("AROAEXAMPLE:SageMaker", True)
            assert any("does not tell them apart" in warning for warning in story.warnings)
            assert studio_owners(self.seen(names)).endswith("SSHOwner does not tell them apart.")

    def test_a_person_has_a_session_of_their_own(self) -> None:
        seen = self.seen(Known("USER_IDENTITY", "sagemaker:DescribeDomain"))
        story = owner_story(seen, studio_as_client=True)
        assert (story.value, story.certain) == ("AROAEXAMPLE:USER-NAME", False)
        assert "tells the Studio users of this role apart" in studio_owners(seen)

    def test_the_caller_s_own_session_is_the_value(self) -> None:
        seen = self.seen(Known("USER_IDENTITY", "sagemaker:DescribeDomain"))
        arn = "arn:aws:sts::123456789012:assumed-role/AmazonSageMaker-ExecutionRole-20240101T000000/ann"
        story = owner_story(seen, caller_from(arn, "AROAEXAMPLE:ann"), studio_as_client=True)
        assert (story.value, story.certain, story.warnings) == ("AROAEXAMPLE:ann", True, ())

    def test_a_setting_that_was_not_read_is_said(self) -> None:
        denied = Unknown(Reason.DENIED, "sagemaker:DescribeDomain", "AccessDenied", "Sign in.")
        said = studio_owners(self.seen(denied))
        assert said.endswith("unless ExecutionRoleSessionNameMode is USER_IDENTITY (sagemaker:DescribeDomain failed).")

    def test_another_client_does_not_follow_it(self) -> None:
        seen = self.seen(Known("USER_IDENTITY", "sagemaker:DescribeDomain"))
        assert owner_story(seen).value == "AROAEXAMPLE:SageMaker"
