"""The documents that we may write: linted, within quotas, and equal to the specification's own JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.policy.arn import Arn
from sm_ssh_widget.policy.merge import append, size, write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.documents import DocumentError, Filling
from tests.requirements.lint import document_problems, known, statement_problems

SPECIFICATION = Path(__file__).parents[1] / "specification" / "IAM_SSM_Setup.md"
REGIONS = {
    "aws": "eu-west-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
}
STATEMENTS = ("trust-sagemaker", "trust-sagemaker-hardened", "trust-ssm", "trust-ssm-hardened")


def filling(partition: str) -> Filling:
    path_and_name = "service-role/AmazonSageMaker-ExecutionRole-20261122T120000"
    key = f"arn:{partition}:kms:{REGIONS[partition]}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    read = {"SESSION_KEY": key, "SESSION_BUCKET_KEY": key, "SESSION_BUCKET": "session-logs"}
    read |= {"SESSION_PREFIX": "eu/", "SESSION_LOG_GROUP": "/sessions"}
    role = f"arn:{partition}:iam::123456789012:role/{path_and_name}"
    return Filling(role, partition, "123456789012", REGIONS[partition], read=read)


def blocks() -> list[str]:
    """The JSON blocks of the specification as they stand there: trust, SageMakerSSMPolicy, SSMDenyAccessNotOwner."""
    return re.findall(r"```json\n(.*?)```", SPECIFICATION.read_text("utf-8"), re.DOTALL)


def test_the_names() -> None:
    assert documents.names() == (
        "SSMDenyAccessNotOwner",
        "SSMDenyAccessNotOwner-hardened",
        "SageMakerSSMPolicy",
        "client-least-privilege",
        "quick-setup-administration",
        "server-least-privilege",
        "session-preferences-role",
        "session-preferences-user",
        "trust",
        "trust-default-host-management",
        "trust-quick-setup-administration",
        "trust-quick-setup-execution",
        "trust-sagemaker",
        "trust-sagemaker-hardened",
        "trust-ssm",
        "trust-ssm-hardened",
    )


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize(
    ("name", "block"), [("trust", 0), ("SageMakerSSMPolicy", 1), ("SSMDenyAccessNotOwner", 2)], ids=str
)
def test_the_document_is_the_one_of_the_specification(name: str, block: int, partition: str) -> None:
    filled = filling(partition)
    text = blocks()[block].replace("<<SAGEMAKER_ROLE_ARN>>", filled.role_arn or "")
    expected = json.loads(text if partition == "aws" else text.replace("arn:aws:", f"arn:{partition}:"))
    assert write(documents.load(name, filled)) == write(expected)  # the order of the elements, too


@pytest.mark.parametrize("partition", REGIONS)
def test_the_trust_statements_are_those_of_the_trust_document(partition: str) -> None:
    filled = filling(partition)
    trust = documents.load("trust", filled)
    assert trust["Statement"] == [documents.load(name, filled) for name in ("trust-sagemaker", "trust-ssm")]
    merged = append(write({**trust, "Statement": trust["Statement"][:1]}), [documents.load("trust-ssm", filled)])
    assert json.loads(merged.after) == trust


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize(("service", "operator"), [("ssm", "ArnEquals"), ("sagemaker", "ArnLike")])
def test_the_hardened_trust_names_account_and_region(service: str, operator: str, partition: str) -> None:
    filled = filling(partition)
    hardened = documents.load(f"trust-{service}-hardened", filled)
    condition = hardened.pop("Condition")
    assert hardened == documents.load(f"trust-{service}", filled)
    assert condition == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        operator: {"aws:SourceArn": f"arn:{partition}:{service}:{REGIONS[partition]}:123456789012:*"},
    }


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize("name", documents.names())
def test_lint(name: str, partition: str) -> None:
    loaded = documents.load(name, filling(partition))
    trust = name.startswith("trust")
    problems = statement_problems(loaded, trust=True) if name in STATEMENTS else document_problems(loaded, trust=trust)
    assert list(problems) == []


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize("name", documents.names())
def test_every_arn_is_of_the_partition(name: str, partition: str) -> None:
    text = json.dumps(documents.load(name, filling(partition)))
    for arn in re.findall(r'"(arn:[^"]*)"', text):
        assert Arn.parse(arn).partition == partition


GOOD: dict[str, Any] = {"Sid": "A", "Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Effect": "allow"}, "Effect is 'allow'"),
        ({"Action": "ssm:StartSesion"}, "unknown action"),
        ({"Action": ["ssm:StartSession", "nosuch:Thing"]}, "unknown action 'nosuch:Thing'"),
        ({"Action": "*"}, "unknown action"),
        ({"Sid": "a-b"}, "Sid is"),
        ({"Principal": "*"}, "has ['Principal']"),
        ({"Resources": "*"}, "has ['Resources']"),
        ({"Resource": "<<ROLE>>"}, "placeholder"),
        ({"Condition": {"StringEqual": {"a": "b"}}}, "operator"),
        ({"Condition": {"StringEquals": {}}}, "operator"),
    ],
)
def test_the_linter_finds_what_is_wrong_with_a_statement(change: dict[str, Any], problem: str) -> None:
    assert list(statement_problems(GOOD)) == []
    assert any(problem in found for found in statement_problems({**GOOD, **change}))


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"Statement": [GOOD]}, "Version"),
        ({"Version": "2012-10-17", "Statement": GOOD}, "not a list"),
        ({"Version": "2012-10-17", "Statement": []}, "not a list"),
        ({"Version": "2012-10-17", "Statement": [GOOD, GOOD]}, "twice"),
        ({"Version": "2012-10-17", "Statement": [GOOD, {k: v for k, v in GOOD.items() if k != "Sid"}]}, "some"),
        ({"Version": "2012-10-17", "Name": "x", "Statement": [GOOD]}, "unknown elements"),
    ],
)
def test_the_linter_finds_what_is_wrong_with_a_document(document: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in document_problems(document))


def test_a_pattern_is_known_when_an_action_matches() -> None:
    assert known("ssm:Start*")
    assert not known("ssm:Nothing*")


LONGEST_ROLE = f"role/{'p' * 30}/{'n' * 64}"
QUOTAS = {
    "trust": 2_048,
    "SageMakerSSMPolicy": 10_240,
    "server-least-privilege": 10_240,
    "client-least-privilege": 2_048,  # the user may be an IAM user: all inline policies together
    "SSMDenyAccessNotOwner": 2_048,
    "SSMDenyAccessNotOwner-hardened": 2_048,
}


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize(("name", "quota"), QUOTAS.items())
def test_the_size_is_within_the_default_quota(name: str, quota: int, partition: str) -> None:
    arn = f"arn:{partition}:iam::123456789012:{LONGEST_ROLE}"
    filled = Filling(arn, partition, "123456789012", "ap-southeast-99")
    assert size(write(documents.load(name, filled))) <= quota


def test_the_sizes_of_the_specification() -> None:
    measured = {name: size(write(documents.load(name, filling("aws")))) for name in ("trust", "SSMDenyAccessNotOwner")}
    assert measured == {"trust": 222, "SSMDenyAccessNotOwner": 423}


@pytest.mark.parametrize("odd", ['"', "\\", "<<REGION>>", "é", "$1", "\\1", "}"])
def test_what_is_filled_in_is_never_read(odd: str) -> None:
    role = f"arn:aws:iam::123456789012:role/{odd}"
    loaded = documents.load("SageMakerSSMPolicy", Filling(role, "aws", "123456789012", "eu-west-1"))
    assert loaded["Statement"][0]["Resource"] == role
    assert json.loads(write(loaded)) == loaded


def test_a_document_is_a_new_value_each_time() -> None:
    filled = filling("aws")
    documents.load("trust", filled)["Statement"].clear()
    assert len(documents.load("trust", filled)["Statement"]) == 2


def test_only_values_are_filled_not_names() -> None:
    assert documents.fill({"<<REGION>>": ["<<REGION>>", 1]}, filling("aws")) == {"<<REGION>>": ["eu-west-1", 1]}


def test_errors_say_what_is_missing() -> None:
    with pytest.raises(DocumentError, match="nothing to fill <<SAGEMAKER_ROLE_ARN>> with"):
        documents.load("SageMakerSSMPolicy", Filling(None, "aws", "123456789012", "eu-west-1"))
    with pytest.raises(DocumentError, match="nothing to fill <<NOBODY>> with"):
        documents.fill("<<NOBODY>>", filling("aws"))
    with pytest.raises(KeyError, match="no document named 'other'"):
        documents.load("other", filling("aws"))
    assert str(DocumentError("as it is")) == "as it is"


def test_no_role_is_needed_where_none_is_named() -> None:
    assert documents.load("trust-ssm", Filling(None, "aws", "123456789012", "eu-west-1"))
