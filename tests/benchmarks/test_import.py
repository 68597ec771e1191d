"""The import is cheap, and the pure rooms need no boto3."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

PURE = (
    "sm_ssh_widget",
    "sm_ssh_widget.policy.evaluate",
    "sm_ssh_widget.policy.merge",
    "sm_ssh_widget.requirements.assess",
    "sm_ssh_widget.changes.planner",
    "sm_ssh_widget.changes.guard",
    "sm_ssh_widget.changes.undo",
    "sm_ssh_widget.export",
    "sm_ssh_widget.cli",
)
PAIRS = 7


def python(code: str) -> float:
    """Seconds that a fresh interpreter takes."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


@pytest.mark.parametrize("module", PURE)
def test_the_pure_rooms_import_without_boto3(module: str) -> None:
    code = f"import sys, {module}; assert not {{'boto3', 'botocore', 'ipywidgets'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.benchmark
def test_importing_the_package_costs_no_more_than_boto3() -> None:
    python("import boto3")
    ratios = [python("import sm_ssh_widget") / python("import boto3") for _ in range(PAIRS)]
    ratio = statistics.median(ratios)
    print(f"\nimport sm_ssh_widget / import boto3, whole process: {ratio:.2f} (median of {PAIRS})")
    assert ratio <= 1.1
