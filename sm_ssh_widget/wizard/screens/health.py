"""Screen 2: how every requirement stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from sm_ssh_widget.export import NETWORK_FORMATS, denied_reads, network_text, read_access
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.baselines import is_offered
from sm_ssh_widget.requirements.catalogue import TIER
from sm_ssh_widget.requirements.finding import Evidence, Finding, FindingStatus
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.blocks import Band, Block, Fold, Part, Row, Rows
from sm_ssh_widget.wizard.controls import Action, Tone
from sm_ssh_widget.wizard.effects import Check
from sm_ssh_widget.wizard.leaf_blocks import CodeListing
from sm_ssh_widget.wizard.screens import links
from sm_ssh_widget.wizard.screens.headlines import FindingCounts, count, headline, is_not_asked
from sm_ssh_widget.wizard.screens.labels import BACK, CHECK_AGAIN, FINDING, SWITCHES, counted, marked, problem, short
from sm_ssh_widget.wizard.screens.picture import picture
from sm_ssh_widget.wizard.screens.progress import reading
from sm_ssh_widget.wizard.screens.uses import ready_for
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

Say: TypeAlias = Callable[[str], str]
SIGN_IN = Action("sign-in-to-see", "Sign in to see the rest", "primary")
OTHER_ROLE = Action("other-role", "Use another role", "primary")
MAKE_PLAN = Action("make-plan", "Make a plan", "primary")
_OTHERS_CAN = "Sign in as an identity that is allowed"
"""How a remedy begins where another identity could read what was denied."""

NAME_THEM = Action("name-user", "Specify who connects", "link")


def health(state: WizardState) -> View:
    """What is in place, what is missing, what is not known."""
    report, failed = state.report, state.failed
    blocks: list[Block] = []
    if failed:
        blocks.append(problem(failed.where, failed.said, failed.remedy))
    if state.doing(Check):
        return _checking(state)
    if report is None:
        return _unchecked(state, blocks)
    told = headline(report)
    blocks += [picture(report), *_not_needed(state, report), *_bands(state, report), *report_blocks(state, report)]
    return View(
        screen="health",
        heading=told.text,
        lede=told.line,
        icon=told.icon,
        tone=told.tone,
        steps=(),
        blocks=tuple(blocks),
        actions=(_back(state), *_actions(state, report)),
        again=CHECK_AGAIN,
        footnote=f"Read as {_reader(report)}. Nothing was written.",
    )


def _back(state: WizardState) -> Action:
    """The button that leads back: to all roles where this one was opened from there."""
    return replace(BACK, label="Back to the fleet") if state.fleet and state.fleet.alone else BACK


def _reader(report: Report) -> str:
    """The identity that read, in a word where it is the role itself: its session's name is long."""
    role, read_as = report.target.role.name, short(report.observation.read_as)
    return "this role" if read_as.partition("/")[0] == role else f"`{read_as}`"


def _checking(state: WizardState) -> View:
    waiting = replace(MAKE_PLAN, unavailable="The role is being read.")
    lede = "The notebook stays free. Nothing is written."
    return View("health", "Checking the role", (), reading(state), (_back(state), waiting), lede)


def _unchecked(state: WizardState, blocks: list[Block]) -> View:
    """After a check that came to nothing: where credentials were the reason, the way to others."""
    failed = state.failed
    actions: tuple[Action, ...] = (Action("check", "Check again", "primary"),)
    if failed and failed.code in ("sign-in", "refused"):
        actions = (Action("check", "Check again"), Action("sign-in-to-see", "Sign in", "primary"))
    lede = "What you entered is kept."
    return View(
        "health",
        "The role could not be checked",
        (),
        tuple(blocks),
        (_back(state), *actions),
        lede,
        icon="failed",
        tone="bad",
    )


def _actions(state: WizardState, report: Report) -> tuple[Action, ...]:
    """The button that leads to *ready* is the primary one; see the table in the style guide of the screens."""
    counts = count(report.findings)
    hand_over = (Action("hand-over", "Hand over to an admin"),) if state.setting.formats and counts.missing else ()
    if counts.blocked:
        plan = (replace(MAKE_PLAN, look="second"),) if counts.missing else ()
        return *plan, OTHER_ROLE
    if counts.unread:
        sign_in = replace(SIGN_IN, label="Sign in to see the rest")
        if state.face is not None:
            sign_in = Action("other-identity", "Sign in as another identity", "primary")
        mostly = counts.unread > counts.missing
        beside = hand_over if mostly else ()
        return *beside, *((replace(MAKE_PLAN, look="second"),) if counts.missing else ()), sign_in
    if report.ready:
        return (MAKE_PLAN if report.check_is_due else Action("proof", "Continue to the proof", "primary"),)
    return (MAKE_PLAN,)


