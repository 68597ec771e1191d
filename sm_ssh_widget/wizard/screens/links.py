"""Pages outside of the wizard that a screen leads to: AWS's documentation, and the console of the right partition."""

from __future__ import annotations

from urllib.parse import quote

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.wizard.controls import Action

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
REFERENCE = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
GUIDE = "https://github.com/aws-samples/sagemaker-ssh-helper/blob/main/IAM_SSM_Setup.md"
NATIVE = "https://docs.aws.amazon.com/sagemaker/latest/dg/train-remote-debugging.html"
QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"


def outside(name: str, label: str, url: str) -> Action:
    """A link that leaves the wizard, and looks so."""
    return Action(f"open:{name}", label, "link", icon="open", url=url)


def role_in_console(arn: PrincipalArn, name: str = "role") -> tuple[Action, ...]:
    """The role or user in the IAM console; none where the partition has no console that is known here."""
    host = _CONSOLES.get(arn.partition)
    if host is None or arn.kind not in ("role", "user"):
        return ()
    url = f"https://{host}/iam/home#/{arn.kind}s/details/{quote(arn.name)}"
    return (outside(name, "Open in the IAM console", url),)


def tier_in_console(partition: str, region: str) -> tuple[Action, ...]:
    """The setting of the instance tier in the Systems Manager console."""
    host = _CONSOLES.get(partition)
    if host is None:
        return ()
    url = f"https://{region}.{host}/systems-manager/fleet-manager/settings?region={region}"
    return (outside("tier", "Open in Systems Manager", url),)


def managed_policy(name: str) -> Action:
    """What AWS says of one of its managed policies."""
    return outside(f"policy:{name}", "Its page in the AWS reference", f"{REFERENCE}/{name}.html")
