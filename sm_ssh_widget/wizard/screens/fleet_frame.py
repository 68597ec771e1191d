"""The stepper of the screen of many roles; see :mod:`.frame`. A role that is opened from there has the usual one."""

from __future__ import annotations

from sm_ssh_widget.wizard.controls import StepItem
from sm_ssh_widget.wizard.effects import AuditAll
from sm_ssh_widget.wizard.state import Screen, WizardState

_STARTED_PERCENT = 50


def stepper(state: WizardState) -> tuple[StepItem, ...]:
    """The first two steps, then those of one role. A sign-in that reads is a part of Fleet."""
    running = _STARTED_PERCENT if state.doing(AuditAll) else 0
    here = StepItem("Fleet", "current", percent=running)
    ahead = (StepItem(label, "ahead") for label in ("Plan", "Permission", "Apply", "Proof"))
    return (StepItem("Who and where", "done", f"go:{Screen.WHO.value}"), here, *ahead)
