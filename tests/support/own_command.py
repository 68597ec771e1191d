"""Our own command line behind a fork server: a process of its own for each call, without the imports of each.

A check takes 1.3 s of processor time, most of it to import the AWS SDK and to read its service models; the suite makes
hundreds of calls. :func:`start` gives a process with its own id, exit code, signals, directory, environment and
streams, forked off one that has done both. Where a fork is not the same it starts the console script itself: with a
``preexec_fn``, and with other variables that Python or the SDK read when they start.
``tests/cli/test_own_command.py`` compares the two, verb by verb.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCRIPT = Path(sys.executable).with_name("sm-ssh-widget")
_READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "AWS_DATA_PATH")
_SERVICES = ("sts", "iam", "ssm", "sagemaker", "ec2", "cloudformation", "organizations")
_NUMBER = 4  # bytes of a process id or a status


def start(arguments: Sequence[str], **given: Any) -> subprocess.Popen[Any]:
    """Start the console script with these arguments and what ``subprocess.Popen`` takes, at least ``env``."""
    command = [str(SCRIPT), *arguments]
    alike = _read_at_start(given["env"]) == _read_at_start(os.environ)
    if alike and "preexec_fn" not in given and hasattr(os, "pidfd_open"):
        return _Forked(command, **given)
    return subprocess.Popen(command, **given)


def run(
    arguments: Sequence[str], *, input: str | None = None, timeout: float = 120, **given: Any
) -> subprocess.CompletedProcess[str]:
    """Run the console script to its end, and keep what it says."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start(arguments, text=True, **streams, **given) as process:
        try:
            out, err = process.communicate(input or "", timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


class _Forked(subprocess.Popen[Any]):
    """A process that the server forked: its status comes over the connection, since ``waitpid`` knows no grandchild."""

    def _execute_child(self, *given: Any) -> None:  # what Popen calls once it has made the pipes
        arguments, cwd, environment = given[0], given[5], given[6]
        streams = given[10], given[13], given[15]  # the ends that are the process's
        self._call = socket.socket(socket.AF_UNIX)
        self._call.connect(_SERVER.address())
        asked = json.dumps([arguments, dict(environment), os.fspath(cwd or Path.cwd())]).encode()
        given_streams = [own if stream == -1 else stream for own, stream in enumerate(streams)]
        socket.send_fds(self._call, [len(asked).to_bytes(8, "big")], given_streams)
        self._call.sendall(asked)
        self.pid = int.from_bytes(self._call.recv(_NUMBER, socket.MSG_WAITALL), "big")
        self._child_created = True
        self._close_pipe_fds(*given[10:16])  # type: ignore[attr-defined]

    def _try_wait(self, flags: int) -> tuple[int, int]:
        """Wait like ``waitpid``: the process and its status, or (0, 0) while it runs."""
        try:
            status = self._call.recv(_NUMBER, socket.MSG_DONTWAIT if flags & os.WNOHANG else socket.MSG_WAITALL)
        except BlockingIOError:
            return 0, 0
        assert len(status) == _NUMBER, "the fork server ended"
        self._call.close()
        return self.pid, int.from_bytes(status, "big")

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        lock = self._waitpid_lock  # type: ignore[attr-defined]
        if self.returncode is None and lock.acquire(blocking=False):
            try:
                process, status = self._try_wait(os.WNOHANG)
                if process:
                    self.returncode = os.waitstatus_to_exitcode(status)
            finally:
                lock.release()
        return self.returncode


class _Server:
    """This process's server, started when it is first asked. It ends with us, who hold the other end of a pipe."""

    def __init__(self) -> None:
        self._address = ""
        self._lock = threading.Lock()

    def address(self) -> str:
        with self._lock:
            if not self._address:
                self._address = self._start()
            return self._address

    def _start(self) -> str:
        address = f"\0sm-ssh-widget-tests-{os.getpid()}"  # an abstract one leaves no file behind
        theirs, self._ours = os.pipe()
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(address)
            door.listen()
            code = f"from tests.support import own_command\nown_command.serve({door.fileno()}, {theirs})\n"
            command = [sys.executable, "-c", f"{code}from sm_ssh_widget.cli import main\nmain()"]
            clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SM_SSH_"))}
            self._process = subprocess.Popen(command, cwd=ROOT, env=clean, pass_fds=[door.fileno(), theirs])
        os.close(theirs)
        return address


_SERVER = _Server()


def serve(door: int, ends: int) -> None:
    """Fork a process for each call and tell its id and status; return in each of them."""
    _load()
    calls: dict[int, tuple[int, socket.socket]] = {}  # by the descriptor of a process: its id, and who asked
    listening = socket.socket(fileno=door)
    while True:
        for ready in select.select([door, ends, *calls], [], [])[0]:
            if ready == ends:  # whom we serve has ended
                os._exit(0)
            if ready in calls:
                process, caller = calls.pop(ready)
                os.close(ready)
                with caller, suppress(BrokenPipeError):
                    caller.sendall(os.waitpid(process, 0)[1].to_bytes(_NUMBER, "big"))
                continue
            caller, _ = listening.accept()
            if not (process := os.fork()):
                _become(caller, [ends, *calls], [listening, *(each for _, each in calls.values())])
                return
            calls[os.pidfd_open(process)] = process, caller
            with suppress(BrokenPipeError):
                caller.sendall(process.to_bytes(_NUMBER, "big"))


def _load() -> None:
    """Import and read what every call would: the commands, the SDK, its service models and endpoint rules."""
    from sm_ssh_widget.aws.session.service_models import ambient_session  # noqa: PLC0415
    from sm_ssh_widget.cli.verbs import COMMANDS  # noqa: PLC0415

    for name in COMMANDS:
        import_module(f"sm_ssh_widget.cli.commands.{name}")
    session: Any = ambient_session()
    for service in _SERVICES:
        session.client(service, "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # what a call leaves behind goes with its process


def _become(caller: socket.socket, descriptors: Sequence[int], sockets: Sequence[socket.socket]) -> None:
    """Take on the arguments, the environment, the directory and the streams of a call, as a new process has them."""
    length, streams, _, _ = socket.recv_fds(caller, 8, 3)
    with caller, caller.makefile("rb") as asked:
        arguments, environment, directory = json.loads(asked.read(int.from_bytes(length, "big")))
    for each in sockets:
        each.close()
    for own, stream in enumerate(streams):
        os.dup2(stream, own)
    for descriptor in (*streams, *descriptors):
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    sys.argv = arguments
    sys.path[0] = str(SCRIPT.parent)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        was = getattr(sys, name)
        line_by_line = name == "stderr" or (name == "stdout" and os.isatty(1))
        now: Any = open(was.fileno(), mode, encoding=was.encoding, errors=was.errors, closefd=False)  # noqa: SIM115
        now.reconfigure(line_buffering=line_by_line)
        setattr(sys, name, now)
        setattr(sys, f"__{name}__", now)
