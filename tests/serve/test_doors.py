"""Every refusal at the door, and what the one who came in may ask for: by raw requests."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path

import psutil
import pytest

from tests.serve.served import Served

LOCKED = "This page is locked."


def test_it_listens_on_loopback_only(served: Served) -> None:
    listening = psutil.Process(served.process.pid).net_connections("tcp")
    assert {each.laddr.ip for each in listening if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_without_the_link_the_page_is_locked(served: Served) -> None:
    answer = served.get("/")
    assert answer.status == 302
    assert urllib.parse.urlsplit(answer.headers["location"]).path == "/login"
    locked = served.get("/login?next=%2F")
    assert locked.status == 403
    assert LOCKED in locked.text
    assert "<form" not in locked.text


@pytest.mark.parametrize("token", ["", "?t=", "?t=wrong", "?t=%FF", "?token=x"])
def test_another_link_opens_nothing(served: Served, token: str) -> None:
    answer = served.get(f"/start{token}")
    assert answer.status in (400, 403)
    assert "set-cookie" not in answer.headers or "sm-ssh-widget" not in answer.headers["set-cookie"]


def test_no_token_of_jupyter_opens_it(served: Served) -> None:
    token = served.path.partition("t=")[2]
    assert served.get(f"/?token={token}").status == 302
    assert served.get("/", Authorization=f"token {token}").status == 302


def test_the_link_works_once_and_leaves_a_strict_cookie(served: Served) -> None:
    assert served.get(served.path, "HEAD").status != 200  # a preview of the link does not use it up
    first = served.get(served.path)
    assert (first.status, first.headers["location"]) == (302, "/")
    flags = first.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert "expires" not in flags
    assert first.headers["referrer-policy"] == "no-referrer"
    assert first.headers["cache-control"] == "no-store"
    again = served.get(served.path)
    assert again.status == 403
    assert "already used" in again.text
    served.__dict__["_cookie"] = first.headers["set-cookie"].partition(";")[0]


@pytest.fixture(scope="module")
def inside(served: Served) -> str:
    """The cookie, from the test above or from the link itself."""
    return str(served.__dict__.get("_cookie") or served.enter())


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "169.254.169.254"])
@pytest.mark.parametrize("path", ["/", "/start?t=x", "/voila/static/voila.js", "/nowhere"])
def test_another_host_name_is_refused(served: Served, inside: str, host: str, path: str) -> None:
    assert served.get(path, Host=host, Cookie=inside).status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]:8866", "sm-ssh-00000000.localhost"])
def test_only_the_name_in_the_link_is_answered(served: Served, inside: str, host: str) -> None:
    answer = served.get("/login", Host=host, Cookie=inside)
    assert answer.status == 403
    assert LOCKED in answer.text
    assert re.fullmatch(r"sm-ssh-[0-9a-f]{8}\.localhost:\d+", served.host)
    assert LOCKED in served.get("/login", Host=served.host.upper()).text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/login", "/start?t=x", "/voila/static/voila.js", "/logout"])
@pytest.mark.parametrize("host", [None, "evil.example"])
def test_every_answer_has_the_security_headers(served: Served, path: str, host: str | None) -> None:
    headers = served.get(path, **({"Host": host} if host else {})).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_page_may_speak_to_its_own_name_only(served: Served, inside: str) -> None:
    policy = served.get("/login").headers["content-security-policy"]
    page = served.get("/voila/static/voila.js", Cookie=inside).headers["content-security-policy"]
    for each in (policy, page):
        [sources] = [part for part in each.split(";") if "connect-src" in part] or ["connect-src"]
        assert set(sources.split()) <= {"connect-src", "'self'", f"ws://{served.host}"}


def test_another_origin_ends_no_kernel_and_opens_no_socket(served: Served, inside: str) -> None:
    page = served.get("/", Cookie=inside).text
    kernel = re.search(r'"kernelId": "([\w-]+)"', page)
    assert kernel
    before = served.kernels()
    leave = f"/voila/api/shutdown/{kernel[1]}"
    assert served.get(leave, "POST", "", Cookie=inside, Origin="http://evil.example").status == 403
    assert served.get(leave, "POST", "").status == 403
    channels = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    channels |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Cookie": inside, "Origin": "http://evil.example"}
    assert served.get(f"/api/kernels/{kernel[1]}/channels", **channels).status == 403
    assert before <= served.kernels()
    assert served.get(leave, "POST", "", Cookie=inside).status == 204


@pytest.mark.parametrize(
    "path",
    [
        "/api/contents",
        "/api/contents/wizard.ipynb",
        "/api/kernels",
        "/api/sessions",
        "/api/terminals",
        "/voila/files/wizard.ipynb",
        "/voila/files/../../etc/passwd",
        "/wizard.ipynb",
        "/voila/tree",
        "/voila/render/wizard.ipynb",
        "/static/../../../../etc/passwd",
        "/voila/static/..%2f..%2f..%2f..%2fetc/passwd",
        "/voila/templates/..%2f..%2fconf.json",
        "/voila/query/00000000-0000-0000-0000-000000000000",
        "/files/serve.log",
    ],
)
def test_nothing_else_is_served(served: Served, inside: str, path: str) -> None:
    answer = served.get(path, Cookie=inside)
    assert 400 <= answer.status < 500, answer.text[:200]
    assert "Traceback" not in answer.text
    assert "root:" not in answer.text


def test_the_page_shows_no_source_and_has_a_policy(served: Served, inside: str) -> None:
    answer = served.get("/?voila-theme=dark&template=classic&theme=dark", Cookie=inside)
    assert answer.status == 200
    assert "from sm_ssh_widget" not in answer.text
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "*" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    hosts = set(re.findall(r"(?:src|href)=[\"'](https?://[^/\"']+)", answer.text))
    assert not hosts, hosts


def test_the_working_directory_has_no_say(served: Served, inside: str, home: Path) -> None:
    assert served.get("/", Cookie=inside).status == 200
    assert not list(home.glob("*-was-here"))


def test_nothing_is_said_that_was_not_asked_for(served: Served) -> None:
    """The log holds neither the token nor a traceback."""
    log = served.log.read_text()
    assert served.path.partition("t=")[2] not in log
    assert "Traceback" not in log
