"""SageMaker jobs, apps and endpoints: the listing of ``sm-ssh list``, and the submission of jobs.

A job created here runs until it is stopped; no container is started.
Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.nodes import paged
from sm_ssh_widget.simulator.state import Record
from sm_ssh_widget.simulator.wire.answer import moment

SERVICE = "sagemaker.amazonaws.com"


@dataclass(frozen=True)
class _Listed:
    """A listed and described resource type: its records, its name in an ARN, its member names."""

    kind: str
    plural: str
    prefix: str
    summaries: str

    @property
    def name(self) -> str:
        return f"{self.kind}Name"

    @property
    def arn(self) -> str:
        return f"{self.kind}Arn"

    @property
    def status(self) -> str:
        return f"{self.kind}Status"

    def summary(self, record: Record) -> Record:
        """Return the list entry of a record."""
        wanted = (self.name, self.arn, self.status, "CreationTime", "LastModifiedTime", "TrainingEndTime")
        return {name: record[name] for name in wanted if name in record}


ENDPOINT = _Listed("Endpoint", "Endpoints", "endpoint", "Endpoints")
TRAINING = _Listed("TrainingJob", "TrainingJobs", "training-job", "TrainingJobSummaries")
PROCESSING = _Listed("ProcessingJob", "ProcessingJobs", "processing-job", "ProcessingJobSummaries")
TRANSFORM = _Listed("TransformJob", "TransformJobs", "transform-job", "TransformJobSummaries")
JOBS = (TRAINING, PROCESSING, TRANSFORM)


def _arn(listed: _Listed, call: ServiceCall, name: str) -> str:
    return call.arn(f"{listed.prefix}/{name.lower()}")


def _on(listed: _Listed, call: ServiceCall) -> Sequence[str]:
    return (_arn(listed, call, str(call.parameters[listed.name])),)


def _here(call: ServiceCall, plural: str) -> list[Record]:
    return [record for record in call.state.records[plural] if record.get("Region", call.region) == call.region]


def _find(listed: _Listed, call: ServiceCall, name: str) -> Record | None:
    return next((each for each in _here(call, listed.plural) if each[listed.name] == name), None)


def _shown(listed: _Listed, call: ServiceCall, record: Record) -> Record:
    """Return a record with the members of every response, which a scenario can omit."""
    status = "InService" if listed is ENDPOINT else "InProgress"
    created = record.get("CreationTime", call.state.now())
    shown: Record = {
        listed.arn: _arn(listed, call, record[listed.name]),
        listed.status: status,
        "CreationTime": created,
        "LastModifiedTime": created,
        **record,
    }
    if listed is TRAINING:
        shown.setdefault(
            "SecondaryStatus", "Training" if shown[listed.status] == "InProgress" else shown[listed.status]
        )
        shown.setdefault("ModelArtifacts", {"S3ModelArtifacts": ""})
    return shown


def _tag_keys(listed: _Listed, call: ServiceCall, _: str) -> Mapping[str, Any]:
    """Return the tags of the specified record."""
    record = _find(listed, call, str(call.parameters[listed.name])) or {}
    own = {tag["Key"]: tag["Value"] for tag in record.get("Tags", ())}
    return {
        f"{key}/{name}": value for key in ("aws:ResourceTag", "sagemaker:ResourceTag") for name, value in own.items()
    }


def _described(listed: _Listed, call: ServiceCall) -> Record:
    record = _find(listed, call, str(call.parameters[listed.name]))
    if record is None:
        named = call.parameters[listed.name]
        said = f'Could not find endpoint "{named}".' if listed is ENDPOINT else "Requested resource not found."
        raise AwsError("ValidationException", said)
    return _shown(listed, call, record)


def _listing(listed: _Listed, call: ServiceCall) -> Record:
    found = [_shown(listed, call, record) for record in _here(call, listed.plural)]
    contains, status = call.parameters.get("NameContains"), call.parameters.get("StatusEquals")
    found = [each for each in found if not contains or contains in each[listed.name]]
    found = [each for each in found if status in (None, each[listed.status])]
    by = {"Name": listed.name, "Status": listed.status}.get(call.parameters.get("SortBy", ""), "CreationTime")
    found.sort(key=lambda each: each[by] if by != "CreationTime" else moment(each[by]).timestamp())
    if call.parameters.get("SortOrder", "Ascending" if listed is TRAINING else "Descending") == "Descending":
        found.reverse()
    return paged(call, listed.summaries, [listed.summary(each) for each in found], 10)


def _stop(listed: _Listed, call: ServiceCall) -> Record:
    record = _find(listed, call, str(call.parameters[listed.name]))
    if record is None:
        raise AwsError("ValidationException", "Requested resource not found.")
    if record.get(listed.status, "InProgress") != "InProgress":
        raise AwsError(
            "ValidationException", f"The request was rejected because the {listed.kind} is in status Stopped."
        )
    record[listed.status] = "Stopped"
    return {}


for _each in (ENDPOINT, *JOBS):
    _named = partial(operation, "sagemaker", on=partial(_on, _each), context=partial(_tag_keys, _each))
    _named(f"Describe{_each.kind}")(partial(_described, _each))
    operation("sagemaker", f"List{_each.plural}")(partial(_listing, _each))
    if _each is not ENDPOINT:
        _named(f"Stop{_each.kind}")(partial(_stop, _each))


# Submitting a job


def _request_keys(call: ServiceCall, _: str) -> Mapping[str, Any]:
    tags = call.parameters.get("Tags") or ()
    keys: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    vpc = call.parameters.get("VpcConfig") or (call.parameters.get("NetworkConfig") or {}).get("VpcConfig") or {}
    if tags:
        keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
    if vpc:
        keys |= {
            "sagemaker:VpcSubnets": vpc.get("Subnets", []),
            "sagemaker:VpcSecurityGroupIds": vpc.get("SecurityGroupIds", []),
        }
    kind = (call.parameters.get("ResourceConfig") or {}).get("InstanceType")
    return keys | ({"sagemaker:InstanceTypes": [kind]} if kind else {})


def _create(listed: _Listed, call: ServiceCall) -> Record:
    name, arn = str(call.parameters[listed.name]), _on(listed, call)[0]
    if call.parameters.get("Tags"):
        call.require("sagemaker:AddTags", arn, _request_keys(call, arn))
    _pass_role(call, str(call.parameters["RoleArn"]))
    if _find(listed, call, name):
        said = f"A {listed.kind} named {name} exists: names must be unique within an AWS account and region."
        raise AwsError("ResourceInUse", said)
    call.state.records[listed.plural].append(
        {**call.parameters, "Region": call.region, "CreationTime": call.state.now()}
    )
    return {listed.arn: arn}


def _pass_role(call: ServiceCall, arn: str) -> None:
    """Check that the caller can pass the role to SageMaker, and that SageMaker can assume it."""
    call.require("iam:PassRole", arn, {"iam:PassedToService": SERVICE})
    found = call.state.by_arn(arn)
    if found is None or found[0] != "role" or not authorise.trusts_service(call.state, found[1], SERVICE, call.region):
        said = f"Could not assume role {arn}. Please ensure that the role exists and allows principal '{SERVICE}' to "
        said += "assume the role."
        raise AwsError("ValidationException", said)


for _each in (TRAINING, PROCESSING):
    operation("sagemaker", f"Create{_each.kind}", on=partial(_on, _each), context=_request_keys)(
        partial(_create, _each)
    )


@operation("sagemaker", "Search")
def _search(call: ServiceCall) -> Record:
    """Search training jobs by their properties; all filters must match. The account has no models and no pipelines."""
    if call.parameters["Resource"] in ("Model", "Pipeline"):
        return {"Results": []}
    if call.parameters["Resource"] != "TrainingJob":
        raise AwsError("ValidationException", f"The simulated account searches no {call.parameters['Resource']}.")
    found = [_shown(TRAINING, call, record) for record in _here(call, TRAINING.plural)]
    for each in (call.parameters.get("SearchExpression") or {}).get("Filters") or ():
        found = [record for record in found if _meets(record, each)]
    return paged(call, "Results", [{"TrainingJob": record} for record in found], 10)


def _meets(record: Record, each: Record) -> bool:
    name, wanted = str(each["Name"]), each.get("Value", "")
    tags = {f"Tags.{tag['Key']}": tag["Value"] for tag in record.get("Tags", ())}
    value = {**record, **tags}.get(name)
    tests: dict[str, Callable[[], bool]] = {
        "Equals": lambda: value == wanted,
        "NotEquals": lambda: value != wanted,
        "Contains": lambda: wanted in str(value or ""),
        "Exists": lambda: value is not None,
        "NotExists": lambda: value is None,
    }
    operator = each.get("Operator", "Equals")
    if operator not in tests:
        raise AwsError("ValidationException", f"The simulated account does not compare by {operator}.")
    return tests[operator]()


# Apps


def _app_arn(call: ServiceCall, app: Mapping[str, Any]) -> str:
    owner = app.get("SpaceName") or app.get("UserProfileName")
    return call.arn(f"app/{app['DomainId']}/{owner}/{app['AppType']}/{app['AppName']}")


def _on_app(call: ServiceCall) -> Sequence[str]:
    return (_app_arn(call, call.parameters),)


def _shown_app(call: ServiceCall, record: Record) -> Record:
    return {"AppArn": _app_arn(call, record), "Status": "InService", "CreationTime": call.state.now(), **record}


@operation("sagemaker", "DescribeApp", on=_on_app)
def _describe_app(call: ServiceCall) -> Record:
    names = ("DomainId", "SpaceName", "UserProfileName", "AppType", "AppName")
    for record in _here(call, "Apps"):
        if all(record.get(name) == call.parameters.get(name) for name in names):
            return _shown_app(call, record)
    raise AwsError("ResourceNotFound", f"App [{_on_app(call)[0].split(':app/', 1)[-1]}] does not exist.")


@operation("sagemaker", "ListApps")
def _list_apps(call: ServiceCall) -> Record:
    names = ("DomainId", "SpaceName", "UserProfileName")
    wanted = {name: call.parameters[f"{name}Equals"] for name in names if call.parameters.get(f"{name}Equals")}
    found = [each for each in _here(call, "Apps") if all(each.get(name) == value for name, value in wanted.items())]
    shown = ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName", "Status", "CreationTime")
    full = [_shown_app(call, record) for record in found]
    return paged(call, "Apps", [{name: each[name] for name in shown if name in each} for each in full], 10)


# Tags


def _on_arn(call: ServiceCall) -> Sequence[str]:
    return (str(call.parameters["ResourceArn"]),)


@operation("sagemaker", "ListTags", on=_on_arn)
def _tags(call: ServiceCall) -> Record:
    return paged(call, "Tags", _by_arn(call).get("Tags", []), 50)


@operation("sagemaker", "AddTags", on=_on_arn)
def _add_tags(call: ServiceCall) -> Record:
    record = _by_arn(call)
    merged = {tag["Key"]: tag["Value"] for tag in [*record.get("Tags", []), *call.parameters["Tags"]]}
    record["Tags"] = [{"Key": key, "Value": value} for key, value in merged.items()]
    return {"Tags": record["Tags"]}


def _by_arn(call: ServiceCall) -> Record:
    arn = str(call.parameters["ResourceArn"])
    for listed in (ENDPOINT, *JOBS):
        for record in _here(call, listed.plural):
            if _arn(listed, call, record[listed.name]) == arn:
                return record
    for record in _here(call, "Apps"):
        if _app_arn(call, record) == arn:
            return record
    raise AwsError("ResourceNotFound", f"Resource {arn} does not exist.")
