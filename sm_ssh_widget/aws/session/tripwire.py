"""The tripwire: after sign-in, a session reads freely and makes only the writes of the reviewed plan.

It hooks into the session's event system, so that it covers every client of the session, including resources,
paginators, waiters and presigned requests. Each call is checked three times. Before its parameters are built, it must
be a read or a listed write. Before it is signed, the request must be what botocore builds from exactly these
parameters, and a listed write must go to the Region and the endpoint of the plan. Before it is sent, it must still be
that request. A request that skipped the first check is not signed. A refused request is not sent.

The tripwire protects against mistakes of this program, not against other code in the same process. It does not cover
clients created before it, other sessions, the credentials themselves (any code with the session can read them), and
handlers registered later for the last moment before a request is sent.
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
"""Key of the checked call in botocore's context of a call."""

_NOT_LISTED = "This write is not part of the reviewed plan, so it was not sent."
_CHANGED = "The request differs from the one that was checked, so it was not sent."
_UNCHECKED = "The request was not made through a client method and was not checked, so it was not sent."
_ELSEWHERE = "The reviewed plan lists this call for another Region or endpoint, so it was not sent."
_NOTHING_SIGNED = (Call("", "", {}), None)


@dataclass(frozen=True)
class _Checked:
    """A call that passed the first check: a copy, and the live parameters that botocore continues with."""

    call: Call
    model: Any
    live: Mapping[str, Any]
    site: Site | None
    """Required destination; ``None`` for a read, which can go anywhere."""


class Tripwire:
    """The listed writes, their destination, and the refused calls of one session."""

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
        """Calls that were refused and not sent, in order."""
        with self._lock:
            return tuple(self._refusals)

    def allow(self, calls: Iterable[Call], region: str | None = None) -> None:
        """Let exactly these calls pass, in ``region`` (default: the session's Region), any number of times.

        They replace the calls that were listed before.
        """
        self._listed, self._region = tuple(copy.deepcopy(tuple(calls))), region
        self._filled = {}

    def fill_in(self, listed: Call, values: Mapping[str, Any]) -> Call:
        """Resolve the placeholders of a listed call and list the result. Raises :class:`ValueError` for other calls.

        The result replaces an earlier resolution of the same call.
        """
        if listed not in self._listed:
            raise ValueError(f"{listed.service}:{listed.operation} is not listed")
        filled = resolve(listed, values)
        self._filled[self._listed.index(listed)] = filled
        return filled

    def disallow(self) -> None:
        """Let no write pass anymore."""
        self._listed, self._filled, self._region = (), {}, None

    def passes(self, call: Call) -> bool:
        """Whether the call can be sent: it is a read, or listed with exactly these parameters."""
        return is_read(call.service, call.operation, call.parameters) or self._lists(call)

    def _lists(self, call: Call) -> bool:
        return call in (*self._listed, *self._filled.values())

    def check(self, *, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:
        """Check a call before its request is built (botocore hook). Raises :class:`Problem` for an unlisted write."""
        call = Call(model.service_model.service_name, model.name, copy.deepcopy(dict(params)))
        if is_read(call.service, call.operation, call.parameters):
            site = None
        elif self._lists(call):
            site = self._clients.site(call.service, self._region)
        else:
            raise self._refused(call, _NOT_LISTED)
        context[_STAMP] = _Checked(call, model, params, site)

    def check_signed(self, *, request: Any, operation_name: str, signing_name: str, **_: object) -> None:
        """Check before each signature (botocore hook) that the request and its destination are the checked ones."""
        checked = request.context.get(_STAMP)
        if not isinstance(checked, _Checked):
            raise self._refused(Call(signing_name, operation_name, {}), _UNCHECKED)
        sent = Sent.of(request.prepare())
        if sent != expected(checked.model, checked.call.parameters, checked.live, origin(request.url)):
            raise self._refused(checked.call, _CHANGED)
        here = Site(request.context.get("client_region"), origin(request.url))
        if checked.site is not None and checked.site != here:
            raise self._refused(checked.call, _ELSEWHERE)
        self._signed.request = (checked.call, (sent, here.origin))

    def check_sent(self, *, request: Any, **_: object) -> None:
        """Check before each send (botocore hook) that the request is the one signed in this thread."""
        call, signed = getattr(self._signed, "request", _NOTHING_SIGNED)
        self._signed.request = _NOTHING_SIGNED
        if (Sent.of(request), origin(request.url)) != signed:
            raise self._refused(call, _CHANGED)

    def _refused(self, call: Call, said: str) -> Problem:
        with self._lock:
            self._refusals.append(call)
        where = f"Blocking an unreviewed write ({call.service}:{call.operation})"
        return Problem(where, said, "Create a plan and review it: sm-ssh-widget plan", Code.REFUSED)


def guard(session: boto3.Session, clients: Clients) -> Tripwire:
    """Guard every client created from ``session`` after this call. Existing clients are not guarded.

    ``clients`` are those of the session: a listed call must go to the same endpoint as theirs.
    """
    tripwire = Tripwire(clients)
    session.events.register_first("before-parameter-build.*.*", tripwire.check)
    # botocore calls the handlers of the most specific event first, so these run last of all
    session.events.register_last("before-sign", tripwire.check_signed)
    session.events.register_last("before-send", tripwire.check_sent)
    return tripwire
