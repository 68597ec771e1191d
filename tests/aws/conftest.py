"""An endpoint on this machine that answers as AWS does, for the tests of `sm_ssh_widget.aws`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import boto3
import pytest

from tests.support.sessions import keyed_session

_ERROR = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>r-1</RequestId></ErrorResponse>"
)


@dataclass(frozen=True)
class Request:
    """One request as it came in: the operation's name, its form or JSON body, headers."""

    operation: str
    body: str
    headers: dict[str, str]

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.body).items()}

    @property
    def service(self) -> str:
        """The signed service, from the scope of the signature."""
        scope = self.headers.get("authorization", "").partition("Credential=")[2].split(",")[0].split("/")
        return scope[3] if len(scope) == 5 else ""


@dataclass(frozen=True)
class Answer:
    """What goes back: a status and a body."""

    status: int
    body: str

    @classmethod
    def xml_error(cls, code: str, message: str, status: int = 400) -> Answer:
        return cls(status, _ERROR.format(code=code, message=message))


def caller(arn: str, user_id: str = "AIDA1") -> Answer:
    """The answer of GetCallerIdentity."""
    fields = f"<Arn>{arn}</Arn><UserId>{user_id}</UserId><Account>{arn.split(':')[4]}</Account>"
    return Answer(200, f"<R><GetCallerIdentityResult>{fields}</GetCallerIdentityResult></R>")


@dataclass
class Endpoint:
    """A recorded AWS: answers by operation (``GetRole``); what is not set answers 501."""

    url: str = ""
    answers: dict[str, Answer | Callable[[Request], Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        return [request.operation for request in self.requests]

    def session(self, key: str = "ASIAQQQQQQQQQQQQQQQQ", token: str | None = "token") -> boto3.Session:
        return keyed_session(key, "secret", token)

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        found = self.answers.get(request.operation, Answer.xml_error("NotImplemented", "not set", 501))
        return found(request) if callable(found) else found


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A recorded AWS over real HTTP, on a port of its own."""
    recorded = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            target = headers.get("x-amz-target", "").rpartition(".")[2]
            answer = recorded.answer(Request(target or parse_qs(body).get("Action", [""])[0], body, headers))
            payload = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = recorded.answer(Request(self.path, "", headers))
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body.encode())))
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Silence: the requests are recorded."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recorded.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield recorded
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No credentials, profile or Region of this machine reach a test."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("aws-home")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
