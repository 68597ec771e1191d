"""Sign-in with an IAM Identity Center device code: a person approves it in a browser, and this process gets keys.

RegisterClient → StartDeviceAuthorization → the code is shown → CreateToken until it is answered → the portal's
accounts and roles → GetRoleCredentials. All keys stay in memory. User interfaces use two stages:
:meth:`DeviceCode.begin` returns the code at once, :meth:`Pending.wait` blocks its thread only.

Anyone can request a device code and send it to a victim (phishing). The code is therefore shown, so that the person can
compare it with the one on the page.
Sources: https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html, RFC 8628
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from sm_ssh_widget.aws.session.backoff import never
from sm_ssh_widget.aws.session.clients import foreign_endpoint
from sm_ssh_widget.aws.session.errors import FAILURES, code_of, problem_from, said_by
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.method import SESSION_NAME, FoundCredentials, SignInContext
from sm_ssh_widget.aws.signin.portal import AGAIN, WHERE, Choose, Portal, PortalRole
from sm_ssh_widget.aws.signin.unsigned import unsigned_client
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.policy.arn import is_region
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible_line

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "sso:account:access"
SLOWER_SECONDS = 5
"""Seconds added to the pause with each ``slow_down`` (RFC 8628, section 3.5)."""
BREATH_SECONDS = 0.25
"""Longest time in seconds between two checks for a stop request."""
MOST_FAILURES = 3
"""Consecutive polls that may fail with a network error before the sign-in fails."""

_ADDRESS = (
    "You find the start URL in your invitation email and in the IAM Identity Center console (AWS access portal URL)."
)
_WRONG_PLACE = f"Check the start URL, and that the Region is the one where IAM Identity Center is enabled. {_ADDRESS}"
_NO_DEVICE_CODES = (
    "Open the AWS access portal, copy temporary keys and paste them here (Paste temporary keys, or --sign-in "
    "keys-stdin). Or run `aws sso login` on a machine with a browser and use that profile."
)
_AT_THE_START: Mapping[str, tuple[str, str]] = {
    "InvalidRequestException": ("IAM Identity Center has no such start URL in this Region.", _WRONG_PLACE),
    "InvalidRequestRegionException": ("IAM Identity Center is enabled in another Region.", _WRONG_PLACE),
    "InvalidClientException": ("IAM Identity Center rejected the client registration.", AGAIN),
    "UnauthorizedClientException": ("IAM Identity Center does not allow sign-in with a device code.", _NO_DEVICE_CODES),
    "UnsupportedGrantTypeException": (
        "IAM Identity Center does not allow sign-in with a device code.",
        _NO_DEVICE_CODES,
    ),
    "AccessDeniedException": ("IAM Identity Center does not allow sign-in with a device code.", _NO_DEVICE_CODES),
}
_AT_THE_END: Mapping[str, tuple[str, str]] = {
    **_AT_THE_START,
    "InvalidRequestException": ("The code is no longer valid.", AGAIN),
    "InvalidGrantException": ("The code is no longer valid. Each code works once.", AGAIN),
    "ExpiredTokenException": ("The code expired before you approved it.", AGAIN),
    "AccessDeniedException": ("The request was denied in the browser.", "Sign in again and choose Allow."),
}
_EXPIRED = _AT_THE_END["ExpiredTokenException"]

Json: TypeAlias = Any


@dataclass(frozen=True)
class Prompt:
    """Data to show to a person: the code to compare, the link that contains it, the page without it, and the expiry.

    ``endpoint`` is the custom endpoint that issued the code, empty for AWS.
    """

    user_code: str
    link: str
    page: str
    expires: datetime
    endpoint: str = ""


Show: TypeAlias = Callable[[Prompt], None]
"""Callback that shows the code to a person."""


def tell(prompt: Prompt) -> None:
    """Write the code to standard error, for callers without a user interface."""
    link, code = visible_line(prompt.link), visible_line(prompt.user_code)
    sys.stderr.write(f"Open {link}\nand approve only if the page shows this code: {code}\n")


def name_one(roles: tuple[PortalRole, ...]) -> PortalRole:
    """Raise :class:`Problem` (``usage``) with the list of roles instead of choosing one."""
    listed = "; ".join(f"account={role.account},role={role.role}" for role in roles)
    said = f"You have {len(roles)} roles: {listed}."
    raise Problem(WHERE, said, "Choose one: --sign-in sso:START_URL,REGION,account=ID,role=NAME", Code.USAGE)


@dataclass(frozen=True)
class DeviceCode:
    """IAM Identity Center at ``start_url``, in the Region where it is enabled.

    ``account`` and ``role`` (name of a permission set) select in advance. By default the account is the one that the
    sign-in is for, a single role is used directly, and ``choose`` selects one of several roles.
    """

    start_url: str
    region: str
    account: str | None = None
    role: str | None = None
    show: Show = field(default=tell, repr=False, compare=False)
    choose: Choose = field(default=name_one, repr=False, compare=False)
    stop: Callable[[], bool] = field(default=never, repr=False, compare=False)
    clock: Clock = field(default_factory=current_clock, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Run the whole sign-in, blocking this thread.

        Raises :class:`Problem`: ``usage``, ``sign-in``, ``unreachable``, ``stopped``, and ``refused`` for an account
        that is not assigned.
        """
        portal = self.open(place.endpoint)
        try:
            chosen = self._chosen(portal, self.account or place.account or "")
            return portal.take(chosen.account, chosen.role)
        finally:
            portal.forget()

    def open(self, endpoint: str | None = None) -> Portal:
        """Run the sign-in up to the portal, which the caller forgets. Raises as :meth:`find` does."""
        pending = self.begin(endpoint)
        self.show(pending.prompt)
        return pending.wait(self.stop)

    def begin(self, endpoint: str | None = None) -> Pending:
        """Request a code. Raises :class:`Problem`: ``usage``, ``sign-in``, ``unreachable``."""
        start_url = _start_url(self.start_url)
        if not is_region(self.region):
            said = f"{self.region!r} is not a Region name."
            raise Problem(WHERE, said, "Specify the Region of IAM Identity Center, such as eu-west-1.", Code.USAGE)
        with _told(self.region, _AT_THE_START), closing(unsigned_client("sso-oidc", self.region, endpoint)) as oidc:
            made = oidc.register_client(clientName=SESSION_NAME, clientType="public", scopes=[SCOPE])
            client = _Client(made["clientId"], Secret(made["clientSecret"]))
            given = oidc.start_device_authorization(**client.words(), startUrl=start_url)
            return Pending(
                client,
                given,
                SignInContext(self.region, endpoint),
                foreign_endpoint(oidc.meta.endpoint_url),
                self.clock,
            )

    def _chosen(self, portal: Portal, account: str) -> PortalRole:
        roles = portal.roles(account)
        if self.role is not None:
            named = tuple(role for role in roles if role.role == self.role)
            if not named:
                told = ", ".join(dict.fromkeys(role.role for role in roles))
                raise Problem(WHERE, f"{self.role} is not one of your roles.", f"Choose one of: {told}", Code.SIGN_IN)
            roles = named
        return roles[0] if len(roles) == 1 else self.choose(roles)


