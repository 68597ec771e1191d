"""Each need of the laptop, with what is just enough for it and what is just not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sm_ssh_widget.doctor.judge import NEEDS, LaptopFinding, LaptopReport, LaptopStatus, judge
from sm_ssh_widget.doctor.observed import Answers, Caller, Expected, Program, Programs, Proxy
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown

OK, WRONG, UNKNOWN = LaptopStatus.OK, LaptopStatus.WRONG, LaptopStatus.UNKNOWN
ANN = PrincipalArn.parse("arn:aws:sts::111122223333:assumed-role/DataScientist/ann")
ROLE = PrincipalArn.parse("arn:aws:iam::111122223333:role/team/DataScientist")
OTHER = PrincipalArn.parse("arn:aws:iam::111122223333:role/Other")
DENIED = Unknown(Reason.DENIED, "x:Y", "It was denied.", "Ask for x:Y.")
PYTHON = "Python 3.11.7 (/usr/bin/python3)"
NOTHING = Expected()
NODE = "mi-0123456789abcdef0"

SOUND = Programs(
    aws=Known(Program("/bin/aws", "aws-cli/2.30.7 Python/3.13.7 Linux/6 exe/x86_64")),
    plugin=Known(Program("/bin/session-manager-plugin", "1.2.896.0")),
    ssh=Known(Program("/bin/ssh", "OpenSSH_9.6p1")),
    ssh_keygen=Known(Program("/bin/ssh-keygen", "")),
    region_column=Known("eu-west-1"),
    cli_region=Known("eu-west-1"),
    python=PYTHON,
    packages={"boto3": "1.44.8", "sagemaker": "2.257.7", "sagemaker-ssh-helper": "2.3.0"},
)
ANSWERS = Answers(Known(Caller(ANN, "AROAX:ann", "profile default")), Known(1.4), Known("eu-west-1"))


def found(need: str, seen: Programs = SOUND, answers: Answers = ANSWERS, expected: Expected = NOTHING) -> LaptopFinding:
    return next(finding for finding in judge(seen, answers, expected) if finding.need.id == need)


def test_a_sound_laptop_is_in_order_and_every_need_has_one_finding() -> None:
    report = LaptopReport(judge(SOUND, ANSWERS, Expected()))
    assert report.status is OK
    assert [finding.need.id for finding in report.findings] == list(NEEDS)
    assert not any(finding.remedy for finding in report.findings)


def test_unknown_comes_before_wrong_and_wrong_before_ok() -> None:
    ok, wrong = found("ssh"), found("ssh", replace(SOUND, ssh=Absent()))
    unknown = found("ssh", replace(SOUND, ssh=DENIED))
    assert LaptopReport((ok, wrong)).status is WRONG
    assert LaptopReport((wrong, unknown, ok)).status is UNKNOWN


def test_whatever_is_not_in_order_says_what_to_do() -> None:
    nothing = judge(Programs(), Answers(DENIED, DENIED, Absent()), Expected())
    assert all(finding.found and (finding.remedy or finding.status is OK) for finding in nothing)
    assert [each.need.id for each in nothing if each.status is OK] == ["proxy"]


@pytest.mark.parametrize(
    ("seconds", "status"), [(300.0, OK), (-300.0, OK), (300.5, WRONG), (-3600.0, WRONG), (3600.0, WRONG)]
)
def test_the_clock(seconds: float, status: LaptopStatus) -> None:
    told = found("clock", answers=replace(ANSWERS, clock_ahead=Known(seconds)))
    assert told.status is status
    assert ("ahead" in told.found) == (seconds > 0)


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("aws-cli/2.0.0 Python/3.7", OK),
        ("aws-cli/2.36.12 Python/3.13", OK),
        ("aws-cli/1.46.3 Python/3.11", WRONG),
        ("pyenv: aws: command not found", UNKNOWN),
    ],
)
def test_the_aws_cli(printed: str, status: LaptopStatus) -> None:
    assert found("aws-cli", replace(SOUND, aws=Known(Program("/bin/aws", printed)))).status is status


def test_an_aws_cli_that_is_not_there_and_one_that_did_not_answer() -> None:
    assert found("aws-cli", replace(SOUND, aws=Absent())).status is WRONG
    assert found("aws-cli", replace(SOUND, aws=DENIED)) == LaptopFinding(
        NEEDS["aws-cli"], UNKNOWN, "It was denied.", "Ask for x:Y."
    )


@pytest.mark.parametrize(
    ("column", "status"),
    [(Known("eu-west-1"), OK), (Known(":"), WRONG), (Known("<not"), WRONG), (DENIED, UNKNOWN), (Absent(), UNKNOWN)],
)
def test_the_column_that_ssh_helper_takes_for_the_region(column: Fact[str], status: LaptopStatus) -> None:
    assert found("ssh-helper-region", replace(SOUND, region_column=column)).status is status


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("1.2.764.0", OK),
        ("1.2.763.99", WRONG),
        ("1.2.707.0", WRONG),
        ("1.10.0.0", OK),
        ("1.2.896.0", OK),
        ("1.2.889.0", WRONG),
        ("1.2.688.0", WRONG),
        ("", UNKNOWN),
        ("The Session Manager plugin was installed", UNKNOWN),
    ],
)
def test_the_plugin(printed: str, status: LaptopStatus) -> None:
    told = found("plugin", replace(SOUND, plugin=Known(Program("/bin/plugin", printed))))
    assert told.status is status
    assert ("withdrawn" in told.found) == (printed == "1.2.889.0")


def test_a_plugin_that_is_not_there_or_not_on_path() -> None:
    assert "TerminateSession" in found("plugin", replace(SOUND, plugin=Absent())).remedy
    beside = found("plugin", replace(SOUND, plugin=Known(Program("/opt/plugin", "1.2.896.0", on_path=False))))
    assert (beside.status, "PATH" in beside.remedy) == (WRONG, True)


def test_both_programs_of_openssh_are_needed() -> None:
    assert found("ssh", replace(SOUND, ssh_keygen=Absent())).found == "ssh-keygen is not on PATH"
    assert found("ssh", replace(SOUND, ssh=Absent(), ssh_keygen=Absent())).found.startswith("ssh and ssh-keygen are")
    assert found("ssh", replace(SOUND, ssh=DENIED)).status is UNKNOWN


@pytest.mark.parametrize(("version", "status"), [("1.34.156", OK), ("1.34.155", WRONG), ("1.100.0", OK), ("", UNKNOWN)])
def test_the_sdk(version: str, status: LaptopStatus) -> None:
    assert found("sdk", replace(SOUND, packages={"boto3": version})).status is status


@pytest.mark.parametrize(
    ("packages", "client", "helper", "sagemaker"),
    [
        ({"sagemaker": "2.257.7", "sagemaker-ssh-helper": "2.3.0"}, "", OK, OK),
        ({"sagemaker": "3.1.0", "sagemaker-ssh-helper": "2.3.0"}, "", OK, WRONG),
        ({"sagemaker": "3.0.0.dev1", "sagemaker-ssh-helper": "2.3.0"}, "", OK, WRONG),
        ({"sagemaker-ssh-helper": "2.3.0"}, "/bin/client", OK, WRONG),
        ({}, "/bin/client", UNKNOWN, UNKNOWN),
        ({}, "", WRONG, WRONG),
        ({"sagemaker": "two", "sagemaker-ssh-helper": "2.3.0"}, "", OK, UNKNOWN),
    ],
)
def test_ssh_helper_and_the_sdk_that_it_rests_on(
    packages: dict[str, str], client: str, helper: LaptopStatus, sagemaker: LaptopStatus
) -> None:
    seen = replace(SOUND, packages=packages, client=client)
    assert (found("ssh-helper", seen).status, found("sagemaker", seen).status) == (helper, sagemaker)


@pytest.mark.parametrize(
    ("cli", "sdk", "wanted", "status"),
    [
        (Known("eu-west-1"), Known("eu-west-1"), "", OK),
        (Known("eu-west-1"), Known("eu-west-1"), "eu-west-1", OK),
        (Known("eu-west-1"), Known("eu-west-1"), "us-east-1", WRONG),
        (Known("us-east-1"), Known("eu-west-1"), "", WRONG),
        (Absent(), Known("eu-west-1"), "", WRONG),
        (Known("eu-west-1"), Absent(), "", WRONG),
        (DENIED, Known("eu-west-1"), "", UNKNOWN),
        (DENIED, Known("eu-west-1"), "us-east-1", WRONG),
        (Known("eu-west-1"), DENIED, "", UNKNOWN),
    ],
)
def test_one_region_for_all(cli: Fact[str], sdk: Fact[str], wanted: str, status: LaptopStatus) -> None:
    told = found("region", replace(SOUND, cli_region=cli), replace(ANSWERS, sdk_region=sdk), Expected(wanted))
    assert told.status is status
    if status is WRONG:
        assert f"AWS_DEFAULT_REGION={wanted or 'REGION'}" in told.remedy


@pytest.mark.parametrize(
    ("owner", "read", "status"),
    [
        ("AROAX:ann", None, OK),
        ("AROAX:bob", None, WRONG),
        ("", Known("AROAX:ann"), OK),
        ("", Known("AROAY:ann"), WRONG),
        ("", Absent(), WRONG),
        ("", DENIED, UNKNOWN),
    ],
)
def test_the_identity_against_the_owner_of_the_nodes(owner: str, read: Fact[str] | None, status: LaptopStatus) -> None:
    expected = Expected(owner=owner, node="" if read is None else NODE)
    told = found("identity", answers=replace(ANSWERS, owner=read), expected=expected)
    assert told.status is status
    assert "AROAX:ann" in told.found
    assert "profile default" in told.found


def test_the_identity_against_the_one_that_is_to_connect() -> None:
    assert found("identity", expected=Expected(user=ROLE)).status is OK
    other = found("identity", expected=Expected(user=OTHER))
    assert (other.status, str(OTHER) in other.remedy) == (WRONG, True)


@pytest.mark.parametrize(
    ("user_id", "status", "said"),
    [
        ("AROAX:botocore-session-1700000000", WRONG, "role_session_name"),
        ("AROAX:ann{1}", WRONG, "CreateActivation"),
        ("AROAX:SageMaker", OK, "does not tell them apart"),
        ("AIDAX", OK, ""),
    ],
)
def test_an_identity_that_changes_is_wrong_and_a_shared_one_is_told(
    user_id: str, status: LaptopStatus, said: str
) -> None:
    caller = Known(Caller(ANN, user_id, "profile default"))
    for owner in ("", user_id):
        told = found("identity", answers=replace(ANSWERS, caller=caller), expected=Expected(owner=owner))
        assert (told.status, said in told.remedy) == (status, True)


def test_an_identity_that_could_not_be_read() -> None:
    assert found("identity", answers=replace(ANSWERS, caller=DENIED)).status is UNKNOWN


@pytest.mark.parametrize(
    ("proxy", "status"),
    [
        (Proxy(), OK),
        (Proxy("proxy:3128"), UNKNOWN),
        (Proxy("proxy:3128", bypassed=True), OK),
        (Proxy("proxy:3128", from_environment=False), UNKNOWN),
    ],
)
def test_the_proxy(proxy: Proxy, status: LaptopStatus) -> None:
    assert found("proxy", replace(SOUND, proxy=proxy)).status is status


def test_certificates_that_are_not_there() -> None:
    assert found("proxy", replace(SOUND, ca_bundle="/no/such.pem")).status is WRONG


def test_the_json_of_a_finding_has_its_source() -> None:
    value = found("plugin").to_json()
    assert set(value) == {"id", "name", "status", "found", "needed", "remedy", "source", "read_on"}
    assert all(need.source.startswith("https://") and need.read_on for need in NEEDS.values())


@pytest.mark.parametrize(
    ("named", "where"),
    [
        ({"region": "Ireland"}, "--region"),
        ({"node": "i-0123456789abcdef0"}, "--node"),
        ({"node": NODE, "owner": "AIDAX"}, "--node"),
        ({"user": "ann"}, "--user"),
    ],
)
def test_what_cannot_be_expected_is_refused(named: dict[str, str], where: str) -> None:
    with pytest.raises(Problem) as raised:
        Expected.of(*(named.get(name) for name in ("region", "user", "owner", "node")))
    assert (raised.value.where, raised.value.code) == (where, Code.USAGE)
