"""SageMaker as SSH Helper and its SDK call it: jobs, apps, endpoints; a job needs a role that may be passed on."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, ROLE_ARN, allow, change_role, deny, document, refusal
from tests.simulator.test_enforcement import a_role, client

JOB: dict[str, Any] = {
    "TrainingJobName": "ssh-training-1",
    "RoleArn": ROLE_ARN,
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://sagemaker-eu-west-1-123456789012/"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "Tags": [{"Key": "team", "Value": "research"}],
}
PASS = allow("iam:PassRole", ROLE_ARN, Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})


def sagemaker(account: SimulatedAccount, *statements: dict[str, Any]) -> Any:
    return client(account, a_role(account, *statements), "sagemaker")


def test_a_job_is_made_shown_found_and_stopped(account: SimulatedAccount) -> None:
    own = sagemaker(account, allow("sagemaker:*"), PASS)
    made = own.create_training_job(**JOB)["TrainingJobArn"]
    assert made == "arn:aws:sagemaker:eu-west-1:123456789012:training-job/ssh-training-1"
    told = own.describe_training_job(TrainingJobName="ssh-training-1")
    assert (told["TrainingJobStatus"], told["SecondaryStatus"], told["RoleArn"]) == ("InProgress", "Training", ROLE_ARN)
    assert own.list_tags(ResourceArn=made)["Tags"] == JOB["Tags"]
    own.add_tags(ResourceArn=made, Tags=[{"Key": "SSHOwner", "Value": "x"}])
    search: Any = {"Filters": [{"Name": "Tags.SSHOwner", "Operator": "Equals", "Value": "x"}]}
    (found,) = own.search(Resource="TrainingJob", SearchExpression=search)["Results"]
    assert found["TrainingJob"]["TrainingJobName"] == "ssh-training-1"
    assert refusal(own.create_training_job, **JOB)[0] == "ResourceInUse"
    assert len(own.list_training_jobs(StatusEquals="InProgress", SortBy="CreationTime")["TrainingJobSummaries"]) == 1
    own.stop_training_job(TrainingJobName="ssh-training-1")
    assert own.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"] == []


def test_a_job_needs_the_right_to_pass_its_role(account: SimulatedAccount) -> None:
    said = refusal(sagemaker(account, allow("sagemaker:*")).create_training_job, **JOB)[1]
    assert f"iam:PassRole on resource: {ROLE_ARN} because" in said
    to_ssm = allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}})
    account.set_state({**account.state(), "RoleDetailList": account.state()["RoleDetailList"][:-1]})
    assert "iam:PassRole" in refusal(sagemaker(account, allow("sagemaker:*"), to_ssm).create_training_job, **JOB)[1]


def test_a_job_needs_a_role_that_sagemaker_may_assume(account: SimulatedAccount) -> None:
    trust = document({"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"})
    change_role(account, ROLE, AssumeRolePolicyDocument=trust)
    code, said, _ = refusal(account.session().client("sagemaker").create_training_job, **JOB)
    assert code == "ValidationException"
    assert said.startswith(f"Could not assume role {ROLE_ARN}. Please ensure that the role exists")


def test_a_job_is_judged_on_its_arn_with_its_tags(account: SimulatedAccount) -> None:
    arn = "arn:aws:sagemaker:*:*:training-job/ssh-*"
    tagged = {"StringEquals": {"aws:RequestTag/team": "research"}}
    own = sagemaker(account, allow(["sagemaker:CreateTrainingJob", "sagemaker:AddTags"], arn, Condition=tagged), PASS)
    own.create_training_job(**JOB)
    other = {**JOB, "TrainingJobName": "other"}
    assert "training-job/other because" in refusal(own.create_training_job, **other)[1]
    assert "sagemaker:DescribeTrainingJob on resource: " in refusal(own.describe_training_job, TrainingJobName="x")[1]


def test_what_is_running_is_listed(account: SimulatedAccount) -> None:
    state = account.state()
    state["Endpoints"] = [{"EndpointName": "ssh-endpoint", "EndpointConfigName": "c", "Tags": []}]
    state["ProcessingJobs"] = [{"ProcessingJobName": "p", "ProcessingJobStatus": "Completed"}]
    state["TransformJobs"] = [{"TransformJobName": "t"}]
    account.set_state(state)
    own = sagemaker(account, allow("sagemaker:*"))
    assert own.list_endpoints()["Endpoints"][0]["EndpointStatus"] == "InService"
    assert own.describe_endpoint(EndpointName="ssh-endpoint")["EndpointConfigName"] == "c"
    assert refusal(own.describe_endpoint, EndpointName="none")[0] == "ValidationException"
    assert own.list_processing_jobs()["ProcessingJobSummaries"][0]["ProcessingJobStatus"] == "Completed"
    assert own.list_transform_jobs(NameContains="x")["TransformJobSummaries"] == []
    assert own.list_notebook_instances()["NotebookInstances"] == []


def test_apps_are_listed_and_described(account: SimulatedAccount) -> None:
    own = sagemaker(account, allow("sagemaker:*"))
    (app,) = own.list_apps(DomainIdEquals="d-abcdefghijkl", SpaceNameEquals="jane-lab")["Apps"]
    asked = {name: app[name] for name in ("DomainId", "SpaceName", "AppType", "AppName")}
    assert own.describe_app(**asked)["AppArn"].endswith(":app/d-abcdefghijkl/jane-lab/JupyterLab/default")
    assert refusal(own.describe_app, **{**asked, "AppName": "none"})[0] == "ResourceNotFound"
    state = account.state()
    account.set_state({**state, "RoleDetailList": state["RoleDetailList"][:-1]})
    barred = sagemaker(account, allow("*"), deny("sagemaker:DescribeApp", "arn:aws:sagemaker:*:*:app/*/jane-lab/*"))
    assert refusal(barred.describe_app, **asked)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("Equals", "ssh-training-1", 1),
        ("NotEquals", "ssh-training-1", 0),
        ("Contains", "train", 1),
        ("Contains", "x", 0),
    ],
)
def test_a_search_compares(account: SimulatedAccount, operator: str, value: str, found: int) -> None:
    account.set_state({**account.state(), "TrainingJobs": [{**JOB, "CreationTime": 1_700_000_000}]})
    asked: Any = {"Filters": [{"Name": "TrainingJobName", "Operator": operator, "Value": value}]}
    results = account.session().client("sagemaker").search(Resource="TrainingJob", SearchExpression=asked)["Results"]
    assert len(results) == found
