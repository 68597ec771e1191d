"""What a scenario expects, in full: scenarios state differences, and the rest follows from the classic baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sm_ssh_widget.requirements.baselines import CLASSIC, Selection
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.simulator.scenario import Scenario

IDS = tuple(requirement.id for requirement in CLASSIC.requirements)
ORDER_OF_PLAN = (
    "trust.sagemaker",
    "trust.ssm",
    "role.sagemaker-ssm-policy",
    "role.managed-instance-core",
    "role.cloudwatch-logs",
    "account.leftovers",
    "ssm.session-preferences",
    "user.permissions",
    "user.owner-guard",
    "ssm.tier",
    "ssm.host-management",
)
_NOT_PLANNED = (FindingStatus.BLOCKED.value, FindingStatus.UNKNOWN.value)


@dataclass(frozen=True)
class Expected:
    """The status of every finding, and of the required ones which are refused and why."""

    findings: dict[str, str]
    refused: dict[str, str]

    @property
    def changes(self) -> list[str]:
        """The findings that are planned: required or for one use, missing and not refused, in the order of a plan."""
        asked = (each.id for each in CLASSIC.requirements if each.partial or each.id in _required())
        planned = [id for id in asked if self.findings[id] == "missing" and id not in self.refused]
        return sorted(planned, key=ORDER_OF_PLAN.index)

    @property
    def ready_after_apply(self) -> bool:
        """Whether nothing that is required is left to do."""
        return not self.refused


def expected(scenario: Scenario) -> Expected:
    """What must be found in a scenario; a required finding is refused for its status, unless another code is stated."""
    findings = scenario.expected["findings"]
    of_status = {id: findings[id] for id in _required() if findings[id] in _NOT_PLANNED}
    return Expected(findings, of_status | scenario.expected.get("refused", {}))


def expected_with_user(scenario: Scenario) -> tuple[str, dict[str, str]]:
    """The person who connects by the scenario, and the findings once they are named."""
    named: dict[str, Any] = scenario.expected["with_user"]
    return named["user"], scenario.expected["findings"] | named["findings"]


def _required() -> list[str]:
    selection = Selection.of()
    return [requirement.id for requirement in selection.requirements if selection.requires(requirement)]
