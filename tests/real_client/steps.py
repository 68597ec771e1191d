"""What a person does with SSH Helper in a day, step by step: as whom, what is refused before the set-up, what after.

The steps are those of the published ``sagemaker-ssh-helper``: its scripts, its Python interface, and the calls of the
AWS CLI that its scripts and its README make.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Identity = Literal["execution-role", "user"]
Place = Literal["shell", "python", "agent"]

AS_ROLE = "role.capabilities"
AS_USER = "user.permissions"
NO_NODE = "no node has registered"
NO_BUCKET = "when calling the HeadBucket operation: Forbidden"
SCRIPT_KEY = "{bucket}/ssh-authorized-keys/"


@dataclass(frozen=True)
class Step:
    """One step. ``finding`` of the least-privilege baseline predicts that ``refused`` is denied before the set-up.

    ``command``: the words of a command line with ``{names}`` to fill in, or the name of a function of ``inside.py``.
    ``says``: what the client says of the refusal, where it does not name the action. ``not_granted``: why the
    least-privilege baseline does not grant it.
    """

    name: str
    identity: Identity
    place: Place
    finding: str
    refused: str
    command: tuple[str, ...]
    says: str = ""
    not_granted: str = ""

    @property
    def refusal(self) -> str:
        """What stands in the client's words when the account denies it."""
        return self.says or f"not authorized to perform: {self.refused} on resource"


STEPS = (
    Step("sm-init-ssm", "execution-role", "shell", AS_ROLE, "ssm:CreateActivation", ("sm-init-ssm",)),
    Step("the agent registers and reports", "execution-role", "agent", AS_ROLE, "ssm:CreateActivation", (), NO_NODE),
    Step("SSMManager", "user", "python", AS_USER, "ssm:DescribeInstanceInformation", ("manager",)),
    Step("SSHLog", "user", "python", AS_USER, "logs:StartQuery", ("log",)),
    Step("sm-ssh list", "user", "python", AS_USER, "ssm:DescribeInstanceInformation", ("listing",)),
    Step("Session().default_bucket()", "user", "python", AS_USER, "s3:ListBucket", ("bucket",), NO_BUCKET),
    Step(
        "SSHEstimatorWrapper and fit",
        "user",
        "python",
        "",
        "s3:ListBucket",
        ("fit",),
        says=NO_BUCKET,
        not_granted="submitting jobs is not part of this baseline",
    ),
    Step("sm-ssh-deregister-instances", "user", "python", AS_USER, "ssm:DescribeInstanceInformation", ("deregister",)),
    Step(
        "aws s3 cp of the public key",
        "user",
        "shell",
        AS_USER,
        "s3:PutObject",
        ("aws", "s3", "cp", "{key}.pub", "s3://" + SCRIPT_KEY),
    ),
    Step(
        "aws ssm send-command",
        "user",
        "shell",
        AS_USER,
        "ssm:SendCommand",
        (
            *("aws", "ssm", "send-command", "--instance-ids", "{node}", "--document-name", "AWS-RunShellScript"),
            *("--parameters", "commands=[hostname]", "--output", "json"),
        ),
    ),
    Step(
        "aws ssm get-command-invocation",
        "user",
        "shell",
        AS_USER,
        "ssm:GetCommandInvocation",
        ("aws", "ssm", "get-command-invocation", "--instance-id", "{node}", "--command-id", "{command}"),
    ),
    Step(
        "sm-local-start-ssh",
        "user",
        "shell",
        AS_USER,
        "s3:ListBucket",
        ("sm-local-start-ssh", "--proxy-setup-only", "{node}"),
        says="is not accessible as the default bucket",
    ),
    Step(
        "aws ssm start-session (SSH)",
        "user",
        "shell",
        AS_USER,
        "ssm:StartSession",
        (
            *("aws", "ssm", "start-session", "--target", "{node}", "--document-name", "AWS-StartSSHSession"),
            *("--parameters", "portNumber=22"),
        ),
    ),
    Step(
        "aws ssm start-session (shell)",
        "user",
        "shell",
        AS_USER,
        "ssm:StartSession",
        ("aws", "ssm", "start-session", "--target", "{node}"),
    ),
    Step(
        "aws ssm resume-session and terminate-session",
        "user",
        "shell",
        AS_USER,
        "ssm:ResumeSession",
        (
            *("sh", "-c"),
            "aws ssm resume-session --session-id {session} && aws ssm terminate-session --session-id {session}",
        ),
    ),
)
