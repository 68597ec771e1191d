"""Progress of an audit of several accounts, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from sm_ssh_widget.requirements.wording import agreeing, counted


@dataclass(frozen=True)
class AccountsProgress:
    """How far an audit is. ``done`` accounts of ``of`` are closed, ``unread`` of them could not be read.

    ``seconds`` have passed; ``throttled`` calls were repeated, ``waited`` is the sum of their pauses in seconds.
    ``account`` is the ID of the one that was closed last, ``status`` that of its line.
    """

    done: int
    of: int
    roles: int
    unread: int
    seconds: float
    throttled: int = 0
    waited: float = 0.0
    account: str = ""
    status: str = ""

    @property
    def line(self) -> str:
        """``31 of 60 accounts · 14,210 roles · 2 not read · about 40 s``."""
        roles = f"{self.roles:,} {agreeing(self.roles, 'role', 'roles')}"
        parts = [f"{self.done} of {counted(self.of, 'account')}", roles]
        parts += [f"{self.unread} not read"] if self.unread else []
        parts += [f"about {_rounded(left)}"] if (left := self.seconds_left) else []
        return " · ".join(parts)

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the other accounts take at the pace so far; ``None`` before the first and after the last."""
        if not 0 < self.done < self.of:
            return None
        return self.seconds / self.done * (self.of - self.done)

    @property
    def told_waits(self) -> str:
        """What AWS's throttling cost, in a sentence; empty if there was none."""
        if not self.throttled:
            return ""
        calls = counted(self.throttled, "call")
        return f"AWS throttled {calls}. The audit repeated them and waited {_rounded(self.waited)} in all for that."


def _rounded(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 100 else f"{round(whole / 60)} min"
