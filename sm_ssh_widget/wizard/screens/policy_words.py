"""Policy statements in words: who may do what on what, and only if what; how far it reaches, and why. Pure.

Access levels follow the summaries of the IAM console, from the verb of the action.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from sm_ssh_widget.policy.document import Statement as PolicyStatement
from sm_ssh_widget.policy.document import as_list
from sm_ssh_widget.wizard.leaf_blocks import Statement
from sm_ssh_widget.wizard.screens.labels import plain

Json: TypeAlias = Any
Sign: TypeAlias = Literal["", "+", "-", "="]

PASS_ROLE = "iam:PassRole"  # noqa: S105  # the name of an action
MANAGEMENT = "Permissions management"
_LEVELS = ("List", "Read", "Tagging", "Write", MANAGEMENT)
_MOST_NAMED = 3
_READS = ("Get", "Describe", "BatchGet", "Head", "Decrypt", "StartQuery", "Filter", "Test")
_MANAGES = ("Put", "Attach", "Detach", "Delete", "Create", "Update", "Set", "Add", "Remove", "Pass")
_WITHOUT_RESOURCE = frozenset({"ssm:CreateActivation", "ssm:DescribeInstanceInformation", "ssm:DescribeActivations"})
"""Actions for which AWS offers no resource but ``*``: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html"""
_OPERATORS = {
    "StringEquals": "is",
    "StringNotEquals": "is not",
    "StringLike": "is like",
    "StringNotLike": "is not like",
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "Null": "is absent:",
    "IpAddress": "is in",
}


def statement(found: PolicyStatement, sign: Sign, role: str, *, trust: bool, ours: bool) -> Statement:
    """One statement. ``role`` is the ARN that is shown as *this role*; ``ours`` where we answer for how broad it is."""
    actions = strings(found.get("Action", found.get("NotAction", ())))
    named, more = _actions(found, actions)
    level = "" if trust else _level(actions)
    what = f"{_who(found) if trust else ''}{named}{_on(found, role)}"
    return Statement(
        sign,
        f"Allow {what}" if found.get("Effect") == "Allow" else f"{found.get('Effect', '')} {what}",
        conditions=tuple(_conditions(found, account_of(role))),
        level=MANAGEMENT if trust and sign in ("+", "-") else "PassRole" if PASS_ROLE in actions else level,
        warning=trust or level == MANAGEMENT or PASS_ROLE in actions,
        flags=tuple(_flags(found, actions)) if ours and sign == "+" else (),
        calls=tuple(actions) if more else (),
    )


def account_of(arn: str) -> str:
    """The account of an ARN, empty where it names none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


def strings(value: Json) -> list[str]:
    """The texts of a policy element that holds one, or a list, or a mapping of them."""
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in strings(each)]
    return [str(item) for item in as_list(value)]


def has_pass_role(statements: Iterable[PolicyStatement]) -> bool:
    """Whether one of them lets a role be handed to a service."""
    return any(PASS_ROLE in strings(each.get("Action", ())) for each in statements)


# Who, what, on what


def _who(found: PolicyStatement) -> str:
    whom = " or ".join(_codes(strings(found.get("Principal", found.get("NotPrincipal", ()))), ""))
    return f"{'anyone but ' if 'NotPrincipal' in found else ''}{whom} to call "


def _actions(found: PolicyStatement, actions: list[str]) -> tuple[str, bool]:
    """The actions in words, and whether they are too many to be named."""
    but = "every call but " if "NotAction" in found else ""
    if actions == ["*"]:
        return "every call of every service (`*`)", False
    if len(actions) <= _MOST_NAMED:
        return but + ", ".join(_codes(actions, "")), False
    services: dict[str, list[str]] = {}
    for action in actions:
        services.setdefault(action.partition(":")[0], []).append(action)
    told = [
        f"every call of `{service}`" if f"{service}:*" in of_it else f"{_calls(len(of_it))} of `{service}`"
        for service, of_it in services.items()
    ]
    return but + ", ".join(told), True


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"


def _on(found: PolicyStatement, role: str) -> str:
    for name, but in (("Resource", ""), ("NotResource", "everything but ")):
        if name in found:
            return f" on {but}{' and '.join(_resources(strings(found[name]), role))}"
    return ""


def _resources(values: list[str], role: str) -> Iterator[str]:
    for value in values:
        yield "every resource (`*`)" if value == "*" else next(_codes((value,), role))


def _codes(values: Iterable[str], role: str) -> Iterator[str]:
    return ("this role" if role and value == role else f"`{plain(value)}`" for value in values)


def _conditions(found: PolicyStatement, account: str) -> Iterator[str]:
    blocks = found.get("Condition")
    first = True
    for operator, keys in blocks.items() if isinstance(blocks, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            verb = _OPERATORS.get(operator, operator)
            whole = ["this account" if account and each == account else f"`{plain(each)}`" for each in strings(values)]
            yield f"{'Only if' if first else 'and'} `{plain(key)}` {verb} {' or '.join(whole)}"
            first = False


# How far it reaches


def _level(actions: Iterable[str]) -> str:
    """The highest access level of some actions."""
    return max(map(_level_of, actions), key=_LEVELS.index, default="")


def _level_of(action: str) -> str:
    service, _, name = action.partition(":")
    if service == "*" or name in ("*", ""):
        return MANAGEMENT if service in ("*", "iam", "sts", "organizations") else "Write"
    if name.startswith("List"):
        return "List"
    if name.startswith(_READS):
        return "Read"
    if "Tag" in name and name.startswith(("Add", "Tag", "Untag", "Remove", "Create", "Delete")):
        return "Tagging"
    return MANAGEMENT if service == "iam" and name.startswith(_MANAGES) and name != "PassRole" else "Write"


def _flags(found: PolicyStatement, actions: list[str]) -> Iterator[str]:
    """Why what is broad in a statement of ours is needed."""
    if PASS_ROLE in actions:
        limited = "iam:PassedToService" in "".join(key for each in _condition_keys(found) for key in each)
        whom = "Systems Manager" if limited else "any service, because the guide's statement has no condition"
        yield f"PassRole hands the role to {whom}. Needed: the activation names this role."
    if "*" in strings(found.get("Resource", ())) and found.get("Effect") == "Allow":
        narrow = all(action in _WITHOUT_RESOURCE for action in actions)
        yield ("AWS has no narrower resource for this call." if narrow else "Holds for every resource of this account.")


def _condition_keys(found: PolicyStatement) -> Iterator[Iterable[str]]:
    blocks = found.get("Condition")
    for keys in blocks.values() if isinstance(blocks, Mapping) else ():
        yield keys if isinstance(keys, Mapping) else ()
