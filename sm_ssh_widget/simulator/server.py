"""Processing of a request: parse, authenticate, authorize, answer (by us or moto), and record."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sm_ssh_widget.simulator import control, moto_backend, services
from sm_ssh_widget.simulator.credentials import RequestCaller, caller_of, expired, unknown_key
from sm_ssh_widget.simulator.errors import AwsError, PassOn, constraint
from sm_ssh_widget.simulator.operations import OPERATIONS, ServiceCall
from sm_ssh_widget.simulator.services.ssm import quick_setup
from sm_ssh_widget.simulator.services.ssm.registration import node_caller
from sm_ssh_widget.simulator.wire import models
from sm_ssh_widget.simulator.wire.answer import HttpResponse, answer, refusal
from sm_ssh_widget.simulator.wire.request import HEADERS, Addressed, HttpRequest, address
from sm_ssh_widget.simulator.wire.signature import verify
from sm_ssh_widget.simulator.world import World

StartResponse = Callable[..., Any]

services.declare_all()


class Front:
    """The WSGI application in front of moto."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """HttpResponse one request."""
        request = HttpRequest.of(environ)
        if control.answers(request.path):
            return _send(control.answer(self.world, request), start)
        try:
            addressed = address(request)
        except AwsError as error:
            return _send(refusal("ssm" if "x-amz-target" in request.headers else "sts", error), start)
        return self._serve(request, addressed, environ, start)

    def _serve(
        self, request: HttpRequest, addressed: Addressed, environ: dict[str, Any], start: StartResponse
    ) -> Iterable[bytes]:
        world = self._world_of(addressed)
        region = _region(world, addressed)
        call = ServiceCall(world, addressed.service, addressed.operation, region, addressed.parameters, None)
        try:
            caller = _authenticate(world, request, addressed)
            faults = world.faults.for_call(call.action, caller.arn if caller else "", world.state.account)
            call = replace(call, caller=caller, faults=faults)
            reply = self._reply(call, environ)
        except AwsError as error:
            self._note(call, {"status": error.status, "error": error.code})
            return _send(refusal(call.service, error), start, request.method)
        self._note(call, {"status": reply.status})
        if "late-answer" in call.faults:
            world.clock.pause(call.faults["late-answer"].milliseconds / 1000)
        if "cut-after" in call.faults:
            _cut(environ)
        if "garbage" in call.faults:
            reply = replace(reply, body=call.faults["garbage"].body.encode(), content_type="text/html")
        return _send(reply, start, request.method)

    def _world_of(self, addressed: Addressed) -> World:
        """Return the account of a request: that of its key, or of its activation; else the one that was started."""
        key, activation = addressed.access_key_id, addressed.parameters.get("ActivationId")
        for world in self.world.peers.values():
            regional = world.state.regional
            if key in world.credentials.keys or key in regional["ManagedInstances"]:
                return world
            if not key and activation in regional["Activations"]:
                return world
        return self.world

    def _reply(self, call: ServiceCall, environ: dict[str, Any]) -> HttpResponse:
        _before(call, environ)
        try:
            return self._answer(call)
        except PassOn as passed:
            return _by_moto(call, passed, environ)
        except (KeyError, TypeError, ValueError) as error:
            said = f"The simulated account cannot answer {call.action}: {type(error).__name__} {error}"
            raise AwsError("ValidationException", said) from error

    def _answer(self, call: ServiceCall) -> HttpResponse:
        known = OPERATIONS.get((call.service, call.operation))
        with call.world.lock:
            if known is None:
                raise _lacking(call)
            known.judge(call)
            _check_bounds(call)
            return answer(call.service, call.operation, known.handler(call))

    def _note(self, call: ServiceCall, outcome: dict[str, Any]) -> None:
        principal = call.caller.arn if call.caller else ""
        call.world.record(call.action, principal, call.is_write, {"region": call.region, **outcome})


def _region(world: World, addressed: Addressed) -> str:
    """Return the Region of a request: global services have one Region per partition, whatever the client signs."""
    if addressed.service != "iam":
        return addressed.region
    return {"aws": "us-east-1", "aws-cn": "cn-north-1"}.get(world.state.partition, addressed.region)


def _authenticate(world: World, request: HttpRequest, addressed: Addressed) -> RequestCaller | None:
    """Return the signer. No key of a suspended account is known, nor any in a disabled Region."""
    if not addressed.access_key_id:
        return None
    if addressed.access_key_id.startswith("mi-"):
        with world.lock:
            return node_caller(world.state, request, addressed)
    if not world.is_open() or addressed.region in world.state.conditions["DisabledRegions"]:
        raise unknown_key(addressed.service)
    token = request.headers.get("x-amz-security-token", "")
    found = world.credentials.find(addressed.access_key_id, token, addressed.service)
    verify(request, addressed, found.secret)
    with world.lock:
        return caller_of(world.state, found, addressed.service)


def _by_moto(call: ServiceCall, passed: PassOn, environ: dict[str, Any]) -> HttpResponse:
    world = call.world
    with world.lock:
        moto_backend.make_fresh(world)
    reply = moto_backend.answer(world.state.account, environ)
    if passed.then:
        with world.lock:
            passed.then(reply.status, {name.lower(): value for name, value in reply.headers})
    return reply


def _check_bounds(call: ServiceCall) -> None:
    """Raise AWS's error for a number outside the limits of the service's model."""
    for name, (least, most) in models.bounds(call.service, call.operation).items():
        given = call.parameters.get(name)
        if isinstance(given, int) and not least <= given <= most:
            rule = f"less than or equal to {most:.0f}" if given > most else f"greater than or equal to {least:.0f}"
            error = constraint(str(given), name[:1].lower() + name[1:], f"have value {rule}")
            json = models.protocol(call.service) in ("json", "rest-json")
            raise error if json else AwsError("ValidationError", error.message)


def _lacking(call: ServiceCall) -> AwsError:
    """Return the error of an unsupported operation: moto might answer it, but without authorization."""
    said = f"The simulated account does not have {call.action}: it supports only operations that it can authorize."
    return AwsError("NotImplemented", said, 501)


def _before(call: ServiceCall, environ: dict[str, Any]) -> None:
    faults = call.faults
    if call.service == quick_setup.SERVICE and not quick_setup.offered(call.region):
        _cut(environ)  # there is no such endpoint
    if "latency" in faults:
        call.world.clock.pause(faults["latency"].milliseconds / 1000)
    if "cut-before" in faults:
        _cut(environ)
    if "time-passes" in faults:
        call.world.clock.advance(faults["time-passes"].seconds)
    if "expired-token" in faults or _has_ended(call):
        raise expired(call.service)
    if "throttle" in faults:
        code = "Throttling" if models.protocol(call.service) == "query" else "ThrottlingException"
        raise AwsError("RequestLimitExceeded" if call.service == "ec2" else code, "Rate exceeded")
    if "error" in faults:
        raise AwsError(faults["error"].code, faults["error"].message, faults["error"].status)


def _has_ended(call: ServiceCall) -> bool:
    """Whether the caller's session has expired since its key was looked up: a fault can advance the clock."""
    ends = call.caller.credential.expires if call.caller and call.caller.credential else None
    return ends is not None and ends < call.state.now()


