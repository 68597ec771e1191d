"""Screen 4: who reads or writes, and the review before the first write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Kind
from sm_ssh_widget.pipeline import SessionIdentity
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.judgement import listed
from sm_ssh_widget.wizard import choices
from sm_ssh_widget.wizard.blocks import Band, Block, Choice, ChoiceOption, Device, Field, Note, Text, Waiting
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.effects import BROWSER_LOGIN, Check, ChooseRole, SignInEffect
from sm_ssh_widget.wizard.screens import change_blocks
from sm_ssh_widget.wizard.screens.labels import (
    BACK,
    HAND_OVER,
    OTHER_IDENTITY,
    clock,
    counted,
    marked,
    problem,
    short,
    undo_button,
)
from sm_ssh_widget.wizard.screens.review import review, writes
from sm_ssh_widget.wizard.state import Intent, WayIn, WizardState
from sm_ssh_widget.wizard.view import View

SECRETS = {
    "keys": ("access-key-id", "secret-access-key", "session-token", "export-block"),
    "assume-role": ("mfa-code",),
    "profile": ("mfa-code",),
    "login": ("authorization-code",),
}
SECRET_FIELDS = frozenset(name for names in SECRETS.values() for name in names)


def permission(state: WizardState, now: datetime) -> View:
    """Sign in; or, once signed in, review what is written, where, as whom, and whether they can."""
    blocks: list[Block] = []
    if state.failed:
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy))
    blocks += _refused(state)
    if state.face and state.intent is not Intent.READ:
        blocks += review(state, state.face, now)
    elif state.face:
        blocks.append(_limits(state, state.face))
    else:
        blocks += [ways(state, hands_over=_hands_over(state)), _limits(state, None)]
    blocks += warnings(state)
    heading, lede = _heading(state)
    return View(
        screen="permission",
        heading=heading,
        lede=lede,
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, *_actions(state)),
        footnote=_footnote(state),
    )


def _footnote(state: WizardState) -> str:
    if state.intent is Intent.READ:
        return "This sign-in reads. Before anything is written, Permission asks again."
    if state.face and state.acting_now and state.acting_now.may_not:
        return ""
    if state.face:
        return "The next click writes to AWS."
    return "Nothing is written on this screen."


def warnings(state: WizardState) -> tuple[Block, ...]:
    """What the person is warned of: by the identity, and by a space that others use."""
    texts = [*state.face.warnings] if state.face else []
    blocks = [Band(f"warning:{n}", "", marked(text), "attention", "flag") for n, text in enumerate(texts)]
    if state.detection and state.detection.shared_space:
        text = "Everyone in this space can run code in this kernel and use your sign-in."
        blocks.append(Band("shared", "This space is shared.", text, "attention", "flag"))
    return tuple(blocks)


def _refused(state: WizardState) -> tuple[Block, ...]:
    """What the signed-in identity is known to be refused, and the two ways on."""
    acting = state.acting_now
    if acting is None or not acting.may_not:
        return ()
    calls = ", ".join(f"`{call}`" for call in dict.fromkeys(each.call for each in acting.may_not))
    findings = dict.fromkeys(finding for each in acting.may_not for finding in each.findings)
    target = state.plan.target if state.plan else {}
    names = (str(target.get("region", "")), str(target.get("user") or ""))
    left_out = ", ".join(f"“{change_blocks.purpose(finding, *names)}”" for finding in findings)
    text = f"It cannot call {calls}. Sign in as another identity, or leave out of the plan: {left_out}."
    return (Band("refused", "This identity cannot apply the whole plan.", text, "bad", "blocked"),)


def _heading(state: WizardState) -> tuple[str, str]:
    account = choices.account_of(state)
    where = f"of account {account}" if account else "of the role's account"
    if state.intent is Intent.READ:
        unread = sum(
            finding.required and finding.status is FindingStatus.UNKNOWN
            for finding in (state.report.findings if state.report else ())
        )
        rest = f"the other {unread}" if unread else "the role"
        return f"Sign in to read {rest}", f"Any identity {where} that can read IAM works. It reads and writes nothing."
    number = counted(_number(state), "change")
    if state.face:
        verb = "undone" if _undoes(state) else "applied"
        lede = (
            "You can stop after any change."
            if verb == "undone"
            else "You can stop after any change, and undo all of them."
        )
        return f"Review: {number}, {verb} as {short(state.face.arn)}", lede
    if _undoes(state):
        return f"Who undoes the {number}?", f"Sign in as an identity {where} with IAM permissions."
    return f"Who applies the {number}?", f"Sign in as an identity {where} with IAM permissions. {_how_long(state)}"


_SLOW = {Kind.SERVICE_SETTING: "the tier", Kind.QUICK_SETUP: "Quick Setup", Kind.INSTANCE: "the temporary instance"}


def _how_long(state: WizardState) -> str:
    """The usual time, and the longest one where the plan has changes that AWS or an instance needs time for."""
    kinds = {change.kind for change in state.plan.changes} if state.plan else set()
    slow = [name for kind, name in _SLOW.items() if kind in kinds]
    longest = f" With {listed(slow)}, it can take up to 30 minutes." if slow else ""
    return f"Applying usually takes about a minute.{longest}"


def _undoes(state: WizardState) -> bool:
    return state.intent is Intent.UNDO or bool(state.intent is Intent.RESUME and state.journal and state.journal.undoes)


def _number(state: WizardState) -> int:
    if state.intent is Intent.APPLY and state.plan:
        return len(state.plan.changes)
    if state.intent is Intent.UNDO:
        return applied(state.run)
    return remaining(state)


def _actions(state: WizardState) -> tuple[Action, ...]:
    if state.face:
        go_on = _go_on(state)
        if not (state.acting_now and state.acting_now.may_not):
            return (go_on,)
        hand_over = (HAND_OVER,) if state.setting.formats else ()
        return *hand_over, replace(OTHER_IDENTITY, look="primary")
    return sign_in_actions(state, (HAND_OVER,) if _hands_over(state) else ())


def _hands_over(state: WizardState) -> bool:
    return bool(state.plan and state.setting.formats and state.intent is Intent.APPLY)


def sign_in_actions(state: WizardState, hand_over: tuple[Action, ...]) -> tuple[Action, ...]:
    """The buttons of a sign-in, where it stands now; ``hand_over`` is the one for those who cannot."""
    if state.doing(SignInEffect, ChooseRole):
        stop = Action("stop", "Cancel sign-in")
        if state.device and state.device.url:
            return stop, Action("open-device", "Open sign-in page", "primary", icon="open", url=state.device.url)
        return stop, Action("sign-in", "Sign in", "primary", unavailable="Signing in…")
    way = choices.way_of(state)
    if way == choices.HAND_OVER_WAY and hand_over:
        return (replace(hand_over[0], look="primary"),)
    unavailable = "" if way != choices.HAND_OVER_WAY else "No sign-in method is available here."
    sign_in = Action("sign-in", "Sign in", "primary", unavailable=unavailable, secrets=SECRETS.get(way, ()))
    if state.device and state.device.asks:
        return Action("open-device", "Open sign-in page", "second", icon="open", url=state.device.url), sign_in
    return *hand_over, sign_in


def _go_on(state: WizardState) -> Action:
    if state.intent is Intent.UNDO and (done := applied(state.run)):
        return replace(undo_button(done), look="primary")
    if state.intent is Intent.RESUME:
        verb = "Undo" if state.journal and state.journal.undoes else "Apply"
        return Action("retry", f"{verb} {counted(remaining(state), 'change')}", "primary", acts=True)
    if state.intent is not Intent.APPLY or state.plan is None:
        busy = "Reading the role." if state.doing(Check) else ""
        return Action("check", "Check this role", "primary", unavailable=busy)
    return Action("apply", f"Apply {counted(_number(state), 'change')}", "primary", acts=True)


def applied(journal: Journal | None) -> int:
    """How many changes of a run can be undone; the run of an undo has none."""
    steps = journal.steps if journal and not journal.undoes else ()
    return sum(step.status.value == "done" for step in steps)


def remaining(state: WizardState) -> int:
    """How many changes of the journal are still to be applied."""
    steps = state.journal.steps if state.journal else ()
    return sum(step.status.value not in ("done", "skipped", "undone") for step in steps)


def minutes(face: SessionIdentity, now: datetime) -> str:
    """How long the session lasts."""
    left = face.minutes_left(now)
    renewed = ", renewed automatically" if face.renews else ""
    return "no expiration" if left is None else f"{counted(left, 'minute')} left{renewed}"


def _limits(state: WizardState, face: SessionIdentity | None) -> Note:
    account = choices.account_of(state)
    refuses = f" Identities of accounts other than {account} are refused." if account and not face else ""
    calls = writes(state)
    if not calls or state.intent is Intent.READ:
        text = f"It only reads. Nothing is written until you review a plan and apply it.{refuses}"
        return Note("What this sign-in can do:", text)
    listed = ", ".join(f"`{call}`" for call in calls)
    text = (
        f"It can make only the {counted(len(calls), 'reviewed call')}: {listed}. Any other write is blocked.{refuses}"
    )
    return Note("What this sign-in can do:", text)


# The ways


def ways(state: WizardState, *, hands_over: bool) -> Choice:
    """The ways to sign in, and, with ``hands_over``, to hand the plan over instead."""
    chosen = choices.way_of(state)
    options = [_way(state, way, chosen) for way in choices.ways(state)]
    if hands_over:
        text = "You need no permissions. The ticket contains no secrets. Afterwards, check the role here."
        line = "A ticket with a script, made from this plan"
        pane = (Text(text, "quiet"),) if chosen == choices.HAND_OVER_WAY else ()
        options.append(ChoiceOption(choices.HAND_OVER_WAY, HAND_OVER.label, line, bool(pane), blocks=pane))
    return Choice("way", "Way to sign in", "radio", tuple(options), label_hidden=True)


def _way(state: WizardState, way: WayIn, chosen: str) -> ChoiceOption:
    on = way.id == chosen
    blocks = _PANES[way.id](state) if on and way.id in _PANES else ()
    return ChoiceOption(way.id, way.title, way.line, on, unavailable=way.unavailable, blocks=blocks)


def _simulated(state: WizardState) -> tuple[Block, ...]:
    profiles = tuple((name, _PROFILES.get(name, name)) for name in state.setting.profiles)
    value = state.text("simulated-profile") or next((name for name, _ in profiles), "")
    return (Field("simulated-profile", "Identity of the simulated account", "select", value, options=profiles),)


_PROFILES = {
    "admin": "admin: full access",
    "read-only": "read-only: reads everything, writes nothing",
    "execution-role": "execution-role: this role",
    "user": "user: a data scientist",
    "sso": "sso: a data scientist from IAM Identity Center",
}


def _keys(_state: WizardState) -> tuple[Block, ...]:
    return (
        Field(
            "export-block",
            "Paste export block",
            "secret-multiline",
            hint="The complete block from the AWS access portal. Sent once, then cleared. In memory until you choose "
            "Forget credentials.",
            placeholder="export AWS_ACCESS_KEY_ID=…",
        ),
        Text("Or enter each value:", "quiet"),
        Field("access-key-id", "Access key ID", "private"),
        Field("secret-access-key", "Secret access key", "secret"),
        Field("session-token", "Session token", "secret"),
    )


def _profile(state: WizardState) -> tuple[Block, ...]:
    options = (
        ("", "Default chain: environment, default profile, container"),
        *((p, p) for p in state.setting.profiles),
    )
    return (
        Field("profile", "Profile", "select", state.text("profile"), options=options),
        Field("mfa-code", "MFA code", "private", hint="Six digits, only if the profile's role requires MFA."),
    )


def _login(state: WizardState) -> tuple[Block, ...]:
    if state.device and state.device.asks:
        return _authorization_code()
    there, lack = state.setting.login_profiles, state.setting.no_browser_login
    if not there and lack:
        text = "No profile was made by `aws login` here. Run `aws login` in a terminal (AWS CLI 2.32.0 or later)."
        return Text(text), Text(lack, "quiet")
    renewed = "The keys are renewed automatically, for up to 12 hours after the sign-in. Nothing is stored on disk."
    if not there:
        return Text("Sign in makes a link to AWS's sign-in page."), Text(renewed, "quiet")
    options = tuple((name, name) for name in there)
    options += () if lack else ((BROWSER_LOGIN, "A new sign-in in the browser"),)
    value = state.text("login-profile") or there[0]
    if value != BROWSER_LOGIN:
        renewed = "The keys are renewed automatically, for up to 12 hours after `aws login`."
    told = (Text(lack, "quiet"),) if lack else ()
    return Field("login-profile", "Profile", "select", value, options=options), Text(renewed, "quiet"), *told


def _authorization_code() -> tuple[Block, ...]:
    steps = (
        "Open the sign-in page. Sign in as in the console, allow the tool, and copy the authorization code that the "
        "page shows."
    )
    return (
        Text(steps),
        Field(
            "authorization-code",
            "Authorization code",
            "secret",
            hint="It works once. Sent once, then cleared. The keys stay in memory until you choose Forget credentials.",
        ),
        Text("Use only a code from the page that you opened here.", "quiet"),
    )


def _assume_role(state: WizardState) -> tuple[Block, ...]:
    return (
        Field("assume-role", "Role to assume", value=state.text("assume-role"), placeholder="arn:aws:iam::…:role/…"),
        Field(
            "mfa-serial",
            "MFA device (optional)",
            value=state.text("mfa-serial"),
            placeholder="arn:aws:iam::…:mfa/…",
            hint="Only if the role's trust policy requires MFA.",
        ),
        Field("mfa-code", "MFA code", "private", hint="Six digits. Removed from memory after it is sent."),
        Field("external-id", "External ID (optional)", value=state.text("external-id")),
    )


def _device(state: WizardState) -> tuple[Block, ...]:
    device = state.device
    if device and device.roles:
        options = tuple((f"{account}/{role}", f"{role} in {name or account}") for account, name, role in device.roles)
        value = state.text("sso-role") or options[0][0]
        return (Field("sso-role", "Account and role", "select", value, options=options),)
    if device and device.code:
        steps = (
            "Open the page",
            "Approve only if it shows the same code",
            "Return here; the wizard continues automatically",
        )
        until = f"The code expires at {clock(device.until)}." if device.until else ""
        waiting = Waiting("Waiting for your approval", until)
        return Device(device.code, device.url, steps), waiting, Text("You enter no key or password here.", "quiet")
    return (
        Field("start-url", "Start URL", value=choices.start_url(state), placeholder="https://….awsapps.com/start"),
        Field(
            "sso-region",
            "Region of IAM Identity Center",
            value=state.text("sso-region") or choices.region_of(state),
            hint="The Region where IAM Identity Center is enabled. It can differ from the Region of your jobs.",
        ),
    )


_PANES = {
    "simulated": _simulated,
    "device": _device,
    "keys": _keys,
    "login": _login,
    "profile": _profile,
    "assume-role": _assume_role,
}
