"""The verb, as a process: it says READY, exports what a shell needs, and ends when told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

PROFILES = {"execution-role", "admin", "read-only", "user", "sso"}


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sm_ssh_widget.simulator", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], list[str], Path, float]]:
    directory = tmp_path_factory.mktemp("account")
    began = time.monotonic()
    process = start("--dir", str(directory), "--scenario", "half-done")
    assert process.stdout
    lines = [process.stdout.readline().rstrip()]
    took = time.monotonic() - began
    lines += [process.stdout.readline().rstrip() for _ in range(8)]
    yield process, lines, directory, took
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stdout.read() == ""
    process.stdout.close()
    if process.stderr:
        process.stderr.close()


def test_ready_then_exports(running: tuple[subprocess.Popen[str], list[str], Path, float]) -> None:
    _, lines, directory, took = running
    print(f"ready after {took:.2f} s")
    assert lines[0].startswith("READY http://127.0.0.1:")
    assert all(line.startswith("export ") for line in lines[1:])
    assert (directory / "env.sh").read_text().splitlines() == lines[1:]
    assert took < 2


def test_the_environment_is_enough(running: tuple[subprocess.Popen[str], list[str], Path, float]) -> None:
    code = (
        "import boto3, json\n"
        "keys = ('admin', 'execution-role', 'read-only', 'user', 'sso')\n"
        "say = lambda p: boto3.Session(profile_name=p).client('sts', region_name='us-west-2').get_caller_identity()\n"
        "print(json.dumps({p: say(p)['Arn'] for p in keys}))\n"
    )
    script = f'. {running[2] / "env.sh"} && exec {sys.executable} -c "$CODE"'
    done = subprocess.run(["sh", "-c", script], env={**os.environ, "CODE": code}, capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert set(found) == PROFILES
    assert found["execution-role"].endswith("/AmazonSageMaker-ExecutionRole-20240101T000000/SageMaker")


def test_the_files(running: tuple[subprocess.Popen[str], list[str], Path, float]) -> None:
    directory = running[2]
    assert {path.name for path in directory.iterdir()} == {"env.sh", "config", "credentials", "metadata.json"}
    assert (directory / "credentials").stat().st_mode & 0o077 == 0
    metadata = json.loads((directory / "metadata.json").read_text())
    assert metadata["ExecutionRoleArn"].startswith("arn:aws:iam::123456789012:role/service-role/")
    assert {"AppType", "DomainId", "ResourceArn", "ResourceName", "SpaceName"} <= set(metadata)


def test_studio_can_be_described(running: tuple[subprocess.Popen[str], list[str], Path, float]) -> None:
    _, lines, directory, _ = running
    metadata = json.loads((directory / "metadata.json").read_text())
    credentials = (directory / "credentials").read_text().split("[execution-role]")[1].split("[")[0].splitlines()
    keys = dict(line.split(" = ") for line in credentials if line)
    session = boto3.Session(**keys, region_name="eu-west-1")  # type: ignore[arg-type]
    sagemaker = session.client("sagemaker", endpoint_url=lines[0].removeprefix("READY "))
    space = sagemaker.describe_space(DomainId=metadata["DomainId"], SpaceName=metadata["SpaceName"])
    owner = space["OwnershipSettings"]["OwnerUserProfileName"]
    profile = sagemaker.describe_user_profile(DomainId=metadata["DomainId"], UserProfileName=owner)
    domain = sagemaker.describe_domain(DomainId=metadata["DomainId"])
    assert profile["UserSettings"]["ExecutionRole"] == metadata["ExecutionRoleArn"]
    assert domain["DefaultUserSettings"]["ExecutionRole"] == metadata["ExecutionRoleArn"]


def test_the_list() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sm_ssh_widget.simulator", "--list"], capture_output=True, text=True, check=True
    )
    assert any(line.startswith("fresh-studio-role ") for line in done.stdout.splitlines())


def test_a_port_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert "cannot be used" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("directory", [str(Path(__file__)), "/proc/x"])
def test_a_directory_that_cannot_be_written_is_said(directory: str) -> None:
    process = start("--dir", directory)
    out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert f"cannot be written to {directory}: " in error
    assert "--dir DIR" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.2])
def test_an_end_during_the_start_leaves_nothing_behind(tmp_path: Path, pause: float) -> None:
    command = [sys.executable, "-m", "sm_ssh_widget.simulator"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < until and not any(tmp_path.iterdir()):
        time.sleep(0.005)
    time.sleep(pause)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert not list(tmp_path.iterdir())


def test_an_account_that_is_no_number_is_said_in_three_parts() -> None:
    process = start("--account", "12")
    out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert "simulated account" in error
    assert "'12' is not an account ID" in error
    assert "--account 123456789012" in error
