"""PrincipalElement: who asks, and whom a statement of a resource policy names.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import lru_cache

from .arn import Arn, ArnError, account_of_root, is_account_id
from .document import Json, PolicyError, as_list

_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.[a-z]+)?|aws\.internal|amazon\.com)", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{64}", re.ASCII)
_IDENTITY_PROVIDERS = ("saml-provider/", "oidc-provider/")
_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_FEDERATED_ACTIONS = ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml")


class PrincipalNaming(Enum):
    """How a statement names the principal of a request; it decides what else limits the grant."""

    DIRECT = auto()
    """The user, the session or the service itself: nothing else limits the grant."""
    EVERYBODY = auto()
    """A lone star: a session policy still limits the grant."""
    ROLE = auto()
    """The role of a session, or anybody who is not excepted: boundary and session policy still limit the grant."""
    ACCOUNT = auto()
    """The principal's account: identity policies must grant, too."""


@dataclass(frozen=True, slots=True)
class RequestPrincipal:
    """The principal of a request.

    ``account`` and ``partition`` are empty for services and identity providers; ``role`` is the name of the role
    itself or of a session's role.
    """

    kind: str
    name: str
    account: str = ""
    partition: str = ""
    role: str = ""
    is_session: bool = False
    service_linked: bool = False

    @property
    def of_account(self) -> bool:
        """Return whether it is of an account, and so has identity policies, boundaries and organization policies."""
        return self.kind == "AWS"


@lru_cache(maxsize=4096)
def request_principal(principal: str, action: str) -> RequestPrincipal:
    """Read a request's principal; raises :class:`PolicyError` when it is neither an identity nor a service.

    A host name is a service, except where ``action`` (in lower case) is a federated sign-in.
    """
    if principal.startswith("arn:"):
        return _principal_of_arn(principal)
    if action in _FEDERATED_ACTIONS and "." in principal:
        return RequestPrincipal("Federated", principal)
    if _SERVICE.fullmatch(principal.lower()):
        return RequestPrincipal("Service", principal)
    if _CANONICAL.fullmatch(principal):
        return RequestPrincipal("CanonicalUser", principal)
    raise PolicyError(f"not a principal: {principal!r}")


def _principal_of_arn(principal: str) -> RequestPrincipal:
    try:
        arn = Arn.parse(principal)
    except ArnError as error:
        raise PolicyError(str(error)) from error
    if arn.service not in ("iam", "sts") or not is_account_id(arn.account):
        raise PolicyError(f"not a principal: {principal!r}")
    if arn.resource.startswith(_IDENTITY_PROVIDERS):
        return RequestPrincipal("Federated", principal)
    kind, _, rest = arn.resource.partition("/")
    role = {"assumed-role": rest.partition("/")[0], "role": rest.rpartition("/")[2]}.get(kind, "")
    # Only AWS creates roles in this path, while a customer's role can have such a name. The ARN of a session has no
    # path, so its name must do.
    # Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    linked_session = kind == "assumed-role" and role.startswith("AWSServiceRoleFor")
    return RequestPrincipal(
        "AWS",
        principal,
        arn.account,
        arn.partition,
        role,
        is_session=kind in ("assumed-role", "federated-user"),
        service_linked=linked_session or (kind == "role" and rest.startswith("aws-service-role/")),
    )


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """The principals that a ``Principal`` or ``NotPrincipal`` element lists."""

    everybody: bool
    names: Mapping[str, frozenset[str]]
    accounts: frozenset[str]
    roles: frozenset[tuple[str, str, str]] = field(default=frozenset())

    def naming(self, who: RequestPrincipal) -> PrincipalNaming | None:
        """Return how the principal is listed, the most direct way first; ``None`` if it is not."""
        if self.everybody:
            return PrincipalNaming.EVERYBODY
        if who.name in self.names.get(who.kind, ()):
            return PrincipalNaming.ROLE if who.role and not who.is_session else PrincipalNaming.DIRECT
        if who.is_session and (who.partition, who.account, who.role) in self.roles:
            return PrincipalNaming.ROLE
        return PrincipalNaming.ACCOUNT if who.account in self.accounts else None

    def excepting(self) -> PrincipalElement:
        """The same list, as ``NotPrincipal`` reads it: beside a user or role, its account excepts no other principal.

        AWS asks that the account of an excepted user be listed with the user, and every principal except the user is
        denied.
        Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        listed = (name.split(":") for name in self.names.get("AWS", ()))
        with_names = {parts[4] for parts in listed if len(parts) == 6 and parts[5] != "root"}
        return replace(self, accounts=self.accounts - with_names)


def compile_principals(element: Json) -> PrincipalElement:
    """Read a ``Principal`` element; raises :class:`PolicyError` when it is neither ``"*"`` nor lists by kind.

    A star means all principals only by itself: there are no patterns of principals.
    """
    if element == "*":
        return PrincipalElement(True, {}, frozenset())
    if not isinstance(element, Mapping) or not element.keys() <= set(_KINDS):
        raise PolicyError(f"not a principal: {element!r}")
    if not all(isinstance(name, str) for listed in element.values() for name in as_list(listed)):
        raise PolicyError(f"not a principal: {element!r}")
    names = {kind: frozenset(as_list(listed)) for kind, listed in element.items()}
    aws = names.get("AWS", frozenset())
    roots = {account for account in map(account_of_root, aws) if account}
    accounts = frozenset(filter(is_account_id, aws)) | roots
    return PrincipalElement("*" in aws, names, accounts, frozenset(_roles(aws)))


def _roles(names: frozenset[str]) -> set[tuple[str, str, str]]:
    """The listed roles as partition, account and name: a session's ARN has no path, and names are unique without."""
    roles = set()
    for name in names:
        parts = name.split(":", 5)
        if len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/"):
            roles.add((parts[1], parts[4], parts[5].rpartition("/")[2]))
    return roles
