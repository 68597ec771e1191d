"""Systems Manager documents: those of the account, such as the session preferences, and those of AWS.

The preferences of Session Manager are the document ``SSM-SessionManagerRunShell``. An account has it only after the
preferences were saved; until then a shell starts with AWS's default preferences. ``Content`` is the newest version's
text, ``EarlierVersions`` those before it; ``DefaultVersion`` is the number of the default one.
Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html and
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetDocument.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.ssm.nodes import paged
from sm_ssh_widget.simulator.state import AccountState, Record

SHELL = "SSM-SessionManagerRunShell"
DEFAULT, LATEST = "$DEFAULT", "$LATEST"
_OF_SIMULATOR_ONLY = ("EarlierVersions", "DefaultVersion")
_PORT = {"schemaVersion": "1.0", "sessionType": "Port"}
_COMMANDS = {"type": "StringList", "description": "The commands to run."}


def _script(action: str) -> Record:
    step = {"action": action, "name": action.partition(":")[2], "inputs": {"runCommand": "{{ commands }}"}}
    return {"schemaVersion": "2.2", "parameters": {"commands": _COMMANDS}, "mainSteps": [step]}


OF_AWS: dict[str, tuple[str, Record]] = {
    "AWS-RunPowerShellScript": ("Command", _script("aws:runPowerShellScript")),
    "AWS-RunShellScript": ("Command", _script("aws:runShellScript")),
    "AWS-StartInteractiveCommand": ("Session", {"schemaVersion": "1.0", "sessionType": "InteractiveCommands"}),
    "AWS-StartPortForwardingSession": ("Session", _PORT),
    "AWS-StartPortForwardingSessionToRemoteHost": ("Session", _PORT),
    "AWS-StartSSHSession": ("Session", {**_PORT, "properties": {"portNumber": "{{ portNumber }}"}}),
}
"""Type and relevant content of AWS's documents that SSH Helper and the wizard use, by name."""


def document_arn(state: AccountState, name: str, region: str) -> str:
    """Return the ARN of a document by its name or ARN; AWS's documents belong to no account."""
    if name.startswith("arn:"):
        return name
    owner = "" if name.startswith(("AWS-", "Amazon")) else state.account
    return f"arn:{state.partition}:ssm:{region}:{owner}:document/{name}"


def find(state: AccountState, name: str, region: str, version: str = LATEST) -> Record | None:
    """Return a version of a document in the form of ``GetDocument``; ``None`` if it does not exist."""
    short = name.rsplit("document/", 1)[-1]
    own = (
        each for each in state.records["Documents"] if each["Name"] == short and each.get("Region", region) == region
    )
    record = next(own, None)
    if record is None and short in OF_AWS:
        kind, given = OF_AWS[short]
        record = {"Name": short, "DocumentType": kind, "Content": json.dumps(given)}
    if record is None:
        return None
    number = {DEFAULT: default_version(record), LATEST: latest_version(record)}.get(version, version)
    content = _contents(record).get(number)
    if content is None:
        return None
    defaults = {"Status": "Active", "DocumentFormat": "JSON", "DocumentType": "Command"}
    shown = {key: value for key, value in record.items() if key not in _OF_SIMULATOR_ONLY}
    return {**defaults, **shown, "DocumentVersion": number, "Content": content}


def latest_version(record: Record) -> str:
    """Return the number of the newest version, whose text is the record's ``Content``."""
    return str(record.get("DocumentVersion") or len(record.get("EarlierVersions", ())) + 1)


def default_version(record: Record) -> str:
    """Return the number of the default version; the newest one unless the record names another."""
    return str(record.get("DefaultVersion") or latest_version(record))


def _contents(record: Record) -> dict[str, str]:
    """Return the text of each version by its number."""
    earlier = {str(number): str(text) for number, text in enumerate(record.get("EarlierVersions", ()), 1)}
    return {**earlier, latest_version(record): str(record["Content"])}


def known(call: ServiceCall, name: str, version: str = LATEST) -> Record:
    """Return the document with this name or ARN. Raises ``InvalidDocument`` or ``InvalidDocumentVersion``."""
    found = find(call.state, name, call.region, version)
    if found is None and find(call.state, name, call.region):
        raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
    if found is None:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return found


