"""Screen 4: who will act, or read."""

from __future__ import annotations

from datetime import datetime

from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.pipeline import SessionIdentity
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.screens import labels
from sm_ssh_widget.wizard.screens.labels import BACK, FORGET, HAND_OVER, clock, counted, marked, plain, problem
from sm_ssh_widget.wizard.state import Check, ChooseRole, Intent, SignInEffect, WayIn, WizardState
from sm_ssh_widget.wizard.view import (
    Action,
    Block,
    Choice,
    Device,
    Fact,
    Facts,
    Field,
    Note,
    Option,
    Text,
    View,
    Waiting,
)

SECRETS = {
    "keys": ("access-key-id", "secret-access-key", "session-token", "export-block"),
    "assume-role": ("mfa-code",),
    "profile": ("mfa-code",),
}
SECRET_FIELDS = frozenset(name for names in SECRETS.values() for name in names)


def permission(state: WizardState, now: datetime) -> View:
    """Sign in, or see who is signed in."""
    blocks: list[Block] = [labels.SIMULATED] if state.setting.simulated else []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    if state.face:
        blocks += face_blocks(state.face, now)
        blocks.append(_limits(state, state.face))
    else:
        blocks += [_ways(state), _limits(state, None)]
    if state.detection and state.detection.shared_space:
        text = "Everybody in this space can run code in this kernel and use a session that is signed in here."
        blocks.append(Note("Shared space.", text, "attention"))
    heading, lede = _heading(state)
    return View(
        screen="permission",
        heading=heading,
        lede=lede,
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state)),
        footnote="Nothing is written on this screen.",
    )


def _heading(state: WizardState) -> tuple[str, str]:
    account = choices.account_of(state)
    where = f"in account {account}" if account else "in the role's account"
    if state.face:
        return f"Signed in as {short(state.face.arn)}", "This identity acts, and no other."
    if state.intent is Intent.READ:
        return (
            "Who may read the rest?",
            f"The role may not read everything itself. An identity {where} that may is needed.",
        )
    if state.intent is Intent.UNDO:
        return "Who takes the changes back?", f"An identity with IAM rights {where} is needed for about a minute."
    number = _number(state)
    lede = f"This role may not change itself. An identity with IAM rights {where} is needed for about a minute."
    return f"Who applies the {counted(number, 'change')}?", lede


def _number(state: WizardState) -> int:
    if state.intent is Intent.APPLY and state.plan:
        return len(state.plan.changes)
    return remaining(state)


def _actions(state: WizardState) -> tuple[Action, ...]:
    if state.face:
        return FORGET, Action("other-identity", "Sign in as somebody else"), _go_on(state)
    hand_over = (HAND_OVER,) if state.plan and state.setting.formats and state.intent is Intent.APPLY else ()
    if state.doing(SignInEffect, ChooseRole):
        stop = Action("stop", "Cancel sign-in")
        if state.device and state.device.url:
            return stop, Action("open-device", "Open sign-in page", "primary", icon="open", url=state.device.url)
        return stop, Action("sign-in", "Sign in", "primary", unavailable="Signing in.")
    way = choices.way_of(state)
    if way == choices.HAND_OVER_WAY and hand_over:
        return (Action(HAND_OVER.id, HAND_OVER.label, "primary"),)
    unavailable = "" if way != choices.HAND_OVER_WAY else "No way to sign in can be used here."
    return *hand_over, Action("sign-in", "Sign in", "primary", unavailable=unavailable, secrets=SECRETS.get(way, ()))


def _go_on(state: WizardState) -> Action:
    if state.intent is Intent.UNDO and state.journal:
        return Action("undo", f"Undo {counted(applied(state), 'change')}", "primary")
    if state.intent is Intent.RESUME:
        return Action("retry", f"Apply {counted(remaining(state), 'change')}", "primary")
    if state.intent is Intent.READ or state.plan is None:
        busy = "The role is being read." if state.doing(Check) else ""
        return Action("check", "Check this role", "primary", unavailable=busy)
    return Action("apply", f"Apply {counted(_number(state), 'change')}", "primary")


def applied(state: WizardState) -> int:
    """How many changes of the journal can be undone."""
    steps = state.journal.steps if state.journal else ()
    return sum(step.status.value == "done" for step in steps)


def remaining(state: WizardState) -> int:
    """How many changes of the journal are still to be applied."""
    steps = state.journal.steps if state.journal else ()
    return sum(step.status.value not in ("done", "skipped", "undone") for step in steps)


# Who is signed in


def short(arn: str) -> str:
    """An identity without its account: ``assumed-role/IAMAdmin/ann``."""
    return arn.rpartition(":")[2] or arn


def minutes(face: SessionIdentity, now: datetime) -> str:
    """How long the session lasts."""
    left = face.minutes_left(now)
    return "does not end by itself" if left is None else f"{counted(left, 'minute')} left"


def face_blocks(face: SessionIdentity, now: datetime) -> tuple[Block, ...]:
    """Who acts, where, until when, and what to mind."""
    items = [
        Fact("Acting as", f"`{plain(face.arn)}`", marked(f"Signed in by {plain(face.way)}.")),
        Fact("Account", f"`{face.account}`"),
        Fact("Session", minutes(face, now)),
        Fact("aws:userid", f"`{plain(face.user_id)}`"),
    ]
    items += [Fact("Endpoint", f"`{face.endpoint}`", "This is not AWS's own.")] if face.endpoint else []
    notes = (Note("Mind this.", marked(warning), "attention") for warning in face.warnings)
    return Facts(tuple(items)), *notes


