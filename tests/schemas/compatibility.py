"""What a newer schema of the same number may not do to the programs that read what an older one describes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

Json: TypeAlias = Any

_INNER = ("properties", "$defs")
_SINGLE = ("items", "additionalProperties")


def breaks(old: Json, new: Json, where: str = "") -> Iterator[str]:
    """Yield each place where a document of the new schema can lack, or write otherwise, what the old one promised."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        yield f"{where}/{name}: was always there"
    for keyword in _INNER:
        for name, inner in old.get(keyword, {}).items():
            if name not in new.get(keyword, {}):
                yield f"{where}/{name}: is gone"
            else:
                yield from breaks(inner, new[keyword][name], f"{where}/{name}")
    for keyword in _SINGLE:
        if isinstance(old.get(keyword), dict):
            yield from breaks(old[keyword], new.get(keyword), f"{where}/*")
    yield from _narrower(old, new, where)


def _narrower(old: Json, new: Json, where: str) -> Iterator[str]:
    """Types may not be added; values of an enumeration, a constant, a pattern and a reference may not change."""
    if added := _types(new) - _types(old):
        yield f"{where}: can also be {', '.join(sorted(added))}"
    if gone := [value for value in old.get("enum", ()) if value not in new.get("enum", ())]:
        yield f"{where}: no longer has {gone}"
    for keyword in ("const", "pattern", "$ref"):
        if old.get(keyword) != new.get(keyword):
            yield f"{where}: another {keyword}"
    olds, news = old.get("oneOf", []), new.get("oneOf", [])
    if len(news) < len(olds):
        yield f"{where}: fewer forms"
    for one, other in zip(olds, news, strict=False):
        yield from breaks(one, other, where)


def _types(value: Json) -> set[str]:
    if "type" not in value:
        return {"anything"} if not {"const", "enum", "oneOf", "$ref"} & value.keys() else set()
    return {value["type"]} if isinstance(value["type"], str) else set(value["type"])


def closed(value: Json) -> Json:
    """The schema without room for fields that it does not describe: what the program writes has to be described."""
    if isinstance(value, list):
        return [closed(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: closed(each) for key, each in value.items()}
    if isinstance(value.get("properties"), dict) and "type" in value:
        return {"additionalProperties": False, **made}
    return made
