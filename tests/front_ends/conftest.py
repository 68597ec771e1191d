"""The browser is that of the other browser tests."""

from __future__ import annotations

from tests.browser.conftest import browser, playwright

__all__ = ["browser", "playwright"]
