"""Screen 2: how every requirement stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from sm_ssh_widget.export import denied_reads, read_access
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.requirements.finding import Evidence, Finding, FindingStatus
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.screens.labels import BACK, FINDING, counted, marked, plain, problem
from sm_ssh_widget.wizard.screens.permission import short
from sm_ssh_widget.wizard.state import Check, WizardState
from sm_ssh_widget.wizard.view import (
    Action,
    Block,
    Code,
    Count,
    Empty,
    Fold,
    Note,
    Part,
    Row,
    Rows,
    Skeleton,
    Tally,
    Tone,
    View,
)

Say: TypeAlias = Callable[[str], str]
_ORDER = (
    FindingStatus.MISSING,
    FindingStatus.BLOCKED,
    FindingStatus.UNKNOWN,
    FindingStatus.SATISFIED_OTHERWISE,
    FindingStatus.SATISFIED,
    FindingStatus.NOT_APPLICABLE,
)
_QUIET = (FindingStatus.SATISFIED, FindingStatus.NOT_APPLICABLE)


def health(state: WizardState) -> View:
    """What is there, what is missing, what is not known."""
    report, failed = state.report, state.failed
    blocks: list[Block] = []
    if failed:
        again = (Action("check", "Check again"),) if report else ()  # else it stands below
        blocks.append(problem(failed.where, failed.said, failed.remedy, *again))
    if state.doing(Check):
        blocks.append(Skeleton("Reading the role, its policies and the Region", 5))
    elif report:
        blocks += [*_not_needed(state, report), *report_blocks(report)]
    heading, lede, icon, tone = _heading(state)
    return View(
        screen="health",
        heading=heading,
        lede=lede,
        icon=icon,
        tone=tone,
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state)),
        footnote=f"Read as {report.observation.read_as.rpartition(':')[2]}. Nothing was written." if report else "",
    )


def _heading(state: WizardState) -> tuple[str, str, str, Tone]:
    report = state.report
    if state.doing(Check):
        return "Checking the role", "This takes a few seconds. The notebook stays free.", "", ""
    if report is None:
        return "The role could not be checked", "What was entered is kept.", "", ""
    total = sum(finding.required for finding in report.findings)
    missing, blocked, unknown = (
        report.assessment.count(s) for s in (FindingStatus.MISSING, FindingStatus.BLOCKED, FindingStatus.UNKNOWN)
    )
    if report.ready:
        rest = "The check that was chosen is still to be done." if report.check_is_due else "Nothing to add."
        return "Everything is in place", f"All {counted(total, 'requirement')} are met. {rest}", "satisfied", "ok"
    if missing:
        verb = "is" if missing == 1 else "are"
        return f"{missing} of {total} requirements {verb} missing", _lede(state, blocked, unknown), "", ""
    if unknown:
        verb = "is" if unknown == 1 else "are"
        said = f"What could not be read is not called missing. {_who_can_tell(state)}"
        return f"{unknown} of {total} requirements {verb} not known", said, "", ""
    verb = "is" if blocked == 1 else "are"
    return (
        f"{blocked} of {total} requirements {verb} blocked",
        "No plan can change that; each row says who can.",
        "",
        "",
    )


def _who_can_tell(state: WizardState) -> str:
    """Who has to look for what is not known."""
    if state.face is None:
        return "Somebody who may read can tell."
    return f"`{plain(short(state.face.arn))}`, who is signed in, may not read it either."


def _lede(state: WizardState, blocked: int, unknown: int) -> str:
    parts = ["The plan shows what can be added, and what that costs."]
    parts += [f"{blocked} blocked: no plan can change that."] if blocked else []
    parts += [f"{unknown} could not be read. {_who_can_tell(state)}"] if unknown else []
    return f"Until then a job runs, and no shell reaches it. {' '.join(parts)}"


def _actions(state: WizardState) -> tuple[Action, ...]:
    report = state.report
    again = Action("check", "Check again")
    if state.doing(Check):
        return (Action("make-plan", "Make a plan", "primary", unavailable="The role is being read."),)
    if report is None:
        return _unchecked(state, again)
    plan = Action("make-plan", "Make a plan", "primary")
    if report.ready:
        return again, plan if report.check_is_due else Action("proof", "See what is next", "primary")
    unread = any(finding.status is FindingStatus.UNKNOWN and finding.required for finding in report.findings)
    if not unread:
        return again, plan
    sign_in = Action("sign-in-to-see", "Sign in to see the rest", "primary")
    if state.face is not None:
        sign_in = Action("other-identity", "Sign in as somebody else", "primary")
    some = report.assessment.count(FindingStatus.MISSING) + report.assessment.count(FindingStatus.BLOCKED)
    return (Action("make-plan", "Make a plan"), sign_in) if some else (again, sign_in)


def _unchecked(state: WizardState, again: Action) -> tuple[Action, ...]:
    """After a check that came to nothing: where it failed for want of the right credentials, the way to others."""
    if state.failed is None or state.failed.code not in ("sign-in", "refused"):
        return (replace(again, look="primary"),)
    return again, Action("sign-in-to-see", "Sign in", "primary")


# The report


def report_blocks(report: Report) -> tuple[Block, ...]:
    """A report as blocks: the tally, then three parts in the order of the catalogue."""
    region = report.target.region
    say = _naming(report)
    parts = (("role", "The role"), ("ssm", f"Systems Manager in {region}"), ("user", "Who connects"))
    blocks: list[Block] = [_tally(report)]
    if report.ready:
        blocks.append(Empty("Nothing to add", "Go on to the proof, or straight to your first job."))
    for key, title in parts:
        found = [f for f in report.findings if _part(f) == key]
        blocks += [_part_block(key, title, found, say)] if found else []
    blocks += [Note("", marked(caveat)) for caveat in report.assessment.caveats]
    blocks += [*_own_ways(report), *_read_access(report), _copy(report)]
    return tuple(blocks)


# AWS's own ways in

_WAYS: dict[str, tuple[str, str, Tone]] = {
    "available": ("satisfied", "Open", "ok"),
    "missing": ("missing", "Not open", "quiet"),
    "blocked": ("blocked", "Denied", "quiet"),
    "unknown": ("unknown", "Not known", "quiet"),
    "not-applicable": ("not-applicable", "Not here", "quiet"),
}


def _not_needed(state: WizardState, report: Report) -> tuple[Block, ...]:
    """Where one of them is open and reaches all that is wanted, that is said first."""
    if not state.choice("purpose") <= choices.NATIVE:
        return ()
    open_ = [each for each in report.alternatives if each.status == "available"]
    return tuple(Note(f"You may not need this: {each.title}.", marked(f"{each.fact} {each.remedy}")) for each in open_)


def _own_ways(report: Report) -> tuple[Block, ...]:
    """What AWS offers by itself and whether it is open to this role and user, as it was checked."""
    found = [each for each in report.alternatives if each.status != "not-applicable"]
    rows = tuple(
        Row(f"way:{each.id}", icon, each.title, word, tone, marked(each.fact), remedy=marked(each.remedy))
        for each in found
        for icon, word, tone in (_WAYS[each.status],)
    )
    aside = ", ".join(f"{row.title} ({row.word.lower()})" for row in rows)
    return (Fold("own-ways", "AWS's own ways in", (Rows("AWS's own ways in", rows),), aside),) if rows else ()


def _read_access(report: Report) -> tuple[Block, ...]:
    """What to ask an admin for, where reads were denied and nobody signs in here."""
    if not denied_reads(report.observation):
        return ()
    text = read_access(report.observation)
    return (Fold("read-access", "Ask for read access instead", (Code("Request", text, file="read-access.md"),)),)


def _part(finding: Finding) -> str:
    subject = finding.id.partition(".")[0]
    return "role" if subject == "trust" else subject


def _tally(report: Report) -> Tally:
    items = []
    for status in _ORDER:
        number = sum(finding.status is status and not _left(finding) for finding in report.findings)
        icon, tone = FINDING[status]
        if number:
            items.append(Count(f"{number} {status.word.lower()}", icon=icon, tone=tone))
    if left := sum(map(_left, report.findings)):
        items.append(Count(f"{left} optional", icon="optional", tone="quiet"))
    return Tally(tuple(items))


def _naming(report: Report) -> Say:
    """Says the two identities of the report by what they are: their ARNs stand above and below."""
    names = {report.observation.read_as: "the identity that reads here", str(report.target.role): "this role"}
    names |= {f": --{flag}": " on the first screen" for flag in ("user ARN", "role ARN", "region NAME")}

    def say(text: str) -> str:
        for arn, name in names.items():
            text = text.replace(arn, name) if arn else text
        return marked(text)

    return say


def _part_block(key: str, title: str, found: list[Finding], say: Say) -> Part:
    loud = [finding for finding in found if finding.status not in _QUIET and not _left(finding)]
    blocks: list[Block] = [Rows(title, tuple(row(each, say) for each in loud))] if loud else []
    for status, noun in ((FindingStatus.SATISFIED, "satisfied"), (FindingStatus.NOT_APPLICABLE, "not applicable")):
        quiet = [finding for finding in found if finding.status is status]
        blocks += _folded(f"{key}:{status.value}", title, noun, quiet, say)
    blocks += _folded(f"{key}:optional", title, "optional, not chosen", [each for each in found if _left(each)], say)
    missing = sum(finding.status is FindingStatus.MISSING and finding.required for finding in found)
    aside = f"{missing} of {len(found)} missing" if missing else ""
    return Part(key, title, tuple(blocks), aside)


def _folded(name: str, part: str, noun: str, found: list[Finding], say: Say) -> tuple[Fold, ...]:
    """Rows that need nobody's attention, behind a fold that names them."""
    if not found:
        return ()
    icon, tone = _marks(found[0])
    names = ", ".join(finding.title for finding in found)
    rows = Rows(f"{part}: {noun}", tuple(row(each, say) for each in found))
    return (Fold(name, f"{len(found)} {noun}", (rows,), names, icon, tone),)