# What is said before the rows


def _bands(state: WizardState, report: Report) -> tuple[Block, ...]:
    counts = count(report.findings)
    blocks: list[Block] = []
    if counts.blocked:
        blocks.append(_possible(report))
    if counts.unread:
        blocks += _unread(state, report, counts)
    return tuple(blocks)


def _possible(report: Report) -> Band:
    """What would make it possible, in the words of the findings that are blocked."""
    say = naming(report)
    found = [each for each in report.findings if each.required and each.status is FindingStatus.BLOCKED]
    remedies = dict.fromkeys(say(each.remedy) for each in found if each.remedy)
    barred = dict.fromkeys(say(f"{each.title}: {each.reason}.") for each in found if each.reason)
    text = " ".join((*barred, *remedies, "No plan can change what is blocked."))
    return Band("blocked", "What would make it possible.", text, "bad", "blocked")


def _unread(state: WizardState, report: Report, counts: FindingCounts) -> tuple[Block, ...]:
    """What could not be read, whether that is usual, and each way on with what it costs."""
    who = f"`{short(report.observation.read_as)}`" if state.face else "This role"
    usual = "" if state.face else "That is usual in Studio, and it does not mean that anything is missing."
    lead = f"{who} cannot read {counts.unread} of {counts.total} requirements."
    band = Band("unread", lead, usual, "quiet", "unknown")
    rows = tuple(_ways_on(state, report, counts))
    number = {2: "Two", 3: "Three"}.get(len(rows), "More than one")
    ways = (Part("ways-on", f"{number} ways on", (Rows("Ways on", rows),)),) if len(rows) > 1 else ()
    return band, *ways


def _ways_on(state: WizardState, report: Report, counts: FindingCounts) -> Iterator[Row]:
    account = report.target.account
    title = "Sign in as another identity" if state.face else "Sign in to see the rest"
    text = f"With any identity of account {account} that can read IAM. Nothing is written."
    yield Row("way-on:sign-in", "lock", title, "1 minute", "quiet", text)
    if state.setting.formats:
        ask = Action("request-all", "Request all that may be missing", "link")
        text = "A ticket for your admin. Its script reads before it writes, and leaves alone what is there."
        number = counts.missing + counts.unread
        title = f"Hand over {f'all {number}' if number > 1 else 'it'} to an admin, if missing"
        yield Row("way-on:request", "copy", title, "no permissions needed", "quiet", text, actions=(ask,))
    if reads := _denied(report):
        text = read_access(report.observation)
        copy = Action("copy-read-access", "Copy the request for read access", "link", "copy", copies=text)
        yield Row(
            "way-on:read-access",
            "search",
            "Ask for read access",
            counted(len(reads), "call"),
            "quiet",
            "So that this role can check itself from now on.",
            actions=(copy,),
        )


def _denied(report: Report) -> tuple[str, ...]:
    return tuple(denied_reads(report.observation))


def _not_needed(state: WizardState, report: Report) -> tuple[Block, ...]:
    """Where one of AWS's own alternatives is open and reaches all that is wanted, that is said first."""
    if not state.choice("purpose") <= choices.NATIVE:
        return ()
    open_ = [each for each in report.alternatives if each.status == "available"]
    return tuple(
        Band(f"native:{each.id}", f"You may not need SSH Helper: {each.title}.", marked(f"{each.fact} {each.remedy}"))
        for each in open_
    )


# The report


