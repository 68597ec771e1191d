"""Keys that a person pastes: temporary ones from the access portal, or long-lived ones, which are warned about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from botocore.credentials import Credentials

from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext
from sm_ssh_widget.problem import Code, Problem


@dataclass(frozen=True)
class Keys:
    """An access key; ``token`` for temporary ones (``ASIA…``), ``until`` where their end is known (with time zone)."""

    key_id: str
    secret: Secret
    token: Secret | None = None
    until: datetime | None = None

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        """Raises :class:`Problem` (``sign-in``) for temporary keys without their token."""
        if self.key_id.startswith("ASIA") and self.token is None:
            raise Problem(
                "Sign-in (keys)",
                "The access key ID is of a temporary key, and the session token is missing.",
                "Paste all three: access key ID, secret access key, session token.",
                Code.SIGN_IN,
            )
        try:
            secret, token = self.secret.reveal(), self.token.reveal() if self.token else None
        except LookupError:
            raise Problem("Sign-in (keys)", "The keys were forgotten.", "Paste them again.", Code.SIGN_IN) from None
        secrets = (self.secret,) if self.token is None else (self.secret, self.token)
        credentials = Credentials(self.key_id, secret, token, method="explicit")
        return FoundCredentials(credentials, "keys", self.until, secrets=secrets)
