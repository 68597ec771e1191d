"""Shapes of roles and guardrails as accounts have them: the status, the words, and what is planned for each.

``statuses`` may list several where AWS's documentation leaves the answer open; ``plans`` and ``spares`` are findings
that the plan changes and does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.cli.conftest import ADMIN, Terminal
from tests.flows.conftest import admin_of

Json = dict[str, Any]
Start = Callable[[Json], SimulatedAccount]

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
PERSON = "arn:aws:iam::123456789012:role/DataScientist"
NODES = "arn:aws:ssm:*:*:managed-instance/*"
SOURCE = "arn:aws:sagemaker:*:123456789012"
MET = ("satisfied", "satisfied-otherwise")


def allow(action: Any, resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> Json:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def barring(spared: list[str]) -> Json:
    """A Deny of S3 beside the company's own buckets."""
    return {"Sid": "OurBuckets", "Effect": "Deny", "Action": "s3:*", "NotResource": spared}


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def inline(*statements: Json) -> list[Json]:
    return [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]


def trusts(*services: str, effect: str = "Allow", **condition: Any) -> Json:
    more = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole", **more}


BOTH = ("sagemaker.amazonaws.com", "ssm.amazonaws.com")


def role(trust: Sequence[Json] = (), policies: Sequence[Json] = (), **more: Any) -> Json:
    """The Studio role with these statements of trust and inline."""
    given: Json = {"RoleName": ROLE, **more}
    if trust:
        given["AssumeRolePolicyDocument"] = document(*trust)
    if policies:
        given["RolePolicyList"] = inline(*policies)
    return {"RoleDetailList": [given]}


def person(*policies: Json, **more: Any) -> Json:
    return {"RoleDetailList": [{"RoleName": "DataScientist", "RolePolicyList": inline(*policies), **more}]}


def bounded(*statements: Json) -> Json:
    arn = "arn:aws:iam::123456789012:policy/Boundary"
    policy = {"PolicyName": "Boundary", "Arn": arn, "PolicyVersionList": [{"Document": document(*statements)}]}
    limit = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    return {**role(PermissionsBoundary=limit), "Policies": [policy]}


def organization(*statements: Json, **more: Any) -> Json:
    full = {"Name": "FullAWSAccess", "Content": document(allow("*"))}
    guard = {"Level": 1, "Name": "Guard", "Content": document(*statements)}
    return {"ServiceControlPolicies": [{"Level": 0, **full}, {"Level": 1, **full}, guard], **more}


@dataclass(frozen=True)
class Case:
    """An account, what is asked of it, and what is right."""

    name: str
    state: Json
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    ready: bool | None = None
    user: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)


LEAST: Mapping[str, Any] = {"baseline": "least-privilege"}
CORE, CAPABILITIES = "role.managed-instance-core", "role.capabilities"
TRUST, TRUST_SSM = "trust.sagemaker", "trust.ssm"
REQUESTS_OF_THE_AGENT = [
    *("sagemaker:*", "s3:*", "ssmmessages:*", "ec2messages:*", "iam:PassRole", "sts:*"),
    *("ssm:CreateActivation", "ssm:AddTagsToResource", "ssm:ListAssociations", "ssm:ListInstanceAssociations"),
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"),
]
FITTING = ("training-job", "notebook-instance", "domain", "processing-job")

