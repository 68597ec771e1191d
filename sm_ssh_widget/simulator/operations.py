"""The operations that the simulated account answers itself: how one is declared, and what a call carries."""

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

ACTION_PREFIXES = {"sso-admin": "sso", "accessanalyzer": "access-analyzer", "resourcegroupstaggingapi": "tag"}
READ_VERBS = ("Get", "List", "Describe", "Simulate", "Lookup", "Search", "Head", "AssumeRole", "Decode", "Validate")


@dataclass(frozen=True)
class ServiceCall:
    """One call on its way through: who, what, where, and the faults that hit it."""

    world: World
    service: str
    operation: str
    region: str
    parameters: dict[str, Any]
    caller: RequestCaller | None
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def state(self) -> AccountState:
        """The account as it is."""
        return self.world.state

    @property
    def action(self) -> str:
        """The IAM action behind the operation."""
        return f"{ACTION_PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def is_write(self) -> bool:
        """Whether the operation changes the account."""
        return not self.operation.startswith(READ_VERBS) and self.operation != "GetSessionToken"

    def arn(self, resource: str, service: str = "") -> str:
        """An ARN of this account in this Region."""
        return f"arn:{self.state.partition}:{service or self.service}:{self.region}:{self.state.account}:{resource}"

    def require(
        self,
        action: str,
        resource: str,
        context: Mapping[str, Any] | None = None,
        policy: ResourcePolicy | None = None,
    ) -> None:
        """Raise AWS's refusal unless the caller may do ``action`` on ``resource``."""
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
        """Whether the caller may, and why; ``None`` for a call that nobody has signed."""
        if self.caller is None:
            return None
        keys = self.context(context)
        own = authorise.compiled(policy.text, policy.name) if policy else None
        return authorise.decide(
            self.state, self.caller, action, resource, context=keys, denies=self.denies, resource_policy=own
        )

    def refusal(self, action: str, resource: str, decision: Decision) -> AwsError:
        """AWS's refusal for a decision."""
        assert self.caller is not None  # noqa: S101 - only a known caller is judged
        tail = authorise.because(decision, action, authorise.policy_arn(self.state, decision))
        return self.denied(action, resource, tail)

    def denied(self, action: str, resource: str, tail: str) -> AwsError:
        """AWS's refusal with such a reason; IAM's has an authorization id behind it, where the account has them."""
        assert self.caller is not None  # noqa: S101 - only a known caller is judged
        if self.service == "iam" and self.state.conditions["AuthorizationIds"] and self.state.partition == "aws":
            tail += authorise.authorization_tail(self.region)
        return authorise.access_denied(self.service, self.caller, action, resource, tail)

    def context(self, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The condition keys of this call."""
        known = authorise.caller_context(self.state, self.caller, self.region) if self.caller else {}
        return known | dict(more or {})

    @property
    def denies(self) -> tuple[str, ...]:
        """Service control policies that a fault switch puts into force for this account."""
        return self.world.scp_denies()

    def page(self, items: Sequence[Any], size: Any, token: Any, default: int = 100) -> tuple[list[Any], str | None]:
        """One page and the token of the next. A token that we did not give raises ``ValidationError``."""
        fault = self.faults.get("small-pages")
        step = min(int(size or default), fault.size) if fault else int(size or default)
        start = _position(token)
        following = _token(start + step) if start + step < len(items) else None
        return list(items[start : start + step]), following

    def before_write(self, kind: Kind, name: str) -> None:
        """Hide the write that follows from readers for as long as the fault switch says."""
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
    """The policy that a resource itself has."""

    name: str
    text: str


@dataclass(frozen=True)
class Operation:
    """How an operation is judged and answered.

    ``on``: the ARNs that it is judged on, each; ``context``: the keys that each brings; ``policy``: the policy that
    each has; ``action``: what it is judged as, where that is not its own name; ``judged``: ``False`` where the handler
    authorises by itself, or nobody needs a permission; ``by``: who answers once it is allowed.
    """

    handler: Handler
    on: Resources
    context: MoreContext
    policy: PolicyOf
    action: str = ""
    judged: bool = True
    by: AnsweredBy = "ours"

    def judge(self, call: ServiceCall) -> None:
        """Raise AWS's refusal unless the caller may do this on everything that the call names."""
        action = self.action or call.action
        if "deny" in call.faults and self.judged and call.caller:
            raise call.denied(action, next(iter(self.on(call)), "*"), call.faults["deny"].reason_for(action))
        for resource in self.on(call) if self.judged else ():
            call.require(action, resource, self.context(call, resource), self.policy(call, resource))


OPERATIONS: dict[tuple[str, str], Operation] = {}


def everything(_: ServiceCall) -> Sequence[str]:
    """The resource of an action that has no resource types."""
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
    """Declare a handler, with the parameters of :class:`Operation`. One of moto's ends in :class:`PassOn`."""

    def declare(handler: Handler) -> Handler:
        OPERATIONS[service, name] = Operation(handler, on, context, policy, action, judged, by)
        return handler

    return declare


def passed_on(_: ServiceCall) -> dict[str, Any]:
    """Let moto answer what has been judged."""
    raise PassOn


def table() -> list[tuple[str, str, str]]:
    """Every operation that is answered: its name, by whom (``ours``, ``moto``), and what it is judged on."""
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