def _limits(state: WizardState, face: SessionIdentity | None) -> Note:
    account = choices.account_of(state)
    refuses = f" An identity of another account than {account} is refused." if account and not face else ""
    calls = dict.fromkeys(f"`{call.service}:{call.operation}`" for call in _calls(state))
    if not calls:
        return Note("What the session may do.", f"It reads. Nothing is written before a plan is reviewed.{refuses}")
    text = f"It is held to the reviewed calls: {', '.join(calls)}. Any other write is stopped.{refuses}"
    return Note("What the session may do.", text)


def _calls(state: WizardState) -> tuple[Call, ...]:
    """The writes that the session is wanted for."""
    if state.intent in (Intent.RESUME, Intent.UNDO) and state.journal:
        changes = state.journal.plan.changes
        return tuple(c for each in changes for c in (each.inverse if state.intent is Intent.UNDO else each.calls))
    changes = state.plan.changes if state.intent is Intent.APPLY and state.plan else ()
    return tuple(call for each in changes for call in each.calls)


# The ways


def _ways(state: WizardState) -> Choice:
    chosen = choices.way_of(state)
    options = [_way(state, way, chosen) for way in choices.ways(state)]
    if state.plan and state.setting.formats and state.intent is Intent.APPLY:
        text = "You need no rights. The bundle holds no secret; this wizard then proves the result."
        line = "A script, CloudFormation and more, made from this plan"
        pane = (Text(text, "quiet"),) if chosen == choices.HAND_OVER_WAY else ()
        options.append(Option(choices.HAND_OVER_WAY, "Give the plan to somebody else", line, bool(pane), blocks=pane))
    return Choice("way", "Way to sign in", "radio", tuple(options), label_hidden=True)


def _way(state: WizardState, way: WayIn, chosen: str) -> Option:
    on = way.id == chosen
    blocks = _PANES[way.id](state) if on and way.id in _PANES else ()
    return Option(way.id, way.title, way.line, on, unavailable=way.unavailable, blocks=blocks)


def _simulated(state: WizardState) -> tuple[Block, ...]:
    profiles = tuple((name, _PROFILES.get(name, name)) for name in state.setting.profiles)
    value = state.text("simulated-profile") or next((name for name, _ in profiles), "")
    return (Field("simulated-profile", "Identity of the simulated account", "select", value, options=profiles),)


_PROFILES = {
    "admin": "admin: may do everything",
    "read-only": "read-only: may read everything, and write nothing",
    "execution-role": "execution-role: the role itself",
    "user": "user: a data scientist",
    "sso": "sso: a data scientist of IAM Identity Center",
}


def _keys(_state: WizardState) -> tuple[Block, ...]:
    return (
        Field(
            "export-block",
            "Paste export block",
            "secret-multiline",
            hint="The whole block that the access portal shows. Sent once, then emptied; in memory until forgotten.",
            placeholder="export AWS_ACCESS_KEY_ID=…",
        ),
        Text("Or one value after another:", "quiet"),
        Field("access-key-id", "Access key ID", "private"),
        Field("secret-access-key", "Secret access key", "secret"),
        Field("session-token", "Session token", "secret"),
    )


def _profile(state: WizardState) -> tuple[Block, ...]:
    options = (
        ("", "Whatever is found: environment, default profile, container"),
        *((p, p) for p in state.setting.profiles),
    )
    return (
        Field("profile", "Profile", "select", state.text("profile"), options=options),
        Field("mfa-code", "MFA code", "private", hint="Only where the profile's role asks for one: six digits."),
    )


def _assume_role(state: WizardState) -> tuple[Block, ...]:
    return (
        Field("assume-role", "Role to assume", value=state.text("assume-role"), placeholder="arn:aws:iam::…:role/…"),
        Field(
            "mfa-serial",
            "MFA device (optional)",
            value=state.text("mfa-serial"),
            placeholder="arn:aws:iam::…:mfa/…",
            hint="Where the role's trust policy asks for MFA.",
        ),
        Field("mfa-code", "MFA code", "private", hint="Six digits. Forgotten as soon as it was sent."),
        Field("external-id", "External ID (optional)", value=state.text("external-id")),
    )


def _device(state: WizardState) -> tuple[Block, ...]:
    device = state.device
    if device and device.roles:
        options = tuple((f"{account}/{role}", f"{role} in {name or account}") for account, name, role in device.roles)
        value = state.text("sso-role") or options[0][0]
        return (Field("sso-role", "Account and role", "select", value, options=options),)
    if device and device.code:
        steps = ("Open the page", "Allow only if it shows the same code", "Come back; this page goes on by itself")
        until = f"The code ends at {clock(device.until)}." if device.until else ""
        waiting = Waiting("Waiting for your approval.", until)
        return Device(device.code, device.url, steps), waiting, Text("You type no key and no password here.", "quiet")
    return (
        Field("start-url", "Start URL", value=choices.start_url(state), placeholder="https://….awsapps.com/start"),
        Field(
            "sso-region",
            "Region of IAM Identity Center",
            value=state.text("sso-region") or choices.region_of(state),
            hint="Where Identity Center lives, which may be another Region than the role's work.",
        ),
    )


_PANES = {
    "simulated": _simulated,
    "device": _device,
    "keys": _keys,
    "profile": _profile,
    "assume-role": _assume_role,
}