@dataclass(frozen=True)
class _Client:
    """Client registration with IAM Identity Center, created for each sign-in and never stored."""

    id: str
    secret: Secret

    def words(self) -> dict[str, str]:
        return {"clientId": self.id, "clientSecret": self.secret.reveal()}


class Pending:
    """A requested code that waits for approval; ``prompt`` is what to show. Cannot be pickled."""

    __slots__ = ("_client", "_clock", "_code", "_deadline", "_interval", "_place", "prompt")

    def __init__(self, client: _Client, given: Json, place: SignInContext, foreign: str, clock: Clock) -> None:
        self._client, self._place, self._clock = client, place, clock
        self._code = Secret(given["deviceCode"])
        self._interval = float(given.get("interval") or SLOWER_SECONDS)
        self._deadline = clock.elapsed() + float(given["expiresIn"])
        page = given["verificationUri"]
        expires = clock.now() + timedelta(seconds=float(given["expiresIn"]))
        link = given.get("verificationUriComplete") or page
        self.prompt = Prompt(given["userCode"], link, page, expires, foreign)

    def wait(self, stop: Callable[[], bool] = never) -> Portal:
        """Block this thread until the person has answered. ``stop`` is called several times a second.

        Raises :class:`Problem`: ``sign-in`` (denied, expired, nothing assigned), ``unreachable``, ``stopped``. The
        device code and the registration are forgotten in every case.
        """
        try:
            with closing(unsigned_client("sso-oidc", self._place.region, self._place.endpoint)) as oidc:
                token = Secret(self._poll(oidc, stop))
        finally:
            self.forget()
        try:
            return Portal(token, self._place.region, self._place.endpoint)
        except Problem:
            token.forget()
            raise

    def forget(self) -> None:
        """Cancel: drop the device code and the registration. Idempotent."""
        self._code.forget()
        self._client.secret.forget()

    def _poll(self, oidc: Any, stop: Callable[[], bool]) -> str:
        pause, failures = self._interval, 0
        while True:
            self._pause(pause, stop)
            try:
                with _told(self._place.region, _AT_THE_END):
                    return str(oidc.create_token(**self._request())["accessToken"])
            except _Later as later:
                failures, pause = 0, pause + later.slower
            except Problem as problem:
                failures += 1
                if problem.code is not Code.UNREACHABLE or failures == MOST_FAILURES:
                    raise
                pause += SLOWER_SECONDS

    def _request(self) -> dict[str, str]:
        if self._code.is_forgotten:
            raise Problem(WHERE, "The sign-in was canceled.", AGAIN, Code.SIGN_IN)
        return {**self._client.words(), "grantType": GRANT, "deviceCode": self._code.reveal()}

    def _pause(self, seconds: float, stop: Callable[[], bool]) -> None:
        until = self._clock.elapsed() + seconds
        while True:
            if stop():
                raise Problem(WHERE, "The sign-in was canceled before the code was approved.", AGAIN, Code.STOPPED)
            now = self._clock.elapsed()
            if now >= self._deadline:
                raise Problem(WHERE, *_EXPIRED, Code.SIGN_IN)
            if now >= until:
                return
            self._clock.sleep(min(BREATH_SECONDS, until - now))

    def __repr__(self) -> str:
        return f"<Pending {self.prompt.user_code}{' (forgotten)' if self._code.is_forgotten else ''}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A sign-in cannot be saved or pickled.")


