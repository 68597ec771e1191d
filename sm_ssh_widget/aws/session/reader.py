"""The eyes of planning: an object that can read AWS and cannot write.

A denied read is a result, not an exception; only credentials that do not work raise: then no read says anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, TypeAlias, TypeVar

import boto3
from botocore import xform_name

from sm_ssh_widget.aws.session.clients import MOST_CONNECTIONS, Clients
from sm_ssh_widget.aws.session.errors import FAILURES, is_absent, is_sign_in, problem_from, unknown_from
from sm_ssh_widget.aws.session.limits import check_stage, limited_pages, reading_stage
from sm_ssh_widget.aws.session.read_operations import check_whole, is_read
from sm_ssh_widget.requirements.observation import Absent, Fact, Known

Json: TypeAlias = Any
T = TypeVar("T")

_LISTS_ALWAYS = ("iam",)
"""Services whose answers hold an empty list rather than none: an answer without it is not theirs."""


_watcher: ContextVar[Callable[[str], None] | None] = ContextVar("watcher", default=None)


@contextmanager
def watching(told: Callable[[str], None]) -> Iterator[None]:
    """Have every read that begins in this block told by its action (``iam:GetRole``), from any thread."""
    before = _watcher.set(told)
    try:
        yield
    finally:
        _watcher.reset(before)


class Reader:
    """Reads as one session, in one Region unless a call names another.

    ``endpoint`` replaces AWS's own for every service; without it botocore decides (``AWS_ENDPOINT_URL`` included).
    ``clients`` shares those that were made already. Every method may be called from several threads.
    """

    def __init__(
        self, session: boto3.Session, *, region: str, endpoint: str | None = None, clients: Clients | None = None
    ) -> None:
        self._clients = clients or Clients(session, region, endpoint)
        self._pool = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="sm-ssh-widget-read")

    @property
    def region(self) -> str:
        """The Region of reads that name none."""
        return self._clients.region

    def endpoint(self, service: str) -> str:
        """The endpoint of ``service`` where it is not AWS's own, else an empty text; empty also where it is none."""
        try:
            return self._clients.endpoint(service)
        except FAILURES:  # what is wrong with it, every read says
            return ""

    def read(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Json) -> Fact[Json]:
        """One call: ``Known(answer)`` without ``ResponseMetadata``, ``Absent`` or ``Unknown``.

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
        """Every item under ``key``, all pages of it; raises as :meth:`read` does. One failed page is ``Unknown``."""

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

    def stage(self) -> AbstractContextManager[None]:
        """Give all reads inside one time; without it, those of one :meth:`in_parallel` or :meth:`read_all` have one."""
        return reading_stage(self._clients.limits)

    def in_parallel(self, *thunks: Callable[[], T]) -> tuple[T, ...]:
        """The results of the thunks, side by side, in their order; the first exception is raised.

        Thunks may call this method themselves: who waits runs what nobody has begun, so the pool cannot be exhausted.
        """
        with self.stage():
            futures = [self._pool.submit(copy_context().run, thunk) for thunk in thunks]
            return tuple(
                thunk() if future.cancel() else future.result() for thunk, future in zip(thunks, futures, strict=True)
            )

    def close(self) -> None:
        """End the threads and close the connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._clients.close()


def _fact(service: str, operation: str, parameters: Mapping[str, Json], call: Callable[[], T]) -> Fact[T]:
    action = f"{service}:{operation}"
    if not is_read(service, operation, parameters):
        raise ValueError(f"{action} is not a known read")
    if told := _watcher.get():
        told(action)
    try:
        return Known(call(), action)
    except FAILURES as error:
        if is_absent(error):
            return Absent(action)
        if is_sign_in(error):
            raise problem_from(error, f"Reading ({action})") from None
        return unknown_from(error, action)
