"""Sign-in with a profile of the AWS configuration: keys, role, IAM Identity Center, ``aws login`` or a program.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.session.service_models import shared_core
from sm_ssh_widget.aws.signin.chain import AGAIN, load, renews, source_label
from sm_ssh_widget.aws.signin.login_support import login_lack
from sm_ssh_widget.aws.signin.method import Ask, FoundCredentials, SignInContext, new_core
from sm_ssh_widget.problem import Code, Problem

_ELSEWHERE = ("env", "container-role", "iam-role")
"""Where botocore continues to search if a profile has no credentials: these belong to another identity."""


def profile_names() -> tuple[str, ...]:
    """List the profiles of the AWS configuration; empty if it is unreadable, which the sign-in then reports."""
    try:
        return tuple(shared_core().available_profiles)
    except Exception:
        return ()


@dataclass(frozen=True)
class Profile:
    """A profile by name; ``ask`` supplies the MFA code if its role requires one, at most once per sign-in."""

    name: str
    ask: Ask | None = field(default=None, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Load the profile. Raises :class:`Problem` (``sign-in``) with the command that fixes the profile."""
        where = f"Signing in (profile {self.name})"
        try:
            with told_as_problem(where):
                core = new_core(place.region, self.name)
                settings = core.get_scoped_config()
                if "login_session" in settings and (lack := login_lack()):
                    raise lack.problem(where)
                again = _remedy(self.name, settings) if "login_session" in settings else AGAIN
                credentials = load(core, where, self.ask, again=again)
        except Problem as problem:
            raise Problem(where, problem.said, problem.remedy.replace("NAME", self.name), problem.code) from None
        if credentials is None or credentials.method in _ELSEWHERE:
            raise Problem(where, "The profile has no credentials.", _remedy(self.name, settings), Code.SIGN_IN)
        return FoundCredentials(
            credentials,
            f"profile {self.name}{_how(settings, credentials)}",
            _until(settings, credentials),
            _warnings(settings),
            profile=self.name,
            renews=renews(credentials),
        )


def _how(settings: Mapping[str, Any], credentials: Any) -> str:
    return (
        f" ({source_label(credentials)})"
        if settings.keys() & {"credential_process", "role_arn", "login_session"}
        else ""
    )


def _until(settings: Mapping[str, Any], credentials: Any) -> Any:
    """Return when the credentials end: a session opened with an MFA code cannot renew itself."""
    return getattr(credentials, "_expiry_time", None) if "mfa_serial" in settings else None


def _warnings(settings: Mapping[str, Any]) -> tuple[str, ...]:
    process = settings.get("credential_process")
    return (f"This profile gets its credentials from a program: {_program(process)}.",) if process else ()


def _program(command: str) -> str:
    """Return the program of a command line without its arguments, which can contain secrets."""
    return command.split(maxsplit=1)[0] if command.split() else command


def _remedy(name: str, settings: Mapping[str, Any]) -> str:
    if "login_session" in settings:
        return f"Run: aws login --profile {name}"
    if settings.keys() & {"sso_session", "sso_start_url"}:
        return f"Run: aws sso login --profile {name}"
    return f"Run: aws configure --profile {name}"
