"""The wizard of a panel of its own: one a kernel, so that a page that is restored shows where it stands."""

from __future__ import annotations

import os
from typing import Any

from IPython.display import display

from sm_ssh_widget.wizard.widget import SetupWizard

_shown: list[SetupWizard] = []


def show(*, language: str = "", **options: Any) -> None:
    """Display the wizard of this kernel, made when it is first shown; ``options`` are those of :class:`SetupWizard`.

    ``language`` is that of JupyterLab. A language or catalog in ``SM_SSH_WIDGET_LANGUAGE`` goes first.
    """
    if not _shown:
        wanted = os.environ.get("SM_SSH_WIDGET_LANGUAGE", "") or language
        _shown.append(SetupWizard(language=wanted, **options))
    display(_shown[0])  # type: ignore[no-untyped-call]
