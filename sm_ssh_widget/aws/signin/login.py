"""Sign in with AWS: a profile made by ``aws login``.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
"""

from __future__ import annotations

from dataclasses import dataclass

from sm_ssh_widget.aws.session.service_models import shared_core
from sm_ssh_widget.aws.signin.login_support import Lack, login_lack, login_profiles
from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext
from sm_ssh_widget.aws.signin.profile import Profile
from sm_ssh_widget.problem import Code, Problem

WHERE = "Signing in (aws login)"


@dataclass(frozen=True)
class Login:
    """A profile made by ``aws login``; by default the current profile, or else the only one of this kind."""

    name: str | None = None

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Load the profile. Raises :class:`Problem`: ``sign-in``, and ``usage`` if the choice is not clear."""
        if lack := login_lack():
            raise lack.problem(WHERE)
        return Profile(self._chosen()).find(place)

    @staticmethod
    def lack() -> Lack | None:
        """Return what this environment lacks for these profiles, ``None`` if they work."""
        return login_lack()

    @staticmethod
    def profiles() -> tuple[str, ...]:
        """List the profiles of this kind."""
        return login_profiles()

    def _chosen(self) -> str:
        there = login_profiles()
        current = shared_core().get_config_variable("profile") or "default"
        if self.name in there or (self.name is None and current in there):
            return self.name or current
        if self.name is not None:
            said = f"The profile {self.name} was not made by `aws login`."
            raise Problem(WHERE, said, f"Run: aws login --profile {self.name}", Code.SIGN_IN)
        if len(there) == 1:
            return there[0]
        if there:
            said = f"{len(there)} profiles were made by `aws login`: {', '.join(there)}."
            raise Problem(WHERE, said, "Choose one: --sign-in login:PROFILE", Code.USAGE)
        raise Problem(WHERE, "No profile was made by `aws login`.", "Run: aws login", Code.SIGN_IN)
