"""Kernels of the page: limits per visitor and in total, and sockets that no other user of the machine can read."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.web import HTTPError, RequestHandler

PER_VISITOR, IN_ALL = 3, 8
TOO_MANY = (
    f"This browser already has {PER_VISITOR} open pages.",
    f"This server already has {IN_ALL} open pages.",
)
_PATH_LIMITS = {"linux": 107, "darwin": 103}  # bytes of sockaddr_un.sun_path without its final zero byte
_LONGEST_NAME = "/voila_01234567/kernel-01234567-0123-0123-0123-0123456789ab-ipc-65535"


class KernelLedger:
    """Ledger of kernels by visitor. A slot is reserved before its kernel starts, so the limit is strict."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._starting: Counter[str] = Counter()

    def kernels_of(self, visitor: str, manager: Any) -> tuple[str, ...]:
        """Return the IDs of a visitor's running kernels."""
        return tuple(kernel for kernel, owner in self._running(manager).items() if owner == visitor)

    @contextmanager
    def place(self, visitor: str, manager: Any) -> Iterator[Callable[[str], None]]:
        """Reserve a slot; the block calls the function with the kernel's ID. Raises 429 if no slot is left."""
        running = self._running(manager)
        if sum(owner == visitor for owner in running.values()) + self._starting[visitor] >= PER_VISITOR:
            raise HTTPError(429, TOO_MANY[0])
        if len(running) + sum(self._starting.values()) >= IN_ALL:
            raise HTTPError(429, TOO_MANY[1])
        self._starting[visitor] += 1
        waiting = True

        def started(kernel: str) -> None:
            nonlocal waiting
            self._owners[kernel] = visitor
            self._starting[visitor] -= waiting
            waiting = False

        try:
            yield started
        finally:
            self._starting[visitor] -= waiting

    def _running(self, manager: Any) -> dict[str, str]:
        self._owners = {kernel: owner for kernel, owner in self._owners.items() if kernel in manager}
        return self._owners


class _Recording:
    """Kernel manager of one request, which reports the kernel that the visit gets."""

    def __init__(self, manager: Any, started: Callable[[str], None]) -> None:
        self._manager, self._started = manager, started

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    async def get_rendered_notebook(self, *given: Any, **named: Any) -> Any:
        """Return a pre-warmed kernel."""
        found = await self._manager.get_rendered_notebook(*given, **named)
        self._started(found[2])
        return found

    async def start_kernel(self, *given: Any, **named: Any) -> Any:
        """Start a new kernel."""
        kernel = await self._manager.start_kernel(*given, **named)
        self._started(kernel)
        return kernel


def counted(page: type[RequestHandler], ledger: KernelLedger) -> type[RequestHandler]:
    """Handler of the page, which starts no kernel beyond the limits."""

    class Counted(page):  # type: ignore[misc, valid-type]  # the class is chosen by Voilà
        _recording: _Recording | None = None

        @property
        def kernel_manager(self) -> Any:
            return self._recording or super().kernel_manager

        async def get(self, path: str | None = None) -> None:
            """Send the page. Raises 429 if this visitor or all visitors have too many pages."""
            user = self.current_user
            if user is None:
                await super().get(path)
                return
            manager = super().kernel_manager
            with ledger.place(user.username, manager) as started:
                self._recording = _Recording(manager, started)
                await super().get(path)

    return Counted


@contextmanager
def kernel_sockets() -> Iterator[Path | None]:
    """Create a private directory with a short path for the kernels' sockets; ``None`` if there is none.

    The file mode protects Unix sockets. Too long a path would fail only when the kernel binds the socket.
    Source: https://man7.org/linux/man-pages/man7/unix.7.html
    """
    limit = _PATH_LIMITS.get(sys.platform)
    found = _socket_dir(limit, _candidates()) if limit else None
    if found is None:
        said = "Kernels use TCP here: other users of this machine can read the content of the page."
        print(said, file=sys.stderr)  # noqa: T201  # once, before the page is there to show it
    try:
        yield found
    finally:
        if found:
            shutil.rmtree(found, ignore_errors=True)


def _candidates() -> Sequence[str]:
    return [each for each in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp") if each]  # noqa: S108


def _socket_dir(limit: int, candidates: Sequence[str]) -> Path | None:
    """Create a directory with mode 0700 under the first candidate whose socket paths are short enough."""
    for candidate in candidates:
        root = os.path.abspath(candidate)
        if len(os.fsencode(root)) + len("/smssh-01234567") + len(_LONGEST_NAME) > limit:
            continue
        try:
            return Path(tempfile.mkdtemp(prefix="smssh-", dir=root))
        except OSError:
            continue
    return None
