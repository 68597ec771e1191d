"""Facts of this machine: programs on PATH and their output, packages, proxy. Runs programs, sends nothing.

No program runs longer than ten seconds, gets standard input, or runs in a shell. Only the Region line of
``aws configure list`` is kept, because the other lines show parts of the keys.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from sm_ssh_widget.doctor.observed import Program, Programs, Proxy
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown

SECONDS = 10.0
PACKAGES = ("boto3", "sagemaker", "sagemaker-ssh-helper")
PLUGIN, CLIENT = "session-manager-plugin", "sm-local-ssh-training"


@dataclass(frozen=True)
class Ran:
    """Output of a program on both streams; ``exit_code`` is ``None`` if it did not start or end in time."""

    printed: str
    exit_code: int | None
    failure: str = ""


class Machine(Protocol):
    """A machine to inspect. ``system`` is Linux, Darwin or Windows, as in Python."""

    @property
    def system(self) -> str:
        """Name of the operating system."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables."""
        ...

    @property
    def python(self) -> str:
        """Version and path of the running Python."""
        ...

    def which(self, program: str, folder: str = "") -> str:
        """Find a program on PATH or in a folder; empty if there is none."""
        ...

    def run(self, path: str, *arguments: str) -> Ran:
        """Run a program for at most ten seconds."""
        ...

    def read(self, path: str) -> str:
        """Read a small text file; empty if it cannot be read."""
        ...

    def exists(self, path: str) -> bool:
        """Whether the file exists."""
        ...

    def package(self, name: str) -> str:
        """Return the version of a package of this Python; empty if it is not installed."""
        ...

    def system_proxies(self) -> Mapping[str, str]:
        """Return the proxies by scheme, from the environment or the operating system."""
        ...


