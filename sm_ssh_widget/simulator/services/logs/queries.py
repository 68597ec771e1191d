"""CloudWatch Logs Insights, with the commands that SSH Helper uses: ``fields``, ``filter … like``, ``sort``, ``limit``.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.services.logs.groups import group, group_arn
from sm_ssh_widget.simulator.state import Record

MOST = 10000
_PART = re.compile(r"""(?:/(?:\\.|[^/])*/|'[^']*'|"[^"]*"|[^|])+""")
_LIKE = re.compile(r"""filter\s+(@?\w+)\s+(not\s+)?like\s+(/.*/|'.*'|".*")""", re.DOTALL | re.IGNORECASE)
_EQUAL = re.compile(r"""filter\s+(@?\w+)\s*(!?=)\s*('.*'|".*")""", re.DOTALL | re.IGNORECASE)
_SORT = re.compile(r"sort\s+(@?\w+)(\s+asc|\s+desc)?", re.IGNORECASE)
_LIMIT = re.compile(r"(?:limit|head)\s+(\d+)", re.IGNORECASE)


@dataclass
class _Query:
    fields: tuple[str, ...] = ("@timestamp", "@message")
    filters: list[Callable[[Record], bool]] = field(default_factory=list)
    sort: str = "@timestamp"
    descending: bool = True
    limit: int = MOST


def _parsed(text: str) -> _Query:
    """Parse a query. Raises ``MalformedQueryException`` for other commands."""
    query = _Query()
    for part in (each.strip() for each in _PART.findall(text)):
        if part and not _take(query, part):
            raise AwsError("MalformedQueryException", f"The simulated account does not understand: {part}")
    return query


def _take(query: _Query, part: str) -> bool:
    if part.lower().startswith(("fields ", "display ")):
        query.fields = tuple(name.strip() for name in part.split(None, 1)[1].split(","))
    elif like := _LIKE.fullmatch(part):
        query.filters.append(_like(*like.groups()))
    elif equal := _EQUAL.fullmatch(part):
        name, operator, value = equal.groups()
        query.filters.append(lambda event: (event.get(name) == value[1:-1]) is (operator == "="))
    elif sort := _SORT.fullmatch(part):
        query.sort, query.descending = sort[1], (sort[2] or "").strip().lower() != "asc"
    elif limit := _LIMIT.fullmatch(part):
        query.limit = int(limit[1])
    else:
        return False
    return True


def _like(name: str, negated: str | None, value: str) -> Callable[[Record], bool]:
    pattern = re.compile(value[1:-1] if value[0] == "/" else re.escape(value[1:-1]))
    return lambda event: (pattern.search(str(event.get(name, ""))) is None) is bool(negated)


def _names(call: ServiceCall) -> list[str]:
    given = call.parameters
    several = given.get("logGroupNames") or given.get("logGroupIdentifiers") or ()
    found = [*several, *([given["logGroupName"]] if given.get("logGroupName") else [])]
    return [str(name).rpartition(":log-group:")[2].removesuffix(":*") for name in found]


def _on_groups(call: ServiceCall) -> Sequence[str]:
    return tuple(group_arn(call, name) for name in _names(call))


@operation("logs", "StartQuery", on=_on_groups)
def _start(call: ServiceCall) -> Record:
    query, names = _parsed(str(call.parameters["queryString"])), _names(call)
    events = [event for name in names for event in _events(call, name)]
    found = [event for event in events if all(holds(event) for holds in query.filters)]
    found.sort(key=lambda event: event.get(query.sort, ""), reverse=query.descending)
    limit = min(query.limit, int(call.parameters.get("limit") or MOST))
    rows = [[_cell(event, name) for name in (*query.fields, "@ptr")] for event in found[:limit]]
    identity = str(uuid.uuid4())
    scanned = {"recordsMatched": len(found), "recordsScanned": len(events), "bytesScanned": 0}
    call.world.queries[identity] = {"groups": names, "results": rows, "statistics": scanned}
    return {"queryId": identity}


def _events(call: ServiceCall, name: str) -> list[Record]:
    """Return the events of a group in the requested time, with the fields for queries."""
    first, last = int(call.parameters["startTime"]) * 1000, int(call.parameters["endTime"]) * 1000 + 999
    streams = group(call, name).get("Streams", {})
    return [
        {**each, "@timestamp": each["timestamp"], "@message": each["message"], "@logStream": stream, "@log": name}
        for stream, events in streams.items()
        for each in events
        if first <= each["timestamp"] <= last
    ]


def _cell(event: Record, name: str) -> Record:
    value = event.get(name, "")
    if name == "@timestamp":
        moment = dt.datetime.fromtimestamp(value / 1000, dt.timezone.utc)
        value = moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{value % 1000:03}"
    if name == "@ptr":
        value = uuid.uuid5(uuid.NAMESPACE_URL, f"{event['@log']} {event['@logStream']} {event['@timestamp']}").hex
    return {"field": name, "value": str(value)}


def _on_query(call: ServiceCall) -> Sequence[str]:
    found = call.world.queries.get(str(call.parameters["queryId"]))
    return tuple(group_arn(call, name) for name in found["groups"]) if found else ("*",)


@operation("logs", "GetQueryResults", on=_on_query)
def _results(call: ServiceCall) -> Record:
    found = call.world.queries.get(str(call.parameters["queryId"]))
    if found is None:
        raise AwsError("ResourceNotFoundException", "Query does not exist.")
    return {"results": found["results"], "statistics": found["statistics"], "status": "Complete"}
