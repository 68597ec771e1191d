"""Answers that are too slow, too large or without an end, over real sockets; each ends within its limit."""

from __future__ import annotations

import contextlib
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from sm_ssh_widget.aws.session import clients
from sm_ssh_widget.aws.session.clients import Clients
from sm_ssh_widget.aws.session.limits import (
    LIMITS,
    AnswerTooSlow,
    LimitExceeded,
    Limits,
    check_stage,
    limited_pages,
    reading_stage,
)
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import Profile, sign_in
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.observation import Known, Reason, Unknown
from tests.aws.conftest import Answer, Endpoint, Request, caller
from tests.support.sessions import keyed_session

SMALL = Limits(call_seconds=0.5, answer_bytes=1_000_000, pages=5, stage_seconds=0.5)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
BODY = b"<R><GetRoleResult></GetRoleResult></R>"
Behave = Callable[[socket.socket], None]


@contextlib.contextmanager
def served(behave: Behave) -> Iterator[str]:
    """The URL of an endpoint that does as it is told with every connection, once a request came in."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            behave(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


def slowly(text: bytes) -> Behave:
    """Byte by byte, one in a twentieth of a second: no single wait is long."""

    def behave(connection: socket.socket) -> None:
        for byte in text:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return behave


def endlessly(head: bytes, chunk: bytes) -> Behave:
    """Chunk after chunk, until the client has gone; an empty chunk is a silence as long."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(head)
        while connection.send(chunk) or connection.recv(1):
            pass

    return behave


def session() -> boto3.Session:
    return keyed_session("ASIA", "secret", "token", "eu-west-1")


def read(url: str, limits: Limits = SMALL) -> tuple[Any, float]:
    """What a reader finds, and the seconds that it took."""
    reader = Reader(session(), region="eu-west-1", clients=Clients(session(), "eu-west-1", url, limits))
    reader.endpoint("iam")  # the client is made before the time is taken
    began = time.monotonic()
    return reader.read("iam", "GetRole", RoleName="R"), time.monotonic() - began


