"""The lifecycle configuration: run by a real shell with stand-ins for the programs that it calls."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sm_ssh_widget.export.lifecycle import (
    CONTENT_LIMIT,
    SCRIPT_FILE,
    attach_steps,
    create_command,
    lifecycle_guide,
    lifecycle_script,
)

BASH = shutil.which("bash") or "bash"
OWNER = "AROAEXAMPLE:jane@example.com"


def stand_in(folder: Path, name: str, body: str = "") -> None:
    path = folder / name
    path.write_text(f'#!{BASH}\necho {name} "$@" >> "$CALLS"\n{body}\n')
    path.chmod(0o755)


@pytest.fixture
def ran(tmp_path: Path) -> list[str]:
    """The calls that the script makes where it runs as root and SSH Helper is not installed yet."""
    programs, root = tmp_path / "bin", tmp_path / "root"
    programs.mkdir()
    root.mkdir()
    for name in ("python3", "sm-ssh-ide", "nohup"):
        stand_in(programs, name, f'[ "$1" = -c ] && echo {tmp_path}/prefix; exit 0')
    stand_in(programs, "id", "echo 0")
    text = lifecycle_script(OWNER)
    for real, ours in (("/opt/", f"{tmp_path}/opt/"), ("cd /root", f"cd {root}"), ("/var/log/", f"{tmp_path}/")):
        assert real in text
        text = text.replace(real, ours)
    script, calls = tmp_path / SCRIPT_FILE, tmp_path / "calls"
    script.write_text(text)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(calls)}
    subprocess.run([BASH, str(script)], env=environment, check=True, timeout=60, capture_output=True)
    return calls.read_text("utf-8").splitlines()


def test_it_sets_the_owner_before_it_registers_and_starts(ran: list[str]) -> None:
    of_helper = [call for call in ran if call.startswith("sm-ssh-ide")]
    assert of_helper == [
        "sm-ssh-ide get-metadata",
        "sm-ssh-ide configure --ssh-only",
        f"sm-ssh-ide set-local-user-id {OWNER}",
        "sm-ssh-ide init-ssm",
    ]
    installs = [call for call in ran if " pip " in call]
    assert [call.split()[3] for call in installs] == ["uninstall", "install"]


def test_it_holds_no_password_and_no_owner_of_an_example() -> None:
    script = lifecycle_script(OWNER)
    assert "vnc" not in script.lower()
    assert "AIDACKCEVSQ6C2EXAMPLE" not in script


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=64).filter(lambda text: "\x00" not in text))
def test_no_owner_breaks_out_of_its_place(owner: str) -> None:
    line = next(line for line in lifecycle_script(owner).splitlines() if line.startswith("local_user_id="))
    done = subprocess.run(
        [BASH, "-c", f'{line}\nprintf %s "$local_user_id"'], capture_output=True, check=True, timeout=60
    )
    assert not done.stderr
    if owner.isascii() and owner.isprintable():
        assert done.stdout.decode() == owner


def test_it_fits_where_aws_takes_it() -> None:
    longest = lifecycle_script("x" * 256)
    assert len(base64.b64encode(longest.encode())) <= CONTENT_LIMIT


def test_the_command_sends_the_script_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text(f"#!{BASH}\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "aws").chmod(0o755)
    (tmp_path / SCRIPT_FILE).write_text(lifecycle_script(OWNER))
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [BASH, "-c", create_command("eu-west-1")]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, check=True, text=True, timeout=60
    )
    words = done.stdout.splitlines()
    assert words[:4] == ["sagemaker", "create-studio-lifecycle-config", "--region", "eu-west-1"]
    content = words[words.index("--studio-lifecycle-config-content") + 1]
    assert base64.b64decode(content).decode() == lifecycle_script(OWNER)


def test_the_guide_holds_script_command_and_undo() -> None:
    guide = lifecycle_guide(OWNER, "eu-west-1")
    assert lifecycle_script(OWNER).strip() in guide
    assert create_command("eu-west-1") in guide
    assert any("undo" in step for step in attach_steps())
