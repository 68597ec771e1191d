"""An audit of many roles: how calls, memory and report grow, and its CPU against a peer's scan of the same account.

The audit runs in a process of its own, so that its CPU and its memory are not the account's. The peer is
`cloudsplaining <https://github.com/salesforce/cloudsplaining>`_, where ``SM_SSH_WIDGET_CLOUDSPLAINING`` names its
console script: it reads the same call and looks for other things. Only ratios of one run are compared. Both run from
compiled modules, as they are once installed.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.mixed_roles import write_scenario

pytestmark = pytest.mark.benchmark

PEER = os.environ.get("SM_SSH_WIDGET_CLOUDSPLAINING", "")
MOST_CALLS, MOST_MEMORY, MOST_HTML = 1.5, 1.5, 1_000_000
FEW = 20
MOST_CPU = {500: 0.5, 2000: 0.4, 5000: 0.3}
_AUDIT = """
import contextlib, json, resource, sys
from sm_ssh_widget.cli import main
try:
    main(["audit", "--out", sys.argv[1], "--used-by", "none"])
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss  # on Linux that of the process that started this one counts, if it was larger
with contextlib.suppress(OSError):
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps([used.ru_utime + used.ru_stime, peak]), file=sys.stderr)
"""


@dataclass(frozen=True)
class Audited:
    """What one audit needed: CPU seconds, peak memory in kB, calls, bytes of the HTML report."""

    roles: int
    cpu: float
    memory: int
    calls: int
    html: int


def audited(folder: Path, number: int) -> tuple[Audited, float]:
    """Audit an account of ``number`` mixed roles; also the CPU seconds of the peer, 0 without it."""
    with SimulatedAccount(write_scenario(folder, number)) as account:
        environment = {**os.environ, **account.environment, "AWS_PROFILE": "admin"}
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        path = folder / f"audit-{number}.jsonl"
        done = subprocess.run(
            [sys.executable, "-c", _AUDIT, str(path)], env=environment, capture_output=True, text=True, check=True
        )
        cpu, memory = json.loads(done.stderr.splitlines()[-1])
        calls = len(account.calls())
        peer = _scan(folder, number, environment) if PEER and number > FEW else 0.0
    show = [sys.executable, "-c", "from sm_ssh_widget.cli import main; main()", "audit", "show", str(path)]
    page = subprocess.run([*show, "--format", "html"], capture_output=True, check=False).stdout
    return Audited(number, cpu, memory, calls, len(page)), peer


def _scan(folder: Path, number: int, environment: dict[str, str]) -> float:
    """Download and scan with the peer; returns its CPU seconds."""
    place = folder / f"peer-{number}"
    place.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for arguments in (
        ["download", "--profile", "admin", "--output", str(place)],
        ["scan", "--input-file", str(place / "admin.json"), "--output", str(place), "--skip-open-report"],
    ):
        done = subprocess.run(
            [PEER, *arguments], env=environment, capture_output=True, text=True, check=False, cwd=place
        )
        assert done.returncode == 0, done.stderr[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


@pytest.mark.parametrize("sizes", [(500, 1000), pytest.param((500, 2000, 5000), marks=pytest.mark.deep)], ids=str)
def test_calls_memory_and_report_hardly_grow(
    sizes: tuple[int, ...], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    audited(tmp_path, FEW)  # compiles the modules, as an installation does
    runs = [audited(tmp_path, number) for number in sizes]
    for made, peer in runs:
        ratio = f", CPU ratio {made.cpu / peer:.2f} of the peer's {peer:.1f} s" if peer else ""
        print(
            f"{made.roles} roles: {made.cpu:.1f} s CPU, {made.memory / 1000:.0f} MB, {made.calls} calls, "
            f"{made.html} B of HTML{ratio}"
        )
        record_property(f"cpu-{made.roles}", made.cpu)
        assert not peer or made.cpu / peer <= MOST_CPU.get(made.roles, 0.5)
    first, last = runs[0][0], runs[-1][0]
    assert last.calls / first.calls <= MOST_CALLS
    assert last.memory / first.memory <= MOST_MEMORY
    assert last.html <= MOST_HTML
