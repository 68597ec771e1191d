"""Who and where: the order of sources, the edge cases, and the number of round trips."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from sm_ssh_widget.aws.detection.detect import SHARED_SPACE_NOTE, Detection, detect
from sm_ssh_widget.aws.detection.roles import list_candidates, why_not
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import ExistingSession, sign_in
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Unknown
from sm_ssh_widget.simulator import SimulatedAccount

REGION, ACCOUNT = "eu-west-1", "123456789012"
IAM = f"arn:aws:iam::{ACCOUNT}"
STUDIO_ROLE = f"{IAM}:role/service-role/AmazonSageMaker-ExecutionRole-20240101T000000"
OWNER_ROLE, SPACE_ROLE = f"{IAM}:role/team/OwnerRole", f"{IAM}:role/SpacesRole"
DOMAIN_ROLE, NOTEBOOK_ROLE = f"{IAM}:role/DomainRole", f"{IAM}:role/NotebookRole"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
APP = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:app/d-1/x/JupyterLab/default"


def role_record(arn: str, trust: Any = TRUST) -> dict[str, Any]:
    parsed = PrincipalArn.parse(arn)
    return {"RoleName": parsed.name, "Path": parsed.path, "AssumeRolePolicyDocument": trust}


def profile_record(name: str, role: str | None) -> dict[str, Any]:
    settings = {"ExecutionRole": role} if role else {}
    return {"DomainId": "d-1", "UserProfileName": name, "Status": "InService", "UserSettings": settings}


def space_record(name: str, sharing: str | None, owner: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {"DomainId": "d-1", "SpaceName": name, "Status": "InService"}
    if sharing:
        record["SpaceSharingSettings"] = {"SharingType": sharing}
    if owner:
        record["OwnershipSettings"] = {"OwnerUserProfileName": owner}
    return record


STATE = {
    "RoleDetailList": [role_record(arn) for arn in (OWNER_ROLE, SPACE_ROLE, DOMAIN_ROLE, NOTEBOOK_ROLE)]
    + [
        role_record(f"{IAM}:role/{'L' * 60}"),
        role_record(f"{IAM}:role/BaseNotebookInstanceEc2InstanceRole"),
        role_record(f"{IAM}:role/Broken", {"Version": "2012-10-17", "Statement": "?"}),
    ],
    "Domains": [
        {
            "DomainId": "d-1",
            "DomainName": "d",
            "Status": "InService",
            "DefaultUserSettings": {"ExecutionRole": DOMAIN_ROLE},
            "DefaultSpaceSettings": {"ExecutionRole": SPACE_ROLE},
        },
        {"DomainId": "d-2", "DomainName": "bare", "Status": "InService", "DefaultUserSettings": {}},
    ],
    "UserProfiles": [profile_record("owner", OWNER_ROLE), profile_record("plain", None)],
    "Spaces": [
        space_record("private", "Private", "owner"),
        space_record("shared", "Shared", "owner"),
        space_record("old", None, None),
    ],
    "NotebookInstances": [
        {"NotebookInstanceName": "nb", "NotebookInstanceStatus": "InService", "RoleArn": NOTEBOOK_ROLE}
    ],
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedAccount]:
    file = tmp_path_factory.mktemp("scenario") / "studio.json"
    file.write_text(json.dumps({"extends": "fresh-studio-role", "state": STATE}))
    with SimulatedAccount(scenario=str(file)) as running:
        yield running


class Here:
    """A place to look from: who is signed in there, and what SageMaker's file says."""

    def __init__(self, account: SimulatedAccount, folder: Path) -> None:
        self.account, self.file = account, folder / "metadata.json"

    def look(self, profile: str = "admin", metadata: Any = None, **given: Any) -> Detection:
        if metadata is not None:
            self.file.write_text(metadata if isinstance(metadata, str) else json.dumps(metadata))
        given.setdefault("session", self.account.session(profile))
        return detect(metadata_path=self.file, **given)

    @contextmanager
    def faults(self, *faults: dict[str, Any]) -> Iterator[None]:
        self.account.set_faults(list(faults))
        try:
            yield
        finally:
            self.account.set_faults([])


@pytest.fixture
def here(account: SimulatedAccount, tmp_path: Path) -> Here:
    return Here(account, tmp_path)


