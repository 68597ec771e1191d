"""What comes in by standard input and what goes out by which stream: secrets, broken pipes, faults of the program."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget.cli import boundary, prompts
from sm_ssh_widget.cli.output import Output
from sm_ssh_widget.cli.verbs import verbs
from tests.cli.conftest import ADMIN, Terminal, Told
from tests.support.own_command import SCRIPT

Open = Callable[..., Terminal]


def admin_keys(shell: Terminal) -> tuple[str, str]:
    found = shell.account.session("admin").get_credentials()
    assert found is not None
    assert found.access_key
    assert found.secret_key
    return found.access_key, found.secret_key


@pytest.mark.parametrize("shape", ["export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\n", "{}\n{}\n"])
def test_keys_come_by_standard_input_and_are_not_told(terminal: Open, shape: str) -> None:
    shell = terminal("everything-done")
    key, secret = admin_keys(shell)
    told = shell.run("check", "--sign-in", "keys-stdin", "--json", input=shape.format(key, secret))
    assert told.code == 0
    assert told.json["read_as"].endswith(":user/admin")
    assert secret not in told.out + told.err


def test_an_admin_without_credentials_of_their_own_signs_in_with_keys(terminal: Open) -> None:
    shell = terminal("everything-done")
    role = next(r for r in shell.account.state()["RoleDetailList"] if "ExecutionRole" in r["RoleName"])["Arn"]
    (shell.home / "empty").write_text("")
    bare = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(shell.home / "empty"))
    del shell.environment["AWS_PROFILE"]
    whose = ("--role", role, "--region", "eu-west-1", "--sign-in", "keys-stdin")
    told = shell.run(
        "check", *whose, "--json", input="\n".join(admin_keys(shell)), **bare, SM_SSH_WIDGET_METADATA="gone"
    )
    assert told.code == 0, told
    assert told.json["target"]["role"] == role


def test_an_mfa_code_that_is_not_there_does_not_hang(terminal: Open) -> None:
    way = "assume-role:arn:aws:iam::123456789012:role/Admin,mfa=arn:aws:iam::123456789012:mfa/me"
    told = terminal().run("check", "--sign-in", way, "--json")
    assert (told.code, told.error["code"]) == (7, "sign-in")
    assert "MFA code" in told.error["said"]


@pytest.mark.parametrize("arguments", [("check", *ADMIN), ("check", *ADMIN, "--json")], ids=["words", "json"])
def test_a_reader_that_goes_away_changes_nothing(terminal: Open, arguments: tuple[str, ...]) -> None:
    running = terminal().start(*arguments)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    err = running.stderr.read()
    assert running.wait(timeout=60) == 1
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def test_an_apply_whose_screen_goes_away_is_carried_out(terminal: Open) -> None:
    shell = terminal()
    shell.planned()
    running = shell.start("apply", "plan.json", "--yes", *ADMIN)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    running.stderr.close()
    assert running.wait(timeout=60) == 0


FULL = Path("/dev/full")
on_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


@pytest.mark.parametrize("closed", [0, 1, 2], ids=["stdin", "stdout", "stderr"])
def test_a_closed_stream_changes_nothing_else(terminal: Open, closed: int) -> None:
    running = terminal("everything-done").start("check", *ADMIN, "--json", preexec_fn=lambda: os.close(closed))
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0
    assert (out == "") is (closed == 1)
    assert (err == "") is (closed == 2)
    assert closed == 1 or json.loads(out)["ready"] is True
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("apply", "plan.json", *ADMIN), 2),
        (("nodes", "--deregister", "mi-0123456789abcdef0", *ADMIN), 2),
        (("check", "--sign-in", "keys-stdin"), 7),
        (("check", "--sign-in", "assume-role:arn:aws:iam::123456789012:role/A,mfa=arn:aws:iam::123456789012:mfa/m"), 7),
    ],
    ids=["apply", "nodes", "keys", "code"],
)
def test_a_closed_standard_input_has_no_answer(terminal: Open, arguments: tuple[str, ...], code: int) -> None:
    shell = terminal()
    shell.planned()
    before = shell.account.state()
    running = shell.start(*arguments, "--json", preexec_fn=lambda: os.close(0))
    out, err = running.communicate(timeout=60)
    assert Told(running.returncode, out, err).code == code, out
    assert Told(code, out, err).error["code"] in ("usage", "sign-in")
    assert shell.account.state() == before


@on_a_full_disk
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", *ADMIN), 1),
        (("check", *ADMIN, "--json"), 1),
        (("plan", *ADMIN), 4),
        (("journal", "--json"), 4),
        (("apply", "--help"), 4),
    ],
    ids=["check", "check --json", "plan", "journal", "help"],
)
def test_an_answer_that_is_lost_is_never_done(terminal: Open, arguments: tuple[str, ...], code: int) -> None:
    with FULL.open("w") as full:
        running = terminal().start(*arguments, stdout=full)
        _, err = running.communicate(timeout=60)
    assert running.returncode == code, err
    assert "✖ Writing to standard output\n  No space left on device." in err
    assert "bug in sm-ssh-widget" not in err


@on_a_full_disk
@pytest.mark.parametrize("streams", [("stdout",), ("stdout", "stderr"), ("stderr",)], ids=" and ".join)
def test_an_apply_on_a_full_disk_is_carried_out_and_kept(terminal: Open, streams: tuple[str, ...]) -> None:
    shell = terminal()
    shell.planned()
    with FULL.open("w") as full:
        running = shell.start("apply", "plan.json", "--yes", *ADMIN, "--json", **dict.fromkeys(streams, full))
        out, err = running.communicate(timeout=60)
    assert running.returncode == (4 if "stdout" in streams else 0)
    if streams == ("stdout",):
        assert "exit code 0, but its output could not be written" in err
        assert "are in the journal: sm-ssh-widget journal" in err
    if streams == ("stderr",):
        assert json.loads(out)["complete"] is True
    kept = shell.run("journal", "--json").json["journals"]
    assert [journal["complete"] for journal in kept] == [True]


def test_a_fault_of_the_program_is_told_in_three_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(io.StringIO):
        """A standard input that fails in a way that nobody foresaw; its message holds what was typed."""

        def read(self, size: int | None = -1) -> str:
            raise ZeroDivisionError("wJalrXUtnFEMI-secret")

    monkeypatch.setattr("sys.stdin", Broken())
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    out = io.StringIO()
    code = boundary.run(
        verbs,
        ["check", "--region", "eu-west-1", "--role", "arn:aws:iam::123456789012:role/x", "--sign-in", "keys-stdin"],
        Output(as_json=True, out=out),
    )
    error = json.loads(out.getvalue())["error"]
    assert code == 4
    assert "bug in sm-ssh-widget (ZeroDivisionError in test_streams.py" in error["said"]
    said = out.getvalue() + capsys.readouterr().err
    assert "wJalrXUtnFEMI" not in said
    assert "Traceback" not in said


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    out = io.StringIO()
    from sm_ssh_widget.cli.output import words  # noqa: PLC0415

    Output(out=out).show(words("nice\x1b[2K\rnasty"))
    assert "\x1b" not in out.getvalue()
    assert "\r" not in out.getvalue()


def test_three_bare_lines_get_their_names() -> None:
    block = prompts.named(
        "ASIAABCDEFGHIJKLMNOP\nwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nFQoGZXIvYXdzEXAMPLETOKEN==\n"
    )
    assert block.splitlines()[0] == "AWS_ACCESS_KEY_ID=ASIAABCDEFGHIJKLMNOP"
    assert block.splitlines()[2].startswith("AWS_SESSION_TOKEN=FQo")
    assert prompts.named("export AWS_ACCESS_KEY_ID=x") == "export AWS_ACCESS_KEY_ID=x"


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 130), (b"y\n", 0)], ids=["no", "yes"])
def test_a_person_is_asked_before_the_first_write(terminal: Open, answer: bytes, code: int) -> None:
    shell = terminal()
    shell.planned()
    before = shell.account.state()
    parent, child = pty.openpty()
    running = shell.start("apply", "plan.json", *ADMIN, text=False, stdin=child, stdout=subprocess.DEVNULL)
    assert running.stderr is not None
    said = b""
    while b"[y/N]" not in said and select.select([running.stderr], [], [], 60)[0]:
        said += os.read(running.stderr.fileno(), 4096)
    os.write(parent, answer)
    rest = running.stderr.read().decode()
    assert running.wait(timeout=60) == code
    running.stderr.close()
    again = "Next: To review it: sm-ssh-widget apply plan.json --sign-in profile:admin -v"
    assert (again in rest) is (code == 130), rest
    os.close(parent)
    os.close(child)
    assert b"Apply 5 changes as arn:aws:iam::123456789012:user/admin?" in said
    assert (shell.account.state() == before) is (code == 130)


def test_simulate_is_ready_first_and_ends_with_zero(tmp_path: Path) -> None:
    command = [str(SCRIPT), "simulate", "--dir", str(tmp_path), "--scenario", "half-done"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert running.stdout is not None
    assert running.stdout.readline().startswith("READY http://127.0.0.1:")
    time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    rest = running.stdout.read().splitlines()
    assert running.wait(timeout=30) == 0
    assert rest
    assert all(line.startswith("export ") for line in rest)
    assert {"env.sh", "config", "credentials", "metadata.json"} <= {path.name for path in tmp_path.iterdir()}


def test_simulate_lists_its_scenarios() -> None:
    done = subprocess.run([str(SCRIPT), "simulate", "--list"], capture_output=True, text=True, check=True)
    assert "fresh-studio-role" in done.stdout