def ask_device(
    start_url: str,
    region: str,
    *,
    shown: Callable[[str, str, str], None],
    stop: Callable[[], bool] = never,
    endpoint: str | None = None,
) -> Portal:
    """Run both stages for a caller with its own thread: ``shown(code, link, until)`` (ISO 8601), then the portal.

    Raises :class:`Problem` as :meth:`DeviceCode.begin` and :meth:`Pending.wait` do.
    """
    pending = DeviceCode(start_url, region).begin(endpoint)
    shown(pending.prompt.user_code, pending.prompt.link, pending.prompt.expires.isoformat())
    return pending.wait(stop)


class _Later(Exception):
    """Raised while the code is unanswered; ``slower`` is the number of seconds to add to the pause."""

    def __init__(self, slower: float) -> None:
        super().__init__(slower)
        self.slower = slower


@contextmanager
def _told(region: str, words: Mapping[str, tuple[str, str]]) -> Iterator[None]:
    """Translate errors of the calls inside by AWS's code, using ``words``."""
    try:
        yield
    except FAILURES as error:
        code = code_of(error)
        if code in ("AuthorizationPendingException", "SlowDownException"):
            raise _Later(SLOWER_SECONDS if code == "SlowDownException" else 0) from None
        if code in words:
            said, remedy = words[code]
            raise Problem(WHERE, f"{said} ({_detail(error)})", remedy, Code.SIGN_IN) from None
        raise _transport(problem_from(error, WHERE), region) from None


def _detail(error: Exception) -> str:
    """Return AWS's code and text; OAuth operations put the text beside the usual message."""
    told = error.response.get("error_description") if isinstance(error, ClientError) else None
    return f"{code_of(error)}: {told}" if told else said_by(error)


def _transport(problem: Problem, region: str) -> Problem:
    if problem.code is not Code.UNREACHABLE:
        return problem
    remedy = (
        f"Check the Region {region}. A VPC without internet access must be able to reach oidc.{region}.amazonaws.com "
        f"and portal.sso.{region}.amazonaws.com. Otherwise sign in with temporary keys."
    )
    return Problem(problem.where, problem.said, remedy, problem.code)


def _start_url(text: str) -> str:
    """Normalize the start URL: browsers append a ``#`` fragment that IAM Identity Center does not accept."""
    url = text.strip().partition("#")[0].rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname:
        raise Problem(WHERE, "The start URL is invalid. It starts with https:// and a host name.", _ADDRESS, Code.USAGE)
    if parts.hostname.endswith(".awsapps.com") and parts.path != "/start":
        said = "A start URL on awsapps.com ends with /start."
        raise Problem(WHERE, said, f"Did you mean https://{parts.hostname}/start?", Code.USAGE)
    return url