def denied(*operations: str) -> tuple[dict[str, Any], ...]:
    said = {"code": "AccessDeniedException", "message": "no", "status": 400}
    return tuple({"kind": "error", "operation": operation, **said} for operation in operations)


def found(detection: Detection) -> tuple[str, str]:
    assert detection.target is not None, detection.notes
    return str(detection.target.role), detection.target.sources["role"]


class TestTheOrderOfSources:
    @pytest.mark.parametrize(
        ("metadata", "role", "source"),
        [
            ({"ExecutionRoleArn": STUDIO_ROLE, "DomainId": "d-1", "UserProfileName": "owner"}, STUDIO_ROLE, "metadata"),
            ({"DomainId": "d-1", "SpaceName": "private"}, OWNER_ROLE, "user profile"),
            ({"DomainId": "d-1", "SpaceName": "private", "UserProfileName": "owner"}, OWNER_ROLE, "user profile"),
            ({"DomainId": "d-1", "SpaceName": "shared"}, SPACE_ROLE, "shared spaces"),
            ({"DomainId": "d-1", "SpaceName": "shared", "UserProfileName": "owner"}, SPACE_ROLE, "shared spaces"),
            ({"DomainId": "d-1", "SpaceName": "old"}, SPACE_ROLE, "shared spaces"),
            ({"DomainId": "d-1", "UserProfileName": "owner"}, OWNER_ROLE, "user profile"),
            ({"DomainId": "d-1", "UserProfileName": "plain"}, DOMAIN_ROLE, "default for users"),
            (
                {"ResourceArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance/nb", "ResourceName": "nb"},
                NOTEBOOK_ROLE,
                "notebook instance",
            ),
        ],
        ids=lambda value: json.dumps(value)[:60],
    )
    def test_sagemaker_says_which_role(self, here: Here, metadata: Any, role: str, source: str) -> None:
        detection = here.look(metadata=metadata)
        assert found(detection)[0] == role
        assert source in found(detection)[1]
        assert detection.target is not None
        assert detection.target.role_verified
        assert detection.in_sagemaker

    def test_what_is_named_wins(self, here: Here) -> None:
        detection = here.look(metadata={"ExecutionRoleArn": STUDIO_ROLE}, role=DOMAIN_ROLE)
        assert found(detection) == (DOMAIN_ROLE, "specified")

    def test_the_caller_comes_last(self, here: Here) -> None:
        assert found(here.look("execution-role")) == (STUDIO_ROLE, "the caller (sts:GetCallerIdentity)")

    @pytest.mark.parametrize(
        "metadata",
        [
            "{not json",
            "[]",
            '{"ExecutionRoleArn": 5}',
            {"ExecutionRoleArn": "arn:aws:iam::1:role/x"},
            {"DomainId": "d-gone", "UserProfileName": "nobody"},
            {"DomainId": "d-2", "SpaceName": "shared"},
        ],
    )
    def test_what_is_broken_or_gone_leads_to_the_next_source(self, here: Here, metadata: Any) -> None:
        assert found(here.look("execution-role", metadata))[0] == STUDIO_ROLE

    def test_a_broken_file_is_a_note(self, here: Here) -> None:
        assert any("metadata" in note for note in here.look("execution-role", "{not json").notes)

    def test_a_denied_describe_is_a_note_and_the_next_source_is_asked(self, here: Here) -> None:
        with here.faults(*denied("sagemaker:*")):
            detection = here.look("execution-role", {"DomainId": "d-1", "UserProfileName": "plain"})
        assert found(detection)[0] == STUDIO_ROLE
        assert any("sagemaker:DescribeUserProfile" in note for note in detection.notes)

    def test_a_profile_that_could_not_be_read_is_not_taken_for_one_without_a_role(self, here: Here) -> None:
        with here.faults(*denied("sagemaker:DescribeUserProfile")):
            detection = here.look("execution-role", {"DomainId": "d-1", "UserProfileName": "owner"})
        assert found(detection)[0] == STUDIO_ROLE

    def test_the_file_is_found_by_the_variable(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        here.file.write_text(json.dumps({"ExecutionRoleArn": DOMAIN_ROLE}))
        monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(here.file))
        assert found(detect(session=here.account.session("admin")))[0] == DOMAIN_ROLE


