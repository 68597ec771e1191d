"""Read-only access to AWS. Planning gets this object, so planning cannot write.

A denied read is a result, not an exception. Only credentials that do not work raise: without them, no read succeeds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, Generic, TypeAlias, TypeVar

import boto3
from botocore import xform_name

from sm_ssh_widget.aws.session.clients import MOST_CONNECTIONS, Clients
from sm_ssh_widget.aws.session.errors import FAILURES, is_absent, is_sign_in, problem_from, unknown_from
from sm_ssh_widget.aws.session.limits import check_stage, limited_pages, reading_stage
from sm_ssh_widget.aws.session.read_operations import ACTIONS, check_whole, is_read
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Unknown

Json: TypeAlias = Any
T = TypeVar("T")

_log = logging.getLogger(__name__)

_LISTS_ALWAYS = ("iam",)
"""Services that return an empty list instead of omitting it: a response without the list is not theirs."""


_watcher: ContextVar[Callable[[str], None] | None] = ContextVar("watcher", default=None)


@contextmanager
def watching(on_read: Callable[[str], None]) -> Iterator[None]:
    """Pass the action (``iam:GetRole``) of every read that begins in this block to ``on_read``, from any thread."""
    before = _watcher.set(on_read)
    try:
        yield
    finally:
        _watcher.reset(before)


class PendingRead(Generic[T]):
    """One read among several that run in parallel: ``result`` is what it returned, once :class:`Reader` has run it."""

    result: T

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read

    def __call__(self) -> None:
        """Run the read and keep what it returned."""
        self.result = self._read()


class Reader:
    """Reads with one session, in one Region unless a call specifies another.

    ``endpoint`` replaces the AWS endpoint of every service; by default botocore decides, also by ``AWS_ENDPOINT_URL``.
    ``clients`` are existing clients to share. All methods are thread-safe.
    """

    def __init__(
        self, session: boto3.Session, *, region: str, endpoint: str | None = None, clients: Clients | None = None
    ) -> None:
        self._clients = clients or Clients(session, region, endpoint)
        self._pool = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="sm-ssh-widget-read")

    @property
    def region(self) -> str:
        """Default Region of the reads."""
        return self._clients.region

    def endpoint(self, service: str) -> str:
        """Return the endpoint of ``service`` if it is a custom one, else (also if it is invalid) an empty string."""
        try:
            return self._clients.endpoint(service)
        except FAILURES:  # every read reports what is wrong with it
            return ""

    def read(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Json) -> Fact[Json]:
        """Make one call. Returns ``Known(response)`` without ``ResponseMetadata``, ``Absent`` or ``Unknown``.

        Raises :class:`ValueError` for a call that is not a known read, :class:`Problem` (``sign-in``) when the
        credentials do not work.
        """

        def once() -> Json:
            check_stage()
            answer = getattr(self._clients.get(service, region), xform_name(operation))(**parameters)
            check_whole(service, operation, answer)
            return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

        return _fact(service, operation, parameters, once)

    def read_all(
        self,
        service: str,
        operation: str,
        key: str,
        /,
        *,
        region: str | None = None,
        page_size: int | None = None,
        **parameters: Json,
    ) -> Fact[tuple[Json, ...]]:
        """Read every item under ``key`` from all pages; one failed page gives ``Unknown``. Raises as :meth:`read`."""

        def pages() -> Iterator[Json]:
            client = self._clients.get(service, region)
            name = xform_name(operation)
            if not client.can_paginate(name):
                return iter((getattr(client, name)(**parameters),))
            paging = {"PageSize": page_size} if page_size else {}
            return iter(client.get_paginator(name).paginate(PaginationConfig=paging, **parameters))

        def items(page: Json) -> Json:
            check_whole(service, operation, page)
            return page[key] if service in _LISTS_ALWAYS else page.get(key, ())

        def every_page() -> tuple[Json, ...]:
            with reading_stage(self._clients.limits):
                return tuple(item for page in limited_pages(pages(), self._clients.limits) for item in items(page))

        return _fact(service, operation, parameters, every_page)

    def shared(self, name: Hashable, read: Callable[[], T]) -> T:  # noqa: ARG002 - as in AccountReader
        """Read it: this reader is of no sweep."""
        return read()

    def sampled(self, name: Hashable, read: Callable[[], T]) -> T:  # noqa: ARG002 - as in AccountReader
        """Read it: this reader is of no sweep."""
        return read()

    def stage(self) -> AbstractContextManager[None]:
        """Set one time limit for all reads inside, instead of one for each :meth:`in_parallel` and :meth:`read_all`."""
        return reading_stage(self._clients.limits)

    def in_parallel(self, *thunks: Callable[[], T]) -> tuple[T, ...]:
        """Run the thunks in parallel and return their results in order; raise the first exception.

        Thunks may call this method themselves: a waiting thread runs thunks that have not started, so the pool cannot
        be exhausted.
        """
        with self.stage():
            futures = [self._submitted(thunk) for thunk in thunks]
            # cancel() succeeds only while no thread has started the thunk; then this thread runs it itself
            return tuple(
                thunk() if future.cancel() else future.result() for thunk, future in zip(thunks, futures, strict=True)
            )

    def _submitted(self, thunk: Callable[[], T]) -> Future[T]:
        try:
            return self._pool.submit(copy_context().run, thunk)
        except RuntimeError:  # the reader was closed meanwhile: the read runs in its caller, and says why it fails
            return Future()

    def close(self) -> None:
        """End the threads and close the connections; a read that has not begun runs where it is waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._clients.close()


def _fact(service: str, operation: str, parameters: Mapping[str, Json], call: Callable[[], T]) -> Fact[T]:
    action = ACTIONS.get((service, operation), f"{service}:{operation}")
    if not is_read(service, operation, parameters):
        raise ValueError(f"{action} is not a known read")
    if told := _watcher.get():
        told(action)
    began, outcome = time.monotonic(), "sign-in"
    try:
        fact = _tried(action, call)
        outcome = fact.reason.value if isinstance(fact, Unknown) else type(fact).__name__.lower()
        return fact
    finally:
        _log.debug("%s: %s after %.3f s", action, outcome, time.monotonic() - began)


def _tried(action: str, call: Callable[[], T]) -> Fact[T]:
    try:
        return Known(call(), action)
    except FAILURES as error:
        if is_absent(error):
            return Absent(action)
        if is_sign_in(error):
            raise problem_from(error, f"Reading ({action})") from None
        return unknown_from(error, action)
