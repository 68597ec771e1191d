"""Access to the page: the one-time link, the cookie, the accepted host names; and the page for refused requests.

Every refusal is a short page in three parts, and an error shows nothing else.
"""

from __future__ import annotations

import hmac
import html
import logging
import secrets
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPServerRequest, split_host_and_port
from tornado.routing import Matcher
from tornado.web import HTTPError, RequestHandler, StaticFileHandler, authenticated
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from sm_ssh_widget.serve.kernels import TOO_MANY, KernelLedger

_LOG = logging.getLogger(__name__)
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}"
    "h1{font-size:1.25rem}"
)
_WORDS = {
    403: ("This page is locked.", "Open it with the link that `sm-ssh-widget serve` printed. The link works once."),
    429: ("Too many pages are open.", "Close one of them, wait until its kernel has ended, then reload this page."),
    404: ("There is no such page.", "Use the link that `sm-ssh-widget serve` printed."),
}
_WENT_WRONG = ("Something went wrong.", "Reload the page. If that does not help, start `sm-ssh-widget serve` again.")
_REFUSAL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
"""Headers of every response, including static files."""

PAGE_HEADERS = {**HEADERS, "Cache-Control": "no-store"}
_USED = "This link was already used or is incomplete. To get a new one, start `sm-ssh-widget serve` again."


class Link:
    """One-time link."""

    def __init__(self) -> None:
        self._token: str | None = secrets.token_urlsafe(32)

    def __repr__(self) -> str:
        return f"<Link, {'unused' if self._token else 'used'}>"

    @property
    def path(self) -> str:
        """Query of the URL, for the person who started the server."""
        return f"start?t={self._token}"

    def opens(self, token: str) -> bool:
        """Whether the token is valid; it is valid once."""
        known, right = self._token, False
        if known is not None:
            right = hmac.compare_digest(known.encode(), token.encode())
        if right:
            self._token = None
        return right


class CookieOnly(IdentityProvider):
    """Identification of visitors by the cookie only: no token in a URL, no header, no form."""

    @property
    def auth_enabled(self) -> bool:
        """Authentication is always required."""
        return True

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._inside: set[str] = set()

    def set_login_cookie(self, handler: Any, user: User) -> None:
        """Set the cookie and register its visitor."""
        self._inside.add(user.username)
        super().set_login_cookie(handler, user)

    def user_from_cookie(self, cookie_value: str) -> User | None:
        """Return the visitor; ``None`` for a cookie of another run or of an ended session."""
        user = super().user_from_cookie(cookie_value)
        return user if user and user.username in self._inside else None

    def end_session(self, handler: Any, username: str) -> None:
        """End the session: its cookie and all copies of it become invalid."""
        self._inside.discard(username)
        self.clear_login_cookie(handler)

    async def get_user_token(self, handler: object) -> None:
        """Accept no token."""


