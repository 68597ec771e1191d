"""AWS's own explanation of a denial: which policy denied the call, in which layer.

A denial names an authorization id where AWS keeps the details: most calls of IAM, for 24 hours, in one Region. Reading
them is a read like any other. SDKs older than the operation cannot; those older than its ``checks`` report the
matched policies only.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.backoff import Backoff, never
from sm_ssh_widget.aws.session.denial import Denial, Layer
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.clock import Clock, current_clock
from sm_ssh_widget.requirements.judgement import listed
from sm_ssh_widget.requirements.observation import Absent, Fact, Known

Json: TypeAlias = Any

_REGION = "us-east-1"
"""IAM's Region in the partition ``aws``, for a text without a link."""
_MOST_PAGES = 20
_LATER = Backoff(15, initial_s=5, max_s=10)
_LAYERS: Mapping[str, Layer] = {
    "SERVICE_CONTROL_POLICY": "scp",
    "RESOURCE_CONTROL_POLICY": "rcp",
    "VPC_ENDPOINT": "vpc-endpoint",
    "VPC_ENDPOINT_POLICY": "vpc-endpoint",
    "RESOURCE": "resource",
    "RESOURCE_BASED_POLICY": "resource",
    "PRINCIPAL": "identity",
    "IDENTITY_BASED_POLICY": "identity",
    "PERMISSIONS_BOUNDARY": "boundary",
    "SESSION": "session",
    "SESSION_POLICY": "session",
}
_NAMES: Mapping[str, str] = {
    "scp": "service control policies",
    "rcp": "resource control policies",
    "vpc-endpoint": "VPC endpoint policies",
    "resource": "resource-based policies",
    "identity": "identity policies",
    "boundary": "the permissions boundary",
    "session": "session policies",
}
_DENIES = ("EXPLICIT_DENY", "IMPLICIT_DENY")


@dataclass(frozen=True)
class Denier:
    """A cause of the denial: the layer, the policy's URI and the Sids, each empty if AWS does not report it."""

    layer: str
    explicit: bool
    policy: str = ""
    statements: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The layer and the policy in a sentence."""
        kind = _NAMES.get(self.layer, f"policies of the kind {self.layer}" if self.layer else "policies")
        if not self.explicit:
            return f"Not allowed by {kind}."
        sids = f", statement {listed(self.statements)}" if self.statements else ""
        return f"Explicit deny in {kind}{f': {self.policy}' if self.policy else ''}{sids}."


@dataclass(frozen=True)
class Explanation:
    """What AWS evaluated: the call and everything that denied it, in AWS's order."""

    action: str
    resource: str
    deniers: tuple[Denier, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The explanation, in a sentence each."""
        found = [f"{self.action} on {self.resource}:", *(denier.told for denier in self.deniers)]
        others = [denier for denier in self.deniers if denier.layer != "identity" or denier.explicit]
        if others and any(denier.layer == "identity" and not denier.explicit for denier in self.deniers):
            found.append("An identity policy alone does not help.")
        return tuple(found)

    def to_json(self) -> dict[str, Json]:
        """``{"action", "resource", "denied_by": [{"layer", "explicit", "policy", "statements"}]}``."""
        denied_by = [
            {"layer": d.layer, "explicit": d.explicit, "policy": d.policy, "statements": list(d.statements)}
            for d in self.deniers
        ]
        return {"action": self.action, "resource": self.resource, "denied_by": denied_by}


def explain(denial: Denial, reader: Reader, *, clock: Clock | None = None) -> Fact[tuple[Explanation, ...]]:
    """Read the explanation of a denial; absent if AWS keeps no details, also after about 20 s.

    Details are recorded a while after the denial, so a first answer that there are none is not the last.
    """
    if not denial.authorization_id:
        return Absent()
    found = _details(denial, reader)
    for _ in _LATER.pauses(clock or current_clock(), never) if isinstance(found, Absent) else ():
        found = _details(denial, reader)
        if not isinstance(found, Absent):
            break
    return found


def _details(denial: Denial, reader: Reader) -> Fact[tuple[Explanation, ...]]:
    evaluations: list[Json] = []
    policies: list[Json] = []
    more: dict[str, str] = {}
    read = ""
    for _ in range(_MOST_PAGES):
        answer = reader.read(
            "iam-toolbox",
            "GetRequestAuthorizationDetails",
            region=denial.region or _REGION,
            authorizationId=denial.authorization_id,
            **more,
        )
        if not isinstance(answer, Known):
            return answer
        evaluations += answer.value["evaluations"]
        policies += answer.value["policies"]
        read = answer.read
        if not answer.value.get("nextToken"):
            break
        more = {"nextToken": answer.value["nextToken"]}
    return Known(explanations(evaluations, policies), read)


def explanations(evaluations: Iterable[Json], policies: Iterable[Json]) -> tuple[Explanation, ...]:
    """Return the evaluations that denied, from the members of an answer."""
    types = {str(each["uri"]): str(each.get("type", "")) for each in policies if "uri" in each}
    return tuple(
        Explanation(str(each["action"]), str(each["resource"]), _deniers(each, types))
        for each in evaluations
        if each.get("evaluatedEffect") != "ALLOW"
    )


def _deniers(evaluation: Mapping[str, Json], types: Mapping[str, str]) -> tuple[Denier, ...]:
    if evaluation.get("checks"):
        return tuple(denier for check in evaluation["checks"] for denier in _of_check(check))
    explicit = tuple(_of_policies("", evaluation.get("matchedPolicies", ()), types))
    if explicit or evaluation.get("evaluatedEffect") != "IMPLICIT_DENY":
        return explicit or (Denier("", explicit=True),)
    return (Denier("", explicit=False),)


def _of_check(check: Mapping[str, Json]) -> Iterator[Denier]:
    effect, kind = check.get("evaluatedEffect"), str(check.get("checkType", ""))
    layer = _LAYERS.get(kind, kind)  # a kind of tomorrow stands as AWS writes it
    if effect not in _DENIES:
        return
    if effect == "IMPLICIT_DENY":
        yield Denier(layer, explicit=False)
        return
    found = tuple(_of_policies(layer, check.get("matchedPolicies", ()), {}))
    yield from found or (Denier(layer, explicit=True, policy=str(check.get("targetArn", ""))),)


def _of_policies(layer: str, matched: Sequence[Mapping[str, Json]], types: Mapping[str, str]) -> Iterator[Denier]:
    """The policies with a matched Deny statement."""
    for policy in matched:
        denies = [each for each in policy.get("matchedStatements", ()) if each.get("evaluatedEffect") == "DENY"]
        if denies:
            kind = types.get(str(policy["uri"]), "")
            sids = tuple(str(each["sid"]) for each in denies if each.get("sid"))
            yield Denier(layer or _LAYERS.get(kind, kind), explicit=True, policy=str(policy["uri"]), statements=sids)
