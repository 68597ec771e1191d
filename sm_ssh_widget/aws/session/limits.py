"""Limits on the duration and the size of AWS's responses, which are input like any other.

botocore's timeouts apply to each read of a socket. An endpoint that sends one byte a second, never stops sending, or
pages without end would block a call forever. A thread therefore reads every response, up to a maximum size, and the
call waits for that thread only up to its time limit. Deliberate waits (until IAM shows a write, until an instance
reports) are many short calls and have their own limits.
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
    """Seconds for a call with its retries and for a reading stage, bytes for a response, pages for a list.

    ``optional_seconds`` are those for a call whose answer a check can do without.
    """

    call_seconds: float = 60
    answer_bytes: int = 50_000_000
    pages: int = 1000
    stage_seconds: float = 300
    optional_seconds: float = 4


LIMITS = Limits()


class LimitExceeded(ResponseParserError):
    """Raised when a response exceeds a limit. AWS may have made the write that it answers."""


class AnswerTooSlow(LimitExceeded):
    """Raised when the response was not complete in time."""


# A reading stage

_stage_ends: ContextVar[float | None] = ContextVar("stage_ends", default=None)


@contextmanager
def reading_stage(limits: Limits = LIMITS) -> Iterator[None]:
    """Set one time limit for all reads inside; a nested stage is part of the outer one."""
    if _stage_ends.get() is not None:
        yield
        return
    token = _stage_ends.set(time.monotonic() + limits.stage_seconds)
    try:
        yield
    finally:
        _stage_ends.reset(token)


def check_stage() -> None:
    """Raise :class:`AnswerTooSlow` if the time of the reading stage is over, so that no further read starts."""
    ends = _stage_ends.get()
    if ends is not None and time.monotonic() >= ends:
        raise AnswerTooSlow("The account was not read completely within the time limit of one check.")


def limited_pages(pages: Iterable[T], limits: Limits = LIMITS) -> Iterator[T]:
    """Yield the pages of a list. Raises :class:`LimitExceeded` for an endless list; see also :func:`check_stage`."""
    for number, page in enumerate(pages, 1):
        if number > limits.pages:
            raise LimitExceeded(f"The list has more than {limits.pages} pages.")
        yield page
        check_stage()


# A call


def limit_client(client: Any, limits: Limits = LIMITS) -> None:
    """Apply the limits to the responses of a boto3 client.

    A client's HTTP session is not public: botocore creates it with proxies and certificates, and it is wrapped here.
    """
    limited = LimitedSession(client._endpoint.http_session, limits)
    client._endpoint.http_session = limited
    client.meta.events.register_first("before-parameter-build", limited.begin)


def limit_clients(core: botocore.session.Session, limits: Limits = LIMITS) -> None:
    """Apply the limits to every client that a botocore session creates later, including those of its credentials."""

    class Limited:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            limit_client(self, limits)

    def mix_in(**told: Any) -> None:
        told["base_classes"].insert(0, Limited)

    core.register("creating-client-class", mix_in)


class LimitedSession:
    """botocore's HTTP session, returning a response only if it is complete in time and not too large."""

    def __init__(self, inner: Any, limits: Limits) -> None:
        self._inner, self._limits = inner, limits
        self._calls = threading.local()

    def begin(self, **_: object) -> None:
        """Start the time limit of a call (botocore hook); all attempts of the call share it."""
        self._calls.ends = time.monotonic() + self._limits.call_seconds

    def send(self, request: Any) -> Any:
        """Send a request. Raises the errors of botocore's own session, and :class:`LimitExceeded`."""
        check_stage()
        now = time.monotonic()
        ends = [getattr(self._calls, "ends", now + self._limits.call_seconds), _stage_ends.get() or float("inf")]
        exchange = _Exchange(self._inner, request, self._limits.answer_bytes)
        return exchange.result(min(ends) - now, self._limits.call_seconds)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _Exchange:
    """One request and its response, in a separate thread that is abandoned when the time is over."""

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
            raise AnswerTooSlow(f"The endpoint did not answer completely within {told:g} s.")
        if self._error is not None:
            raise self._error
        return self._answer

    def _give_up(self) -> None:
        """End the thread: immediately while it reads the body, at the next read timeout while it waits for headers."""
        self._over.set()
        if self._raw is not None:
            self._raw.close()

    def _run(self) -> None:
        try:
            self._answer = self._exchanged()
        except BaseException as error:  # re-raised in the caller's thread
            self._error = error

    def _exchanged(self) -> Any:
        if self._request.stream_output:
            return self._inner.send(self._request)
        self._request.stream_output = True  # the body is read below, in limited pieces
        answer = self._inner.send(self._request)
        self._raw = answer.raw
        try:
            body = self._read(answer)
        except SocketTimeout as error:
            raise ReadTimeoutError(endpoint_url=self._request.url, error=error) from error
        except ProtocolError as error:
            raise ConnectionClosedError(error=error, request=self._request, endpoint_url=self._request.url) from error
        except (OSError, ValueError, AttributeError) as error:  # raised by a connection that was closed in the meantime
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
            raise LimitExceeded(f"The response is larger than {self._most / 1_000_000:g} MB.")
        return bytes(body)


@dataclass(frozen=True)
class _Whole:
    """A complete response body with the interface that botocore reads."""

    body: bytes

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None:
        """Do nothing: the connection is already closed."""
