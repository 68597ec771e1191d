"""The verb ``doctor``, by its real script, on a laptop that is made of programs in a directory of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.aws.test_nodes import OURS, node
from tests.cli.conftest import Terminal, Told

Open = Callable[[str], Terminal]
ADMIN = {"AWS_PROFILE": "admin"}

PROGRAMS = {
    "aws": "aws-cli/2.30.7 Python/3.13.7",
    "session-manager-plugin": "1.2.896.0",
    "ssh": "OpenSSH_9.6p1",
    "ssh-keygen": "",
}


@pytest.fixture
def laptop(terminal: Open, tmp_path: Path) -> Callable[..., Terminal]:
    """A laptop on which everything is in order, but for the programs that are given; SSH Helper is installed."""

    def prepare(region: str = "region eu-west-1 env AWS_REGION", **programs: str) -> Terminal:
        shell = terminal("everything-done")
        found = {**PROGRAMS, **{name.replace("_", "-"): text for name, text in programs.items()}}
        folder = tmp_path / "bin"
        folder.mkdir()
        for name, printed in found.items():
            path = folder / name
            answers = f"print({region!r} if sys.argv[1:2] == ['configure'] else {printed!r})"
            path.write_text(f"#!{sys.executable} -IS\nimport sys\n{answers}\n")
            path.chmod(0o755)
        shell.environment.update({"PATH": str(folder), **ADMIN, "PYTHONPATH": str(_packages(tmp_path))})
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "AWS_CA_BUNDLE"):
            shell.environment.pop(name, None)
        return shell

    return prepare


def _packages(folder: Path) -> Path:
    """The metadata of SSH Helper and its SDK, as an installer leaves it: the versions are all that is asked for."""
    for name, number in (("sagemaker", "2.257.7"), ("sagemaker_ssh_helper", "2.3.0")):
        info = folder / "packages" / f"{name}-{number}.dist-info"
        info.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {number}\n"
        (info / "METADATA").write_text(text)
    return folder / "packages"


def findings(told: Told) -> dict[str, str]:
    return {each["id"]: each["status"] for each in told.json["findings"]}


def owner(shell: Terminal) -> str:
    """The UserId of the profile, as the doctor itself tells it."""
    told = shell.run("doctor", "--json").json
    found = next(each["found"] for each in told["findings"] if each["id"] == "identity")
    return str(found.partition("UserId ")[2].partition(",")[0])


def test_0_a_laptop_in_order(laptop: Callable[..., Terminal]) -> None:
    shell = laptop()
    told = shell.run("doctor", "--region", "eu-west-1", "--json")
    assert set(findings(told).values()) == {"ok"}, told.json
    assert (told.code, told.json["status"], told.json["endpoint"]) == (0, "ok", shell.account.url)
    assert shell.run("doctor", "--owner", owner(shell)).code == 0


def test_1_what_is_wrong_and_nothing_else(laptop: Callable[..., Terminal]) -> None:
    shell = laptop(aws="aws-cli/2.36.12 Python/3.13", region="region : eu-west-1 : env : AWS_REGION",
                   session_manager_plugin="1.2.707.0")  # fmt: skip
    told = shell.run("doctor", "--region", "eu-west-1", "--owner", "AROAELSE:bob", "--json")
    assert told.code == 1
    wrong = {name for name, status in findings(told).items() if status != "ok"}
    assert wrong == {"plugin", "ssh-helper-region", "identity"}


def test_4_what_could_not_be_told_comes_before_what_is_wrong(laptop: Callable[..., Terminal]) -> None:
    shell = laptop(aws="no version", session_manager_plugin="1.2.707.0")
    told = shell.run("doctor", "--json")
    assert told.code == 4
    assert {name for name, status in findings(told).items() if status == "unknown"} == {"aws-cli"}


def test_the_owner_of_a_node_is_read(laptop: Callable[..., Terminal]) -> None:
    shell = laptop()
    own = {"SSHOwner": owner(shell), "SSHCreator": "AROAX:SageMaker", "SSHTimestamp": "1700000000"}
    shell.account.set_state({**shell.account.state(), "ManagedInstances": [node(OURS, own)]})
    assert shell.run("doctor", "--node", OURS).code == 0
    other = node(OURS, {**own, "SSHOwner": "AROAELSE:bob"})
    shell.account.set_state({**shell.account.state(), "ManagedInstances": [other]})
    assert findings(shell.run("doctor", "--node", OURS, "--json"))["identity"] == "wrong"


def test_one_line_a_finding_with_what_to_do(laptop: Callable[..., Terminal]) -> None:
    told = laptop(session_manager_plugin="1.2.707.0").run("doctor", COLUMNS="60")
    lines = [line for line in told.out.splitlines() if line.startswith(("✔ OK", "✖ Wrong", "? Unknown"))]
    assert len(lines) == 11
    plugin = next(line for line in lines if "plugin  " in line)
    assert plugin.startswith("✖ Wrong")
    assert all(part in plugin for part in ("1.2.707.0", "1.2.764.0 or later", "Install a newer one", "https://"))
    assert "1 wrong, 0 unknown, 10 in order." in told.out
    assert "not an AWS endpoint" in told.out


def test_2_for_what_cannot_be_named(laptop: Callable[..., Terminal]) -> None:
    told = laptop().run("doctor", "--node", "i-0123456789abcdef0", "--json")
    assert (told.code, told.error["where"]) == (2, "--node")
