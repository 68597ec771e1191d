"""One module a service: the operations that the simulated account answers itself."""

from __future__ import annotations

import importlib

MODULES = (
    "iam.entities",
    "iam.policies",
    "iam.account",
    "iam.instance_profiles",
    "iam.simulation",
    "sts.tokens",
    "sso.portal",
    "ssm.settings",
    "ssm.nodes",
    "ssm.sessions",
    "ssm.quick_setup",
    "ssm.associations",
    "ec2.networks",
    "ec2.instances",
    "sagemaker.studio",
)


def declare_all() -> None:
    """Import every service, which declares its operations."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