class TestTheRoleIsVerified:
    def test_by_listing_where_getting_is_denied(self, here: Here) -> None:
        with here.faults(*denied("iam:GetRole")):
            detection = here.look("execution-role")
        assert found(detection)[0] == STUDIO_ROLE
        assert detection.target is not None
        assert detection.target.role_verified

    def test_or_its_path_stays_unknown(self, here: Here) -> None:
        with here.faults(*denied("iam:*")):
            detection = here.look("execution-role")
        assert detection.target is not None
        assert not detection.target.role.path_known
        assert not detection.target.role_verified
        assert any("could not be verified" in note for note in detection.notes)

    def test_sagemakers_word_is_kept_where_iam_is_silent(self, here: Here) -> None:
        with here.faults(*denied("iam:*")):
            detection = here.look("execution-role", {"ExecutionRoleArn": STUDIO_ROLE})
        assert found(detection)[0] == STUDIO_ROLE
        assert detection.target is not None
        assert not detection.target.role_verified

    def test_by_the_sign_in_where_there_is_one(self, here: Here) -> None:
        admin = sign_in(ExistingSession(here.account.session("admin")), region=REGION)
        denial = [{**fault, "principal": "*assumed-role*"} for fault in denied("iam:*")]
        with here.faults(*denial):
            detection = here.look("execution-role", reader=admin.reader)
        assert detection.target is not None
        assert detection.target.role_verified
        assert detection.target.user is None
        assert isinstance(detection.caller, Known)
        assert detection.caller.value.user_id.endswith(":SageMaker")


class TestWhatIsNeverTaken:
    @pytest.mark.parametrize("profile", ["admin", "user", "sso"])
    def test_a_user_a_persons_role_or_identity_center(self, here: Here, profile: str) -> None:
        detection = here.look(profile)
        assert detection.target is None
        assert any("hoose the execution role" in note for note in detection.notes)

    def test_a_session_whose_trust_cannot_be_read_outside_sagemaker(self, here: Here) -> None:
        with here.faults(*denied("iam:*")):
            assert here.look("user").target is None

    @pytest.mark.parametrize(
        ("arn", "words"),
        [
            ("role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef", "Identity Center"),
            ("role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM", "service-linked"),
            ("role/BaseNotebookInstanceEc2InstanceRole", "AWS-owned"),
        ],
    )
    def test_roles_by_name_and_path(self, arn: str, words: str) -> None:
        assert words in str(why_not(PrincipalArn.parse(f"{IAM}:{arn}"), json.dumps(TRUST), REGION))

    def test_but_what_is_named_is_judged(self, here: Here) -> None:
        arn = f"{IAM}:role/DataScientist"
        detection = here.look(role=arn)
        assert found(detection)[0] == arn
        assert any("SageMaker cannot assume" in note for note in detection.notes)

    def test_candidates_are_those_that_sagemaker_can_assume(self, here: Here) -> None:
        fact = list_candidates(Reader(here.account.session("admin"), region=REGION), REGION)
        assert isinstance(fact, Known)
        names = [arn.name for arn in fact.value]
        assert {"OwnerRole", "SpacesRole", "DomainRole", "NotebookRole"} <= set(names)
        assert not {"DataScientist", "Broken", "BaseNotebookInstanceEc2InstanceRole"} & set(names)
        assert not [name for name in names if name.startswith("AWS")]


