"""Plain Voilà, as anybody would start it: ``voila NOTEBOOK``. No door, no template of ours."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.serve.served import clean


@contextmanager
def voila(notebook: Path, home: Path, *options: str, environment: Mapping[str, str]) -> Iterator[str]:
    """The URL of the page, until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    arguments = [str(notebook), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", *options]
    with (home / "voila.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "voila", *arguments],
            cwd=home,
            env={**clean(home), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"{url}static/favicon.ico")
            yield url
        finally:
            process.terminate()
            process.wait(60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: float = 90.0) -> None:
    """Wait until there is a server behind it, whatever it answers."""
    until = time.monotonic() + seconds
    while not _answers(url):
        assert time.monotonic() < until, f"{url} does not answer"
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
