"""CodeBuild projects: their names, and the role that each one uses.

Source: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html
"""

from __future__ import annotations

from collections.abc import Sequence

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record

_MOST = 100


def _projects(call: ServiceCall) -> dict[str, Record]:
    found = call.state.records["Projects"]
    return {each["Name"]: each for each in found if each.get("Region", call.region) == call.region}


def _on_projects(call: ServiceCall) -> Sequence[str]:
    return tuple(call.arn(f"project/{name}") for name in call.parameters["names"])


@operation("codebuild", "ListProjects")
def _list(call: ServiceCall) -> Record:
    page, token = call.page(sorted(_projects(call)), None, call.parameters.get("nextToken"))
    return {"projects": page, "nextToken": token}


@operation("codebuild", "BatchGetProjects", on=_on_projects)
def _get(call: ServiceCall) -> Record:
    names, known = list(call.parameters["names"]), _projects(call)
    if not 1 <= len(names) <= _MOST:
        raise AwsError("InvalidInputException", f"Invalid number of names: 1 to {_MOST} are accepted")
    told = [
        {"name": name, "arn": call.arn(f"project/{name}"), "serviceRole": known[name]["ServiceRole"]}
        for name in names
        if name in known
    ]
    return {"projects": told, "projectsNotFound": [name for name in names if name not in known]}