CASES: tuple[Case, ...] = (
    *(
        Case(
            f"trust for {kind}",
            role([trusts(BOTH[0], ArnLike={"aws:SourceArn": f"{SOURCE}:{kind}/*"}), trusts(BOTH[1])]),
            {TRUST: ("satisfied-otherwise",)},
            (f"{kind}/*",),
            spares=(TRUST, TRUST_SSM),
        )
        for kind in FITTING
    ),
    Case(
        "deny that spares what fits",
        role([trusts(*BOTH), trusts(BOTH[0], effect="Deny", ArnLike={"aws:SourceArn": f"{SOURCE}:pipeline/*"})]),
        {TRUST: (*MET, "unknown"), TRUST_SSM: ("satisfied",)},
        spares=(TRUST, TRUST_SSM),
    ),
    Case(
        "deny of all but a type",
        role([trusts(*BOTH), trusts(BOTH[0], effect="Deny", ArnNotLike={"aws:SourceArn": f"{SOURCE}:training-job/*"})]),
        {TRUST: ("satisfied-otherwise", "unknown")},
        ("training-job/*",),
        spares=(TRUST,),
    ),
    Case(
        "deny with a role tag that is not like ours",
        role(policies=[allow("*"), deny("ssm:*", Condition={"StringNotLike": {"aws:PrincipalTag/team": "ml-*"}})]),
        {CAPABILITIES: ("blocked",)},
        ("statement #2", "Own"),
        spares=(CAPABILITIES,),
        ready=False,
        asked=LEAST,
    ),
    Case(
        "deny with a role tag that is like ours",
        role(
            policies=[allow("*"), deny("ssm:*", Condition={"StringNotLike": {"aws:PrincipalTag/team": "ml-*"}})],
            Tags=[{"Key": "team", "Value": "ml-eu"}],
        ),
        {CAPABILITIES: ("satisfied-otherwise",)},
        spares=(CAPABILITIES,),
        asked=LEAST,
    ),
    Case(
        "deny on names that are not like the default bucket",
        role(policies=[allow("*"), deny("s3:*", Condition={"StringNotLike": {"s3:prefix": "team/*"}})]),
        {CORE: ("satisfied-otherwise",)},
    ),
    Case(
        "boundary of all but the agent's report",
        bounded(allow(REQUESTS_OF_THE_AGENT)),
        {CORE: ("blocked",)},
        ("ssm:UpdateInstanceInformation", "permissions boundary Boundary, which does not allow it"),
        ("explicit deny",),
        spares=(CORE,),
        ready=False,
    ),
    Case(
        "boundary of exactly the agent's requests",
        bounded(allow([*REQUESTS_OF_THE_AGENT, "ssm:UpdateInstanceInformation"])),
        {CORE: ("missing",)},
        plans=(CORE,),
    ),
    Case(
        "an administrator whose nodes are denied",
        {
            "RoleDetailList": [
                {
                    "RoleName": "DataScientist",
                    "AttachedManagedPolicies": [
                        {
                            "PolicyName": "AdministratorAccess",
                            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
                        }
                    ],
                    "RolePolicyList": inline({"Sid": "NoNodes", **deny("ssm:StartSession", NODES)}),
                }
            ]
        },
        {"user.permissions": ("blocked",)},
        ("NoNodes", "ssm:StartSession"),
        spares=("user.permissions",),
        ready=False,
        user=PERSON,
        asked=LEAST,
    ),
    Case(
        "an administrator whose nodes are denied, by the guide",
        person(allow("*"), {"Sid": "NoNodes", **deny("ssm:StartSession", NODES)}),
        said=("NoNodes", "ssm:StartSession"),
        ready=False,
        user=PERSON,
    ),
    Case(
        "an SCP with a network key",
        organization(deny("ssm:*", Condition={"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})),
        {CAPABILITIES: ("missing",)},
        ("service control policy", "aws:SourceVpc", "administrator of your AWS organization"),
        plans=(CAPABILITIES,),
        asked=LEAST,
    ),
    *(
        Case(
            f"an SCP with {key}",
            organization(
                deny("ssm:*", Condition={"StringNotEquals": {key: "o-ours"}}),
                Organization={"Id": "o-ours", "MasterAccountId": "210987654321", "Path": "o-ours/r-1/ou-1/"},
            ),
            {CAPABILITIES: ("missing",)},
            unsaid=(key, "service control policy of the organization denies"),
            plans=(CAPABILITIES,),
            asked=LEAST,
        )
        for key in ("aws:PrincipalOrgID", "aws:ResourceOrgID")
    ),
    Case(
        "an SCP of another organization's key",
        organization(
            deny("ssm:*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-theirs"}}),
            Organization={"Id": "o-ours", "MasterAccountId": "210987654321", "Path": "o-ours/r-1/ou-1/"},
        ),
        {CAPABILITIES: ("blocked",)},
        ("service control policy",),
        spares=(CAPABILITIES,),
        ready=False,
        asked=LEAST,
    ),
    *(
        Case(
            f"an SCP that spares {spared}",
            organization(
                deny("ssm:CreateActivation", Condition={"ArnNotLike": {"aws:PrincipalARN": f"arn:aws:iam::*:{spared}"}})
            ),
            {CAPABILITIES: (status,)},
            unsaid=("aws:PrincipalArn",),
            asked=LEAST,
        )
        for spared, status in (("role/Admin*", "blocked"), (f"role/service-role/{ROLE}", "missing"))
    ),
    Case(
        "an SCP that denies log queries",
        {
            **organization(deny("logs:StartQuery")),
            **role([trusts(*BOTH)], [allow("*")]),
            "UserDetailList": [{"UserName": "dana", "UserPolicyList": inline(allow("*"))}],
            "ServiceSettings": {"eu-west-1": {"/ssm/managed-instance/activation-tier": {"SettingValue": "advanced"}}},
        },
        said=("logs:StartQuery", "inference endpoints"),
        ready=False,
        user="arn:aws:iam::123456789012:user/dana",
        asked=LEAST,
    ),
    Case(
        "a key bucket that is denied beside an agent that is not",
        role(policies=[barring(["arn:aws:s3:::acme-*", "arn:aws:s3:::acme-*/*"])]),
        {CAPABILITIES: ("missing", "unknown")},
        ("OurBuckets",),
        plans=(CAPABILITIES,),
        asked=LEAST,
    ),
    Case(
        "a key bucket that is named",
        role(policies=[barring(["arn:aws:s3:::acme-*", "arn:aws:s3:::acme-*/*"])]),
        {CAPABILITIES: ("missing",)},
        unsaid=("OurBuckets",),
        plans=(CAPABILITIES,),
        asked={**LEAST, "options": ("key-bucket=s3://acme-keys/ssh",)},
    ),
)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path / "journals"))
    with ExitStack() as stack:

        def begin(scenario: Json) -> SimulatedAccount:
            path = tmp_path / "scenario.json"
            path.write_text(json.dumps(scenario))
            account = stack.enter_context(SimulatedAccount(str(path)))
            monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(account.directory / "metadata.json"))
            return account

        yield begin


