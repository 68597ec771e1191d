"""Screen 6: what holds now, and what to do with it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from sm_ssh_widget.export import SCRIPT_FILE, attach_steps, create_command, doctor_command, lifecycle_script
from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.wizard.screens.earlier_runs import earlier
from sm_ssh_widget.wizard.screens.health import report_blocks
from sm_ssh_widget.wizard.screens.labels import BACK, FORGET, counted, marked, plain, problem, undo_button
from sm_ssh_widget.wizard.screens.permission import applied, minutes, short
from sm_ssh_widget.wizard.state import Verify, WizardState
from sm_ssh_widget.wizard.view import (
    Action,
    Block,
    Code,
    Fact,
    Facts,
    Fold,
    Note,
    Pair,
    Part,
    Person,
    Row,
    Rows,
    Skeleton,
    Text,
    Tone,
    View,
)

_PROOF = {
    "proved": ("satisfied", "Proved", "ok"),
    "failed": ("failed", "Failed", "bad"),
    "not-available": ("unknown", "Not available", "quiet"),
}


def proof(state: WizardState, now: datetime) -> View:
    """Whether the role is ready, and the next commands."""
    report, failed = state.verified, state.failed
    blocks: list[Block] = []
    if failed:
        blocks.append(problem(failed.where, failed.said, failed.remedy, Action("verify", "Check again")))
    if state.doing(Verify) and report is None:
        blocks.append(Skeleton("Checking again; IAM may need a minute to show what was written", 4))
    if report:
        blocks += _verified(report)
    known = report or state.report
    if known and not state.doing(Verify):
        blocks += [_next(state, known), _people(known), *_in_studio(known)]
    blocks += [*_journal(state), *earlier(state)]
    if state.face:
        named, left = f"`{plain(short(state.face.arn))}`", minutes(state.face, now)
        acting = Fact("Signed in as", named, left, None if _proved(state) else FORGET)
        blocks.append(Facts((acting,)))
    heading, lede, icon, tone = _heading(state)
    return View(
        screen="proof",
        heading=heading,
        lede=lede,
        icon=icon,
        tone=tone,
        steps=(),
        blocks=tuple(blocks),
        actions=_actions(state),
    )


def _heading(state: WizardState) -> tuple[str, str, str, Tone]:
    report = state.verified
    if state.doing(Verify):
        return (
            ("Proving it with a real activation" if _proving(state) else "Checking again"),
            "The notebook stays free.",
            "",
            "",
        )
    if report is None:
        return "Not checked again yet", "What was applied is in the journal.", "", ""
    total = sum(finding.required for finding in report.findings)
    if report.ready:
        return "This role is ready for SSH", f"All {counted(total, 'requirement')} hold.", "satisfied", "ok"
    open_ = sum(finding.required and not finding.status.ready for finding in report.findings)
    verb = "is" if open_ == 1 else "are"
    lede = "What was applied holds; what follows is what is still open."
    return f"{open_} of {counted(total, 'requirement')} {verb} not met yet", lede, "", ""


def _actions(state: WizardState) -> tuple[Action, ...]:
    report = state.verified
    if state.doing(Verify):
        writes = _proving(state)  # it creates an activation, and deletes it
        look: Literal["primary", "second"] = "second" if writes else "primary"
        return BACK, Action("verify", "Check again", look, unavailable="The check is under way.")
    if report is None:
        return BACK, Action("verify", "Check again", "primary")
    again = Action("verify", "Check again")
    if not report.ready:
        return BACK, again, Action("make-plan", "Make a plan", "primary")
    if not _proved(state):
        return BACK, again, Action("prove", "Prove it with a real activation", "primary", acts=True)
    if state.face:
        return BACK, again, Action(FORGET.id, FORGET.label, "primary")
    return BACK, Action("verify", "Check again", "primary")


def _proving(state: WizardState) -> bool:
    effect = state.busy.effect if state.busy else None
    return isinstance(effect, Verify) and effect.proof


def _proved(state: WizardState) -> bool:
    """Whether a proof was asked for and came to something."""
    report = state.verified
    return bool(report and report.ready and report.proof and report.proof.status.value != "not-asked")


def _verified(report: Report) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if report.proof and report.proof.status.value in _PROOF:
        icon, word, tone = _PROOF[report.proof.status.value]
        fact = marked(report.proof.reason)
        row = Row("proof", icon, "Proof by a real activation", word, tone, fact)  # type: ignore[arg-type]
        blocks.append(Rows("Proof", (row,)))
    if report.ready:
        satisfied = tuple(report_blocks(report)[2:-1])
        blocks.append(Fold("findings", "Each requirement, as it was read", satisfied))
        return tuple(blocks)
    return *blocks, *report_blocks(report)


def _journal(state: WizardState) -> tuple[Block, ...]:
    journal = state.journal
    if journal is None or not journal.path:
        return ()
    text = "What was done, before and after. It holds no secret. Undo leaves alone what others changed since."
    undo = undo_button(done) if (done := applied(journal)) and not state.doing(Verify) else None
    kept = Fact("Kept in", f"`{plain(journal.path)}`", text, undo)
    return (Part("journal", "Journal", (Facts((kept,)),)),)


# What is next


def _next(state: WizardState, report: Report) -> Part:
    blocks: list[Block] = [Text("Filled in with this role, Region and account.", "quiet")]
    purposes = state.choice("purpose")
    kinds = [kind for kind in _CODE if kind in purposes] or ["training"]
    blocks += [Code(f"In your notebook or script: {_CODE[kind][0]}", _code(kind, report)) for kind in kinds]
    verb = "processing" if kinds == ["processing"] else "inference" if kinds == ["endpoints"] else "training"
    blocks.append(Code("On the laptop", _laptop(report, verb)))
    text = "`SSHEstimatorWrapper` is of SageMaker Python SDK 2: install `sagemaker<3` where version 3 came along."
    return Part("next", "Next", (*blocks, Note("", text)))


_CODE = {
    "training": (
        "a training job",
        """from sagemaker.pytorch import PyTorch
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
    ),
    "processing": (
        "a processing job",
        """from sagemaker_ssh_helper.wrapper import SSHProcessorWrapper

# processor: a FrameworkProcessor or SparkProcessor with role={role}
ssh = SSHProcessorWrapper.create(processor, connection_wait_time_seconds=600)
processor.run(
    code="process.py",
    source_dir="source_dir/",
    dependencies=[SSHProcessorWrapper.dependency_dir()],
    wait=False,
)
print(ssh.get_instance_ids())  # the node to connect to: mi-…""",
    ),
    "endpoints": (
        "an endpoint",
        """from sagemaker_ssh_helper.wrapper import SSHModelWrapper

# model: a Model with role={role} and dependencies=[SSHModelWrapper.dependency_dir()]
ssh = SSHModelWrapper.create(model, connection_wait_time_seconds=0{user})
predictor = model.deploy(initial_instance_count=1, instance_type="ml.m5.xlarge")
print(ssh.get_instance_ids())  # the node to connect to: mi-…""",
    ),
}


