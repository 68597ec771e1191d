"""The sign-in page of ``aws login --remote``: a person allows a client, and gets a code to paste.

No password is asked: the person of the console is set in the account's sign-in data.
Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from sm_ssh_widget.simulator.services.signin.logins import CLIENTS, CODE_SECONDS, SESSION_SECONDS
from sm_ssh_widget.simulator.world import LoginCode, SimulatedLogin, World

AUTHORIZE_PAGE = "/v1/authorize"
CONFIRMATION = "/v1/sessions/confirmation"

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in for tools</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 32rem; margin: 15vh auto; padding: 0 1rem; }}
code {{ display: block; overflow-wrap: anywhere; padding: .5rem; border: 1px solid; }}
button {{ font: inherit; padding: .4rem 1.2rem; margin-inline-end: .5rem; }}
</style>
<h1>Sign in for tools</h1><p>{said}</p>{form}
<p><small>Simulated account: AWS is not asked.</small></p>"""
_FORM = """<form method="post"><button name="answer" value="allow">Allow</button>
<button name="answer" value="deny">Deny</button></form>"""


def authorize_page(world: World, query: Mapping[str, str], answer: str) -> tuple[int, str]:
    """Return status and HTML of the page of an authorization request, after applying ``answer`` (``allow``, …)."""
    if fault := _fault(world, query):
        return 400, _PAGE.format(said=escape(fault), form="")
    kind, name = world.sign_in.console
    if answer == "deny":
        return 200, _PAGE.format(said="Request denied.", form="")
    if answer != "allow":
        return 200, _PAGE.format(said=f"Allow a tool to act as <strong>{escape(name)}</strong>?", form=_FORM)
    session = "" if kind == "user" else name
    ends = world.clock.now() + SESSION_SECONDS
    code = secrets.token_urlsafe(32)
    world.sign_in.codes[code] = LoginCode(
        SimulatedLogin(kind, name, session, query["client_id"], ends),
        query["code_challenge"],
        query["redirect_uri"],
        world.clock.now() + CODE_SECONDS,
    )
    text = base64.b64encode(urlencode({"state": query["state"], "code": code}).encode()).decode()
    return 200, _PAGE.format(said="Paste this authorization code where you started:", form=f"<code>{text}</code>")


def _fault(world: World, query: Mapping[str, str]) -> str:
    """What is wrong with an authorization request, empty for nothing."""
    if CLIENTS.get(query.get("client_id", "")) != "remote":
        return "Only the client for another device is simulated."
    if query.get("redirect_uri") != f"{world.sign_in.url}{CONFIRMATION}":
        return "The redirect address is not that of this client."
    if (query.get("response_type"), query.get("scope")) != ("code", "openid"):
        return "The response type or the scope is not supported."
    if query.get("code_challenge_method") != "SHA-256" or not _CHALLENGE.fullmatch(query.get("code_challenge", "")):
        return "The code challenge is not valid."
    return "" if query.get("state") else "The state is missing."
