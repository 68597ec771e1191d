"""Voilà, made fit for credentials: https://voila.readthedocs.io/en/stable/customize.html.

What is not said here is Voilà's own. Its configuration files, its tree of notebooks, its file server and its log-in
form are left out; of its front end only what draws widgets is loaded, and nothing comes from another host.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from jupyter_client.kernelspec import KernelSpecManager
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.routing import AnyMatches, Rule, RuleRouter
from tornado.web import Application, RequestHandler
from traitlets.config import Config
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.serve.doors import CookieOnly, KnownName, Leave, Link, Locked, Nowhere, Start, WrongName, polite

if TYPE_CHECKING:
    from sm_ssh_widget.serve import Page

Ready: TypeAlias = Callable[[str], None]

_TEMPLATE = Path(__file__).parent / "template"
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_DEBUG = "SM_SSH_WIDGET_DEBUG"
_HALF_MINUTES_TO_FINISH = 8
_LONGEST_BETWEEN_LOOKS = 60
_NOT_OFFERED = (AllowListFileHandler, RequestInfoSocketHandler)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


def run(page: Page, address: str, ready: Ready) -> int:
    """Serve the page until it is told to end; raises :class:`Problem` (``usage``) where the port is taken."""
    sockets = _bind(page.port, address)
    port = sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="sm-ssh-widget-") as place:
        notebook = Path(place) / "wizard.ipynb"
        notebook.write_text(json.dumps(one_cell(page.options)), encoding="utf-8")
        application = Wizard(
            page=page, sockets=sockets, ready=ready, notebook_path=str(notebook), config=_config(page, port)
        )
        application.initialize([])
        application.start()
    return 0


def one_cell(options: dict[str, str]) -> dict[str, Any]:
    """The notebook behind the page; it stands in a directory of its own, from which nothing else is imported."""
    named = ", ".join(f"{name}={value!r}" for name, value in options.items())
    source = f"from sm_ssh_widget.wizard.lab_panel import show\nshow({named})"
    cell: dict[str, Any] = {"id": "wizard", "cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "title": "SageMaker SSH set-up"}
    return {"cells": [cell | {"execution_count": None}], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def base_url(page: Page, port: int) -> str:
    """The path of the page, with a slash at its end."""
    return page.base_url.replace("{port}", str(port)).rstrip("/") + "/"


def security_policy(page: Page, port: int) -> str:
    """What the page may load and whom it may speak to. ``blob:`` is how anywidget loads a module."""
    sockets = [f"ws://{name}:{port}" for name in ("127.0.0.1", "localhost")]
    if page.host:
        sockets = [f"ws://{page.host}", f"wss://{page.host}"]
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            f"connect-src 'self' {' '.join(sockets)}",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class Wizard(Voila):  # type: ignore[misc]  # Voilà has no types
    """Voilà with one page, one door, and nothing of this machine's own configuration."""

    name = "sm-ssh-widget"
    template_paths: list[str]
    config_file_paths: list[str] = []  # noqa: RUF012  # a trait: not a line of the working directory is run

    def __init__(self, *, page: Page, sockets: list[socket.socket], ready: Ready, **given: Any) -> None:
        super().__init__(**given)
        self._page, self._sockets, self._ready = page, sockets, ready
        self._link = Link()

    def load_config_file(self, *_where: object, **_options: object) -> None:
        """No configuration file is read."""

    def setup_template_dirs(self) -> None:
        """Voilà's own template, with ours in front of it."""
        super().setup_template_dirs()
        self.template_paths = [str(_TEMPLATE), *self.template_paths]

    def init_settings(self) -> dict[str, Any]:
        """Voilà's settings, and the headers of every answer."""
        settings: dict[str, Any] = super().init_settings()
        policy = security_policy(self._page, self.port)
        settings["headers"] = {**_HEADERS, "Content-Security-Policy": policy}
        settings["default_handler_class"] = Nowhere
        settings["log_function"] = _not_logged
        return settings

    def init_handlers(self) -> list[Any]:
        """One page at the base URL, what it loads, and the doors."""
        kept = [rule for rule in super().init_handlers() if not issubclass(rule[1], _NOT_OFFERED)]
        page = next(rule for rule in kept if issubclass(rule[1], TornadoVoilaHandler))
        rest = [(path, polite(handler), *more) for path, handler, *more in kept if path is not page[0]]
        return [
            (f"{self.base_url}start", Start, {"link": self._link}),
            (f"{self.base_url}login", Locked),
            (f"{self.base_url}voila/api/shutdown/(.*)", Leave),
            (self.base_url, polite(page[1]), *page[2:]),
            *(rule for rule in rest if not issubclass(rule[1], VoilaShutdownKernelHandler)),
        ]

    def listen(self) -> None:
        """Listen, say so, and stay until told to end; kernels finish the step that they are at."""
        names = _LOCAL_NAMES | ({_name(self._page.host)} if self._page.host else set())
        door = RuleRouter([Rule(KnownName(frozenset(names)), self.app), Rule(AnyMatches(), _all(WrongName))])
        # It takes jupyter_server's milliseconds between two pings for seconds, and warns of their number.
        logging.getLogger("tornado.general").setLevel(logging.ERROR)
        server = HTTPServer(door, xheaders=self._page.host is not None)
        server.add_sockets(self._sockets)
        self.ioloop = IOLoop.current()
        signal.signal(signal.SIGINT, self._handle_signal_stop)
        self.ioloop.add_callback(self._ready, self._url())
        try:
            self.ioloop.start()
        finally:
            server.stop()
            self.stop()

    def _url(self) -> str:
        host = self._page.host or f"127.0.0.1:{self.port}"
        scheme = "http" if _name(host) in _LOCAL_NAMES else "https"
        return f"{scheme}://{host}{self.base_url}{self._link.path}"


