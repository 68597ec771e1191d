"""A Studio lifecycle configuration that starts SSH Helper in a JupyterLab space, as text to hand over. Pure.

This program does not write it to AWS: AWS does not document how deep ``UpdateDomain`` merges the settings of a domain,
so an exact undo cannot be promised.
Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/jl-lcc-create.html,
https://github.com/aws-samples/sagemaker-ssh-helper/blob/main/jupyterlab-lc-config.sh (the commands of SSH Helper)
"""

from __future__ import annotations

from collections.abc import Iterator

from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, Piece, ProseCode, as_markdown
from sm_ssh_widget.export.quoting import one_line, shell

SCRIPT_FILE = "start-ssh-helper.sh"
NAME = "sagemaker-ssh-helper"
CONTENT_LIMIT = 16_384  # characters of base64, in botocore's model of CreateStudioLifecycleConfig
HELPER_VERSION = "2.3.0"

_SCRIPT = """\
#!/bin/bash
# Starts SageMaker SSH Helper in a JupyterLab space. Written by sm-ssh-widget.
# The space needs sudo, and the internet unless the image holds SSH Helper. A lifecycle configuration that takes longer
# than 5 minutes keeps the space from starting.
set -euo pipefail

# SSHOwner of this space: the person who may connect. The file ~/.sm-ssh-owner of root comes first where it exists.
local_user_id={owner}

if [ "$(id -u)" -ne 0 ]; then
  exec sudo -E HOME=/root bash "$0" "$@"
fi

python=$(command -v python3 || command -v python)
if [ ! -e /opt/sagemaker-ssh-helper/.ssh-ide-configured ]; then
  # SSH Helper installs version 2 of the AWS CLI, and version 1 of pip would stand before it.
  "$python" -m pip uninstall --yes --quiet awscli
  "$python" -m pip install --quiet sagemaker-ssh-helper=={version}
fi

prefix=$("$python" -c 'import sys; print(sys.prefix)')
export PATH="$PATH:$prefix/bin" JUPYTER_PATH="$prefix/share/jupyter/"
cd /root

sm-ssh-ide get-metadata
sm-ssh-ide configure --ssh-only
sm-ssh-ide set-local-user-id "$local_user_id"
sm-ssh-ide init-ssm
nohup sm-ssh-ide start >/var/log/sm-ssh-ide-start.log 2>&1 &
nohup sm-ssh-ide ssm-agent >/var/log/sm-ssh-ide-agent.log 2>&1 &
"""


def lifecycle_script(owner: str) -> str:
    """The start script; ``owner`` is the ``aws:userid`` of the person who connects, the value of ``SSHOwner``."""
    return _SCRIPT.replace("{version}", HELPER_VERSION).replace("{owner}", shell(one_line(owner)))


def create_command(region: str) -> str:
    """The command that creates the configuration from the script; it changes no space."""
    words = ["aws", "sagemaker", "create-studio-lifecycle-config", "--region", shell(region)]
    words += ["--studio-lifecycle-config-name", NAME, "--studio-lifecycle-config-app-type", "JupyterLab"]
    content = f"\"$(base64 < {SCRIPT_FILE} | tr -d '\\n')\""
    return " ".join([*words, "--studio-lifecycle-config-content", content])


def attach_steps() -> tuple[str, ...]:
    """What an admin of the domain does after the configuration was created, and how it is undone."""
    return (
        "Open the domain in the SageMaker AI console: Environment, Lifecycle configurations for personal Studio apps.",
        f"Attach the existing configuration {NAME} to JupyterLab. For one person, attach it in their user profile.",
        f"In Studio: stop the JupyterLab space, choose the lifecycle configuration {NAME}, run the space.",
        "If the space does not start, read the log group /aws/sagemaker/studio, stream LifecycleConfigOnStart.",
        f"To undo it: detach the configuration in the same place, restart the spaces that run it, then delete {NAME}.",
    )


def lifecycle_guide(owner: str, region: str) -> str:
    """The script, the command and the steps, in Markdown."""
    return as_markdown(_guide(owner, region))


def _guide(owner: str, region: str) -> Iterator[Piece]:
    yield Heading("Start SSH Helper in a JupyterLab space")
    yield Paragraph(
        "A lifecycle configuration starts SSH Helper with the space. sm-ssh-widget does not write it to AWS, because "
        "AWS does not document how the settings of a domain are merged. It was not run inside SageMaker Studio."
    )
    yield Paragraph(("Save this as ", ProseCode(SCRIPT_FILE), ":"))
    yield Listing(lifecycle_script(owner), "bash")
    yield Paragraph(
        ("Create the configuration. An admin needs ", ProseCode("sagemaker:CreateStudioLifecycleConfig"), " for it:")
    )
    yield Listing(create_command(region), "sh")
    yield Items(attach_steps())
