"""Text view of a report: target, findings, alternatives and readiness. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from sm_ssh_widget.cli.output import grid, words
from sm_ssh_widget.cli.people_view import alternatives_view, owner_view
from sm_ssh_widget.requirements.catalogue import LEFTOVERS
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.readiness import NAMES_OF_USES
from sm_ssh_widget.requirements.uses import Connects, UseOf

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import Report

MARKS = {
    FindingStatus.SATISFIED: ("✔", "green"),
    FindingStatus.SATISFIED_OTHERWISE: ("✔", "green"),
    FindingStatus.MISSING: ("✖", "red"),
    FindingStatus.BLOCKED: ("⊘", "magenta"),
    FindingStatus.UNKNOWN: ("?", "yellow"),
    FindingStatus.NOT_APPLICABLE: ("–", "dim"),
}
STANDING_MARKS = {
    "ready": ("✔", "green"),
    "missing": ("✖", "red"),
    "blocked": ("⊘", "magenta"),
    "unknown": ("?", "yellow"),
    "not-asked": ("–", "dim"),
}
_TOLD = (FindingStatus.MISSING, FindingStatus.BLOCKED)
_GOOD = (FindingStatus.SATISFIED, FindingStatus.SATISFIED_OTHERWISE)
_OPTION_OF = {
    "user.owner-guard": "owner-guard",
    "ssm.host-management": "default-host-management",
    LEFTOVERS.id: "remove-leftovers",
}


def report_view(report: Report, *, verbose: bool = False) -> RenderableType:
    """Render the whole report, except the next command."""
    parts: list[RenderableType] = [target_view(_target(report), report.observation.read_as, report.endpoint), words("")]
    parts += _findings(report.findings, verbose)
    if report.assessment.caveats:
        parts += [words(""), words("Limits of this check", "bold")]
        parts += [grid((words("  ·"), words(caveat))) for caveat in report.assessment.caveats]
    if report.proof is not None and report.proof.status != "not-asked":
        parts += [words(""), _proof(report.proof.status, report.proof.reason)]
    if report.failed_proof:
        parts += [words(""), _proof("failed", report.failed_proof)]
    if verbose:
        parts += [words(""), owner_view(report.owner), words(""), alternatives_view(report.alternatives)]
    elif any(each.status == "available" for each in report.alternatives):
        titles = " and ".join(each.title.lower() for each in report.alternatives if each.status == "available")
        parts += [
            words(""),
            words(f"You may not need SSH Helper. Already available: {titles}. Details: --verbose", "dim"),
        ]
    if report.uses:
        parts += [words(""), uses_view(report.uses, report.assessment.connects)]
    parts += [words(""), verdict(report)]
    return Group(*parts)


def target_view(target: Mapping[str, Any], read_as: str = "", endpoint: str = "") -> RenderableType:
    """Render the target with the source of each value, the reading identity, and a custom endpoint."""
    sources = target.get("sources", {})  # a plan has none: it does not depend on how its target was found
    rows = [
        _row("Role", target["role"], sources.get("role")),
        _row("Account", target["account"], sources.get("account")),
        _row("Region", target["region"], sources.get("region")),
        _row("Who connects", target["user"] or "not specified", sources.get("user")),
    ]
    if read_as:
        rows.append(_row("Read as", read_as, None))
    if endpoint:
        rows.append((words("Endpoint", "bold"), words(f"{endpoint} (custom, not an AWS endpoint)", "yellow")))
    return grid(*rows)


def _row(name: str, value: str, source: str | None) -> tuple[Text, Text]:
    text = words(value)
    return words(name, "bold"), text.append_text(words(f"  ({source})", "dim")) if source else text


def _target(report: Report) -> Mapping[str, Any]:
    target: Mapping[str, Any] = report.to_json()["target"]
    return target


def _findings(findings: Sequence[Finding], verbose: bool) -> Iterator[RenderableType]:
    required = [finding for finding in findings if finding.required]
    good = [finding for finding in required if finding.status in _GOOD and not finding.remedy]  # nothing to add
    shown = required if verbose else [finding for finding in required if finding not in good]
    for finding, following in zip_longest(shown, shown[1:]):
        repeated = following is not None and finding.remedy == following.remedy  # shown once, below the last of them
        yield finding_view(finding, remedy="" if repeated else finding.remedy, verbose=verbose)
    if good and not verbose:
        mark = Text("✔ ", "green").append(f"{len(good)} satisfied", "bold")
        yield grid((mark, words(", ".join(map(_short, good)))))
    others = [finding for finding in findings if not finding.required]
    told = [each for each in others if _is_told(each) and (verbose or each.status in _TOLD)]
    for finding in told:
        yield finding_view(finding, remedy=finding.remedy, verbose=verbose)
    optional = [each for each in others if each.id in _OPTION_OF and not _is_told(each)]
    if optional:
        yield grid((words("– Optional, not chosen", "dim"), words(", ".join(map(_choice, optional)), "dim")))
    unread = [each for each in others if each not in told and each.status is FindingStatus.UNKNOWN and _is_told(each)]
    if unread:
        said = ", ".join(f"{each.title} ({each.id}): unknown" for each in unread)
        yield grid((words("– Not required", "dim"), words(f"{said}. Details: --verbose", "dim")))


def _is_told(finding: Finding) -> bool:
    """Return whether something is said of it without being asked for: what no option chooses, and leftovers."""
    return finding.id == LEFTOVERS.id or finding.id not in _OPTION_OF


def _short(finding: Finding) -> str:
    return f"{finding.id} (held another way)" if finding.status is FindingStatus.SATISFIED_OTHERWISE else finding.id


def _choice(finding: Finding) -> str:
    return f"{finding.title} (--option {_OPTION_OF[finding.id]}): {finding.status.word.lower()}"


def finding_view(finding: Finding, *, remedy: str, verbose: bool = False) -> RenderableType:
    """Render a finding: status and title, then fact, consequence and remedy."""
    mark, style = MARKS[finding.status]
    head = Text.assemble((f"{mark} {finding.status.word}", f"bold {style}"), "  ", (finding.title, "bold"))
    head.append(f"  {finding.id} · step {finding.step}", "dim")
    said = " ".join(part for part in (finding.fact, finding.consequence) if part)
    rows = [(words(" "), words(said))]
    if remedy:
        rows.append((words(" "), words(f"→ {remedy}")))
    if verbose:
        rows += [
            (words(" "), words(f"{item.policy} {item.statement} ({item.layer})", "dim")) for item in finding.evidence
        ]
    return Group(head, grid(*rows))


def _proof(status: str, reason: str) -> RenderableType:
    mark = {"proved": ("✔ Proved", "green"), "failed": ("✖ Failed", "red")}.get(status, ("? Not available", "yellow"))
    text = Text("Proof (real activation): ", "bold").append(mark[0], f"bold {mark[1]}")
    return Group(text, grid((words(" "), words(reason)))) if reason else text


def verdict(report: Report) -> Text:
    """Render the last line: ready for what and for whom, or the requirements that are not met."""
    head, colon, rest = report.readiness.partition(":")
    mark, style = ("✔ ", "bold green") if report.ready else ("", "bold")
    return Text(f"{mark}{head}{colon}", style).append(rest, "default" if report.ready else "not bold")


def uses_view(uses: Sequence[UseOf], connects: Connects) -> RenderableType:
    """Render one line for each use that the role is ready for, and one for the person who connects."""
    rows = [(words(f"  {NAMES_OF_USES[use.use]}"), _standing(use.status, use.lacks)) for use in uses]
    who = connects.who or "not specified (--user ARN)"
    return Group(words("Ready for", "bold"), grid(*rows, (words("  Who connects"), _standing(connects.status, (who,)))))


def _standing(status: str, told: Sequence[str]) -> Text:
    mark, style = STANDING_MARKS[status]
    some = ", ".join(told if len(told) <= 3 else [*told[:3], f"{len(told) - 3} more"])
    return Text(f"{mark} {status.replace('-', ' ')}", style).append(f"  {some}" if some else "", "dim")
