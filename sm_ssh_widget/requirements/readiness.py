"""Whether the role is ready, in one sentence: for what, for whom, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterator

from sm_ssh_widget.requirements.assess import Assessment
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import listed

NAMES_OF_USES = {"shell": "Shell", "ssh": "SSH", "endpoint": "Endpoints", "listing": "sm-ssh list"}
"""The uses as the labels of a table."""
_USES = {"shell": "a shell", "ssh": "SSH", "endpoint": "inference endpoints", "listing": "sm-ssh list"}
_NOUNS = (
    (FindingStatus.MISSING, "missing"),
    (FindingStatus.BLOCKED, "blocked"),
    (FindingStatus.UNKNOWN, "unknown"),
)
_MOST_NAMED = 3
_BROAD, _NARROW = "classic", "least-privilege"


def readiness(assessment: Assessment, selection: Selection, *, proof_failed: bool, check_is_due: bool) -> str:
    """The sentence, beginning with ``Ready:`` or ``Not ready:``, for people; programs read the status."""
    required = [finding for finding in assessment.findings if finding.required]
    if not assessment.ready or proof_failed:
        return f"Not ready: {_why_not(assessment, len(required), proof_failed=proof_failed)}."
    named = assessment.connects.who is not None or bool(selection.steps)
    whose = "" if named else " of the role"
    clauses = [f"all {len(required)} requirements{whose} are met", *_gaps(assessment, selection)]
    if not named:
        clauses.append("whether you can connect was not checked (--user ARN)")
    rest = " The check with a temporary instance has not run yet." * check_is_due
    return f"Ready: {'; '.join(clauses)}.{rest}"


def _why_not(assessment: Assessment, required: int, *, proof_failed: bool) -> str:
    counts = [(assessment.count(status), noun) for status, noun in _NOUNS]
    total = sum(number for number, _ in counts)
    clauses = ["the proof failed"] * proof_failed
    if total:
        told = ", ".join(f"{number} {noun}" for number, noun in counts if number)
        be = "is" if total == 1 else "are"
        clauses.append(f"{total} of {required} requirements {be} not met ({told})")
    elif not proof_failed:
        clauses += _of_uses(assessment, "blocked")
        if not clauses and assessment.connects.status != "ready":
            clauses.append(f"whether {assessment.connects.who} can connect is {assessment.connects.status}")
    return "; ".join(clauses) or "a request is blocked"


def lacking_calls(assessment: Assessment) -> str:
    """What uses wait for although every requirement is met, without resources, as a clause; empty if nothing."""
    found: dict[tuple[str, ...], list[str]] = {}
    for use in assessment.uses:
        if use.status == "missing" and use.lacks:
            calls = tuple(dict.fromkeys(each.partition(" on ")[0] for each in use.lacks))
            found.setdefault(_first(calls), []).append(_USES[use.use])
    return ", ".join(f"{listed(uses)} also {_needs(uses)} {listed(calls)}" for calls, uses in found.items())


def _gaps(assessment: Assessment, selection: Selection) -> Iterator[str]:
    """What the role is not ready for, although every requirement is met."""
    missing = list(_of_uses(assessment, "missing"))
    if missing and selection.baseline.name == _BROAD:
        missing[-1] += f". The {_BROAD} baseline does not grant it, {_NARROW} does"
    yield from missing
    yield from _of_uses(assessment, "unknown")


def _of_uses(assessment: Assessment, status: str) -> Iterator[str]:
    """The uses that stand so, those that lack the same together."""
    found: dict[tuple[str, ...], list[str]] = {}
    for use in assessment.uses:
        if use.status == status and use.lacks:
            found.setdefault(_first(use.lacks), []).append(_USES[use.use])
    for lacks, uses in found.items():
        if status == "unknown":
            work = "work" if _needs(uses) == "need" else "works"
            yield f"whether {listed(uses)} {work} depends on {listed(lacks)}"
        elif status == "blocked":
            yield f"{listed(lacks)} {'is' if len(lacks) == 1 else 'are'} blocked, which {listed(uses)} {_needs(uses)}"
        else:
            yield f"{listed(uses)} also {_needs(uses)} {listed(lacks)}"


def _first(lacks: tuple[str, ...]) -> tuple[str, ...]:
    return lacks if len(lacks) <= _MOST_NAMED else (*lacks[:_MOST_NAMED], f"{len(lacks) - _MOST_NAMED} more")


def _needs(uses: list[str]) -> str:
    plural = len(uses) > 1 or uses[0].endswith("endpoints")
    return "need" if plural else "needs"
