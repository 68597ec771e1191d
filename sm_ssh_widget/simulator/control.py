"""Unsigned control interface of the simulated account, for its state and switches: ``/_simulator/…``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.faults import read_faults
from sm_ssh_widget.simulator.services.signin.authorize import AUTHORIZE_PAGE, authorize_page
from sm_ssh_widget.simulator.services.ssm.channel import open_channel
from sm_ssh_widget.simulator.services.ssm.nodes import register
from sm_ssh_widget.simulator.services.sso.portal import device_page
from sm_ssh_widget.simulator.wire.answer import HttpResponse
from sm_ssh_widget.simulator.wire.request import HttpRequest
from sm_ssh_widget.simulator.world import World

PREFIX = "/_simulator/"
DEVICE_PAGE = f"{PREFIX}device"
_HTML = "text/html; charset=utf-8"


def answers(path: str) -> bool:
    """Whether a path is answered here: the control interface, and the pages of a browser."""
    return path.startswith(PREFIX) or path == AUTHORIZE_PAGE


def answer(world: World, request: HttpRequest) -> HttpResponse:
    """HttpResponse ``GET|PUT state|faults|calls|clock`` and ``POST register`` with JSON; 400 describes an invalid body.

    ``PUT clock`` with ``{"advance": SECONDS}`` advances the account's clock. ``GET channel/SESSION`` tells whether the
    data channel of a session opens. In an organization, ``?account=ID`` names the account of a state, of calls (``*``:
    all), of a registration or a channel, and ``GET accounts`` lists them.
    """
    if request.path == DEVICE_PAGE:
        given = dict(parse_qsl(request.query)) | dict(parse_qsl(request.body.decode()))
        with world.lock:
            page = device_page(world, given.get("user_code", ""), given.get("answer", "") * (request.method == "POST"))
        return HttpResponse(200, _HTML, page.encode())
    if request.path == AUTHORIZE_PAGE:
        given = dict(parse_qsl(request.body.decode())) if request.method == "POST" else {}
        with world.lock:
            status, page = authorize_page(world, dict(parse_qsl(request.query)), given.get("answer", ""))
        return HttpResponse(status, _HTML, page.encode())
    try:
        value = json.loads(request.body) if request.body else None
        account = dict(parse_qsl(request.query)).get("account", "")
        result = _do(world, account, request.method, request.path.removeprefix(PREFIX).strip("/"), value)
    except AwsError as error:
        return _json(error.status, {"code": error.code, "said": error.message})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _json(400, {"code": "unreadable", "said": str(error)})
    return _json(200, result)


def _do(main: World, account: str, method: str, what: str, value: Any) -> Any:
    if (method, what) == ("GET", "accounts"):
        return _accounts(main)
    if (method, what, account) == ("GET", "calls", "*"):
        return main.recorded("*")
    if account and account not in main.peers:
        raise AwsError("unknown", f"no account {account} here (GET {PREFIX}accounts lists them)", 404)
    world = main.peer(account)
    if (method, what) == ("POST", "register"):
        with world.lock:
            return register(world, value["ActivationId"], value["ActivationCode"], value.get("Region", world.region))
    if method == "GET" and what.startswith("channel/"):
        with world.lock:
            return open_channel(world.state, what.removeprefix("channel/"))
    if method not in ("GET", "PUT") or what not in ("state", "faults", "calls", "clock"):
        offered = "GET or PUT state, faults, calls, clock; GET accounts, channel/SESSION; POST register"
        raise AwsError("unknown", f"no {method} {PREFIX}{what} here ({offered})", 404)
    if method == "PUT":
        _put(world, what, value)
    with world.lock:
        if what == "calls":
            return world.recorded()
        if what == "clock":
            return {"now": world.clock.now()}
        return world.state.to_json() if what == "state" else world.faults.to_json()


def _accounts(main: World) -> list[dict[str, str]]:
    """Return ID, and in an organization name, unit and status, of every account."""
    known = main.organization.accounts if main.organization else {}
    return [asdict(known[account]) if account in known else {"id": account} for account in main.peers]


def _put(world: World, what: str, value: Any) -> None:
    if what == "state":
        world.replace_state(value)
    elif what == "clock":
        world.clock.advance(float(value["advance"]))
    elif what == "faults":
        world.faults.set(read_faults(value))
    else:
        with world.lock:
            world.calls[:] = value or []


def _json(status: int, value: Any) -> HttpResponse:
    return HttpResponse(status, "application/json", json.dumps(value, indent=1, default=str).encode())
