"""The static parts of the plain view as HTML, one function per kind of block. Everything is escaped here."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
Told: TypeAlias = Mapping[str, Json]
Say: TypeAlias = Callable[[str], str]
"""Translates a text of this view itself; those of a block are translated already."""

_e = html.escape
_SIGNS = {"+": "added", "-": "removed", "~": "changed", "=": "kept"}
_SIMULATED = (
    "background: repeating-linear-gradient(-45deg, #fc9 0 8px, #fdb 8px 16px); "
    "color: #000; margin: 0; padding: 6px 12px"
)
_CELL = "padding: 2px 12px 2px 0; text-align: left; vertical-align: top"


def rich(text: str) -> str:
    """A text with what is marked as code set as code, and the marks of terms taken away."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", re.sub(r"\{\{([^{}]+)\}\}", r"\1", _e(text)))


def link(url: str, label: str) -> str:
    """A link to a web page, which opens in a tab of its own."""
    safe = url if url.startswith(("https:", "http:")) else "about:blank"
    return f'<a href="{_e(safe)}" target="_blank" rel="noopener noreferrer">{_e(label)}</a>'


def head(view: Told, say: Say) -> str:
    """Whether the account is real, where this works and as whom, where the story stands, and the answer."""
    where = view.get("context", {})
    bar = " · ".join(_e(str(where[name])) for name in ("account", "role", "region", "words") if where.get(name))
    steps = " · ".join(f"<b>{_e(s['label'])}</b>" if s["state"] == "current" else _e(s["label"]) for s in view["steps"])
    simulated = ""
    if "simulated" in view:
        title, nothing = say("Simulated account"), say("nothing reaches AWS")
        text = f"<b>{_e(title)}</b> {_e(view['simulated'])} · {_e(nothing)}"
        simulated = f'<p role="note" aria-label="{_e(title)}" style="{_SIMULATED}">{text}</p>'
    icon = {"blocked": "✗ ", "failed": "✗ ", "satisfied": "✓ "}.get(view.get("icon", ""), "")
    answer = f"<h2>{icon}{rich(view['heading'])}</h2><p>{rich(view.get('lede', ''))}</p>"
    return f"{simulated}<p>{bar}</p><p>{steps}</p>{answer}"


def foot(view: Told) -> str:
    """The note of the footer, and what a live region says."""
    said = f"<p role='status'>{rich(view.get('status', ''))}</p>"
    return f"<p>{rich(view.get('footnote', ''))}</p>{said}"


def block_html(block: Told, say: Say) -> str:
    """A static block; a kind that has nothing to show is empty."""
    if speaking := _SPEAKING.get(block["kind"]):
        return speaking(block, say)
    drawing = _DRAWINGS.get(block["kind"])
    return drawing(block) if drawing else ""


def _paragraph(block: Told) -> str:
    text = rich(block.get("text", ""))
    return f"<p><b>{text}</b></p>" if block.get("strong") else f"<p>{text}</p>"


def _led(block: Told) -> str:
    """A paragraph whose first words are said stronger."""
    return f"<p><b>{rich(block.get('lead', ''))}</b> {rich(block.get('text', ''))}</p>"


def _table(block: Told) -> str:
    heads = "".join(f'<th style="{_CELL}">{_e(name)}</th>' for name in block["columns"])
    rows = "".join(_table_row(row) for row in block.get("rows", ()))
    return f"<table><caption>{_e(block.get('caption', ''))}</caption><tr>{heads}</tr>{rows}</table>"


def _table_row(row: Told) -> str:
    first, *rest = row.get("cells", ())
    sign = f"{row['sign']} " if row.get("sign") else ""
    cells = (f'<td style="{_CELL}">{cell}</td>' for cell in (sign + rich(first), *map(rich, rest)))
    return f"<tr>{''.join(cells)}</tr>"


def _matrix(block: Told) -> str:
    """Roles and requirements, a word for each cell."""
    columns, marks = block.get("columns", ()), block.get("marks", ())
    heads = (block["corner"], *(each["title"] for each in columns), block["beside"])
    rows = (
        (f"<b>{_e(row['title'])}</b><br>{_e(row['text'])}", *(_e(marks[n]["word"]) for n in row["cells"]), _aside(row))
        for row in block.get("rows", ())
    )
    told = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    named = "".join(f'<th style="{_CELL}">{_e(name)}</th>' for name in heads)
    return f"<table><caption>{_e(block['label'])}</caption><tr>{named}</tr>{told}</table>"


