"""Reasons not to apply, by name: a brake of its own, behind planning and before applying.

Planning should never make a plan that trips it. It looks at the plan as a stranger would, so a plan that another
program made, or a fault of ours, cannot take anything away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sm_ssh_widget.changes import replan_check
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan
from sm_ssh_widget.policy.arn import Arn, ArnError, PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, parse, statements
from sm_ssh_widget.problem import Code, Problem

_DOCUMENTS = (Kind.TRUST, Kind.ROLE_INLINE, Kind.USER_INLINE)
_THERE_AFTERWARDS = (*_DOCUMENTS, Kind.ATTACH_ROLE_POLICY, Kind.ATTACH_USER_POLICY, Kind.ROLE)

# The calls that write each kind, there and back
_WRITERS: Mapping[Kind, frozenset[str]] = {
    Kind.TRUST: frozenset({"iam:UpdateAssumeRolePolicy"}),
    Kind.ATTACH_ROLE_POLICY: frozenset({"iam:AttachRolePolicy", "iam:DetachRolePolicy"}),
    Kind.ROLE_INLINE: frozenset({"iam:PutRolePolicy", "iam:DeleteRolePolicy"}),
    Kind.ATTACH_USER_POLICY: frozenset({"iam:AttachUserPolicy", "iam:DetachUserPolicy"}),
    Kind.USER_INLINE: frozenset({"iam:PutUserPolicy", "iam:DeleteUserPolicy"}),
    Kind.SERVICE_SETTING: frozenset({"ssm:UpdateServiceSetting", "ssm:ResetServiceSetting"}),
    Kind.ROLE: frozenset({"iam:CreateRole", "iam:DeleteRole"}),
    Kind.QUICK_SETUP: frozenset(
        {"ssm-quicksetup:CreateConfigurationManager", "ssm-quicksetup:DeleteConfigurationManager"}
    ),
    Kind.INSTANCE: frozenset(
        {"ec2:RunInstances", "ec2:TerminateInstances", "ssm:StartSession", "ssm:TerminateSession"}
    ),
}
_NAMES = {
    "RoleName": "role",
    "UserName": "user",
    "PolicyName": "policy",
    "PolicyArn": "policy_arn",
    "SettingId": "setting_id",
}


class Unsafe(Problem):
    """A plan that must not be applied; ``name`` is the reason's name."""

    def __init__(self, name: str, said: str, remedy: str, where: str = "Before applying") -> None:
        super().__init__(where, said, remedy, Code.REFUSED)
        self.name = name


def check(plan: Plan, *, account: str, taking_back: bool = False) -> None:
    """Raise :class:`Unsafe` for the first reason not to apply ``plan`` with credentials of ``account``.

    ``taking_back``: the plan is the inverse of one that a journal holds, and so may take away what that one brought.
    """
    if plan.undoes and not taking_back:
        said = "the plan takes back another one, and only the journal of that one can be undone."
        raise Unsafe("takes-back", said, "Take it back: sm-ssh-widget undo JOURNAL")
    if account != plan.account:
        said = f"the credentials are of account {account}, the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, f"Sign in to account {plan.account}.")
    for change in plan.changes:
        _check_resource(plan, change)
        if not taking_back:
            _check_kept(change)
        _check_calls(change)
    if not taking_back:
        check_origin(plan)


def check_origin(plan: Plan, where: str = "Before applying") -> None:
    """Raise :class:`Unsafe` for a plan that this program would not make, whoever made it and however it was edited."""
    try:
        found = replan_check.first_mismatch(plan)
    except (Problem, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        found = f"it cannot be read ({type(error).__name__})"
    if found:
        said = f"this program would not plan it so ({found}): it was edited, or another version of it made the plan."
        raise Unsafe("not-ours", said, "Make the plan again, and read it before it is applied.", where)


def _check_resource(plan: Plan, change: Change) -> None:
    text = str(change.resource.get("arn", ""))
    try:
        arn = Arn.parse(text)
        name = PrincipalArn.parse(text).name if arn.service == "iam" else None
    except ArnError as error:
        raise Unsafe("path-not-known", f"{change.id}: {error}.", "Make the plan again with --role ARN.") from error
    if arn.account != plan.account:
        said = f"{change.id} is about account {arn.account}, the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, "Make the plan again.")
    if name not in (None, change.resource.get("role"), change.resource.get("user")):
        raise Unsafe("other-name", f"{change.id} names two identities as one.", "Make the plan again.")


def _check_calls(change: Change) -> None:
    """Each call writes this kind, on this resource, and what the change says it does."""
    for call in change.calls:
        if f"{call.service}:{call.operation}" not in _WRITERS[change.kind] or not _says_the_same(call, change):
            said = f"{change.id} would call {call.service}:{call.operation} otherwise than it says."
            raise Unsafe("other-call", said, "Make the plan again; report it if it happens twice.")


def _says_the_same(call: Call, change: Change) -> bool:
    said: dict[str, Any] = {key: change.resource.get(name) for key, name in _NAMES.items()}
    said |= {"PolicyDocument": change.after, "AssumeRolePolicyDocument": change.after}
    if change.kind is Kind.SERVICE_SETTING:
        said["SettingValue"] = change.after.get("value") if isinstance(change.after, Mapping) else None
    return all(said[key] == value for key, value in call.parameters.items() if key in said)


def _check_kept(change: Change) -> None:
    if change.kind in _THERE_AFTERWARDS and not change.after:
        said = f"{change.id} would take away what is there."
        raise Unsafe("takes-away", said, "Make the plan again; report it if it happens twice.")
    if change.kind in _DOCUMENTS:
        _check_statements(change)


def _check_statements(change: Change) -> None:
    try:
        before = list(statements(parse(change.before))) if change.before else []
        after = list(statements(parse(change.after)))
    except PolicyError as error:
        raise Unsafe("malformed", f"{change.id}: {error}.", "Make the plan again.") from error
    if after[: len(before)] != before:
        said = f"{change.id} would drop or change a statement that is there."
        raise Unsafe("statement-lost", said, "Make the plan again; report it if it happens twice.")
