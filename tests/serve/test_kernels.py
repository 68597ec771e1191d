"""The limits of kernels, the end of a session, and sockets that another local user cannot read."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tornado.web import HTTPError

from sm_ssh_widget.serve.kernels import IN_ALL, PER_VISITOR, KernelLedger, _socket_dir
from tests.serve.served import Served, serving, until

NOBODY = 65534


def _kernel_of(served: Served, cookie: str) -> str:
    answer = served.get("/", Cookie=cookie)
    found = re.search(r'"kernelId": "([\w-]+)"', answer.text)
    assert found, answer.text[:300]
    return found[1]


def test_a_visitor_has_three_kernels_and_all_together_eight() -> None:
    ledger, running = KernelLedger(), set[str]()

    def start(visitor: str, kernel: str) -> None:
        with ledger.place(visitor, running) as started:
            started(kernel)
            running.add(kernel)

    for number in range(PER_VISITOR):
        start("a", f"a{number}")
    with pytest.raises(HTTPError) as raised:
        start("a", "one too many")
    assert raised.value.status_code == 429
    running.discard("a0")
    start("a", "a3")
    assert set(ledger.kernels_of("a", running)) == {"a1", "a2", "a3"}
    for number in range(IN_ALL - PER_VISITOR):
        start(f"b{number}", f"b{number}")
    with pytest.raises(HTTPError):
        start("c", "one too many")


def test_places_are_taken_while_kernels_start() -> None:
    ledger = KernelLedger()
    three = [ledger.place("a", set()) for _ in range(PER_VISITOR)]
    for place in three:
        place.__enter__()
    with pytest.raises(HTTPError), ledger.place("a", set()):
        pass
    for place in three:
        place.__exit__(None, None, None)
    with ledger.place("a", set()):
        pass


def test_a_directory_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 60)
    long.mkdir()
    assert _socket_dir(107, [str(long)]) is None
    found = _socket_dir(107, [str(long), "/tmp"])
    assert found is not None
    try:
        assert found.is_absolute()
        assert stat.S_IMODE(found.stat().st_mode) == 0o700
        longest = found / "voila_01234567" / "kernel-01234567-0123-0123-0123-0123456789ab-ipc-65535"
        assert len(os.fsencode(longest)) <= 107
    finally:
        found.rmdir()


def test_the_fourth_page_of_one_browser_is_refused_and_a_sign_out_ends_all_of_them(tmp_path: Path) -> None:
    with serving(tmp_path, "--account", "simulated", "--no-browser") as served:
        cookie = served.enter()
        kernels = {_kernel_of(served, cookie) for _ in range(PER_VISITOR)}
        assert len(kernels) == PER_VISITOR
        refused = served.get("/", Cookie=cookie)
        assert refused.status == 429
        assert "3 open pages" in refused.text
        before = served.kernels()
        _others_cannot_read(served)
        out = served.get("/logout", Cookie=cookie)
        assert out.status == 200
        assert served.get("/", Cookie=cookie).status == 302
        until(lambda: len(served.kernels() & before) <= len(before) - PER_VISITOR)


def _others_cannot_read(served: Served) -> None:
    """The kernels' channels are sockets in a directory of ours; another user finds no port that publishes."""
    children = psutil.Process(served.process.pid).children(recursive=True)
    kernels = [each for each in children if any("ipykernel" in part for part in each.cmdline())]
    files = [Path(part) for each in kernels for part in each.cmdline() if part.endswith(".json")]
    assert files
    sockets = [socket for file in files for socket in file.parent.glob(f"{file.stem}-ipc-*")]
    assert len(sockets) >= len(files)
    if os.geteuid() == 0:
        script = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])"
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "/usr/bin/env", "python3"]
        done = subprocess.run([*command, "-c", script, str(sockets[0])], capture_output=True, text=True, check=False)
        assert "Permission" in done.stderr, done.stderr
        own = subprocess.run([sys.executable, "-c", script, str(sockets[0])], capture_output=True, check=False)
        assert own.returncode == 0
