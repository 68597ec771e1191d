"""Environments of others: the pins of Studio's images, and the configuration of Binder."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from tests.release.materials import ROOT
from tests.release.studio_images import IMAGES, TOGETHER, core, images_markdown, moved

BINDER = ROOT / ".binder"
PAGE = ROOT / "docs" / "front-ends.md"


@pytest.mark.parametrize("image", [image for image in IMAGES if image != "2.0.0"])
def test_the_core_moves_nothing_that_an_image_pins_together(image: str) -> None:
    assert set(moved(IMAGES[image], core())) & TOGETHER == set()


def test_the_oldest_image_has_a_boto3_without_quick_setup() -> None:
    assert set(moved(IMAGES["2.0.0"], core())) & TOGETHER == {"boto3"}


def test_a_newer_bound_is_seen() -> None:
    assert list(moved({"boto3": "1.40.0"}, (Requirement("boto3>=1.41"), Requirement("rich>=13")))) == ["boto3"]
    assert list(moved({"boto3": "1.41.0"}, (Requirement("boto3>=1.41"),))) == []


def test_the_table_names_what_is_replaced() -> None:
    row = next(line for line in images_markdown().splitlines() if line.startswith("| 2.6.0 "))
    assert "filelock >=3.20.3 (has 3.18.0)" in row
    assert next(line for line in images_markdown().splitlines() if "4.4.0" in line).endswith("| nothing |")


def test_binder_installs_extras_that_there_are() -> None:
    lines = [line for line in (BINDER / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    (extras,) = re.findall(r"^\.\[(.*)\]$", "\n".join(lines), re.MULTILINE)
    declared = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(extras.split(",")) <= set(declared)
    python = (BINDER / "runtime.txt").read_text().strip().removeprefix("python-")
    assert (ROOT / ".ci" / f"lock-demo-{python}.txt").exists()


def test_binder_opens_a_notebook_that_there_is() -> None:
    (path,) = re.findall(r"urlpath=lab/tree/(\S+?)`", PAGE.read_text())
    assert (ROOT / path).exists()
