"""Settings of the page and its server, and their validation."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from sm_ssh_widget.problem import Code, Problem


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


def require_valid(page: Page) -> None:
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
