"""Bill of materials of the wheel (CycloneDX 1.6): what it contains that was made elsewhere, with versions and licenses.

The npm packages whose code is in the bundles, and AWS's managed policies. The Python packages that it needs are not in
the wheel: its metadata names them.
Source: https://cyclonedx.org/docs/1.6/json/ and https://peps.python.org/pep-0770/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from sm_ssh_widget.requirements import managed
from sm_ssh_widget.version import VERSION

Json: TypeAlias = Any

ROOT = Path(__file__).parents[2]
MATERIALS = ROOT / "labextension" / "sm_ssh_widget.cdx.json"
LICENSES = ROOT / "sm_ssh_widget" / "labextension" / "static" / "third-party-licenses.json"
LOCK = ROOT / "labextension" / "yarn.lock"
IN_THE_WIZARD = {"preact": "MIT"}
"""npm packages in the bundle of the wizard, and their license; the licenses of the tile's bundle are in a file."""


def materials() -> str:
    """Return the bill of materials as text. It holds no time and no random number: the same wheel, the same bytes."""
    subject: dict[str, Json] = {
        "type": "application",
        "bom-ref": f"pkg:pypi/sm-ssh-widget@{VERSION}",
        "name": "sm-ssh-widget",
    }
    subject |= {"version": VERSION, "purl": f"pkg:pypi/sm-ssh-widget@{VERSION}", "licenses": _license("Apache-2.0")}
    components = sorted([*_packages(), *_policies()], key=lambda each: str(each["bom-ref"]))
    value = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
    }
    return json.dumps(value, indent=2) + "\n"


def _license(name: str) -> list[Json]:
    return [{"license": {"id": name}}]


def _packages() -> Iterator[dict[str, Json]]:
    bundled = json.loads(LICENSES.read_text("utf-8"))["packages"]
    yield from (_package(each["name"], each["versionInfo"], each["licenseId"]) for each in bundled)
    for name, license in IN_THE_WIZARD.items():
        yield _package(name, locked_version(name), license)


def _package(name: str, version: str, license: str) -> dict[str, Json]:
    purl = f"pkg:npm/{name}@{version}"
    found = {"type": "library", "bom-ref": purl, "name": name, "version": version}
    return {**found, "purl": purl, "licenses": _license(license)}


def locked_version(name: str) -> str:
    """Return the version of an npm package in the lock file. Raises :class:`KeyError` if it is not locked there."""
    found = re.search(
        rf'^"{re.escape(name)}@npm:.*?^  version: (\S+)$', LOCK.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    if not found:
        raise KeyError(name)
    return found[1]


def _policies() -> Iterator[dict[str, Json]]:
    for name in managed.names():
        arn = managed.arn(name, "aws")
        version = managed.snapshot(name).version
        yield {"type": "data", "bom-ref": f"{arn}@{version}", "name": name, "version": version, "publisher": "AWS"}
