"""The plain view: the same value in core ipywidgets, for front ends that cannot show the main one.

One generic renderer, a drawing per kind of block and no code per screen. Static blocks are HTML; what can be pressed,
ticked or filled in is a widget. Fields that are secret are not offered: a core password field keeps its text in its
state. Every sign-in that needs no secret typed works.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import ipywidgets as w

from sm_ssh_widget.wizard.state import Chose, Event, Pressed, Typed
from sm_ssh_widget.wizard.view import View, to_json

Json: TypeAlias = Any
Take: TypeAlias = Callable[[Event], None]
_WIDE = {"width": "100%", "max_width": "848px"}
_SIGNS = {"+": "+ added", "~": "~ changed", "=": "= kept", "": ""}
_LOOKS = {"primary": "primary", "second": "", "plain": "", "link": ""}
_NO_SECRET = "<i>{}: not offered here, because a plain field would keep it. Choose another way, or reload the page.</i>"


class PlainView:
    """Draws views into :attr:`box`, once it is woken; ``take`` takes what a person does."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._view: View | None = None
        self._awake = False
        self._drawn: dict[str, w.Widget] = {}
        self.box = w.VBox(layout=w.Layout(**_WIDE))

    def show(self, view: View) -> None:
        """Draw a view; what did not change keeps its widgets."""
        self._view = view
        if not self._awake:
            return
        before, self._drawn = self._drawn, {}
        told = to_json(view)
        parts = [self._kept(before, part) for part in self._parts(told)]
        self.box.children = tuple(parts)
        for key in before.keys() - self._drawn.keys():
            _close(before[key])

    def wake(self) -> None:
        """Draw from now on."""
        if not self._awake:
            self._awake = True
            if self._view is not None:
                self.show(self._view)

    def step_aside(self) -> None:
        """The main view is there: draw nothing until woken again."""
        self._awake = False
        self.box.children = ()
        for widget in self._drawn.values():
            _close(widget)
        self._drawn = {}

    def close(self) -> None:
        """Take everything off the page."""
        self.step_aside()
        self.box.close()

    def _parts(self, view: Mapping[str, Json]) -> list[Json]:
        steps = " · ".join(
            f"<b>{_e(s['label'])}</b>" if s["state"] == "current" else _e(s["label"]) for s in view["steps"]
        )
        head = f"<p>{steps}</p><p>{_e(' · '.join(view.get('target', ())))}</p><h2>{_e(view['heading'])}</h2>"
        foot = f"<p>{_t(view.get('footnote', ''))}</p><p role='status'>{_t(view.get('status', ''))}</p>"
        lede = f"<p>{_t(view.get('lede', ''))}</p>"
        actions = {"kind": "actions", "items": view["actions"]}
        return [{"kind": "html", "html": head + lede}, *view.get("blocks", ()), actions, {"kind": "html", "html": foot}]

    def _kept(self, before: Mapping[str, w.Widget], block: Json) -> w.Widget:
        key = json.dumps(block, sort_keys=True)
        while key in self._drawn:  # the same block twice on one screen
            key += "'"
        self._drawn[key] = before.get(key) or self._block(block)
        return self._drawn[key]

    # One drawing per kind

    def _block(self, block: Mapping[str, Json]) -> w.Widget:
        kind = block["kind"]
        if kind in ("part", "fold", "folds"):
            return self._group(block)
        if kind == "rows":
            return w.VBox([piece for row in block["rows"] for piece in self._row(row)])
        if kind == "actions":
            return w.HBox([self._button(each) for each in block["items"]], layout=w.Layout(flex_flow="row wrap"))
        if kind == "problem":
            buttons = [self._button(each) for each in block.get("actions", ())]
            return w.VBox([w.HTML(_html(block)), w.HBox(buttons, layout=w.Layout(flex_flow="row wrap"))])
        if kind == "facts":
            buttons = [self._button(item["action"]) for item in block.get("items", ()) if "action" in item]
            return w.VBox([w.HTML(_html(block)), *buttons])
        drawing = {"choice": self._choice, "field": self._field, "code": self._code}.get(kind)
        return drawing(block) if drawing else w.HTML(_html(block))

    def _blocks(self, blocks: Json) -> w.VBox:
        return w.VBox([self._block(block) for block in blocks])

    def _group(self, block: Mapping[str, Json]) -> w.Widget:
        if block["kind"] == "folds":
            return w.VBox([self._group(item) for item in block["items"]])
        if block["kind"] == "part":
            return w.VBox([w.HTML(f"<h3>{_e(block['title'])}</h3>"), self._blocks(block["blocks"])])
        aside = f": {block['aside']}" if block.get("aside") else ""
        fold = w.Accordion([self._blocks(block["blocks"])], titles=(f"{block['summary']}{aside}",))
        fold.selected_index = 0 if block.get("open") else None
        return fold

    def _row(self, row: Mapping[str, Json]) -> list[w.Widget]:
        said = "<br>".join(_t(row[name]) for name in ("fact", "consequence", "remedy") if row.get(name))
        head = w.HTML(f"<b>{_e(row['title'])}</b> — {_e(row['word'])}<br>{said}")
        return [head, *map(self._block, row.get("blocks", ())), *map(self._button, row.get("actions", ()))]

    def _button(self, action: Mapping[str, Json]) -> w.Widget:
        if action.get("url"):
            return w.HTML(f'<a href="{_e(action["url"])}" target="_blank" rel="noopener">{_e(action["label"])}</a>')
        why = action.get("unavailable", "")
        button = w.Button(description=action["label"], disabled=bool(why), tooltip=why or action["label"])
        button.button_style = _LOOKS[action.get("look", "second")]
        button.layout.width = "auto"
        button.on_click(lambda _button: self._take(Pressed(action["id"])))
        return button

    def _choice(self, block: Mapping[str, Json]) -> w.Widget:
        rows: list[w.Widget] = [] if block.get("label_hidden") else [w.HTML(f"<b>{_e(block['label'])}</b>")]
        for option in block["options"]:
            line = " — ".join(
                part for part in (option.get("line"), option.get("aside"), option.get("unavailable")) if part
            )
            rows += [self._option(block, option), *([w.HTML(_t(line))] if line else [])]
            rows += [self._block(each) for each in option.get("blocks", ())]
        return w.VBox(rows)

    def _option(self, block: Mapping[str, Json], option: Mapping[str, Json]) -> w.Widget:
        on, why = bool(option.get("on")), option.get("unavailable", "")
        if block["mode"] == "check":
            box = w.Checkbox(value=on, description=option["title"], disabled=bool(why), indent=False)
        else:
            icon = "dot-circle-o" if on else "circle-o"
            box = w.ToggleButton(value=on, description=option["title"], disabled=bool(why), tooltip=why, icon=icon)
        box.layout.width = "auto"
        box.observe(lambda change: self._take(Chose(block["id"], option["id"], bool(change["new"]))), "value")
        return box

    def _field(self, block: Mapping[str, Json]) -> w.Widget:
        kind, label = block.get("type", "text"), block["label"]
        if kind in ("private", "secret", "secret-multiline"):
            return w.HTML(_NO_SECRET.format(_e(label)))
        style, layout = {"description_width": "initial"}, w.Layout(width="100%")
        field: w.Widget
        if kind == "select":
            options = [(text, value) for value, text in block.get("options", ())]
            known = {value for _, value in options}
            value = block.get("value", "") if block.get("value", "") in known else next(iter(known), None)
            field = w.Dropdown(options=options, value=value, description=label, style=style, layout=layout)
        else:
            value, hint = block.get("value", ""), block.get("placeholder", "")
            field = w.Text(
                value, description=label, placeholder=hint, continuous_update=False, style=style, layout=layout
            )
        field.observe(lambda change: self._take(Typed(block["id"], str(change["new"]))), "value")
        return w.VBox([field, w.HTML(_t(block.get("hint", "")))])

    def _code(self, block: Mapping[str, Json]) -> w.Widget:
        label, layout = f"<b>{_e(block['label'])}</b>", w.Layout(width="100%")
        rows = min(14, block["text"].count("\n") + 2)
        return w.VBox([w.HTML(label), w.Textarea(block["text"], disabled=True, rows=rows, layout=layout)])


