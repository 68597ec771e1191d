"""The plan for many roles: each set of equal changes is reviewed once, and selected by a tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sm_ssh_widget.changes.kinds import ATTACHMENTS
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.wizard import blocks as kinds
from sm_ssh_widget.wizard import fleet_planning, fleet_rows
from sm_ssh_widget.wizard.blocks import (
    Band,
    Block,
    Choice,
    ChoiceOption,
    Fact,
    Facts,
    Field,
    Meter,
    Note,
    Section,
    Skeleton,
    Text,
)
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import PlanFleet
from sm_ssh_widget.wizard.fleet_state import PlannedFleet
from sm_ssh_widget.wizard.leaf_blocks import Diff, Figure, Figures, Links
from sm_ssh_widget.wizard.screens import change_blocks, progress
from sm_ssh_widget.wizard.screens.fleet_members import FAILURES, HAND_OVER, name_of, names, purpose_of
from sm_ssh_widget.wizard.screens.labels import BACK, counted, marked, plain, problem
from sm_ssh_widget.wizard.state import WizardState
from sm_ssh_widget.wizard.view import View

_NAMED_REGIONS = 3
_UNREAD_ACCOUNT = "account"
"""In place of a finding, in a plan's refusal of a whole account."""


def fleet_plan(state: WizardState) -> View:
    """What is changed, for which roles, and what is selected of it."""
    planned, failed = state.fleet.planned if state.fleet else None, state.failed
    if state.doing(PlanFleet):
        return _planning(state)
    blocks: list[Block] = []
    if failed:
        blocks.append(problem(failed.where, failed.said, failed.remedy))
    if planned is None or not planned.plan.members:
        return _unplanned(planned, blocks)
    chosen = members_of(state, planned)
    blocks += [
        _figures(planned, chosen),
        *_elsewhere(state, planned.plan),
        *_refused(planned.plan),
        *_tier(state, planned),
        _sets(state, planned),
    ]
    several = len(planned.plan.accounts) > 1
    blocks += () if several else (_limits(state),)
    blocks.append(Note("Security notice:", planned.plan.members[0].plan.notice, "attention"))
    number = sum(len(member.plan.changes) for member in chosen)
    reason = "" if number else "No change is selected."
    go_on = Action("continue-fleet", f"Continue with {counted(number, 'change')}", "primary", unavailable=reason)
    return View(
        screen="fleet-plan",
        heading=_heading(planned),
        lede="Review each set once. Existing statements and attachments are kept. Each change shows how it is undone.",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, replace(HAND_OVER, look="primary")) if several else (BACK, HAND_OVER, go_on),
        wide=True,
        footnote="Nothing is written on this screen.",
    )


def _planning(state: WizardState) -> View:
    effect = state.busy.effect if state.busy else None
    number = len(effect.roles) if isinstance(effect, PlanFleet) else 0
    wait = Action("continue-fleet", "Continue", "primary", unavailable="The roles are being read.")
    blocks: tuple[Meter | Skeleton, ...] = (progress.meter(state.busy), Skeleton("The sets of changes", 4))
    heading = f"Planning {counted(number, 'role')}"
    lede = "Each role is read again. Nothing is written."
    return View("fleet-plan", heading, (), blocks, (BACK, wait), lede, wide=True)


def _unplanned(planned: PlannedFleet | None, blocks: list[Block]) -> View:
    blocks += _refused(planned.plan) if planned else ()
    again = Action("audit-all", "Audit again", "primary")
    heading = "No changes are possible" if planned and planned.plan.refused else "No changes are needed"
    heading = heading if planned else "The roles could not be planned"
    return View("fleet-plan", heading, (), tuple(blocks), (BACK, again), wide=True)


def _heading(planned: PlannedFleet) -> str:
    plan, sets = planned.plan, len(planned.alike)
    number = len(plan.accounts)
    where = f" in {counted(number, 'account')}" if number > 1 else ""
    told = f"{counted(plan.changes, 'change')} to {counted(len(plan.roles), 'role')}{where}"
    return f"{told}, {counted(sets, 'set')} to review"