class ThisPython(KernelSpecManager):
    """Kernels of the Python that serves the page, whatever else is installed under that name."""

    def _kernel_dirs_default(self) -> list[str]:
        return []

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """The kernel's own command; what it warns of is no news to the person in the browser."""
        spec = super().get_kernel_spec(kernel_name)
        spec.argv = [*spec.argv, f"--log-level={logging.ERROR}"]
        return spec


def _config(page: Page, port: int) -> Config:
    config = Config()
    path = base_url(page, port)
    config.Voila.update(
        ip="127.0.0.1",
        port=port,
        base_url=path,
        server_url=path,
        open_browser=False,
        identity_provider_class=CookieOnly,
        log_level=logging.DEBUG if os.environ.get(_DEBUG) == "1" else logging.CRITICAL,
    )
    config.CookieOnly.update(
        cookie_name=f"sm-ssh-widget-{port}", cookie_options={"samesite": "Strict", "expires_days": None}
    )
    config.VoilaConfiguration.update(
        template="lab",
        strip_sources=True,
        show_tracebacks=False,
        allow_template_override="NO",
        allow_theme_override="NO",
        file_allowlist=[],
        extension_allowlist=["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"],
        kernel_spec_manager_class=ThisPython,
        preheat_kernel=True,
        default_pool_size=1,
    )
    config.VoilaExecutor.cell_error_instruction = "Reload the page. Where that does not help: sm-ssh-widget check"
    # Half of it is waited for before a kernel is told again, the other half before it is killed.
    config.KernelManager.shutdown_wait_time = _HALF_MINUTES_TO_FINISH * 30
    # A page that is seen speaks every few seconds; one that is hidden or lost does not.
    idle = round(page.idle_minutes * 60)
    often = min(_LONGEST_BETWEEN_LOOKS, idle // 3)
    config.MappingKernelManager.update(cull_idle_timeout=idle, cull_interval=often, cull_connected=True)
    return config


def _bind(port: int, address: str) -> list[socket.socket]:
    try:
        return bind_sockets(port, address)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        said = f"port {port} of this machine is {'taken' if error.errno == errno.EADDRINUSE else 'not allowed'}."
        raise Problem("Serving the page", said, "Name another port, or none: --port 0", Code.USAGE) from None


def _name(host: str) -> str:
    """A host's name without its port."""
    name = host.lower().rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host.lower()
    return name.strip("[]")


def _all(handler: type[RequestHandler]) -> Application:
    return Application([(".*", handler)], log_function=_not_logged)


def _not_logged(_handler: RequestHandler) -> None:
    """No request stands in a log: the link's token is in one of them."""
