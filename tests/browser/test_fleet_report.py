"""The report of an audit: one file without a network, 100 rows of thousands, by keyboard, in every look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow, role_row
from sm_ssh_widget.fleet.stack_instances import StackInstance
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from tests.browser.axe import violations
from tests.fleet.audits import ACCOUNT, MISSING, audit
from tests.support.swept import observed_roles

ROLES = 5000


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account of thousands of roles; the findings of a few mixed ones, again and again."""
    selection, found = Selection.of("classic"), audit({})
    judged = [role_row(seen, assess(selection, seen), found.table) for seen in observed_roles(60)]
    path = tmp_path_factory.mktemp("report") / "audit.html"
    path.write_text(as_html(_of(judged, found)))
    return path


def _of(judged: list[RoleRow], found: Audit) -> Audit:
    arns = (f"arn:aws:iam::123456789012:role/Role-{number:05}" for number in range(ROLES))
    rows = [replace(judged[number % len(judged)], role=arn) for number, arn in enumerate(arns)]
    return replace(found, rows=rows)


@pytest.mark.parametrize(
    "look",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 800}}, {"forced_colors": "active"}],
    ids=str,
)
def test_it_opens_without_a_network(browser: Browser, report: Path, look: dict[str, object]) -> None:
    assert report.stat().st_size <= 1_000_000
    person = browser.new_context(offline=True, **look)  # type: ignore[arg-type]
    page = person.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(report.as_uri())
    first = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert page.locator("#body tr").count() == 100
    assert asked == [report.as_uri()]
    assert not wrong
    assert not violations(page)
    assert first <= 5000, "milliseconds, with room for a loaded machine"
    person.close()


def test_it_is_filtered_and_opened_by_keyboard(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.get_by_label("Filter roles").focus()
    page.keyboard.type("Role-00012")
    assert page.locator("#body tr").count() == 1
    assert page.get_by_role("status").inner_text() == f"1 of {ROLES} roles. Shown: 1 to 1."
    page.locator("#body tr").focus()
    page.keyboard.press("Enter")
    assert "Role-00012" in page.locator("#detail h3").inner_text()
    assert page.locator("#detail dt").count() >= 8
    page.get_by_label("Filter roles").fill("")
    page.locator("#body tr").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('#body tr')[1]")
    page.get_by_role("button", name="Next page").press("Enter")
    assert "Shown: 101 to 200." in page.get_by_role("status").inner_text()


def test_a_group_and_a_status_narrow_the_rows(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    group = page.locator("#groups button").first
    number = int(group.inner_text().split()[1])
    group.click()
    assert page.get_by_role("status").inner_text().startswith(f"{number} of {ROLES}")
    group.click()
    page.get_by_role("group", name="Status").get_by_role("button", name="Ready").click()
    assert not page.get_by_role("status").inner_text().startswith(f"{ROLES} of")


def test_the_stacks_of_a_roll_out_are_a_column(browser: Browser, tmp_path: Path) -> None:
    found = audit({"One": {"trust.ssm": MISSING}})
    stacks = (StackInstance("roles", ACCOUNT, "eu-west-1", "OUTDATED", "It failed."),)
    path = tmp_path / "audit.html"
    path.write_text(as_html(found, stacks=stacks))
    page = browser.new_page()
    page.goto(path.as_uri())
    row = page.get_by_role("table", name="Fleet matrix").get_by_role("row").nth(1)
    assert page.get_by_role("columnheader", name="Stack").is_visible()
    assert "Outdated" in row.inner_text()
    row.click()
    assert "OUTDATED: roles. It failed." in page.get_by_role("region", name="Role").last.inner_text()
    assert not violations(page)
    page.close()