def report_blocks(state: WizardState, report: Report) -> tuple[Block, ...]:
    """A report as blocks: the rows in groups by status, then what is optional, its limits, and the alternatives."""
    say = naming(report)
    lines = [_Line(state, report, say, finding) for finding in report.findings]
    blocks: list[Block] = [
        *_group(lines, "blocked", "blocked", lambda f: f.status is FindingStatus.BLOCKED),
        *_group(lines, "missing", "missing", lambda f: f.status is FindingStatus.MISSING),
        *_group(lines, "unread", "could not be read", lambda f: f.status is FindingStatus.UNKNOWN),
        *_group(lines, "not-asked", "not checked", is_not_asked),
        *_group(lines, "met", "in place", lambda f: f.required and _is_in_place(f)),
    ]
    more = [each for each in lines if not each.finding.required and _is_in_place(each.finding)]
    blocks += _fold("more", f"{len(more)} more in place, not required", more, "satisfied") if more else []
    blocks += _not_required([each for each in lines if _left(each.finding)])
    blocks += [*ready_for(report), *_limits(report), *_own_ways(report), *_network(report), *_read_access(report)]
    blocks.append(_copy(report))
    return tuple(blocks)


def _not_required(lines: list[_Line]) -> Iterator[Block]:
    """What decides on shells only, open; what an option offers, and what was not checked, folded."""
    shells = [each for each in lines if _is_for_shells(each.finding)]
    if shells:
        title = f"{len(shells)} for shell sessions only"
        yield Part("shell-only", title, (Rows(title, tuple(each.row() for each in shells)),))
    offered = [each for each in lines if is_offered(each.finding.id)]
    if offered:
        yield from _fold("optional", f"{len(offered)} optional, not chosen", offered, "optional")
    others = [each for each in lines if each not in shells and each not in offered]
    if others:
        yield from _fold("not-required", f"{len(others)} not required, not known", others, "optional")


def _is_in_place(finding: Finding) -> bool:
    return finding.status.ready and not is_not_asked(finding)


def _left(finding: Finding) -> bool:
    """Whether it is optional, was not chosen, and is not in place."""
    return not finding.required and (not finding.status.ready or is_not_asked(finding))


def _is_for_shells(finding: Finding) -> bool:
    """Return whether it is known to be in the way of shell sessions, and of nothing else."""
    found = finding.status in (FindingStatus.MISSING, FindingStatus.BLOCKED)
    return found and not finding.required and not is_offered(finding.id)


def _group(lines: list[_Line], name: str, noun: str, wanted: Callable[[Finding], bool]) -> tuple[Part, ...]:
    found = [each for each in lines if not _left(each.finding) and wanted(each.finding)]
    title = f"{len(found)} {noun}"
    rows = Rows(title, tuple(each.row() for each in found))
    return (Part(name, title, (rows,)),) if found else ()


def _fold(name: str, summary: str, lines: list[_Line], icon: str) -> tuple[Fold, ...]:
    rows = Rows(summary, tuple(each.row() for each in lines))
    return (Fold(name, summary, (rows,), ", ".join(each.name for each in lines), icon, "quiet"),)


class _Line:
    """One requirement of a report, as a row."""

    def __init__(self, state: WizardState, report: Report, say: Say, finding: Finding) -> None:
        self._simulated, self._report, self._say, self.finding = state.setting.simulated, report, say, finding
        names = {requirement.id: requirement.title for requirement in report.selection.requirements}
        self.name = names.get(finding.id, finding.title)

    def row(self) -> Row:
        """Icon, title and status word; below them the requirement's own name and the fact, then what to do."""
        finding, say = self.finding, self._say
        icon, tone = _marks(finding)
        own = f"{self.name}. " if self.name != finding.title else ""
        met = finding.status.ready and not is_not_asked(finding)
        return Row(
            id=finding.id,
            icon=icon,
            title=finding.title,
            word=finding.status.word,
            tone=tone,
            fact=say(f"{own}{finding.fact}"),
            consequence="" if met or own else say(finding.consequence),
            remedy="" if self._is_told_above() else say(finding.remedy),
            evidence=tuple(map(_evidence, finding.evidence)),
            actions=self._actions(),
        )

    def _actions(self) -> tuple[Action, ...]:
        finding, target = self.finding, self._report.target
        if is_not_asked(finding):
            return (replace(NAME_THEM, id=f"name-user:{finding.id}"),)
        if self._simulated or finding.status.ready:
            return ()
        match finding.id.partition(".")[0]:
            case "trust" | "role":
                return links.role_in_console(target.role, finding.id)
            case "user" if target.user:
                return links.role_in_console(target.user, finding.id)
            case "ssm" if finding.id == TIER.id:
                return links.tier_in_console(target.role.partition, target.region)
        return ()

    def _is_told_above(self) -> bool:
        """Whether the band above the rows says what to do: about what is blocked, and about reads that were denied."""
        finding = self.finding
        denied = finding.status is FindingStatus.UNKNOWN and finding.remedy.startswith(_OTHERS_CAN)
        return finding.status is FindingStatus.BLOCKED or denied


