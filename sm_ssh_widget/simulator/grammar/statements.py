"""Validation of a document in IAM's order: each rule is applied to the whole document before the next one.

The order decides which error is returned if several rules are broken. It is derived from the documents that AWS refused
in moto's ``tests/test_iam/test_iam_policies.py``.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sm_ssh_widget.policy import document
from sm_ssh_widget.policy.document import as_list
from sm_ssh_widget.simulator.errors import AwsError, malformed
from sm_ssh_widget.simulator.grammar import conditions, resources

CURRENT = "2012-10-17"
VERSIONS = (CURRENT, "2008-10-17")
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
_ELEMENTS = frozenset(
    ("Sid", "Effect", "Condition", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
)
_TEXTS = ("Action", "NotAction", "Resource", "NotResource")
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\xff]")
_VENDOR = re.compile(r"[A-Za-z0-9.-]+")
_SID = re.compile(r"[A-Za-z0-9]*")

Statement = dict[str, Any]


def parsed(text: str) -> dict[str, Any]:
    """Parse a document of valid structure. Raises :class:`AwsError` with IAM's text."""
    if _UNPRINTABLE.search(text):
        said = "The specified value for policyDocument is invalid. It must contain only printable ASCII characters."
        raise AwsError("ValidationError", said)
    try:
        read = document.parse(text)
    except document.PolicyError as error:
        raise (NotJson if str(error).startswith("not JSON") else malformed)(SYNTAX) from None
    found = [dict(each) for each in document.statements(read)]
    known = set(read) <= {"Version", "Id", "Statement"} and isinstance(read.get("Id", ""), str)
    if not known or not found or not all(map(_well_formed, found)):
        raise malformed(SYNTAX)
    return read | {"Statement": found}


class NotJson(AwsError):
    """Raised for text that is not JSON: IAM's error differs for a trust policy."""

    def __init__(self, said: str) -> None:
        super().__init__("MalformedPolicyDocument", said)


def check(statements: Sequence[Statement], partition: str) -> None:
    """Raise IAM's error for the first broken rule, in IAM's order."""
    if not all(map(_read_by_the_older_parser, statements)):
        raise malformed(LEGACY)
    refused = _first_refused_resource(statements, partition)
    _check_sids(statements)
    for statement in statements:
        if as_list(_either(statement, "Action")) in ([], [None]):
            raise malformed("Policy statement must contain actions.")
    if refused:
        raise malformed(refused)
    for statement in statements:
        for action in as_list(_either(statement, "Action")):
            _check_action(action)


def check_resources_exist(statements: Sequence[Statement]) -> None:
    """Raise IAM's error for a statement without resources: the last rule, not applied to trust policies."""
    if any(as_list(_either(statement, "Resource")) in ([], [None]) for statement in statements):
        raise malformed("Policy statement must contain resources.")


def _either(statement: Statement, element: str) -> Any:
    return statement.get(element, statement.get(f"Not{element}"))


def _well_formed(statement: Statement) -> bool:
    both = any(name in statement and f"Not{name}" in statement for name in ("Principal", "Action", "Resource"))
    effect, sid = statement.get("Effect"), statement.get("Sid", "")
    named = isinstance(effect, str) and effect.lower() in ("allow", "deny") and isinstance(sid, str)
    texts = all(_is_texts(name, statement[name]) for name in _TEXTS if name in statement)
    return named and texts and not both and set(statement) <= _ELEMENTS and _condition_fits(statement)


def _condition_fits(statement: Statement) -> bool:
    return conditions.well_formed(statement.get("Condition", {}))


def _is_texts(name: str, value: Any) -> bool:
    """Whether the value is a string or a list of strings; IAM accepts ``null`` among resources."""
    kinds = (str, type(None)) if name.endswith("Resource") and isinstance(value, list) else (str,)
    return all(isinstance(each, kinds) for each in as_list(value))


def _read_by_the_older_parser(statement: Statement) -> bool:
    return statement["Effect"] in ("Allow", "Deny") and conditions.dates_are_dates(statement.get("Condition", {}))


def _first_refused_resource(statements: Sequence[Statement], partition: str) -> str:
    """Return IAM's error for the first invalid ARN; an ARN that only the legacy parser rejects raises here."""
    for resource in _resources(statements):
        if said := resources.refused(resource, partition):
            return said
        if resources.unreadable(resource):
            raise malformed(LEGACY)
    return ""


def _resources(statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        yield from (each for each in as_list(_either(statement, "Resource")) if each is not None)


def _check_sids(statements: Sequence[Statement]) -> None:
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise malformed("Statement IDs (SID) in a single policy must be unique.")
    if not all(map(_SID.fullmatch, sids)):
        raise malformed(
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )


def _check_action(action: str) -> None:
    vendor, *names = action.split(":")
    if not names and vendor != "*":
        raise malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if len(names) > 1:
        raise malformed("Actions/Condition can contain only one colon.")
    if vendor != "*" and not _VENDOR.fullmatch(vendor):
        raise malformed(f"Vendor {vendor} is not valid")