def members_of(state: WizardState, planned: PlannedFleet) -> tuple[Member, ...]:
    """The members of the sets that are selected."""
    ticks = state.choice(fleet_rows.TICKS)
    places = (at for number, same in enumerate(planned.alike) if str(number) in ticks for at in same)
    return tuple(planned.plan.members[at] for at in places)


def _elsewhere(state: WizardState, plan: FleetPlan) -> Iterator[Block]:
    """Where the plan is for several accounts, or for another one than that of the session: how it is applied."""
    if len(plan.accounts) > 1:
        text = (
            "To apply here, go back, show one account and plan its roles. To apply all of them, hand the plan over: "
            "the command line applies it account by account, and stack sets roll it out."
        )
        yield Band("one-account", "The wizard applies a plan in one account at a time.", text)
    elif state.face is not None and state.face.account != plan.account:
        text = f"You are signed in to account {state.face.account}. "
        text += f"Continue asks you to sign in to account {plan.account}."
        yield Band("other-account", "The plan changes another account than the one you are signed in to.", text)


# The totals


def _figures(planned: PlannedFleet, chosen: Sequence[Member]) -> Figures:
    changes = [change for member in chosen for change in member.plan.changes]
    roles = sum(member.role is not None for member in chosen)
    kept = sum(member.plan.kept for member in chosen)
    costly = {change.finding for change in changes if change.cost}
    left = sum(fleet_planning.costs(planned, number) for number in range(len(planned.alike))) - bool(costly)
    return Figures(
        (
            Figure("Changes", str(len(changes)), f"of {planned.plan.changes} selected"),
            Figure("Roles", str(roles), f"of {len(planned.plan.roles)} in this plan"),
            _added(changes, kept),
            Figure("Cost", "see the changes" if costly else "None", _what_costs(left, costly=bool(costly))),
        )
    )


def _what_costs(left: int, *, costly: bool) -> str:
    return "for what is selected" if costly or not left else "what costs money is not selected"


def _added(changes: Sequence[Change], kept: int) -> Figure:
    found = [change_blocks.difference_of(change) for change in changes]
    attached = sum(change.kind in ATTACHMENTS for change in changes)
    statements, removed = sum(len(each.added) for each in found), sum(len(each.removed) for each in found)
    told = f"{counted(attached, 'AWS policy', 'AWS policies')}, {removed} removed, {kept} kept"
    return Figure("Added", counted(statements, "statement"), told)


# What is not in it, and what costs money


