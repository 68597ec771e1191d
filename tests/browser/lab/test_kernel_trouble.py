"""What the tab says when the kernel does not do what it should."""

from __future__ import annotations

import os
import re
import signal

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab.conftest import Visit
from tests.browser.lab.environments import newest
from tests.browser.lab.lab_page import THEMES, LabPage
from tests.browser.lab.server import HIDE, STAND_IN, LabServer


def test_a_kernel_without_the_package_is_told_with_the_line_that_helps(visit: Visit, server: LabServer) -> None:
    server.add_kernel("bare", f"--InteractiveShellApp.exec_lines={[HIDE]}")
    server.configure(kernel="bare")
    lab = visit()
    lab.open()
    lab.says("not installed in the kernel “bare”", "sm_ssh_widget", "%pip install .")
    expect(lab.panel).not_to_contain_text("Traceback")
    assert lab.faults() == {}
    server.add_kernel("bare", f"--InteractiveShellApp.exec_files={[str(STAND_IN)]}")  # the person installs it
    lab.notice.get_by_role("button", name="Start again").click()
    expect(lab.panel.get_by_role("button", name="Count 0")).to_be_visible()
    lab.until(lambda: len(server.kernels()) == 1)


def test_a_kernel_that_is_not_there(visit: Visit, server: LabServer) -> None:
    server.configure(kernel="fortran")
    lab = visit()
    lab.open()
    lab.says("There is no kernel named “fortran”", "stand-in", "Settings")
    assert lab.faults() == {}


def test_a_kernel_that_does_not_start(visit: Visit, server: LabServer) -> None:
    server.configure(kernel="broken")
    lab = visit()
    lab.open()
    lab.says("The kernel “broken” did not start", "/nowhere/python", "Start it again")
    expect(lab.page.get_by_role("dialog")).to_have_count(0)


def test_a_kernel_that_is_killed_comes_back_with_a_new_wizard(lab: LabPage) -> None:
    lab.open().get_by_role("button", name="Count 0").click()
    expect(lab.panel.get_by_role("button", name="Count 1")).to_be_visible()
    os.kill(_process_of(lab.server), signal.SIGKILL)
    lab.says("was restarted")
    assert lab.faults() == {}
    expect(lab.panel.get_by_role("button", name="Count 0")).to_be_visible()
    expect(lab.panel.get_by_role("button", name=re.compile("Count"))).to_have_count(1)


def test_a_kernel_that_somebody_shuts_down(lab: LabPage) -> None:
    lab.open()
    expect(lab.panel.get_by_role("button", name="Count 0")).to_be_visible()
    lab.server.shut_down()
    lab.says("The kernel died or was shut down", "journal")
    lab.notice.get_by_role("button", name="Start again").click()
    expect(lab.panel.get_by_role("button", name="Count 0")).to_be_visible()


@pytest.mark.parametrize("server", [newest], ids=["newest"], indirect=True)  # the wizard itself notices, not JupyterLab
def test_a_kernel_that_somebody_else_restarts(visit: Visit, server: LabServer) -> None:
    server.configure(account="simulated")
    lab = visit()
    wizard = lab.open_wizard()
    server.restart()
    expect(wizard.root.get_by_role("alert")).to_contain_text("open SageMaker SSH set-up again")
    lab.close_tab()
    expect(lab.tab).to_have_count(0)
    again = lab.open_wizard()
    expect(again.root.get_by_role("alert")).to_have_count(0)


def test_axe_finds_a_fault_that_was_planted_in_a_notice(visit: Visit, server: LabServer) -> None:
    server.configure(kernel="fortran")
    lab = visit()
    lab.open()
    lab.says("There is no kernel")
    for theme in THEMES:
        lab.paint(theme)
        lab.notice.locator("p").first.evaluate("node => node.style.cssText = 'color: #777; background: #888'")
        lab.until(lambda: "color-contrast" in str(violations(lab.page, within=".sm-ssh-Panel")))  # it is drawn by then


def _process_of(server: LabServer) -> int:
    """The kernel's process; its connection file has the kernel's id in its name."""
    (kernel,) = server.kernels().values()
    (process,) = (p for p in psutil.process_iter(["cmdline"]) if kernel in " ".join(p.info["cmdline"] or ()))
    return int(process.pid)
