"""Before the sign-in: how long applying takes, by what the plan holds."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, LocalRoles
from sm_ssh_widget.wizard.screens.permission import permission
from sm_ssh_widget.wizard.state import Intent, WizardState
from tests.support.observations import observation

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
MINUTE = "Applying usually takes about a minute."


@pytest.mark.parametrize(
    ("steps", "options", "said"),
    [
        (("trust.ssm",), (), MINUTE),
        (("trust.ssm", "ssm.tier"), (), f"{MINUTE} With the tier, it can take up to 30 minutes."),
        ((), ("host-management",), f"{MINUTE} With the tier and Quick Setup, it can take up to 30 minutes."),
    ],
)
def test_the_time_that_applying_takes(steps: tuple[str, ...], options: tuple[str, ...], said: str) -> None:
    seen, selection = (
        observation(local_roles=Known(LocalRoles(None, None), "r")),
        Selection.of("classic", options, steps),
    )
    plan = make_plan(selection, seen, assess(selection, seen))
    view = permission(WizardState(plan=plan, intent=Intent.APPLY), NOW)
    assert view.lede.endswith(f"with IAM permissions. {said}")