def _refused(plan: FleetPlan) -> Iterator[Block]:
    """What no plan adds, for how many roles, once for each reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in plan.refused:
        found.setdefault((each["finding"], each["reason"]), []).append(each["for"])
    for number, ((finding, reason), places) in enumerate(found.items()):
        if finding == _UNREAD_ACCOUNT:
            lead = f"Not in the plan: {counted(len(places), 'account')} could not be read ({', '.join(places)})."
            yield Band(f"refused:{number}", lead, marked(plain(reason)), "attention", "unknown")
            continue
        purpose = change_blocks.purpose(finding, plan.members[0].plan.region if plan.members else "", "") or finding
        of = "role" if places[0].startswith("arn:") else "Region"
        lead = f"Not in the plan for {counted(len(places), of)}: {purpose}."
        yield Band(f"refused:{number}", lead, marked(plain(reason)), "attention", "blocked")
    if plan.ignored:
        yield Band("ignored", f"{counted(plan.ignored, 'role')} ignored by a rule.", "They are not planned.")


def _tier(state: WizardState, planned: PlannedFleet) -> Iterator[Block]:
    """The one question that costs money, once for the Region."""
    number = fleet_planning.tier_set(planned)
    if not number:
        return
    plan = planned.plan.members[planned.alike[int(number)][0]].plan
    change = next(each for each in plan.changes if each.finding == fleet_planning.TIER)
    on = number in state.choice(fleet_rows.TICKS)
    answers = (ChoiceOption("yes", "Yes, raise it", on=on), ChoiceOption("no", "No, leave it", on=not on))
    text = f"Without the tier, nodes register but Session Manager refuses sessions. {change.cost}"
    raised = [planned.plan.members[place] for place in planned.alike[int(number)]]
    where = plan.region if len(raised) == 1 else _places_of(raised)
    label = f"Raise {where} to the {{{{advanced-instances tier}}}}?"
    yield Choice(fleet_rows.RAISES, label, "radio", answers, layout="ask", text=marked(text))


def _places_of(members: Sequence[Member]) -> str:
    regions = tuple(dict.fromkeys(member.plan.region for member in members))
    accounts = {member.plan.account for member in members}
    named = ", ".join(regions) if len(regions) <= _NAMED_REGIONS else counted(len(regions), "Region")
    return f"{named} in {counted(len(accounts), 'account')}"


# The sets


def _sets(state: WizardState, planned: PlannedFleet) -> kinds.Changes:
    ticks = state.choice(fleet_rows.TICKS)
    items = tuple(
        _set(number, [planned.plan.members[at] for at in places], on=str(number) in ticks)
        for number, places in enumerate(planned.alike)
    )
    selected = sum(item.on for item in items)
    title = f"{selected} of {counted(len(items), 'set')} selected"
    return kinds.Changes(fleet_rows.TICKS, title, "Sets of changes", items)


def _set(number: int, members: list[Member], *, on: bool) -> kinds.ChangeLine:
    changes = members[0].plan.changes
    return kinds.ChangeLine(
        id=str(number),
        title=_title(members),
        sign=change_blocks.sign(changes[0]),  # type: ignore[arg-type]
        on=on,
        delta=change_blocks.delta(changes),
        warning=change_blocks.warning(changes),
        open=number == 0,
        blocks=tuple(_details(members, number)),
    )


def _title(members: list[Member]) -> str:
    first = members[0]
    what = dict.fromkeys(purpose_of(change, first.plan) for change in first.plan.changes)
    if not first.role:
        return ", ".join(what)
    told = ", ".join(f"{each[:1].lower()}{each[1:]}" for each in what)
    return f"{counted(len(members), 'role')}: {told}"


def _details(members: list[Member], number: int) -> Iterator[Block]:
    first = members[0]
    if len(members) > 1:
        yield Text(
            f"Shown for `{plain(name_of(first))}`. The others get the same, each beside the statements that it has.",
            "quiet",
        )
    for change in first.plan.changes:
        title = change_blocks.title(change)
        yield Text(title, strong=True)
        for block in change_blocks.details(change, str(first.plan.target.get("role") or "")):
            yield replace(block, label=f"{block.label}: {title}") if isinstance(block, Diff) else block
        facts = [Fact("Cost", marked(change.cost or "none"))]
        facts += [Fact("Risk", marked(change.risk))] if change.risk else []
        facts.append(Fact("Undo", marked(change_blocks.undo(change))))
        yield Facts(tuple(facts), small=True)
        yield Links((change_blocks.copy_command(change), *change_blocks.reference(change)))
    if first.role:
        yield names(members, f"names:{number}")


# How it is rolled out


def _limits(state: WizardState) -> Section:
    canaries = tuple((each, counted(int(each), "role")) for each in fleet_planning.CANARIES)
    failures = tuple((each, FAILURES[each]) for each in fleet_planning.FAILURES)
    fields = (
        Field(
            fleet_rows.CANARIES,
            "Apply and check first",
            "select",
            fleet_planning.limit(state, fleet_rows.CANARIES),
            "If one of them is not ready afterwards, no other role is changed.",
            options=canaries,
        ),
        Field(
            fleet_rows.FAILURES,
            "Stop",
            "select",
            fleet_planning.limit(state, fleet_rows.FAILURES),
            "A role that changed since the plan is left as it is, and does not count as a failure.",
            options=failures,
        ),
    )
    return Section("limits", "How it is applied", fields, hint="One role after the other")
