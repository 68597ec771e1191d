"""A named profile of the AWS configuration: keys, a role, Identity Center, ``aws login`` or a program.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session

from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.signin.chain import load, source_label
from sm_ssh_widget.aws.signin.method import Ask, FoundCredentials, SignInContext, new_core
from sm_ssh_widget.problem import Code, Problem

_ELSEWHERE = ("env", "container-role", "iam-role")
"""Where botocore goes on looking when a profile has no credentials of its own: another identity than was named."""


def profile_names() -> tuple[str, ...]:
    """The profiles of the AWS configuration; none where it cannot be read: that is told when somebody signs in."""
    try:
        return tuple(botocore.session.Session().available_profiles)
    except Exception:
        return ()


@dataclass(frozen=True)
class Profile:
    """A profile by name; ``ask`` is asked for the MFA code if its role wants one, and never more than once a time."""

    name: str
    ask: Ask | None = field(default=None, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Raises :class:`Problem` (``sign-in``) with the command that mends the profile."""
        where = f"Sign-in (profile {self.name})"
        try:
            with told_as_problem(where):
                core = new_core(place.region, self.name)
                settings = core.get_scoped_config()
                credentials = load(core, where, self.ask)
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
        )


def _how(settings: Mapping[str, Any], credentials: Any) -> str:
    return (
        f" ({source_label(credentials)})"
        if settings.keys() & {"credential_process", "role_arn", "login_session"}
        else ""
    )


def _until(settings: Mapping[str, Any], credentials: Any) -> Any:
    """A session that was opened with an MFA code cannot renew itself."""
    return getattr(credentials, "_expiry_time", None) if "mfa_serial" in settings else None


def _warnings(settings: Mapping[str, Any]) -> tuple[str, ...]:
    process = settings.get("credential_process")
    return (f"The profile runs a program for its credentials: {_program(process)}.",) if process else ()


def _program(command: str) -> str:
    """The program of a command line; its arguments may hold secrets."""
    return command.split(maxsplit=1)[0] if command.split() else command


def _remedy(name: str, settings: Mapping[str, Any]) -> str:
    if "login_session" in settings:
        return f'Run: pip install --upgrade "boto3" "botocore[crt]", then: aws login --profile {name}'
    if settings.keys() & {"sso_session", "sso_start_url"}:
        return f"Run: aws sso login --profile {name}"
    return f"Run: aws configure --profile {name}"
