"""Roles by name: where IAM keeps them, whom they trust, and which can be an execution role.

A Studio role may often list roles and not get one; both calls give the ARN with its path and the trust policy.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Outcome
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.trust import Circumstances, judge_either

SERVICE = "sagemaker.amazonaws.com"
LONGEST_FOR_ACTIVATION = 64
"""Characters of path and name that ``ssm:CreateActivation`` takes as ``IamRole``."""

_BASE_NOTEBOOK_ROLE = "BaseNotebookInstanceEc2InstanceRole"


@dataclass(frozen=True)
class SeenRole:
    """A role as IAM knows it: its full ARN and its trust policy, to the letter."""

    arn: PrincipalArn
    trust: str


def find_role(reader: Reader, wanted: PrincipalArn, *, at_once: bool = False) -> Fact[SeenRole]:
    """Find a role by its name: ``GetRole``, and ``ListRoles`` where that is denied (``at_once``: both side by side).

    ``Absent`` when the reader's account has no such role. A role of the same name in another account is ``Unknown``.
    """
    if at_once:
        got, listed = reader.in_parallel(lambda: _get(reader, wanted), lambda: _listed(reader, wanted))
    else:
        got = _get(reader, wanted)
        listed = _listed(reader, wanted) if isinstance(got, Unknown) else got
    found = got if not isinstance(got, Unknown) or isinstance(listed, Unknown) else listed
    return _of_account(found, wanted)


def list_candidates(reader: Reader, region: str) -> Fact[tuple[PrincipalArn, ...]]:
    """The roles of the account that can be an execution role, by name: what a person picks from."""
    fact = reader.read_all("iam", "ListRoles", "Roles", page_size=1000)
    if not isinstance(fact, Known):
        return fact
    seen = (role for role in map(_seen, fact.value) if role is not None)
    usable = (role.arn for role in seen if why_not(role.arn, role.trust, region) is None)
    return Known(tuple(sorted(usable, key=lambda arn: arn.name.lower())), fact.read)


def why_not(role: PrincipalArn, trust: str | None, region: str) -> str | None:
    """Why a role cannot be an execution role, or ``None``; without ``trust`` only its name and path are judged."""
    path = role.path or ""
    if role.name.startswith("AWSReservedSSO_") or path.startswith("/aws-reserved/"):
        return f"{role.name} is a role of Identity Center, made for people."
    if path.startswith("/aws-service-role/") or role.name.startswith("AWSServiceRoleFor"):
        return f"{role.name} is a service-linked role, which only its service can use."
    if role.name == _BASE_NOTEBOOK_ROLE:
        return f"{role.name} belongs to an account of SageMaker's own, not to yours."
    if trust is not None and not trusts_sagemaker(role, trust, region):
        return f"SageMaker cannot assume {role.name}: its trust policy does not allow it."
    return None


def trusts_sagemaker(role: PrincipalArn, trust: str, region: str) -> bool:
    """Whether SageMaker may assume the role, or may when conditions hold that cannot be known; false if unreadable."""
    try:
        outcome = judge_either(trust, SERVICE, Circumstances(role, region)).decision.outcome
    except PolicyError:
        return False
    return outcome in (Outcome.ALLOWED, Outcome.DEPENDS)


def _get(reader: Reader, wanted: PrincipalArn) -> Fact[SeenRole]:
    fact = reader.read("iam", "GetRole", RoleName=wanted.name)
    return _known(_seen(fact.value["Role"]), fact.read) if isinstance(fact, Known) else fact


def _listed(reader: Reader, wanted: PrincipalArn) -> Fact[SeenRole]:
    where = {"PathPrefix": wanted.path} if wanted.path else {}
    fact = reader.read_all("iam", "ListRoles", "Roles", page_size=1000, **where)
    if not isinstance(fact, Known):
        return fact
    named = next((role for role in fact.value if role.get("RoleName") == wanted.name), None)
    return Absent(fact.read) if named is None else _known(_seen(named), fact.read)


def _seen(role: Mapping[str, Any]) -> SeenRole | None:
    try:
        return SeenRole(PrincipalArn.parse(role["Arn"]), role.get("AssumeRolePolicyDocument", ""))
    except (ArnError, KeyError):
        return None


def _known(role: SeenRole | None, read: str) -> Fact[SeenRole]:
    if role is not None:
        return Known(role, read)
    return Unknown(Reason.UNPARSABLE, read, "The answer names no role.", "Look at the role in the IAM console.")


def _of_account(fact: Fact[SeenRole], wanted: PrincipalArn) -> Fact[SeenRole]:
    if isinstance(fact, Known) and fact.value.arn.account != wanted.account:
        said = f"This is the role of account {fact.value.arn.account}, not of {wanted.account}."
        return Unknown(Reason.DENIED, fact.read, said, f"Sign in to account {wanted.account}.")
    return fact
