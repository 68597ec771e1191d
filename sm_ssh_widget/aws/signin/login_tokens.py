"""Tokens of a browser sign-in in memory, in the form in which botocore's provider of ``aws login`` renews keys.

The provider keeps its tokens in a mapping: by default files, here a dictionary that can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn, TypeAlias

import botocore.credentials
import botocore.utils
from botocore.config import Config

from sm_ssh_widget.aws.session.errors import told_as_problem
from sm_ssh_widget.aws.session.limits import limit_clients
from sm_ssh_widget.aws.signin.login_support import private_text
from sm_ssh_widget.aws.signin.method import SESSION_NAME, SignInContext, new_core
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any


class MemoryTokens(dict[str, Json]):
    """The tokens of one sign-in, as botocore's provider reads and replaces them. Cannot be pickled or copied."""

    __slots__ = ("who",)

    def __init__(self, who: str) -> None:
        super().__init__()
        self.who = who

    @classmethod
    def of(cls, given: Mapping[str, Json], who: PrincipalArn, ends: datetime, client: str, key: Any) -> MemoryTokens:
        """Keep what AWS gave to an identity for an authorization code; ``key`` proves later requests."""
        keys, tokens = given["accessToken"], cls(str(who))
        name = botocore.utils.generate_login_cache_key(tokens.who)  # old releases lack it, and do not come here
        tokens[name] = {
            "accessToken": {
                "accessKeyId": keys["accessKeyId"],
                "secretAccessKey": keys["secretAccessKey"],
                "sessionToken": keys["sessionToken"],
                "accountId": who.account,
                "expiresAt": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
            },
            "tokenType": given["tokenType"],
            "clientId": client,
            "refreshToken": given["refreshToken"],
            "dpopKey": private_text(key),
        }
        return tokens

    @property
    def refresh_token(self) -> str:
        """The refresh token. Raises :class:`Problem` (``sign-in``) once the sign-in is forgotten."""
        for token in self.values():
            return str(token["refreshToken"])
        raise Problem("Session", "The credentials were removed from memory.", "Sign in again.", Code.SIGN_IN)

    def forget(self) -> None:
        """Drop every key and token. Idempotent."""
        self.clear()

    def __repr__(self) -> str:
        return f"<MemoryTokens{'' if self else ' (forgotten)'}>"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A sign-in cannot be saved or pickled.")


def login_credentials(tokens: MemoryTokens, place: SignInContext) -> Any:
    """Return botocore credentials that renew themselves from ``tokens``. Raises :class:`Problem` (``sign-in``)."""
    core = new_core(place.region)
    limit_clients(core)
    core.register_component("credential_provider", botocore.credentials.CredentialResolver([]))

    def client(service: str, config: Config) -> Any:
        return core.create_client(service, region_name=place.region, endpoint_url=place.endpoint, config=config)

    provider: Any = botocore.credentials.LoginProvider(
        load_config=lambda: {"profiles": {SESSION_NAME: {"login_session": tokens.who}}},
        client_creator=client,
        profile_name=SESSION_NAME,
        token_cache=tokens,  # type: ignore[arg-type]  # the stubs name the default, which is a mapping too
    )
    with told_as_problem("Signing in (AWS, in the browser)"):
        return provider.load()
