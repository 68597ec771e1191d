"""What holds for every test: where it belongs, and that nothing is skipped where nothing may be."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import pytest

from sm_ssh_widget.aws.session import clients
from sm_ssh_widget.clock import use_clock
from tests.properties import load_profile
from tests.support.idle_threads import IdleThreads
from tests.support.sleepless import Sleepless
from tests.support.virtual_time import VirtualTime

load_profile()
ROOT = Path(__file__).parent
MARKS = {"browser": pytest.mark.browser, "benchmarks": pytest.mark.benchmark, "real_client": pytest.mark.real_client}
NO_SKIP = "SM_SSH_WIDGET_NO_SKIP"
"""Set where continuous integration runs: a test that would skip fails there."""


def pytest_configure(config: pytest.Config) -> None:
    """Fail the tests that sleep, and those during which a thread of an earlier one works on."""
    config.pluginmanager.register(Sleepless(), "sleepless")
    config.pluginmanager.register(IdleThreads(), "idle-threads")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark a test by its folder, so that the run can keep browsers and benchmarks to themselves.

    The slow tests come first: a run of several processes would else end in one of them that has them left.
    """
    for item in items:
        if ROOT in item.path.parents:
            folder = item.path.relative_to(ROOT).parts[0]
            if folder in MARKS:
                item.add_marker(MARKS[folder])
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector leave alone what lives to the end, and look less often: that is a tenth of the run."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where nothing may be skipped."""
    report = yield
    if report.skipped and os.environ.get(NO_SKIP) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and {NO_SKIP} is set: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _virtual_time() -> Iterator[None]:
    """No wait of the product takes time, and the simulated account goes by the same clock."""
    with use_clock(VirtualTime()):
        yield


@pytest.fixture(scope="session", autouse=True)
def optional_services() -> Iterator[tuple[str, ...]]:
    """The services that a check gives up soon: after four real seconds, which a busy machine may need for an answer.

    The plan would then be another. No test does that, except for those that set these services again.
    """
    found = clients.OPTIONAL_SERVICES
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "OPTIONAL_SERVICES", ())
        yield found


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New directories, numbered here: pytest lists all that it has made for each that it makes."""
    place = tmp_path_factory.mktemp("homes")
    return (place / str(number) for number in count())


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, _homes: Iterator[Path]) -> None:
    """No test sees the AWS configuration, the credentials or the journals of whoever runs it; time goes on."""
    VirtualTime.flow()
    home = next(_homes)
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("AWS_", "SAGEMAKER_", "SM_SSH_WIDGET_STATE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("SM_SSH_WIDGET_METADATA", str(home / "no-metadata.json"))
