"""Validation of policy documents as IAM does it, with IAM's error texts.

This module selects the rules of :mod:`sm_ssh_widget.simulator.grammar` for each kind of document.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re

from sm_ssh_widget.policy.document import as_list
from sm_ssh_widget.simulator.errors import malformed
from sm_ssh_widget.simulator.grammar import principals, statements
from sm_ssh_widget.simulator.state import AccountState


def size(text: str) -> int:
    """Return the length that counts for a quota: without white space."""
    return len(re.sub(r"\s", "", text))


def check_identity(text: str, partition: str) -> None:
    """Raise ``MalformedPolicyDocument`` unless the text may be an inline or session policy of ``partition``."""
    found = statements.parsed(text)
    _check_version(found.get("Version", statements.CURRENT))
    _check_grants(found["Statement"], partition)


def check_managed(text: str, partition: str) -> None:
    """Raise ``MalformedPolicyDocument`` unless the text may be a version of a managed policy of ``partition``."""
    found = statements.parsed(text)
    if found.get("Version", statements.CURRENT) not in statements.VERSIONS:
        raise malformed(statements.SYNTAX)
    if found.get("Version") != statements.CURRENT:
        raise malformed("Policy document must be version 2012-10-17 or greater.")
    _check_grants(found["Statement"], partition)


def check_trust(state: AccountState, text: str) -> None:
    """Raise ``MalformedPolicyDocument`` unless the text may be a trust policy in this account now."""
    try:
        found = statements.parsed(text)
    except statements.NotJson:
        raise malformed("This policy contains invalid Json") from None
    _check_version(found.get("Version", statements.CURRENT))
    statements.check(found["Statement"], state.partition)
    for statement in found["Statement"]:
        _check_trusting(state, statement)


def _check_version(version: object) -> None:
    if version not in statements.VERSIONS:
        raise malformed("The policy must contain a valid version string")


def _check_grants(found: list[statements.Statement], partition: str) -> None:
    if any("Principal" in statement or "NotPrincipal" in statement for statement in found):
        raise malformed("Policy document should not specify a principal.")
    statements.check(found, partition)
    statements.check_resources_exist(found)


def _check_trusting(state: AccountState, statement: statements.Statement) -> None:
    for prohibited in ("Resource", "NotResource"):
        if prohibited in statement:
            raise malformed(f"Has prohibited field {prohibited}")
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    if principal is None:
        raise malformed("Missing required field Principal")
    for action in as_list(statement.get("Action", statement.get("NotAction"))):
        if not action.lower().startswith("sts:") and action != "*":
            raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    principals.check(state, principal)
