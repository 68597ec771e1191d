"""Screen 1: whose set-up it is, who connects, and what for."""

from __future__ import annotations

from collections.abc import Mapping

from sm_ssh_widget.requirements.baselines import BASELINES, Option
from sm_ssh_widget.requirements.observation import SPECIFIED, Known
from sm_ssh_widget.wizard import choices, people
from sm_ssh_widget.wizard.blocks import (
    Band,
    Block,
    Choice,
    ChoiceOption,
    Field,
    Fold,
    Meter,
    Note,
    Picker,
    PickerItem,
    Section,
    Skeleton,
)
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import Check, Detect, ListRoles
from sm_ssh_widget.wizard.screens import links
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.labels import counted, marked, problem, short
from sm_ssh_widget.wizard.state import Failed, WizardState
from sm_ssh_widget.wizard.view import View

_PURPOSES = (
    ("training", "Training jobs", "A shell and a debugger in the container"),
    ("processing", "Processing jobs", "The same, for Spark and scripts"),
    ("endpoints", "Endpoints", "Containers of real-time inference"),
    ("studio", "From Studio", "Connect from here, not from a laptop"),
)
_BASELINES = {
    "classic": ("As documented", "The policies of the SSH Helper guide"),
    "least-privilege": ("Least privilege", "Only the calls that SSH Helper makes"),
}
_WISHES = {
    Option.HARDENED_TRUST: "Hardened trust",
    Option.OWNER_GUARD: "Owner guard",
    Option.HOST_MANAGEMENT: "Host management with Quick Setup",
    Option.DEFAULT_HOST_MANAGEMENT: "Default host management",
    Option.INSTANCE_CHECK: "Check with a temporary instance",
    Option.AS_DOCUMENTED: "Exactly as documented",
}
FIELD_OF = {"Role ARN": "role", "Region": "region", "Who connects": "user"}
"""Where an error belongs, as the worker names it, and the field that it stands at."""


def who(state: WizardState) -> View:
    """Which role, and who connects?"""
    detection = state.detection
    looking = state.doing(Detect) and detection is None
    blocks: list[Block] = [*earlier(state), *_native(state)]
    failed = state.failed
    if failed and not at_field(failed):
        again = (Action("retry", "Try again"),) if isinstance(failed.effect, (Detect, ListRoles)) else ()
        blocks.append(problem(failed.where, failed.said, failed.remedy, *again))
    if looking:
        blocks += [Meter("detect", 0, _call(state)), Skeleton("Looking for the role, the account and the Region", 3)]
    else:
        blocks += [_role(state), *_connects(state)]
    blocks += _purposes(state)
    return View(
        screen="who",
        heading=_heading(state),
        lede=_lede(state),
        steps=(),
        blocks=tuple(blocks),
        actions=(
            Action("choose-accounts", "Audit several accounts"),
            Action("audit-all", "Audit all roles", unavailable=_looking_reason(state)),
            Action("check", "Check this role", "primary", unavailable=_looking_reason(state)),
        ),
        footnote="Reads only. Nothing is written before step 5.",
    )


def at_field(failed: Failed) -> str:
    """The field that a problem stands at; empty where it is about none."""
    return FIELD_OF.get(failed.where, "") if isinstance(failed.effect, (Check, Detect)) else ""


def _call(state: WizardState) -> str:
    return f"`{state.busy.call}`" if state.busy and state.busy.call else "Starting"


def _looking_reason(state: WizardState) -> str:
    return "The role is being looked for." if state.doing(Detect) and state.detection is None else ""


def _heading(state: WizardState) -> str:
    if state.detection is None:
        return "Which role, and who connects?" if not state.doing(Detect) else "Looking for the role"
    return "Which role, and who connects?" if state.detection.target else "Which role is it?"


def _lede(state: WizardState) -> str:
    detection = state.detection
    if detection is None:
        return "Reading where this notebook runs, and as which identity."
    if detection.target is None:
        return (
            "No execution role was found where this notebook runs. Enter its ARN, or choose one of the account's roles."
        )
    return "Found where this notebook runs. Correct what is wrong."


# The role


def _role(state: WizardState) -> Section:
    """The role and the Region, each with its source, or with what is wrong with it."""
    target = state.detection.target if state.detection else None
    sources: Mapping[str, str] = target.sources if target else {}
    role = state.typed.get("role", choices.found(state, "role"))
    region = state.typed.get("region", choices.found(state, "region"))
    notes: list[Block] = [Note("", marked(note)) for note in (state.detection.notes if state.detection else ())]
    fields: list[Block] = [
        Field(
            "role",
            "Role ARN",
            value=role,
            hint=_source(state, "role", sources),
            placeholder="arn:aws:iam::…:role/…",
            action=_list_roles(state),
            error=_error(state, "role"),
        ),
        *_picker(state),
        Field(
            "region",
            "Region",
            value=region,
            hint=_source(state, "region", sources),
            placeholder="eu-west-1",
            error=_error(state, "region"),
        ),
    ]
    return Section("target", "Role", (*fields, *notes), hint="The jobs run as this role")