def _cells(row: Iterable[str]) -> str:
    return "".join(f'<td style="{_CELL}">{cell}</td>' for cell in row)


def _aside(row: Told) -> str:
    return _e(row.get("aside", ""))


def _code(block: Told) -> str:
    return f"<b>{_e(block['label'])}</b><pre>{_e(block.get('text', ''))}</pre>"


def _diff(block: Told) -> str:
    text = "\n".join(f"{' ' if mark == '=' else mark} {line}" for mark, line in block.get("lines", ()))
    return f"<b>{_e(block['label'])}</b><pre>{_e(text)}</pre>"


def _device(block: Told, say: Say) -> str:
    code = f"<p>{_e(say('Your code:'))} <b>{_e(block['code'])}</b></p>"
    return f"{code}{link(block['url'], block['url'])}{_list(block.get('steps', ()))}"


def _facts(block: Told) -> str:
    facts = ((_e(f["label"]), rich(f.get("value", "")), rich(f.get("source", ""))) for f in block.get("items", ()))
    return "<br>".join(f"<b>{label}:</b> {value} {source}" for label, value, source in facts)


def _problem(block: Told, say: Say) -> str:
    said = "AWS said" if block.get("by_aws") else "Problem"
    parts = (("Where", block.get("where", "")), (said, block.get("said", "")), ("What next", block.get("next", "")))
    return "".join(f"<p><b>{_e(say(name))}:</b> {rich(text)}</p>" for name, text in parts)


def _figures(block: Told) -> str:
    items = (f"<b>{_e(f['label'])}:</b> {_e(f['value'])} ({rich(f.get('text', ''))})" for f in block.get("items", ()))
    return "<br>".join(items)


def _picture(block: Told) -> str:
    told = (each["aloud"] for each in (*block.get("edges", ()), *block.get("facets", ())))
    return f"<p><b>{_e(block['label'])}</b></p>{_list(told)}"


def _statements(block: Told, say: Say) -> str:
    told = (_statement(each, say) for each in block.get("items", ()))
    return f"<p><b>{_e(block['label'])}</b></p>{_list(told, marked=True)}"


def _statement(each: Told, say: Say) -> str:
    sign = f"{each['sign']} {_e(say(_SIGNS[each['sign']]))}: " if each.get("sign") else ""
    level = f" ({_e(each['level'])})" if each.get("level") else ""
    more = (*each.get("conditions", ()), *each.get("flags", ()), ", ".join(f"`{c}`" for c in each.get("calls", ())))
    return f"{sign}{rich(each.get('text', ''))}{level}" + "".join(f"<br>{rich(text)}" for text in more if text)


def _lines(block: Told) -> str:
    told = (f"{e['sign']} {_e(e['title'])} <i>{_e(e.get('aside', ''))}</i>" for e in block.get("items", ()))
    return _list(told, marked=True)


def _calls(block: Told) -> str:
    return _list(each["text"] for each in block.get("items", ()))


def _meter(block: Told, say: Say) -> str:
    seconds = "" if block.get("over") or not block.get("seconds") else say(f"{block['seconds']} s so far.")
    return f"<p>{_e(seconds)} {rich(block.get('text', ''))}</p>"


def _download(block: Told) -> str:
    file = _e(block["file"])
    return f'<a download="{file}" href="data:application/octet-stream;base64,{_e(block["data"])}">{file}</a>'


def _list(items: Iterable[str], *, marked: bool = False) -> str:
    """A list of texts, or, with ``marked``, of what is HTML already."""
    return f"<ul>{''.join(f'<li>{each if marked else rich(each)}</li>' for each in items)}</ul>"


def _labelled(block: Told) -> str:
    return f"<p>{rich(block.get('label') or block.get('title') or '')} {rich(block.get('text', ''))}</p>"


_SPEAKING: Mapping[str, Callable[[Told, Say], str]] = {
    "device": _device,
    "problem": _problem,
    "statements": _statements,
    "meter": _meter,
}
_DRAWINGS: Mapping[str, Callable[[Told], str]] = {
    "html": lambda block: str(block["html"]),
    "text": _paragraph,
    "note": _led,
    "band": _led,
    "skeleton": _labelled,
    "waiting": lambda block: f"<p>{rich(block.get('text', ''))} {rich(block.get('aside', ''))}</p>",
    "table": _table,
    "code": _code,
    "matrix": _matrix,
    "diff": _diff,
    "facts": _facts,
    "figures": _figures,
    "picture": _picture,
    "lines": _lines,
    "calls": _calls,
    "download": _download,
}
