"""The real program serving its page, in a home of its own; and a client without a browser."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

SCRIPT = Path(sys.executable).with_name("sm-ssh-widget")
SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Served:
    """A running server. ``link`` is the URL of its READY line."""

    link: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def path(self) -> str:
        """The link's path and query."""
        parts = urlsplit(self.link)
        return f"{parts.path}?{parts.query}"

    @property
    def host(self) -> str:
        """The host name of the link, which is the one that is answered, with its port."""
        return urlsplit(self.link).netloc

    @property
    def base(self) -> str:
        """The path of the page."""
        return urlsplit(self.link).path.removesuffix("start")

    @property
    def port(self) -> int:
        """The port of the READY line, or of the program's own socket where a proxy's name stands there."""
        listening = psutil.Process(self.process.pid).net_connections("tcp")
        ours = {each.laddr.port for each in listening if each.status == psutil.CONN_LISTEN}
        named = urlsplit(self.link).port
        return named if named in ours else min(ours)

    def get(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """One request, with no redirect followed. Underscores in header names are hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            given = {"Host": self.host} | {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()

    def enter(self) -> str:
        """Use the link; the cookie that it leaves."""
        return self.get(self.path).headers["set-cookie"].partition(";")[0]

    def kernels(self) -> set[int]:
        """The processes of all kernels, the one that is kept warm included."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return {each.pid for each in children if any("ipykernel" in part for part in _command(each))}


@contextmanager
def serving(home: Path, *arguments: str, verb: str = "serve", **environment: str) -> Iterator[Served]:
    """The page, until the block ends; the program must end well."""
    log = home / "serve.log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(SCRIPT), verb, *arguments],
            cwd=home,
            env=clean(home) | environment,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        )
        try:
            yield Served(_ready(process, log), process, log)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(SECONDS)
    assert code == 0, log.read_text()[-2000:]


def clean(home: Path) -> dict[str, str]:
    """This environment, without what it says of AWS and Jupyter."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "SM_SSH", "JUPYTER_"))}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        kept.pop(name, None)
    root = str(Path(__file__).parents[2])
    return {**kept, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": root}


def until(found: object, seconds: float = SECONDS) -> None:
    """Wait until ``found()`` is true."""
    assert callable(found)
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def _ready(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("READY http"), line + log.read_text()[-3000:]
    return line.split()[1]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
