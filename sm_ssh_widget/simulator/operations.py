"""Declaration of the operations of the simulated account, and the data of a call."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sm_ssh_widget.policy.evaluate import Decision, Outcome
from sm_ssh_widget.simulator import authorise
from sm_ssh_widget.simulator.credentials import RequestCaller
from sm_ssh_widget.simulator.errors import AwsError, PassOn
from sm_ssh_widget.simulator.faults import Fault
from sm_ssh_widget.simulator.state import AccountState, Kind
from sm_ssh_widget.simulator.world import World

ACTION_PREFIXES = {
    "sso-admin": "sso",
    "accessanalyzer": "access-analyzer",
    "resourcegroupstaggingapi": "tag",
    "iam-toolbox": "iam",
}
READ_VERBS = (
    "Get",
    "BatchGet",
    "List",
    "Describe",
    "Simulate",
    "Lookup",
    "Search",
    "Head",
    "AssumeRole",
    "Decode",
    "Validate",
)


@dataclass(frozen=True)
class ServiceCall:
    """One call: caller, operation, Region, and the faults that apply to it."""

    world: World
    service: str
    operation: str
    region: str
    parameters: dict[str, Any]
    caller: RequestCaller | None
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def state(self) -> AccountState:
        """Current state of the account."""
        return self.world.state

    @property
    def action(self) -> str:
        """IAM action of the operation."""
        return f"{ACTION_PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def is_write(self) -> bool:
        """Whether the operation changes the account."""
        return not self.operation.startswith(READ_VERBS) and self.operation != "GetSessionToken"

    def arn(self, resource: str, service: str = "") -> str:
        """Build an ARN of this account in this Region."""
        return f"arn:{self.state.partition}:{service or self.service}:{self.region}:{self.state.account}:{resource}"

    def require(
        self,
        action: str,
        resource: str,
        context: Mapping[str, Any] | None = None,
        policy: ResourcePolicy | None = None,
    ) -> None:
        """Raise AWS's refusal unless the caller is allowed ``action`` on ``resource``."""
        decision = self.decision(action, resource, context, policy)
        if decision is not None and decision.outcome is not Outcome.ALLOWED:
            raise self.refusal(action, resource, decision)

    def decision(
        self,
        action: str,
        resource: str,
        context: Mapping[str, Any] | None = None,
        policy: ResourcePolicy | None = None,
    ) -> Decision | None:
        """Return the decision for the caller; ``None`` for an unsigned call."""
        if self.caller is None:
            return None
        keys = self.context(context)
        own = authorise.compiled(policy.text, policy.name) if policy else None
        return authorise.decide(
            self.state, self.caller, action, resource, context=keys, denies=self.denies, resource_policy=own
        )

    def refusal(self, action: str, resource: str, decision: Decision) -> AwsError:
        """Return AWS's refusal for a decision."""
        assert self.caller is not None  # noqa: S101 - only a known caller is judged
        tail = authorise.because(decision, action, authorise.policy_arn(self.state, decision))
        return self.denied(action, resource, tail, decision)

    def denied(self, action: str, resource: str, tail: str, decision: Decision | None = None) -> AwsError:
        """Return AWS's refusal with a reason; for IAM with an authorization ID, if the account has them."""
        assert self.caller is not None  # noqa: S101 - only a known caller is judged
        if self.service == "iam" and self.state.conditions["AuthorizationIds"] and self.state.partition == "aws":
            identity = authorise.authorization_id()
            self.world.authorizations[identity] = {
                "region": self.region,
                "at": self.state.now(),
                **authorise.details(action, resource, decision),
            }
            tail += authorise.authorization_tail(self.region, identity)
        return authorise.access_denied(self.service, self.caller, action, resource, tail)

    def context(self, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Condition keys of this call."""
        known = authorise.caller_context(self.state, self.caller, self.region) if self.caller else {}
        return known | dict(more or {})

    @property
    def denies(self) -> tuple[str, ...]:
        """Service control policies from fault switches."""
        return self.world.scp_denies()

    def page(self, items: Sequence[Any], size: Any, token: Any, default: int = 100) -> tuple[list[Any], str | None]:
        """Return one page and the token of the next. Raises ``ValidationError`` for an unknown token."""
        fault = self.faults.get("small-pages")
        step = min(int(size or default), fault.size) if fault else int(size or default)
        start = _position(token)
        following = _token(start + step) if start + step < len(items) else None
        return list(items[start : start + step]), following

    def before_write(self, kind: Kind, name: str) -> None:
        """Hide the next write from readers for the duration of the fault switch."""
        fault = self.faults.get("delay-visibility")
        if fault:
            self.state.veil(kind, name, fault.seconds)


AnsweredBy = Literal["ours", "moto"]
Handler = Callable[[ServiceCall], dict[str, Any]]
Resources = Callable[[ServiceCall], Sequence[str]]
MoreContext = Callable[[ServiceCall, str], Mapping[str, Any]]
PolicyOf = Callable[[ServiceCall, str], "ResourcePolicy | None"]


@dataclass(frozen=True)
class ResourcePolicy:
    """Policy of a resource."""

    name: str
    text: str


@dataclass(frozen=True)
class Operation:
    """Authorization and handler of an operation.

    ``on``: the ARNs to authorize, each; ``context``: condition keys of each ARN; ``policy``: resource policy of each
    ARN; ``action``: the IAM action if it differs from the operation's name; ``judged``: ``False`` if the handler
    authorizes by itself or no permission is needed; ``by``: who answers an allowed call.
    """

    handler: Handler
    on: Resources
    context: MoreContext
    policy: PolicyOf
    action: str = ""
    judged: bool = True
    by: AnsweredBy = "ours"

    def judge(self, call: ServiceCall) -> None:
        """Raise AWS's refusal unless the caller is allowed the action on every resource of the call."""
        action = self.action or call.action
        if "deny" in call.faults and self.judged and call.caller:
            raise call.denied(action, next(iter(self.on(call)), "*"), call.faults["deny"].reason_for(action))
        for resource in self.on(call) if self.judged else ():
            call.require(action, resource, self.context(call, resource), self.policy(call, resource))


OPERATIONS: dict[tuple[str, str], Operation] = {}


def everything(_: ServiceCall) -> Sequence[str]:
    """Return the resource of an action without resource types."""
    return ("*",)


def _nothing(_: ServiceCall, __: str) -> Mapping[str, Any]:
    return {}


def _no_policy(_: ServiceCall, __: str) -> ResourcePolicy | None:
    return None


def operation(
    service: str,
    name: str,
    *,
    on: Resources = everything,
    context: MoreContext = _nothing,
    policy: PolicyOf = _no_policy,
    action: str = "",
    judged: bool = True,
    by: AnsweredBy = "ours",
) -> Callable[[Handler], Handler]:
    """Declare a handler with the parameters of :class:`Operation`. A handler for moto raises :class:`PassOn`."""

    def declare(handler: Handler) -> Handler:
        OPERATIONS[service, name] = Operation(handler, on, context, policy, action, judged, by)
        return handler

    return declare


def passed_on(_: ServiceCall) -> dict[str, Any]:
    """Let moto answer the authorized call."""
    raise PassOn


def table() -> list[tuple[str, str, str]]:
    """List every supported operation: name, who answers (``ours``, ``moto``), and the authorized resource."""
    return [(f"{service}:{name}", each.by, _judged_on(each)) for (service, name), each in sorted(OPERATIONS.items())]


def _judged_on(each: Operation) -> str:
    if not each.judged:
        return "by its handler, or not at all"
    where = "*" if each.on is everything else "the resource that it names"
    return f"{where} ({each.action})" if each.action else where


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"page-{position}".encode()).decode()


def _position(token: Any) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(str(token)).decode().removeprefix("page-"))
    except ValueError:
        raise AwsError("ValidationError", "Invalid Marker.") from None