def _cut(environ: dict[str, Any]) -> None:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("cut by a fault switch")


def _send(reply: HttpResponse, start: StartResponse, method: str = "") -> Iterable[bytes]:
    """Send a response; for HEAD without body, but with the length of a GET response."""
    length = [] if any(name.lower() == "content-length" for name, _ in reply.headers) else [str(len(reply.body))]
    headers = [("Content-Type", reply.content_type), *(("Content-Length", each) for each in length), *reply.headers]
    start(f"{reply.status} {'OK' if reply.status < 400 else 'Error'}", headers)
    return [b"" if method == "HEAD" else reply.body]


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: the second would wait for an acknowledgment

    def make_environ(self) -> dict[str, Any]:
        """Return WSGI's environment with the original headers."""
        return {**super().make_environ(), HEADERS: list(self.headers.items())}

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log no request: calls are recorded in the account."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing to the terminal."""


def listen(world: World, port: int) -> BaseWSGIServer:
    """Create a threaded server on this machine only, which serves in ``serve_forever``. Raises :class:`OSError`."""
    with socket.create_server(("127.0.0.1", port)) as place:
        number = place.getsockname()[1]
        return make_server(
            "127.0.0.1", number, Front(world), threaded=True, request_handler=_Handler, fd=place.fileno()
        )