def _marks(finding: Finding) -> tuple[str, Tone]:
    if is_not_asked(finding) and finding.required:
        return "unknown", "quiet"
    aside = _left(finding) and not _is_for_shells(finding)
    return ("optional", "quiet") if aside else FINDING[finding.status]


def _evidence(evidence: Evidence) -> str:
    at = f", statement {evidence.statement}" if evidence.statement else ""
    return marked(f"{evidence.policy}{at} ({evidence.layer})")


def _limits(report: Report) -> tuple[Fold, ...]:
    """What limits the check as a whole."""
    caveats = report.assessment.caveats
    if not caveats:
        return ()
    rows = tuple(Row(f"limit:{n}", "info", marked(each), "", "quiet") for n, each in enumerate(caveats))
    return (Fold("limits", "Limits of this check", (Rows("Limits of this check", rows),), str(len(rows)), "info"),)


_WAYS: dict[str, tuple[str, str, Tone]] = {
    "available": ("satisfied", "Open", "ok"),
    "missing": ("missing", "Not open", "quiet"),
    "blocked": ("blocked", "Denied", "quiet"),
    "unknown": ("unknown", "Not known", "quiet"),
    "not-applicable": ("not-applicable", "Not here", "quiet"),
}
_NATIVE = "You may not need SSH Helper"


def _own_ways(report: Report) -> tuple[Block, ...]:
    """What AWS offers by itself and whether it is open to this role and user, as it was checked."""
    found = [each for each in report.alternatives if each.status != "not-applicable"]
    rows = tuple(
        Row(f"way:{each.id}", icon, each.title, word, tone, marked(each.fact), remedy=marked(each.remedy))
        for each in found
        for icon, word, tone in (_WAYS[each.status],)
    )
    aside = ", ".join(f"{row.title} ({row.word.lower()})" for row in rows)
    return (Fold("own-ways", _NATIVE, (Rows(_NATIVE, rows),), aside, "info", "quiet"),) if rows else ()


def _read_access(report: Report) -> tuple[Block, ...]:
    """Return what to ask an admin for if reads were denied and no sign-in is possible here."""
    reads = _denied(report)
    if not reads:
        return ()
    code = CodeListing("Request", read_access(report.observation), file="read-access.md")
    aside = f"{counted(len(reads), 'call')}, so that this role can check itself from now on"
    return (Fold("read-access", "The request for read access", (code,), aside, "key", "quiet"),)


def _network(report: Report) -> tuple[Block, ...]:
    """What the network lacks, for the team that manages it."""
    target, fact = report.target, report.observation.chosen.network
    try:
        texts = {name: network_text(fact, target.region, target.partition, name) for name in NETWORK_FORMATS}
    except Problem:  # nothing is known to be missing
        return ()
    codes = tuple(CodeListing(_NETWORK_LABELS[name], text, file=_NETWORK_FILES[name]) for name, text in texts.items())
    aside = "VPC endpoints; sm-ssh-widget does not change networks"
    return (Fold("network", "Text for your network team", codes, aside, "info", "quiet"),)


_NETWORK_LABELS = {"cli": "AWS CLI", "cloudformation": "CloudFormation", "terraform": "Terraform"}
_NETWORK_FILES = {"cli": "endpoints.sh", "cloudformation": "endpoints.yaml", "terraform": "endpoints.tf"}


def naming(report: Report) -> Say:
    """Says the two identities of the report by what they are: their ARNs stand above and below."""
    names = {report.observation.read_as: "the identity that reads here", str(report.target.role): "this role"}
    names |= SWITCHES

    def say(text: str) -> str:
        for arn, name in names.items():
            text = text.replace(arn, name) if arn else text
        return marked(text)

    return say


def _copy(report: Report) -> Fold:
    lines = [f"{f.status.word:16} {f.id:28} {f.fact}" for f in report.findings]
    head = [
        f"Role    {report.target.role}",
        f"Region  {report.target.region}",
        f"Read as {report.observation.read_as}",
        "",
    ]
    code = CodeListing("Report", "\n".join([*head, *lines]), file="report.txt")
    return Fold("report", "The report as text", (code,), icon="copy", tone="quiet")
