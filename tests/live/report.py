"""The report of a check on a real account: one masked JSON file to send back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import boto3

from sm_ssh_widget.version import VERSION
from tests.live.recording import Difference
from tests.live.story import Story

Json: TypeAlias = Any

SCHEMA = "sm-ssh-widget/live/1"


def live_report(story: Story, found: Sequence[Difference], region: str, endpoint: str | None) -> dict[str, Json]:
    """Return the report. It holds no name, account or ID of the account: shapes, codes and masked texts only."""
    masked = story.recording.masked
    steps = [
        {"name": step.name, "ok": step.ok, "said": masked(step.said), "seconds": step.seconds} for step in story.steps
    ]
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "boto3": boto3.__version__,
        "region": region,
        "endpoint": endpoint,
        "calls": story.recording.calls,
        "operations": sorted(story.recording.operations),
        "steps": steps,
        "left": [masked(each) for each in story.left],
        "differences": [each.to_json() for each in found],
    }
