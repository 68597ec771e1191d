"""Waiting for AWS: how long, and how often.

IAM is eventually consistent: a read can miss a change for seconds after the write.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sm_ssh_widget.clock import Clock


@dataclass(frozen=True)
class Backoff:
    """Timeout, first pause and longest pause, in seconds; each pause is twice the one before."""

    timeout_s: float
    initial_s: float = 0.5
    max_s: float = 5.0

    def pauses(self, clock: Clock, stop: Callable[[], bool]) -> Iterator[float]:
        """Pause, then yield the seconds waited so far, until the timeout. Raises :class:`Stopped`."""
        began, pause = clock.elapsed(), self.initial_s
        while (waited := clock.elapsed() - began) < self.timeout_s:
            if stop():
                raise Stopped
            clock.sleep(min(pause, self.timeout_s - waited))
            pause = min(pause * 2, self.max_s)
            yield clock.elapsed() - began

    def pause_after(self, attempts: int) -> float | None:
        """The pause after so many attempts (from 1); ``None`` once the pauses before it come to the whole time."""
        waited, pause = 0.0, self.initial_s
        for _ in range(attempts - 1):
            waited, pause = waited + pause, min(pause * 2, self.max_s)
        return min(pause, self.timeout_s - waited) if waited < self.timeout_s else None


class Stopped(Exception):
    """Raised when a stop was requested during a wait."""


def never() -> bool:
    """Return False: the ``stop`` of a wait that cannot be stopped."""
    return False


WAIT_IAM_VISIBLE = Backoff(120)
"""Until a write to IAM is visible: seconds, rarely minutes."""

WAIT_THROTTLED = Backoff(180, initial_s=1, max_s=20)
"""Until AWS accepts a throttled call."""

WAIT_IN_DOUBT = Backoff(10, initial_s=1)
"""Until a write without an answer would be visible if AWS had made it. Repeating the write is harmless."""

WAIT_TIER = Backoff(1800, initial_s=2, max_s=15)
"""Until Systems Manager has changed the tier (``PendingUpdate``)."""

WAIT_ROLE_PROPAGATED = Backoff(90, initial_s=2, max_s=10)
"""Until Systems Manager sees a trust policy that IAM has already."""

WAIT_QUICK_SETUP = Backoff(1800, initial_s=2, max_s=15)
"""Until Quick Setup has deployed or removed a configuration and its associations have run."""

WAIT_INSTANCE_ONLINE = Backoff(900, initial_s=5, max_s=15)
"""Until a new instance reports to Systems Manager."""

WAIT_ASSOCIATED = Backoff(1800, initial_s=5, max_s=15)
"""The same, where Quick Setup has to attach an instance profile first."""

WAIT_TERMINATED = Backoff(600, initial_s=2, max_s=15)
"""Until an instance is terminated."""
