"""moto as backend of authorized calls: it stores S3 objects and answers what is equal in every account.

moto keeps its data by account ID for the whole process. It is imported by the first call that needs it. Each new state
resets its data of this account and creates the buckets of the state.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from sm_ssh_widget.simulator.state import Record
from sm_ssh_widget.simulator.wire.answer import HttpResponse
from sm_ssh_widget.simulator.world import World

SERVICES = ("s3", "ec2", "ssm")
"""Services that moto answers."""
_OBJECT = re.compile(r"https://([a-z0-9.-]+)\.s3\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(.+)")
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@cache
def _application() -> Any:
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - half a second, and seldom needed
        DomainDispatcherApplication,
        create_backend_app,
    )

    return DomainDispatcherApplication(create_backend_app)


def answer(account: str, environ: dict[str, Any]) -> HttpResponse:
    """Return moto's response to a request of an account."""
    reply = Response.from_app(_application(), {**environ, "HTTP_X_MOTO_ACCOUNT_ID": account}, buffered=True)
    dropped = ("content-type",) if environ["REQUEST_METHOD"] == "HEAD" else ("content-type", "content-length")
    headers = tuple((name, value) for name, value in reply.headers.items() if name.lower() not in dropped)
    return HttpResponse(reply.status_code, reply.headers.get("Content-Type", ""), reply.get_data(), headers)


def make_fresh(world: World) -> None:
    """Reset moto's data of this account, once for each state. ``world.lock`` must be held."""
    if world.moto_holds is world.state:
        return
    from moto.backends import get_backend  # noqa: PLC0415 - half a second, and seldom needed

    for service in SERVICES:
        backend: Any = get_backend(service)  # type: ignore[call-overload]
        if world.state.account in backend:
            backend[world.state.account].reset()
    for bucket in world.state.records["Buckets"]:
        _make_bucket(world, bucket)
    world.moto_holds = world.state


def _make_bucket(world: World, bucket: Record) -> None:
    name, region = bucket["Name"], bucket["Region"]
    where = "" if region == "us-east-1" else f"<LocationConstraint>{escape(region)}</LocationConstraint>"
    body = f'<CreateBucketConfiguration xmlns="{_NAMESPACE}">{where}</CreateBucketConfiguration>' if where else ""
    _put(world, region, f"/{name}", body)
    if bucket.get("Encryption"):
        _put(world, region, f"/{name}?encryption", _encryption(bucket["Encryption"]))
    if bucket.get("Policy"):
        _put(world, region, f"/{name}?policy", bucket["Policy"])


def _encryption(given: Record) -> str:
    key = f"<KMSMasterKeyID>{escape(given['KMSMasterKeyID'])}</KMSMasterKeyID>" if "KMSMasterKeyID" in given else ""
    default = f"<SSEAlgorithm>{escape(given['SSEAlgorithm'])}</SSEAlgorithm>{key}"
    rule = f"<ApplyServerSideEncryptionByDefault>{default}</ApplyServerSideEncryptionByDefault>"
    if given.get("BucketKeyEnabled"):
        rule += "<BucketKeyEnabled>true</BucketKeyEnabled>"
    inner = f"<Rule>{rule}</Rule>"
    return f'<ServerSideEncryptionConfiguration xmlns="{_NAMESPACE}">{inner}</ServerSideEncryptionConfiguration>'


def fetch(world: World, url: str) -> str:
    """Return the text of an object by its address at S3; empty if there is none. ``world.lock`` must be held."""
    place = _OBJECT.fullmatch(url)
    if place is None:
        return ""
    make_fresh(world)
    bucket, region, key = place.groups()
    reply = _send(world, region, "GET", f"/{bucket}/{key}")
    return reply.body.decode(errors="replace") if reply.status < 400 else ""


def _put(world: World, region: str, path: str, body: str) -> None:
    reply = _send(world, region, "PUT", path, body)
    if reply.status >= 400:
        raise ValueError(f"moto does not accept PUT {path} of this state: {reply.body.decode(errors='replace')[:200]}")


def _send(world: World, region: str, method: str, path: str, body: str = "") -> HttpResponse:
    """Send a request to moto, which finds service and Region in the scope of the signature."""
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415 - seldom needed

    scope = f"AWS4-HMAC-SHA256 Credential=simulator/20240101/{region}/s3/aws4_request"
    sent = EnvironBuilder(path, f"https://s3.{region}.amazonaws.com", method=method, data=body.encode())
    sent.headers["Authorization"] = scope
    return answer(world.state.account, sent.get_environ())
