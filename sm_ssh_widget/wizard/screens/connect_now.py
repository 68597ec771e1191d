"""What to run now, filled in with this role, Region and person: for each kind of job, in Studio, and on the laptop."""

from __future__ import annotations

import json

from sm_ssh_widget.export import SCRIPT_FILE, attach_steps, create_command, doctor_command, lifecycle_script
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.wizard.blocks import Block, Fold, Part, Tab, Tabs, Text
from sm_ssh_widget.wizard.leaf_blocks import CodeListing
from sm_ssh_widget.wizard.screens.labels import marked
from sm_ssh_widget.wizard.state import WizardState

_TITLES = {"training": "Training", "processing": "Processing", "endpoints": "Endpoint", "studio": "Studio"}
_VERBS = {"training": "training", "processing": "processing", "endpoints": "inference", "studio": "training"}
_CODE = {
    "training": """from sagemaker.pytorch import PyTorch
from sagemaker_ssh_helper.wrapper import SSHEstimatorWrapper

estimator = PyTorch(
    entry_point="train.py",
    source_dir="source_dir/",
    dependencies=[SSHEstimatorWrapper.dependency_dir()],
    role={role},
    framework_version="2.1",
    py_version="py310",
    instance_count=1,
    instance_type="ml.m5.xlarge",
)
ssh = SSHEstimatorWrapper.create(estimator, connection_wait_time_seconds=600{user})
estimator.fit(wait=False)
print(ssh.get_instance_ids())  # the node to connect to: mi-…""",
    "processing": """from sagemaker_ssh_helper.wrapper import SSHProcessorWrapper

# processor: a FrameworkProcessor or SparkProcessor with role={role}
ssh = SSHProcessorWrapper.create(processor, connection_wait_time_seconds=600)
processor.run(
    code="process.py",
    source_dir="source_dir/",
    dependencies=[SSHProcessorWrapper.dependency_dir()],
    wait=False,
)
print(ssh.get_instance_ids())  # the node to connect to: mi-…""",
    "endpoints": """from sagemaker_ssh_helper.wrapper import SSHModelWrapper

# model: a Model with role={role} and dependencies=[SSHModelWrapper.dependency_dir()]
ssh = SSHModelWrapper.create(model, connection_wait_time_seconds=0{user})
predictor = model.deploy(initial_instance_count=1, instance_type="ml.m5.xlarge")
print(ssh.get_instance_ids())  # the node to connect to: mi-…""",
}


def connect_now(state: WizardState, report: Report) -> Part:
    """One tab for each way to connect; what was asked for on the first screen comes first."""
    wanted = state.choice("purpose")
    kinds = sorted(_TITLES, key=lambda kind: kind not in wanted)
    tabs = [Tab(kind, _TITLES[kind], _blocks(kind, report)) for kind in kinds]
    verb = next((_VERBS[kind] for kind in kinds if kind in wanted), "training")
    tabs.append(Tab("laptop", "Laptop", (CodeListing("On the laptop", _laptop(report, verb)),)))
    note = Text("SSH Helper needs SageMaker Python SDK 2: `pip install sagemaker-ssh-helper 'sagemaker<3'`", "quiet")
    return Part("connect", "Connect now", (Tabs("connect", "Connect now", tuple(tabs)), note))


def _blocks(kind: str, report: Report) -> tuple[Block, ...]:
    region = report.target.region
    session = f"aws ssm start-session --target mi-NODE --region {region}  # a shell, without an SSH key"
    if kind == "studio":
        terminal = CodeListing("In a terminal of Studio", f"sm-ssh connect JOB-NAME.training.sagemaker\n{session}")
        return terminal, *_lifecycle(report)
    host = f"sm-ssh connect JOB-NAME.{_VERBS[kind]}.sagemaker  # SSH, with port forwarding"
    return (
        CodeListing("1. In your notebook: start a job", _code(kind, report)),
        CodeListing("2. On the laptop: connect", f"{host}\n{session}"),
    )


def _lifecycle(report: Report) -> tuple[Block, ...]:
    """The lifecycle configuration that starts SSH Helper in a Studio space, where the SSHOwner is known."""
    if not report.owner.certain:
        return ()
    text = "Give both to the admin of the domain. The wizard does not write a lifecycle configuration to AWS."
    script = CodeListing("Lifecycle configuration for JupyterLab", lifecycle_script(report.owner.value), SCRIPT_FILE)
    create = CodeListing("Create it from that file", create_command(report.target.region))
    steps = (Text(marked(step), "quiet") for step in attach_steps())
    return (Fold("lifecycle", "Start SSH Helper in a Studio space", (Text(text, "quiet"), script, create, *steps)),)


def _code(kind: str, report: Report) -> str:
    user = report.owner.value if report.owner.certain else ""
    named = f", local_user_id={json.dumps(user)}" if user and kind != "processing" else ""
    return _CODE[kind].replace("{role}", json.dumps(str(report.target.role))).replace("{user}", named)


def _laptop(report: Report, verb: str) -> str:
    region, account = report.target.region, report.target.account
    owner = report.owner.value if report.owner.certain else ""
    lines = [
        "pip install 'sagemaker-ssh-helper' 'sagemaker<3'",
        f"export AWS_REGION={region} AWS_DEFAULT_REGION={region}",
        f"aws sts get-caller-identity  # account {account}; its UserId is your SSHOwner",
        f"{doctor_command(region, owner=owner)}  # checks this laptop, where sm-ssh-widget is installed",
        "aws ssm start-session --target mi-NODE  # a shell, without an SSH key",
        f"sm-ssh connect JOB-NAME.{verb}.sagemaker  # SSH, with port forwarding",
    ]
    return "\n".join(lines)
