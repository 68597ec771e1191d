"""No connection but to the AWS endpoints in use and to this machine: recorded by an audit hook of Python itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from sm_ssh_widget.simulator import SimulatedAccount

RECORD = """
import json, sys
seen = []
def hook(event, args):
    if event == "socket.connect":
        seen.append(str(args[1]))
    elif event == "socket.getaddrinfo":
        seen.append(f"lookup {args[0]}")
sys.addaudithook(hook)
from sm_ssh_widget.cli import main
codes = []
for words in json.loads(sys.argv[1]):
    try:
        main(words)
    except SystemExit as ended:
        codes.append(ended.code)
print("SEEN " + json.dumps([codes, seen]))
"""
ADMIN = ("--sign-in", "profile:admin")


def test_the_whole_story_speaks_to_the_endpoint_and_to_nobody_else(tmp_path: Path) -> None:
    with SimulatedAccount("fresh-studio-role", directory=tmp_path / "aws") as account:
        story = [
            ["check", *ADMIN],
            ["plan", "--out", "plan.json", *ADMIN],
            ["apply", "plan.json", "--yes", *ADMIN],
            ["verify", *ADMIN],
            ["undo", "last", "--yes", *ADMIN],
            ["export", "plan.json", "--format", "bundle", "--out", "bundle.zip"],
        ]
        done = subprocess.run(
            [sys.executable, "-c", RECORD, json.dumps(story)],
            cwd=tmp_path,
            env={**os.environ, **account.environment, "SM_SSH_WIDGET_STATE": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert "SEEN " in done.stdout, done.stderr
    codes, seen = json.loads(done.stdout.rpartition("SEEN ")[2])
    assert codes == [1, 0, 0, 0, 0, 0], done.stderr
    assert len(seen) > 10
    assert {each for each in seen if "127.0.0.1" not in each} == set()