def _html(block: Mapping[str, Json]) -> str:
    """A static block: its texts, in the order in which it tells them."""
    kind = block["kind"]
    if kind == "html":
        return str(block["html"])
    if kind == "table":
        head = "".join(f"<th>{_e(name)}</th>" for name in ("", *block["columns"]))
        rows = (
            "".join(f"<td>{_t(cell)}</td>" for cell in (_SIGNS[r.get("sign", "")], *r["cells"])) for r in block["rows"]
        )
        return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    if kind == "diff":
        return f"<pre>{_e(chr(10).join(f'{mark} {text}' for mark, text in block['lines']))}</pre>"
    if kind == "problem":
        parts = (("Where", "where"), ("What was said", "said"), ("What next", "next"))
        return "".join(f"<p><b>{title}:</b> {_t(block.get(name, ''))}</p>" for title, name in parts)
    if kind == "device":
        link = f'<a href="{_e(block["url"])}" target="_blank" rel="noopener">{_e(block["url"])}</a>'
        return f"<p>Your code</p><h2><code>{_e(block['code'])}</code></h2><p>{link}</p>{_listed(block['steps'])}"
    return f"<p>{_t(' '.join(_texts(block)))}</p>"


def _texts(value: Json) -> list[str]:
    """Every text in a block, but for the names that are not shown."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        hidden = ("kind", "tone", "icon", "id", "action", "small")
        return [text for name, each in value.items() if name not in hidden for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, (list, tuple)) else []


def _listed(items: Json) -> str:
    return f"<ol>{''.join(f'<li>{_t(item)}</li>' for item in items)}</ol>"


def _e(text: str) -> str:
    return html.escape(str(text))


def _t(text: str) -> str:
    """A text with what is marked as code set as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", _e(text))


def _close(widget: w.Widget) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()
