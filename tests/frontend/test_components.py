"""The components of the main view, run by Node.js on a document without a browser (``wizard/frontend/tests``)."""

from __future__ import annotations

from tests.labextension.test_bundle import build, passes


def test_the_components() -> None:
    passes(build("test"))
