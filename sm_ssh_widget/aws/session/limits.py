"""How long an answer of AWS may take, and how large it may be: it is input like any other.

botocore's timeouts are for each read of a socket; an endpoint that sends a byte a second, or never stops sending, or
pages without end, keeps a call for ever. So every answer is read here, by a thread that the call waits for no longer
than its time, and no further than its size. Waits that are meant (until IAM shows a write, until an instance reports)
are many short calls, and keep limits of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as SocketTimeout

T = TypeVar("T")

_CHUNK = 65_536


@dataclass(frozen=True)
class Limits:
    """For a call with its retries and for a reading stage in seconds, for an answer in bytes, for a list in pages."""

    call_seconds: float = 60
    answer_bytes: int = 50_000_000
    pages: int = 1000
    stage_seconds: float = 300


LIMITS = Limits()


class LimitExceeded(ResponseParserError):
    """An answer that is not taken. It may have been given to a write that was done."""


class AnswerTooSlow(LimitExceeded):
    """The answer was not complete in time."""


# A reading stage

_stage_ends: ContextVar[float | None] = ContextVar("stage_ends", default=None)


@contextmanager
def reading_stage(limits: Limits = LIMITS) -> Iterator[None]:
    """Give the reads inside one time in all; a stage inside a stage is part of it."""
    if _stage_ends.get() is not None:
        yield
        return
    token = _stage_ends.set(time.monotonic() + limits.stage_seconds)
    try:
        yield
    finally:
        _stage_ends.reset(token)


def check_stage() -> None:
    """Raise :class:`AnswerTooSlow` where the time of the reading stage is over, so that no further read is begun."""
    ends = _stage_ends.get()
    if ends is not None and time.monotonic() >= ends:
        raise AnswerTooSlow("The account was not read completely within the time for one check.")


def limited_pages(pages: Iterable[T], limits: Limits = LIMITS) -> Iterator[T]:
    """The pages of a list; raises :class:`LimitExceeded` for one that does not end, and as :func:`check_stage`."""
    for number, page in enumerate(pages, 1):
        if number > limits.pages:
            raise LimitExceeded(f"The list has more than {limits.pages} pages.")
        yield page
        check_stage()


# A call


def limit_client(client: Any, limits: Limits = LIMITS) -> None:
    """Read the answers to a boto3 client within the limits.

    There is no public way to a client's HTTP session: botocore makes it, with proxies and certificates.
    """
    limited = LimitedSession(client._endpoint.http_session, limits)
    client._endpoint.http_session = limited
    client.meta.events.register_first("before-parameter-build", limited.begin)


def limit_clients(core: botocore.session.Session, limits: Limits = LIMITS) -> None:
    """The same for every client that a botocore session makes from now on, those of its credentials included."""

    class Limited:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            limit_client(self, limits)

    def mix_in(**told: Any) -> None:
        told["base_classes"].insert(0, Limited)

    core.register("creating-client-class", mix_in)


class LimitedSession:
    """botocore's HTTP session, which gives an answer only if it is complete in time and not too large."""

    def __init__(self, inner: Any, limits: Limits) -> None:
        self._inner, self._limits = inner, limits
        self._calls = threading.local()

    def begin(self, **_: object) -> None:
        """botocore's hook at the begin of a call: all its attempts share one time."""
        self._calls.ends = time.monotonic() + self._limits.call_seconds

    def send(self, request: Any) -> Any:
        """Send a request; raises what botocore's own session raises, and :class:`LimitExceeded`."""
        check_stage()
        now = time.monotonic()
        ends = [getattr(self._calls, "ends", now + self._limits.call_seconds), _stage_ends.get() or float("inf")]
        exchange = _Exchange(self._inner, request, self._limits.answer_bytes)
        return exchange.result(min(ends) - now, self._limits.call_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _Exchange:
    """One request and its answer, in a thread of its own, which nobody waits for once the time is over."""

    def __init__(self, inner: Any, request: Any, most: int) -> None:
        self._inner, self._request, self._most = inner, request, most
        self._over = threading.Event()
        self._answer: Any = None
        self._error: BaseException | None = None
        self._raw: Any = None

    def result(self, seconds: float, told: float) -> Any:
        thread = threading.Thread(target=self._run, daemon=True, name="sm-ssh-widget-call")
        thread.start()
        thread.join(max(seconds, 0))
        if thread.is_alive():
            self._give_up()
            raise AnswerTooSlow(f"The endpoint did not answer completely within {told:g} seconds.")
        if self._error is not None:
            raise self._error
        return self._answer

    def _give_up(self) -> None:
        """End the thread: at once if it waits for the body, with the next silence if it waits for the headers."""
        self._over.set()
        if self._raw is not None:
            self._raw.close()

    def _run(self) -> None:
        try:
            self._answer = self._exchanged()
        except BaseException as error:  # raised again in the thread of the caller
            self._error = error

    def _exchanged(self) -> Any:
        if self._request.stream_output:
            return self._inner.send(self._request)
        self._request.stream_output = True  # so that the body is not read yet
        answer = self._inner.send(self._request)
        self._raw = answer.raw
        try:
            body = self._read(answer)
        except SocketTimeout as error:
            raise ReadTimeoutError(endpoint_url=self._request.url, error=error) from error
        except ProtocolError as error:
            raise ConnectionClosedError(error=error, request=self._request, endpoint_url=self._request.url) from error
        except (OSError, ValueError, AttributeError) as error:  # what a connection raises that was closed meanwhile
            raise HTTPClientError(error=error) from error
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Whole(body))

    def _read(self, answer: Any) -> bytes:
        body = bytearray()
        length = answer.headers.get("content-length", "")
        told = int(length) if length.isdigit() else 0
        for chunk in () if told > self._most else answer.raw.stream(_CHUNK):
            body += chunk
            if len(body) > self._most or self._over.is_set():
                break
        if max(told, len(body)) > self._most:
            answer.raw.close()
            raise LimitExceeded(f"The answer is larger than {self._most / 1_000_000:g} MB.")
        return bytes(body)


@dataclass(frozen=True)
class _Whole:
    """A body that was read, as botocore reads one."""

    body: bytes

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None:
        """There is no connection any more."""
