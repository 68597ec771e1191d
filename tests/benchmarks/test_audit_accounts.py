"""An audit of several accounts: its CPU against a peer's scan of the same accounts, and memory over their number.

The audit runs in a process of its own, so that its CPU and its memory are not those of the accounts. The peer is
cloudsplaining, as in :mod:`.test_audit`: its scan of several accounts is a download and a scan of each.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sm_ssh_widget.simulator.account import AUDIT_EXTERNAL_ID, AUDIT_ROLE, SimulatedAccount
from tests.support.mixed_roles import MixedRoles

pytestmark = pytest.mark.benchmark

PEER = os.environ.get("SM_SSH_WIDGET_CLOUDSPLAINING", "")
ROLES, MOST_CPU, MOST_MEMORY = 200, 0.5, 1.2
_AUDIT = """
import json, resource, sys
from sm_ssh_widget.cli import main
try:
    main(["audit", *sys.argv[1:]])
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]), file=sys.stderr)
"""


def scenario(folder: Path, roles: int) -> str:
    """An organization whose members have this number of mixed roles each, and are all read."""
    made = MixedRoles(roles).scenario()["state"]
    path = folder / f"organization-{roles}.json"
    accounts = [{"name": f"Team {number}"} for number in range(2, 13)]
    organization = {"every_account": {"state": made}, "accounts": accounts}
    title = {"title": "Many accounts", "why": "An organization to audit.", "extends": "organisation"}
    path.write_text(json.dumps({**title, "organization": organization}))
    return str(path)


def environment_of(account: SimulatedAccount) -> dict[str, str]:
    found = {**os.environ, **account.environment, "AWS_PROFILE": "admin"}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        found.pop(name, None)
    return found


def audited(folder: Path, number: int, roles: int, *, peer: bool = False) -> tuple[float, int, int, float]:
    """CPU seconds, peak memory in kB, and rows of an audit; CPU seconds of the peer, 0 without it."""
    with SimulatedAccount(scenario(folder, roles), accounts=number) as account:
        environment = environment_of(account)
        path = folder / f"audit-{number}.jsonl"
        ids = ",".join(member.id for member in account.members[1:])
        chosen = ["--accounts", ids, "--member-role", f"{AUDIT_ROLE},external-id={AUDIT_EXTERNAL_ID}"]
        done = subprocess.run(
            [sys.executable, "-c", _AUDIT, *chosen, "--out", str(path), "--used-by", "none"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        cpu, memory = json.loads(done.stderr.splitlines()[-1])
        profiles = [f"audit-{member.id}" for member in account.members[1:]]
        scanned = sum(scan(folder, profile, environment) for profile in profiles) if peer else 0.0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["status"] for line in lines if line["kind"] == "account"} == {"read"}
    return cpu, memory, sum(line["kind"] == "role" for line in lines), scanned


def scan(folder: Path, profile: str, environment: dict[str, str]) -> float:
    """Download and scan one account with the peer; returns its CPU seconds."""
    place = folder / profile
    place.mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for arguments in (
        ["download", "--profile", profile, "--output", str(place)],
        ["scan", "--input-file", str(place / f"{profile}.json"), "--output", str(place), "--skip-open-report"],
    ):
        done = subprocess.run([PEER, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def test_processor_time_against_a_scan_of_the_same_accounts(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    cpu, memory, rows, peer = audited(tmp_path, 13, ROLES, peer=bool(PEER))
    told = f", CPU ratio {cpu / peer:.2f} of the peer's {peer:.1f} s" if peer else ""
    print(f"12 accounts of {ROLES} roles: {cpu:.1f} s CPU, {memory / 1000:.0f} MB, {rows} rows{told}")
    record_property("cpu", cpu)
    assert rows >= 12 * ROLES // 2
    assert not peer or cpu / peer <= MOST_CPU


@pytest.mark.deep
def test_memory_does_not_grow_with_the_number_of_accounts(tmp_path: Path) -> None:
    few, many = (audited(tmp_path, number, ROLES)[1] for number in (13, 51))
    print(f"Peak memory: 12 accounts {few / 1000:.0f} MB, 50 accounts {many / 1000:.0f} MB, ratio {many / few:.2f}")
    assert many / few <= MOST_MEMORY