def _left(finding: Finding) -> bool:
    """Whether it is optional, was not chosen, and is not there."""
    return not finding.required and not finding.status.ready


def _marks(finding: Finding) -> tuple[str, Tone]:
    return ("optional", "quiet") if _left(finding) else FINDING[finding.status]


def row(finding: Finding, say: Say = marked) -> Row:
    """One requirement."""
    icon, tone = _marks(finding)
    return Row(
        id=finding.id,
        icon=icon,
        title=finding.title,
        word=finding.status.word,
        tone=tone,
        fact=say(finding.fact),
        consequence=say(finding.consequence),
        remedy=say(finding.remedy),
        evidence=tuple(map(_evidence, finding.evidence)),
    )


def _evidence(evidence: Evidence) -> str:
    at = f", statement {evidence.statement}" if evidence.statement else ""
    return marked(f"{evidence.policy}{at} ({evidence.layer})")


def _copy(report: Report) -> Fold:
    lines = [f"{f.status.word:16} {f.id:28} {f.fact}" for f in report.findings]
    head = [
        f"Role    {report.target.role}",
        f"Region  {report.target.region}",
        f"Read as {report.observation.read_as}",
        "",
    ]
    code = Code("Report", "\n".join([*head, *lines]), file="report.txt")
    return Fold("report", "The report as text", (code,))
