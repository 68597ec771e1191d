"""The plugin that finds threads left behind finds those that work, and no others."""

from __future__ import annotations

import sys

import pytest

pytest_plugins = ["pytester"]

PLUGIN = "from tests.support.idle_threads import IdleThreads\ndef pytest_configure(config):\n" + (
    "    config.pluginmanager.register(IdleThreads())\n"
)
TESTS = """
import gc, threading, time

END = time.process_time() + 6  # of all threads, and then no thread hinders the report

def collect():
    work(lambda: [gc.collect()] and time.process_time() > END)

def work(until):
    while not until():
        pass

def test_that_leaves_a_thread():
    threading.Thread(target={left}, daemon=True).start()

def test_that_follows():
    end = time.process_time() + 4  # of both threads: how long that takes does not matter
    work(lambda: time.process_time() > end)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the time of a thread")
@pytest.mark.parametrize(
    ("left", "failed"),
    [("lambda: work(lambda: time.process_time() > END)", 1), ("threading.Event().wait", 0), ("collect", 0)],
    ids=["works", "waits", "collects"],
)
def test_a_thread_that_works_on_fails_the_test_that_follows(pytester: pytest.Pytester, left: str, failed: int) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(TESTS.format(left=left))
    ended = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    ended.assert_outcomes(failed=failed, passed=2 - failed)
    if failed:
        ended.stdout.fnmatch_lines(["*an earlier test left threads behind that work on*"])
