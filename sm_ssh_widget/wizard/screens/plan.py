"""Screen 3: what would be changed: the totals first, then a line for each change, and its details on demand."""

from __future__ import annotations

from dataclasses import dataclass

from sm_ssh_widget.changes.kinds import ATTACHMENTS
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.pipeline import Report, demonstrate
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.requirements.prices import NODE_HOUR_DATE, node_hour
from sm_ssh_widget.wizard import blocks as kinds
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.blocks import Block, Choice, ChoiceOption, Fact, Facts, Note, Text
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.leaf_blocks import Figure, Figures, Links, Table, TableRow
from sm_ssh_widget.wizard.outlook import Outlook, outlook
from sm_ssh_widget.wizard.screens import change_blocks, links
from sm_ssh_widget.wizard.screens.labels import BACK, HAND_OVER, are, counted, cut, marked, problem
from sm_ssh_widget.wizard.screens.picture import picture
from sm_ssh_widget.wizard.screens.policy_words import MANAGEMENT
from sm_ssh_widget.wizard.screens.refusals import refusals, remedy_button
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

GUARD = "user.owner-guard"
JOB_HOURS = 3


def plan(state: WizardState) -> View:
    """The changes, and what is refused."""
    everything, chosen, report = state.offer, state.plan, state.report
    blocks: list[Block] = []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    if everything is None or chosen is None or report is None:
        return View(
            "plan", "No changes are possible", (), tuple(blocks), (BACK, Action("check", "Check again", "primary"))
        )
    seen = outlook(report, everything, chosen)
    blocks += [*refusals(state, seen.refused), *_body(state, report, everything, chosen, seen)]
    number = len(chosen.changes)
    return View(
        screen="plan",
        heading=_heading(everything, number, seen),
        lede=_lede(everything, seen),
        icon="" if number else "blocked" if seen.refused else "",
        tone="" if number else "bad",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state, number, seen)),
        wide=not everything.empty,
        footnote=f"Digest `{cut(chosen.digest)}`" if number else "",
    )


def _heading(everything: Plan, number: int, seen: Outlook) -> str:
    if everything.empty:
        refused = len(seen.refused)
        return f"No changes are possible: {refused} {are(refused)} refused" if refused else "No changes are needed"
    if not number:
        return "No change is selected"
    if seen.refused:
        return f"{counted(number, 'change')}, {len(seen.refused)} refused"
    if seen.left_out == (choices.TIER,):
        return f"{counted(number, 'change')}, and the tier is left out"
    if seen.left_out:
        return f"{counted(number, 'change')}, {len(seen.left_out)} left out"
    if seen.ready is False:
        return f"{counted(number, 'change')}, and the role is not ready afterwards"
    if seen.ready is None:
        return f"{counted(number, 'change')}, {seen.unread} could not be read"
    return f"{counted(number, 'change')} {'makes' if number == 1 else 'make'} this role ready"


def _lede(everything: Plan, seen: Outlook) -> str:
    if everything.empty:
        text = "The plan cannot add these requirements. Each says why and what to do."
        return text if seen.refused else "The role meets every requirement of the baseline."
    not_yet = "" if seen.ready else "With these changes the role is not ready yet. "
    return f"{not_yet}Existing statements and attachments are kept. Each change shows how it is undone."


def _actions(state: WizardState, number: int, seen: Outlook) -> tuple[Action, ...]:
    """What leads to *ready* is primary: the remedy of a refusal before the changes that do not suffice."""
    if state.offer is None or state.offer.empty:
        there = remedy_button(state, seen.refused)
        other = Action("other-role", "Use another role", "second" if there else "primary")
        return (other,) if seen.refused else (Action("check", "Check again", "primary"),)
    reason = "" if number else "No change is selected."
    look = "second" if remedy_button(state, seen.refused) else "primary"
    go_on = Action("continue", f"Continue with {counted(number, 'change')}", look, unavailable=reason)  # type: ignore[arg-type]
    if not state.setting.formats:
        return (go_on,)
    return Action(HAND_OVER.id, HAND_OVER.label, unavailable=reason), go_on


