"""Looking at a machine: real programs in a directory of their own on PATH, and none of those of this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget.doctor.observed import Program, Proxy
from sm_ssh_widget.doctor.probing import Machine, ThisMachine, plugin_folders, probe
from sm_ssh_widget.requirements.observation import Absent, Known, Reason, Unknown

OLD_LIST = """\
      Name                    Value             Type    Location
      ----                    -----             ----    --------
   profile                <not set>             None    None
access_key     ****************SECR              env
secret_key     ****************SECR              env
    region                eu-west-1              env    AWS_DEFAULT_REGION
"""
NEW_LIST = """\
NAME       : VALUE                    : TYPE             : LOCATION
profile    : <not set>                : None             : None
access_key : ****************SECR     : env              :
region     : eu-west-1                : env              : AWS_DEFAULT_REGION
"""
NO_REGION = OLD_LIST.replace("eu-west-1              env    AWS_DEFAULT_REGION", "<not set>             None    None")

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a program that prints a text for its arguments, else the first one."""

    def program(name: str, printed: str, folder: str = "bin", err: bool = False, **by_argument: str) -> Path:
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cases = {"": printed, **by_argument}
        text = (
            f"#!{sys.executable} -IS\nimport sys\nCASES = {cases!r}\n"
            "found = CASES.get(sys.argv[1] if len(sys.argv) > 1 else '', CASES[''])\n"
            f"print(found, file=sys.{'stderr' if err else 'stdout'})\n"
        )
        path.write_text(text)
        path.chmod(0o755)
        return path

    return program


def machine(tmp_path: Path, **environment: str) -> Machine:
    return ThisMachine({"PATH": str(tmp_path / "bin"), **environment}, "Linux", seconds=20, root=str(tmp_path / "root"))


def test_programs_on_path_with_what_they_print(tmp_path: Path, put: Put) -> None:
    aws = put("aws", "aws-cli/2.30.7 Python/3.13", configure=OLD_LIST)
    plugin = put("session-manager-plugin", "\n1.2.896.0\n")
    ssh, keygen = put("ssh", "OpenSSH_9.6p1, OpenSSL 3", err=True), put("ssh-keygen", "usage")
    seen = probe(machine(tmp_path), "eu-west-1")
    assert seen.aws == Known(Program(str(aws), "aws-cli/2.30.7 Python/3.13"), str(aws))
    assert seen.plugin == Known(Program(str(plugin), "1.2.896.0"), str(plugin))
    assert seen.ssh == Known(Program(str(ssh), "OpenSSH_9.6p1, OpenSSL 3"), str(ssh))
    assert seen.ssh_keygen == Known(Program(str(keygen), ""), str(keygen))


def test_an_empty_machine(tmp_path: Path) -> None:
    seen = probe(machine(tmp_path), "eu-west-1")
    assert {seen.aws, seen.plugin, seen.ssh, seen.ssh_keygen} == {
        Absent("aws"), Absent("session-manager-plugin"), Absent("ssh"), Absent("ssh-keygen")
    }  # fmt: skip
    assert isinstance(seen.region_column, Unknown), "without an AWS CLI nobody knows its Region"
    assert seen.client == ""


@pytest.mark.parametrize(
    ("printed", "column", "region"),
    [
        (OLD_LIST, "eu-west-1", Known("eu-west-1", "aws configure list")),
        (NEW_LIST, ":", Known("eu-west-1", "aws configure list")),
        (NO_REGION, "<not", Absent("aws configure list")),
    ],
    ids=["before 2.31", "since AWS CLI 2.31", "none"],
)
def test_the_region_in_both_forms_of_the_list(
    tmp_path: Path, put: Put, printed: str, column: str, region: Known[str] | Absent
) -> None:
    put("aws", "aws-cli/2.36.12", configure=printed)
    seen = probe(machine(tmp_path), "eu-west-1")
    assert seen.region_column == Known(column, "aws configure list")
    assert seen.cli_region == region
    assert "SECR" not in repr(seen), "the other lines show parts of the keys"


def test_a_list_without_a_region_is_unknown(tmp_path: Path, put: Put) -> None:
    put("aws", "aws-cli/2.36.12", configure="The config profile (me) could not be found")
    seen = probe(machine(tmp_path), "eu-west-1")
    assert isinstance(seen.region_column, Unknown)
    assert isinstance(seen.cli_region, Unknown)


