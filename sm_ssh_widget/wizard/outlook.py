"""What a plan comes to: whether the role is ready afterwards, and if not, why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sm_ssh_widget.changes.plan import Plan, Refusal
from sm_ssh_widget.requirements.finding import Finding, FindingStatus

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report


@dataclass(frozen=True)
class Outlook:
    """``ready`` is ``None`` where something required could not be read; ``why`` says it in a few words.

    ``left_out`` are required findings that are offered and not selected; ``refused`` is what cannot be planned.
    """

    ready: bool | None
    why: str
    refused: tuple[Refusal, ...]
    left_out: tuple[str, ...]
    unread: int


def outlook(report: Report, everything: Plan, chosen: Plan) -> Outlook:
    """Judge a plan by what is required, and by what of it is left out, refused or unread."""
    required = [finding for finding in report.findings if finding.required]
    open_ = [finding for finding in required if not finding.status.ready]
    changed = {change.finding for change in chosen.changes}
    offered = {change.finding for change in everything.changes}
    refused = tuple(dict.fromkeys((*everything.refused, *chosen.refused)))
    refused = tuple(each for each in refused if not _is_unread(each, open_))
    left_out = tuple(finding.id for finding in open_ if finding.id in offered - changed)
    unread = sum(finding.status is FindingStatus.UNKNOWN for finding in open_)
    ready = not refused and not left_out and all(finding.id in changed for finding in open_)
    known: bool | None = None if unread and not refused and not left_out else ready
    return Outlook(known, _why(report, known, refused, left_out, unread), refused, left_out, unread)


def _is_unread(refused: Refusal, open_: list[Finding]) -> bool:
    """Return whether it is refused only because it could not be read; those are counted, not named."""
    return any(each.id == refused.finding and each.status is FindingStatus.UNKNOWN for each in open_)


def _why(
    report: Report, ready: bool | None, refused: tuple[Refusal, ...], left_out: tuple[str, ...], unread: int
) -> str:
    if refused:
        return f"{len(refused)} {'change is' if len(refused) == 1 else 'changes are'} refused"
    if left_out:
        return "the tier is left out" if left_out == ("ssm.tier",) else f"{len(left_out)} left out"
    if ready is None:
        return f"{unread} could not be read"
    if not ready:
        return "something required stays open"
    user = report.target.user
    return f"{user.name} included" if user else "who connects was not checked"
