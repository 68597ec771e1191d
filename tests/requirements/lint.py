"""A linter for the documents that we ship: grammar, Effect, Sids, actions that exist, operators that exist.

Action names are those of ``actions.json``, a trimmed and dated copy (its source and licence stand in it). The linter
does not judge resource types: ``ssm:AddTagsToResource`` on a role is in no table of AWS, and right.
Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sm_ssh_widget.policy.document import as_list

ACTIONS: Mapping[str, list[str]] = json.loads(Path(__file__).with_name("actions.json").read_text("utf-8"))["actions"]

_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
_OPERATORS = re.compile(
    r"(ForAllValues:|ForAnyValue:)?((String(Not)?(Equals(IgnoreCase)?|Like))|(Arn(Not)?(Equals|Like))|(Not)?IpAddress"
    r"|Bool|((Numeric|Date)(Not)?(Equals|LessThan(Equals)?|GreaterThan(Equals)?)))(IfExists)?|Null"
)


def document_problems(document: Mapping[str, Any], *, trust: bool = False) -> Iterator[str]:
    """What is wrong with a document; ``trust`` wants principals, any other kind resources."""
    if document.get("Version") != "2012-10-17":
        yield "Version is not 2012-10-17"
    if not set(document) <= {"Version", "Statement"}:
        yield f"unknown elements {sorted(set(document) - {'Version', 'Statement'})}"
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        yield "Statement is not a list of statements"
        return
    sids = [statement["Sid"] for statement in statements if "Sid" in statement]
    if len(set(sids)) != len(sids):
        yield "a Sid is there twice"
    if sids and len(sids) != len(statements):
        yield "some statements have a Sid, some do not"
    for statement in statements:
        yield from statement_problems(statement, trust=trust)


def statement_problems(statement: Mapping[str, Any], *, trust: bool = False) -> Iterator[str]:
    """What is wrong with one statement."""
    needed = {"Effect", "Action", "Principal" if trust else "Resource"}
    if not needed <= set(statement):
        yield f"lacks {sorted(needed - set(statement))}"
    unknown = set(statement) - _ELEMENTS | ({"Resource"} if trust else {"Principal"}) & set(statement)
    if unknown:
        yield f"has {sorted(unknown)}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect is {statement.get('Effect')!r}"
    if not re.fullmatch("[A-Za-z0-9]*", statement.get("Sid", "")):
        yield f"Sid is {statement['Sid']!r}"
    for action in as_list(statement.get("Action", [])):
        if not known(action):
            yield f"unknown action {action!r}"
    for operator, block in statement.get("Condition", {}).items():
        if not _OPERATORS.fullmatch(operator) or not block:
            yield f"operator {operator!r} is unknown or empty"
    if re.search("<<|>>", json.dumps(statement)):
        yield "a placeholder is left"


def known(action: str) -> bool:
    """Whether an action, or an action that its pattern matches, exists; a lone ``*`` is not one of ours."""
    service, colon, name = action.partition(":")
    return bool(colon) and any(fnmatchcase(each, name) for each in ACTIONS.get(service, ()))