def _error(state: WizardState, field_id: str) -> str:
    failed = state.failed
    if failed is None or at_field(failed) != field_id:
        return ""
    return marked(f"{failed.said} {failed.remedy}".strip())


def _source(state: WizardState, name: str, sources: Mapping[str, str]) -> str:
    if state.text(name).strip():
        return "As you entered it."
    text = sources.get(name, "")
    if text == SPECIFIED:
        return "Read from the scenario." if state.setting.simulated else "As specified when the wizard was started."
    return marked(f"Read from {text}.") if text else ""


def _list_roles(state: WizardState) -> Action | None:
    if state.roles is not None:
        return None
    reason = "The roles are being listed." if state.doing(ListRoles) else ""
    return Action("list-roles", "Choose a role", "link", icon="search", unavailable=reason)


MOST_SHOWN = 50


def _picker(state: WizardState) -> tuple[Block, ...]:
    """The roles that were found, searched by name and path: at most 50 of them are ever sent to a browser."""
    if state.doing(ListRoles):
        return (Meter("list-roles", 0, "Listing the roles of the account: `iam:ListRoles`"),)
    if state.roles is None:
        return ()
    if not state.roles:
        return (Note("", "No role of this account can be an execution role: none trusts SageMaker."),)
    query = state.text("find-role")
    found = choices.matching(state.roles, query)
    items = tuple(PickerItem(arn, *_name_and_path(arn)) for arn in found[:MOST_SHOWN])
    more = f" The first {MOST_SHOWN} are shown: enter more of the name." if len(found) > MOST_SHOWN else ""
    text = f"{len(found)} of {counted(len(state.roles), 'role')} that SageMaker can use.{more}"
    return (Picker("find-role", "Find a role", query, items, text, choices.wanted(state).role, "Name or path"),)


def _name_and_path(arn: str) -> tuple[str, str]:
    path, _, name = arn.partition(":role")[2].rpartition("/")
    return name, f"{path}/"


# Who connects


def _connects(state: WizardState) -> tuple[Block, ...]:
    """The identity that opens sessions: suggested where it is known, and never guessed in silence."""
    chosen = people.choice_of(state)
    options = tuple(
        ChoiceOption(
            each.id, each.title, marked(each.line), each.id == chosen, each.aside, blocks=_named(state, each.id, chosen)
        )
        for each in people.offered(state)
    )
    who = Choice("connects", "Who connects", "radio", options, label_hidden=True)
    hint = "The person at the laptop needs permissions too"
    return (Section("connects", "Who connects?", (who, *_caller(state)), hint=hint),)


def _named(state: WizardState, option: str, chosen: str) -> tuple[Block, ...]:
    if option != people.OTHER or chosen != people.OTHER:
        return ()
    value = state.typed.get("user", choices.found(state, "user"))
    hint = "An IAM user or role, by its ARN."
    return (
        Field(
            "user",
            "Who connects",
            value=value,
            hint=hint,
            placeholder="arn:aws:iam::…:role/…",
            error=_error(state, "user"),
        ),
    )


def _caller(state: WizardState) -> tuple[Block, ...]:
    """Who reads here, where that is known."""
    detection = state.detection
    if detection is None or not isinstance(detection.caller, Known):
        return ()
    return (Note("", f"This notebook reads as `{short(str(detection.caller.value.arn))}`."),)


# What for


def _purposes(state: WizardState) -> tuple[Block, ...]:
    purpose, baseline, wishes = (state.choice(name) for name in ("purpose", "baseline", "options"))
    what = Choice(
        "purpose",
        "What do you want to reach by SSH?",
        "check",
        tuple(ChoiceOption(name, title, line, name in purpose) for name, title, line in _PURPOSES),
        layout="two",
        label_hidden=True,
    )
    how = Choice(
        "baseline",
        "How much is the role allowed to do?",
        "radio",
        tuple(
            ChoiceOption(name, *_BASELINES.get(name, (name, each.summary)), on=name in baseline)
            for name, each in BASELINES.items()
        ),
        layout="two",
        label_hidden=True,
    )
    options = Choice(
        "options",
        "Options",
        "check",
        tuple(ChoiceOption(w.value, title, marked(w.meaning), w.value in wishes) for w, title in _WISHES.items()),
        label_hidden=True,
    )
    summary = f"{len(_WISHES)} options, {len(wishes) or 'none'} chosen"
    fold = Fold("options", summary, (options,), open=bool(wishes))
    return (
        Section("purpose", "What to reach", (what,)),
        Section("baseline", "Permissions of the role", (how, fold)),
    )


def _native(state: WizardState) -> tuple[Block, ...]:
    if not state.choice("purpose") <= choices.NATIVE:
        return ()
    text = (
        "SageMaker has built-in access to training jobs (remote debugging) and Studio spaces (remote access). It needs "
        "no change to the trust policy and no paid tier. Processing jobs have no equivalent."
    )
    compare = links.outside("native", "Compare the two", links.NATIVE)
    return (Band("native", "You may not need this.", text, actions=(compare,)),)
