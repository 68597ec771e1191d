"""IAM Identity Center by device code, against the simulated account: answered, pending, slowed, over, denied, given up;
and what holds a secret on the way leaves by no door."""

from __future__ import annotations

import json
import logging
import pickle
import threading
import traceback
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget.aws.signin import DeviceCode, Portal, PortalRole, Prompt, SignInContext, ask_device, sign_in
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.world import SimulatedSignIn
from tests.support.virtual_time import StoppedTime, VirtualTime

REGION, URL = "eu-west-1", "https://example.awsapps.com/start"
ROLE = "DataScientist"


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role") as running:
        yield running


@pytest.fixture
def automatic() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role", sso_auto=True) as running:
        yield running


def answer(prompt: Prompt, choice: str) -> None:
    """What the person does in the browser."""
    with urllib.request.urlopen(prompt.link) as page:
        text = page.read().decode()
    assert prompt.user_code in text
    assert ">Allow</button>" in text
    with urllib.request.urlopen(prompt.link, urllib.parse.urlencode({"answer": choice}).encode()):
        pass


def problem_of(call: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as raised:
        call()
    return raised.value


def with_roles(account: SimulatedAccount, *names: str) -> None:
    """Assign these permission sets and no others."""
    state = account.state()
    roles = state["RoleDetailList"]
    reserved = next(role for role in roles if role["RoleName"].startswith("AWSReservedSSO_"))
    kept = [role for role in roles if not role["RoleName"].startswith("AWSReservedSSO_")]
    made = [{**reserved, "RoleName": f"AWSReservedSSO_{name}_0123456789abcdef"} for name in names]
    for role in made:
        role.pop("Arn", None)
        role.pop("RoleId", None)
    account.set_state({**state, "RoleDetailList": [*kept, *made]})


def fail(account: SimulatedAccount, operation: str, code: str, status: int = 400, **more: Any) -> None:
    account.set_faults([{"kind": "error", "operation": operation, "code": code, "status": status, **more}])


class TestAllTheWay:
    def test_who_allowed_it_is_signed_in(self, automatic: SimulatedAccount) -> None:
        shown: list[Prompt] = []
        way = DeviceCode(f"{URL}#/", REGION, show=shown.append)
        session = sign_in(way, region=REGION, endpoint=automatic.url, account=automatic.account)
        assert session.face.arn.endswith("assumed-role/AWSReservedSSO_DataScientist_0123456789abcdef/alice@example.com")
        assert session.face.user_id.endswith(":alice@example.com")
        assert session.face.minutes_left(current_clock().now()) in (58, 59)
        assert session.face.way == f"IAM Identity Center: {ROLE} in {automatic.account}"
        assert shown[0].user_code in shown[0].link
        assert shown[0].endpoint == automatic.url

    def test_in_two_stages_while_something_else_runs(self, account: SimulatedAccount) -> None:
        VirtualTime.hold()
        pending = DeviceCode(URL, REGION).begin(account.url)
        left = pending.prompt.expires - current_clock().now()
        assert timedelta(seconds=590) < left <= timedelta(seconds=600)
        found: list[Portal] = []
        worker = threading.Thread(target=lambda: found.append(pending.wait()))
        worker.start()
        assert sum(range(1000)) == 499500  # another cell
        answer(pending.prompt, "allow")
        VirtualTime.flow()
        worker.join(10)
        (portal,) = found
        assert portal.accounts == {account.account: "Simulated"}
        assert portal.roles(account.account) == (PortalRole(account.account, "Simulated", ROLE),)
        way = portal.choose(account.account, ROLE)
        assert sign_in(way, region=REGION, endpoint=account.url).face.account == account.account

    def test_for_a_face_with_a_thread_to_spare(self, automatic: SimulatedAccount) -> None:
        shown: list[tuple[str, ...]] = []
        portal = ask_device(URL, REGION, shown=lambda *told: shown.append(told), endpoint=automatic.url)
        ((code, link, until),) = shown
        assert code in link
        assert datetime.fromisoformat(until) > current_clock().now()
        assert portal.roles() == portal.roles(automatic.account)


class TestChoosing:
    def test_the_one_that_is_named(self, automatic: SimulatedAccount) -> None:
        with_roles(automatic, "Admin", "Reader")
        way = DeviceCode(URL, REGION, automatic.account, "Reader", show=lambda _: None)
        assert "AWSReservedSSO_Reader_" in sign_in(way, region=REGION, endpoint=automatic.url).face.arn

    def test_of_several_one_is_asked_for(self, automatic: SimulatedAccount) -> None:
        with_roles(automatic, "Admin", "Reader")
        offered: list[tuple[PortalRole, ...]] = []

        def last(roles: tuple[PortalRole, ...]) -> PortalRole:
            offered.append(roles)
            return roles[-1]

        way = DeviceCode(URL, REGION, show=lambda _: None, choose=last)
        assert "AWSReservedSSO_Reader_" in sign_in(way, region=REGION, endpoint=automatic.url).face.arn
        assert [role.role for role in offered[0]] == ["Admin", "Reader"]

    def test_of_several_nobody_can_be_asked_for(self, automatic: SimulatedAccount) -> None:
        with_roles(automatic, "Admin", "Reader")
        problem = problem_of(lambda: found(automatic))
        assert problem.code is Code.USAGE
        assert f"account={automatic.account},role=Admin" in problem.said

    def test_many_roles_come_in_pages(self, automatic: SimulatedAccount) -> None:
        names = [f"Set{number:03}" for number in range(120)]
        with_roles(automatic, *names)
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        assert [role.role for role in portal.roles(automatic.account)] == names

    def test_another_account_than_the_target_s(self, automatic: SimulatedAccount) -> None:
        problem = problem_of(lambda: found(automatic, wanted="999999999999"))
        assert problem.code is Code.REFUSED
        assert automatic.account in problem.said

    def test_a_role_that_is_not_assigned(self, automatic: SimulatedAccount) -> None:
        problem = problem_of(lambda: found(automatic, role="Admin"))
        assert problem.code is Code.SIGN_IN
        assert ROLE in problem.remedy

    def test_a_role_that_is_taken_away_meanwhile(self, automatic: SimulatedAccount) -> None:
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        with_roles(automatic, "Other")
        problem = problem_of(lambda: portal.take(automatic.account, ROLE))
        assert problem.code is Code.SIGN_IN
        assert "not assigned" in problem.said
        assert portal.take(automatic.account, "Other")

    def test_no_account(self, automatic: SimulatedAccount) -> None:
        with_roles(automatic)
        problem = problem_of(lambda: found(automatic))
        assert problem.code is Code.SIGN_IN
        assert "no account" in problem.said


def found(account: SimulatedAccount, *, wanted: str | None = None, role: str | None = None, **more: Any) -> object:
    way = DeviceCode(URL, REGION, role=role, show=lambda _: None, **more)
    return way.find(SignInContext(REGION, account.url, wanted))


class TestWaiting:
    def test_the_interval_is_kept_and_slow_down_honoured(self, account: SimulatedAccount) -> None:
        clock = VirtualTime()
        fail(account, "sso-oidc:CreateToken", "SlowDownException", count=1)
        pending = DeviceCode(URL, REGION, clock=clock).begin(account.url)
        answer(pending.prompt, "allow")
        pending.wait()
        assert sum(clock.slept) == pytest.approx(1 + 6, abs=0.1)

    def test_the_account_itself_says_slow_down(self, account: SimulatedAccount) -> None:
        """The clock is not the account's, so every poll but the first comes too early."""
        clock = StoppedTime()
        pending = DeviceCode(URL, REGION, clock=clock).begin(account.url)
        problem_of(lambda: pending.wait(lambda: sum(clock.slept) > 30))
        refused = [call["error"] for call in account.calls() if call["operation"] == "sso-oidc:CreateToken"]
        assert refused[0] == "AuthorizationPendingException"
        assert set(refused[1:]) == {"SlowDownException"}
        assert len(refused) <= 5

    def test_it_is_denied(self, account: SimulatedAccount) -> None:
        pending = DeviceCode(URL, REGION).begin(account.url)
        answer(pending.prompt, "deny")
        problem = problem_of(pending.wait)
        assert (problem.code, "denied" in problem.said) == (Code.SIGN_IN, True)

    def test_the_account_says_that_it_is_over(self, account: SimulatedAccount) -> None:
        pending = DeviceCode(URL, REGION).begin(account.url)
        for device in account.world.sign_in.devices.values():
            device.expires = 0
        problem = problem_of(pending.wait)
        assert (problem.code, "expired" in problem.said) == (Code.SIGN_IN, True)

    def test_it_is_over_by_our_clock(self, account: SimulatedAccount) -> None:
        clock = StoppedTime()
        pending = DeviceCode(URL, REGION, clock=clock).begin(account.url)
        clock.sleep(601)
        assert "expired" in problem_of(pending.wait).said

    def test_it_is_given_up(self, account: SimulatedAccount) -> None:
        pending = DeviceCode(URL, REGION).begin(account.url)
        problem = problem_of(lambda: pending.wait(lambda: True))
        assert (problem.code, problem.code.exit_code) == (Code.STOPPED, 130)
        assert problem_of(pending.wait).code is Code.SIGN_IN

    def test_a_network_that_comes_back(self, automatic: SimulatedAccount) -> None:
        automatic.set_faults([{"kind": "cut-before", "operation": "sso-oidc:CreateToken", "count": 3}])
        assert found(automatic)

    def test_a_network_that_stays_away(self, automatic: SimulatedAccount) -> None:
        pending = DeviceCode(URL, REGION).begin(automatic.url)
        automatic.set_faults([{"kind": "cut-before", "operation": "sso-oidc:CreateToken"}])
        assert problem_of(pending.wait).code is Code.UNREACHABLE


class TestRefused:
    @pytest.mark.parametrize(
        "start_url", ["", "http://x.awsapps.com/start", "x.awsapps.com/start", "https://x.awsapps.com/strat"]
    )
    def test_a_start_url_that_is_none(self, start_url: str) -> None:
        assert problem_of(DeviceCode(start_url, REGION).begin).code is Code.USAGE

    def test_a_region_that_is_none(self) -> None:
        assert problem_of(DeviceCode(URL, "Ireland").begin).code is Code.USAGE

    @pytest.mark.parametrize(
        ("code", "word"),
        [
            ("InvalidRequestException", "start URL"),
            ("UnauthorizedClientException", "does not allow sign-in with a device code"),
            ("UnsupportedGrantTypeException", "does not allow sign-in with a device code"),
            ("InvalidClientException", "registration"),
        ],
    )
    def test_at_the_start(self, account: SimulatedAccount, code: str, word: str) -> None:
        fail(account, "sso-oidc:StartDeviceAuthorization", code)
        problem = problem_of(lambda: found(account))
        assert problem.code is Code.SIGN_IN
        assert word in problem.said
        assert code in problem.said

    def test_the_endpoint_is_out_of_reach(self) -> None:
        way = DeviceCode(URL, REGION)
        problem = problem_of(lambda: way.begin("http://127.0.0.1:9"))
        assert problem.code is Code.UNREACHABLE
        assert f"oidc.{REGION}.amazonaws.com" in problem.remedy

    def test_throttled(self, account: SimulatedAccount) -> None:
        fail(account, "sso-oidc:RegisterClient", "ThrottlingException", 429)
        assert problem_of(lambda: found(account)).code is Code.AWS_REFUSED

    def test_the_sign_in_is_over_before_a_role_is_chosen(self, automatic: SimulatedAccount) -> None:
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        automatic.world.sign_in.tokens.clear()
        assert "ended" in problem_of(portal.roles).said


class TestSecrecy:
    def test_nothing_stays_on_disk_in_a_log_or_in_a_text(
        self,
        automatic: SimulatedAccount,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        home = tmp_path / "home"
        home.mkdir()
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.chdir(home)
        caplog.set_level(logging.DEBUG)
        pending = DeviceCode(URL, REGION).begin(automatic.url)
        texts = [repr(pending), repr(pending.prompt), repr(DeviceCode(URL, REGION))]
        portal = pending.wait()
        way = portal.choose(automatic.account, ROLE)
        texts += [repr(portal), repr(way), str(portal.roles())]
        keys = way.find(SignInContext(REGION, automatic.url)).credentials
        texts.append(caplog.text)
        secrets = [*secrets_of(automatic.world.sign_in), keys.secret_key, keys.token]
        assert len(secrets) == 5
        assert all(secret not in text for secret in secrets for text in texts)
        assert list(home.rglob("*")) == []
        assert caplog.text  # the test would pass without any log

    def test_it_is_not_written_down(self, automatic: SimulatedAccount) -> None:
        pending = DeviceCode(URL, REGION).begin(automatic.url)
        with pytest.raises(TypeError):
            pickle.dumps(pending)
        portal = pending.wait()
        for each in (portal, portal.choose(automatic.account, ROLE)):
            with pytest.raises(TypeError):
                pickle.dumps(each)

    def test_a_refusal_repeats_nothing(self, automatic: SimulatedAccount) -> None:
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        secrets = secrets_of(automatic.world.sign_in)
        automatic.world.sign_in.tokens.clear()
        problem = problem_of(portal.roles)
        text = "".join(traceback.format_exception(problem)) + json.dumps(problem.to_json())
        assert all(secret not in text for secret in secrets)

    def test_what_was_taken_once_is_forgotten(self, automatic: SimulatedAccount) -> None:
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        portal.take(automatic.account, ROLE)
        assert "removed from memory" in problem_of(lambda: portal.take(automatic.account, ROLE)).said
        assert "forgotten" in repr(portal)


class TestEnd:
    def test_the_portal_is_signed_out_and_the_session_forgotten(self, automatic: SimulatedAccount) -> None:
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        session = sign_in(portal.choose(automatic.account, ROLE), region=REGION, endpoint=automatic.url)
        assert session.face.ending.call == "sso:Logout"
        (token,) = session._secrets
        assert automatic.world.sign_in.tokens
        session.end()
        assert automatic.world.sign_in.tokens == {}
        assert (session.is_forgotten, token.is_forgotten) == (True, True)  # type: ignore[attr-defined]

    def test_a_session_that_is_only_forgotten_stays_signed_in_at_aws(self, automatic: SimulatedAccount) -> None:
        portal = DeviceCode(URL, REGION).begin(automatic.url).wait()
        session = sign_in(portal.choose(automatic.account, ROLE), region=REGION, endpoint=automatic.url)
        session.forget()
        assert automatic.world.sign_in.tokens
        assert "sso:Logout" not in [call["operation"] for call in automatic.calls()]


def secrets_of(known: SimulatedSignIn) -> list[str]:
    """The client secrets, device codes and tokens that the account gave out."""
    return [*known.clients.values(), *known.devices, *known.tokens]
