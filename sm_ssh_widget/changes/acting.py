"""Which calls of a plan the signed-in identity can make, as far as IAM's simulator tells. Pure.

It stands beside a plan and outside of its digest: the digest does not depend on the identity that applies the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sm_ssh_widget.changes.kinds import KINDS, Form
from sm_ssh_widget.changes.plan import Beside, Change, Plan
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any


_LAYERS: Mapping[str, str] = {
    "scp": "blocked by a service control policy of the organization",
    "boundary": "blocked by its permissions boundary",
    "identity": "no policy allows it",
}


@dataclass(frozen=True)
class PlannedCall:
    """One call of a plan as IAM judges it: the action, its resource, and the condition keys that it brings.

    ``resource`` is empty where the call names resources that do not exist yet.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefusedCall:
    """A call that the identity cannot make: the layer that blocks it, and the policy's name where AWS tells it."""

    call: str
    layer: str
    by: str
    findings: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """What blocks the call, in a few words."""
        if self.by and self.layer == "identity":
            return f"denied by {self.by}"
        return _LAYERS.get(self.layer, f"blocked by its {self.layer} policy")

    def to_json(self) -> dict[str, Json]:
        """``{"call", "layer", "by"}``."""
        return {"call": self.call, "layer": self.layer, "by": self.by}


@dataclass(frozen=True)
class Acting:
    """What the identity ``arn`` can do of a plan: each call is in one of the three lists."""

    arn: str
    may: tuple[str, ...] = ()
    may_not: tuple[RefusedCall, ...] = ()
    unknown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """``{"arn", "may", "may_not", "unknown"}``."""
        return {
            "arn": self.arn,
            "may": list(self.may),
            "may_not": [each.to_json() for each in self.may_not],
            "unknown": list(self.unknown),
        }


def joined(found: Sequence[Acting]) -> Acting:
    """Join what one identity can do of several plans: a call that one of them is refused is refused.

    Raises ``IndexError`` for no plan.
    """
    refused = {(each.call, each.layer, each.by): each for acting in found for each in acting.may_not}
    names = {each.call for each in refused.values()}
    unknown = tuple(dict.fromkeys(call for acting in found for call in acting.unknown if call not in names))
    may = tuple(dict.fromkeys(call for acting in found for call in acting.may if call not in (*names, *unknown)))
    return Acting(found[0].arn, may, tuple(refused.values()), unknown)


def calls_of(plan: Plan) -> tuple[PlannedCall, ...]:
    """The calls that apply the plan, each once, in their order."""
    found: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[str]] = {}
    for change in plan.changes:
        for action in _actions(change):
            resource = "" if KINDS[change.kind].form is Form.CREATED else change.resource["arn"]
            found.setdefault((action, resource, _context(change)), []).append(change.finding)
    return tuple(PlannedCall(*key, tuple(dict.fromkeys(findings))) for key, findings in found.items())


def _actions(change: Change) -> Iterator[str]:
    for call in change.calls:
        yield f"{call.service}:{call.operation}"


def _context(change: Change) -> tuple[tuple[str, str], ...]:
    policy = change.resource.get("policy_arn")
    return (("iam:PolicyARN", policy),) if policy else ()


def refusal_text(acting: Acting) -> str:
    """What the identity cannot do of the plan, in a sentence; empty where nothing is known to be refused."""
    if not acting.may_not:
        return ""
    calls = ", ".join(f"{each.call} ({each.why})" for each in acting.may_not)
    return f"{acting.arn} cannot make every call of this plan: {calls}."


def with_acting(beside: Beside, acting: Acting | None) -> Beside:
    """What stands beside a plan, with who signs in; missing permissions are the first caveat."""
    if acting is None:
        return beside
    refused = (refusal_text(acting),) if acting.may_not else ()
    return replace(beside, acting=acting.to_json(), caveats=(*refused, *beside.caveats))


def refuse(plan: Plan, acting: Acting | None) -> None:
    """Raise :class:`Problem` (``refused``) before the first write of a plan that is known to be refused part way."""
    if acting is None or not acting.may_not:
        return
    refused = {finding for each in acting.may_not for finding in each.findings}
    left = [finding for finding in dict.fromkeys(change.finding for change in plan.changes) if finding not in refused]
    others = f", or plan without it: --step {' --step '.join(left)}" if left else ""
    next = f"Sign in as an identity that can make these calls{others}"
    raise Problem("Checking the plan", f"{refusal_text(acting)} Nothing was written.", next, Code.REFUSED)
