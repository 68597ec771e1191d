"""IAM Identity Center by device code: a person allows a code in the browser, and the notebook gets keys. In memory.

RegisterClient → StartDeviceAuthorization → the code is shown → CreateToken until it is answered → the portal's
accounts and roles → GetRoleCredentials. Two stages for who has a screen of its own: :meth:`DeviceCode.begin` gives
the code at once, :meth:`Pending.wait` blocks its thread and nothing else.

A device code can be asked for by anybody and sent to somebody: the code is shown so that it can be compared with the
one on the page.
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

from sm_ssh_widget.aws.session.backoff import Clock, SystemClock, never
from sm_ssh_widget.aws.session.clients import foreign_endpoint
from sm_ssh_widget.aws.session.errors import FAILURES, code_of, problem_from, said_by
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.method import SESSION_NAME, FoundCredentials, SignInContext
from sm_ssh_widget.aws.signin.portal import AGAIN, WHERE, Choose, Portal, PortalRole
from sm_ssh_widget.aws.signin.unsigned import unsigned_client
from sm_ssh_widget.policy.arn import is_region
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible_line

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "sso:account:access"
SLOWER_SECONDS = 5
"""How much longer the pause becomes with each ``slow_down`` (RFC 8628, section 3.5)."""
BREATH_SECONDS = 0.25
"""How long nobody looks whether to stop."""
MOST_FAILURES = 3
"""How many polls in a row may fail for want of a network before the sign-in fails."""

_ADDRESS = "The start URL stands in the mail of invitation and in the Identity Center console (AWS access portal URL)."
_WRONG_PLACE = f"Check the start URL, and that REGION is the one that Identity Center was set up in. {_ADDRESS}"
_NO_DEVICE_CODES = (
    "Sign in at the access portal in a browser and paste its keys (keys-stdin), or run `aws sso login` on a machine "
    "with a browser and use that profile."
)
_AT_THE_START: Mapping[str, tuple[str, str]] = {
    "InvalidRequestException": ("IAM Identity Center does not know this start URL in this Region.", _WRONG_PLACE),
    "InvalidRequestRegionException": ("IAM Identity Center is in another Region.", _WRONG_PLACE),
    "InvalidClientException": ("IAM Identity Center does not take the registration.", AGAIN),
    "UnauthorizedClientException": ("Your organisation does not allow device codes.", _NO_DEVICE_CODES),
    "UnsupportedGrantTypeException": ("Your organisation does not allow device codes.", _NO_DEVICE_CODES),
    "AccessDeniedException": ("Your organisation does not allow device codes.", _NO_DEVICE_CODES),
}
_AT_THE_END: Mapping[str, tuple[str, str]] = {
    **_AT_THE_START,
    "InvalidRequestException": ("The code is not valid any more.", AGAIN),
    "InvalidGrantException": ("The code is not valid any more: it works once.", AGAIN),
    "ExpiredTokenException": ("The code expired before it was allowed.", AGAIN),
    "AccessDeniedException": ("The request was denied in the browser.", "Sign in again, and allow it there."),
}
_EXPIRED = _AT_THE_END["ExpiredTokenException"]

Json: TypeAlias = Any


@dataclass(frozen=True)
class Prompt:
    """What a person needs: the code to compare, the link that holds it, the page without it, and until when.

    ``endpoint`` is where the code comes from if that is not AWS, else empty.
    """

    user_code: str
    link: str
    page: str
    expires: datetime
    endpoint: str = ""


Show: TypeAlias = Callable[[Prompt], None]
"""Shows the code to a person."""


def tell(prompt: Prompt) -> None:
    """Write the code to standard error, for callers without a screen of their own."""
    sys.stderr.write(f"Open {visible_line(prompt.link)}\nand compare the code: {visible_line(prompt.user_code)}\n")


def name_one(roles: tuple[PortalRole, ...]) -> PortalRole:
    """Refuse to choose, and name what there is to choose from."""
    listed = "; ".join(f"account={role.account},role={role.role}" for role in roles)
    said = f"{len(roles)} roles can be taken: {listed}."
    raise Problem(WHERE, said, "Name one: --sign-in sso:START_URL,REGION,account=ID,role=NAME", Code.USAGE)


@dataclass(frozen=True)
class DeviceCode:
    """Identity Center at ``start_url``, in the Region that it was set up in.

    ``account`` and ``role`` (the name of a permission set) are chosen beforehand; without them the account is the one
    that the sign-in is for, a single role is taken, and ``choose`` picks one of several.
    """

    start_url: str
    region: str
    account: str | None = None
    role: str | None = None
    show: Show = field(default=tell, repr=False, compare=False)
    choose: Choose = field(default=name_one, repr=False, compare=False)
    stop: Callable[[], bool] = field(default=never, repr=False, compare=False)
    clock: Clock = field(default_factory=SystemClock, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """All of it in one go, blocking this thread. Raises :class:`Problem`: ``usage``, ``sign-in``, ``unreachable``,
        ``refused`` for an account that is not assigned, ``stopped``."""
        pending = self.begin(place.endpoint)
        self.show(pending.prompt)
        portal = pending.wait(self.stop)
        try:
            chosen = self._chosen(portal, self.account or place.account or "")
            return portal.take(chosen.account, chosen.role)
        finally:
            portal.forget()

    def begin(self, endpoint: str | None = None) -> Pending:
        """Ask for a code. Raises :class:`Problem`: ``usage``, ``sign-in``, ``unreachable``."""
        start_url = _start_url(self.start_url)
        if not is_region(self.region):
            said = f"{self.region!r} is not the name of a Region."
            raise Problem(WHERE, said, "Name the Region of Identity Center, such as eu-west-1.", Code.USAGE)
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
                raise Problem(WHERE, f"{self.role} is not among your roles.", f"Name one of: {told}.", Code.SIGN_IN)
            roles = named
        return roles[0] if len(roles) == 1 else self.choose(roles)


@dataclass(frozen=True)
class _Client:
    """Our registration, which is made anew for each sign-in and never stored."""

    id: str
    secret: Secret

    def words(self) -> dict[str, str]:
        return {"clientId": self.id, "clientSecret": self.secret.reveal()}


class Pending:
    """A code that was asked for and waits for a person; ``prompt`` is what to show. It cannot be pickled."""

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
        """Wait until the person answered; blocks this thread. ``stop`` is asked several times a second.

        Raises :class:`Problem`: ``sign-in`` (denied, expired, nothing assigned), ``unreachable``, ``stopped``. What
        was held is forgotten either way.
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
        """Give up: drop the device code and the registration; doing it twice is fine."""
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
            raise Problem(WHERE, "The code was given up.", AGAIN, Code.SIGN_IN)
        return {**self._client.words(), "grantType": GRANT, "deviceCode": self._code.reveal()}

    def _pause(self, seconds: float, stop: Callable[[], bool]) -> None:
        until = self._clock.elapsed() + seconds
        while True:
            if stop():
                raise Problem(WHERE, "It was cancelled before the code was allowed.", AGAIN, Code.STOPPED)
            now = self._clock.elapsed()
            if now >= self._deadline:
                raise Problem(WHERE, *_EXPIRED, Code.SIGN_IN)
            if now >= until:
                return
            self._clock.sleep(min(BREATH_SECONDS, until - now))

    def __repr__(self) -> str:
        return f"<Pending {self.prompt.user_code}{' (forgotten)' if self._code.is_forgotten else ''}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a sign-in is not written down")


