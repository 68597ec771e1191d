"""Where the browser for the tests comes from.

``$CHROMIUM``, else ``chromium``, ``chromium-browser`` or ``google-chrome`` on PATH, else the one that playwright
downloaded itself. Without any the tests are skipped, aloud; with ``SM_SSH_WIDGET_NO_SKIP=1`` they fail.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",  # a container's root may not make name spaces
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW = "No Chromium. On Debian: apt install chromium. Elsewhere: python -m playwright install chromium; or set $CHROMIUM"


def chromium(playwright: Playwright) -> str:
    """The path of a Chromium; skips the test that asked when there is none."""
    own = playwright.chromium.executable_path
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), own)
    if not Path(found).is_file():
        skip(HOW)
    return found


def skip(reason: str) -> NoReturn:
    """Skip aloud; where nothing may be skipped (``SM_SSH_WIDGET_NO_SKIP=1``), fail."""
    if os.environ.get("SM_SSH_WIDGET_NO_SKIP") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
