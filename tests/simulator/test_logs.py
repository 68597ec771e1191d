"""Logs: the query by which SSH Helper finds the node of an endpoint, judged on the log group."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import allow, refusal
from tests.simulator.test_enforcement import a_role, client

GROUP = "/aws/sagemaker/Endpoints/ssh-endpoint"
SAID = "Successfully registered the instance with AWS SSM using Managed instance-id: "
FIRST = "mi-00000000000000001"
QUERY = (
    "fields @timestamp, @logStream, @message"
    "| filter @logStream like 'AllTraffic/'"
    f"| filter @message like /{SAID[:-2]}/"
    "| sort @timestamp desc"
    "| limit 20"
)
"""As ``sagemaker_ssh_helper/log.py`` asks it."""


@pytest.fixture
def logged(account: SimulatedAccount) -> SimulatedAccount:
    """An account with the log of an endpoint in which two nodes have registered themselves."""
    now = int(time.time() * 1000)
    lines = [f"{SAID}mi-00000000000000001", "ready | steady", f"{SAID}mi-00000000000000002"]
    events = [{"timestamp": now - 10_000 + n, "message": line} for n, line in enumerate(lines)]
    old = [{"timestamp": 1_600_000_000_000, "message": f"{SAID}mi-00000000000000000"}]
    streams = {"AllTraffic/i-0123": [*old, *events], "Other/i-0123": events}
    account.set_state({**account.state(), "LogGroups": [{"LogGroupName": GROUP, "Streams": streams}]})
    return account


def ask(logs: Any, query: str = QUERY, group: str = GROUP) -> list[list[dict[str, str]]]:
    now = int(time.time())
    started = logs.start_query(logGroupName=group, startTime=now - 14 * 86400, endTime=now, queryString=query)
    answer = logs.get_query_results(queryId=started["queryId"])
    assert answer["status"] == "Complete"
    results: list[list[dict[str, str]]] = answer["results"]
    return results


def test_the_nodes_of_an_endpoint_are_found_in_its_log(logged: SimulatedAccount) -> None:
    lines = ask(logged.session().client("logs"))
    assert [line[2]["value"][-20:] for line in lines] == ["mi-00000000000000002", "mi-00000000000000001"]
    assert [cell["field"] for cell in lines[0]] == ["@timestamp", "@logStream", "@message", "@ptr"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fields @message | filter @message not like /instance-id/", ["ready | steady"] * 2),
        ('fields @message | filter @message = "ready | steady" | limit 1', ["ready | steady"]),
        ("filter @logStream like 'AllTraffic' | fields @message | sort @timestamp asc | limit 1", [f"{SAID}{FIRST}"]),
    ],
)
def test_what_a_query_may_say(logged: SimulatedAccount, query: str, found: list[str]) -> None:
    assert [line[0]["value"] for line in ask(logged.session().client("logs"), query)] == found


def test_a_query_that_is_not_understood_is_refused(logged: SimulatedAccount) -> None:
    with pytest.raises(Exception, match="MalformedQueryException"):
        ask(logged.session().client("logs"), "stats count(*) by bin(5m)")


def test_a_query_is_judged_on_the_log_group(logged: SimulatedAccount) -> None:
    mine = "arn:aws:logs:*:*:log-group:/aws/sagemaker/*"
    logs = client(logged, a_role(logged, allow(["logs:StartQuery", "logs:GetQueryResults"], mine)), "logs")
    assert len(ask(logs)) == 2
    asked = {"startTime": 0, "endTime": 1, "queryString": QUERY}
    said = refusal(logs.start_query, logGroupName="/other", **asked)[1]
    assert "on resource: arn:aws:logs:eu-west-1:123456789012:log-group:/other:log-stream: because" in said
    assert refusal(logs.start_query, logGroupName="/aws/sagemaker/none", **asked)[0] == "ResourceNotFoundException"


def test_a_log_is_written_and_read(account: SimulatedAccount) -> None:
    logs: Any = account.session().client("logs")
    named = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "job/algo-1"}
    logs.create_log_group(logGroupName=named["logGroupName"])
    logs.create_log_stream(**named)
    assert refusal(logs.create_log_stream, **named)[0] == "ResourceAlreadyExistsException"
    logs.put_log_events(**named, logEvents=[{"timestamp": int(time.time() * 1000), "message": "hello"}])
    assert logs.get_log_events(**named)["events"][0]["message"] == "hello"
    assert (
        logs.describe_log_streams(logGroupName=named["logGroupName"])["logStreams"][0]["logStreamName"] == "job/algo-1"
    )
    assert logs.describe_log_groups()["logGroups"][0]["logGroupName"] == named["logGroupName"]
    logs.delete_log_group(logGroupName=named["logGroupName"])
    assert account.state()["LogGroups"] == []
