"""The sign-in method that what was typed and the secrets describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sm_ssh_widget import pipeline
from sm_ssh_widget.pipeline import (
    AssumeRole,
    Chain,
    ExistingSession,
    Keys,
    Login,
    Portal,
    Profile,
    Secret,
    SignInMethod,
    parse_export_block,
)
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.wizard.effects import BROWSER_LOGIN, SignInEffect
from sm_ssh_widget.wizard.environment import Home

Secrets = Mapping[str, Secret]


def way(asked: SignInEffect, home: Home, secrets: Secrets) -> SignInMethod:
    """The way that was asked for; raises :class:`Problem` (``sign-in``) where something it needs was left out."""
    if asked.way == "simulated" and home.profile_session:
        member = asked.account if asked.account in home.members else ""
        return ExistingSession(home.profile_session(asked.typed.get("simulated-profile") or "admin", account=member))
    if asked.way == "keys":
        return _keys(secrets)
    if asked.way == "profile":
        ask = _asker(secrets)
        name = asked.typed.get("profile", "")
        return Profile(name, ask) if name else Chain(ask)
    if asked.way == "login":
        return Login(asked.typed.get("login-profile"))
    if asked.way == "assume-role":
        return _assumed(asked.typed, secrets)
    raise _problem(asked.way, "This way to sign in is not known here.", "Choose another way.")


def _keys(secrets: Secrets) -> Keys:
    block = secrets.get("export-block")
    if block:
        text = block.reveal()
        block.forget()
        return parse_export_block(text)
    key_id, secret = secrets.get("access-key-id"), secrets.get("secret-access-key")
    if key_id is None or secret is None:
        left_out = "access key ID" if key_id is None else "secret access key"
        raise _problem("keys", f"The {left_out} is left out.", "Paste the export block, or fill in the fields.")
    token = secrets.get("session-token")
    return Keys(key_id.reveal().strip(), _stripped(secret), _stripped(token) if token else None)


def _stripped(secret: Secret) -> Secret:
    """A secret without the white space that a copy brings along."""
    text = secret.reveal().strip()
    secret.forget()
    return Secret(text)


def _assumed(typed: Mapping[str, str], secrets: Secrets) -> AssumeRole:
    role = typed.get("assume-role", "")
    if not role:
        raise _problem("assume-role", "No role to assume is named.", "Type its ARN.")
    serial, code = typed.get("mfa-serial"), secrets.get("mfa-code")
    return AssumeRole(role, Chain(), typed.get("external-id"), serial, code if serial else None)


def _asker(secrets: Secrets) -> Callable[[str], Secret]:
    """Answers the question for an MFA code with the one that was typed."""

    def ask(_words: str) -> Secret:
        code = secrets.get("mfa-code")
        if code is None:
            raise _problem("profile", "The profile's role asks for an MFA code.", "Type the code, then sign in again.")
        return code

    return ask


def device(
    asked: SignInEffect, home: Home, *, shown: Callable[[str, str, str], None], stop: Callable[[], bool]
) -> Portal:
    """Ask IAM Identity Center for a code, show it, and wait until the page was answered; raises :class:`Problem`."""
    url, region = asked.typed.get("start-url", ""), asked.typed.get("sso-region") or asked.region
    if not url:
        raise _problem("device", "The start URL is left out.", "Type it: https://….awsapps.com/start")
    return pipeline.ask_device(url, region, shown=shown, stop=stop, endpoint=home.endpoint)


def begins_here(asked: SignInEffect, home: Home) -> bool:
    """Whether a sign-in with AWS begins here: it was chosen, or there is no profile of ``aws login`` to use."""
    if asked.way != "login":
        return False
    there = () if home.profile_session else Login.profiles()
    return not there or asked.typed.get("login-profile") == BROWSER_LOGIN


def _problem(where: str, said: str, remedy: str) -> Problem:
    return Problem(f"Sign-in ({where})", said, remedy, Code.SIGN_IN)
