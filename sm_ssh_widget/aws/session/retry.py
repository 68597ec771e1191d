"""Retries: the only policy for requests that read or sign in. botocore itself sends each request once.

A request that AWS throttles, or whose connection is cut, is repeated after a pause on the clock in use, and
``notices`` reports it. A write is not repeated here: its effect must be read first, which is the task of the change
runner.
Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from botocore.exceptions import ClientError

from sm_ssh_widget.aws.session.backoff import Backoff
from sm_ssh_widget.aws.session.errors import is_sign_in, unknown_from
from sm_ssh_widget.aws.session.limits import LimitExceeded
from sm_ssh_widget.aws.session.read_operations import is_read
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.notices import notify
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.observation import Reason

THROTTLED = Backoff(15, initial_s=1, max_s=8)
CUT = Backoff(1.5, initial_s=0.5)
BACKOFFS: Mapping[Reason, Backoff] = {Reason.THROTTLED: THROTTLED, Reason.UNREACHABLE: CUT, Reason.TIMED_OUT: CUT}
SIGN_IN_SERVICES = ("sts", "sso", "sso-oidc")
JITTER = 0.25
"""Random part of a pause, so that 40 reads throttled at once are not repeated at once."""

_WORDS = {Reason.THROTTLED: "AWS throttles", Reason.UNREACHABLE: "AWS cannot be reached"}
_NO_ANSWER = "AWS did not answer in time"

_log = logging.getLogger(__name__)
_sent_once: ContextVar[bool] = ContextVar("sent_once", default=False)
_on_throttle: ContextVar[Callable[[float], None] | None] = ContextVar("on_throttle", default=None)


class Events(Protocol):
    """Event system of a botocore session or client."""

    def register(self, event_name: str, handler: Any, unique_id: Any = None) -> None:
        """Call ``handler`` at an event, once per ``unique_id``."""


def retry_requests(events: Events) -> None:
    """Repeat failed requests, if that is safe, of every client with these events."""
    events.register("needs-retry", pause_before_retry, unique_id="sm-ssh-widget-retry")


@contextmanager
def sent_once() -> Iterator[None]:
    """Send the requests inside once: the caller repeats them itself, for longer, and can be stopped."""
    token = _sent_once.set(True)
    try:
        yield
    finally:
        _sent_once.reset(token)


@contextmanager
def watching_throttles(on_throttle: Callable[[float], None]) -> Iterator[None]:
    """Pass the pause in seconds before each repeated call that AWS throttled in this block to ``on_throttle``."""
    token = _on_throttle.set(on_throttle)
    try:
        yield
    finally:
        _on_throttle.reset(token)


def pause_before_retry(
    *, response: Any, operation: Any, attempts: int, caught_exception: Exception | None, **_: object
) -> int | None:
    """Decide after each response (botocore hook): pause and return 0 to repeat the request, or ``None`` to use it."""
    service = operation.service_model.service_name
    if _sent_once.get() or not _may_repeat(service, operation.name):
        return None
    error = caught_exception or _refusal(response, operation.name)
    reason = _passing(error) if error else None
    pause = BACKOFFS[reason].pause_after(attempts) if reason else None
    if reason is None or pause is None:
        return None
    pause *= 1 - JITTER * random.random()  # noqa: S311  # no secret hangs on it
    _report(reason, f"{service}:{operation.name}", pause)
    current_clock().sleep(pause)
    return 0


def _may_repeat(service: str, operation: str) -> bool:
    return service in SIGN_IN_SERVICES or is_read(service, operation)


def _refusal(response: Any, operation: str) -> Exception | None:
    http, parsed = response
    return ClientError(parsed, operation) if http.status_code >= 300 else None


def _passing(error: Exception) -> Reason | None:
    """Return the reason of a transient failure, else ``None``. A response past its limits has used up its time."""
    if isinstance(error, (Problem, LimitExceeded)) or is_sign_in(error):
        return None
    try:
        reason = unknown_from(error, "").reason
    except Exception:  # neither an AWS nor a network error: botocore raises it
        return None
    return reason if reason in BACKOFFS else None


def _report(reason: Reason, call: str, pause: float) -> None:
    said = f"{_WORDS.get(reason, _NO_ANSWER)}, trying again in {max(1, round(pause))} s"
    _log.info("%s: %s", call, said)
    notify(said)
    if reason is Reason.THROTTLED and (told := _on_throttle.get()):
        told(pause)
