"""What AWS tells about a laptop: the clock by the Date of an answer, the identity, the owner of a node."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sm_ssh_widget.aws.laptop import ask_aws, clock_ahead, sdk_region
from sm_ssh_widget.requirements.observation import Absent, Known, Unknown
from sm_ssh_widget.simulator import SimulatedAccount
from tests.aws.test_nodes import OTHER, OURS, OWN, SERVER, node

Serve = Callable[[timedelta | None], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """An endpoint that refuses everything, with a clock that is off; without a clock for ``None``."""
    servers: list[HTTPServer] = []

    def start(off: timedelta | None) -> str:
        class Refusing(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                assert "Authorization" not in self.headers, "the clock is asked without credentials"
                body = b"<ErrorResponse><Error><Code>MissingAuthenticationToken</Code></Error></ErrorResponse>"
                self.send_response_only(403)
                if off is not None:
                    self.send_header("Date", format_datetime(datetime.now(timezone.utc) + off, usegmt=True))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Refusing)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("seconds", [0, 3600, -3600])
def test_the_clock_against_that_of_the_endpoint(serve: Serve, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", serve(timedelta(seconds=-seconds)))
    ahead = clock_ahead("eu-west-1")
    assert isinstance(ahead, Known)
    assert abs(ahead.value - seconds) < 60


def test_an_answer_without_a_clock_and_no_answer_are_unknown(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", serve(None))
    assert isinstance(clock_ahead("eu-west-1"), Unknown)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert isinstance(clock_ahead("eu-west-1"), Unknown)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    with SimulatedAccount("everything-done") as account:
        nodes = [node(OURS, OWN), node(SERVER, {})]
        account.set_state({**account.state(), "ManagedInstances": nodes})
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_PROFILE", "admin")
        yield account


def test_the_identity_with_its_profile_and_the_owner_of_a_node(account: SimulatedAccount) -> None:
    answers = ask_aws(account.region, node=OURS)
    assert isinstance(answers.caller, Known)
    assert answers.caller.value.arn.account == account.account
    assert answers.caller.value.user_id
    assert answers.caller.value.source.startswith("profile admin (")
    assert (answers.owner, answers.endpoint) == (Known(OWN["SSHOwner"], "ssm:ListTagsForResource"), account.url)
    assert isinstance(answers.clock_ahead, Known)
    assert abs(answers.clock_ahead.value) < 60


def test_a_node_without_the_tag_and_one_that_is_not_there(account: SimulatedAccount) -> None:
    assert ask_aws(account.region, node=SERVER).owner == Absent("ssm:ListTagsForResource")
    assert isinstance(ask_aws(account.region, node=OTHER).owner, Unknown)
    assert ask_aws(account.region).owner is None


def test_a_profile_that_names_no_session_keeps_the_name_that_boto3_gives(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(account.environment["AWS_CONFIG_FILE"])
    role = next(each["Arn"] for each in account.state()["RoleDetailList"] if each["RoleName"] == "DataScientist")
    config.write_text(
        config.read_text("utf-8") + f"\n[profile other]\nrole_arn = {role}\nsource_profile = admin\n", "utf-8"
    )
    monkeypatch.setenv("AWS_PROFILE", "other")
    caller = ask_aws(account.region).caller
    assert isinstance(caller, Known), caller
    assert ":botocore-session-" in caller.value.user_id


def test_without_credentials_the_clock_is_known(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    answers = ask_aws(account.region, node=OURS)
    assert isinstance(answers.caller, Unknown)
    assert isinstance(answers.owner, Unknown)
    assert isinstance(answers.sdk_region, Unknown)


def test_the_region_that_boto3_takes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert sdk_region() == Absent()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert sdk_region() == Known("eu-west-1")
