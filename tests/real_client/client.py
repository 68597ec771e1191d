"""The client's environment, and how one of its steps is run: a home, a PATH and keys of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLACE = Path(sys.prefix) / "real-client"
"""Where the client is installed, once: beside the environment that runs the tests."""
REQUIREMENTS = HERE / "requirements.txt"
CLI_V2 = "SM_SSH_WIDGET_AWS_CLI_V2"
"""Names the ``aws`` of the AWS CLI version 2, where it is not the one on PATH."""
STEP_SECONDS = 120
_PLUGIN = '#!/bin/sh\n[ "$1" = --version ] && echo 1.2.896.0 && exit 0\n{ env; echo "$1"; } > "$PLUGIN_RECORD"\n'
_OLD_CLI = (
    "#!/bin/sh\n"
    "# The scripts of SSH Helper are for version 2: version 1 does not know --no-cli-pager.\n"
    'for word; do shift; [ "$word" = --no-cli-pager ] || set -- "$@" "$word"; done\n'
    'exec {aws} "$@"\n'
)


@dataclass(frozen=True)
class Outcome:
    """How a step ended: ``said`` is the end of what it wrote on the terminal."""

    ok: bool
    said: str


def installed() -> Path:
    """The environment's ``bin``, installed from the package index where it is not there. Raises on failure."""
    mark, wanted = PLACE / "installed", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        shutil.rmtree(PLACE, ignore_errors=True)
        venv.create(PLACE, with_pip=True)
        words = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(REQUIREMENTS))
        subprocess.run([PLACE / "bin" / "python", *words], check=True, timeout=600)
        mark.write_text(wanted, "utf-8")
    return PLACE / "bin"


def cli_version(aws: Path, bin: Path) -> str:
    """What an ``aws`` says that it is, such as ``aws-cli/1.46.3``."""
    environment = {"PATH": f"{bin}{os.pathsep}{os.defpath}", "HOME": "/nonexistent"}
    found = subprocess.run([aws, "--version"], capture_output=True, text=True, check=False, env=environment)
    return (found.stdout + found.stderr).partition(" ")[0].strip()


def newer_cli(bin: Path) -> Path | None:
    """The AWS CLI version 2 that the environment names, or that is on PATH; ``None`` where neither is.

    Raises :class:`LookupError` where the one that is named is none.
    """
    named, found = os.environ.get(CLI_V2), shutil.which("aws")
    if named and not (Path(named).exists() and cli_version(Path(named), bin).startswith("aws-cli/2.")):
        raise LookupError(f"{CLI_V2} names {named}, which is no AWS CLI of version 2")
    usable = named or (found if found and cli_version(Path(found), bin).startswith("aws-cli/2.") else None)
    return Path(usable) if usable else None


@dataclass
class Client:
    """One laptop: its home directory, what stands first on its PATH, and the environment of the simulated account."""

    home: Path
    bin: Path
    environment: Mapping[str, str]

    def __post_init__(self) -> None:
        self.first.mkdir(parents=True)
        (self.home / ".ssh").mkdir()
        agent = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.real_client.agent "$@"\n'
        self._script("amazon-ssm-agent", agent)
        self._script("session-manager-plugin", _PLUGIN)
        self.use_cli(self.bin / "aws")

    @property
    def first(self) -> Path:
        """The folder that stands first on PATH."""
        return self.home / "first"

    @property
    def kept(self) -> Path:
        """Where the stand-in of the agent keeps its key."""
        return self.home / "agent.json"

    def use_cli(self, aws: Path) -> None:
        """Let ``aws`` be another program; one of version 1 is told nothing of ``--no-cli-pager``."""
        version = cli_version(aws, self.bin)
        text = _OLD_CLI.format(aws=aws) if version.startswith("aws-cli/1.") else f'#!/bin/sh\nexec {aws} "$@"\n'
        self._script("aws", text)

    def run(self, profile: str, words: Sequence[str], **more: str) -> Outcome:
        """Run a command line as somebody; an end that is not zero is not ok."""
        try:
            found = subprocess.run(
                words,
                env=self.environment_of(profile, more),
                cwd=self.home,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=STEP_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(False, f"no end after {STEP_SECONDS} s")
        return Outcome(found.returncode == 0, (found.stdout + found.stderr).strip())

    def run_inside(self, profile: str, names: Sequence[str], **more: str) -> dict[str, Outcome]:
        """Run steps of ``inside.py`` in one process of the client's Python."""
        found = self.run(profile, [str(self.bin / "python"), str(HERE / "inside.py"), *names], **more)
        lines = [json.loads(line) for line in found.said.splitlines() if line.startswith('{"name"')]
        told = {line["name"]: Outcome(line["ok"], line["said"]) for line in lines}
        return {name: told.get(name, Outcome(False, found.said)) for name in names}

    def plugin_session(self) -> str:
        """The session that the plugin was started for last; empty where it was not."""
        record = self.home / "plugin"
        text = record.read_text("utf-8") if record.exists() else ""
        return text.partition('"SessionId": "')[2].partition('"')[0]

    def environment_of(self, profile: str, more: Mapping[str, str]) -> dict[str, str]:
        """What a command of somebody sees: nothing of the machine's own AWS configuration."""
        kept = {name: value for name, value in os.environ.items() if name in ("LANG", "TMPDIR", "SYSTEMROOT")}
        return {
            **kept,
            **self.environment,
            "AWS_PROFILE": profile,
            "HOME": str(self.home),
            "PATH": os.pathsep.join((str(self.first), str(self.bin), os.defpath, "/usr/bin", "/bin")),
            "PYTHONPATH": str(HERE / "redirect"),
            "PLUGIN_RECORD": str(self.home / "plugin"),
            "REAL_CLIENT_AGENT": str(self.kept),
            **more,
        }

    def _script(self, name: str, text: str) -> None:
        path = self.first / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)
