"""What the wizard knows of many roles, and what can happen to it. Pure values, as in :mod:`.state`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sm_ssh_widget.wizard.effects import AuditAll

if TYPE_CHECKING:
    from sm_ssh_widget.fleet.audit import Audit


# Events


@dataclass(frozen=True)
class RolesCounted:
    """An audit has judged so many roles."""

    ticket: int
    number: int


# The state


@dataclass(frozen=True)
class FleetState:
    """Everything that the screen of many roles is made from.

    ``asked`` is the audit that was asked for; ``seen`` counts its roles while it runs. ``opened`` is the role that was
    opened last; ``alone`` says that it is the one that is set up, in the place of what was entered.
    """

    asked: AuditAll
    audit: Audit | None = None
    seen: int = 0
    opened: str = ""
    alone: bool = False

    def with_(self, **changes: object) -> FleetState:
        """A state that differs in some fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def account(self) -> str:
        """The account that was audited; empty while it is not known."""
        return self.audit.accounts[0].id if self.audit and self.audit.accounts else ""
