"""What IAM accepts as a policy document, and its words for what it does not.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sm_ssh_widget.policy import document
from sm_ssh_widget.policy.document import as_list
from sm_ssh_widget.simulator.errors import AwsError, malformed
from sm_ssh_widget.simulator.state import AccountState

_ELEMENTS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\xff]")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)")
_IAM_ARN = re.compile(r"arn:[\w-]+:(iam|sts)::(\d{12}):(root|(user|role|assumed-role|federated-user)/\S+)")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+")


def size(text: str) -> int:
    """The length that counts against a quota: without white space."""
    return len(re.sub(r"\s", "", text))


def check_identity(text: str) -> None:
    """Raise ``MalformedPolicyDocument`` unless the text may be an inline or managed policy."""
    for statement in _statements(text):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed("Policy document should not specify a principal.")
        _exactly_one(statement, "Resource", "Policy statement must contain resources.")
        for resource in as_list(statement.get("Resource", statement.get("NotResource"))):
            if not _RESOURCE.fullmatch(str(resource)):
                raise malformed(f'Resource {resource} must be in ARN format or "*".')


def check_trust(state: AccountState, text: str) -> None:
    """Raise ``MalformedPolicyDocument`` unless the text may be a trust policy in this account now."""
    for statement in _statements(text):
        for prohibited in ("Resource", "NotResource"):
            if prohibited in statement:
                raise malformed(f"Has prohibited field {prohibited}")
        _exactly_one(statement, "Principal", "Missing required field Principal")
        for action in as_list(statement.get("Action", statement.get("NotAction"))):
            if not str(action).lower().startswith("sts:") and action != "*":
                raise malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        _check_principals(state, statement.get("Principal", statement.get("NotPrincipal")))


def _statements(text: str) -> Iterator[dict[str, Any]]:
    if _UNPRINTABLE.search(text):
        said = "The specified value for policyDocument is invalid. It must contain only printable ASCII characters."
        raise AwsError("ValidationError", said)
    try:
        read = document.parse(text)
        found = document.statements(read)
    except document.PolicyError as error:
        said = "This policy contains invalid Json" if str(error).startswith("not JSON") else "Syntax errors in policy."
        raise malformed(said) from None
    if set(read) - {"Version", "Id", "Statement"} or not found:
        raise malformed("Syntax errors in policy.")
    if read.get("Version", "2008-10-17") not in ("2012-10-17", "2008-10-17"):
        raise malformed("The policy must contain a valid version string")
    sids = [statement["Sid"] for statement in found if statement.get("Sid")]
    if len(sids) != len(set(map(str, sids))):
        raise malformed("Statement IDs (SID) in a single policy must be unique.")
    for statement in found:
        _check_statement(dict(statement))
        yield dict(statement)


def _check_statement(statement: dict[str, Any]) -> None:
    if set(statement) - _ELEMENTS or statement.get("Effect") not in ("Allow", "Deny"):
        raise malformed("Syntax errors in policy.")
    if not re.fullmatch(r"[A-Za-z0-9]*", str(statement.get("Sid", ""))):
        raise malformed(
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )
    _exactly_one(statement, "Action", "Policy statement must contain actions.")
    for action in as_list(statement.get("Action", statement.get("NotAction"))):
        if action != "*" and not re.fullmatch(r"[\w*?-]+:[\w*?]+", str(action)):
            raise malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if not isinstance(statement.get("Condition", {}), dict):
        raise malformed("Syntax errors in policy.")


def _exactly_one(statement: dict[str, Any], element: str, said: str) -> None:
    if (element in statement) == (f"Not{element}" in statement):
        raise malformed(said if element not in statement else "Syntax errors in policy.")


def _check_principals(state: AccountState, principal: Any) -> None:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise malformed("Invalid principal in policy.")
    for kind, values in principal.items():
        for value in as_list(values):
            _check_principal(state, kind, str(value))


def _check_principal(state: AccountState, kind: str, value: str) -> None:
    if kind == "AWS" and not _aws_principal(state, value):
        raise malformed(f'Invalid principal in policy: "AWS":"{value}"')
    if kind == "Service" and not _SERVICE.fullmatch(value):
        raise malformed(f'Invalid principal in policy: "SERVICE":"{value}"')
    if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
        raise malformed("Invalid principal in policy.")


def _aws_principal(state: AccountState, value: str) -> bool:
    if value == "*" or re.fullmatch(r"\d{12}", value):
        return True
    match = _IAM_ARN.fullmatch(value)
    if match is None or value.split(":")[1] != state.partition:
        return False
    own_entity = match[2] == state.account and match[4] in ("user", "role")
    return not own_entity or state.by_arn(value) is not None
