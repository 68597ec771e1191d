"""The face on a page of its own: Voilà on this machine, with a door that opens once and a kernel for each visitor.

``serve`` prints one line, ``READY URL``, when it listens. The link works once and leaves a cookie behind; nothing else
opens the page. Everything that Voilà would read, offer or load and that the page does not need is left out.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.version import install_command

_EXTRA = ("voila", "jupyter_server", "ipykernel")
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Page:
    """What is served and where.

    ``base_url`` is the path behind a server proxy, in which ``{port}`` stands for the port; ``host`` is the name that
    the proxy is reached by. ``account`` and ``scenario`` are those of :class:`sm_ssh_widget.SetupWizard`. A page that
    is not looked at for ``idle_minutes`` loses its kernel. ``local_name`` is the one host name that is answered where
    no proxy stands in front: cookies know no port, so a random name keeps this page's cookie from every other server
    on ``localhost``. Browsers resolve names under ``localhost`` to this machine (RFC 6761).
    """

    port: int = 0
    base_url: str = "/"
    host: str | None = None
    account: str = "aws"
    scenario: str | None = None
    idle_minutes: float = 30.0
    local_name: str = field(default_factory=lambda: f"sm-ssh-{secrets.token_hex(4)}.localhost")

    @property
    def options(self) -> dict[str, str]:
        """What the wizard of this page is made with."""
        named = {"account": self.account, "scenario": self.scenario}
        return {name: value for name, value in named.items() if value is not None and value != "aws"}


def serve(page: Page, *, browser: bool = True, say: Callable[[str], None] = print) -> int:
    """Serve the page until Ctrl-C or SIGTERM; 0 then.

    ``say`` takes the one line; ``browser`` opens the link where this machine has a screen. Raises :class:`Problem`
    (``usage``) where Voilà is not installed, the port is taken, or what it is asked for cannot be served.
    """
    require_voila("demo" if page.account == "simulated" else "voila")
    _look_at(page)
    from sm_ssh_widget.serve.application import run  # noqa: PLC0415  # an extra, and slow to import

    def ready(url: str) -> None:
        say(f"READY {url}")
        if browser and _has_a_screen():
            webbrowser.open(url)

    return run(page, _LOOPBACK, ready)


def require_voila(extra: str = "voila") -> None:
    """Raise :class:`Problem` (``usage``) where what the page needs is not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        said = f"the page needs Voilà, which is not installed ({', '.join(missing)} is missing)."
        raise Problem("Serving the page", said, install_command(extra), Code.USAGE)


def _look_at(page: Page) -> None:
    """Refuse what cannot be served, before anything is started."""
    if not page.base_url.startswith("/"):
        said = f"the path {page.base_url!r} does not begin with a slash."
        raise Problem("Serving the page", said, "Example: --base-url /proxy/absolute/8866/", Code.USAGE)
    if page.host is not None and ("/" in page.host or not page.host.strip()):
        said = f"{page.host!r} is no host name."
        raise Problem("Serving the page", said, "Example: --allow-host studio.example.com", Code.USAGE)

    if not is_local(page.local_name):
        said = f"{page.local_name!r} is not localhost or a name under it."
        raise Problem("Serving the page", said, "Example: --local-name localhost", Code.USAGE)


def is_local(name: str) -> bool:
    """Whether a host name can only mean this machine: ``localhost``, a name under it, or a loopback address."""
    return name in ("127.0.0.1", "::1") or re.fullmatch(r"([a-z0-9-]{1,63}\.)*localhost", name) is not None


def _has_a_screen() -> bool:
    """Whether a browser would be seen: not over SSH, not in a container without a display."""
    if sys.platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
