"""The wizard as a standalone page: Voilà on this machine, opened with a one-time link, one kernel per visitor.

``serve`` prints one line, ``READY URL``, when it listens. The link works once and sets a cookie; nothing else opens the
page. Voilà's configuration files, handlers and scripts that the page does not need are removed.
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
    """Settings of the page and its server.

    ``base_url`` is the path behind a server proxy, where ``{port}`` is replaced by the port; ``host`` is the host name
    of the proxy. ``account`` and ``scenario`` are those of :class:`sm_ssh_widget.SetupWizard`. A page that is unused
    for ``idle_minutes`` loses its kernel. ``local_name`` is the only accepted host name without a proxy: cookies ignore
    the port, so a random name keeps this page's cookie from every other server on ``localhost``. Browsers resolve names
    under ``localhost`` to this machine (RFC 6761).
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
        """Return the arguments of this page's wizard."""
        named = {"account": self.account, "scenario": self.scenario}
        return {name: value for name, value in named.items() if value is not None and value != "aws"}


def serve(page: Page, *, browser: bool = True, say: Callable[[str], None] = print) -> int:
    """Serve the page until Ctrl-C or SIGTERM, then return 0.

    ``say`` receives the line with the link; ``browser`` opens it if this machine has a display. Raises
    :class:`Problem` (``usage``) if Voilà is not installed, the port is in use, or the settings are invalid.
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
    """Raise :class:`Problem` (``usage``) if a package that the page needs is not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        said = f"Voilà is not installed ({', '.join(missing)} is missing)."
        raise Problem("Serving the page", said, install_command(extra), Code.USAGE)


def _look_at(page: Page) -> None:
    """Raise for invalid settings before anything starts."""
    if not page.base_url.startswith("/"):
        said = f"The base URL {page.base_url!r} must start with a slash."
        raise Problem("Serving the page", said, "Example: --base-url /proxy/absolute/8866/", Code.USAGE)
    if page.host is not None and ("/" in page.host or not page.host.strip()):
        said = f"{page.host!r} is not a host name."
        raise Problem("Serving the page", said, "Example: --allow-host studio.example.com", Code.USAGE)

    if not is_local(page.local_name):
        said = f"{page.local_name!r} is not localhost or a name under it."
        raise Problem("Serving the page", said, "Example: --local-name localhost", Code.USAGE)


def is_local(name: str) -> bool:
    """Whether a host name can only mean this machine: ``localhost``, a name under it, or a loopback address."""
    return name in ("127.0.0.1", "::1") or re.fullmatch(r"([a-z0-9-]{1,63}\.)*localhost", name) is not None


def _has_a_screen() -> bool:
    """Whether a browser would be visible: not over SSH, not in a container without a display."""
    if sys.platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
