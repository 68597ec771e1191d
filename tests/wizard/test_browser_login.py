"""Sign in with AWS in the wizard: a link, a code that is pasted back, the minutes left, and the end of the session."""

from __future__ import annotations

import base64
import json
import urllib.parse
from typing import Any

from tests.support.logins import pasted_code
from tests.wizard.conftest import Driver, Open

CANARY = "cAnArY+cOdE/9hJ4wPz"


def linked(wizard: Driver) -> Driver:
    """At the link, waiting for the authorization code."""
    wizard.settle().press("check").settle().press("sign-in-to-see").choose("way", "login").press("sign-in")
    return wizard.settle(lambda state: bool(state.device and state.device.asks) or state.failed is not None)


def link_of(wizard: Driver) -> str:
    (opens,) = [action for action in wizard.view["actions"] if action.get("url")]
    return str(opens["url"])


def signed_in(wizard: Driver) -> Driver:
    linked(wizard)
    wizard.secret("sign-in", authorization_code=pasted_code(link_of(wizard)))
    return wizard.settle(lambda state: state.screen.value == "health" and state.busy is None)


def session_row(wizard: Driver) -> Any:
    (row,) = [row for rows in wizard.blocks("rows") for row in rows["rows"] if row["id"] == "session"]
    return row


def to_proof(wizard: Driver) -> Driver:
    signed_in(wizard).press("make-plan").press("continue").settle().press("apply").settle()
    return wizard.settle(lambda state: state.screen.value == "proof" and state.busy is None)


def test_a_code_is_pasted_and_signs_in(open_wizard: Open) -> None:
    wizard = linked(open_wizard())
    assert link_of(wizard).startswith(f"{wizard.account.url}/v1/authorize?")
    (field,) = [each for each in wizard.blocks("field") if each["id"] == "authorization-code"]
    assert (field["label"], field["type"]) == ("Authorization code", "secret")
    assert wizard.primary() == "Sign in"
    assert "Open sign-in page" in wizard.labels()
    wizard.secret("sign-in", authorization_code=pasted_code(link_of(wizard)))
    wizard.settle(lambda state: state.screen.value == "health" and state.busy is None)
    assert wizard.state.face is not None
    assert wizard.state.face.arn.endswith(":user/admin")
    assert "min, renewed automatically" in wizard.view["context"]["words"]


def test_a_code_that_is_wrong_is_told_and_a_new_link_can_be_had(open_wizard: Open) -> None:
    wizard = linked(open_wizard())
    first = link_of(wizard)
    wizard.secret("sign-in", authorization_code=CANARY).settle()
    assert "not an authorization code" in wizard.problem()["said"]
    assert CANARY not in json.dumps(wizard.view)
    assert wizard.state.device is None
    wizard.press("sign-in").settle(lambda state: bool(state.device))
    assert link_of(wizard) != first


def test_without_a_code_there_is_a_new_link(open_wizard: Open) -> None:
    wizard = linked(open_wizard())
    first = link_of(wizard)
    wizard.secret("sign-in").settle()
    assert wizard.state.failed is None
    assert link_of(wizard) != first


def test_a_way_that_is_left_forgets_the_link(open_wizard: Open) -> None:
    wizard = linked(open_wizard())
    pending = wizard.wizard._controller._worker._login._pending
    assert pending is not None
    wizard.choose("way", "keys")
    assert pending.is_forgotten
    assert wizard.state.device is None


def test_nothing_secret_leaves_the_kernel(open_wizard: Open) -> None:
    wizard = linked(open_wizard())
    pending = wizard.wizard._controller._worker._login._pending
    assert pending is not None
    verifier, link = pending._verifier.reveal(), link_of(wizard)
    text = pasted_code(link)
    code = dict(urllib.parse.parse_qsl(base64.b64decode(text).decode()))["code"]
    wizard.secret("sign-in", authorization_code=text)
    wizard.settle(lambda state: state.screen.value == "health" and state.busy is None)
    session = wizard.wizard._controller._worker._session
    assert session is not None
    (tokens,) = session._secrets
    (token,) = tokens.values()  # type: ignore[attr-defined]
    secrets = {verifier, text, code, token["refreshToken"], *list(token["accessToken"].values())[1:3]}
    shown = json.dumps([wizard.views, wizard.sent], default=repr) + repr(wizard.state)
    assert {secret for secret in secrets if secret in shown} == set()
    assert link in shown, "the sweep sees what the kernel sends"
    assert len(secrets) == 6


class TestTheEnd:
    def test_it_is_offered_after_the_last_step(self, open_wizard: Open) -> None:
        wizard = to_proof(open_wizard())
        row = session_row(wizard)
        assert row["consequence"] == "Ending it stops the renewal. The keys in use expire within 15 minutes."
        assert [action["label"] for action in row["actions"]] == ["End the session at AWS"]
        assert len(wizard.account.world.sign_in.logins) >= 1
        wizard.press("end-session").settle(lambda state: state.face is None)
        assert "signin:RevokeOAuth2TokenWithIAM" in [call["operation"] for call in wizard.account.calls()]
        assert wizard.state.status.startswith("The session was ended at AWS.")
        assert wizard.wizard._controller._worker._session is None

    def test_a_refusal_is_told_and_the_session_remains(self, open_wizard: Open) -> None:
        wizard = to_proof(open_wizard())
        wizard.account.set_faults([{"kind": "deny", "operation": "signin:RevokeOAuth2TokenWithIAM", "count": 9}])
        wizard.press("end-session").settle()
        assert "RevokeOAuth2TokenWithIAM" in wizard.problem()["said"]
        assert wizard.state.face is not None

    def test_where_aws_has_no_call_that_is_said(self, open_wizard: Open) -> None:
        wizard = open_wizard()
        wizard.signed_in().press("make-plan").press("continue").settle().press("apply").settle()
        wizard.settle(lambda state: state.screen.value == "proof" and state.busy is None)
        row = session_row(wizard)
        assert row["consequence"].startswith("This access key does not expire. To end it, deactivate it in IAM.")
        assert not row.get("actions")
        wizard.press("end-session").settle()
        assert wizard.state.face is not None
