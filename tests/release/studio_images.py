"""What an installation of the core moves in SageMaker Distribution images: their pins against our requirements.

The pins are those of the published environment lists of the CPU images, read on 2026-11-29
(https://github.com/aws/sagemaker-distribution/tree/main/build_artifacts).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from packaging.requirements import Requirement

from tests.release.materials import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGES = ("boto3", "jupyterlab", "jupyter-server", "ipywidgets", "click", "rich", "filelock", "platformdirs")
TOGETHER = frozenset({"boto3", "jupyterlab", "jupyter-server", "ipywidgets"})
"""What the images pin together with botocore and aiobotocore: none of it may move."""
_VERSIONS = {
    "2.0.0": ("1.34.131", "4.1.8", "2.14.2", "8.1.3", "8.1.7", "13.7.1", "3.15.4", "3.11.0"),
    "2.6.0": ("1.37.1", "4.4.1", "2.15.0", "8.1.6", "8.1.8", "13.9.4", "3.18.0", "4.3.7"),
    "2.14.0": ("1.40.70", "4.5.5", "2.17.0", "8.1.8", "8.3.1", "14.3.3", "3.25.0", "4.9.2"),
    "3.0.0": ("1.37.1", "4.3.6", "2.15.0", "8.1.5", "8.1.8", "13.9.4", "3.18.0", "4.3.6"),
    "3.9.0": ("1.37.3", "4.5.5", "2.17.0", "8.1.8", "8.3.1", "14.3.3", "3.25.0", "4.9.2"),
    "4.0.0": ("1.42.70", "4.5.6", "2.17.0", "8.1.8", "8.2.1", "14.3.3", "3.25.2", "4.9.4"),
    "4.4.0": ("1.43.46", "4.5.10", "2.20.0", "8.1.8", "8.2.1", "14.3.4", "3.32.2", "4.11.2"),
}
IMAGES: Mapping[str, Mapping[str, str]] = {
    image: dict(zip(PACKAGES, versions, strict=True)) for image, versions in _VERSIONS.items()
}


def core() -> tuple[Requirement, ...]:
    """Return the requirements of the package without extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return tuple(Requirement(text) for text in project["dependencies"])


def moved(pins: Mapping[str, str], requirements: tuple[Requirement, ...]) -> Iterator[str]:
    """Yield the pinned packages whose version the requirements do not admit: pip would replace them."""
    for requirement in requirements:
        pin = pins.get(requirement.name)
        if pin is not None and not requirement.specifier.contains(pin):
            yield requirement.name


def images_markdown() -> str:
    """One row an image: what stays, and what the core replaces and with which bound."""
    bounds = {each.name: f"{each.name} {each.specifier}" for each in core()}
    lines = ["| Image | boto3 | JupyterLab | ipywidgets | Replaced by the core |", "|---|---|---|---|---|"]
    for image, pins in IMAGES.items():
        replaced = ", ".join(f"{bounds[name]} (has {pins[name]})" for name in moved(pins, core())) or "nothing"
        lines.append(f"| {image} | {pins['boto3']} | {pins['jupyterlab']} | {pins['ipywidgets']} | {replaced} |")
    return "\n".join(lines) + "\n"
