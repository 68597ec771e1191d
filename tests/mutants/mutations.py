"""Small edits to a module's syntax tree, each of which a test of the module should notice."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_Path = tuple[tuple[str, "int | None"], ...]
"""The way from a tree to one of its nodes: names of fields, with the index where a field is a list."""

_FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One edit: ``name`` stays the same when lines move; ``line`` is where it is now."""

    name: str
    line: int
    original: ast.Module
    path: _Path
    edited: ast.AST

    def tree(self) -> ast.Module:
        """The module with the edit."""
        changed = copy.deepcopy(self.original)
        _put(changed, self.path, copy.deepcopy(self.edited))
        return ast.fix_missing_locations(changed)


def mutants_of(source: str) -> Iterator[Mutant]:
    """Every mutant of a module. Annotations, docstrings and the texts of errors are left alone."""
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for path, scope in _places(tree):
        for mutated in _edits(_at(tree, path)):
            before, after = _shown(_at(tree, path)), _shown(mutated)
            if before == after:
                continue
            name = f"{scope}: {before} → {after}"
            seen[name] += 1
            numbered = name if seen[name] == 1 else f"{name} #{seen[name]}"
            yield Mutant(numbered, getattr(_at(tree, path), "lineno", 0), tree, path, mutated)


def _places(tree: ast.Module) -> Iterator[tuple[_Path, str]]:
    """The path to each node that may be edited, and the name of the function or class around it."""
    yield from _walk(tree, (), "module")


def _walk(node: ast.AST, path: _Path, scope: str) -> Iterator[tuple[_Path, str]]:
    if path and isinstance(node, (ast.expr, ast.stmt)):
        yield path, scope
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        scope = node.name if scope == "module" else f"{scope}.{node.name}"
    for name, value in ast.iter_fields(node):
        if _is_left_alone(node, name):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield from _walk(child, (*path, (name, index)), scope)


def _is_left_alone(node: ast.AST, field: str) -> bool:
    if field in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(node, ast.Call):
        return True
    if isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.dump(node.annotation):
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return True
    if isinstance(node, ast.ClassDef) and any("Protocol" in ast.dump(base) for base in node.bases):
        return True
    return isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _at(tree: ast.AST, path: _Path) -> ast.AST:
    node: ast.AST = tree
    for name, index in path:
        value = getattr(node, name)
        node = value if index is None else value[index]
    return node


def _put(tree: ast.AST, path: _Path, new: ast.AST) -> None:
    (name, index), parent = path[-1], _at(tree, path[:-1])
    if index is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[index] = new


def _edits(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            yield from _of_comparison(node)
        case ast.BoolOp():
            yield from _of_logic(node)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _OPERATIONS:
            yield ast.BinOp(node.left, _OPERATIONS[type(node.op)](), node.right)
        case ast.Constant():
            yield from _of_constant(node)
        case ast.Call():
            yield from _of_call(node)
        case ast.stmt():
            yield from _of_statement(node)
        case ast.IfExp():
            yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Set(elts=[_, _, *_]):
            yield ast.Set(node.elts[1:])
        case ast.Tuple(elts=[_, _, *_], ctx=ast.Load()):
            yield ast.Tuple(node.elts[1:], ast.Load())
        case ast.List(elts=[_, _, *_], ctx=ast.Load()):
            yield ast.List(node.elts[1:], ast.Load())
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
            yield from _of_comprehension(node)


def _of_comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:index], other(), *node.ops[index + 1 :]], node.comparators)


def _of_logic(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for index in range(len(node.values)):
        rest = [*node.values[:index], *node.values[index + 1 :]]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_constant(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str):
        yield ast.Constant(f"{value}☠" if value else "☠")


def _of_call(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        yield ast.Call(ast.Name(_FUNCTIONS[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        yield node.func.value  # text.lower() → text


def _of_statement(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.If() | ast.While():
            yield type(node)(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Return(value=ast.Constant(value=None | False)):
            return  # None is as false as False
        case ast.Return(value=ast.expr()):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()


def _of_comprehension(node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Iterator[ast.AST]:
    for index, part in enumerate(node.generators):
        if part.ifs:
            every = ast.comprehension(part.target, part.iter, [], part.is_async)
            yield type(node)(node.elt, [*node.generators[:index], every, *node.generators[index + 1 :]])


def _shown(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    lines = text.splitlines()
    return lines[0][:160] + (" …" if len(lines) > 1 else "")
