"""Voilà, hardened for credentials: https://voila.readthedocs.io/en/stable/customize.html.

Everything not configured here is Voilà's default. Its configuration files, notebook tree, file server and login form
are removed; of its front end only the part that renders widgets is loaded, and nothing from another host.
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
from typing import Any, TypeAlias

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
from sm_ssh_widget.serve.doors import (
    PAGE_HEADERS,
    CookieOnly,
    KnownName,
    Leave,
    Link,
    Locked,
    Logout,
    Nowhere,
    Start,
    WrongName,
    polite,
)
from sm_ssh_widget.serve.kernels import KernelLedger, counted, kernel_sockets
from sm_ssh_widget.serve.page import Page, is_local

Ready: TypeAlias = Callable[[str], None]

_TEMPLATE = Path(__file__).parent / "template"
_DEBUG = "SM_SSH_WIDGET_DEBUG"
_HALF_MINUTES_TO_FINISH = 8
_LONGEST_BETWEEN_LOOKS = 60
_NOT_OFFERED = (AllowListFileHandler, RequestInfoSocketHandler)


def run(page: Page, address: str, ready: Ready) -> int:
    """Serve the page until it is stopped. Raises :class:`Problem` (``usage``) if the port is in use."""
    sockets = _bind(page.port, address)
    port = sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="sm-ssh-widget-") as place, kernel_sockets() as socket_dir:
        notebook = Path(place) / "wizard.ipynb"
        notebook.write_text(json.dumps(one_cell(page.options)), encoding="utf-8")
        config = _config(page, port, socket_dir)
        application = Wizard(page=page, sockets=sockets, ready=ready, notebook_path=str(notebook), config=config)
        application.initialize([])
        application.start()
    return 0


def one_cell(options: dict[str, str]) -> dict[str, Any]:
    """Create the page's notebook in a separate directory, so that no other file can be imported from there."""
    named = ", ".join(f"{name}={value!r}" for name, value in options.items())
    source = f"from sm_ssh_widget.wizard.lab_panel import show\nshow({named})"
    cell: dict[str, Any] = {"id": "wizard", "cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "title": "SageMaker SSH set-up"}
    return {"cells": [cell | {"execution_count": None}], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def base_url(page: Page, port: int) -> str:
    """Return the path of the page, with a trailing slash."""
    return page.base_url.replace("{port}", str(port)).rstrip("/") + "/"


def security_policy(page: Page, port: int) -> str:
    """Return the Content-Security-Policy of the page. anywidget loads its module from ``blob:``."""
    sockets = [f"ws://{page.host}", f"wss://{page.host}"] if page.host else [f"ws://{page.local_name}:{port}"]
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
    """Voilà with one page and one entrance, ignoring this machine's configuration."""

    name = "sm-ssh-widget"
    template_paths: list[str]
    config_file_paths: list[str] = []  # noqa: RUF012  # a trait: not a line of the working directory is run

    def __init__(self, *, page: Page, sockets: list[socket.socket], ready: Ready, **given: Any) -> None:
        super().__init__(**given)
        self._page, self._sockets, self._ready = page, sockets, ready
        self._link, self._ledger = Link(), KernelLedger()

    def load_config_file(self, *_where: object, **_options: object) -> None:
        """Read no configuration file."""

    def setup_template_dirs(self) -> None:
        """Put our template before Voilà's own."""
        super().setup_template_dirs()
        self.template_paths = [str(_TEMPLATE), *self.template_paths]

    def init_settings(self) -> dict[str, Any]:
        """Extend Voilà's settings by the headers of every response."""
        settings: dict[str, Any] = super().init_settings()
        policy = security_policy(self._page, self.port)
        settings["headers"] = {**PAGE_HEADERS, "Content-Security-Policy": policy}
        settings["default_handler_class"] = Nowhere
        settings["log_function"] = _not_logged
        return settings

    def init_handlers(self) -> list[Any]:
        """Register the page at the base URL, its static files, and the sign-in handlers."""
        kept = [rule for rule in super().init_handlers() if not issubclass(rule[1], _NOT_OFFERED)]
        page = next(rule for rule in kept if issubclass(rule[1], TornadoVoilaHandler))
        rest = [(path, polite(handler), *more) for path, handler, *more in kept if path is not page[0]]
        return [
            (f"{self.base_url}start", Start, {"link": self._link}),
            (f"{self.base_url}login", Locked),
            (f"{self.base_url}logout", Logout, {"ledger": self._ledger}),
            (f"{self.base_url}voila/api/shutdown/(.*)", Leave),
            (self.base_url, counted(polite(page[1]), self._ledger), *page[2:]),
            *(rule for rule in rest if not issubclass(rule[1], VoilaShutdownKernelHandler)),
        ]

    def listen(self) -> None:
        """Listen, report it, and run until stopped; kernels finish the change in progress."""
        door = RuleRouter([Rule(KnownName(_name(self._host)), self.app), Rule(AnyMatches(), _all(WrongName))])
        # Tornado reads jupyter_server's ping interval, in milliseconds, as seconds and warns about it.
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
        scheme = "http" if is_local(_name(self._host)) else "https"
        return f"{scheme}://{self._host}{self.base_url}{self._link.path}"

    @property
    def _host(self) -> str:
        """Return the only accepted host name, with the port if no proxy hides it."""
        return self._page.host or f"{self._page.local_name}:{self.port}"


class ThisPython(KernelSpecManager):
    """Kernel specs with the Python that serves the page only, ignoring installed ones of the same name."""

    def _kernel_dirs_default(self) -> list[str]:
        return []

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """Return the kernel's command, without warnings that would mean nothing to the person in the browser."""
        spec = super().get_kernel_spec(kernel_name)
        spec.argv = [*spec.argv, f"--log-level={logging.ERROR}"]
        return spec


def _config(page: Page, port: int, socket_dir: Path | None) -> Config:
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
    config.VoilaExecutor.cell_error_instruction = "Reload the page. If that does not help, use: sm-ssh-widget check"
    if socket_dir:
        # Jupyter signs its TCP messages but does not encrypt them, so every local user could read them.
        config.KernelManager.transport = "ipc"
        config.Voila.connection_dir_root = str(socket_dir)
    # Jupyter waits half of it before it asks the kernel again, and the other half before it kills the kernel.
    config.KernelManager.shutdown_wait_time = _HALF_MINUTES_TO_FINISH * 30
    # A visible page sends a message every few seconds; a hidden or lost page does not.
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
        said = f"Port {port} is {'in use' if error.errno == errno.EADDRINUSE else 'not permitted'} on this machine."
        raise Problem("Serving the page", said, "Choose another port, or a free one: --port 0", Code.USAGE) from None


def _name(host: str) -> str:
    """Return the host name without its port."""
    name = host.lower().rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host.lower()
    return name.strip("[]")


def _all(handler: type[RequestHandler]) -> Application:
    return Application([(".*", handler)], log_function=_not_logged)


def _not_logged(_handler: RequestHandler) -> None:
    """Log no request: one of them contains the token of the link."""