def test_a_program_that_hangs_is_told_and_ended(tmp_path: Path) -> None:
    fifo, hanging = tmp_path / "fifo", tmp_path / "bin" / "aws"
    os.mkfifo(fifo)
    hanging.parent.mkdir()
    hanging.write_text(f"#!/bin/sh\nread line < {fifo}\n")
    hanging.chmod(0o755)
    one = ThisMachine({"PATH": str(hanging.parent)}, "Linux", seconds=0.2, root=str(tmp_path))
    aws = probe(one, "eu-west-1").aws
    assert isinstance(aws, Unknown)
    assert (aws.reason, "0.2 s" in aws.said) == (Reason.TIMED_OUT, True)


def test_a_program_that_does_not_start(tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "ssh"
    broken.parent.mkdir()
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o755)
    ssh = probe(machine(tmp_path), "eu-west-1").ssh
    assert isinstance(ssh, Unknown)
    assert "did not start" in ssh.said


def test_the_plugin_where_its_installer_puts_it(tmp_path: Path, put: Put) -> None:
    path = put("session-manager-plugin", "1.2.764.0", folder="root/usr/local/sessionmanagerplugin/bin")
    assert probe(machine(tmp_path), "eu-west-1").plugin == Known(Program(str(path), "1.2.764.0", False), str(path))


def test_the_version_in_the_file_beside_the_plugin(tmp_path: Path, put: Put) -> None:
    path = put("session-manager-plugin", "The Session Manager plugin was installed successfully.")
    assert "successfully" in repr(probe(machine(tmp_path), "eu-west-1").plugin)
    (tmp_path / "VERSION").write_text("1.2.707.0\n")
    assert probe(machine(tmp_path), "eu-west-1").plugin == Known(Program(str(path), "1.2.707.0"), str(path))


def test_the_directories_of_the_installers() -> None:
    assert plugin_folders("Darwin", {}) == plugin_folders("Linux", {}) == ("/usr/local/sessionmanagerplugin/bin",)
    both = {"ProgramFiles": r"C:\Program Files", "ProgramFiles(x86)": r"C:\Program Files (x86)"}
    assert plugin_folders("Windows", both) == (
        r"C:\Program Files\Amazon\SessionManagerPlugin\bin",
        r"C:\Program Files (x86)\Amazon\SessionManagerPlugin\bin",
    )
    assert plugin_folders("Windows", {}) == ()


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({"HTTPS_PROXY": "http://ann:secret@proxy.example.com:3128"}, Proxy("proxy.example.com:3128")),
        ({"https_proxy": "proxy.example.com"}, Proxy("proxy.example.com")),
        ({"ALL_PROXY": "socks5://proxy:1080"}, Proxy("proxy:1080")),
        ({"HTTPS_PROXY": "http://proxy:80", "NO_PROXY": "localhost, .amazonaws.com"}, Proxy("proxy:80", True, True)),
        ({"HTTPS_PROXY": "http://proxy:80", "NO_PROXY": "*"}, Proxy("proxy:80", True, True)),
        ({"HTTPS_PROXY": "http://proxy:80", "NO_PROXY": "aws.com,naws.com"}, Proxy("proxy:80")),
        (
            {"HTTPS_PROXY": "http://proxy:80", "NO_PROXY": "ssmmessages.eu-west-1.amazonaws.com"},
            Proxy("proxy:80", True, True),
        ),
    ],
)
def test_the_proxy_without_its_password(tmp_path: Path, environment: dict[str, str], proxy: Proxy) -> None:
    assert probe(machine(tmp_path, **environment), "eu-west-1").proxy == proxy


def test_a_proxy_that_only_the_system_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:80")  # this process's own, not of the machine that is looked at
    assert probe(machine(tmp_path), "eu-west-1").proxy == Proxy("proxy:80", from_environment=False)


def test_certificates_that_are_named_and_not_there(tmp_path: Path) -> None:
    there = tmp_path / "ca.pem"
    there.write_text("")
    assert probe(machine(tmp_path, AWS_CA_BUNDLE=str(there)), "eu-west-1").ca_bundle == ""
    assert probe(machine(tmp_path, AWS_CA_BUNDLE="/no/such.pem"), "eu-west-1").ca_bundle == "/no/such.pem"


def test_packages_of_this_python_and_the_client_on_path(tmp_path: Path, put: Put) -> None:
    client = put("sm-local-ssh-training", "")
    seen = probe(machine(tmp_path), "eu-west-1")
    assert "boto3" in seen.packages
    assert seen.client == str(client)
    assert sys.executable in seen.python
