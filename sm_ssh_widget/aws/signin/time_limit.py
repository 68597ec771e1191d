"""Nothing may hang a kernel: credential providers run programs, wait for networks and ask for codes at a terminal."""

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
    """The result of ``find``, or :class:`Problem` (``sign-in``) when it takes longer; its thread is left behind."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(find())
        except BaseException as error:  # carried over to the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name="sm-ssh-widget-sign-in")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        said = f"No credentials came within {seconds:g} seconds."
        raise Problem(where, said, "Run the profile's command in a terminal to see what it waits for.", Code.SIGN_IN)
    return results[0]


def never_prompt(core: botocore.session.Session, where: str, ask: Ask | None) -> None:
    """Put ``ask`` in the place of botocore's ``getpass``, which waits for a terminal that a kernel does not have."""

    def prompter(prompt: str) -> str:
        if ask is None:
            raise Problem(where, "The role asks for an MFA code.", "Sign in with the code of the device.", Code.SIGN_IN)
        code = ask(prompt)
        try:
            return code.reveal()
        finally:
            code.forget()

    provider: Any = core.get_component("credential_provider").get_provider("assume-role")
    if not hasattr(provider, "_prompter"):
        raise Problem(where, "This botocore cannot be kept from prompting.", "Use temporary keys.", Code.SIGN_IN)
    provider._prompter = prompter  # there is no public way: its getpass would hang a kernel


def name_our_sessions(core: botocore.session.Session) -> None:
    """Call the role sessions of profiles that name none ``sm-ssh-widget``, not ``botocore-session-<clock>``."""
    for profile in core.full_config.get("profiles", {}).values():
        if "role_arn" in profile:
            profile.setdefault("role_session_name", SESSION_NAME)