def checked(account: SimulatedAccount, user: str = "", **asked: Any) -> Report:
    return pipeline.check(region=account.region, user=user or None, session=admin_of(account), **asked)


def told(report: Report) -> str:
    """Every sentence of a check: facts, remedies, reasons and what limits it."""
    sentences = [(each.fact, each.remedy, each.reason) for each in report.findings]
    statements = [(by.policy, by.statement) for each in report.findings for by in each.evidence]
    return json.dumps([sentences, statements, report.assessment.caveats, report.readiness], ensure_ascii=False)


def statuses(report: Report) -> dict[str, str]:
    return {each.id: each.status.value for each in report.findings}


def changed(plan: Plan) -> set[str]:
    return {each.finding for each in plan.changes}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_shape(case: Case, start: Start) -> None:
    report = checked(start({"state": case.state}), case.user, **case.asked)
    plan, found = pipeline.plan(report), statuses(report)
    for name, right in case.statuses.items():
        assert found[name] in right, (name, found[name], told(report))
    for words in case.said:
        assert words in told(report)
    for words in case.unsaid:
        assert words not in told(report)
    assert set(case.plans) <= changed(plan)
    assert not set(case.spares) & changed(plan)
    assert case.ready is None or report.ready is case.ready


# Keys of the organization, which any member account can read

MEMBER = {"Organization": {"Id": "o-ours", "MasterAccountId": "210987654321", "Path": "o-ours/r-1/ou-1/"}}


def of_organization(named: str, key: str) -> Json:
    """A role that is trusted and allowed everything in one organization only."""
    if key == "aws:SourceOrgID":
        return {**role([trusts(*BOTH, StringEquals={key: named})], [allow("*")]), **MEMBER}
    return {**role([trusts(*BOTH)], [allow("*", Condition={"StringEquals": {key: named}})]), **MEMBER}


@pytest.mark.parametrize(
    ("key", "finding"),
    [("aws:SourceOrgID", TRUST_SSM), ("aws:PrincipalOrgID", CAPABILITIES), ("aws:ResourceOrgID", CAPABILITIES)],
)
def test_the_organization_of_a_member_account_settles_its_keys(key: str, finding: str, start: Start) -> None:
    account = start({"state": of_organization("o-ours", key)})
    assert statuses(checked(account, **LEAST))[finding] in MET
    account.set_faults([{"kind": "deny", "operation": "organizations:DescribeOrganization"}])
    (unsettled,) = [each for each in checked(account, **LEAST).findings if each.id == finding]
    assert unsettled.status.value == "unknown"
    assert [each.key for each in unsettled.open_keys] == [key]
    assert "organizations:DescribeOrganization" in unsettled.remedy


@pytest.mark.parametrize(
    ("key", "finding"),
    [("aws:SourceOrgID", TRUST_SSM), ("aws:PrincipalOrgID", CAPABILITIES), ("aws:ResourceOrgID", CAPABILITIES)],
)
def test_the_key_of_another_organization_is_not_held(key: str, finding: str, start: Start) -> None:
    report = checked(start({"state": of_organization("o-theirs", key)}), **LEAST)
    assert statuses(report)[finding] == "missing"
    assert finding in changed(pipeline.plan(report))


# The length of path and name