def ask_device(
    start_url: str,
    region: str,
    *,
    shown: Callable[[str, str, str], None],
    stop: Callable[[], bool] = never,
    endpoint: str | None = None,
) -> Portal:
    """Both stages for a face with a thread to spare: ``shown(code, link, until)`` (ISO 8601), then the portal.

    Raises :class:`Problem` as :meth:`DeviceCode.begin` and :meth:`Pending.wait` do.
    """
    pending = DeviceCode(start_url, region).begin(endpoint)
    shown(pending.prompt.user_code, pending.prompt.link, pending.prompt.expires.isoformat())
    return pending.wait(stop)


class _Later(Exception):
    """The code was not answered yet; ``slower`` is how many seconds longer the next pause has to be."""

    def __init__(self, slower: float) -> None:
        super().__init__(slower)
        self.slower = slower


@contextmanager
def _told(region: str, words: Mapping[str, tuple[str, str]]) -> Iterator[None]:
    """Tell what the calls inside raise in ``words``, by AWS's code."""
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
    """AWS's code and its own words, which the OAuth operations give beside the message."""
    told = error.response.get("error_description") if isinstance(error, ClientError) else None
    return f"{code_of(error)}: {told}" if told else said_by(error)


def _transport(problem: Problem, region: str) -> Problem:
    if problem.code is not Code.UNREACHABLE:
        return problem
    remedy = (
        f"Check the Region {region}. From a VPC without Internet access, oidc.{region}.amazonaws.com and "
        f"portal.sso.{region}.amazonaws.com have to be reachable; else sign in with keys-stdin."
    )
    return Problem(problem.where, problem.said, remedy, problem.code)


def _start_url(text: str) -> str:
    """The start URL as Identity Center knows it: what the browser put behind ``#`` is not part of it."""
    url = text.strip().partition("#")[0].rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname:
        raise Problem(WHERE, "The start URL is not one: it begins with https:// and a host.", _ADDRESS, Code.USAGE)
    if parts.hostname.endswith(".awsapps.com") and parts.path != "/start":
        said = "A start URL at awsapps.com ends in /start."
        raise Problem(WHERE, said, f"Check it: https://{parts.hostname}/start", Code.USAGE)
    return url
