"""Sign-in with pasted keys: temporary ones from the access portal, or long-lived ones with a warning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from botocore.credentials import Credentials

from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext
from sm_ssh_widget.problem import Code, Problem


@dataclass(frozen=True)
class Keys:
    """An access key; ``token`` for temporary ones (``ASIA…``), ``until`` (with time zone) if their end is known."""

    key_id: str
    secret: Secret
    token: Secret | None = None
    until: datetime | None = None

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        """Return the keys. Raises :class:`Problem` (``sign-in``) for temporary keys without a session token."""
        if self.key_id.startswith("ASIA") and self.token is None:
            raise Problem(
                "Signing in (keys)",
                "The access key is temporary (ASIA…), but the session token (AWS_SESSION_TOKEN) is missing.",
                "Paste all three: access key ID, secret access key, session token.",
                Code.SIGN_IN,
            )
        try:
            secret, token = self.secret.reveal(), self.token.reveal() if self.token else None
        except LookupError:
            raise Problem(
                "Signing in (keys)", "The credentials were removed from memory.", "Paste them again.", Code.SIGN_IN
            ) from None
        secrets = (self.secret,) if self.token is None else (self.secret, self.token)
        credentials = Credentials(self.key_id, secret, token, method="explicit")
        return FoundCredentials(credentials, "keys", self.until, secrets=secrets)