@pytest.mark.parametrize("length", [63, 64, 65])
def test_path_and_name_of_a_role(length: int, start: Start) -> None:
    path = "/service-role/"
    name = "R" * (length - len(path.removeprefix("/")))
    arn = f"arn:{{partition}}:iam::{{account}}:role{path}{name}"
    trusting = {"RoleName": name, "Path": path, "AssumeRolePolicyDocument": document(trusts(BOTH[0]))}
    account = start(
        {
            "state": {"RoleDetailList": [trusting]},
            "profiles": {"execution-role": {"Role": name, "SessionName": "SageMaker"}},
            "metadata": {"ExecutionRoleArn": arn},
        }
    )
    report = checked(account)
    plan = pipeline.plan(report)
    if length <= 64:
        assert "role.registrable" not in statuses(report) or statuses(report)["role.registrable"] == "satisfied"
        assert pipeline.apply(plan, admin_of(account)).complete
        assert checked(account).ready
    else:
        assert statuses(report)["role.registrable"] == "blocked"
        assert "64 characters" in told(report)
        assert plan.to_json()["ready_afterwards"] is False


# A role that nothing shows to be an execution role


def test_a_role_of_another_service_is_confirmed_first(start: Start) -> None:
    builder = {"RoleName": "Builder", "Path": "/", "AssumeRolePolicyDocument": document(trusts("ec2.amazonaws.com"))}
    account = start({"state": {"RoleDetailList": [builder]}})
    named = {"role": "arn:aws:iam::123456789012:role/Builder"}
    report = checked(account, **named)
    plan = pipeline.plan(report)
    assert {each.finding: each.code.value for each in plan.refused}[TRUST] == "not-execution-role"
    assert TRUST not in changed(plan)
    assert "--option confirm-execution-role" in told(report)
    confirmed = pipeline.plan(checked(account, options=("confirm-execution-role",), **named))
    assert TRUST in changed(confirmed)


# The command line: an assumption, and the key bucket

PERIMETER = role(
    [trusts(*BOTH)],
    [allow("*"), deny("ssm:*", Sid="OnlyFromOurVpc", Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})],
)
OF_AGENT = ("--baseline", "least-privilege", "--step", CAPABILITIES, *ADMIN, "--json")


@pytest.mark.parametrize(
    ("assumed", "status"),
    [
        ("aws:SourceVpc=vpc-1", "satisfied-otherwise"),
        ("aws:sourcevpc=vpc-1", "satisfied-otherwise"),
        ("aws:SourceVpc=vpc-2", "blocked"),
        ("aws:PrincipalAccount=210987654321", "unknown"),
        ("aws:SourceIp=10.0.0.1", "unknown"),
    ],
)
def test_an_assumption_settles_the_key_that_it_names(assumed: str, status: str, start: Start, tmp_path: Path) -> None:
    shell = Terminal(start({"state": PERIMETER}), tmp_path)
    (found,) = shell.run("check", *OF_AGENT).json["findings"]
    assert found["status"] == "unknown"
    assert "--assume aws:SourceVpc=VALUE" in found["remedy"]
    assert [each["key"] for each in found["depends_on"]] == ["aws:SourceVpc"]
    report = shell.run("check", "--assume", assumed, *OF_AGENT).json
    assert report["findings"][0]["status"] == status
    assert any("This check assumes aws:" in each and "No plan" in each for each in report["caveats"])


def test_a_plan_takes_no_assumption(start: Start, tmp_path: Path) -> None:
    shell = Terminal(start({"state": PERIMETER}), tmp_path)
    assert shell.run("plan", "--assume", "aws:SourceVpc=vpc-1", "--out", "p.json", *OF_AGENT).code == 2
    assert shell.run("check", "--assume", "SourceVpc", *OF_AGENT).code == 2


def test_the_key_bucket_is_what_the_plan_grants(start: Start, tmp_path: Path) -> None:
    guard = barring(["arn:aws:s3:::acme-*", "arn:aws:s3:::acme-*/*"])
    shell = Terminal(start({"state": role(policies=[guard])}), tmp_path)
    named = ("--key-bucket", "s3://acme-keys/ssh")
    plan = shell.run("plan", *OF_AGENT, *named, "--out", "plan.json").json
    granted = json.dumps([change["after"] for change in plan["changes"]])
    assert "arn:aws:s3:::acme-keys/ssh" in granted
    assert "arn:aws:s3:::sagemaker-" not in granted
    assert shell.run("apply", "plan.json", *ADMIN, "--yes").code == 0
    assert shell.run("check", *OF_AGENT, *named).json["findings"][0]["status"] in MET
