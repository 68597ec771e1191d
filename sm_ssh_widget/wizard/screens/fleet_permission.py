"""Who reads or writes for many roles, and the review before the first write; see :mod:`.permission`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sm_ssh_widget.changes.acting import Acting
from sm_ssh_widget.changes.plan import Change
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member
from sm_ssh_widget.wizard import choices, fleet_planning, fleet_rows
from sm_ssh_widget.wizard.blocks import Band, Block, Fact, Facts, Note, Section, Text
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.fleet_state import Approved
from sm_ssh_widget.wizard.leaf_blocks import Lines, SignedLine
from sm_ssh_widget.wizard.screens import change_blocks, review
from sm_ssh_widget.wizard.screens.fleet_members import FAILURES, HAND_OVER, names, purpose_of
from sm_ssh_widget.wizard.screens.labels import BACK, OTHER_IDENTITY, are, counted, problem, short
from sm_ssh_widget.wizard.screens.permission import sign_in_actions, warnings, ways
from sm_ssh_widget.wizard.state import Intent, WizardState
from sm_ssh_widget.wizard.view import View

READS = (Intent.READ, Intent.LIST)
"""What a sign-in is for that writes nothing."""


def fleet_permission(state: WizardState, now: datetime) -> View:
    """Sign in; or, once signed in, review what is written, where, as whom, and whether they can."""
    plan, members = _plan(state), _members(state)
    blocks: list[Block] = []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    acting = acting_now(state)
    blocks += _refused(acting)
    if state.face and plan is not None:
        blocks += [_what(state, plan, members), _where(plan, state), review.as_whom(state.face, now)]
        blocks += review.can_it(_writes(state, members), acting, _asked(state, plan))
    else:
        blocks += [ways(state, hands_over=_hands_over(state)), _limits(state, members)]
    blocks += warnings(state)
    heading, lede = _heading(state, plan, members)
    return View(
        screen="permission",
        heading=heading,
        lede=lede,
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state, plan, members)),
        footnote=_footnote(state, acting),
    )


def acting_now(state: WizardState) -> Acting | None:
    """What the signed-in identity can do of the plan that is reviewed, if that is known."""
    fleet, face = state.fleet, state.face
    told = fleet.acting if fleet else None
    if fleet is None or told is None or face is None or fleet.approved is None or state.intent is not Intent.APPLY:
        return None
    return told.acting if (told.digest, told.acting.arn) == (fleet.approved.digest, face.arn) else None


def _footnote(state: WizardState, acting: Acting | None) -> str:
    if state.intent in READS:
        return "This sign-in reads. Before anything is written, Permission asks again."
    if acting and acting.may_not:
        return ""
    writes = state.face and state.intent in (Intent.APPLY, Intent.RESUME)
    return "The next click writes to AWS." if writes else "Nothing is written on this screen."


def _plan(state: WizardState) -> FleetPlan | None:
    """The plan that the sign-in is about; ``None`` for one that reads."""
    fleet = state.fleet
    if fleet is None or state.intent in READS:
        return None
    if state.intent is Intent.APPLY:
        return fleet.approved.plan if fleet.approved else None
    return fleet.run.plan if fleet.run else None


def _members(state: WizardState) -> tuple[Member, ...]:
    """The members that the next click writes: of a run those that are left, of its undo those that were begun."""
    plan, run = _plan(state), state.fleet.run if state.fleet else None
    if plan is None or run is None or state.intent is Intent.APPLY:
        return plan.members if plan else ()
    settled = (None, "undone") if state.intent is Intent.UNDO else ("done",)
    return tuple(each for number, each in enumerate(plan.members) if run.outcomes.get(number) not in settled)


def _refused(acting: Acting | None) -> Iterator[Block]:
    if acting is None or not acting.may_not:
        return
    calls = ", ".join(f"`{call}`" for call in dict.fromkeys(each.call for each in acting.may_not))
    text = f"It cannot call {calls}. Sign in as another identity, or leave the sets that need it out of the plan."
    yield Band("refused", "This identity cannot apply the whole plan.", text, "bad", "blocked")


def _asked(state: WizardState, plan: FleetPlan) -> str:
    told = state.fleet.acting if state.fleet else None
    if told is None:
        return ""
    return f"Asked for {told.asked} of {counted(len(plan.members), 'plan')}, one of each set of equal changes."


def _heading(state: WizardState, plan: FleetPlan | None, members: tuple[Member, ...]) -> tuple[str, str]:
    account = choices.account_of(state)
    where = f"of account {account}" if account else "of the account"
    if state.intent is Intent.LIST:
        who = "An identity of the management account, or of a delegated administrator."
        return "Sign in to list the accounts", f"{who} It lists the accounts, and assumes the role in the chosen ones."
    if plan is None:
        lede = f"Any identity {where} that can read IAM works. It reads and writes nothing."
        return "Sign in to read every role", lede
    undoes, what = state.intent is Intent.UNDO, _what_of(members)
    if state.face:
        verb = "undone" if undoes else "applied"
        lede = "You can stop after any change." if undoes else "You can stop after any change, and undo all of them."
        return f"Review: {what}, {verb} as {short(state.face.arn)}", lede
    return (
        f"Who {'undoes' if undoes else 'applies'} the {what}?",
        f"Sign in as an identity {where} with IAM permissions.",
    )


def _what_of(members: tuple[Member, ...]) -> str:
    changes, roles = sum(len(each.plan.changes) for each in members), sum(each.role is not None for each in members)
    return f"{counted(changes, 'change')} to {counted(roles, 'role')}" if roles else counted(changes, "change")


# The review


def _what(state: WizardState, plan: FleetPlan, members: tuple[Member, ...]) -> Section:
    """Each purpose once with the number of roles, and how it is rolled out."""
    rows = tuple(_lines(state, members))
    back = Action("back", "Back to the plan", "link") if state.intent is Intent.APPLY else None
    blocks: list[Block] = [Lines("Changes", rows)]
    if state.intent is Intent.UNDO:
        blocks.append(Text("The confirmation shows each before anything is written.", "quiet"))
    else:
        blocks.append(Text(_how(state, plan), "quiet"))
    return Section("what", "What", tuple(blocks), action=back)


def _how(state: WizardState, plan: FleetPlan) -> str:
    approved = state.fleet.approved if state.fleet else None
    run = state.fleet.run if state.fleet else None
    canaries = approved.canaries if approved else run.canaries if run else 0
    first = min(canaries, len(plan.roles))
    told = f"{counted(first, 'role')} {are(first)} applied and checked before any other." if first else ""
    return f"{told} {_stops(state, approved)}".strip() if approved else told


def _stops(state: WizardState, approved: Approved) -> str:
    """When the run ends by itself, with the number that a share of the plans comes to."""
    chosen = fleet_planning.limit(state, fleet_rows.FAILURES)
    if not chosen.endswith("%"):
        return f"The run stops {FAILURES[chosen]}."
    if not approved.max_failures:
        return "The run stops at the first failure."
    return f"The run stops after more than {counted(approved.max_failures, 'failure')}."


def _lines(state: WizardState, members: tuple[Member, ...]) -> Iterator[SignedLine]:
    found: dict[str, list[tuple[Change, Member]]] = {}
    for member in members:
        for change in member.plan.changes:
            found.setdefault(purpose_of(change, member.plan), []).append((change, member))
    for title, pairs in found.items():
        changes = [change for change, _ in pairs]
        roles = len({member.role for _, member in pairs if member.role})
        sign = "-" if state.intent is Intent.UNDO else change_blocks.sign(changes[0])
        aside = change_blocks.warning(changes) if any(change.cost for change in changes) else ""
        aside = counted(roles, "role") if roles else aside
        yield SignedLine(sign, title, aside)  # type: ignore[arg-type]


def _where(plan: FleetPlan, state: WizardState) -> Section:
    regions = ", ".join(dict.fromkeys(f"`{member.plan.region}`" for member in plan.members))
    approved = state.fleet.approved if state.fleet and state.intent is Intent.APPLY else None
    items = [
        Fact("Account", f"`{plan.account}`"),
        Fact("Roles", str(len(plan.roles))),
        Fact("Region", regions),
        Fact("Digest", f"`{approved.digest if approved else plan.digest}`"),
    ]
    named = [member for member in plan.members if member.role]
    return Section("where", "Where", (Facts(tuple(items), small=True), names(named, "names")))


def _writes(state: WizardState, members: tuple[Member, ...]) -> tuple[str, ...]:
    undoes = state.intent is Intent.UNDO
    calls = (
        call
        for member in members
        for change in member.plan.changes
        for call in (change.inverse if undoes else change.calls)
    )
    return tuple(dict.fromkeys(f"{call.service}:{call.operation}" for call in calls))


def _limits(state: WizardState, members: tuple[Member, ...]) -> Note:
    account, calls = choices.account_of(state), _writes(state, members)
    refuses = f" Identities of accounts other than {account} are refused." if account else ""
    if not calls:
        text = f"It only reads. Nothing is written until you review a plan and apply it.{refuses}"
        return Note("What this sign-in can do:", text)
    listed = ", ".join(f"`{call}`" for call in calls)
    told = f"It can make only the {counted(len(calls), 'reviewed call')}: {listed}. Any other write is blocked."
    return Note("What this sign-in can do:", f"{told}{refuses}")


# Actions


def _hands_over(state: WizardState) -> bool:
    return state.intent is Intent.APPLY and _plan(state) is not None


def _actions(state: WizardState, plan: FleetPlan | None, members: tuple[Member, ...]) -> tuple[Action, ...]:
    if state.face is None:
        return sign_in_actions(state, (HAND_OVER,) if _hands_over(state) else ())
    if state.intent is Intent.LIST:
        return (Action("list-accounts", "List the accounts", "primary"),)
    if plan is None:
        return (Action("audit-all", "Audit all roles", "primary"),)
    what = _what_of(members)
    if state.intent is Intent.UNDO:
        return (Action("undo-fleet", f"Undo {what}", "primary", icon="undone"),)
    if state.intent is Intent.RESUME:
        return (Action("resume-fleet", f"Apply {what}", "primary", acts=True),)
    acting = acting_now(state)
    if acting and acting.may_not:
        return HAND_OVER, replace(OTHER_IDENTITY, look="primary")
    return (Action("apply-fleet", f"Apply {what}", "primary", acts=True),)