def _body(state: WizardState, report: Report, everything: Plan, chosen: Plan, seen: Outlook) -> tuple[Block, ...]:
    if everything.empty:
        return ()
    return (
        _figures(report, chosen, seen),
        *_tier(state, report, everything),
        _changes(state, report, everything),
        *(Note("", marked(told)) for told in report.earlier_checks),
        Facts((Fact("Digest", f"`{chosen.digest}`" if chosen.changes else "no change is selected"),), small=True),
        Note("Security notice:", everything.notice, "attention"),
    )


# The totals


@dataclass(frozen=True)
class _NodePrice:
    """What a node costs on the advanced-instances tier: an hour, while a job of three hours runs, and as of when."""

    usd: str
    job: str
    date: str

    @classmethod
    def of(cls, report: Report) -> _NodePrice:
        found = report.observation.region.node_price
        number, usd, _ = node_hour(found)
        date = found.value.source if isinstance(found, Known) else NODE_HOUR_DATE
        return cls(usd, counted(round(100 * JOB_HOURS * number), "cent"), date)


def _figures(report: Report, chosen: Plan, seen: Outlook) -> Figures:
    changes = chosen.changes
    ready = {True: ("Yes", "satisfied", "ok"), False: ("No", "failed", "bad"), None: ("Not known", "unknown", "quiet")}
    value, icon, tone = ready[seen.ready]
    items = (
        Figure("Changes", str(len(changes)), _where(chosen) or "none selected"),
        _added(chosen),
        _cost(report, chosen),
        Figure("Ready afterwards", value, seen.why, icon, tone),  # type: ignore[arg-type]
    )
    return Figures(items, picture(report, chosen))


def _where(chosen: Plan) -> str:
    """How many changes are made where."""
    of_user = sum(change.finding.startswith("user.") for change in chosen.changes)
    of_region = sum(change.finding.startswith("ssm.") for change in chosen.changes)
    of_role = len(chosen.changes) - of_user - of_region
    told = [f"{of_role} to this role"] if of_role else []
    told += [f"{of_user} to the person who connects"] if of_user else []
    told += [f"{of_region} to {chosen.region}"] if of_region else []
    return ", ".join(told)


def _added(chosen: Plan) -> Figure:
    found = [change_blocks.difference_of(change) for change in chosen.changes]
    statements = sum(len(each.added) for each in found)
    attached = sum(change.kind in ATTACHMENTS for change in chosen.changes)
    removed = sum(len(each.removed) for each in found)
    policies = f"{counted(attached, 'AWS policy', 'AWS policies')}, {removed} removed"
    return Figure("Added", counted(statements, "statement"), f"{policies}, {chosen.kept} kept")


def _cost(report: Report, chosen: Plan) -> Figure:
    if any(change.finding == choices.TIER for change in chosen.changes):
        price = _NodePrice.of(report)
        return Figure("Cost", f"≈ {price.job}", f"for a {JOB_HOURS}-hour job ({price.date})")
    costly = any(change.cost for change in chosen.changes)
    return Figure("Cost", "see the changes" if costly else "None", "for this plan")


# The question that costs money


def _tier(state: WizardState, report: Report, everything: Plan) -> tuple[Block, ...]:
    found = next((change for change in everything.changes if change.finding == choices.TIER), None)
    if found is None:
        return ()
    on = choices.TIER in state.ticks
    price = _NodePrice.of(report)
    answers = (ChoiceOption("yes", "Yes, raise it", on=on), ChoiceOption("no", "No, leave it", on=not on))
    text = (
        "Without the tier, nodes register but Session Manager refuses sessions. A node then costs "
        f"USD {price.usd} an hour ({price.date}): about {price.job} for a {JOB_HOURS}-hour job. "
        "Other hybrid nodes in this Region are billed too."
    )
    label = f"Raise {everything.region} to the {{{{advanced-instances tier}}}}?"
    return (Choice("tier", label, "radio", answers, layout="ask", text=marked(text)),)


