"""The largest words of a report, by one formula for every mixture: what is blocked, missing, not read, not asked.

Counted is what is required and was judged. What is optional, and what was not asked, is named in the line below, never
counted; the parts of that line add up to the whole. A row is *not asked* where the person who connects was not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.requirements.assess import NAME_THE_USER
from sm_ssh_widget.requirements.baselines import CLASSIC, is_offered
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.readiness import lacking_calls
from sm_ssh_widget.wizard.controls import Tone
from sm_ssh_widget.wizard.screens.labels import counted

NOT_CHECKED = "Whether you may connect was not checked"


@dataclass(frozen=True)
class FindingCounts:
    """How many of the required requirements stand how; ``not_asked`` and ``optional`` are beside ``total``.

    ``optional`` is what an option offers.
    """

    met: int = 0
    missing: int = 0
    blocked: int = 0
    unread: int = 0
    not_asked: int = 0
    optional: int = 0

    @property
    def total(self) -> int:
        """What is required and was judged."""
        return self.met + self.missing + self.blocked + self.unread

    @property
    def open(self) -> int:
        """What is required and not met."""
        return self.total - self.met


@dataclass(frozen=True)
class Headline:
    """A heading, the line below it, and the icon and tone that stand before it."""

    text: str
    line: str
    icon: str = ""
    tone: Tone = ""


def is_not_asked(finding: Finding) -> bool:
    """Return whether it was not checked because no person was specified."""
    return finding.status is FindingStatus.NOT_APPLICABLE and finding.reason == NAME_THE_USER


def count(findings: Iterable[Finding]) -> FindingCounts:
    """Count findings. What does not apply, for another reason than a missing name, is counted nowhere."""
    number = dict.fromkeys(("met", "missing", "blocked", "unread", "not_asked", "optional"), 0)
    for finding in findings:
        kind = _kind(finding)
        if kind:
            number[kind] += 1
    return FindingCounts(**number)


def _kind(finding: Finding) -> str:
    if not finding.required:
        open_ = not finding.status.ready or is_not_asked(finding)
        return "optional" if is_offered(finding.id) and open_ else ""
    match finding.status:
        case FindingStatus.SATISFIED | FindingStatus.SATISFIED_OTHERWISE:
            return "met"
        case FindingStatus.MISSING:
            return "missing"
        case FindingStatus.BLOCKED:
            return "blocked"
        case FindingStatus.UNKNOWN:
            return "unread"
        case FindingStatus.NOT_APPLICABLE:
            return "not_asked" if is_not_asked(finding) else ""


def headline(report: Report) -> Headline:
    """The answer that a report gives."""
    counts = count(report.findings)
    if counts.blocked:
        return Headline(_blocked(report, counts.blocked), parts(counts), "blocked", "bad")
    if counts.missing:
        return Headline(_not_met(counts), parts(counts))
    if counts.unread:
        return Headline(f"{counts.unread} of {counts.total} could not be read", parts(counts), "unknown", "quiet")
    if not report.ready:
        return _not_ready(report, counts)
    due = " The check with a temporary instance has not run yet." if report.check_is_due else ""
    gap = lacking_calls(report.assessment)
    also = f"; {gap}" if gap else ""
    beside = f"{_offer(report)}{_optional(counts)}{due}"
    if counts.not_asked:
        line = f"All {counted(counts.total, 'requirement')} of the role are met.{beside}"
        return Headline(f"The role is ready{also}. {NOT_CHECKED}", line, "satisfied", "ok")
    return Headline(f"Ready: all {counts.total} are met{also}", f"{for_whom(report)}{beside}", "satisfied", "ok")


def _offer(report: Report) -> str:
    """The baseline that grants what the chosen one does not, where something is lacking."""
    if report.selection.baseline.name != CLASSIC.name or not lacking_calls(report.assessment):
        return ""
    return " The least-privilege baseline grants it."


def _not_ready(report: Report, counts: FindingCounts) -> Headline:
    """Every requirement is met, and still something is known that stops the connection."""
    if report.proof_failed:
        return Headline("Not ready: the proof failed", f"All {counts.total} requirements are met.", "failed", "bad")
    line = f"All {counts.total} requirements are met, but {report.readiness.removeprefix('Not ready: ')}"
    if report.assessment.denied:
        return Headline("SSH is not possible with this role: a request is blocked", line, "blocked", "bad")
    user = report.target.user
    who = user.name if user else "the person who connects"
    match report.assessment.connects.status:
        case "blocked":
            return Headline(f"SSH is not possible for {who}", line, "blocked", "bad")
        case "missing":
            return Headline(f"Not ready: {who} cannot connect yet", line)
        case _:
            return Headline(f"Whether {who} can connect is not known", line, "unknown", "quiet")


def for_whom(report: Report) -> str:
    """For whom the role is ready, in a sentence."""
    user = report.target.user
    return f"{user.name} can connect." if user else "The role is ready for SSH."


def _blocked(report: Report, number: int) -> str:
    """Where only the person is blocked, the role is not said to be."""
    found = [finding for finding in report.findings if finding.required and finding.status is FindingStatus.BLOCKED]
    user = report.target.user
    of_user = user is not None and all(finding.id.startswith("user.") for finding in found)
    whose = f"for {user.name}" if of_user and user else "with this role"
    return f"SSH is not possible {whose}: {number} {'is' if number == 1 else 'are'} blocked"


def _not_met(counts: FindingCounts) -> str:
    told = [f"{counts.missing} missing"]
    told += [f"{counts.unread} could not be read"] if counts.unread else []
    verb = "is" if counts.open == 1 else "are"
    return f"{counts.open} of {counts.total} {verb} not met: {', '.join(told)}"


def parts(counts: FindingCounts) -> str:
    """Every part of the whole, so that they add up, and what stands beside it."""
    told = list(_told(counts))
    whole = f"Of {counts.total}: {', '.join(told)}." if len(told) > 1 else ""
    asked = f" {NOT_CHECKED}." if counts.not_asked else ""
    return f"{whole}{asked}{_optional(counts)}".strip()


def _told(counts: FindingCounts) -> Iterator[str]:
    named = (
        (counts.blocked, "blocked"),
        (counts.missing, "missing"),
        (counts.unread, "could not be read"),
        (counts.met, "in place"),
    )
    return (f"{number} {words}" for number, words in named if number)


def _optional(counts: FindingCounts) -> str:
    if not counts.optional:
        return ""
    return f" {counts.optional} optional {'is' if counts.optional == 1 else 'are'} not chosen."
