"""The plain view: the same value in core ipywidgets, for front ends that cannot show the main one.

One drawing per kind of block and no code per screen: what is static is HTML, what can be used is a widget. Secret
fields are not offered, since a core password field keeps its text; every sign-in that needs no secret typed works.

A button is bound to the revision of the view that it was drawn for. With the next revision all buttons are drawn anew,
and one that was not on the screen before cannot be used for a moment: it may stand where another one was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import ipywidgets as w

from sm_ssh_widget.wizard.fresh import FreshButtons, Later
from sm_ssh_widget.wizard.plain_html import Say, block_html, foot, head, link, rich
from sm_ssh_widget.wizard.state import Chose, Event, Typed
from sm_ssh_widget.wizard.view import View, actions, to_json

Json: TypeAlias = Any
Told: TypeAlias = Mapping[str, Json]
Press: TypeAlias = Callable[[str, int], None]
_NOT_HERE = (
    "not available in the plain view, which cannot protect secrets. Choose another sign-in method, or reload the page."
)
KEPT_SECONDS = 30.0
"""How long widgets are kept that have left the page: it may still be loading them, and errors follow a closed one."""
_STYLES = {"primary": "primary", "danger": "danger"}


class PlainView:
    """Draws views into :attr:`box` while it is awake.

    ``take`` takes what a person enters, ``press`` the id of a button and the revision that it was drawn for.
    ``later`` calls back after some seconds, if the main view does not draw. ``layout`` is that of the box. ``say``
    translates.
    """

    def __init__(
        self, take: Callable[[Event], None], press: Press, later: Later, layout: w.Layout, say: Say = str
    ) -> None:
        self._say = say
        self._take, self._press, self._later, self._fresh = take, press, later, FreshButtons(later)
        self._view: View | None = None
        self._awake = False
        self._drawn: dict[str, w.Widget] = {}
        self._left: list[w.Widget] = []
        self.box = w.VBox(layout=layout)

    def show(self, view: View) -> None:
        """Draw a view; what did not change keeps its widgets."""
        self._view = view
        if not self._awake:
            return
        before, self._drawn = self._drawn, {}
        self._fresh.show(frozenset(action.id for action in actions(view)))
        self.box.children = tuple(self._kept(before, part) for part in _parts(to_json(view, self._say), self._say))
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
        left, self._drawn = list(self._drawn.values()), {}
        self._fresh.forget()
        if left:
            self._left += left
            self._later(KEPT_SECONDS, partial(self._close_left, len(left)))

    def close(self) -> None:
        """Close every widget at once."""
        self.step_aside()
        self._close_left(len(self._left))
        self.box.close()

    def _close_left(self, number: int) -> None:
        left, self._left = self._left[:number], self._left[number:]
        for widget in left:
            _close(widget)

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
        static = w.HTML(block_html(block, self._say))
        return w.VBox([static, self._buttons(found)]) if found else static

    def _blocks(self, blocks: Json) -> list[w.Widget]:
        return [self._block(block) for block in blocks]

    def _buttons(self, found: Json) -> w.Widget:
        return w.HBox([self._button(each) for each in found], layout=w.Layout(flex_flow="row wrap"))

    def _button(self, action: Told) -> w.Widget:
        if action.get("url"):
            return w.HTML(link(action["url"], action["label"]))
        if "copies" in action:  # there is no way to the clipboard from here: the text itself is shown
            text = w.HTML(block_html({"kind": "code", "label": action["label"], "text": action["copies"]}, self._say))
            shown = w.Accordion([text], titles=(action["label"],))
            shown.selected_index = None
            return shown
        why = action.get("unavailable", "")
        fresh = self._fresh.is_fresh(action["id"])
        button = w.Button(description=action["label"], disabled=bool(why) or fresh, tooltip=why or action["label"])
        button.button_style = _STYLES.get(action.get("look", ""), "")
        button.layout.width = "auto"
        revision = self._view.revision if self._view else 0
        button.on_click(lambda _button: None if button.disabled else self._press(action["id"], revision))
        if fresh and not why:
            self._fresh.wait(action["id"], button)
        return button

    def _rows(self, block: Told) -> w.Widget:
        found: list[w.Widget] = []
        for row in block["rows"]:
            said = "".join(f"<br>{rich(row[name])}" for name in ("fact", "consequence", "remedy") if row.get(name))
            word = f" — {rich(row['word'])}" if row.get("word") else ""
            found.append(w.HTML(f"<b>{rich(row.get('title', ''))}</b>{word}{said}"))
            found += [*self._blocks(row.get("blocks", ())), *map(self._button, row.get("actions", ()))]
        return w.VBox(found)

    def _part(self, block: Told) -> w.Widget:
        aside = f" <small>{rich(block['aside'])}</small>" if block.get("aside") else ""
        return w.VBox([w.HTML(f"<h3>{rich(block['title'])}{aside}</h3>"), *self._blocks(block.get("blocks", ()))])

    def _section(self, block: Told) -> w.Widget:
        hint = w.HTML(rich(block.get("hint", "")))
        action = [self._button(block["action"])] if "action" in block else []
        return w.VBox([w.HTML(f"<h3>{rich(block['title'])}</h3>"), hint, *self._blocks(block["blocks"]), *action])

    def _links(self, block: Told) -> w.Widget:
        return self._buttons(block.get("items", ()))

    def _tabs(self, block: Told) -> w.Widget:
        items = block.get("items", ())
        panes = [w.VBox(self._blocks(tab.get("blocks", ()))) for tab in items]
        return w.Tab(panes, titles=tuple(tab["title"] for tab in items))

    def _changes(self, block: Told) -> w.Widget:
        found: list[w.Widget] = [w.HTML(f"<h3>{rich(block['title'])}</h3>")]
        for change in block.get("items", ()):
            texts = (change.get(name) for name in ("warning", "tag", "delta"))
            told = f"{change['sign']} {', '.join(text for text in texts if text)}"
            details = w.Accordion(
                [w.VBox(self._blocks(change.get("blocks", ())))], titles=(self._say(f"Details: {told}"),)
            )
            details.selected_index = 0 if change.get("open") else None
            found += [self._box(block["id"], change), details]
        return w.VBox(found)

    def _box(self, choice: str, item: Told) -> w.Widget:
        """A box to tick."""
        off = bool(item.get("unavailable"))
        box = w.Checkbox(bool(item.get("on")), description=item["title"], disabled=off, indent=False)
        box.layout.width = "auto"
        box.observe(lambda change: self._take(Chose(choice, item["id"], bool(change["new"]))), "value")
        return box

    def _picker(self, block: Told) -> w.Widget:
        query = w.Text(block.get("value", ""), continuous_update=False, description=block["label"])
        query.style.description_width = "initial"
        query.observe(lambda change: self._take(Typed(block["id"], str(change["new"]))), "value")
        items = {f"{item['title']}  {item.get('text', '')}": item["value"] for item in block.get("items", ())}
        value = block.get("chosen") if block.get("chosen") in items.values() else None
        found = w.Select(options=items, value=value, rows=min(8, max(2, len(items))), layout=w.Layout(width="100%"))
        found.observe(lambda change: self._take(Typed("pick-role", str(change["new"]))), "value")
        return w.VBox([query, found, w.HTML(rich(block.get("text", "")))])

    def _cards(self, block: Told) -> w.Widget:
        found: list[w.Widget] = [w.HTML(f"<h3>{rich(block['title'])} <small>{rich(block['aside'])}</small></h3>")]
        for card in block.get("items", ()):
            title = f"{card['number']} {card['title']} ({card['share']}%)"
            found += [self._box(block["id"], {**card, "title": title}), w.HTML(rich(card.get("text", "")))]
        return w.VBox(found)

    def _matrix(self, block: Told) -> w.Widget:
        """The rows that were sent, as a table; below it buttons for those before and behind, and a list to open one."""
        query = w.Text(block.get("value", ""), continuous_update=False, description=self._say("Filter roles"))
        query.style.description_width = "initial"
        query.observe(lambda change: self._take(Typed(block["find"], str(change["new"]))), "value")
        rows, first = block.get("rows", ()), block.get("first", 0)
        names = w.Select(options={row["title"]: row["id"] for row in rows}, rows=min(8, max(2, len(rows))))
        opens = w.Button(description=self._say("Open this role"), disabled=not rows)
        revision = self._view.revision if self._view else 0
        opens.on_click(lambda _button: self._press(f"{block['open']}:{names.value}", revision))
        pages = [
            self._page(block, "Earlier roles", first - len(rows), enabled=first > 0),
            self._page(block, "Later roles", first + len(rows), enabled=first + len(rows) < block.get("total", 0)),
        ]
        chips = [self._box(block["statuses"], chip) for chip in block.get("chips", ())]
        table = w.HTML(block_html(block, self._say))
        return w.VBox([query, *chips, table, w.HBox(pages), w.HTML(rich(block["text"])), names, opens])

    def _page(self, block: Told, label: str, row: int, *, enabled: bool) -> w.Widget:
        button = w.Button(description=self._say(label), disabled=not enabled)
        button.on_click(lambda _button: self._take(Typed(block["scroll"], str(max(0, row)))))
        return button

    def _fold(self, block: Told) -> w.Widget:
        title = ": ".join(text for text in (block["summary"], block.get("aside")) if text)
        fold = w.Accordion([w.VBox(self._blocks(block.get("blocks", ())))], titles=(title,))
        fold.selected_index = 0 if block.get("open") else None
        return fold

    def _choice(self, block: Told) -> w.Widget:
        found: list[w.Widget] = [] if block.get("label_hidden") else [w.HTML(f"<b>{rich(block['label'])}</b>")]
        found += [w.HTML(rich(block["text"]))] if block.get("text") else []
        for option in block["options"]:
            texts = (option.get(name) for name in ("line", "aside", "unavailable"))
            found += [self._option(block, option), w.HTML(rich(" — ".join(text for text in texts if text)))]
            found += self._blocks(option.get("blocks", ()))
        return w.VBox(found)

    def _option(self, block: Told, option: Told) -> w.Widget:
        if block["mode"] == "check":
            return self._box(block["id"], option)
        on, off = bool(option.get("on")), bool(option.get("unavailable"))
        icon = "dot-circle-o" if on else "circle-o"
        button = w.ToggleButton(on, description=option["title"], disabled=off, icon=icon)
        button.layout.width = "auto"
        button.observe(lambda change: self._take(Chose(block["id"], option["id"], bool(change["new"]))), "value")
        return button

    def _field(self, block: Told) -> w.Widget:
        kind, value = block.get("type", "text"), block.get("value", "")
        if kind not in ("text", "select"):
            return w.HTML(f"<i>{rich(block['label'])}: {rich(self._say(_NOT_HERE))}</i>")
        given = {"description": block["label"], "style": {"description_width": "initial"}}
        if kind == "select":
            options = {text: each for each, text in block.get("options", ())}
            field = w.Dropdown(options=options, value=value if value in options.values() else None, **given)
        else:
            field = w.Text(value, placeholder=block.get("placeholder", ""), continuous_update=False, **given)
        field.layout.width = "100%"
        field.observe(lambda change: self._take(Typed(block["id"], str(change["new"]))), "value")
        action = [self._button(block["action"])] if "action" in block else []
        wrong = (
            f"<b>{rich(self._say('Problem'))}:</b> {rich(block['error'])}"
            if block.get("error")
            else rich(block.get("hint", ""))
        )
        return w.VBox([field, w.HTML(wrong), *action])


def _has_buttons(value: Json) -> bool:
    """Whether a button is drawn in a block: ``action`` and ``actions`` are the names that hold one."""
    if isinstance(value, Mapping):
        return any(name in ("action", "actions") or _has_buttons(each) for name, each in value.items() if each)
    return isinstance(value, list) and any(map(_has_buttons, value))


def _parts(view: Told, say: Say) -> list[Told]:
    """The blocks of a view between its head and its foot, each with its buttons."""
    steps = [_step(each) for each in view["steps"] if each.get("go")]
    beside = [view["again"]] if "again" in view else []
    beside += [view["context"]["forget"]] if "forget" in view.get("context", {}) else []
    footer = {"kind": "html", "html": foot(view), "actions": [*view.get("actions", ()), *beside]}
    saves = [{"kind": "download", **view["saves"]}] if "saves" in view else []
    return [{"kind": "html", "html": head(view, say), "actions": steps}, *view.get("blocks", ()), *saves, footer]


def _step(item: Told) -> Told:
    """A step that can be gone to, as a button."""
    return {"id": item["go"], "label": item["label"], "look": "plain"}


def _close(widget: w.Widget) -> None:
    for part in (*getattr(widget, "children", ()), getattr(widget, "layout", None), getattr(widget, "style", None)):
        if isinstance(part, w.Widget):
            _close(part)
    widget.close()
