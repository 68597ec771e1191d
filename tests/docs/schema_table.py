"""The JSON Schemas of the package as a Markdown table."""

from __future__ import annotations

from sm_ssh_widget import schemas


def schemas_markdown() -> str:
    """One row a schema: its name, its number, and which document it describes."""
    lines = ["| `docs schema` | Number | Document |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {number} | {schemas.schema(name)['description']} |" for name, number in schemas.NUMBERS.items()
    ]
    return "\n".join(lines) + "\n"
