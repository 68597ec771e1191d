"""Cookies know no port: the page's random host name keeps its cookie from every other server on this machine."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.wizard_page import WizardPage
from tests.serve.served import serving

pytestmark = pytest.mark.browser


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """Another server of this machine: its port, and the cookies that it was sent."""
    cookies: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cookies.append(self.headers.get("Cookie", ""))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<script>fetch('/again')</script>")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, cookies
        server.shutdown()


@pytest.mark.parametrize(("arguments", "leaks"), [((), False), (("--local-name", "localhost"), True)])
def test_the_cookie_reaches_no_other_port(
    context: BrowserContext, tmp_path: Path, arguments: tuple[str, ...], leaks: bool
) -> None:
    """With ``--local-name localhost`` it does, which is why that is the weaker choice."""
    with serving(tmp_path, "--account", "simulated", "--no-browser", *arguments) as served, listener() as (port, seen):
        page = context.new_page()
        page.goto(served.link)
        WizardPage.on(page)
        for host in ("localhost", "127.0.0.1"):
            with page.expect_request(lambda request: request.url.endswith("/again")):
                page.goto(f"http://{host}:{port}/")
            page.wait_for_load_state("networkidle")
        assert any("sm-ssh-widget" in cookie for cookie in seen) is leaks
        assert urlsplit(served.link).hostname not in ("127.0.0.1",)
