"""SageMaker resources that contain an execution role: domains, user profiles, spaces, notebook instances.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeUserProfile.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.nodes import paged
from sm_ssh_widget.simulator.state import Record

_NAMED = {
    "Domain": ("Domains", "domain", ("DomainId",)),
    "UserProfile": ("UserProfiles", "user-profile", ("DomainId", "UserProfileName")),
    "Space": ("Spaces", "space", ("DomainId", "SpaceName")),
    "NotebookInstance": ("NotebookInstances", "notebook-instance", ("NotebookInstanceName",)),
}
_IN_LISTS = {
    "Domain": ("DomainArn", "DomainId", "DomainName", "Status", "CreationTime", "LastModifiedTime", "Url"),
    "UserProfile": ("DomainId", "UserProfileName", "Status", "CreationTime", "LastModifiedTime"),
    "Space": ("DomainId", "SpaceName", "Status", "CreationTime", "LastModifiedTime"),
    "NotebookInstance": ("NotebookInstanceName", "NotebookInstanceArn", "NotebookInstanceStatus"),
}


def _on(kind: str) -> Callable[[ServiceCall], Sequence[str]]:
    _, prefix, names = _NAMED[kind]
    return lambda call: (call.arn("/".join((prefix, *(str(call.parameters[name]) for name in names)))),)


def _describe(kind: str) -> Callable[[ServiceCall], Record]:
    plural, _, names = _NAMED[kind]

    def handler(call: ServiceCall) -> Record:
        for record in _here(call, plural):
            if all(record[name] == call.parameters[name] for name in names):
                return record
        if kind == "NotebookInstance":
            raise AwsError("ValidationException", "RecordNotFound")
        wanted = "/".join(str(call.parameters[name]) for name in names)
        raise AwsError("ResourceNotFound", f"{kind} [{wanted}] does not exist.")

    return handler


def _list(kind: str) -> Callable[[ServiceCall], Record]:
    plural = _NAMED[kind][0]

    def handler(call: ServiceCall) -> Record:
        wanted = call.parameters.get("DomainIdEquals")
        found = [each for each in _here(call, plural) if wanted in (None, each.get("DomainId"))]
        return paged(call, plural, [{key: r[key] for key in _IN_LISTS[kind] if key in r} for r in found], 10)

    return handler


def _here(call: ServiceCall, plural: str) -> list[Record]:
    return [record for record in call.state.records[plural] if record.get("Region", call.region) == call.region]


for _kind in _NAMED:
    operation("sagemaker", f"Describe{_kind}", on=_on(_kind))(_describe(_kind))
    operation("sagemaker", f"List{_NAMED[_kind][0]}")(_list(_kind))
