"""The version stands in one place, and the bill of materials names everything in the wheel that is not ours."""

from __future__ import annotations

import json
import re

import pytest

from sm_ssh_widget.requirements import managed
from sm_ssh_widget.version import VERSION
from tests.release.materials import IN_THE_WIZARD, LICENSES, MATERIALS, ROOT, locked_version, materials
from tests.release.prepare import PACKAGE, with_version

BUNDLE = ROOT / "sm_ssh_widget" / "labextension" / "package.json"


def test_the_version_of_other_files_is_that_of_the_program() -> None:
    """Red after the version was changed: ``python -m tests.release.prepare``, then ``make labextension``."""
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", VERSION)
    for path in (PACKAGE, BUNDLE):
        assert json.loads(path.read_text())["version"] == VERSION
    assert f'version = "{VERSION}"' not in (ROOT / "pyproject.toml").read_text()


def test_preparing_changes_the_version_only() -> None:
    text = PACKAGE.read_text()
    assert with_version(text) == text
    older = text.replace(f'"version": "{VERSION}"', '"version": "0.0.1"')
    assert older != text
    assert with_version(older) == text


def test_the_bill_of_materials_is_current() -> None:
    """Red after a bundle, a policy or the version was changed: ``python -m tests.release.prepare``."""
    assert MATERIALS.read_text() == materials()


def test_everything_in_the_bundles_is_on_the_bill() -> None:
    bill = json.loads(materials())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["purl"] == f"pkg:pypi/sm-ssh-widget@{VERSION}"
    packages = {each["name"] for each in json.loads(LICENSES.read_text())["packages"]} | set(IN_THE_WIZARD)
    listed = {each["name"]: each for each in bill["components"]}
    assert set(listed) == packages | set(managed.names())
    assert all(listed[name]["licenses"] and listed[name]["purl"].startswith("pkg:npm/") for name in packages)
    assert len({each["bom-ref"] for each in bill["components"]}) == len(bill["components"])


def test_the_wizard_bundles_what_is_named_and_no_other_package() -> None:
    sources = (ROOT / "sm_ssh_widget" / "wizard" / "frontend").rglob("*.ts*")
    found = {name for path in sources for name in re.findall(r"from '([^.'][^']*)'", path.read_text())}
    assert {name.partition("/")[0] for name in found if not name.startswith("node:")} - {"happy-dom"} == set(
        IN_THE_WIZARD
    )


def test_a_package_that_is_not_locked() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", locked_version("preact"))
    with pytest.raises(KeyError):
        locked_version("prea")
