"""Signing in with a browser: the code, the chooser, and every way in which it ends otherwise."""

from __future__ import annotations

import threading
import urllib.parse
import urllib.request
from typing import Any

from tests.support.virtual_time import VirtualTime
from tests.wizard.conftest import Driver, Open


def asked(wizard: Driver) -> Driver:
    """At the code, waiting for the browser: time stands still until the person has answered."""
    VirtualTime.hold()
    wizard.settle().press("check").settle().press("sign-in-to-see").choose("way", "device").press("sign-in")
    return wizard.settle(lambda state: bool(state.device and state.device.code) or state.failed is not None)


def answer(wizard: Driver, choice: str) -> None:
    """What the person does on the page behind the link."""
    device = wizard.state.device
    assert device is not None
    with urllib.request.urlopen(device.url, urllib.parse.urlencode({"answer": choice}).encode()):
        VirtualTime.flow()


def with_roles(wizard: Driver, *names: str) -> None:
    """Assign these permission sets and no others."""
    state = wizard.account.state()
    roles = state["RoleDetailList"]
    reserved = next(role for role in roles if role["RoleName"].startswith("AWSReservedSSO_"))
    kept = [role for role in roles if not role["RoleName"].startswith("AWSReservedSSO_")]
    made: list[dict[str, Any]] = [
        {key: value for key, value in reserved.items() if key not in ("Arn", "RoleId")}
        | {"RoleName": f"AWSReservedSSO_{name}_0123456789abcdef"}
        for name in names
    ]
    wizard.account.set_state({**state, "RoleDetailList": [*kept, *made]})


def test_the_code_is_large_and_the_page_goes_on_by_itself(open_wizard: Open) -> None:
    wizard = asked(open_wizard())
    (shown,) = wizard.blocks("device")
    assert shown["code"] == wizard.state.device.code  # type: ignore[union-attr]
    assert shown["url"].startswith(wizard.account.url)
    assert wizard.primary() == "Open sign-in page"
    assert "Cancel sign-in" in wizard.labels()
    (opens,) = [action for action in wizard.view["actions"] if action.get("url")]
    assert opens["url"] == shown["url"]
    answer(wizard, "allow")
    wizard.settle(lambda state: state.screen.value == "health" and state.busy is None)
    assert wizard.state.face is not None
    assert "AWSReservedSSO_" in wizard.state.face.arn
    assert wizard.wizard._controller._worker._session is not None


def test_one_of_several_roles_is_chosen(open_wizard: Open) -> None:
    wizard = open_wizard()
    with_roles(wizard, "DataScientist", "Reader")
    asked(wizard)
    answer(wizard, "allow")
    wizard.settle(lambda state: bool(state.device and state.device.roles))
    (field,) = [each for each in wizard.blocks("field") if each["id"] == "sso-role"]
    account = wizard.account.account
    assert [value for value, _ in field["options"]] == [f"{account}/DataScientist", f"{account}/Reader"]
    assert wizard.primary() == "Sign in"
    wizard.type("sso-role", f"{account}/Reader").press("sign-in")
    wizard.settle(lambda state: state.screen.value == "health" and state.busy is None)
    assert wizard.state.face is not None
    assert "AWSReservedSSO_Reader" in wizard.state.face.arn
    assert wizard.wizard._controller._worker._portal is None


def test_a_choice_that_is_left_forgets_the_portal(open_wizard: Open) -> None:
    wizard = open_wizard()
    with_roles(wizard, "DataScientist", "Reader")
    asked(wizard)
    answer(wizard, "allow")
    wizard.settle(lambda state: bool(state.device and state.device.roles))
    (portal, _) = wizard.wizard._controller._worker._portal or (None, None)
    assert portal is not None
    wizard.press("back")
    assert "forgotten" in repr(portal)
    assert wizard.state.device is None


def test_cancelled_nothing_is_waited_for_any_more(open_wizard: Open) -> None:
    wizard = asked(open_wizard())
    wizard.press("stop")
    assert wizard.state.device is None
    assert wizard.state.busy is None
    assert wizard.primary() == "Sign in"
    VirtualTime.flow()
    (waiting,) = [each for each in threading.enumerate() if each.name == "sm-ssh-signineffect"]
    waiting.join(10)  # the thread notices, and what it says comes too late
    assert wizard.state.failed is None
    asked(wizard)
    assert wizard.state.device is not None


def test_denied_in_the_browser_is_told_and_can_be_tried_again(open_wizard: Open) -> None:
    wizard = asked(open_wizard())
    answer(wizard, "deny")
    wizard.settle()
    assert "denied" in wizard.problem()["said"].lower()
    assert wizard.problem()["next"]
    assert wizard.primary() == "Sign in"
    assert wizard.state.text("start-url") == ""
    assert not wizard.blocks("device")


def test_a_code_that_expired_is_told(open_wizard: Open) -> None:
    wizard = open_wizard()
    fault = {"kind": "error", "operation": "sso-oidc:CreateToken", "code": "ExpiredTokenException", "status": 400}
    wizard.account.set_faults([fault])
    asked(wizard)
    VirtualTime.flow()
    wizard.settle()
    assert "expired" in wizard.problem()["said"]
    assert wizard.primary() == "Sign in"


def test_a_start_url_that_is_none_stays_typed(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle().press("sign-in-to-see").choose("way", "device")
    wizard.type("start-url", "example.com").press("sign-in").settle()
    assert all(wizard.problem()[part] for part in ("where", "said", "next"))
    (field,) = [each for each in wizard.blocks("field") if each["id"] == "start-url"]
    assert field["value"] == "example.com"
