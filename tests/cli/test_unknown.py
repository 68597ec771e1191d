"""What could not be read is unknown, never missing: each reason end to end, with its own words and its own remedy."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore
import pytest

from tests.cli.conftest import ADMIN, Terminal

Open = Callable[..., Terminal]
READ = "ssm:GetServiceSetting"
MODEL = "ssm/2014-11-06/service-2.json"

REMEDIES = {
    "denied": "ssm:GetServiceSetting",
    "throttled": "Wait one minute",
    "timed-out": "did not answer in time",
    "unreachable": "endpoint cannot be reached",
    "client-too-old": "pip install --upgrade boto3",
    "unparsable": "Check the endpoint",
}
FAULTS = {
    "denied": {"kind": "deny-by-scp", "operation": READ},
    "throttled": {"kind": "throttle", "operation": READ},
    "unparsable": {"kind": "garbage", "operation": READ},
}


@contextmanager
def deaf_endpoint() -> Iterator[str]:
    """A port on which nobody takes a call: its queue is full, and who calls waits."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def older_models(place: Path) -> Path:
    """The models of a boto3 from before an operation: the installed one's, without it."""
    installed = Path(botocore.__file__).parent / "data" / f"{MODEL}.gz"
    model = json.loads(gzip.decompress(installed.read_bytes()))
    del model["operations"]["GetServiceSetting"]
    (place / MODEL).parent.mkdir(parents=True)
    (place / MODEL).write_text(json.dumps(model), encoding="utf-8")
    return place


def tier_of(told: Any) -> dict[str, Any]:
    assert told.code == 4
    return dict(next(finding for finding in told.json["findings"] if finding["id"] == "ssm.tier"))


def check_unknown(told: Any, reason: str) -> None:
    tier = tier_of(told)
    assert tier["status"] == "unknown"
    assert tier["reason"] == f"{reason}: {READ}"
    assert REMEDIES[reason] in tier["remedy"]
    assert not any(text in tier["remedy"] for other, text in REMEDIES.items() if other not in (reason, "denied"))


@pytest.mark.parametrize("reason", FAULTS)
def test_a_read_that_is_refused_or_garbled(terminal: Open, reason: str) -> None:
    shell = terminal()
    shell.account.set_faults([FAULTS[reason]])
    check_unknown(shell.run("check", *ADMIN, "--json"), reason)


def test_an_endpoint_where_nobody_is(terminal: Open) -> None:
    told = terminal().run("check", *ADMIN, "--json", AWS_ENDPOINT_URL_SSM="http://127.0.0.1:9")
    check_unknown(told, "unreachable")


@pytest.mark.slow
def test_an_endpoint_that_does_not_answer_in_time(terminal: Open) -> None:
    with deaf_endpoint() as url:
        check_unknown(terminal().run("check", *ADMIN, "--json", AWS_ENDPOINT_URL_SSM=url), "timed-out")


def test_a_client_that_does_not_know_the_call(terminal: Open, tmp_path: Path) -> None:
    models = older_models(tmp_path / "models")
    check_unknown(terminal().run("check", *ADMIN, "--json", AWS_DATA_PATH=str(models)), "client-too-old")


@pytest.mark.parametrize("reason", FAULTS)
def test_nothing_unknown_becomes_a_change(terminal: Open, reason: str) -> None:
    shell = terminal()
    shell.account.set_faults([FAULTS[reason]])
    told = shell.run("plan", *ADMIN, "--json")
    assert told.code == 3
    assert "ssm.tier" not in [change["finding"] for change in told.json["changes"]]
    assert {"finding": "ssm.tier", "code": "unknown"}.items() <= told.json["refused"][-1].items()