class TestTheLocalUser:
    def test_nobody_where_the_caller_is_the_execution_role(self, here: Here) -> None:
        detection = here.look("execution-role")
        assert detection.target is not None
        assert detection.target.user is None
        assert "user" not in detection.target.sources

    @pytest.mark.parametrize(
        ("profile", "user"),
        [
            ("read-only", f"{IAM}:user/read-only"),
            ("user", f"{IAM}:role/DataScientist"),
            (
                "sso",
                f"{IAM}:role/aws-reserved/sso.amazonaws.com/{REGION}/AWSReservedSSO_DataScientist_0123456789abcdef",
            ),
        ],
    )
    def test_the_caller_where_it_is_somebody_else(self, here: Here, profile: str, user: str) -> None:
        admin = sign_in(ExistingSession(here.account.session("admin")), region=REGION)
        detection = here.look(profile, role=STUDIO_ROLE, reader=admin.reader)
        assert detection.target is not None
        assert str(detection.target.user) == user

    def test_admin_keys_in_studio_are_not_the_local_user(self, here: Here) -> None:
        detection = here.look("admin", {"ExecutionRoleArn": STUDIO_ROLE})
        assert detection.target is not None
        assert detection.target.user is None
        assert any("Specify who connects" in note for note in detection.notes)

    @pytest.mark.parametrize(
        ("profile", "metadata"),
        [("execution-role", {}), ("user", {"ExecutionRoleArn": f"{IAM}:role/DataScientist"})],
        ids=["by the session's name", "by the metadata"],
    )
    def test_the_role_that_studio_runs_as_is_not_the_local_user_of_another_role(
        self, here: Here, profile: str, metadata: Any
    ) -> None:
        detection = here.look(profile, metadata, role=OWNER_ROLE)
        assert detection.target is not None
        assert (str(detection.target.role), detection.target.user) == (OWNER_ROLE, None)
        assert any("SageMaker runs as. Specify who connects" in note for note in detection.notes)

    @pytest.mark.parametrize(
        "user",
        [f"{IAM}:user/read-only", f"{IAM}:root", f"arn:aws:sts::{ACCOUNT}:assumed-role/OwnerRole/me", OWNER_ROLE],
    )
    def test_whoever_is_named(self, here: Here, user: str) -> None:
        detection = here.look(role=STUDIO_ROLE, user=user)
        assert detection.target is not None
        assert str(detection.target.user) == (user if "assumed" not in user else OWNER_ROLE)
        assert detection.target.sources["user"].startswith("specified")

    def test_one_of_another_account_is_a_mistake(self, here: Here) -> None:
        assert usage(here, role=STUDIO_ROLE, user="arn:aws:iam::999999999999:user/x").where == "Finding the role"


def usage(here: Here, **given: Any) -> Problem:
    with pytest.raises(Problem) as raised:
        here.look(**given)
    assert (raised.value.code, raised.value.code.exit_code) == (Code.USAGE, 2)
    return raised.value


class TestMistakes:
    @pytest.mark.parametrize(
        "given",
        [
            {"role": "MyRole"},
            {"role": "arn:aws:iam::12345:role/X"},
            {"role": "arn:aws:iam::123456789012:rolle/X"},
            {"role": f"{IAM}:user/admin"},
            {"role": f"{IAM}:root"},
            {"user": f"{IAM}:group/g"},
            {"user": "jane"},
            {"region": "Ireland"},
            {"region": "eu-west"},
            {"role": STUDIO_ROLE, "region": "cn-north-1"},
        ],
        ids=str,
    )
    def test_typos_are_usage(self, here: Here, given: dict[str, str]) -> None:
        assert usage(here, **given).said

    def test_a_wrong_path_names_the_right_one(self, here: Here) -> None:
        assert OWNER_ROLE in usage(here, role=f"{IAM}:role/OwnerRole").remedy

    def test_another_partition_names_the_right_one(self, here: Here) -> None:
        assert OWNER_ROLE in usage(here, role=OWNER_ROLE.replace("aws", "aws-cn", 1)).remedy

    def test_a_role_that_is_gone(self, here: Here) -> None:
        with pytest.raises(Problem) as raised:
            here.look(role=f"{IAM}:role/Gone")
        assert raised.value.code is Code.AWS_REFUSED

    def test_a_role_of_another_account_is_not_verified_by_its_namesake(self, here: Here) -> None:
        detection = here.look(role="arn:aws:iam::999999999999:role/DomainRole")
        assert detection.target is not None
        assert detection.target.account == "999999999999"
        assert not detection.target.role_verified
        assert any("Sign in to account" in note for note in detection.notes)

    def test_a_name_too_long_for_an_activation_is_noted(self, here: Here) -> None:
        detection = here.look(role=f"{IAM}:role/{'L' * 60}")
        assert not any("64" in note for note in detection.notes)
        long = f"{IAM}:role/service-role/{'L' * 60}"
        with here.faults(*denied("iam:*")):
            assert any("64" in note for note in here.look(role=long).notes)


