"""Set up IAM and Systems Manager for SageMaker SSH Helper.

The public functions are loaded on first use, so that the import is fast::

    from sm_ssh_widget import check, plan
    print(plan(check()).to_json())
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sm_ssh_widget.fleet_pipeline import audit
    from sm_ssh_widget.fleet_runs import apply_fleet, plan_fleet, undo_fleet
    from sm_ssh_widget.pipeline import apply, check, plan, plan_undo, undo, verify
    from sm_ssh_widget.wizard.widget import SetupWizard

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOME = {
    **dict.fromkeys(("apply", "check", "plan", "plan_undo", "undo", "verify"), "sm_ssh_widget.pipeline"),
    "audit": "sm_ssh_widget.fleet_pipeline",
    **dict.fromkeys(("apply_fleet", "plan_fleet", "undo_fleet"), "sm_ssh_widget.fleet_runs"),
    "SetupWizard": "sm_ssh_widget.wizard.widget",
}

__all__ = [
    "SetupWizard",
    "apply",
    "apply_fleet",
    "audit",
    "check",
    "plan",
    "plan_fleet",
    "plan_undo",
    "undo",
    "undo_fleet",
    "verify",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Return the bundle of the launcher tile to JupyterLab's developer tools."""
    return [{"src": "labextension", "dest": "sm-ssh-widget"}]


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
