"""Installing into what an image pins changes the version of nothing, and breaks no requirement."""

from __future__ import annotations

import pytest

from tests.front_ends.studio_environments import IMAGES, Image, Installed, rebuilt

TOGETHER = ("boto3", "botocore", "aiobotocore", "jupyterlab", "jupyter_server", "ipywidgets")


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest) -> Image:
    """An image's environment."""
    return rebuilt(request.param)


@pytest.mark.deep
@pytest.mark.timeout(900)
@pytest.mark.parametrize("step", ["with_core", "with_simulator"])
def test_no_version_changes_and_no_requirement_breaks(image: Image, step: str) -> None:
    after: Installed = getattr(image, step)
    assert {*TOGETHER} <= {*image.before.versions}
    assert after.differs(image.before) == {}
    assert after.check == image.before.check
    assert {*after.versions} > {*image.before.versions}, "nothing was installed"


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_the_core_brings_two_packages_along(image: Image) -> None:
    assert {*image.with_core.versions} - {*image.before.versions} == {"anywidget", "psygnal", "sm-ssh-widget"}


def test_a_version_that_moved_is_seen() -> None:
    before = Installed({"boto3": "1.37.3", "rich": "14.3.4", "gone": "1"}, "")
    after = Installed({"boto3": "1.44.8", "rich": "14.3.4", "new": "2"}, "")
    assert after.differs(before) == {"boto3": ("1.37.3", "1.44.8"), "gone": ("1", "")}
