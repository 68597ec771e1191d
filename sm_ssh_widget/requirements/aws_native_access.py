"""You may not need SSH Helper: AWS's own ways into a training job and a Studio space, judged from what was seen. Pure.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/train-remote-debugging.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/remote-access.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.requirements.holdings import Denied, Held, Holdings, NotGranted, Question, Verdict, combine
from sm_ssh_widget.requirements.observation import Identity, Known, Observation, Space, Target, Unknown

Json: TypeAlias = Any
State: TypeAlias = Literal["available", "missing", "blocked", "unknown", "not-applicable"]

CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
_TRAINING_LIMITS = "It is not for built-in and Marketplace algorithms, nor for jobs with network isolation."
_STUDIO_LIMITS = "The space needs at least 8 GB of memory and SageMaker Distribution 2.8 or later."
_NAME_THE_USER = "The person who connects was not specified, so their permissions were not checked."


@dataclass(frozen=True)
class Alternative:
    """One of AWS's own methods: its status for this role and user, what was seen, and how to use it."""

    id: str
    title: str
    status: State
    fact: str
    remedy: str

    def to_json(self) -> dict[str, Json]:
        """The alternative as a JSON object."""
        return {"id": self.id, "title": self.title, "status": self.status, "fact": self.fact, "next": self.remedy}


def alternatives(seen: Observation) -> tuple[Alternative, ...]:
    """Remote debugging of training jobs, and remote access to the Studio space that the check ran in."""
    return _training(seen), _studio(seen)


@dataclass(frozen=True)
class _Need:
    """The actions that one identity needs, ``whose`` they are in words, and the answer over all of them."""

    whose: str
    actions: tuple[str, ...]
    verdict: Verdict


def _training(seen: Observation) -> Alternative:
    target = seen.target
    job = f"arn:{target.partition}:sagemaker:{target.region}:{target.account}:training-job/example"
    node = {"ssm:resourceTag/aws:ssmmessages:target-id": "sagemaker-training-job:example_algo-1"}
    needs = [_need("the role", seen.role, target, [Question(action, "*", {}) for action in CHANNELS])]
    if seen.user is not None:
        asked = [
            Question("ssm:StartSession", "*", node),
            Question("sagemaker:CreateTrainingJob", job, {"sagemaker:EnableRemoteDebug": "true"}),
        ]
        needs.append(_need("the person who connects", seen.user, target, asked))
    status, fact = _judged(needs, named=seen.user is not None)
    use = 'Set RemoteDebugConfig {"EnableRemoteDebug": true} on the job: no trust, activation or tier is needed.'
    said = f"{fact} {_TRAINING_LIMITS}"
    return Alternative("training-remote-debug", "Remote debugging of training jobs", status, said, use)


def _studio(seen: Observation) -> Alternative:
    id, title = "studio-remote-access", "Remote access to Studio spaces"
    space = seen.chosen.space
    if isinstance(space, Unknown):
        fact = f"The space could not be read ({space.read}: {space.reason.value})."
        return Alternative(id, title, "unknown", fact, space.remedy)
    if not isinstance(space, Known):
        return Alternative(id, title, "not-applicable", "The check did not run in a Studio space.", "")
    status, fact = _judged(_for_space(seen, space.value), named=seen.user is not None)
    remote = space.value.remote_access
    if remote == "ENABLED":
        use = "Connect with the AWS Toolkit for VS Code, or sagemaker:StartSession."
    else:
        fact = f"Remote access of the space {space.value.name} is {remote or 'not set'}. {fact}"
        status = "missing" if status == "available" else status
        use = "Stop the space, turn on its remote access (UpdateSpace, RemoteAccess ENABLED), and start it."
    return Alternative(id, title, status, f"{fact} {_STUDIO_LIMITS}", use)


def _for_space(seen: Observation, space: Space) -> list[_Need]:
    if seen.user is None:
        return []
    return [
        _need("the person who connects", seen.user, seen.target, [Question("sagemaker:StartSession", space.arn, {})])
    ]


def _need(whose: str, identity: Identity, target: Target, asked: Sequence[Question]) -> _Need:
    holdings = Holdings(identity, target.region)
    verdicts: Mapping[str, Verdict] = {question.action: holdings.ask(question) for question in asked}
    verdict = combine(list(verdicts.values()))
    return _Need(whose, tuple(a for a, each in verdicts.items() if type(each) is type(verdict)), verdict)


def _judged(needs: Sequence[_Need], *, named: bool) -> tuple[State, str]:
    """Return the worst of the answers, in a sentence; unknown if the person who connects was not specified."""
    for kind, status, said in (
        (Denied, "blocked", "{whose} is denied {actions}."),
        (NotGranted, "missing", "No policy allows {whose} to call {actions}."),
    ):
        found = [need for need in needs if isinstance(need.verdict, kind)]
        if found:
            told = " ".join(_sentence(said.format(whose=n.whose, actions=", ".join(n.actions))) for n in found)
            return _state(status), told
    doubtful = [need.whose for need in needs if not isinstance(need.verdict, Held)]
    if doubtful:
        return "unknown", _sentence(f"whether {' and '.join(doubtful)} can use it could not be read or is not certain.")
    if not named:
        return "unknown", _NAME_THE_USER
    held = " and ".join(need.whose for need in needs)
    return "available", _sentence(f"{held} can use it.")


def _state(status: str) -> State:
    return "blocked" if status == "blocked" else "missing"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
