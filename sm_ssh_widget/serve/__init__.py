"""The wizard as a standalone page: Voilà on this machine, opened with a one-time link, one kernel per visitor.

``serve`` prints one line, ``READY URL``, when it listens. The link works once and sets a cookie; nothing else opens the
page. Voilà's configuration files, handlers and scripts that the page does not need are removed.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.serve.page import Page, require_valid
from sm_ssh_widget.version import install_command

__all__ = ["Page", "require_voila", "serve"]

_EXTRA = ("voila", "jupyter_server", "ipykernel")
_LOOPBACK = "127.0.0.1"
_SLOW = "rfc3987_syntax"
"""What jsonschema imports if it can: it builds a grammar for "iri" fields, 1 s of processor time. Jupyter has none."""


def serve(page: Page, *, browser: bool = True, say: Callable[[str], None] = print) -> int:
    """Serve the page until Ctrl-C or SIGTERM, then return 0.

    ``say`` receives the line with the link; ``browser`` opens it if this machine has a display. Raises
    :class:`Problem` (``usage``) if Voilà is not installed, the port is in use, or the settings are invalid.
    """
    require_voila("demo" if page.account == "simulated" else "voila")
    require_valid(page)
    _leave_out(_SLOW)
    from sm_ssh_widget.serve.application import run  # noqa: PLC0415  # an extra, and slow to import

    def ready(url: str) -> None:
        say(f"READY {url}")
        if browser and _has_a_screen():
            webbrowser.open(url)

    return run(page, _LOOPBACK, ready)


def _leave_out(module: str) -> None:
    """Make imports of an optional module fail in this process, unless it has been imported."""
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # None: Python's way to say so
    modules.setdefault(module, None)


def require_voila(extra: str = "voila") -> None:
    """Raise :class:`Problem` (``usage``) if a package that the page needs is not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        said = f"Voilà is not installed ({', '.join(missing)} is missing)."
        raise Problem("Serving the page", said, install_command(extra), Code.USAGE)


def _has_a_screen() -> bool:
    """Whether a browser would be visible: not over SSH, not in a container without a display."""
    if sys.platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
