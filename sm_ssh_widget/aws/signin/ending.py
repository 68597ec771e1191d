"""The end of a session at AWS, for the sign-in methods that AWS has a call for.

The calls are no part of a plan, so they do not pass the tripwire: they are made once, when a person ends the session,
with clients of their own.
Sources: https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Logout.html and the operation
``RevokeOAuth2TokenWithIAM`` of the AWS Sign-In service.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import botocore
from botocore.exceptions import UnknownServiceError

from sm_ssh_widget.aws.session.limits import limit_clients
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.login_tokens import MemoryTokens
from sm_ssh_widget.aws.signin.method import Ending, SignInContext, new_core
from sm_ssh_widget.aws.signin.unsigned import unsigned_client

_REVOKE = "RevokeOAuth2TokenWithIAM"
_NO_REVOKE = (
    "The installed boto3 ({version}) cannot end this session at AWS. Its keys expire within 15 minutes after they are "
    "forgotten."
)
_REVOKED = "Ending it stops the renewal. The keys in use expire within 15 minutes."
_LOGGED_OUT = (
    "Ending it also signs you out of the AWS access portal in the browser. The keys in use remain valid to their end."
)


def revocation(tokens: MemoryTokens, place: SignInContext) -> Ending:
    """Return the ending of a sign-in with AWS in the browser: its refresh token is revoked."""
    core = new_core(place.region)
    try:
        offered = _REVOKE in core.get_service_model("signin").operation_names
    except UnknownServiceError:
        offered = False
    if not offered:
        return Ending(_NO_REVOKE.format(version=botocore.__version__))

    def run(keys: Any) -> None:
        limit_clients(core)
        core.set_credentials(keys.access_key, keys.secret_key, keys.token)
        client: Any = core.create_client("signin", region_name=place.region, endpoint_url=place.endpoint)
        with closing(client):
            client.revoke_oauth2_token_with_iam(token=tokens.refresh_token)

    return Ending(_REVOKED, f"signin:{_REVOKE}", run)


def logout(token: Secret, place: SignInContext) -> Ending:
    """Return the ending of a sign-in through IAM Identity Center: the portal's session ends, not the role's."""

    def run(_keys: Any) -> None:
        with closing(unsigned_client("sso", place.region, place.endpoint)) as client:
            client.logout(accessToken=token.reveal())

    return Ending(_LOGGED_OUT, "sso:Logout", run)
