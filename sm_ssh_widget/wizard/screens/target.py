"""Screen 1: whose set-up it is, and what for."""

from __future__ import annotations

from collections.abc import Mapping

from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.baselines import Option as Wish
from sm_ssh_widget.requirements.observation import Known
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.screens import labels
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.labels import counted, marked, problem
from sm_ssh_widget.wizard.state import Detect, ListRoles, WizardState
from sm_ssh_widget.wizard.view import (
    Action,
    Block,
    Choice,
    Fact,
    Facts,
    Field,
    Fold,
    Note,
    Option,
    Part,
    Skeleton,
    View,
)

_PURPOSES = (
    ("training", "Training jobs", "A shell and a debugger inside the container"),
    ("processing", "Processing jobs", "The same, for Spark and script processors"),
    ("endpoints", "Endpoints", "Containers of real-time inference"),
    ("studio", "Studio as the client", "Connect from this notebook, not from a laptop"),
)
_BASELINES = {
    "classic": ("As documented", "The policies of the SSH Helper guide, by name"),
    "least-privilege": ("Least privilege", "Only the calls that SSH Helper makes"),
}
_WISHES = {
    Wish.HARDENED_TRUST: "Hardened trust",
    Wish.OWNER_GUARD: "Owner guard",
    Wish.HOST_MANAGEMENT: "Host management",
    Wish.INSTANCE_CHECK: "Check with a temporary instance",
    Wish.AS_DOCUMENTED: "Exactly as documented",
}


def who(state: WizardState) -> View:
    """Which role, and for what?"""
    detection = state.detection
    looking = state.doing(Detect) and detection is None
    blocks: list[Block] = [labels.SIMULATED] if state.setting.simulated else []
    blocks += earlier(state)
    if state.failed:
        failed = state.failed
        again = (Action("retry", "Try again"),) if isinstance(failed.effect, (Detect, ListRoles)) else ()
        blocks.append(problem(failed.where, failed.said, failed.remedy, *again))
    blocks.append(Skeleton("Looking for the role, the account and the Region", 3) if looking else _target(state))
    blocks += _purposes(state)
    check = Action("check", "Check this role", "primary", unavailable=_looking_reason(state))
    return View(
        screen="who",
        heading=_heading(state),
        lede=_lede(state),
        steps=(),
        blocks=tuple(blocks),
        actions=(check,),
        footnote="Reads only. Nothing is written before step 5.",
    )


def _looking_reason(state: WizardState) -> str:
    return "The role is being looked for." if state.doing(Detect) and state.detection is None else ""


def _heading(state: WizardState) -> str:
    if state.detection is None:
        return "Which role, and for what?" if not state.doing(Detect) else "Looking around"
    return "Which role, and for what?" if state.detection.target else "Which role is it?"


def _lede(state: WizardState) -> str:
    detection = state.detection
    if detection is None:
        return "Reading where this notebook runs, and as whom."
    if detection.target is None:
        return "No execution role was found where this notebook runs. Name one, or pick one of the account's."
    return "Found where this notebook runs. Each line says where it was read; each can be changed."


def _target(state: WizardState) -> Part:
    """The role, the Region and who connects, each with its source."""
    target = state.detection.target if state.detection else None
    sources: Mapping[str, str] = target.sources if target else {}
    role = state.typed.get("role", choices.found(state, "role"))
    region = state.typed.get("region", choices.found(state, "region"))
    user = state.typed.get("user", choices.found(state, "user"))
    notes: list[Block] = [Note("", marked(note)) for note in (state.detection.notes if state.detection else ())]
    fields: list[Block] = [
        Field(
            "role",
            "Role ARN",
            value=role,
            hint=_source(state, "role", sources),
            placeholder="arn:aws:iam::…:role/…",
            action=_list_roles(state),
        ),
        *_picker(state),
        Field("region", "Region", value=region, hint=_source(state, "region", sources), placeholder="eu-west-1"),
        Field(
            "user",
            "Who connects: an IAM user or role, by its ARN (optional)",
            value=user,
            hint=_source(state, "user", sources)
            or "Who sits at the laptop. Left empty, nobody's permissions are judged.",
        ),
    ]
    return Part("target", "The role", (*fields, _facts(state), *notes))


def _source(state: WizardState, name: str, sources: Mapping[str, str]) -> str:
    if state.text(name).strip():
        return "As you typed it."
    text = sources.get(name, "")
    if text == "specified":
        return "As the simulation has it." if state.setting.simulated else "As it was named."
    return marked(f"Read from {text}.") if text else ""


def _list_roles(state: WizardState) -> Action | None:
    if state.roles is not None:
        return None
    reason = "They are being listed." if state.doing(ListRoles) else ""
    return Action("list-roles", "List the roles of this account", "link", unavailable=reason)


def _picker(state: WizardState) -> tuple[Block, ...]:
    if state.roles is None:
        return ()
    if not state.roles:
        return (Note("", "No role of this account can be an execution role: none trusts SageMaker."),)
    empty = ("", f"{counted(len(state.roles), 'role')} to pick from")
    options = (empty, *((arn, arn.rpartition("/")[2]) for arn in state.roles))
    chosen = state.text("role") if state.text("role") in state.roles else ""
    return (Field("pick-role", "Roles of this account", "select", chosen, options=options),)


def _facts(state: WizardState) -> Facts:
    detection = state.detection
    items = []
    account = choices.account_of(state)
    if account:
        items.append(Fact("Account", f"`{account}`", "The account of the role."))
    if detection and isinstance(detection.caller, Known):
        source = f"Read with {detection.caller.read}." if detection.caller.read else ""
        items.append(Fact("You, here", f"`{detection.caller.value.arn}`", marked(source)))
    elif detection:
        items.append(Fact("You, here", "not known", marked(getattr(detection.caller, "said", ""))))
    return Facts(tuple(items))


def _purposes(state: WizardState) -> tuple[Block, ...]:
    purpose, baseline, wishes = (state.choice(name) for name in ("purpose", "baseline", "options"))
    what = Choice(
        "purpose",
        "What do you want to reach by SSH?",
        "check",
        tuple(Option(name, title, line, name in purpose) for name, title, line in _PURPOSES),
        layout="two",
    )
    how = Choice(
        "baseline",
        "How much may the role do?",
        "radio",
        tuple(
            Option(name, *_BASELINES.get(name, (name, each.summary)), on=name in baseline)
            for name, each in BASELINES.items()
        ),
        layout="two",
    )
    options = Choice(
        "options",
        "Options",
        "check",
        tuple(Option(w.value, title, marked(w.meaning), w.value in wishes) for w, title in _WISHES.items()),
        label_hidden=True,
    )
    number = len(wishes)
    summary = f"{len(_WISHES)} options, {number or 'none'} chosen"
    return what, how, Fold("options", summary, (options,), open=bool(number)), *_native(state)


def _native(state: WizardState) -> tuple[Block, ...]:
    if not state.choice("purpose") <= choices.NATIVE:
        return ()
    text = (
        "SageMaker reaches training jobs and Studio spaces by itself: remote debugging "
        "(`RemoteDebugConfig`) and remote access (`sagemaker:StartSession`), with no change to the trust policy and no "
        "tier to pay for. Processing jobs and endpoints have no such way."
    )
    return (Note("You may not need this.", text),)
