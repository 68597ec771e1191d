"""The way of a person who may not read: a request for all that may be missing, in every form."""

from __future__ import annotations

import base64
import json

from sm_ssh_widget.export import REQUEST_FORMATS, requested
from tests.wizard.conftest import Open
from tests.wizard.test_journey import texts


def test_all_that_may_be_missing_is_requested_and_is_no_plan(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle()
    assert "Request all that may be missing" in wizard.labels()
    wizard.press("request-all").settle()
    assert wizard.view["heading"] == "A request for your admin: 5 requirements, if missing"
    assert wizard.state.plan is None
    assert wizard.state.ticket is not None
    assert "could not be read, only if missing" in wizard.state.ticket.markdown
    assert "sha256:" not in wizard.state.ticket.markdown
    assert wizard.primary() == "Copy the ticket"
    wizard.type("requester", "alice@example.com").settle()
    assert "alice@example.com" in wizard.state.ticket.text
    for name in ("request-script", "request-cloudformation", "request"):
        wizard.press(f"download:{name}").settle()
        saved = wizard.view["saves"]
        assert saved["file"] == REQUEST_FORMATS[name]
        content = base64.b64decode(saved["data"]).decode()
        if name == "request":
            assert requested(json.loads(content)).role == str(wizard.state.report and wizard.state.report.target.role)


def test_a_ticket_of_what_was_read_leads_to_the_request_of_the_rest(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle().press("hand-over").settle()
    assert wizard.view["heading"] == "A ticket for your admin: 1 change"
    wizard.press("request-all").settle()
    assert wizard.view["heading"] == "A request for your admin: 5 requirements, if missing"
    assert any("Its script reads first" in text for text in texts(wizard.view))
    wizard.press("check").settle()
    assert wizard.state.request is None
