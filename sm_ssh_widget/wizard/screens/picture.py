"""Who trusts whom, in one picture: from the person to the node in the job, and from SageMaker to the role. Pure.

Five nodes, four edges and three facets stand for the requirements; each is drawn by the worst of its findings, or by
what a plan adds, and leads to the row that tells more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.wizard.leaf_blocks import Picture, PictureEdge, PictureNode

State: TypeAlias = Literal["ok", "new", "missing", "blocked", "unknown"]


@dataclass(frozen=True)
class Line:
    """An edge or a facet: its word, its sentence, and the findings that it stands for."""

    label: str
    sentence: str
    findings: tuple[str, ...]
    forward: bool = False
    at: int = 0


EDGES = (
    Line("connect", "You can connect to the node", ("user.permissions", "user.capabilities"), forward=True),
    Line(
        "agent online",
        "The agent in the job reaches Session Manager",
        ("role.managed-instance-core", "role.capabilities", "network.endpoints"),
    ),
    Line("identity", "Systems Manager can use the role", ("trust.ssm",)),
    Line("runs as", "SageMaker can use the role", ("trust.sagemaker",)),
)
FACETS = (
    Line("Tier", "Session Manager accepts sessions to hybrid nodes", ("ssm.tier",), at=1),
    Line(
        "Registers",
        "The job can register itself as a node",
        ("role.sagemaker-ssm-policy", "role.registrable", "role.capabilities"),
        at=2,
    ),
    Line("Logs", "The role can keep the logs of the job", ("role.cloudwatch-logs",), at=3),
)
_WORST = (FindingStatus.BLOCKED, FindingStatus.MISSING, FindingStatus.UNKNOWN, FindingStatus.NOT_APPLICABLE)
_STATES: Mapping[FindingStatus, State] = {
    FindingStatus.BLOCKED: "blocked",
    FindingStatus.MISSING: "missing",
    FindingStatus.UNKNOWN: "unknown",
    FindingStatus.NOT_APPLICABLE: "unknown",
}
_ALOUD = {
    "ok": "in place",
    "new": "added by this plan",
    "missing": "missing",
    "blocked": "blocked",
    "unknown": "not known",
}


def picture(report: Report, plan: Plan | None = None) -> Picture:
    """The picture of a report; with a plan, of what it would be afterwards."""
    findings = {finding.id: finding for finding in report.findings}
    added = frozenset(change.finding for change in plan.changes) if plan else frozenset[str]()
    user = report.target.user
    nodes = (
        PictureNode("person", "You", user.name if user else "not specified"),
        PictureNode("terminal", "Session Manager", report.target.region),
        PictureNode("cube", "Node in the job", "mi-…"),
        PictureNode("key", "This role", "execution role"),
        PictureNode("share", "SageMaker", "starts the job"),
    )
    drawn = (_drawn(line, findings, added) for line in EDGES)
    facets = (_drawn(line, findings, added) for line in FACETS if any(each in findings for each in line.findings))
    return Picture("Who trusts whom", nodes, tuple(drawn), tuple(facets))


def _drawn(line: Line, findings: Mapping[str, Finding], added: frozenset[str]) -> PictureEdge:
    found = [findings[name] for name in line.findings if name in findings]
    worst = next((each for status in _WORST for each in found if each.status is status), found[0] if found else None)
    state = _state(worst, added)
    aloud = f"{line.label}: {line.sentence}, {_ALOUD[state]}"
    return PictureEdge(line.label, aloud, state, worst.id if worst else "", line.forward, line.at)


def _state(finding: Finding | None, added: frozenset[str]) -> State:
    if finding is None:
        return "unknown"
    if finding.id in added:
        return "new"
    return _STATES.get(finding.status, "ok")