class Polite(RequestHandler):
    """Handler mixin with short error pages and the security headers on every response."""

    def set_default_headers(self) -> None:
        """Set the headers; Jupyter's handlers set the policy of the page, the others get the one of a refusal."""
        super().set_default_headers()
        for name, value in {**HEADERS, "Content-Security-Policy": _REFUSAL_POLICY}.items():
            if name not in self._headers:
                self.set_header(name, value)

    def write_error(self, status_code: int, **given: Any) -> None:
        """Write a page in three parts (what, why, what next) without details of the error."""
        error = (given.get("exc_info") or (None, None))[1]
        title, remedy = _WORDS.get(status_code, _WENT_WRONG)
        said = error.log_message if isinstance(error, HTTPError) else ""
        told = said if said in (_USED, *TOO_MANY) else ""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_page(title, told or "", remedy))

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Log the traceback at debug level only, so that the terminal shows none by default."""
        _LOG.debug("%s %s", self.request.method, self.request.path, exc_info=(kind, error, trace))


class Start(Polite, JupyterHandler):
    """``GET start?t=TOKEN``: exchange the token for a cookie and invalidate the token."""

    def initialize(self, link: Link) -> None:
        """Receive the one-time link."""
        self._link = link

    @allow_unauthenticated
    def get(self) -> None:
        """Sign the visitor in once. Raises 403 for any other token."""
        if not self._link.opens(self.get_query_argument("t", "")):
            raise HTTPError(403, _USED)
        self.set_header("Cache-Control", "no-store")
        identity = self.settings["identity_provider"]
        identity.set_login_cookie(self, identity.generate_anonymous_user(self))
        if self.request.headers.get("Sec-Fetch-Site") == "cross-site":
            # Browsers do not send a strict cookie on a redirect that another site started; a page of ours starts anew.
            self.finish(f'<!doctype html><meta http-equiv="refresh" content="0;url={html.escape(self.base_url)}">')
        else:
            self.redirect(self.base_url)


class Locked(Polite, JupyterHandler):
    """Destination of visitors without a cookie."""

    @allow_unauthenticated
    def get(self) -> None:
        """Explain how to open the page."""
        raise HTTPError(403)


class Logout(Polite, JupyterHandler):
    """``GET logout``: end the session and its kernels, and invalidate its cookie."""

    def initialize(self, ledger: KernelLedger) -> None:
        """Receive the ledger of kernels."""
        self._ledger = ledger

    @authenticated
    async def get(self) -> None:
        """End the session of this cookie. No other site can trigger it, because the cookie is strict."""
        user = self.current_user.username
        self.settings["identity_provider"].end_session(self, user)
        manager = self.settings["kernel_manager"]
        for kernel in self._ledger.kernels_of(user, manager):
            await ensure_async(manager.shutdown_kernel(kernel))
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_page("You are signed out of this page.", "", "Start `sm-ssh-widget serve` again to come back."))


class Nowhere(Polite, RequestHandler):
    """Handler for all unknown paths."""

    def prepare(self) -> None:
        """Raise the error of every such request."""
        raise HTTPError(404)


class WrongName(Polite, RequestHandler):
    """Reject requests whose Host header is not an allowed name."""

    def prepare(self) -> None:
        """Raise the error of every such request."""
        raise HTTPError(403)


class KnownName(Matcher):
    """Matcher of requests with an allowed ``Host``, against pages that rebind their name to this machine."""

    def __init__(self, name: str) -> None:
        self._name = name

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return an empty match, or ``None``."""
        name, _port = split_host_and_port(request.host.lower())
        return {} if name.strip("[]") == self._name else None


class Leave(Polite, VoilaShutdownKernelHandler):  # type: ignore[misc]
    """``POST voila/api/shutdown/KERNEL``: the page was closed. A closing page cannot send Jupyter's XSRF token."""

    def check_xsrf_cookie(self) -> None:
        """Check the origin instead: with a strict cookie, no other site can send this request."""
        if not self.check_origin():
            raise HTTPError(403)


def polite(handler: type[RequestHandler]) -> type[RequestHandler]:
    """Return the handler with error pages that show no details of the program."""
    if issubclass(handler, Polite):
        return handler
    mixins = (_StaticFiles, Polite) if issubclass(handler, StaticFileHandler) else (Polite,)
    return type(handler.__name__, (*mixins, handler), {})


class _StaticFiles(RequestHandler):
    """Static-file mixin: an impossible path is a 404, where Voilà's handlers would raise a 500."""

    async def get(self, path: str, include_body: bool = True) -> None:
        """Send the file. Raises 404 for anything else."""
        try:
            await super().get(path, include_body)  # type: ignore[misc]  # StaticFileHandler follows in the MRO
        except HTTPError:
            raise
        except Exception as error:
            raise HTTPError(404) from error


def _page(title: str, told: str, remedy: str) -> str:
    said = "".join(f"<p>{_code(text)}</p>" for text in (told, remedy) if text)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"{head}<main><h1>{title}</h1>{said}</main></html>"


def _code(text: str) -> str:
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