class TestTime:
    @pytest.mark.parametrize(
        "text",
        [
            HEAD + b"Content-Length: 100\r\n\r\n" + b" " * 100,
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 100,
            HEAD + b"X-Slow: " + b"x" * 1000,
        ],
        ids=["body", "chunks", "headers"],
    )
    def test_a_byte_at_a_time_ends_with_the_time_of_the_call(self, text: bytes) -> None:
        with served(slowly(text)) as url:
            fact, seconds = read(url)
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.TIMED_OUT
        assert "0.5 s" in fact.said
        assert 0.4 < seconds < 2

    def test_all_attempts_share_one_time(self, endpoint: Endpoint) -> None:
        """A server error is tried again, after a pause; the time goes on."""

        def fail_late(request: Request) -> Answer:
            time.sleep(0.3)
            return Answer.xml_error("InternalFailure", "again", 500)

        endpoint.answers["GetRole"] = fail_late
        fact, seconds = read(endpoint.url)
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.TIMED_OUT
        assert len(endpoint.requests) <= 2
        assert seconds < 3

    def test_each_call_has_its_own(self, endpoint: Endpoint) -> None:
        endpoint.answers["GetCallerIdentity"] = caller("arn:aws:iam::123456789012:user/u")
        client = Clients(session(), "eu-west-1", endpoint.url, replace(SMALL, call_seconds=0.3)).get("sts")
        for _ in range(3):
            client.get_caller_identity()
            time.sleep(0.15)
        assert len(endpoint.requests) == 3

    @pytest.mark.parametrize(("service", "operation"), [("pricing", "GetProducts"), ("iam", "GetAccountSummary")])
    def test_a_silent_endpoint_delays_a_read_that_a_check_can_do_without_less(
        self,
        service: str,
        operation: str,
        monkeypatch: pytest.MonkeyPatch,
        optional_services: tuple[str, ...],
    ) -> None:
        monkeypatch.setattr(clients, "OPTIONAL_SERVICES", optional_services)
        limits = replace(SMALL, call_seconds=1.5, stage_seconds=30, optional_seconds=0.3)
        with served(lambda _: time.sleep(3)) as url:
            reader = Reader(session(), region="eu-west-1", clients=Clients(session(), "eu-west-1", url, limits))
            reader.endpoint(service)
            began = time.monotonic()
            fact = reader.read(service, operation, **({"ServiceCode": "AmazonEC2"} if service == "pricing" else {}))
            seconds = time.monotonic() - began
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.TIMED_OUT
        assert (seconds < 1.2) == (service == "pricing")

    def test_a_connection_that_is_cut_is_told_as_before(self) -> None:
        def cut(connection: socket.socket) -> None:
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n half")

        with served(cut) as url:
            client = Clients(session(), "eu-west-1", url, SMALL).get("iam")
            with pytest.raises(ConnectionClosedError):
                client.get_role(RoleName="R")

    def test_a_profile_that_assumes_a_role_is_limited_by_itself(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The call is botocore's own, by a client that it makes for the credentials."""
        (tmp_path / "config").write_text(
            "[profile base]\naws_access_key_id = A\naws_secret_access_key = B\n"
            "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/R\nsource_profile = base\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        with served(endlessly(HEAD + b"\r\n", b" " * 65536)) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            with pytest.raises(Problem, match="larger than 50 MB"):
                sign_in(Profile("r"), region="eu-west-1")


class TestSize:
    @pytest.mark.parametrize(
        "behave",
        [
            endlessly(HEAD + b"\r\n", b" " * 65536),
            endlessly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
            endlessly(HEAD + b"Content-Length: 3000000000\r\n\r\n", b""),
        ],
        ids=["no length", "chunks", "a length"],
    )
    def test_what_is_too_large_is_not_read(self, behave: Behave) -> None:
        with served(behave) as url:
            fact, seconds = read(url, replace(SMALL, call_seconds=10))
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.UNPARSABLE
        assert fact.said == "The response is larger than 1 MB."
        assert seconds < 5

    def test_up_to_the_limit_it_is_read(self, endpoint: Endpoint) -> None:
        said = caller("arn:aws:iam::123456789012:user/u").body
        endpoint.answers["GetCallerIdentity"] = Answer(200, said.ljust(1000))
        for most, fits in ((1000, True), (999, False)):
            clients = Clients(session(), "eu-west-1", endpoint.url, replace(SMALL, call_seconds=10, answer_bytes=most))
            fact = Reader(session(), region="eu-west-1", clients=clients).read("sts", "GetCallerIdentity")
            assert isinstance(fact, Known) == fits

    def test_three_gigabytes_take_less_than_300_megabytes(self) -> None:
        """With the product's own limits, in a process of its own."""
        code = "from tests.aws.session.test_limits import *; three_gigabytes()"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        said, megabytes = ran.stdout.rsplit(maxsplit=1)
        assert said == "The response is larger than 50 MB."
        assert float(megabytes) < 300


def three_gigabytes() -> None:
    with served(endlessly(HEAD + b"\r\n", b" " * 1_000_000)) as url:
        fact, _ = read(url, LIMITS)
    print(fact.said, most_memory())


def most_memory() -> float:
    """The most megabytes that this process has used since it began."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent used before it, too
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1000  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000


def another_page(request: Request) -> Answer:
    marker = int(request.form.get("Marker", "0")) + 1
    more = f"<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"
    return Answer(200, f"<R><ListRolesResult><Roles/>{more}</ListRolesResult></R>")


class TestPages:
    def test_a_list_without_an_end_ends(self, endpoint: Endpoint) -> None:
        endpoint.answers["ListRoles"] = another_page
        clients = Clients(session(), "eu-west-1", endpoint.url, replace(SMALL, stage_seconds=60, call_seconds=60))
        fact = Reader(session(), region="eu-west-1", clients=clients).read_all("iam", "ListRoles", "Roles")
        assert isinstance(fact, Unknown)
        assert fact.said == "The list has more than 5 pages."
        assert len(endpoint.requests) == 6

    @pytest.mark.parametrize("number", [0, 1, 5])
    def test_as_many_as_there_may_be_are_given(self, number: int) -> None:
        assert list(limited_pages(range(number), SMALL)) == list(range(number))

    def test_one_more_is_not(self) -> None:
        with pytest.raises(LimitExceeded, match="more than 5 pages"):
            list(limited_pages(range(6), SMALL))


class TestStage:
    def test_its_time_is_over_for_every_read_inside(self, endpoint: Endpoint) -> None:
        def late(request: Request) -> Answer:
            time.sleep(0.2)
            return another_page(request)

        endpoint.answers["ListRoles"] = late
        limits = replace(SMALL, pages=1000, call_seconds=60)
        reader = Reader(session(), region="eu-west-1", clients=Clients(session(), "eu-west-1", endpoint.url, limits))
        reader.endpoint("iam")
        with reader.stage():
            facts = reader.in_parallel(
                lambda: reader.read_all("iam", "ListRoles", "Roles"),
                lambda: reader.read_all("iam", "ListRoles", "Roles"),
            )
            after = reader.read("iam", "GetRole", RoleName="R")
        for fact in (*facts, after):
            assert isinstance(fact, Unknown)
            assert fact.reason is Reason.TIMED_OUT
        assert "GetRole" not in endpoint.operations
        assert len(endpoint.requests) <= 8

    def test_one_inside_another_has_no_time_of_its_own(self) -> None:
        with reading_stage(replace(SMALL, stage_seconds=0)):
            with reading_stage(LIMITS), pytest.raises(AnswerTooSlow):
                check_stage()
            with pytest.raises(AnswerTooSlow):
                check_stage()
        check_stage()

    def test_the_limits_are_those_that_are_documented(self) -> None:
        assert Limits(60, 50_000_000, 1000, 300, 4) == LIMITS
