"""Screen 3: what would be changed, step by step, to be ticked and reviewed."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.kinds import DOCUMENTS
from sm_ssh_widget.changes.plan import Change, Plan, Refusal, RefusalCode
from sm_ssh_widget.pipeline import demonstrate
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.requirements.finding import Finding
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.labels import BACK, HAND_OVER, counted, cut, marked, problem
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import (
    Action,
    Block,
    Choice,
    Count,
    Diff,
    Empty,
    Fact,
    Facts,
    Fold,
    Folds,
    Note,
    Option,
    Part,
    Row,
    Rows,
    Table,
    TableRow,
    Tally,
    Text,
    Tone,
    View,
)

GUARD = "user.owner-guard"


def plan(state: WizardState) -> View:
    """The changes, and what is refused."""
    everything, chosen = state.offer, state.plan
    blocks: list[Block] = []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    if everything is not None and chosen is not None:
        blocks += _review(state, everything, chosen)
        blocks += [Note("", marked(told)) for told in (state.report.earlier_checks if state.report else ())]
    number = len(chosen.changes) if chosen else 0
    return View(
        screen="plan",
        heading=_heading(everything, number),
        lede=_lede(everything),
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state, everything, number)),
        footnote=f"Digest `{cut(chosen.digest)}`. What you review is what runs." if number and chosen else "",
    )


def _heading(everything: Plan | None, number: int) -> str:
    if everything is None or everything.empty:
        return "There is nothing that a plan can add"
    return f"Plan: {counted(number, 'change')}" if number else "Plan: no change is ticked"


def _lede(everything: Plan | None) -> str:
    if everything is None or everything.empty:
        return "What is not in place is refused below, with the reason and the remedy." if everything else ""
    return "Nothing that is there is lost. Each step can be left out, and each says how it is undone."


def _actions(state: WizardState, everything: Plan | None, number: int) -> tuple[Action, ...]:
    if everything is None or everything.empty:
        return (Action("check", "Check this role", "primary"),)
    reason = "" if number else "No change is ticked."
    go_on = Action("continue", f"Continue with {counted(number, 'change')}", "primary", unavailable=reason)
    if not state.setting.formats:
        return (go_on,)
    hand_over = Action(HAND_OVER.id, HAND_OVER.label, unavailable=reason)
    return hand_over, go_on


def _review(state: WizardState, everything: Plan, chosen: Plan) -> tuple[Block, ...]:
    role = str(everything.target.get("role", ""))
    blocks: list[Block] = []
    if everything.empty and not everything.refused:
        return (Empty("Nothing to add", "The role holds what the baseline asks for."),)
    if not everything.empty:
        blocks += [_counts(chosen), _choice(state, everything, role)]
        blocks += _tier_note(everything, chosen)
    refused = tuple(dict.fromkeys((*everything.refused, *chosen.refused)))
    if refused:
        blocks.append(_refused(state, refused))
    if not everything.empty:
        blocks += [
            Note("Security notice.", everything.notice, "attention"),
            Facts((Fact("Digest", f"`{chosen.digest}`" if chosen.changes else "no change is ticked"),), small=True),
        ]
    return tuple(blocks)


def _counts(chosen: Plan) -> Tally:
    changes = chosen.changes
    to_change = sum(isinstance(change.before, dict) for change in changes)
    costly = sum(bool(change.cost) for change in changes)
    items = [
        Count("to add", str(len(changes) - to_change)),
        Count("to change", str(to_change)),
        Count("to remove", "0"),
        Count("statement kept" if chosen.kept == 1 else "statements kept", str(chosen.kept)),
    ]
    items += [Count("step costs money" if costly == 1 else "steps cost money", str(costly))] if costly else []
    return Tally(tuple(items))


def _choice(state: WizardState, everything: Plan, role: str) -> Choice:
    findings = {f.id: f for f in state.report.findings} if state.report else {}
    options = tuple(
        _option(state, findings.get(name), name, tuple(c for c in everything.changes if c.finding == name), role)
        for name in choices.offered(state)
    )
    return Choice("ticks", "Steps of the plan", "check", options, layout="steps", label_hidden=True)


def _option(state: WizardState, finding: Finding | None, name: str, changes: tuple[Change, ...], role: str) -> Option:
    aside = change_blocks.delta(changes)
    tone: Tone = "attention" if any(change.cost for change in changes) else ""
    if not (finding and finding.required):
        aside = f"{aside}, optional" if aside else "optional"
    on = name in state.ticks
    why = marked(f"{finding.fact} {finding.consequence}".strip()) if finding else _errand(name)
    if any(change.cost for change in changes):
        why += "" if on else " Not ticked, because it costs money."
    title = change_blocks.title(changes[0]) if len(changes) == 1 else _title_of_several(finding, changes)
    blocks: list[Block] = [Text(why, "quiet")] if why else []
    for change in changes:
        blocks += _change(change, role, named=len(changes) > 1)
    if name == GUARD:
        blocks += _demonstration(state)
    return Option(name, title, "", on, aside, tone, blocks=tuple(blocks))


def _errand(name: str) -> str:
    return marked(INSTANCE_CHECK.why) if name == INSTANCE_CHECK.id else ""


def _demonstration(state: WizardState) -> tuple[Block, ...]:
    """Who may open which node, before and after: by the evaluator, not by word."""
    found = demonstrate(state.report, state.offer) if state.report and state.offer else ()
    rows = tuple(TableRow("", (each.who, each.node, each.before, each.after)) for each in found)
    caption = "What the owner guard does to ssm:StartSession"
    return (Text(f"{marked(caption)}, as the policies are evaluated:"), _guard_table(caption, rows)) if rows else ()


def _guard_table(caption: str, rows: tuple[TableRow, ...]) -> Table:
    return Table(caption, ("Who", "On", "Before", "After"), rows)


def _title_of_several(finding: Finding | None, changes: tuple[Change, ...]) -> str:
    return f"{finding.title if finding else changes[0].finding}: {counted(len(changes), 'change')}"


def _change(change: Change, role: str, *, named: bool) -> tuple[Block, ...]:
    facts = [Fact("Cost", marked(change.cost or "none"))]
    facts += [Fact("Risk", marked(change.risk))] if change.risk else []
    facts.append(Fact("Undo", marked(change_blocks.undo(change))))
    head: tuple[Block, ...] = (Text(change_blocks.title(change)),) if named else ()
    return (
        *head,
        *change_blocks.tables(change, role),
        Facts(tuple(facts), small=True),
        Folds(change_blocks.folds(change, role)),
    )


def _tier_note(everything: Plan, chosen: Plan) -> tuple[Block, ...]:
    left_out = {c.finding for c in everything.changes if c.cost} - {c.finding for c in chosen.changes}
    if "ssm.tier" not in left_out:
        return ()
    text = (
        "Registration works on the standard tier, and Session Manager refuses the connection at the last moment. "
        "Tick that step to be ready, or leave it to somebody who decides about the cost."
    )
    return (Note("The tier is left out.", text, "attention"),)


def _refused(state: WizardState, refused: tuple[Refusal, ...]) -> Part:
    titles = {f.id: f.title for f in state.report.findings} if state.report else {}
    titles[INSTANCE_CHECK.id] = INSTANCE_CHECK.title
    rows = tuple(_refusal(titles.get(each.finding, each.finding), each) for each in refused)
    return Part("refused", "What this plan leaves out", (Rows("Refused", rows),), counted(len(rows), "finding"))


def _refusal(title: str, refused: Refusal) -> Row:
    """What is not known is no fault of anybody's; what is known to stand in the way is."""
    blocks = tuple(_elsewhere(each) for each in refused.elsewhere)
    row = Row(f"refused:{refused.finding}", "blocked", title, "Refused", "bad", marked(refused.reason), blocks=blocks)
    if refused.code is RefusalCode.UNKNOWN:
        return replace(row, icon="unknown", word="Not known", tone="quiet")
    return row


def _elsewhere(change: Change) -> Fold:
    """What would have been written, to be put where IAM does not reach."""
    lines = Diff("Policy document", change_blocks.json_lines(change)) if change.kind in DOCUMENTS else None
    blocks: tuple[Block, ...] = (lines,) if lines else change_blocks.tables(change, "")
    return Fold(f"elsewhere:{change.id}", change_blocks.title(change), blocks)
