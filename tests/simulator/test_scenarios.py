"""Scenarios are data, and the data is whole: every scenario says what must be found, planned and refused in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator import scenario as scenario_module
from sm_ssh_widget.simulator.scenario import DEFAULT, load_scenario, scenario_names
from tests.simulator.conftest import ROLE
from tests.support.scenarios import IDS, expected

EXPECTED = {
    "aws-cn",
    "boundary-blocks",
    "data-perimeter-deny",
    "deleted-principal",
    "everything-done",
    "explicit-deny",
    "fresh-studio-role",
    "half-done",
    "managed-policy-quota-full",
    "newer-upstream-policies",
    "reads-denied",
    "scp-blocks",
    "trust-near-quota",
    "trust-with-saml-and-conditions",
    "two-regions",
}
SCENARIOS = Path(scenario_module.__file__).parent / "scenarios"


def test_the_scenarios_of_the_issue_are_there() -> None:
    assert set(scenario_names()) >= EXPECTED


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_says_what_must_be_found(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title
    assert scenario.why
    assert tuple(scenario.expected["findings"]) == IDS
    assert set(scenario.expected["findings"].values()) <= {status.value for status in FindingStatus}
    assert expected(scenario).refused.keys() <= set(IDS)


@pytest.mark.parametrize("name", [name for name in scenario_names() if name != DEFAULT])
def test_a_scenario_states_only_what_differs_from_its_base(name: str) -> None:
    stated = json.loads((SCENARIOS / f"{name}.json").read_text())
    base = load_scenario(stated["extends"]).expected
    assert not _repeated(stated.get("expected", {}), base)


def _repeated(stated: dict[str, Any], base: dict[str, Any]) -> list[str]:
    """The members that are the same without being stated."""
    found = []
    for member in stated.keys() & base.keys():
        if isinstance(stated[member], dict):
            found += _repeated(stated[member], base[member])
        elif stated[member] == base[member]:
            found.append(member)
    return found


def test_a_repeated_expectation_is_seen() -> None:
    base = {"findings": {"a": "missing", "b": "missing"}, "user": "x"}
    assert _repeated({"findings": {"a": "missing", "b": "blocked"}}, base) == ["a"]
    assert _repeated({"user": "x"}, base) == ["user"]


def test_what_a_scenario_expects_is_laid_over_what_its_base_expects(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"extends": "scp-blocks", "expected": {"findings": {"ssm.tier": "satisfied"}}}))
    base, own = load_scenario("scp-blocks").expected, load_scenario(str(path)).expected
    assert own == {**base, "findings": {**base["findings"], "ssm.tier": "satisfied"}}


def test_the_trust_near_its_quota_is_near_its_quota() -> None:
    with SimulatedAccount("trust-near-quota") as account:
        role = next(role for role in account.state()["RoleDetailList"] if role["RoleName"] == ROLE)
        used = len(re.sub(r"\s", "", role["AssumeRolePolicyDocument"]))
        assert 2048 - 90 < used <= 2048


def test_the_partition_of_china() -> None:
    with SimulatedAccount("aws-cn") as account:
        iam = account.session().client("iam")
        assert iam.get_role(RoleName=ROLE)["Role"]["Arn"].startswith("arn:aws-cn:iam::")
        policy = iam.get_policy(PolicyArn="arn:aws-cn:iam::aws:policy/AmazonSageMakerFullAccess")["Policy"]
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        assert "arn:aws:" not in json.dumps(version["PolicyVersion"]["Document"])


def test_a_file_of_one_s_own_is_laid_over_the_fresh_role(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"RoleDetailList": [{"RoleName": "Mine", "AssumeRolePolicyDocument": "{ no JSON"}]}))
    with SimulatedAccount(str(path)) as account:
        names = {role["RoleName"]: role for role in account.state()["RoleDetailList"]}
        assert names["Mine"]["AssumeRolePolicyDocument"] == "{ no JSON"
        assert ROLE in names
        assert account.session("execution-role").client("sts").get_caller_identity()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"extends": "{path}"}, "extends itself"),
        ({"extends": 5}, "'extends' that is not a text or null"),
        ({"state": []}, "'state' that is not an object"),
        ({"state": {"RoleDetailList": "x"}}, "RoleDetailList is not a list of objects"),
        ({"state": {"Policies": ["x"]}}, "state.Policies[0] is not an object"),
        ({"state": {"ManagedInstances": "x"}}, "state.ManagedInstances is not a list of objects"),
        ({"state": {"ManagedInstances": [{"InstanceId": "mi-1", "Region": "eu-west-1"}]}}, "no IamRole and no Tags"),
        ({"state": {"Quotas": "x"}}, "state.Quotas is not an object"),
        ({"state": {"ServiceSettings": None}}, "state.ServiceSettings is not an object"),
        (
            {"state": {"ServiceSettings": {"eu-west-1": {"/x": "y"}}}},
            "state.ServiceSettings.eu-west-1./x is not an object",
        ),
        ({"state": {"RoleDetailList": [{"RoleName": 5}]}}, "state.RoleDetailList[0].RoleName is not a text"),
        (
            {"state": {"UserDetailList": [{"UserName": "x", "GroupList": "y"}]}},
            "state.UserDetailList[0].GroupList is not a list",
        ),
        ({"state": {"RoleDetailList": [{"RoleName": "New"}]}}, "RoleDetailList[6] has no AssumeRolePolicyDocument"),
        (
            {"state": {"ServiceControlPolicies": [{"Name": "x", "Content": {}, "Level": "0"}]}},
            "state.ServiceControlPolicies[0].Level is not a number",
        ),
        ({"state": {"Conditions": {"InstanceSecond": 1}}}, "state.Conditions has unknown members: InstanceSecond"),
        (
            {"state": {"Conditions": {"InstancesNeverOnline": 1}}},
            "Conditions.InstancesNeverOnline is not true or false",
        ),
        ({"state": {"TierPendingSeconds": True}}, "state.TierPendingSeconds is not a number"),
        ({"state": {"Policies": [{"PolicyVersionList": []}]}}, "a policy has no Arn and no PolicyName"),
        ({"state": {"Buckets": [{"Name": "x"}]}}, "state.Buckets[0] has no Region"),
        ({"profiles": {"x": "y"}}, "has a profile 'x' without User"),
        ({"profiles": {"x": {"Role": "y"}}}, "has a profile 'x' without User"),
        ({"more_roles": "many"}, "'more_roles' that is not a number"),
        ({"region": 5}, "'region' that is not a text"),
        ({"metadata": "x"}, "'metadata' that is not an object"),
        ({"metadata": {"SpaceName": 5}}, "metadata.SpaceName is not a text"),
        ({"profiles": {"x": {"User": 5}}}, "profiles.x.User is not a text"),
        ({"profiles": {"x": {"User": "admin", "Sekunden": 5}}}, "profiles.x has unknown members: Sekunden"),
        ({"more_roles": -1}, "'more_roles' that is negative"),
        ({"state": {"UserDetailList": [{"UserName": "x", "CreateDate": "soon"}]}}, "CreateDate is not a time"),
    ],
    ids=str,
)
def test_a_scenario_of_another_shape_is_said(tmp_path: Path, value: dict[str, object], said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(value).replace("{path}", str(path)))
    with pytest.raises(Problem) as caught:
        SimulatedAccount(str(path))
    assert caught.value.code.exit_code == 2
    assert said in caught.value.said
    assert caught.value.remedy


@pytest.mark.parametrize("text", [None, "{", "[]", "[" * 100_000, '{"extends": "nobody"}'], ids=range(5))
def test_a_scenario_that_cannot_be_read(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "bad.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Problem) as caught:
        load_scenario(str(path))
    assert caught.value.code.exit_code == 2


def test_a_state_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"state": {"GroupDetailList": [{"Path": "/x/", "GroupId": 1}]}}')
    with pytest.raises(Problem) as caught:
        SimulatedAccount(str(path))
    assert caught.value.code.exit_code == 2


def test_an_account_without_its_usual_people(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    users = [{"UserName": "root-like", "AttachedManagedPolicies": ["arn:aws:iam::aws:policy/AdministratorAccess"]}]
    profiles = {"admin": {"User": "root-like"}, "gone": {"User": "gone"}}
    path.write_text(json.dumps({"extends": None, "profiles": profiles, "state": {"UserDetailList": users}}))
    with SimulatedAccount(str(path)) as account:
        assert account.session().client("iam").list_roles()["Roles"] == []
        assert "gone" not in (account.directory / "credentials").read_text()


def test_profiles_of_one_name_in_two_domains_are_two(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    role = "arn:{partition}:iam::{account}:role/DataScientist"
    profile = {"UserProfileName": "jane", "UserSettings": {"ExecutionRole": role}}
    other = {**profile, "DomainId": "d-other0000000"}
    path.write_text(json.dumps({"state": {"Domains": [{"DomainId": "d-other0000000"}], "UserProfiles": [other]}}))
    with SimulatedAccount(str(path)) as account:
        sagemaker = account.session().client("sagemaker")
        roles = {
            domain: sagemaker.describe_user_profile(DomainId=domain, UserProfileName="jane")["UserSettings"][
                "ExecutionRole"
            ]
            for domain in ("d-abcdefghijkl", "d-other0000000")
        }
    assert [arn.rsplit("/", 1)[-1] for arn in roles.values()] == [ROLE, "DataScientist"]


def test_a_profile_that_names_no_domain_is_the_one_below(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"state": {"UserProfiles": [{"UserProfileName": "jane", "Status": "Failed"}]}}))
    (profile,) = load_scenario(str(path)).state["UserProfiles"]
    assert (profile["DomainId"], profile["Status"]) == ("d-abcdefghijkl", "Failed")


def test_documents_of_a_scenario_may_be_objects_or_texts(tmp_path: Path) -> None:
    """The session preferences are seeded as any other document is."""
    path = tmp_path / "own.json"
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"kmsKeyId": "alias/sessions"}}
    document = {"Name": "SSM-SessionManagerRunShell", "DocumentType": "Session", "Region": "{region}"}
    for written in (content, json.dumps(content)):
        path.write_text(json.dumps({"state": {"Documents": [{**document, "Content": written}]}}))
        with SimulatedAccount(str(path)) as account:
            found = account.session().client("ssm").get_document(Name="SSM-SessionManagerRunShell")
            assert json.loads(found["Content"]) == content
            assert (
                account.session(region="us-east-1")
                .client("ssm")
                .list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
                == []
            )
