"""Every text that the wizard may show, read off the sources: the keys of a catalog.

A literal is a text; an f-string is a template with a ``{name}`` for each value. Identifiers, paths and code are left
out, and so are the rooms whose texts the wizard never shows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sm_ssh_widget"
FRONT_END = PACKAGE / "wizard" / "frontend"
_ELSEWHERE = ("cli", "simulator", "serve", "schemas")
_CODE = re.compile(
    r"[a-z0-9-]*[_/:.=<>$@#%|\\][^ ]*|-*[a-z][a-z0-9-]*-[a-z0-9-]*|-+[a-z]+"
    r"|[a-z]+(?:[A-Z]\w*)+|(?:[A-Z][a-z0-9]*){2,}|[A-Z0-9_-]+"
)


def python_texts() -> frozenset[str]:
    """The texts of the package."""
    return frozenset(
        text
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in _ELSEWHERE
        for text in texts_of(ast.parse(path.read_text("utf-8")))
    )


def front_end_texts() -> frozenset[str]:
    """The texts of the front end: what its translating function is given."""
    sources = (path.read_text("utf-8") for path in FRONT_END.rglob("*.ts*") if path.parent.name != "tests")
    return frozenset(found[2] for source in sources for found in _SAID.finditer(source))


_SAID = re.compile(r"""\bsay\(\s*(['"])(.+?)\1""")


def texts_of(tree: ast.AST) -> Iterator[str]:
    """The texts of a module."""
    silent = {id(node) for node in _silent(tree)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            yield from _if_text(template(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _if_text(node.value)
        elif isinstance(node, ast.Call):
            yield from _counted(node)


def template(node: ast.JoinedStr) -> str:
    """An f-string as a template: each value by its name."""
    parts, names = [], set[str]()
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            assert isinstance(part, ast.FormattedValue)
            name = _name(part.value)
            while name in names:
                name += "2"
            names.add(name)
            parts.append(f"{{{name}}}")
    return "".join(parts)


def _name(node: ast.expr) -> str:
    """The last name of an expression: ``unread`` of ``counts.unread``, ``found`` of ``len(found)``."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name.strip("_") or "value"
        case ast.Call(args=[first, *_]):
            return _name(first)
        case ast.Call(func=function):
            return _name(function)
        case ast.Subscript(value=value):
            return _name(value)
    return "value"


def _if_text(text: str) -> Iterator[str]:
    stripped = text.strip()
    own = re.sub(r"\{\w*\}", "", stripped)
    if re.search(r"[^\W\d_]{2}", own) and not _CODE.fullmatch(stripped):
        yield stripped


def _counted(node: ast.Call) -> Iterator[str]:
    """``counted(n, "change")``: the noun with its number, once for one and once for more."""
    match node:
        case ast.Call(
            func=ast.Name(id="counted") | ast.Attribute(attr="counted"), args=[_, ast.Constant(value=str(noun)), *more]
        ):
            plural = str(more[0].value) if more and isinstance(more[0], ast.Constant) else f"{noun}s"
            yield f"1 {noun}"
            yield f"{{number}} {plural}"


def _silent(tree: ast.AST) -> Iterator[ast.AST]:
    """What is no text: docstrings, annotations, the inside of an f-string, names of a ``TypeAlias``."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as constant):
                yield constant
            case ast.JoinedStr(values=values):
                yield from (value for value in values if isinstance(value, ast.Constant))
            case ast.AnnAssign(annotation=annotation):
                yield from ast.walk(annotation)
            case ast.FunctionDef(returns=returns, args=arguments):
                yield from ast.walk(returns) if returns else ()
                yield from (each for arg in arguments.args if arg.annotation for each in ast.walk(arg.annotation))
