"""SageMaker's metadata file of a space or notebook instance.

SageMaker writes the file. A missing key stays empty, and an invalid file is a note, not an error.
Source: https://docs.aws.amazon.com/sagemaker/latest/dg/notebooks-run-and-manage-metadata.html
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from sm_ssh_widget.policy.arn import Arn, ArnError

VARIABLE = "SM_SSH_WIDGET_METADATA"
PLACE = Path("/opt/ml/metadata/resource-metadata.json")


@dataclass(frozen=True)
class Metadata:
    """Facts of the file; a missing one is empty. ``found``: whether the file exists."""

    found: bool = False
    execution_role: str = ""
    domain: str = ""
    space: str = ""
    user_profile: str = ""
    notebook_instance: str = ""
    region: str = ""
    notes: tuple[str, ...] = ()


def read_metadata(path: Path | None = None) -> Metadata:
    """Read the file at ``path``, by default at ``SM_SSH_WIDGET_METADATA`` or SageMaker's standard path."""
    path = path or Path(os.environ.get(VARIABLE) or PLACE)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Metadata()
    except (OSError, ValueError, RecursionError) as error:
        return Metadata(found=True, notes=(f"SageMaker's metadata file ({path}) could not be read: {error}.",))
    if not isinstance(value, dict):
        return Metadata(found=True, notes=(f"SageMaker's metadata file ({path}) is not a JSON object.",))
    given = {key: item for key, item in value.items() if isinstance(item, str)}
    resource = _resource(given.get("ResourceArn", ""))
    kind, _, name = resource.resource.partition("/") if resource else ("", "", "")
    return Metadata(
        found=True,
        execution_role=given.get("ExecutionRoleArn", ""),
        domain=given.get("DomainId", ""),
        space=given.get("SpaceName", ""),
        user_profile=given.get("UserProfileName", ""),
        notebook_instance=name if kind == "notebook-instance" else "",
        region=resource.region if resource else "",
    )


def _resource(text: str) -> Arn | None:
    try:
        return Arn.parse(text)
    except ArnError:
        return None
