"""One sweep of an account: its roles and customer managed policies in pages, behind the interface of a reader.

The number of calls does not grow with the number of roles, apart from the pages: what a page tells of a role is
answered from it, and everything else is read once for all roles. Where the sweep is denied, the same reader passes on
to reads for each role.
Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from sm_ssh_widget.aws.session.account_reader import AccountReader
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown

Json: TypeAlias = Any
T = TypeVar("T")

DETAILS = "iam:GetAccountAuthorizationDetails"
PAGE, SMALLEST_PAGE = 300, 25
"""Entries of a page, which AWS takes up to 30 seconds to prepare; a page that fails is read again with a third."""

_SIMULATE = "SimulatePrincipalPolicy"
_OWNED = re.compile(r"(Get|List|ListAttached)(Role|User|Group)(Policy|Policies|)\Z")
_FINAL = (Reason.DENIED, Reason.CLIENT_TOO_OLD)
"""Reasons that the next attempt does not change: such an answer is remembered."""


@dataclass(frozen=True)
class SweptRole:
    """A role of the account and the reader that answers for it. ``last_used`` is a date, empty if AWS tells none."""

    arn: PrincipalArn
    trust: str
    reader: AccountReader
    last_used: str = ""


@dataclass
class Sweep:
    """The pages of one account. ``people``: also its users and groups, for the person who connects.

    ``denied`` is the answer that made it fall back to reads for each role; ``broken`` the answer that ended it early,
    so that the list of roles is not complete. Both are known once the roles were listed.
    """

    reader: AccountReader
    people: bool = False
    denied: Unknown | None = None
    broken: Unknown | None = None
    roles_seen: int = 0
    shared: SweptAccount = field(init=False)

    def __post_init__(self) -> None:
        self.shared = SweptAccount(self.reader)

    def roles(self) -> Iterator[SweptRole]:
        """Yield every role, page by page; only the page is kept."""
        if self._load_policies():
            for page in self._pages("Role"):
                for detail in page["RoleDetailList"]:
                    yield from self._role(detail, swept=True)
        elif self.denied is not None:
            yield from self._listed()

    def _load_policies(self) -> bool:
        """Read the customer managed policies, and the people if wanted. Returns whether the account can be swept."""
        for page in self._pages("LocalManagedPolicy", *(("User", "Group") if self.people else ())):
            for policy in page["Policies"]:
                self.shared.add_policy(policy)
            for user in page["UserDetailList"]:
                self.shared.people["User", user["UserName"]] = user
            for group in page["GroupDetailList"]:
                self.shared.people["Group", group["GroupName"]] = group
        return self.denied is None and self.broken is None

    def _pages(self, *filters: str) -> Iterator[Mapping[str, Json]]:
        marker: dict[str, str] = {}
        while True:
            page = self._page(marker, filters)
            if not isinstance(page, Known):
                return
            yield page.value
            if not page.value.get("IsTruncated"):
                return
            marker = {"Marker": page.value["Marker"]}

    def _page(self, marker: Mapping[str, str], filters: tuple[str, ...]) -> Fact[Json]:
        """Read one page. One that times out is read again with fewer entries; a failure is kept."""
        size = PAGE
        while True:
            page = self.reader.read(
                "iam", "GetAccountAuthorizationDetails", Filter=list(filters), MaxItems=size, **marker
            )
            if not isinstance(page, Unknown):
                return page
            if page.reason is Reason.DENIED and not self.roles_seen:
                self.denied = page
                return page
            if page.reason in _FINAL or size <= SMALLEST_PAGE:
                self.broken = page
                return page
            size = max(size // 3, SMALLEST_PAGE)

    def _listed(self) -> Iterator[SweptRole]:
        """Yield the roles of a list, each with a reader that reads the role itself."""
        roles = self.reader.read_all("iam", "ListRoles", "Roles", page_size=1000)
        if isinstance(roles, Unknown):
            self.broken = roles
        for role in roles.value if isinstance(roles, Known) else ():
            yield from self._role(role, swept=False)

    def _role(self, detail: Mapping[str, Json], *, swept: bool) -> Iterator[SweptRole]:
        self.roles_seen += 1
        try:
            arn = PrincipalArn.parse(detail["Arn"])
        except (ArnError, KeyError):
            return
        used = (detail.get("RoleLastUsed") or {}).get("LastUsedDate")
        reader = SweptReader(self.shared, str(arn), detail if swept else None)
        yield SweptRole(arn, detail.get("AssumeRolePolicyDocument", ""), reader, f"{used:%Y-%m-%d}" if used else "")

    def named(self, arn: PrincipalArn) -> SweptRole:
        """Return a role by its ARN, without a list: its reader reads the role itself."""
        return SweptRole(arn, "", SweptReader(self.shared, str(arn), None))


@dataclass
class SweptAccount:
    """What all roles of an account share: customer policies, people, and every answer that was read once."""

    reader: AccountReader
    policies: dict[str, tuple[str, str]] = field(default_factory=dict)
    people: dict[tuple[str, str], Mapping[str, Json]] = field(default_factory=dict)
    answers: dict[Hashable, Fact[Json]] = field(default_factory=dict)
    stages: dict[Hashable, Any] = field(default_factory=dict)
    sampled: bool = False
    barred: bool = False

    def add_policy(self, policy: Mapping[str, Json]) -> None:
        """Keep the default version of a customer managed policy."""
        for version in policy["PolicyVersionList"]:
            if version["IsDefaultVersion"]:
                self.policies[policy["Arn"]] = (version["VersionId"], version["Document"])

    def once(self, key: Hashable, read: Callable[[], Fact[T]]) -> Fact[T]:
        """Read once for all roles. A failure that can pass is read a second time, and then remembered."""
        found = self.answers.get(key)
        if found is None:
            found = self.answers[key] = read()
            if isinstance(found, Unknown) and found.reason not in _FINAL:
                found = self.answers[key] = read()
        return found

    def simulated(self, key: str, read: Callable[[], Fact[tuple[Json, ...]]]) -> Fact[tuple[Json, ...]]:
        """Ask the policy simulator for one role; for every role where the organization might deny the first one."""
        found = self.answers.get(key)
        if found is not None and (not isinstance(found, Known) or not _barred(found.value)):
            self.sampled |= isinstance(found, Known) and any(
                "OrganizationsDecisionDetail" in each for each in found.value
            )
            return found
        asked = read()
        self.barred |= isinstance(asked, Known) and _barred(asked.value)
        if found is None and not (isinstance(asked, Unknown) and asked.reason not in _FINAL):
            self.answers[key] = asked
        return asked


class SweptReader:
    """A reader for one role of a sweep; without ``detail``, the role itself is read too."""

    def __init__(self, shared: SweptAccount, role: str, detail: Mapping[str, Json] | None) -> None:
        self._shared, self._role, self._detail = shared, role, detail

    @property
    def region(self) -> str:
        """Default Region of the reads."""
        return self._shared.reader.region

    def endpoint(self, service: str) -> str:
        """Return the custom endpoint of a service, empty for that of AWS."""
        return self._shared.reader.endpoint(service)

    def shared(self, name: Hashable, read: Callable[[], T]) -> T:
        """Read once for all roles: every read of it answers the same each time."""
        if name not in self._shared.stages:
            self._shared.stages[name] = read()
        found: T = self._shared.stages[name]
        return found

    def sampled(self, name: Hashable, read: Callable[[], Fact[tuple[T, ...]]]) -> Fact[tuple[T, ...]]:
        """Return the decisions on one role for all of them, unless one of those was a denial."""
        shared = self._shared
        found = shared.answers.get(name)
        if found is not None:
            shared.sampled |= isinstance(found, Known) and bool(found.value)
            return found
        found = read()
        if not shared.barred and not (isinstance(found, Unknown) and found.reason not in _FINAL):
            shared.answers[name] = found
        return found

    def stage(self) -> AbstractContextManager[None]:
        """Set no limit: only few reads reach the network, and each has its own."""
        return nullcontext()

    def in_parallel(self, *thunks: Callable[[], T]) -> tuple[T, ...]:
        """Run the thunks one after the other: most of them wait for nothing."""
        return tuple(thunk() for thunk in thunks)

    def read(self, service: str, operation: str, /, *, region: str | None = None, **parameters: Json) -> Fact[Json]:
        """Answer from the sweep, else read once for all roles."""
        known = self._known(operation, parameters) if service == "iam" else None
        if known is not None:
            return known

        def read() -> Fact[Json]:
            return self._shared.reader.read(service, operation, region=region, **parameters)

        if self._of_role(parameters):
            return read()
        return self._shared.once(_key(service, operation, region, parameters), read)

    def read_all(
        self,
        service: str,
        operation: str,
        key: str,
        /,
        *,
        region: str | None = None,
        page_size: int | None = None,
        **parameters: Json,
    ) -> Fact[tuple[Json, ...]]:
        """Answer from the sweep, else read once for all roles."""
        known = self._known_list(operation, parameters) if service == "iam" else None
        if known is not None:
            return known

        def read() -> Fact[tuple[Json, ...]]:
            return self._shared.reader.read_all(
                service, operation, key, region=region, page_size=page_size, **parameters
            )

        name = _key(service, operation, region, parameters)
        if operation == _SIMULATE:
            question = json.dumps(parameters, sort_keys=True).replace(self._role, "{role}")
            return self._shared.simulated(question, read)
        return read() if self._of_role(parameters) else self._shared.once(name, read)

    def _of_role(self, parameters: Mapping[str, Json]) -> bool:
        """Whether a read is about this role, so that no other role asks for it again."""
        return parameters.get("RoleName") == self._role.rpartition("/")[2]

    def _owner(self, operation: str, parameters: Mapping[str, Json]) -> tuple[str, str, Mapping[str, Json]] | None:
        """Return the kind of a read, the kind of its owner, and the owner's detail, if the sweep has it."""
        made = _OWNED.match(operation)
        if made is None:
            return None
        owner = made[2]
        name = parameters.get(f"{owner}Name", "")
        of_role = owner == "Role" and self._detail is not None and self._detail["RoleName"] == name
        detail = self._detail if of_role else self._shared.people.get((owner, name))
        return None if detail is None else (made[1] + made[3], owner, detail)

    def _known(self, operation: str, parameters: Mapping[str, Json]) -> Fact[Json] | None:
        action = f"iam:{operation}"
        if found := self._owner(operation, parameters):
            kind, owner, detail = found
            if kind == "Get":
                return Known({owner: detail}, action)
            named = (each for each in detail[f"{owner}PolicyList"] if each["PolicyName"] == parameters["PolicyName"])
            policy = next(named, None)
            return Absent(action) if policy is None else Known(policy, action)
        version = self._shared.policies.get(parameters.get("PolicyArn", ""))
        if version and operation == "GetPolicy":
            return Known({"Policy": {"DefaultVersionId": version[0]}}, action)
        if version and operation == "GetPolicyVersion" and parameters["VersionId"] == version[0]:
            return Known({"PolicyVersion": {"Document": version[1]}}, action)
        return None

    def _known_list(self, operation: str, parameters: Mapping[str, Json]) -> Fact[tuple[Json, ...]] | None:
        action = f"iam:{operation}"
        if found := self._owner(operation, parameters):
            kind, owner, detail = found
            if kind == "ListAttachedPolicies":
                return Known(tuple(detail["AttachedManagedPolicies"]), action)
            return Known(tuple(policy["PolicyName"] for policy in detail[f"{owner}PolicyList"]), action)
        user = self._shared.people.get(("User", parameters.get("UserName", "")))
        if operation == "ListGroupsForUser" and user is not None:
            return Known(tuple({"GroupName": name} for name in user["GroupList"]), action)
        return None


def _key(service: str, operation: str, region: str | None, parameters: Mapping[str, Json]) -> Hashable:
    """What tells one read from another."""
    try:
        key = (service, operation, region, frozenset(parameters.items()))
        hash(key)
        return key
    except TypeError:  # a list among the parameters
        return json.dumps([service, operation, region, parameters], sort_keys=True)


def _barred(results: tuple[Mapping[str, Json], ...]) -> bool:
    """Whether the organization's policies deny a request, or might: a key without a value decides."""
    details = [each.get("OrganizationsDecisionDetail") or {} for each in results]
    return any(each.get("AllowedByOrganizations") is False for each in details)
