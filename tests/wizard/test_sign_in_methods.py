"""The ways in that the simulated account's own wizard does not offer: as on AWS, by what the environment holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from sm_ssh_widget.aws.signin.session import ROOT_WARNING, SessionIdentity
from sm_ssh_widget.simulator.account import SimulatedAccount
from sm_ssh_widget.wizard.screens import render
from sm_ssh_widget.wizard.view import to_json
from sm_ssh_widget.wizard.widget import SetupWizard
from tests.support.logins import login_profile
from tests.wizard.conftest import DEFAULT, Driver, walk


@pytest.fixture
def wizard(
    accounts: Callable[[str], SimulatedAccount], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Driver]:
    """A wizard whose chain finds the role's own credentials, as in Studio."""
    account = accounts(DEFAULT)
    metadata = {"SM_SSH_WIDGET_METADATA": str(account.directory / "metadata.json")}
    for name, value in {**account.environment, **metadata, "AWS_PROFILE": "execution-role"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SM_SSH_WIDGET_STATE", str(tmp_path))
    driver = Driver(account, tmp_path, wizard=SetupWizard())
    yield driver.settle()
    driver.wizard.close()


def to_sign_in(wizard: Driver, way: str) -> Driver:
    return wizard.press("check").settle().press("sign-in-to-see").choose("way", way)


def test_a_role_is_assumed_with_a_code(wizard: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    account = wizard.account
    to_sign_in(wizard, "assume-role")
    monkeypatch.setenv("AWS_PROFILE", "admin")
    wizard.type("assume-role", f"arn:aws:iam::{account.account}:role/AdminWithMfa")
    wizard.type("mfa-serial", f"arn:aws:iam::{account.account}:mfa/admin").secret("sign-in", mfa_code="654321").settle()
    assert "next code" in wizard.problem()["next"]
    assert wizard.state.text("assume-role").endswith("AdminWithMfa"), "what was typed is still there"
    wizard.secret("sign-in", mfa_code="123456").settle()
    assert wizard.state.face is not None
    assert "assumed-role/AdminWithMfa" in wizard.state.face.arn
    assert wizard.primary() == "Make a plan"
    assert "mfa-code" not in wizard.state.typed


def test_a_profile_signs_in(wizard: Driver) -> None:
    to_sign_in(wizard, "profile").type("profile", "admin").press("sign-in").settle()
    assert wizard.primary() == "Make a plan"
    assert not any("Simulated account" in str(block.get("lead")) for block in walk(wizard.view))


def test_an_endpoint_that_is_not_aws_s_is_shown_and_root_is_warned_of(wizard: Driver) -> None:
    to_sign_in(wizard, "profile").type("profile", "admin").press("sign-in").settle()
    face = wizard.press("make-plan").press("continue").state.face
    assert face is not None
    assert wizard.account.url in str(wizard.view)
    root = replace(face, arn=f"arn:aws:iam::{face.account}:root", warnings=(ROOT_WARNING,))
    shown = to_json(render(wizard.state.with_(face=root), datetime.now(timezone.utc)))
    assert any(block.get("text") == ROOT_WARNING and block.get("tone") == "attention" for block in walk(shown))


class TestSignInWithAws:
    """`aws login`: chosen by its profile, its minutes counted, renewed while it may be, and told when it is over."""

    @pytest.fixture
    def console(self, wizard: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Driver]:
        config = (wizard.account.directory / "config").read_text()
        (tmp_path / "config").write_text(config)
        monkeypatch.setenv("AWS_PROFILE", "execution-role")
        wizard.account.world.sign_in.key_seconds = 900
        login_profile(wizard.account, tmp_path, monkeypatch)
        driver = Driver(wizard.account, tmp_path, wizard=SetupWizard())
        yield driver.settle()
        driver.wizard.close()
        wizard.account.world.sign_in.key_seconds = 900

    def test_it_signs_in_with_the_profile(self, console: Driver) -> None:
        to_sign_in(console, "login")
        assert "Sign in with AWS" in str(console.view)
        console.press("sign-in").settle()
        face = console.state.face
        assert face is not None
        assert face.way == "profile console (aws login)"
        assert re.search(r"\d+ min, renewed automatically", console.view["context"]["words"])

    def test_the_last_minutes_renew_it(self, console: Driver) -> None:
        console.account.world.sign_in.key_seconds = 200
        face = self._signed_in(console)
        console.account.world.sign_in.key_seconds = 900
        console.message({"kind": "ping"})
        with console.moved:
            assert console.moved.wait_for(lambda: (now := console.state.face) is not None and now != face, 20)
        renewed = console.state.face
        assert renewed is not None
        assert renewed.until is not None
        assert face.until is not None
        assert renewed.until - face.until > timedelta(minutes=10)
        assert replace(renewed, until=face.until) == face

    def test_the_end_is_told_with_the_command(self, console: Driver) -> None:
        console.account.world.sign_in.key_seconds = 200
        self._signed_in(console)
        for login in console.account.world.sign_in.logins.values():
            login.ends = 0.0
        console.message({"kind": "ping"})
        with console.moved:
            assert console.moved.wait_for(lambda: console.state.face is None, 20)
        assert console.state.status == "Your sign-in has ended. Run: aws login --profile console"

    def _signed_in(self, console: Driver) -> SessionIdentity:
        """Sign in with keys that end at once, so that they are renewed with each call."""
        for file in (console.journals / "login").iterdir():
            told = json.loads(file.read_text())
            told["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z"
            file.write_text(json.dumps(told))
        face = to_sign_in(console, "login").press("sign-in").settle().state.face
        assert face is not None
        return face

    def test_without_a_profile_a_sign_in_begins_here(self, wizard: Driver) -> None:
        to_sign_in(wizard, "login")
        assert "link to AWS's sign-in page" in str(wizard.blocks("text"))

    def test_without_either_the_command_and_the_reason_are_named(self, wizard: Driver) -> None:
        to_sign_in(wizard, "login")
        setting = replace(wizard.state.setting, no_browser_login="boto3 1.99 cannot do it.")
        shown = str(to_json(render(wizard.state.with_(setting=setting), datetime.now(timezone.utc))))
        assert "Run `aws login` in a terminal" in shown
        assert "boto3 1.99 cannot do it." in shown
