"""Templates of CloudFormation: order of the resources, conditions, and intrinsic functions in their long form.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
Reference: TypeAlias = Callable[[str], str]
Attribute: TypeAlias = Callable[[str, str], str]

_SUBSTITUTION = re.compile(r"\$\{([^!}][^}]*)\}")


def parse(text: str) -> dict[str, Json]:
    """Parse a template, YAML or JSON. Raises :class:`ValueError`."""
    import yaml  # noqa: PLC0415 - seldom needed

    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"Template format error: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("Resources"), dict):
        raise ValueError("Template format error: At least one Resources member must be defined.")
    return found


def creation_order(resources: Mapping[str, Json], is_made: Callable[[str], bool]) -> list[str]:
    """Return the names of the resources that are made, each after those that it refers to or depends on."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order or not is_made(name):
            return
        for other in _referred(resources[name]):
            if other in resources:
                visit(other)
        order.append(name)

    for name in resources:
        visit(name)
    return order


def _referred(value: Json) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _referred(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "Fn::GetAtt":
                yield each[0]
            elif key in ("Ref", "DependsOn"):
                yield from [each] if isinstance(each, str) else each
            else:
                yield from _referred(each)


def resolved(value: Json, reference: Reference, attribute: Attribute) -> Json:
    """Return a value without intrinsic functions: ``Ref``, ``Fn::GetAtt`` and ``Fn::Sub``."""
    if isinstance(value, list):
        return [resolved(each, reference, attribute) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return reference(value["Ref"])
    if set(value) == {"Fn::GetAtt"}:
        return attribute(*value["Fn::GetAtt"])
    if set(value) == {"Fn::Sub"}:
        found = _SUBSTITUTION.sub(lambda match: reference(match[1]), value["Fn::Sub"])
        return found.replace("${!", "${")
    return {name: resolved(each, reference, attribute) for name, each in value.items()}


def as_texts(value: Json) -> Json:
    """Return a value as a custom resource gets it: every scalar is a text."""
    if isinstance(value, dict):
        return {name: as_texts(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_texts(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)
