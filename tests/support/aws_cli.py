"""The real AWS CLI behind a fork server: each call runs in a fork of a process that has imported it.

The program takes 0.4 s of processor time a call, most of it to import itself and to read its service models, and a
script calls it forty times. The ``aws`` that :func:`serving` puts in a directory hands its arguments, environment,
directory and standard streams over a socket, and ends with the exit code of the CLI.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_CLIENT = """#!{python} -IS
import json, os, socket, sys

asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [len(asked).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(asked)
    code = server.recv(1)
sys.exit(code[0] if code else 255)
"""


@contextmanager
def serving(directory: Path) -> Iterator[Path]:
    """A directory for the front of PATH whose ``aws`` is the AWS CLI of this Python."""
    address = directory / "socket"
    client = directory / "aws"
    client.write_text(_CLIENT.format(python=sys.executable, address=str(address)), "utf-8")
    client.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        command = [sys.executable, "-m", __name__, str(listening.fileno())]
        server = subprocess.Popen(command, pass_fds=[listening.fileno()])
        try:
            yield directory
        finally:
            server.terminate()
            server.wait()


def serve(listening: socket.socket) -> None:
    """Answer calls until the process is ended."""
    from awscli.clidriver import create_clidriver  # noqa: PLC0415  # only the server needs it

    models = create_clidriver().session.get_component("data_loader")
    for service in ("sts", "iam", "ssm"):  # those that the scripts call
        models.load_service_model(service, "service-2")
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # what a call leaves behind goes with its process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by themselves
    while True:
        connection, _ = listening.accept()
        with connection:
            if os.fork() == 0:
                listening.close()
                os._exit(_call(connection, create_clidriver, models))


def _call(connection: socket.socket, create_driver: Callable[[], Any], models: object) -> int:
    """One call, in a process of its own; its exit code goes to who asked."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as asked:
        arguments, environment, directory = json.loads(asked.read(int.from_bytes(length, "big")))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    own = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # the CLI put its own there when it was imported
    os.environ.clear()
    os.environ.update(own | environment)
    os.chdir(directory)
    sys.argv = ["aws", *arguments]  # for the usage that it prints
    try:
        driver = create_driver()
        driver.session.register_component("data_loader", models)
        code = driver.main(arguments)
    except SystemExit as left:
        code = left.code
    for out in (sys.stdout, sys.stderr):
        out.flush()
    code = code if isinstance(code, int) else int(code is not None)
    connection.sendall(bytes([code & 255]))
    return 0


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
