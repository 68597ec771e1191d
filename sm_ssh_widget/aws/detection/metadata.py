"""What SageMaker tells a space or notebook instance about itself, in a file.

The file is SageMaker's; it is read by whole JSON, key by key, and what is broken or missing is a note, not an error.
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
    """The facts of the file; what it does not say is empty. ``found`` is whether there is a file at all."""

    found: bool = False
    execution_role: str = ""
    domain: str = ""
    space: str = ""
    user_profile: str = ""
    notebook_instance: str = ""
    region: str = ""
    notes: tuple[str, ...] = ()


def read_metadata(path: Path | None = None) -> Metadata:
    """Read the file at ``path``, else where ``SM_SSH_WIDGET_METADATA`` says, else SageMaker's own place."""
    path = path or Path(os.environ.get(VARIABLE) or PLACE)
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Metadata()
    except (OSError, ValueError, RecursionError) as error:
        return Metadata(found=True, notes=(f"SageMaker's metadata ({path}) cannot be read: {error}.",))
    if not isinstance(value, dict):
        return Metadata(found=True, notes=(f"SageMaker's metadata ({path}) is not a JSON object.",))
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