def _on_document(call: ServiceCall) -> Sequence[str]:
    return (document_arn(call.state, str(call.parameters["Name"]), call.region),)


@operation("ssm", "GetDocument", on=_on_document)
def _get(call: ServiceCall) -> Record:
    return known(call, str(call.parameters["Name"]), str(call.parameters.get("DocumentVersion") or DEFAULT))


def _described(call: ServiceCall, record: Record) -> Record:
    owner = "Amazon" if record["Name"] in OF_AWS else call.state.account
    shown = {name: value for name, value in record.items() if name not in ("Content", "Region")}
    default = known(call, record["Name"], DEFAULT)["DocumentVersion"]
    return {"Owner": owner, "DefaultVersion": default, "PlatformTypes": ["Linux"], **shown}


@operation("ssm", "DescribeDocument", on=_on_document)
def _describe(call: ServiceCall) -> Record:
    found = known(call, str(call.parameters["Name"]))
    return {"Document": {**_described(call, found), "LatestVersion": found["DocumentVersion"]}}


@operation("ssm", "ListDocuments")
def _list(call: ServiceCall) -> Record:
    own = [each["Name"] for each in call.state.records["Documents"] if each.get("Region", call.region) == call.region]
    shown = [_described(call, known(call, name)) for name in sorted({*own, *OF_AWS})]
    for each in call.parameters.get("Filters") or ():
        shown = [record for record in shown if _matches(call, record, each)]
    return paged(call, "DocumentIdentifiers", shown, 10)


def _matches(call: ServiceCall, record: Record, each: Record) -> bool:
    key, values = each["Key"], [call.state.account if value == "Self" else value for value in each.get("Values") or ()]
    member = {"Owner": "Owner", "Name": "Name", "DocumentType": "DocumentType"}.get(key)
    if member is None:
        raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid.")
    return record[member] in values or (key == "Name" and any(record["Name"].startswith(value) for value in values))


def _content(call: ServiceCall) -> str:
    text = str(call.parameters["Content"])
    try:
        json.loads(text)
    except ValueError as error:
        raise AwsError("InvalidDocumentContent", f"The document is not valid JSON: {error}") from error
    return text


@operation("ssm", "CreateDocument", on=_on_document)
def _create(call: ServiceCall) -> Record:
    name = str(call.parameters["Name"])
    if find(call.state, name, call.region):
        raise AwsError("DocumentAlreadyExists", f"Document with same name {name} already exists")
    kind = call.parameters.get("DocumentType") or "Command"
    made: Record = {"Name": name, "DocumentType": kind, "Region": call.region, "Content": _content(call)}
    call.state.records["Documents"].append(made)
    return {"DocumentDescription": _described(call, known(call, name))}


def _own(call: ServiceCall) -> Record:
    name = str(call.parameters["Name"])
    found = (each for each in call.state.records["Documents"] if each["Name"] == name)
    record = next((each for each in found if each.get("Region", call.region) == call.region), None)
    if record is None:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return record


@operation("ssm", "UpdateDocument", on=_on_document)
def _update(call: ServiceCall) -> Record:
    record, text = _own(call), _content(call)
    if record["Content"] == text:
        raise AwsError("DuplicateDocumentContent", "The content of the association document matches another document.")
    record["DefaultVersion"] = default_version(record)  # a new version is not the default one
    record["DocumentVersion"] = str(int(latest_version(record)) + 1)
    record["EarlierVersions"] = [*record.get("EarlierVersions", ()), record["Content"]]
    record["Content"] = text
    return {"DocumentDescription": _described(call, known(call, record["Name"]))}


@operation("ssm", "UpdateDocumentDefaultVersion", on=_on_document)
def _default(call: ServiceCall) -> Record:
    record, wanted = _own(call), str(call.parameters["DocumentVersion"])
    if wanted not in _contents(record):
        raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
    record["DefaultVersion"] = wanted
    return {"Description": {"Name": record["Name"], "DefaultVersion": wanted}}


@operation("ssm", "DeleteDocument", on=_on_document)
def _delete(call: ServiceCall) -> dict[str, Any]:
    call.state.records["Documents"].remove(_own(call))
    return {}
