"""Who may import whom, read off the syntax tree; and the size of things."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sm_ssh_widget"
MODULES = sorted(PACKAGE.rglob("*.py"))
FACES = ("wizard", "cli", "serve")

# A room → the rooms that it may import; `problem` may be imported by all but `policy`.
MAY_IMPORT = {
    "policy": set(),
    "requirements": {"policy", "problem"},
    "changes": {"policy", "requirements", "problem"},
    "incoming": set(),
    "clock": set(),
    "notices": set(),
    "schemas": set(),
    "visible": set(),
    "fleet": {"policy", "requirements", "changes", "incoming", "problem", "visible", "version"},
    "export": {"policy", "requirements", "changes", "fleet", "incoming", "problem", "version", "visible"},
    "version": set(),
    "files": {"changes", "fleet", "incoming", "problem", "visible"},
    "doctor": {"policy", "requirements", "problem"},
    "aws": {"policy", "requirements", "changes", "fleet", "clock", "doctor", "files", "notices", "problem", "visible"},
    "simulator": {"policy", "requirements", "clock", "incoming", "problem", "visible"},
    "problem": set(),
    "report": {"aws", "changes", "problem", "requirements"},
    "": {
        "fleet_pipeline",
        "fleet_runs",
        "pipeline",
        "wizard",
    },  # for type checkers only: the verbs are loaded when they are used
    "__main__": {"cli"},
    "pipeline": {
        "clock",
        "policy",
        "requirements",
        "changes",
        "export",
        "aws",
        "files",
        "doctor",
        "simulator",
        "problem",
        "report",
        "version",
    },
    "fleet_runs": {
        "aws",
        "changes",
        "clock",
        "files",
        "fleet",
        "fleet_pipeline",
        "pipeline",
        "policy",
        "problem",
        "requirements",
    },
    "fleet_pipeline": {
        "aws",
        "changes",
        "clock",
        "export",
        "files",
        "fleet",
        "pipeline",
        "policy",
        "problem",
        "report",
        "requirements",
    },
    **{
        face: {
            "clock",
            "fleet",
            "fleet_pipeline",
            "fleet_runs",
            "notices",
            "pipeline",
            "policy",
            "requirements",
            "changes",
            "export",
            "files",
            "doctor",
            "problem",
            "simulator",
            "wizard",
            "version",
            "visible",
        }
        for face in FACES
    },
}
MAY_IMPORT["cli"] = MAY_IMPORT["cli"] | {"schemas", "serve"}  # the commands that print the schemas and start the page
ONLY_IN = {
    "ipywidgets": {"wizard"},
    "anywidget": {"wizard"},
    "voila": {"serve"},
    "moto": {"simulator"},
    "botocore": {"aws", "simulator"},
}
# boto3's session is what a caller hands over, so the pipeline names its type.
BOTO3 = {"aws", "simulator", "pipeline"}


def room(path: Path) -> str:
    """The room of a module: its first folder, or its own name at the top."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that is imported, wherever in the module, and the line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield _absolute(path, node), node.lineno


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = ("sm_ssh_widget", *path.relative_to(PACKAGE).parts[:-1])
    base = parts[: len(parts) - node.level + 1]
    return ".".join((*base, node.module or "")).rstrip(".")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_the_rooms_that_it_may(path: Path) -> None:
    mine = room(path)
    allowed = MAY_IMPORT[mine] | {mine}
    for name, line in imports(path):
        if not name.startswith("sm_ssh_widget"):
            continue
        target = name.split(".")[1] if "." in name else _names_from_top(path, line)
        assert target in allowed, f"{path}:{line}: {mine or 'the package'} may not import {name}"


def _names_from_top(path: Path, line: int) -> str:
    """The room behind ``from sm_ssh_widget import NAME``."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.lineno == line:
            return node.names[0].name
    return ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_library_is_imported_only_where_it_belongs(path: Path) -> None:
    for name, line in imports(path):
        library = name.partition(".")[0]
        assert room(path) in ONLY_IN.get(library, {room(path)}), f"{path}:{line} imports {name}"
        assert library != "boto3" or room(path) in BOTO3, f"{path}:{line} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small_and_say_what_they_are(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), f"{path} has no docstring"
    assert len(text.splitlines()) <= 400, f"{path} is longer than 400 lines"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 50, (
                f"{path}:{node.lineno} {node.name} is longer than 50 lines"
            )


def test_the_rooms_import_each_other_in_no_circle() -> None:
    graph = {name: {target for target in targets if target in MAY_IMPORT} for name, targets in MAY_IMPORT.items()}
    graph["pipeline"] -= set(FACES)

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path, name))
        for target in graph[name] - set(FACES):
            visit(target, (*path, name))

    for name in graph:
        visit(name, ())


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _for_type_checkers(tree: ast.AST) -> set[ast.AST]:
    """The nodes below ``if TYPE_CHECKING``, which no program runs."""
    blocks = (node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    return {inner for block in blocks for each in block.body for inner in ast.walk(each)}


def _modules_imported(path: Path, names: set[str]) -> set[str]:
    """The modules of the package that a module imports when it is loaded, or later in a function."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = _for_type_checkers(tree)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in skipped:
            base = _absolute(path, node)
            found |= {inner if (inner := f"{base}.{each.name}") in names else base for each in node.names}
    return (found & names) - {_name(path)}


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """A circle of the graph, empty if there is none: what is left when modules without open imports are taken off."""
    left = dict(graph)
    while done := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in done:
            del left[name]
    path: list[str] = []
    while left and (not path or path[-1] not in path[:-1]):
        path.append(min(left[path[-1]] & left.keys()) if path else min(left))
    return path[path.index(path[-1]) :] if path else []


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"d", "b"}, "d": set(), "e": {"a"}}
    assert _circle(graph) == ["b", "c", "b"]
    assert _circle({**graph, "c": {"d"}}) == []


def test_no_two_modules_import_each_other_not_even_in_a_function() -> None:
    names = {_name(path) for path in MODULES}
    graph = {_name(path): _modules_imported(path, names) for path in MODULES}
    assert sum(map(len, graph.values())) > 500, "the imports are found"
    assert not (circle := _circle(graph)), " → ".join(circle)


def test_every_command_has_its_own_module() -> None:
    from sm_ssh_widget.cli.verbs import COMMANDS  # noqa: PLC0415

    folder = PACKAGE / "cli" / "commands"
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(COMMANDS)


def test_the_top_level_holds_what_a_reader_expects() -> None:
    known = {
        "pyproject.toml", "sm_ssh_widget", "notebooks", "labextension", "tests", "README.md",
        "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "docs",
    }  # fmt: skip
    made = {"dist", "build", "node_modules"}
    found = {entry.name for entry in PACKAGE.parent.iterdir() if not entry.name.startswith(".")}
    assert found - made <= known
