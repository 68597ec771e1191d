"""Sign in with AWS in a browser, without a file: what ``aws login --remote`` does, with everything in memory.

A person opens a link, signs in as in the console, and pastes the authorization code that the page shows. This is the
way for another device (OAuth authorization code with PKCE, RFC 7636): a notebook often runs where a browser cannot
reach it, so there is no redirect to this process. The code is exchanged for keys of 15 minutes, which botocore's own
provider renews for up to 12 hours. Each request for keys is proved with a key that awscrt makes (DPoP, RFC 9449).
Sources: https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html,
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeAlias
from urllib.parse import parse_qsl, urlencode

from botocore.exceptions import ClientError

from sm_ssh_widget.aws.session.clients import foreign_endpoint
from sm_ssh_widget.aws.session.errors import FAILURES, code_of, problem_from, said_by
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.ending import revocation
from sm_ssh_widget.aws.signin.login_support import Lack, browser_login_lack, login_key, proof_of
from sm_ssh_widget.aws.signin.login_tokens import MemoryTokens, login_credentials
from sm_ssh_widget.aws.signin.method import FoundCredentials, SignInContext
from sm_ssh_widget.aws.signin.unsigned import unsigned_client
from sm_ssh_widget.clock import SystemClock
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn, is_region
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

WHERE = "Signing in (AWS, in the browser)"
AGAIN = "Sign in again for a new link."
CLIENT = "arn:aws:signin:::devtools/cross-device"
WAY = "AWS sign-in in the browser"

_DOMAINS = (("cn-", "amazonaws.cn"), ("us-gov-", "amazonaws-us-gov.com"), ("", "aws.amazon.com"))
"""The domain of the sign-in page by the start of a Region's name."""
_OTHER_PARTITIONS = ("us-iso", "eu-isoe-", "eusc-")
_REFUSED: Mapping[str, tuple[str, str]] = {
    "AUTHCODE_EXPIRED": ("The authorization code is no longer valid. Each code works once.", AGAIN),
    "TOKEN_EXPIRED": ("The sign-in has expired.", AGAIN),
    "USER_CREDENTIALS_CHANGED": ("The password of this identity was changed.", AGAIN),
    "INSUFFICIENT_PERMISSIONS": (
        "This identity is not allowed to sign in for tools.",
        "Ask an admin to attach the AWS managed policy SignInLocalDevelopmentAccess to it, or use another sign-in "
        "method.",
    ),
}


@dataclass(frozen=True)
class BrowserLogin:
    """AWS's sign-in page in ``region``."""

    region: str

    @staticmethod
    def lack() -> Lack | None:
        """Return what this environment lacks for it, ``None`` if it works."""
        return browser_login_lack()

    def begin(self, endpoint: str | None = None) -> PendingLogin:
        """Make a link; nothing is sent yet. Raises :class:`Problem`: ``sign-in``, ``usage``."""
        if lack := self.lack():
            raise lack.problem(WHERE)
        if not is_region(self.region):
            said = f"{self.region!r} is not a Region name."
            raise Problem(WHERE, said, "Specify a Region, such as eu-west-1.", Code.USAGE)
        with closing(unsigned_client("signin", self.region, endpoint)) as client:
            foreign = foreign_endpoint(client.meta.endpoint_url)
        return PendingLogin(SignInContext(self.region, endpoint), foreign or _page(self.region), foreign)


def _page(region: str) -> str:
    """The address of AWS's sign-in page. Raises :class:`Problem` (``sign-in``) for a partition of its own kind."""
    if region.startswith(_OTHER_PARTITIONS):
        said = f"The address of AWS's sign-in page for {region} is not known here."
        raise Problem(WHERE, said, "Use another sign-in method.", Code.SIGN_IN)
    domain = next(domain for start, domain in _DOMAINS if region.startswith(start))
    return f"https://{region}.signin.{domain}"