class TestCredentialsThatDoNotWork:
    def test_nothing_found_asks_for_a_sign_in(self, here: Here) -> None:
        with pytest.raises(Problem) as raised:
            here.look(session=boto3.Session(region_name=REGION))
        assert raised.value.code is Code.SIGN_IN

    def test_what_sagemaker_says_is_still_said(self, here: Here) -> None:
        detection = here.look(metadata={"ExecutionRoleArn": STUDIO_ROLE}, session=boto3.Session(region_name=REGION))
        assert found(detection)[0] == STUDIO_ROLE
        assert detection.target is not None
        assert not detection.target.role_verified
        assert isinstance(detection.caller, Unknown)

    def test_expired_ones_too(self, here: Here) -> None:
        with here.faults({"kind": "expired-token"}):
            detection = here.look("execution-role", {"ExecutionRoleArn": STUDIO_ROLE})
        assert isinstance(detection.caller, Unknown)
        assert "expired" in detection.caller.said


class TestTheRegion:
    def test_named_then_session_then_metadata(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        metadata = {"ExecutionRoleArn": STUDIO_ROLE, "ResourceArn": APP.replace(REGION, "us-east-2")}
        assert source(here.look(metadata=metadata, region="eu-north-1")) == ("eu-north-1", "specified")
        assert source(here.look(metadata=metadata)) == (REGION, "the Python session")
        detection = here.look(metadata=metadata, session=boto3.Session())
        assert source(detection) == ("us-east-2", "SageMaker's metadata (ResourceArn)")

    def test_of_the_environment(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
        detection = here.look(metadata={"ExecutionRoleArn": STUDIO_ROLE}, session=None)
        assert source(detection) == ("eu-west-3", "environment variable AWS_DEFAULT_REGION")

    def test_another_region_than_sagemakers_is_noted(self, here: Here) -> None:
        detection = here.look(metadata={"ExecutionRoleArn": STUDIO_ROLE, "ResourceArn": APP}, region="us-east-1")
        assert any(REGION in note and "us-east-1" in note for note in detection.notes)

    def test_none_is_usage(self, here: Here) -> None:
        assert "Region" in usage(here, role=STUDIO_ROLE, session=boto3.Session()).said


def source(detection: Detection) -> tuple[str, str]:
    assert detection.target is not None
    return detection.target.region, detection.target.sources["region"]


class TestSharedSpaces:
    def test_they_are_warned_about(self, here: Here) -> None:
        metadata = {"ExecutionRoleArn": STUDIO_ROLE, "DomainId": "d-1", "SpaceName": "shared"}
        detection = here.look(metadata=metadata)
        assert detection.shared_space
        assert SHARED_SPACE_NOTE in detection.notes
        assert not here.look(metadata={**metadata, "SpaceName": "private"}).shared_space

    def test_the_environment_says_so_too(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SAGEMAKER_SPACE_TYPE_LOWERCASE", "shared")
        assert here.look(metadata={"ExecutionRoleArn": STUDIO_ROLE}).shared_space


@pytest.mark.benchmark  # it measures time, so it runs by itself
class TestRoundTrips:
    @pytest.mark.parametrize(
        ("metadata", "faults"),
        [
            ({"DomainId": "d-1", "SpaceName": "private"}, denied("iam:GetRole")),
            ({"ExecutionRoleArn": STUDIO_ROLE, "DomainId": "d-1", "SpaceName": "private"}, denied("iam:GetRole")),
            (None, denied("iam:GetRole")),
        ],
        ids=["owner of a private space", "metadata", "caller"],
    )
    def test_at_most_three_deep(self, here: Here, metadata: Any, faults: tuple[dict[str, Any], ...]) -> None:
        latency = 0.5
        here.look("execution-role", metadata)
        here.account.forget_calls()
        with here.faults({"kind": "latency", "milliseconds": latency * 1000}, *faults):
            here.look("execution-role", metadata)
        assert 1 < depth([datetime.fromisoformat(call["time"]) for call in here.account.calls()], latency) <= 3


def depth(times: list[datetime], latency: float) -> int:
    """The longest chain of calls that can have waited for one another: each takes ``latency`` seconds at least."""
    chain: list[datetime] = []
    for begun in sorted(times):
        if not chain or (begun - chain[-1]).total_seconds() >= latency:
            chain.append(begun)
    return len(chain)
