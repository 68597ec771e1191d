"""The way of a request: read, recognised, authorised, answered by us or by moto, and noted."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from sm_ssh_widget.simulator import control, services
from sm_ssh_widget.simulator.credentials import RequestCaller, caller_of, expired, unknown_key
from sm_ssh_widget.simulator.errors import AwsError, PassOn
from sm_ssh_widget.simulator.operations import OPERATIONS, ServiceCall
from sm_ssh_widget.simulator.services.ssm import quick_setup
from sm_ssh_widget.simulator.wire import models
from sm_ssh_widget.simulator.wire.answer import Answer, answer, refusal
from sm_ssh_widget.simulator.wire.request import HEADERS, Addressed, HttpRequest, address
from sm_ssh_widget.simulator.wire.signature import verify
from sm_ssh_widget.simulator.world import World

StartResponse = Callable[..., Any]
OURS_ALONE = ("iam", "sts")

services.declare_all()


@cache
def _moto() -> Any:
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - half a second, and seldom needed
        DomainDispatcherApplication,
        create_backend_app,
    )

    return DomainDispatcherApplication(create_backend_app)


class Front:
    """The WSGI application in front of moto."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = HttpRequest.of(environ)
        if request.path.startswith(control.PREFIX):
            return _send(control.answer(self.world, request), start)
        try:
            addressed = address(request)
        except AwsError as error:
            return _send(refusal("sts", error), start)
        return self._serve(request, addressed, environ, start)

    def _serve(
        self, request: HttpRequest, addressed: Addressed, environ: dict[str, Any], start: StartResponse
    ) -> Iterable[bytes]:
        region = self._region(addressed)
        call = ServiceCall(self.world, addressed.service, addressed.operation, region, addressed.parameters, None)
        try:
            caller = self._authenticate(request, addressed)
            faults = self.world.faults.for_call(call.action, caller.arn if caller else "")
            call = replace(call, caller=caller, faults=faults)
            reply = self._reply(call, environ)
        except AwsError as error:
            self._note(call, {"status": error.status, "error": error.code})
            return _send(refusal(call.service, error), start)
        self._note(call, {"status": reply.status})
        if "late-answer" in call.faults:
            time.sleep(call.faults["late-answer"].milliseconds / 1000)
        if "cut-after" in call.faults:
            _cut(environ)
        if "garbage" in call.faults:
            reply = replace(reply, body=call.faults["garbage"].body.encode(), content_type="text/html")
        return _send(reply, start)

    def _region(self, addressed: Addressed) -> str:
        """IAM is global: its requests belong to one Region of the partition, whatever the client signs."""
        if addressed.service != "iam":
            return addressed.region
        return {"aws": "us-east-1", "aws-cn": "cn-north-1"}.get(self.world.state.partition, addressed.region)

    def _reply(self, call: ServiceCall, environ: dict[str, Any]) -> Answer:
        _before(call, environ)
        try:
            return self._answer(call)
        except PassOn:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.world.state.account
            return _by_moto(call, environ)
        except (KeyError, TypeError, ValueError) as error:
            said = f"The simulated account cannot answer {call.action}: {type(error).__name__} {error}"
            raise AwsError("ValidationException", said) from error

    def _authenticate(self, request: HttpRequest, addressed: Addressed) -> RequestCaller | None:
        if not addressed.access_key_id:
            return None
        token = request.headers.get("x-amz-security-token", "")
        found = self.world.credentials.find(addressed.access_key_id, token, addressed.service)
        verify(request, addressed, found.secret)
        with self.world.lock:
            return caller_of(self.world.state, found, addressed.service)

    def _answer(self, call: ServiceCall) -> Answer:
        known = OPERATIONS.get((call.service, call.operation))
        with self.world.lock:
            if known is None:
                _judge_foreign(call)
                raise PassOn
            if known.judged:
                for resource in known.on(call):
                    call.require(call.action, resource, known.context(call, resource))
            return answer(call.service, call.operation, known.handler(call))

    def _note(self, call: ServiceCall, outcome: dict[str, Any]) -> None:
        principal = call.caller.arn if call.caller else ""
        self.world.record(call.action, principal, call.is_write, {"region": call.region, **outcome})


def _by_moto(call: ServiceCall, environ: dict[str, Any]) -> Answer:
    module = {"lambda": "awslambda"}.get(call.service, call.service.replace("-", ""))
    try:
        if find_spec(f"moto.{module}") is None:
            raise _lacking(call)
        reply = Response.from_app(_moto(), environ, buffered=True)
    except NotImplementedError:
        raise _lacking(call) from None
    headers = tuple((k, v) for k, v in reply.headers.items() if k.lower() not in ("content-type", "content-length"))
    return Answer(reply.status_code, reply.headers.get("Content-Type", ""), reply.get_data(), headers)


def _lacking(call: ServiceCall) -> AwsError:
    return AwsError("NotImplemented", f"The simulated account does not have {call.action}.", 501)


def _judge_foreign(call: ServiceCall) -> None:
    if call.service in OURS_ALONE:
        raise _lacking(call)
    if call.caller is None:
        raise unknown_key(call.service)
    call.require(call.action if call.operation else f"{call.service}:*", "*")


def _before(call: ServiceCall, environ: dict[str, Any]) -> None:
    faults = call.faults
    if call.service == quick_setup.SERVICE and not quick_setup.offered(call.region):
        _cut(environ)  # there is no such endpoint
    if "latency" in faults:
        time.sleep(faults["latency"].milliseconds / 1000)
    if "cut-before" in faults:
        _cut(environ)
    if "expired-token" in faults:
        raise expired(call.service)
    if "throttle" in faults:
        code = "Throttling" if models.protocol(call.service) == "query" else "ThrottlingException"
        raise AwsError("RequestLimitExceeded" if call.service == "ec2" else code, "Rate exceeded")
    if "error" in faults:
        raise AwsError(faults["error"].code, faults["error"].message, faults["error"].status)


def _cut(environ: dict[str, Any]) -> None:
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("cut by a fault switch")


def _send(reply: Answer, start: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body))), *reply.headers]
    start(f"{reply.status} {'OK' if reply.status < 400 else 'Error'}", headers)
    return [reply.body]


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def make_environ(self) -> dict[str, Any]:
        """WSGI's environment, with the headers as they came."""
        return {**super().make_environ(), HEADERS: list(self.headers.items())}

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Calls are noted in the account, not on the terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing of the server's own goes to the terminal."""


def listen(world: World, port: int) -> BaseWSGIServer:
    """A threaded server on this machine only; serves once its ``serve_forever`` runs. Raises :class:`OSError`."""
    with socket.create_server(("127.0.0.1", port)) as place:
        number = place.getsockname()[1]
        return make_server(
            "127.0.0.1", number, Front(world), threaded=True, request_handler=_Handler, fd=place.fileno()
        )
