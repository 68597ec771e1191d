"""What observation needs of a reader: the account over the network, or one sweep of it (:mod:`..observation.sweep`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias, TypeVar

from sm_ssh_widget.requirements.observation import Fact

Json: TypeAlias = Any
T = TypeVar("T")


class AccountReader(Protocol):
    """Read-only access to one account. A denied read is a result, not an exception; see :class:`.reader.Reader`."""

    @property
    def region(self) -> str:
        """Default Region of the reads."""
        ...

    def endpoint(self, service: str) -> str:
        """Return the custom endpoint of a service, empty for that of AWS."""
        ...

    def read(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Json) -> Fact[Json]:
        """Make one call."""
        ...

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
        """Read every item under ``key`` from all pages."""
        ...

    def shared(self, name: Hashable, read: Callable[[], T]) -> T:
        """Return what a stage reads that is the same for every role: a sweep reads it once."""
        ...

    def sampled(self, name: Hashable, read: Callable[[], Fact[tuple[T, ...]]]) -> Fact[tuple[T, ...]]:
        """Return the organization's decisions on an identity: a sweep may let those on one role stand for all."""
        ...

    def stage(self) -> AbstractContextManager[None]:
        """Set one time limit for all reads inside."""
        ...

    def in_parallel(self, *thunks: Callable[[], T]) -> tuple[T, ...]:
        """Run the thunks and return their results in order; raise the first exception."""
        ...
