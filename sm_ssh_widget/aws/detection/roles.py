"""Roles by name: ARN, trust policy, and whether they can be an execution role.

A Studio role can often call ListRoles but not GetRole; both return the ARN with its path and the trust policy.
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
"""Maximum length of path and name that ``ssm:CreateActivation`` accepts as ``IamRole``."""

_BASE_NOTEBOOK_ROLE = "BaseNotebookInstanceEc2InstanceRole"


@dataclass(frozen=True)
class SeenRole:
    """A role as IAM returns it: complete ARN and trust policy as stored."""

    arn: PrincipalArn
    trust: str


def find_role(reader: Reader, wanted: PrincipalArn, *, at_once: bool = False) -> Fact[SeenRole]:
    """Find a role by name: ``GetRole``, and ``ListRoles`` if that is denied (``at_once``: both in parallel).

    ``Absent`` if the reader's account has no such role; ``Unknown`` if the role belongs to another account.
    """
    if at_once:
        got, listed = reader.in_parallel(lambda: _get(reader, wanted), lambda: _listed(reader, wanted))
    else:
        got = _get(reader, wanted)
        listed = _listed(reader, wanted) if isinstance(got, Unknown) else got
    found = got if not isinstance(got, Unknown) or isinstance(listed, Unknown) else listed
    return _of_account(found, wanted)


def list_candidates(reader: Reader, region: str) -> Fact[tuple[PrincipalArn, ...]]:
    """List the roles of the account that can be an execution role, by name, for a person to choose from."""
    fact = reader.read_all("iam", "ListRoles", "Roles", page_size=1000)
    if not isinstance(fact, Known):
        return fact
    seen = (role for role in map(_seen, fact.value) if role is not None)
    usable = (role.arn for role in seen if why_not(role.arn, role.trust, region) is None)
    return Known(tuple(sorted(usable, key=lambda arn: arn.name.lower())), fact.read)


def why_not(role: PrincipalArn, trust: str | None, region: str) -> str | None:
    """Say why a role cannot be an execution role, or ``None``. Without ``trust`` only name and path count."""
    path = role.path or ""
    if role.name.startswith("AWSReservedSSO_") or path.startswith("/aws-reserved/"):
        return f"{role.name} is an IAM Identity Center role for people, not an execution role."
    if path.startswith("/aws-service-role/") or role.name.startswith("AWSServiceRoleFor"):
        return f"{role.name} is a service-linked role. Only its service can use it."
    if role.name == _BASE_NOTEBOOK_ROLE:
        return f"{role.name} belongs to an AWS-owned account, not to yours."
    if trust is not None and not trusts_sagemaker(role, trust, region):
        return f"SageMaker cannot assume {role.name}: its trust policy does not allow it."
    return None


def trusts_sagemaker(role: PrincipalArn, trust: str, region: str) -> bool:
    """Whether SageMaker can assume the role, possibly under unknown conditions; false if unreadable."""
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
    return Unknown(Reason.UNPARSABLE, read, "The response contains no role.", "Check the role in the IAM console.")


def _of_account(fact: Fact[SeenRole], wanted: PrincipalArn) -> Fact[SeenRole]:
    if isinstance(fact, Known) and fact.value.arn.account != wanted.account:
        said = f"The role belongs to account {fact.value.arn.account}, not to account {wanted.account}."
        return Unknown(Reason.DENIED, fact.read, said, f"Sign in to account {wanted.account}.")
    return fact