class PendingLogin:
    """A link that waits for its authorization code; ``link`` is what to open. Cannot be pickled.

    ``endpoint`` is the custom endpoint that it leads to, empty for AWS.
    """

    __slots__ = ("_key", "_place", "_redirect", "_state", "_verifier", "endpoint", "link")

    def __init__(self, place: SignInContext, page: str, foreign: str) -> None:
        self._place = place
        self._verifier, self._state = Secret(secrets.token_urlsafe(48)), Secret(secrets.token_urlsafe(24))
        self._key = login_key()
        self._redirect = f"{page}/v1/sessions/confirmation"
        self.endpoint = foreign
        digest = hashlib.sha256(self._verifier.reveal().encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": CLIENT,
            "state": self._state.reveal(),
            "code_challenge_method": "SHA-256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "scope": "openid",
            "redirect_uri": self._redirect,
        }
        self.link = f"{page}/v1/authorize?{urlencode(asked)}"

    def finish(self, pasted: Secret) -> GrantedLogin:
        """Exchange the authorization code that the page shows for keys.

        Raises :class:`Problem`: ``sign-in``, ``unreachable``. The code, the verifier and the link are forgotten in
        every case: a code works once.
        """
        try:
            code = self._code(pasted)
            return self._exchanged(code)
        finally:
            pasted.forget()
            self.forget()

    def forget(self) -> None:
        """Cancel: drop the verifier and the state. Idempotent."""
        self._verifier.forget()
        self._state.forget()

    @property
    def is_forgotten(self) -> bool:
        """Whether the link can no longer be used."""
        return self._verifier.is_forgotten

    def _code(self, pasted: Secret) -> str:
        if self.is_forgotten:
            raise Problem(WHERE, "The sign-in was canceled.", AGAIN, Code.SIGN_IN)
        try:
            text = base64.b64decode("".join(pasted.reveal().split()), validate=True).decode()
            given = dict(parse_qsl(text, strict_parsing=True))
            code, state = given["code"], given["state"]
        except (binascii.Error, ValueError, KeyError):
            said = "The text is not an authorization code of AWS's sign-in page."
            raise Problem(WHERE, said, f"Copy the whole code from the page. {AGAIN}", Code.SIGN_IN) from None
        if not hmac.compare_digest(state.encode(), self._state.reveal().encode()):
            said = "The authorization code belongs to another link than the one that was shown here."
            raise Problem(WHERE, said, f"Use only the code from the link that you opened here. {AGAIN}", Code.SIGN_IN)
        return code

    def _exchanged(self, code: str) -> GrantedLogin:
        asked = {
            "clientId": CLIENT,
            "grantType": "authorization_code",
            "code": code,
            "codeVerifier": self._verifier.reveal(),
            "redirectUri": self._redirect,
        }
        with _told(), closing(unsigned_client("signin", self._place.region, self._place.endpoint)) as client:
            client.meta.events.register("before-call.signin.CreateOAuth2Token", proof_of(self._key))
            given = client.create_o_auth2_token(tokenInput=asked)["tokenOutput"]
            who = _subject(given["idToken"])
            # botocore renews by the time of the machine, whatever clock is in use
            ends = SystemClock().now() + timedelta(seconds=int(given["expiresIn"]))
            tokens = MemoryTokens.of(given, who, ends, CLIENT, self._key)
        return GrantedLogin(tokens, self._place)

    def __repr__(self) -> str:
        return f"<PendingLogin{' (forgotten)' if self.is_forgotten else ''}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A sign-in cannot be saved or pickled.")


class GrantedLogin:
    """Sign-in method of a person who has signed in in the browser; a sign-in uses it once. Cannot be pickled."""

    __slots__ = ("_place", "_tokens")

    def __init__(self, tokens: MemoryTokens, place: SignInContext) -> None:
        self._tokens, self._place = tokens, place

    def find(self, _place: SignInContext, /) -> FoundCredentials:
        """Return the keys, which renew themselves. Raises :class:`Problem` (``sign-in``)."""
        credentials = login_credentials(self._tokens, self._place)
        ending = revocation(self._tokens, self._place)
        return FoundCredentials(
            credentials, WAY, renews=True, secrets=(self._tokens,), ending=ending, again="Sign in again."
        )

    def forget(self) -> None:
        """Drop every key and token. Idempotent."""
        self._tokens.forget()

    def __repr__(self) -> str:
        return "<GrantedLogin>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A sign-in cannot be saved or pickled.")


class LinkAndCode:
    """The one link of a user interface that waits for its authorization code, if any."""

    def __init__(self) -> None:
        self._pending: PendingLogin | None = None

    @staticmethod
    def lack() -> Lack | None:
        """Return what this environment lacks for it, ``None`` if it works."""
        return BrowserLogin.lack()

    def link(self, region: str, endpoint: str | None = None) -> str:
        """Make a link in place of an earlier one. Raises :class:`Problem` as :meth:`BrowserLogin.begin` does."""
        self.leave()
        self._pending = BrowserLogin(region).begin(endpoint)
        return self._pending.link

    def granted(self, code: Secret | None) -> GrantedLogin | None:
        """Exchange the code of the link; ``None`` without a code or a link. Raises :class:`Problem`."""
        pending = self._pending
        if code is None or pending is None or pending.is_forgotten:
            return None
        try:
            return pending.finish(code)
        finally:
            self.leave()

    def leave(self) -> None:
        """Forget the link."""
        left, self._pending = self._pending, None
        if left is not None:
            left.forget()


def _subject(token: str) -> PrincipalArn:
    """The identity that an ID token names. It is shown and compared only: AWS is asked who signed in."""
    try:
        claims = token.split(".")[1]
        decoded = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
        return PrincipalArn.parse(json.loads(decoded)["sub"])
    except (IndexError, binascii.Error, ValueError, KeyError, TypeError, ArnError):
        said = "AWS did not say who signed in."
        raise Problem(WHERE, said, "Use another sign-in method.", Code.SIGN_IN) from None


@contextmanager
def _told() -> Iterator[None]:
    """Translate errors of the exchange; the reason stands beside AWS's usual code."""
    try:
        yield
    except FAILURES as error:
        reason = str(error.response.get("error", "")) if isinstance(error, ClientError) else ""
        if reason in _REFUSED:
            said, remedy = _REFUSED[reason]
            raise Problem(WHERE, f"{said} ({code_of(error)}: {reason})", remedy, Code.SIGN_IN) from None
        if code_of(error) == "AccessDeniedException":
            raise Problem(WHERE, f"AWS refused the sign-in. ({said_by(error)})", AGAIN, Code.SIGN_IN) from None
        raise problem_from(error, WHERE) from None
