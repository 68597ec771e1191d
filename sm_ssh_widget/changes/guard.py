"""Reasons not to apply, by name: a brake of its own, behind planning and before applying.

Planning should never make a plan that trips it. It looks at the plan as a stranger would, so a plan that another
program made, or a fault of ours, cannot take anything away.
"""

from __future__ import annotations

from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.policy.arn import Arn, ArnError, PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, parse, statements
from sm_ssh_widget.problem import Code, Problem

_DOCUMENTS = (Kind.TRUST, Kind.ROLE_INLINE, Kind.USER_INLINE)


class Unsafe(Problem):
    """A plan that must not be applied; ``name`` is the reason's name."""

    def __init__(self, name: str, said: str, next: str) -> None:
        super().__init__("Before applying", said, next, Code.REFUSED)
        self.name = name


def check(plan: Plan, *, account: str) -> None:
    """Raise :class:`Unsafe` for the first reason not to apply ``plan`` with credentials of ``account``."""
    if account != plan.account:
        said = f"the credentials are of account {account}, the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, f"Sign in to account {plan.account}.")
    for change in plan.changes:
        _check_resource(plan, change)
        if change.kind in _DOCUMENTS and not plan.undoes:
            _check_statements(change)


def _check_resource(plan: Plan, change: Change) -> None:
    text = change.resource.get("arn", "")
    try:
        arn = Arn.parse(text)
        if arn.service == "iam":
            PrincipalArn.parse(text)
    except ArnError as error:
        raise Unsafe("path-not-known", f"{change.id}: {error}.", "Make the plan again with --role ARN.") from error
    if arn.account != plan.account:
        said = f"{change.id} is about account {arn.account}, the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, "Make the plan again.")


def _check_statements(change: Change) -> None:
    try:
        before = list(statements(parse(change.before))) if change.before else []
        after = list(statements(parse(change.after)))
    except PolicyError as error:
        raise Unsafe("malformed", f"{change.id}: {error}.", "Make the plan again.") from error
    if after[: len(before)] != before:
        said = f"{change.id} would drop or change a statement that is there."
        raise Unsafe("statement-lost", said, "Make the plan again; report it if it happens twice.")
