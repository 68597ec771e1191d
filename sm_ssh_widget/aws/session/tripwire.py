"""The tripwire: from sign-in on, a session reads freely and writes only what the reviewed plan lists.

It hangs on the session's own event system, before parameters are built, so that every client of the session passes it:
resources, paginators, waiters and presigned requests too. A write that is not listed is refused, and nothing is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3

from sm_ssh_widget.aws.session.read_operations import is_read
from sm_ssh_widget.changes.placeholders import resolve
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.problem import Code, Problem


class Tripwire:
    """What may be written, and what was tried and refused. ``allowed`` may let calls pass beyond the listed ones."""

    def __init__(self, allowed: Callable[[Call], bool] | None = None) -> None:
        self._allowed = allowed
        self._listed: tuple[Call, ...] = ()
        self._filled: dict[int, Call] = {}
        self._refusals: list[Call] = []
        self._lock = threading.Lock()

    @property
    def refusals(self) -> tuple[Call, ...]:
        """The writes that were tried and not sent, in their order."""
        with self._lock:
            return tuple(self._refusals)

    def allow(self, calls: Iterable[Call]) -> None:
        """Let exactly these calls pass, as often as they are made; what was listed before is forgotten."""
        self._listed = tuple(calls)
        self._filled = {}

    def fill_in(self, listed: Call, values: Mapping[str, Any]) -> Call:
        """List a listed call with the values that AWS gave meanwhile, and give it back; :class:`ValueError` otherwise.

        It takes the place of what the same call was filled with before.
        """
        if listed not in self._listed:
            raise ValueError(f"{listed.service}:{listed.operation} is not listed")
        filled = resolve(listed, values)
        self._filled[self._listed.index(listed)] = filled
        return filled

    def disallow(self) -> None:
        """Let no write pass any more."""
        self._listed = ()
        self._filled = {}

    def passes(self, call: Call) -> bool:
        """Whether the call may be sent: it reads, is listed with exactly these parameters, or ``allowed`` says so."""
        if is_read(call.service, call.operation):
            return True
        listed = (*self._listed, *self._filled.values())
        return call in listed or (self._allowed is not None and self._allowed(call))

    def check(self, *, params: Mapping[str, Any], model: Any, **_: object) -> None:
        """botocore's hook, once per call; raises :class:`Problem` (``refused``) for a write that is not listed."""
        call = Call(model.service_model.service_name, model.name, dict(params))
        if self.passes(call):
            return
        with self._lock:
            self._refusals.append(call)
        raise Problem(
            f"Tripwire ({call.service}:{call.operation})",
            "The call writes, and the reviewed plan does not list it with these parameters; nothing was sent.",
            "Make a plan and review it: sm-ssh-widget plan",
            Code.REFUSED,
        )


def guard(session: boto3.Session, *, allowed: Callable[[Call], bool] | None = None) -> Tripwire:
    """Stretch a tripwire over every client that ``session`` makes from now on; clients made before pass it by."""
    tripwire = Tripwire(allowed)
    session.events.register_first("before-parameter-build.*.*", tripwire.check)
    return tripwire
