"""Who comes in: the one-time link, the cookie that it leaves, the names that the page answers to; and what is refused.

Every refusal is a short page in three parts. No error shows more than that.
"""

from __future__ import annotations

import hmac
import html
import logging
import secrets
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from tornado.httputil import HTTPServerRequest, split_host_and_port
from tornado.routing import Matcher
from tornado.web import HTTPError, RequestHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

_LOG = logging.getLogger(__name__)
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}"
    "h1{font-size:1.25rem}"
)
_WORDS = {
    403: ("This page is locked.", "It opens with the link that `sm-ssh-widget serve` printed, once."),
    404: ("There is no such page.", "This server has one page, and its link was printed where it was started."),
}
_WENT_WRONG = ("This did not work.", "Reload the page; where that does not help, start `sm-ssh-widget serve` again.")
_USED = "The link was used already, or is not the one that was printed."


class Link:
    """The link that works once."""

    def __init__(self) -> None:
        self._token: str | None = secrets.token_urlsafe(32)

    def __repr__(self) -> str:
        return f"<Link, {'unused' if self._token else 'used'}>"

    @property
    def path(self) -> str:
        """The end of the URL, for the one who started the server."""
        return f"start?t={self._token}"

    def opens(self, token: str) -> bool:
        """Whether this is the token; it is so once."""
        known, right = self._token, False
        if known is not None:
            right = hmac.compare_digest(known.encode(), token.encode())
        if right:
            self._token = None
        return right


class CookieOnly(IdentityProvider):
    """A visitor is known by the cookie alone: no token in a URL, no header, no form."""

    @property
    def auth_enabled(self) -> bool:
        """Always."""
        return True

    async def get_user_token(self, handler: object) -> None:
        """Nobody comes in by a token."""


class Polite(RequestHandler):
    """Tells every error in a few words."""

    def write_error(self, status_code: int, **given: Any) -> None:
        """A page in three parts: what, why, what next; nothing of the error itself."""
        error = (given.get("exc_info") or (None, None))[1]
        title, remedy = _WORDS.get(status_code, _WENT_WRONG)
        told = error.log_message if isinstance(error, HTTPError) and error.log_message == _USED else ""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_page(title, told or "", remedy))

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """No traceback stands in the terminal either, unless it is asked for."""
        _LOG.debug("%s %s", self.request.method, self.request.path, exc_info=(kind, error, trace))


class Start(Polite, JupyterHandler):
    """``GET start?t=TOKEN``: the token becomes a cookie, and is worth nothing any more."""

    def initialize(self, link: Link) -> None:
        """Take the link that is waited for."""
        self._link = link

    @allow_unauthenticated
    def get(self) -> None:
        """Open the door once; raises a 403 for anybody else."""
        if not self._link.opens(self.get_query_argument("t", "")):
            raise HTTPError(403, _USED)
        self.set_header("Cache-Control", "no-store")
        identity = self.settings["identity_provider"]
        identity.set_login_cookie(self, identity.generate_anonymous_user(self))
        if self.request.headers.get("Sec-Fetch-Site") == "cross-site":
            # A strict cookie does not go along a redirect that another site began; a page of ours begins anew.
            self.finish(f'<!doctype html><meta http-equiv="refresh" content="0;url={html.escape(self.base_url)}">')
        else:
            self.redirect(self.base_url)


class Locked(Polite, JupyterHandler):
    """Where those are sent who have no cookie."""

    @allow_unauthenticated
    def get(self) -> None:
        """Say how the page is opened."""
        raise HTTPError(403)


class Nowhere(Polite, RequestHandler):
    """Everything that there is not."""

    def prepare(self) -> None:
        """Say so."""
        raise HTTPError(404)


class WrongName(Polite, RequestHandler):
    """Whoever calls this server by a name that is not its own."""

    def prepare(self) -> None:
        """Say so."""
        raise HTTPError(403)


class KnownName(Matcher):
    """Matches requests whose ``Host`` is one of ours: a page of another site cannot rebind its name to this machine."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """An empty match, or none."""
        name, _port = split_host_and_port(request.host.lower())
        return {} if name.strip("[]") in self._names else None


class Leave(Polite, VoilaShutdownKernelHandler):  # type: ignore[misc]
    """``POST voila/api/shutdown/KERNEL``: the page was left. A page cannot send Jupyter's own token as it leaves."""

    def check_xsrf_cookie(self) -> None:
        """The cookie is strict and the origin ours: no other site sends this."""
        if not self.check_origin():
            raise HTTPError(403)


def polite(handler: type[RequestHandler]) -> type[RequestHandler]:
    """The same handler, whose errors show nothing of the program."""
    return handler if issubclass(handler, Polite) else type(handler.__name__, (Polite, handler), {})


def _page(title: str, told: str, remedy: str) -> str:
    said = "".join(f"<p>{_code(text)}</p>" for text in (told, remedy) if text)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"{head}<main><h1>{title}</h1>{said}</main></html>"


def _code(text: str) -> str:
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
