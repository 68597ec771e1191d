"""A server for each environment, and people who open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.lab.environments import newest, oldest
from tests.browser.lab.lab_page import LabPage
from tests.browser.lab.server import LabServer, lab_server

Visit = Callable[..., LabPage]


@pytest.fixture(scope="session", params=[oldest, newest], ids=["oldest", "newest"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab, the oldest and the newest that are supported."""
    with lab_server(request.param(), tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server: LabServer, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open JupyterLab in a browser profile of its own, in this test's workspace; the kernels end with the test."""
    labs: list[LabPage] = []
    workspace = request.node.originalname.replace("_", "-")

    def visitor() -> LabPage:
        person = browser.new_context(viewport={"width": 1280, "height": 900})
        labs.append(LabPage(person, server, workspace))
        return labs[-1]

    server.configure(kernel="stand-in")
    yield visitor
    for lab in labs:
        lab.page.context.close()
    server.shut_down()


@pytest.fixture
def lab(visit: Visit) -> LabPage:
    """One person's JupyterLab."""
    return visit()
