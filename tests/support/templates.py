"""What cfn-lint says against a CloudFormation template."""

from __future__ import annotations


def lint_problems(template: str, region: str = "eu-west-1") -> list[str]:
    """Return a line for each fault that cfn-lint finds, none if it finds nothing to say."""
    from cfnlint.api import ManualArgs, lint  # noqa: PLC0415 (takes a second, and most test processes never lint)

    return [str(each) for each in lint(template, config=ManualArgs(regions=[region]))]
