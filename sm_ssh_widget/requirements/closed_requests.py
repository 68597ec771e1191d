"""Decisions that rest on no condition key: the same for every identity of an account that has the same statements.

Many roles hold the same policies, and most statements about SSH Helper's requests have no condition. What they decide
is remembered across roles.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

from sm_ssh_widget.policy.compiled import CompiledPolicy
from sm_ssh_widget.policy.evaluate import Decision, Policies, Request, evaluate

Narrowed: TypeAlias = tuple[CompiledPolicy, ...]

_MOST = 2048
_DECIDED: dict[Hashable, tuple[Narrowed, Decision]] = {}
"""By action, resource, and the identity of each policy: the policies are kept, so that no other takes their place."""


def is_closed(policies: Narrowed) -> bool:
    """Return whether no condition, variable, reading or principal decides about a request of these policies."""
    return not any(
        statement.may_be_open or statement.principals is not None for each in policies for statement in each.statements
    )


def decide_closed(principal: str, action: str, resource: str, identity: Narrowed, boundaries: Narrowed) -> Decision:
    """Decide about a request of a role or user in its own account, from policies that are closed.

    The policies hold only statements about the action. Raises :class:`.document.PolicyError` for what is no action.
    """
    key = (action, resource, tuple(map(id, identity)), tuple(map(id, boundaries)))
    found = _DECIDED.get(key)
    if found is None:
        account = principal.split(":", 5)[4]
        policies = Policies(identity=identity, boundaries=boundaries)
        if len(_DECIDED) >= _MOST:
            _DECIDED.clear()
        decision = evaluate(Request(principal, action, resource, account), policies)
        found = _DECIDED[key] = ((*identity, *boundaries), decision)
    return found[1]