def _code(kind: str, report: Report) -> str:
    user = report.owner.value if report.owner.certain else ""
    named = f",\n    local_user_id={json.dumps(user)}" if user and kind != "processing" else ""
    if named and kind == "training":
        named = f", local_user_id={json.dumps(user)}"
    return _CODE[kind][1].replace("{role}", json.dumps(str(report.target.role))).replace("{user}", named)


def _laptop(report: Report, verb: str) -> str:
    region, account = report.target.region, report.target.account
    owner = report.owner.value if report.owner.certain else ""
    lines = [
        "pip install 'sagemaker-ssh-helper' 'sagemaker<3'",
        f"export AWS_REGION={region} AWS_DEFAULT_REGION={region}",
        f"aws sts get-caller-identity  # account {account}; its UserId is your SSHOwner",
        f"{doctor_command(region, owner=owner)}  # checks this laptop, where sm-ssh-widget is installed",
        "aws ssm start-session --target mi-NODE  # a shell, with no key",
        f"sm-local-ssh-{verb} connect JOB-NAME  # SSH, with port forwarding",
    ]
    return "\n".join(lines)


def _people(report: Report) -> Part:
    """Who is who in ``SSHOwner``: the two identities, the value for this person, and its traps."""
    story = report.owner
    text = (
        "Two identities meet in a session. Each node carries a tag `SSHOwner`: the person who connects, not the role. "
        "SSH Helper sets it to the `aws:userid` of whoever submits the job, or to `local_user_id`."
    )
    people = (Person(each.title, each.arn or "not named", _sentence(each.does)) for each in story.people)
    pair = Pair(tuple(people))
    value = f"`{plain(story.value)}`" if story.value else "not known"
    source = "Goes into `local_user_id`." if story.certain else f"The person who connects reads it: `{story.command}`"
    notes = (
        Note("Mind this.", marked(_in_words(each)), "attention") for each in story.warnings if story.command not in each
    )
    return Part("people", "Who is who", (Text(text, "quiet"), pair, Facts((Fact("SSHOwner", value, source),)), *notes))


def _in_studio(report: Report) -> tuple[Block, ...]:
    """The lifecycle configuration that starts SSH Helper in a Studio space, where the SSHOwner is known."""
    if not report.owner.certain:
        return ()
    text = "Give both to the admin of the domain. The wizard does not write a lifecycle configuration to AWS."
    script = Code("Lifecycle configuration for JupyterLab", lifecycle_script(report.owner.value), SCRIPT_FILE)
    create = Code("Create it from that file", create_command(report.target.region))
    steps = (Text(marked(step), "quiet") for step in attach_steps())
    return (Fold("lifecycle", "Start SSH Helper in a Studio space", (Text(text, "quiet"), script, create, *steps)),)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _in_words(warning: str) -> str:
    return warning.replace("name it (--user ARN)", "name it on the first screen")
