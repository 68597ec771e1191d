"""The plain view: the same value in core ipywidgets, for front ends that cannot show the main one.

One drawing per kind of block and no code per screen: what is static is HTML, what can be used is a widget. Secret
fields are not offered, since a core password field keeps its text; every sign-in that needs no secret typed works.

A button is bound to the revision of the view that it was drawn for. With the next revision all buttons are drawn anew,
and one that was not on the screen before cannot be used for a moment: it may stand where another one was.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import ipywidgets as w

from sm_ssh_widget.wizard.fresh import FreshButtons, Later
from sm_ssh_widget.wizard.state import Chose, Event, Typed
from sm_ssh_widget.wizard.view import View, actions, to_json

_e = html.escape
Json: TypeAlias = Any
Told: TypeAlias = Mapping[str, Json]
Press: TypeAlias = Callable[[str, int], None]
_NOT_HERE = "<i>{}: not offered here, a plain field would keep it. Choose another way, or reload the page.</i>"
_HIDDEN = ("kind", "tone", "icon", "id", "action", "small", "data")


class PlainView:
    """Draws views into :attr:`box` while it is awake.

    ``take`` takes what a person enters, ``press`` the id of a button and the revision that it was drawn for.
    ``later`` calls back after some seconds, when nobody else draws.
    """

    def __init__(self, take: Callable[[Event], None], press: Press, later: Later) -> None:
        self._take, self._press, self._fresh = take, press, FreshButtons(later)
        self._view: View | None = None
        self._awake = False
        self._drawn: dict[str, w.Widget] = {}
        self.box = w.VBox(layout=w.Layout(width="100%", max_width="848px"))

    def show(self, view: View) -> None:
        """Draw a view; what did not change keeps its widgets."""
        self._view = view
        if not self._awake:
            return
        before, self._drawn = self._drawn, {}
        self._fresh.show(frozenset(action.id for action in actions(view)))
        self.box.children = tuple(self._kept(before, part) for part in _parts(to_json(view)))
        for key in before.keys() - self._drawn.keys():
            _close(before[key])

    def wake(self) -> None:
        """Draw from now on."""
        self._awake = True
        if self._view is not None:
            self.show(self._view)

    def step_aside(self) -> None:
        """The main view is there: draw nothing until woken again."""
        self._awake, self.box.children = False, ()
        for widget in self._drawn.values():
            _close(widget)
        self._drawn = {}
        self._fresh.forget()

    def _kept(self, before: Mapping[str, w.Widget], block: Told) -> w.Widget:
        revision = self._view.revision if self._view and _has_buttons(block) else 0
        key = f"{revision} {json.dumps(block, sort_keys=True)}"
        while key in self._drawn:  # the same block twice on one screen
            key += "'"
        self._drawn[key] = before.get(key) or self._block(block)
        return self._drawn[key]

    def _block(self, block: Told) -> w.Widget:
        drawing = getattr(self, f"_{block['kind']}", None)
        if drawing:
            return drawing(block)
        found = block.get("actions") or [item["action"] for item in block.get("items", ()) if "action" in item]
        static = w.HTML(_html(block))
        return w.VBox([static, self._buttons(found)]) if found else static

    def _blocks(self, blocks: Json) -> list[w.Widget]:
        return [self._block(block) for block in blocks]

    def _buttons(self, found: Json) -> w.Widget:
        return w.HBox([self._button(each) for each in found], layout=w.Layout(flex_flow="row wrap"))

    def _button(self, action: Told) -> w.Widget:
        if action.get("url"):
            return w.HTML(_link(action["url"], action["label"]))
        why = action.get("unavailable", "")
        fresh = self._fresh.is_fresh(action["id"])
        button = w.Button(description=action["label"], disabled=bool(why) or fresh, tooltip=why or action["label"])
        button.button_style = "primary" if action.get("look") == "primary" else ""
        button.layout.width = "auto"
        revision = self._view.revision if self._view else 0
        button.on_click(lambda _button: None if button.disabled else self._press(action["id"], revision))
        if fresh and not why:
            self._fresh.wait(action["id"], button)
        return button

    def _rows(self, block: Told) -> w.Widget:
        found: list[w.Widget] = []
        for row in block["rows"]:
            said = "".join(f"<br>{_t(row[name])}" for name in ("fact", "consequence", "remedy") if row.get(name))
            found.append(w.HTML(f"<b>{_e(row['title'])}</b> — {_e(row['word'])}{said}"))
            found += [*self._blocks(row.get("blocks", ())), *map(self._button, row.get("actions", ()))]
        return w.VBox(found)

    def _part(self, block: Told) -> w.Widget:
        return w.VBox([w.HTML(f"<h3>{_e(block['title'])}</h3>"), *self._blocks(block["blocks"])])

    def _folds(self, block: Told) -> w.Widget:
        return w.VBox(list(map(self._fold, block["items"])))

    def _fold(self, block: Told) -> w.Widget:
        title = ": ".join(text for text in (block["summary"], block.get("aside")) if text)
        fold = w.Accordion([w.VBox(self._blocks(block["blocks"]))], titles=(title,))
        fold.selected_index = 0 if block.get("open") else None
        return fold

    def _choice(self, block: Told) -> w.Widget:
        found: list[w.Widget] = [] if block.get("label_hidden") else [w.HTML(f"<b>{_e(block['label'])}</b>")]
        for option in block["options"]:
            texts = (option.get(name) for name in ("line", "aside", "unavailable"))
            found += [self._option(block, option), w.HTML(_t(" — ".join(text for text in texts if text)))]
            found += self._blocks(option.get("blocks", ()))
        return w.VBox(found)

    def _option(self, block: Told, option: Told) -> w.Widget:
        on, off = bool(option.get("on")), bool(option.get("unavailable"))
        if block["mode"] == "check":
            box = w.Checkbox(on, description=option["title"], disabled=off, indent=False)
        else:
            icon = "dot-circle-o" if on else "circle-o"
            box = w.ToggleButton(on, description=option["title"], disabled=off, icon=icon)
        box.layout.width = "auto"
        box.observe(lambda change: self._take(Chose(block["id"], option["id"], bool(change["new"]))), "value")
        return box

    def _field(self, block: Told) -> w.Widget:
        kind, value = block.get("type", "text"), block.get("value", "")
        if kind not in ("text", "select"):
            return w.HTML(_NOT_HERE.format(_e(block["label"])))
        given = {"description": block["label"], "style": {"description_width": "initial"}}
        if kind == "select":
            options = {text: each for each, text in block.get("options", ())}
            field = w.Dropdown(options=options, value=value if value in options.values() else None, **given)
        else:
            field = w.Text(value, placeholder=block.get("placeholder", ""), continuous_update=False, **given)
        field.layout.width = "100%"
        field.observe(lambda change: self._take(Typed(block["id"], str(change["new"]))), "value")
        action = [self._button(block["action"])] if "action" in block else []
        return w.VBox([field, w.HTML(_t(block.get("hint", ""))), *action])


def _has_buttons(value: Json) -> bool:
    """Whether a button is drawn in a block: ``action`` and ``actions`` are the names that hold one."""
    if isinstance(value, Mapping):
        return any(name in ("action", "actions") or _has_buttons(each) for name, each in value.items() if each)
    return isinstance(value, list) and any(map(_has_buttons, value))


def _parts(view: Told) -> list[Told]:
    steps = " · ".join(f"<b>{_e(s['label'])}</b>" if s["state"] == "current" else _e(s["label"]) for s in view["steps"])
    target = _e(" · ".join(view.get("target", ())))
    head = f"<p>{steps}</p><p>{target}</p><h2>{_e(view['heading'])}</h2><p>{_t(view.get('lede', ''))}</p>"
    foot = f"<p>{_t(view.get('footnote', ''))}</p><p role='status'>{_t(view.get('status', ''))}</p>"
    footer = {"kind": "html", "html": "", "actions": view["actions"]}
    return [{"kind": "html", "html": head}, *view.get("blocks", ()), footer, {"kind": "html", "html": foot}]


def _html(block: Told) -> str:
    kind = block["kind"]
    if kind == "html":
        return str(block["html"])
    if kind == "table":
        lines = (("", *block["columns"]), *((row.get("sign", ""), *row["cells"]) for row in block["rows"]))
        cells = ("".join(f"<td>{_t(cell)}</td>" for cell in line) for line in lines)
        return f"<table><tr>{'</tr><tr>'.join(cells)}</tr></table>"
    if kind in ("code", "diff"):
        text = block["text"] if kind == "code" else "\n".join(" ".join(line) for line in block["lines"])
        return f"<b>{_e(block['label'])}</b><pre>{_e(text)}</pre>"
    if kind == "device":
        return f"<p>Your code: <b>{_e(block['code'])}</b></p>{_link(block['url'], block['url'])}"
    if kind == "download":
        file = _e(block["file"])
        return f'<a download="{file}" href="data:application/zip;base64,{_e(block["data"])}">{file}</a>'
    if kind == "facts":
        facts = ((_e(f["label"]), _t(f["value"]), _t(f.get("source", ""))) for f in block.get("items", ()))
        return "<br>".join(f"<b>{label}:</b> {value} {source}" for label, value, source in facts)
    names = {"where": "Where: ", "said": "What was said: ", "next": "What next: "}
    pairs = [(name, value) for name, value in block.items() if name not in (*_HIDDEN, "actions")]
    return "".join(f"<p>{names.get(name, '')}{_t(' '.join(_texts(value)))}</p>" for name, value in pairs)


def _texts(value: Json) -> list[str]:
    if isinstance(value, Mapping):
        return [text for name, each in value.items() if name not in _HIDDEN for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, (list, tuple)) else [str(value)]


def _link(url: str, label: str) -> str:
    safe = url if url.startswith(("https:", "http:")) else "about:blank"
    return f'<a href="{_e(safe)}" target="_blank" rel="noopener noreferrer">{_e(label)}</a>'


def _t(text: str) -> str:
    """A text with what is marked as code set as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", _e(text))


def _close(widget: w.Widget) -> None:
    for part in (*getattr(widget, "children", ()), getattr(widget, "layout", None), getattr(widget, "style", None)):
        if isinstance(part, w.Widget):
            _close(part)
    widget.close()
