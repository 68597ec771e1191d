"""Reads one role or user with all its policies: its own, those of its groups, and its permissions boundary.

At most three sequential round trips for a role: the lists, the policies on them, their default versions. A user in a
group with attached policies takes one more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    HeldPolicy,
    Identity,
    Known,
    PolicyText,
    Reason,
    Unknown,
)

Json: TypeAlias = Any
Held: TypeAlias = Fact[tuple[HeldPolicy, ...]]


class PolicyStore:
    """Cache of default versions of managed policies: each is read once for all identities."""

    def __init__(self, reader: AccountReader) -> None:
        self._reader, self._lock = reader, Lock()
        self._found: dict[str, Future[Fact[PolicyText]]] = {}

    def get(self, arn: str) -> Fact[PolicyText]:
        """Return the policy's default version. Concurrent callers share one read."""
        with self._lock:
            first = arn not in self._found
            future = self._found.setdefault(arn, Future())
        if first:
            try:
                future.set_result(self._read(arn))
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    def _read(self, arn: str) -> Fact[PolicyText]:
        policy = self._reader.read("iam", "GetPolicy", PolicyArn=arn)
        if not isinstance(policy, Known):
            return policy
        version = policy.value["Policy"]["DefaultVersionId"]
        found = self._reader.read("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=version)
        if not isinstance(found, Known):
            return found
        text = found.value["PolicyVersion"]["Document"]
        return Known(PolicyText(arn.rpartition("/")[2], text, arn, version), found.read)


def read_identity(arn: PrincipalArn, reader: AccountReader, policies: PolicyStore) -> Identity:
    """Read a role, the role of a session, or a user. The result has the ARN as IAM returns it.

    Raises :class:`Problem`: ``aws-refused`` if the role or user does not exist, ``usage`` if its path differs.
    """
    if arn.kind in ("role", "assumed-role"):
        return _role(arn if arn.kind == "role" else arn.role(), reader, policies)
    if arn.kind == "user":
        return _user(arn, reader, policies)
    nothing: Held = Known((), "sts:GetCallerIdentity")
    return Identity(arn, Absent("sts:GetCallerIdentity"), Absent("sts:GetCallerIdentity"), nothing, nothing)


# Roles


def _role(arn: PrincipalArn, reader: AccountReader, policies: PolicyStore) -> Identity:
    results: dict[str, Any] = {}
    reader.in_parallel(
        lambda: results.update(role=_role_itself(arn, reader, policies)),
        lambda: results.update(attached=_attached("Role", arn.name, reader, policies)),
        lambda: results.update(inline=_inline("Role", arn.name, reader)),
    )
    role, boundary = results["role"]
    if isinstance(role, Unknown):
        return Identity(arn, role, boundary, results["attached"], results["inline"], tags_read=False)
    trust = Known(role.value["AssumeRolePolicyDocument"], role.read)
    return Identity(
        _as_named(arn, role.value),
        trust,
        boundary,
        results["attached"],
        results["inline"],
        role.value["RoleId"],
        _tags(role.value),
        tags_read=role.read == "iam:GetRole",  # a list of roles tells no tags
    )


def _role_itself(
    arn: PrincipalArn, reader: AccountReader, policies: PolicyStore
) -> tuple[Known[Json] | Unknown, Fact[PolicyText]]:
    """Read the role and its boundary; if ``GetRole`` fails, the list of roles still contains the trust policy."""
    role = reader.read("iam", "GetRole", RoleName=arn.name)
    if isinstance(role, Known):
        return Known(role.value["Role"], role.read), _boundary(role.value["Role"], role.read, policies)
    if isinstance(role, Absent):
        raise _no_such(arn, role.read)
    return _listed_role(arn, role, reader), role


def _listed_role(arn: PrincipalArn, denied: Unknown, reader: AccountReader) -> Known[Json] | Unknown:
    read = ""
    for under in (
        ({"PathPrefix": arn.path}, {}) if arn.path else ({},)
    ):  # role names are unique in an account, whatever the path
        listed = reader.read_all("iam", "ListRoles", "Roles", page_size=1000, **under)
        if not isinstance(listed, Known):
            return denied
        read = listed.read
        for role in listed.value:
            if role["RoleName"] == arn.name:
                return Known(role, read)
    raise _no_such(arn, read)


def _boundary(identity: Mapping[str, Json], read: str, policies: PolicyStore) -> Fact[PolicyText]:
    """Read the boundary. One whose policy was deleted allows nothing, which differs from no boundary."""
    boundary = identity.get("PermissionsBoundary")
    if not boundary:
        return Absent(read)
    found = policies.get(boundary["PermissionsBoundaryArn"])
    if not isinstance(found, Absent):
        return found
    said = f"The permissions boundary policy {boundary['PermissionsBoundaryArn']} does not exist."
    return Unknown(Reason.UNPARSABLE, found.read, said, "Check the permissions boundary in the IAM console.")


# Users


def _user(arn: PrincipalArn, reader: AccountReader, policies: PolicyStore) -> Identity:
    results: dict[str, Any] = {}
    reader.in_parallel(
        lambda: results.update(user=_user_itself(arn, reader, policies)),
        lambda: results.update(attached=_attached("User", arn.name, reader, policies)),
        lambda: results.update(inline=_inline("User", arn.name, reader)),
        lambda: results.update(groups=_groups(arn.name, reader, policies)),
    )
    user, boundary = results["user"]
    of_groups = results["groups"]
    attached = _both(results["attached"], of_groups, lambda policy: not policy.inline)
    inline = _both(results["inline"], of_groups, lambda policy: policy.inline)
    trust: Fact[str] = Absent("iam:GetUser")
    if isinstance(user, Unknown):
        return Identity(arn, trust, boundary, attached, inline, tags_read=False)
    return Identity(
        _as_named(arn, user.value), trust, boundary, attached, inline, user.value["UserId"], _tags(user.value)
    )


def _user_itself(
    arn: PrincipalArn, reader: AccountReader, policies: PolicyStore
) -> tuple[Known[Json] | Unknown, Fact[PolicyText]]:
    user = reader.read("iam", "GetUser", UserName=arn.name)
    if isinstance(user, Known):
        return Known(user.value["User"], user.read), _boundary(user.value["User"], user.read, policies)
    if isinstance(user, Absent):
        raise _no_such(arn, user.read)
    return user, user


def _groups(user: str, reader: AccountReader, policies: PolicyStore) -> Held:
    """Read every policy of every group of the user; one unread list makes the whole unknown."""
    groups = reader.read_all("iam", "ListGroupsForUser", "Groups", UserName=user)
    if not isinstance(groups, Known):
        return groups
    names = [group["GroupName"] for group in groups.value]
    reads = [partial(_attached, "Group", name, reader, policies) for name in names]
    reads += [partial(_inline, "Group", name, reader) for name in names]
    found = reader.in_parallel(*reads)
    for held in found:
        if not isinstance(held, Known):
            return held
    return Known(tuple(policy for held in found if isinstance(held, Known) for policy in held.value), groups.read)


def _both(own: Held, of_groups: Held, wanted: Callable[[HeldPolicy], bool]) -> Held:
    if not isinstance(own, Known):
        return own
    if not isinstance(of_groups, Known):
        return of_groups
    return Known((*own.value, *filter(wanted, of_groups.value)), own.read)


# Lists of policies


def _attached(owner: str, name: str, reader: AccountReader, policies: PolicyStore) -> Held:
    """Read the managed policies attached to a ``Role``, ``User`` or ``Group``, with their documents."""
    owned: dict[str, Any] = {f"{owner}Name": name}
    listed = reader.read_all("iam", f"ListAttached{owner}Policies", "AttachedPolicies", **owned)
    if not isinstance(listed, Known):
        return listed
    arns = [policy["PolicyArn"] for policy in listed.value]
    documents = reader.in_parallel(*(partial(policies.get, arn) for arn in arns))
    through = name if owner == "Group" else ""
    held = (
        HeldPolicy(policy["PolicyName"], policy["PolicyArn"], document, through)
        for policy, document in zip(listed.value, documents, strict=True)
    )
    return Known(tuple(held), listed.read)


def _inline(owner: str, name: str, reader: AccountReader) -> Held:
    """Read the inline policies of a ``Role``, ``User`` or ``Group``, as stored."""
    owned: dict[str, Any] = {f"{owner}Name": name}
    listed = reader.read_all("iam", f"List{owner}Policies", "PolicyNames", **owned)
    if not isinstance(listed, Known):
        return listed

    def document(policy: str) -> Fact[PolicyText]:
        found = reader.read("iam", f"Get{owner}Policy", **owned, PolicyName=policy)
        if not isinstance(found, Known):
            return found
        return Known(PolicyText(policy, found.value["PolicyDocument"]), found.read)

    documents = reader.in_parallel(*(partial(document, policy) for policy in listed.value))
    through = name if owner == "Group" else ""
    held = (HeldPolicy(policy, "", text, through) for policy, text in zip(listed.value, documents, strict=True))
    return Known(tuple(held), listed.read)


# Shared by roles and users


def _as_named(arn: PrincipalArn, identity: Mapping[str, Json]) -> PrincipalArn:
    known = PrincipalArn.parse(identity["Arn"])
    if arn.path_known and str(known) != str(arn):
        said = f"{arn} does not exist. Did you mean {known}?"
        raise Problem(f"Reading the {arn.kind} {arn.name}", said, f"Use {known}", Code.USAGE)
    return known


def _no_such(arn: PrincipalArn, read: str) -> Problem:
    return Problem(
        f"Reading the {arn.kind} {arn.name}",
        f"The {arn.kind} {arn.name} does not exist in account {arn.account} ({read}).",
        f"Check the name and the account. The {arn.kind} might have been deleted.",
        Code.AWS_REFUSED,
    )


def _tags(identity: Mapping[str, Json]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in identity.get("Tags", ())}
