"""Trying again: what is sent again, how often, after which pauses, and who is told."""

from __future__ import annotations

import logging

import pytest

from sm_ssh_widget.aws.session.clients import Clients
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.session.retry import sent_once
from sm_ssh_widget.clock import use_clock
from sm_ssh_widget.notices import telling
from sm_ssh_widget.requirements.observation import Fact, Known, Reason, Unknown
from tests.aws.conftest import Answer, Endpoint, Request, caller
from tests.support.virtual_time import StoppedTime

SOMEBODY = caller("arn:aws:iam::123456789012:user/u")
THROTTLED = Answer.xml_error("Throttling", "Rate exceeded", 400)
BROKEN = Answer.xml_error("InternalFailure", "An internal error occurred.", 500)
DENIED = Answer.xml_error("AccessDenied", "no", 403)


@pytest.fixture
def clients(endpoint: Endpoint) -> Clients:
    return Clients(endpoint.session(), "eu-west-1", endpoint.url)


def answering(endpoint: Endpoint, *answers: Answer) -> None:
    """Answer so in turn, and with the last one for good."""
    left = list(answers)
    endpoint.answers["GetCallerIdentity"] = lambda _: left.pop(0) if len(left) > 1 else left[0]


def read(clients: Clients) -> tuple[Fact[object], list[float]]:
    """What is read, and the pauses in between."""
    clock = StoppedTime()
    with use_clock(clock):
        reader = Reader(clients._session, region="eu-west-1", clients=clients)
        return reader.read("sts", "GetCallerIdentity"), clock.slept


def about(pauses: list[float]) -> list[object]:
    """A quarter of a pause is left to chance."""
    return [pytest.approx(pause * 0.875, rel=0.1430) for pause in pauses]


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ((SOMEBODY,), []),
        ((THROTTLED, SOMEBODY), [1]),
        ((THROTTLED, THROTTLED, THROTTLED, THROTTLED, SOMEBODY), [1, 2, 4, 8]),
        ((BROKEN, BROKEN, SOMEBODY), [0.5, 1]),
        ((BROKEN, THROTTLED, SOMEBODY), [0.5, 2]),
    ],
)
def test_what_passes_by_itself_is_waited_for(
    endpoint: Endpoint, clients: Clients, answers: tuple[Answer, ...], pauses: list[float]
) -> None:
    answering(endpoint, *answers)
    fact, slept = read(clients)
    assert isinstance(fact, Known)
    assert slept == about(pauses)
    assert len(endpoint.requests) == len(answers)


@pytest.mark.parametrize(
    ("answer", "reason", "times"),
    [(THROTTLED, Reason.THROTTLED, 5), (BROKEN, Reason.UNREACHABLE, 3), (DENIED, Reason.DENIED, 1)],
)
def test_then_it_is_unknown(endpoint: Endpoint, clients: Clients, answer: Answer, reason: Reason, times: int) -> None:
    answering(endpoint, answer)
    fact, slept = read(clients)
    assert isinstance(fact, Unknown)
    assert fact.reason is reason
    assert len(endpoint.requests) == times == len(slept) + 1


def test_nobody_at_the_endpoint_is_tried_three_times() -> None:
    fact, slept = read(Clients(Endpoint().session(), "eu-west-1", "http://127.0.0.1:9"))
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.UNREACHABLE
    assert slept == about([0.5, 1])


def test_a_caller_that_tries_again_by_itself_is_answered_at_once(endpoint: Endpoint, clients: Clients) -> None:
    answering(endpoint, THROTTLED)
    with sent_once():
        fact, slept = read(clients)
    assert isinstance(fact, Unknown)
    assert (len(endpoint.requests), slept) == (1, [])


@pytest.mark.parametrize("answer", [THROTTLED, BROKEN])
def test_a_write_is_sent_once(endpoint: Endpoint, clients: Clients, answer: Answer) -> None:
    endpoint.answers["CreateRole"] = answer
    clock = StoppedTime()
    with use_clock(clock), pytest.raises(Exception, match=r"Rate exceeded|internal error"):
        clients.get("iam").create_role(RoleName="R", AssumeRolePolicyDocument="{}")
    assert (len(endpoint.requests), clock.slept) == (1, [])


def test_each_page_is_tried_again_by_itself(endpoint: Endpoint, clients: Clients) -> None:
    refused: list[str] = []

    def page(request: Request) -> Answer:
        marker = request.form.get("Marker", "first")
        if marker not in refused:
            refused.append(marker)
            return THROTTLED
        more = "<IsTruncated>true</IsTruncated><Marker>second</Marker>" if marker == "first" else ""
        return Answer(200, f"<R><ListRolesResult><Roles/>{more}</ListRolesResult></R>")

    endpoint.answers["ListRoles"] = page
    reader = Reader(endpoint.session(), region="eu-west-1", clients=clients)
    assert reader.read_all("iam", "ListRoles", "Roles") == Known((), "iam:ListRoles")
    assert [request.form.get("Marker", "first") for request in endpoint.requests] == ["first"] * 2 + ["second"] * 2


def test_it_is_told_and_logged(endpoint: Endpoint, clients: Clients, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "sm_ssh_widget")
    told: list[str] = []
    answering(endpoint, THROTTLED, THROTTLED, THROTTLED, BROKEN, SOMEBODY)
    with telling(told.append):
        fact, _ = read(clients)
    assert isinstance(fact, Unknown)  # the fourth failure is a cut, and cuts are waited for no longer
    assert [line.rpartition(" in ")[0] for line in told] == ["AWS throttles, trying again"] * 3
    assert told[0] == "AWS throttles, trying again in 1 s"
    assert sum("sts:GetCallerIdentity: AWS throttles" in line for line in caplog.messages) == 3
    assert any(line.startswith("sts:GetCallerIdentity: unreachable after ") for line in caplog.messages)


def test_the_threads_of_a_reader_tell_too(endpoint: Endpoint, clients: Clients) -> None:
    told: list[str] = []
    answering(endpoint, THROTTLED, SOMEBODY)
    reader = Reader(endpoint.session(), region="eu-west-1", clients=clients)
    with telling(told.append):
        reader.in_parallel(lambda: reader.read("sts", "GetCallerIdentity"), lambda: None)
    assert told == ["AWS throttles, trying again in 1 s"]
