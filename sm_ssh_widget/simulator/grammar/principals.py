"""Validation of the ``Principal`` element of a trust policy: accounts, existing identities, AWS services.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from sm_ssh_widget.policy.document import as_list
from sm_ssh_widget.simulator.errors import malformed
from sm_ssh_widget.simulator.state import AccountState

_SPELLINGS = {"AWS": "AWS", "Service": "SERVICE", "Federated": "FEDERATED", "CanonicalUser": "CANONICALUSER"}
_IDENTITY = re.compile(r"arn:([\w-]+):(?:iam|sts)::(\d{12}):(root|(user|role|assumed-role|federated-user)/\S+)")
_PROVIDER = re.compile(r"arn:([\w-]+):iam::\d{12}:(?:saml|oidc)-provider/\S+")
_SERVICE = re.compile(r"(?P<label>[a-z0-9_.-]+?)(?:\.[a-z]{2}(?:-[a-z]+)+-\d+)?\.amazonaws\.com(?:\.cn)?")
_NOBODY = "com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a statement with no principals!"
"""IAM's text for lists without a value, as in https://github.com/hashicorp/terraform-provider-aws/issues/7756."""
_WEB_IDENTITY = (
    *("accounts.google.com", "www.amazon.com", "graph.facebook.com", "appleid.apple.com"),
    *("cognito-identity.amazonaws.com", "cognito-identity-us-gov.amazonaws.com"),
)


@cache
def services() -> frozenset[str]:
    """Return the labels of services that a trust policy can contain: ``ssm`` for ``ssm.amazonaws.com``."""
    lines = files(__package__).joinpath("service_principals.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def check(state: AccountState, principal: Any) -> None:
    """Raise ``MalformedPolicyDocument`` for the first principal that is invalid in this account."""
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal or set(principal) - set(_SPELLINGS):
        raise malformed("Invalid principal in policy.")
    if not any(as_list(values) for values in principal.values()):
        raise malformed(f"Invalid principal in policy: {_NOBODY}")
    for kind, values in principal.items():
        for value in as_list(values):
            if not _taken(state, kind, str(value)):
                raise malformed(f'Invalid principal in policy: "{_SPELLINGS[kind]}":"{value}"')


def _taken(state: AccountState, kind: str, value: str) -> bool:
    if kind == "AWS":
        return value == "*" or re.fullmatch(r"\d{12}", value) is not None or _identity_taken(state, value)
    if kind == "Service":
        found = _SERVICE.fullmatch(value)
        return value.endswith(".aws.internal") or (found is not None and found["label"] in services())
    if kind == "Federated":
        provider = _PROVIDER.fullmatch(value)
        return value in _WEB_IDENTITY or (provider is not None and provider[1] == state.partition)
    return True


def _identity_taken(state: AccountState, value: str) -> bool:
    """Whether the identity exists in this account; identities of other accounts cannot be checked."""
    found = _IDENTITY.fullmatch(value)
    if found is None or found[1] != state.partition:
        return False
    own = found[2] == state.account and found[4] in ("user", "role")
    return not own or state.by_arn(value) is not None
