"""Signing in with a browser from the terminal: the code goes to standard error, the answer to standard output."""

from __future__ import annotations

import re
import signal
import urllib.parse
import urllib.request
from collections.abc import Callable

from tests.cli.conftest import Terminal

WAY = "sso:https://example.awsapps.com/start,eu-west-1"


def test_the_code_is_shown_and_once_allowed_the_check_goes_on(terminal: Callable[..., Terminal]) -> None:
    shell = terminal()
    running = shell.start("check", "--sign-in", WAY, "--json")
    assert running.stderr is not None
    said = ""
    while "Open" not in said:
        said += running.stderr.readline()
    link = re.search(r"http://\S+user_code=([A-Z-]+)", said)
    assert link
    assert " ".join(link[1]) in said
    with urllib.request.urlopen(link[0], urllib.parse.urlencode({"answer": "allow"}).encode()):
        pass
    out, rest = running.communicate(timeout=60)
    assert running.returncode in (1, 4), rest
    assert '"read_as": "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DataScientist_' in out


def test_an_account_that_answers_itself(terminal: Callable[..., Terminal]) -> None:
    shell = terminal()
    shell.account.world.sign_in.auto = True
    told = shell.run("check", "--sign-in", f"{WAY},role=DataScientist", "--json")
    assert told.json["read_as"].endswith("/alice@example.com")


def test_ctrl_c_gives_up(terminal: Callable[..., Terminal]) -> None:
    running = terminal().start("check", "--sign-in", WAY, "--json")
    assert running.stderr is not None
    while "Waiting" not in running.stderr.readline():
        pass
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert '"stopped"' in out
    assert "Traceback" not in err


def test_a_role_that_is_not_there(terminal: Callable[..., Terminal]) -> None:
    shell = terminal()
    shell.account.world.sign_in.auto = True
    told = shell.run("check", "--sign-in", f"{WAY},role=Admin", "--json")
    assert told.code == 7
    assert "DataScientist" in told.error["next"]
