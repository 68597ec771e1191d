"""The plugin that fails sleeping tests fails them, and no others."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PLUGIN = "from tests.support.sleepless import Sleepless\ndef pytest_configure(config):\n" + (
    "    config.pluginmanager.register(Sleepless())\n"
)


@pytest.mark.parametrize(
    ("body", "fails"),
    [
        ("time.sleep(0.21)", True),
        ("time.sleep(0.05)", False),
        ("[time.sleep(0.03) for _ in range(8)]", True),
        ("import threading; t = threading.Thread(target=time.sleep, args=(0.21,)); t.start(); t.join()", True),
        ("import subprocess; subprocess.run(['sleep', '0.3'], timeout=5)", False),
    ],
)
def test_a_test_that_sleeps_fails(pytester: pytest.Pytester, body: str, fails: bool) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(f"import time\n\ndef test_it():\n    {body}\n")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(failed=int(fails), passed=int(not fails))
