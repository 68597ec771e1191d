"""Time limit and prompt guard for credential providers, which run programs, use networks and prompt for codes.

Without them, a provider could block a notebook kernel forever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import botocore.session

from sm_ssh_widget.aws.signin.method import SESSION_NAME, Ask
from sm_ssh_widget.problem import Code, Problem

T = TypeVar("T")

LONGEST_WAIT_SECONDS = 60


def within(seconds: float, where: str, find: Callable[[], T]) -> T:
    """Return the result of ``find``. Raises :class:`Problem` after ``seconds``, and abandons the thread."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(find())
        except BaseException as error:  # re-raised in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name="sm-ssh-widget-sign-in")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        said = f"No credentials were returned within {seconds:g} s."
        raise Problem(where, said, "Run the profile's command in a terminal to see the reason.", Code.SIGN_IN)
    return results[0]


def never_prompt(core: botocore.session.Session, where: str, ask: Ask | None) -> None:
    """Replace botocore's ``getpass``, which waits for a terminal that a kernel does not have, by ``ask``."""

    def prompter(prompt: str) -> str:
        if ask is None:
            raise Problem(where, "The role requires an MFA code.", "Enter the code from your MFA device.", Code.SIGN_IN)
        code = ask(prompt)
        try:
            return code.reveal()
        finally:
            code.forget()

    provider: Any = core.get_component("credential_provider").get_provider("assume-role")
    if not hasattr(provider, "_prompter"):
        raise Problem(where, "The installed botocore would prompt for input here.", "Use temporary keys.", Code.SIGN_IN)
    provider._prompter = prompter  # no public API exists, and botocore's getpass would block a kernel


def name_our_sessions(core: botocore.session.Session) -> None:
    """Set the session name ``sm-ssh-widget`` for profiles without one, instead of ``botocore-session-<clock>``."""
    for profile in core.full_config.get("profiles", {}).values():
        if "role_arn" in profile:
            profile.setdefault("role_session_name", SESSION_NAME)
