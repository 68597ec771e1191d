"""For what the role is ready, and for whom: a shell, SSH, an inference endpoint, the listing; the person who connects.

*Ready* is a promise: every request of the use is allowed, whatever the values of the condition keys that are open.
What a document that could not be read might deny leaves a use unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.capabilities import CLIENT, ONLY_SOMETIMES, SERVER, USES, Capability, Use
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.holdings import Denied, Held, Holdings, NotGranted, Question
from sm_ssh_widget.requirements.judgement import layer_name
from sm_ssh_widget.requirements.observation import Observation
from sm_ssh_widget.requirements.requests import Answer, answer, caller_keys

Json: TypeAlias = Any
Standing: TypeAlias = Literal["ready", "missing", "blocked", "unknown", "not-asked"]

Side: TypeAlias = Literal["server", "client"]
_SIDES: Mapping[Side, tuple[Capability, ...]] = {"server": SERVER, "client": CLIENT}
_DECIDING: Mapping[tuple[Side, Use], tuple[Capability, ...]] = {
    (side, use): tuple(each for each in made if use in each.uses and each.id not in ONLY_SOMETIMES)
    for side, made in _SIDES.items()
    for use in USES
}
_OF_ROLE = ("trust.sagemaker", "trust.ssm", "role.registrable", "ssm.tier")


@dataclass(frozen=True)
class UseOf:
    """How one use stands; ``lacks`` names what it waits for: the ids of findings, and calls with their resource.

    ``denied`` are the calls among them that no plan can allow, ``blocked_by`` what blocks them.
    """

    use: Use
    status: Standing
    lacks: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """``{"status", "lacks", "blocked_by"}``."""
        return {"status": self.status, "lacks": list(self.lacks), "blocked_by": list(self.blocked_by)}


@dataclass(frozen=True)
class Connects:
    """The answer for the person who connects: ``not-asked`` if not specified."""

    status: Standing
    who: str | None = None

    def to_json(self) -> dict[str, Json]:
        """``{"status", "who"}``."""
        return {"status": self.status, "who": self.who}


NOT_ASKED = Connects("not-asked")


def connection(user: Holdings | None, seen: Observation) -> Connects:
    """Whether the person who is named can open a shell or an SSH session."""
    if user is None:
        return NOT_ASKED
    both: tuple[Use, ...] = ("shell", "ssh")
    found = [_standing(_asked("client", use, user, seen, keys=False)) for use in both]
    order: tuple[Standing, ...] = ("ready", "missing", "unknown", "blocked")  # one way in is enough
    return Connects(min(found, key=order.index), str(user.identity.arn))


def use_of(use: Use, role: Holdings, user: Holdings | None, findings: Iterable[Finding], seen: Observation) -> UseOf:
    """How a use stands: of the role, of the account, and of the person who connects where they are named."""
    answers = [] if use == "listing" else list(_asked("server", use, role, seen))
    answers += _asked("client", use, user, seen) if user else []
    if use == "listing" and user is None:
        return UseOf(use, "not-asked")
    open_ones = [] if use == "listing" else [f for f in findings if f.id in _OF_ROLE and not f.status.ready]
    denials = [(each.told, layer_name(each.verdict.by)) for each in answers if isinstance(each.verdict, Denied)]
    lacking = [each.told for each in answers if not isinstance(each.verdict, Held)]
    lacks = (*(finding.id for finding in open_ones), *dict.fromkeys(lacking))
    denied, by = (tuple(dict.fromkeys(each[side] for each in denials)) for side in (0, 1))
    return UseOf(use, _worst([_standing(answers), *map(_of_finding, open_ones)]), lacks, denied, by)


def beside(found: UseOf, finding: str, standing: Standing) -> UseOf:
    """The use, where it rests on one more finding that stands so."""
    if standing == "ready":
        return found
    return replace(found, status=_worst([found.status, standing]), lacks=(finding, *found.lacks))


def _asked(side: Side, use: Use, holdings: Holdings, seen: Observation, *, keys: bool = True) -> Iterator[Answer]:
    """The answers to the requests of a use, without those that are made in some accounts only.

    ``keys`` is false to leave out what concerns the key bucket, which may be another one.
    """
    for capability in _DECIDING[side, use]:
        if keys or not capability.optional:
            yield answer(capability, holdings, seen)


def _standing(answers: Iterable[Answer]) -> Standing:
    return _worst([_of_verdict(each) for each in answers])


def _of_verdict(found: Answer) -> Standing:
    if isinstance(found.verdict, Denied):
        return "blocked"
    if isinstance(found.verdict, NotGranted):
        return "missing"
    certain = isinstance(found.verdict, Held) and not found.verdict.unread
    return "ready" if certain else "unknown"


def _of_finding(finding: Finding) -> Standing:
    return {FindingStatus.BLOCKED: "blocked", FindingStatus.MISSING: "missing"}.get(finding.status, "unknown")  # type: ignore[return-value]


def _worst(found: Iterable[Standing]) -> Standing:
    order: tuple[Standing, ...] = ("ready", "not-asked", "missing", "unknown", "blocked")
    return max(found, key=order.index, default="ready")


def not_granted(selection: Selection, user: Holdings | None, seen: Observation) -> Iterator[str]:
    """What a person may expect of least privilege, and it does not grant: each in a sentence, unless it is held."""
    if selection.baseline.name != "least-privilege" or user is None or user.identity.arn.kind == "root":
        return
    target = seen.target
    job = f"arn:{target.partition}:sagemaker:{target.region}:{target.account}:training-job/example"
    to_sagemaker = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    submits = [
        Question("sagemaker:CreateTrainingJob", job, caller_keys(user)),
        Question("iam:PassRole", str(target.role), {**caller_keys(user), **to_sagemaker}),
    ]
    name = user.identity.arn.name
    if not isinstance(user.ask_all(submits), Held):
        yield (
            f"Submitting jobs is not part of this baseline: {name} also needs sagemaker:CreateTrainingJob (or the call "
            "for another kind of job) and iam:PassRole on the execution role to sagemaker.amazonaws.com."
        )
    key = f"arn:{target.partition}:kms:{target.region}:{target.account}:key/01234567-89ab-cdef-0123-456789abcdef"
    if not isinstance(user.ask(Question("kms:GenerateDataKey", key, caller_keys(user))), Held):
        bucket = target.key_bucket or f"sagemaker-{target.region}-{target.account}"
        yield (
            f"Public keys go to the bucket {bucket}. Another bucket is not included (--key-bucket s3://BUCKET/PREFIX), "
            f"nor is kms:GenerateDataKey for {name} where the bucket is encrypted with a KMS key."
        )
