"""One browser for all benchmarks: a second driver of Playwright's cannot start beside the first."""

from tests.browser.conftest import browser, playwright

__all__ = ["browser", "playwright"]
