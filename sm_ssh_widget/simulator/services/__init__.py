"""One module a service: the operations that the simulated account answers itself."""

from __future__ import annotations

import importlib

MODULES = (
    "iam_entities",
    "iam_policies",
    "iam_account",
    "iam_instance_profiles",
    "iam_simulation",
    "sts",
    "sso",
    "ssm_settings",
    "ssm_nodes",
    "ssm_sessions",
    "ssm_quicksetup",
    "ssm_associations",
    "ec2_networks",
    "ec2_instances",
    "sagemaker",
)


def declare_all() -> None:
    """Import every service, which declares its operations."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
