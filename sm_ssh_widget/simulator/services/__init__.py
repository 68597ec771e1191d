"""Operations that the simulated account answers itself, by service."""

from __future__ import annotations

import importlib

MODULES = (
    "iam.entities",
    "iam.policies",
    "iam.account",
    "iam.authorization",
    "iam.instance_profiles",
    "iam.simulation",
    "sts.tokens",
    "sso.portal",
    "signin.logins",
    "ssm.settings",
    "ssm.nodes",
    "ssm.documents",
    "ssm.commands",
    "ssm.registration",
    "ssm.reporting",
    "ssm.sessions",
    "ssm.quick_setup",
    "ssm.associations",
    "ssm.parameters",
    "ec2.networks",
    "ec2.instances",
    "ec2.catalogue",
    "sagemaker.studio",
    "sagemaker.jobs",
    "logs.groups",
    "logs.queries",
    "account.regions",
    "organizations.membership",
    "organizations.tree",
    "organizations.policies",
    "kms.keys",
    "cloudformation.stacks",
    "cloudformation.stack_sets",
    "codebuild.projects",
    "pricing.products",
    "s3.buckets",
    "s3.objects",
)


def declare_all() -> None:
    """Import every service, so that it declares its operations."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