@dataclass(frozen=True)
class ThisMachine:
    """The machine that runs this program. ``root`` is the prefix of the installers' directories."""

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    system: str = field(default_factory=platform.system)
    seconds: float = SECONDS
    root: str = ""

    @property
    def python(self) -> str:
        """Version and path of the running Python."""
        return f"Python {platform.python_version()} ({sys.executable})"

    def which(self, program: str, folder: str = "") -> str:
        """Find a program on PATH or in a folder of an installer; empty if there is none."""
        path = f"{self.root}{folder}" if folder else self.environment.get("PATH", os.defpath)
        return shutil.which(program, path=path) or ""

    def run(self, path: str, *arguments: str) -> Ran:
        """Run a program for at most ten seconds."""
        try:
            done = subprocess.run(  # noqa: S603  # a list of arguments, and the person's own program
                [path, *arguments],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ran("", None, f"{path} did not answer within {self.seconds:g} s")
        except OSError as error:
            return Ran("", None, f"{path} did not start ({error.strerror or type(error).__name__})")
        return Ran(done.stdout.decode("utf-8", "replace"), done.returncode)

    def read(self, path: str) -> str:
        """Read a small text file; empty if it cannot be read."""
        try:
            with Path(path).open(encoding="utf-8", errors="replace") as opened:
                return opened.read(200)
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """Whether the file exists."""
        return Path(path).is_file()

    def package(self, name: str) -> str:
        """Return the version of a package of this Python; empty if it is not installed."""
        try:
            return version(name)
        except PackageNotFoundError:
            return ""

    def system_proxies(self) -> Mapping[str, str]:
        """Return the proxies by scheme, from the environment or the operating system."""
        return urllib.request.getproxies()


def probe(machine: Machine, region: str) -> Programs:
    """Inspect the machine; ``region`` is that of the endpoint for which a proxy can be bypassed."""
    aws = _program(machine, "aws", "--version")
    line = _region_line(machine, aws)
    found = {name: machine.package(name) for name in PACKAGES}
    bundle = machine.environment.get("AWS_CA_BUNDLE", "")
    return Programs(
        aws=aws,
        plugin=_plugin(machine),
        ssh=_program(machine, "ssh", "-V"),
        ssh_keygen=_named(machine, "ssh-keygen"),
        region_column=_column(line),
        cli_region=_region(line),
        python=machine.python,
        packages={name: found_version for name, found_version in found.items() if found_version},
        client=machine.which(CLIENT),
        proxy=_proxy(machine, region),
        ca_bundle=bundle if bundle and not machine.exists(bundle) else "",
    )


def plugin_folders(system: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the directories of AWS's plugin installers.

    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-troubleshooting.html
    """
    if system != "Windows":
        return ("/usr/local/sessionmanagerplugin/bin",)
    roots = (environment.get(name, "") for name in ("ProgramFiles", "ProgramFiles(x86)"))
    return tuple(rf"{root}\Amazon\SessionManagerPlugin\bin" for root in roots if root)


def _program(machine: Machine, name: str, option: str) -> Fact[Program]:
    path = machine.which(name)
    return _asked(machine, path, option) if path else Absent(name)


def _asked(machine: Machine, path: str, option: str, *, on_path: bool = True) -> Fact[Program]:
    ran = machine.run(path, option)
    if ran.exit_code is None:
        reason = Reason.TIMED_OUT if "answer" in ran.failure else Reason.UNPARSABLE
        return Unknown(reason, path, ran.failure, f"Run it to see the reason: {path} {option}")
    lines = ran.printed.strip().splitlines()
    return Known(Program(path, lines[0].strip() if lines else "", on_path), path)


def _named(machine: Machine, name: str) -> Fact[Program]:
    """Find a program that prints no version: only its existence is known."""
    path = machine.which(name)
    return Known(Program(path, ""), path) if path else Absent(name)


def _plugin(machine: Machine) -> Fact[Program]:
    places = ("", *plugin_folders(machine.system, machine.environment))
    for folder in places:
        if path := machine.which(PLUGIN, folder):
            return _with_version_file(machine, _asked(machine, path, "--version", on_path=not folder))
    return Absent(PLUGIN)


def _with_version_file(machine: Machine, found: Fact[Program]) -> Fact[Program]:
    """Find the plugin; if it prints no version, use the file VERSION beside it."""
    if not isinstance(found, Known) or re.match(r"\d+\.", found.value.printed):
        return found
    folder = Path(found.value.path).resolve().parent
    for place in (folder, folder.parent):
        if text := machine.read(str(place / "VERSION")).strip():
            return Known(Program(found.value.path, text, found.value.on_path), found.read)
    return found


# The Region, as the AWS CLI shows it


def _region_line(machine: Machine, aws: Fact[Program]) -> Fact[str]:
    """Read the line that SSH Helper parses: ``aws configure list | grep region``."""
    read = "aws configure list"
    if not isinstance(aws, Known):
        return Unknown(Reason.UNPARSABLE, read, "not read: the AWS CLI did not answer", "Install the AWS CLI first.")
    ran = machine.run(aws.value.path, "configure", "list")
    if ran.exit_code is None:
        return Unknown(Reason.TIMED_OUT, read, ran.failure, f"Run it to see the reason: {read}")
    lines = [line for line in ran.printed.splitlines() if line.split()[:1] == ["region"]]
    if lines:
        return Known(lines[0], read)
    said = f"{read} ended with exit code {ran.exit_code} and showed no Region"
    return Unknown(Reason.UNPARSABLE, read, said, f"Run it to see the reason: {read}")


def _column(line: Fact[str]) -> Fact[str]:
    return Known([*line.value.split(), ""][1], line.read) if isinstance(line, Known) else line


def _region(line: Fact[str]) -> Fact[str]:
    """Parse the Region of the AWS CLI, from the line with or without colons."""
    if not isinstance(line, Known):
        return line
    words = [word for word in line.value.split() if word != ":"]
    value = words[1] if len(words) > 1 else "<not"
    return Absent(line.read) if value.startswith("<not") else Known(value, line.read)


# Proxy


def _proxy(machine: Machine, region: str) -> Proxy:
    """Return the proxy for the plugin's connection to ``ssmmessages``, without user name and password."""
    environment = {name.lower(): value for name, value in machine.environment.items()}
    own = environment.get("https_proxy") or environment.get("all_proxy", "")
    url = own or machine.system_proxies().get("https", "")
    if not url:
        return Proxy()
    bypassed = _bypassed(f"ssmmessages.{region}.amazonaws.com", environment.get("no_proxy", ""))
    return Proxy(_address(url), bool(own), bypassed)


def _address(url: str) -> str:
    parts = urlsplit(url if "//" in url else f"//{url}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.hostname or 'a proxy'}{port}"


def _bypassed(host: str, exceptions: str) -> bool:
    names = [name.strip().lstrip("*.").lower() for name in exceptions.split(",")]
    return "*" in exceptions.split(",") or any(host == name or host.endswith(f".{name}") for name in names if name)
