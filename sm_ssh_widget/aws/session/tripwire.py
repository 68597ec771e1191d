"""The tripwire: from sign-in on, a session reads freely and writes only what the reviewed plan lists.

It hangs on the session's own event system, so that every client of the session passes it: resources, paginators,
waiters and presigned requests too. Each call is checked three times: before its parameters are built, that it reads or
is listed; before it is signed, that the request is what botocore makes of just these parameters, and for a listed call
that it goes to the Region and the endpoint of the plan; before it is sent, that it is still that request. What never
passed the first check is not signed. Whatever is refused, nothing is sent.

It is a guard against mistakes of this program, not a wall against other code in the same process. It does not see
clients that were made before it, other sessions, the credentials themselves (whoever holds the session can read them),
and handlers that are registered after it for the last moment before a request is sent.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from sm_ssh_widget.aws.session.clients import Clients, Site, origin
from sm_ssh_widget.aws.session.read_operations import is_read
from sm_ssh_widget.aws.session.wire import Sent, expected
from sm_ssh_widget.changes.placeholders import resolve
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.problem import Code, Problem

_STAMP = "sm-ssh-widget-checked"
"""The key under which botocore's context of a call holds what was checked of it."""

_NOT_LISTED = "The call writes, and the reviewed plan does not list it with these parameters; nothing was sent."
_CHANGED = "The request is not the one that was checked; nothing was sent."
_UNCHECKED = "The request was not checked: it was made past the client's methods; nothing was sent."
_ELSEWHERE = "The reviewed plan lists the call for another Region or endpoint; nothing was sent."


@dataclass(frozen=True)
class _Checked:
    """A call that passed: as it was then, and the parameters that botocore goes on with."""

    call: Call
    model: Any
    live: Mapping[str, Any]
    site: Site | None
    """Where it has to go; ``None`` for a read, which may go anywhere."""


class Tripwire:
    """What may be written, where to, and what was tried and refused."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._listed: tuple[Call, ...] = ()
        self._filled: dict[int, Call] = {}
        self._region: str | None = None
        self._refusals: list[Call] = []
        self._lock = threading.Lock()
        self._signed = threading.local()

    @property
    def refusals(self) -> tuple[Call, ...]:
        """The calls that were tried and not sent, in their order."""
        with self._lock:
            return tuple(self._refusals)

    def allow(self, calls: Iterable[Call], region: str | None = None) -> None:
        """Let exactly these calls pass, in ``region`` (else the session's own), as often as they are made.

        What was listed before is forgotten.
        """
        self._listed, self._region = tuple(copy.deepcopy(tuple(calls))), region
        self._filled = {}

    def fill_in(self, listed: Call, values: Mapping[str, Any]) -> Call:
        """List a listed call with the values that AWS gave meanwhile, and give it back; :class:`ValueError` otherwise.

        It takes the place of what the same call was filled with before.
        """
        if listed not in self._listed:
            raise ValueError(f"{listed.service}:{listed.operation} is not listed")
        filled = resolve(listed, values)
        self._filled[self._listed.index(listed)] = filled
        return filled

    def disallow(self) -> None:
        """Let no write pass any more."""
        self._listed, self._filled, self._region = (), {}, None

    def passes(self, call: Call) -> bool:
        """Whether the call may be sent: it reads, or is listed with exactly these parameters."""
        return is_read(call.service, call.operation, call.parameters) or self._lists(call)

    def _lists(self, call: Call) -> bool:
        return call in (*self._listed, *self._filled.values())

    def check(self, *, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        """botocore's hook, once a call; raises :class:`Problem` (``refused``) for a write that is not listed."""
        call = Call(model.service_model.service_name, model.name, copy.deepcopy(dict(params)))
        if is_read(call.service, call.operation, call.parameters):
            site = None
        elif self._lists(call):
            site = self._clients.site(call.service, self._region)
        else:
            raise self._refused(call, _NOT_LISTED)
        context[_STAMP] = _Checked(call, model, params, site)

    def check_signed(self, *, request: Any, operation_name: str, signing_name: str, **_: object) -> None:
        """botocore's hook before each signature: the request has to be what was checked, and go where it should."""
        checked = request.context.get(_STAMP)
        if not isinstance(checked, _Checked):
            raise self._refused(Call(signing_name, operation_name, {}), _UNCHECKED)
        sent = Sent.of(request.prepare())
        if sent != expected(checked.model, checked.call.parameters, checked.live, origin(request.url)):
            raise self._refused(checked.call, _CHANGED)
        here = Site(request.context.get("client_region", ""), origin(request.url))
        if checked.site is not None and checked.site != here:
            raise self._refused(checked.call, _ELSEWHERE)
        self._signed.request = (checked.call, sent, here.origin)

    def check_sent(self, *, request: Any, **_: object) -> None:
        """botocore's hook before each sending: the request has to be the one that was signed in this thread."""
        call, sent, place = getattr(self._signed, "request", (Call("", "", {}), None, ""))
        self._signed.request = (Call("", "", {}), None, "")
        if (Sent.of(request), origin(request.url)) != (sent, place):
            raise self._refused(call, _CHANGED)

    def _refused(self, call: Call, said: str) -> Problem:
        with self._lock:
            self._refusals.append(call)
        where = f"Tripwire ({call.service}:{call.operation})"
        return Problem(where, said, "Make a plan and review it: sm-ssh-widget plan", Code.REFUSED)


def guard(session: boto3.Session, clients: Clients) -> Tripwire:
    """Stretch a tripwire over every client that ``session`` makes from now on; clients made before pass it by.

    ``clients`` are those of the session: a listed call has to go where they go.
    """
    tripwire = Tripwire(clients)
    session.events.register_first("before-parameter-build.*.*", tripwire.check)
    # botocore calls the handlers of the longest names first: these are the last of all
    session.events.register_last("before-sign", tripwire.check_signed)
    session.events.register_last("before-send", tripwire.check_sent)
    return tripwire
