"""The wizard of a panel of its own: one a kernel, so that a page that is restored shows where it stands."""

from __future__ import annotations

from typing import Any

from IPython.display import display

from sm_ssh_widget.wizard.widget import SetupWizard

_shown: list[SetupWizard] = []


def show(**options: Any) -> None:
    """Display the wizard of this kernel, made when it is first shown; ``options`` are those of :class:`SetupWizard`."""
    if not _shown:
        _shown.append(SetupWizard(**options))
    display(_shown[0])  # type: ignore[no-untyped-call]
