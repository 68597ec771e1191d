"""The rooms of the package and which of them import which, read off the syntax tree, as a Mermaid diagram.

Usage: python -m tests.docs.imports
"""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sm_ssh_widget"
_EVERYWHERE = ("problem", "version", "")  # imported by nearly every room: they would only blacken the picture


def room_imports() -> dict[str, set[str]]:
    """The rooms (folders, and modules at the top) and the other rooms that each imports."""
    graph: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py").replace("__init__", "")
        targets = graph.setdefault(room, set())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sm_ssh_widget"):
                names = [(node.module or "").removeprefix("sm_ssh_widget").strip(".")]
                if not names[0]:
                    names = [name.name for name in node.names]
                targets.update(name.partition(".")[0] for name in names)
        targets.discard(room)
    return graph


def imports_markdown() -> str:
    """The picture, as a Mermaid diagram that forges render."""
    lines = ["```mermaid", "flowchart TD"]
    for room, targets in room_imports().items():
        if room not in _EVERYWHERE:
            lines += [f"  {room} --> {target}" for target in sorted(targets) if target not in _EVERYWHERE]
    return "\n".join([*lines, "```"]) + "\n"


if __name__ == "__main__":
    print(imports_markdown(), end="")