# The changes


def _changes(state: WizardState, report: Report, everything: Plan) -> kinds.Changes:
    findings = {finding.id: finding for finding in report.findings}
    names = choices.offered(state)
    opened = _opened(everything, names)
    items = tuple(
        _line(
            state, findings.get(name), name, tuple(c for c in everything.changes if c.finding == name), name == opened
        )
        for name in names
    )
    number = sum(name in state.ticks for name in names)
    return kinds.Changes("ticks", f"{number} of {len(names)} selected", "Changes of the plan", items)


def _opened(everything: Plan, names: tuple[str, ...]) -> str:
    """The one that is open at first: what hands the role to a service, else the first that writes a statement."""
    order = ("PassRole", MANAGEMENT, "")
    by_warning = {
        name: change_blocks.warning(change for change in everything.changes if change.finding == name) for name in names
    }
    return min(names, key=lambda name: order.index(by_warning[name]) if by_warning[name] in order else len(order))


def _line(
    state: WizardState, finding: Finding | None, name: str, changes: tuple[Change, ...], opened: bool
) -> kinds.ChangeLine:
    first = changes[0]
    target = state.offer.target if state.offer else {}
    user = str(target.get("user") or "")
    title = change_blocks.purpose(name, str(target.get("region", "")), user) or change_blocks.title(first)
    optional = not (finding and finding.required) and name != INSTANCE_CHECK.id
    blocks: list[Block] = [Text(_why(finding, name, changes), "quiet")]
    for change in changes:
        blocks += _change(state, change, named=len(changes) > 1)
    if name == GUARD:
        blocks += _demonstration(state)
    return kinds.ChangeLine(
        id=name,
        title=title,
        sign=change_blocks.sign(first),  # type: ignore[arg-type]
        on=name in state.ticks,
        delta=change_blocks.delta(changes),
        tag="optional" if optional else change_blocks.tag(changes),
        warning=change_blocks.warning(changes),
        open=opened,
        blocks=tuple(blocks),
    )


def _why(finding: Finding | None, name: str, changes: tuple[Change, ...]) -> str:
    """What it is for, and by what it is done."""
    reason = (
        f"{finding.fact} {finding.consequence}" if finding else INSTANCE_CHECK.why if name == INSTANCE_CHECK.id else ""
    )
    done = f"{change_blocks.title(changes[0])}." if len(changes) == 1 else ""
    return marked(" ".join(filter(None, (reason.strip(), done))))


def _change(state: WizardState, change: Change, *, named: bool) -> tuple[Block, ...]:
    role = str(state.offer.target.get("role", "")) if state.offer else ""
    facts = [Fact("Cost", marked(change.cost or "none"))]
    facts += [Fact("Risk", marked(change.risk))] if change.risk else []
    facts.append(Fact("Undo", marked(change_blocks.undo(change))))
    head: tuple[Block, ...] = (Text(change_blocks.title(change)),) if named else ()
    return (
        *head,
        *change_blocks.details(change, role),
        Facts(tuple(facts), small=True),
        Links((change_blocks.copy_command(change), *change_blocks.reference(change), *_console(state, change))),
    )


def _console(state: WizardState, change: Change) -> tuple[Action, ...]:
    """The role in the console of its partition; of the simulated account there is none."""
    report = state.report
    if state.setting.simulated or report is None or not change.finding.startswith(("role.", "trust.")):
        return ()
    return links.role_in_console(report.target.role, change.id)


def _demonstration(state: WizardState) -> tuple[Block, ...]:
    """Who may open which node, before and after: by the evaluator, not by word."""
    found = demonstrate(state.report, state.offer) if state.report and state.offer else ()
    rows = tuple(TableRow("", (each.who, each.node, each.before, each.after)) for each in found)
    caption = "Effect of the owner guard on ssm:StartSession"
    table = Table(caption, ("Who", "On", "Before", "After"), rows)
    return (Text(f"{marked(caption)}, by policy evaluation:"), table) if rows else ()
