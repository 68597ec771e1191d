"""TypeScript types of the view, made from the dataclasses of ``sm_ssh_widget.wizard.view`` and the modules below it.

``python labextension/build.py types`` writes them into the front end's ``view.ts``; a test compares the two.

``to_json`` leaves out what is empty. So every field is optional there, except a ``kind``, an ``id``, and a literal that
cannot be the empty string.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from sm_ssh_widget.wizard import blocks, controls, fleet_blocks, leaf_blocks, view

Hint: TypeAlias = Any

HEADER = """\
// Made from the dataclasses of sm_ssh_widget/wizard (view.py, blocks.py, *_blocks.py, controls.py) by
// `python labextension/build.py types`: change those files, not this one.
// The kernel leaves out what is empty (no text, no items, false, 0, none), which is why most fields are optional.
"""
NAMED = {"str": "string", "int": "number", "bool": "boolean"}
NEVER_EMPTY = "id"
MODULES = (controls, leaf_blocks, fleet_blocks, blocks, view)


def typescript() -> str:
    """Return the whole TypeScript file."""
    return "\n".join((HEADER, *_declarations()))


def _declarations() -> Iterator[str]:
    """The aliases and classes of the modules, in their order, each where it is defined."""
    named: set[str] = set()
    for module in MODULES:
        for name, value in vars(module).items():
            if is_dataclass(value) and isinstance(value, type) and value.__module__ in (module.__name__, "types"):
                yield _interface(value)
            elif _origin(value) in (Literal, Union, UnionType) and name not in named:
                named.add(name)
                yield _alias(name, value)


def _alias(name: str, value: Hint) -> str:
    parts = [_type(part, {}) for part in get_args(value)] if _origin(value) is not Literal else [_literal(value)]
    if len(parts) == 1:
        return f"export type {name} = {parts[0]};\n"
    return f"export type {name} =\n" + "\n".join(f"  | {part}" for part in parts) + ";\n"


def _interface(cls: type) -> str:
    hints = get_type_hints(cls)
    kind = [f"  readonly kind: '{cls.kind}';"] if hasattr(cls, "kind") else []
    lines = (_field(each.name, hints[each.name]) for each in fields(cls))
    first_line = (cls.__doc__ or "").partition("\n")[0]
    return "\n".join((f"/** {first_line} */", f"export interface {cls.__name__} {{", *kind, *lines, "}\n"))


def _field(name: str, hint: Hint) -> str:
    never_empty = name == NEVER_EMPTY or (_origin(hint) is Literal and "" not in get_args(hint))
    return f"  readonly {name}{'' if never_empty else '?'}: {_type(hint, _aliases())};"


def _aliases() -> dict[Hint, str]:
    """The module's own names of literals and unions."""
    found = (pair for module in MODULES for pair in vars(module).items())
    return {value: name for name, value in found if _origin(value) in (Literal, Union, UnionType)}


def _type(hint: Hint, aliases: dict[Hint, str]) -> str:
    """The TypeScript of one annotation; an annotation that is new here has to be added."""
    origin, inner = _origin(hint), get_args(hint)
    if origin in (Literal, Union, UnionType) and hint in aliases:
        return aliases[hint]
    if origin is Literal:
        return _literal(hint)
    if origin is tuple and inner[-1] is Ellipsis:
        return f"readonly {_in_array(inner[0], aliases)}[]"
    if origin is tuple:
        return f"readonly [{', '.join(_type(part, aliases) for part in inner)}]"
    if origin in (Union, UnionType):
        return " | ".join(_type(part, aliases) for part in inner if part is not NoneType)
    if is_dataclass(hint) and isinstance(hint, type):
        return hint.__name__
    return NAMED[hint.__name__]


def _in_array(hint: Hint, aliases: dict[Hint, str]) -> str:
    item = _type(hint, aliases)
    return f"({item})" if " " in item else item


def _origin(hint: Hint) -> Hint:
    """``get_origin``, whose own types cover special forms one by one."""
    return get_origin(hint)


def _literal(hint: Hint) -> str:
    return " | ".join(f"'{value}'" for value in get_args(hint))
