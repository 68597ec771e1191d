"""What axe-core finds: on a whole page, or in a part of it where the rest is not ours."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page


@cache
def _axe() -> str:
    """axe-core, from a package of the test extra."""
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def violations(page: Page, within: str | None = None) -> list[str]:
    """The rule and the first element, of each that is violated; ``within`` is a selector."""
    # The body of JupyterLab has no height and hides what overflows: axe would take all that is in it for hidden.
    page.evaluate("() => { document.body.style.minHeight = '100vh'; }")
    page.evaluate(f"window.axe || (() => {{ {_axe()} }})()")
    run = "within => axe.run(within ?? document, {resultTypes: ['violations']})"
    found: Any = page.evaluate(run, within)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
