"""A stand-in for the wizard, run by a kernel at its start: what the panel rests on, and nothing else.

``show()`` displays the one widget of this kernel, whose ``view`` says what it is busy with.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import anywidget
import traitlets
from IPython.display import display

ESM = """
export default {
  render({ model, el }) {
    const count = document.createElement('button');
    const apply = document.createElement('button');
    const draw = () => {
      const view = model.get('view');
      count.textContent = `Count ${view.count}`;
      apply.textContent = view.busy ? 'Applying' : 'Apply';
      el.dataset.opened = JSON.stringify(view.opened);
    };
    count.onclick = () => model.send({ kind: 'count' });
    apply.onclick = () => model.send({ kind: 'apply' });
    model.on('change:view', draw);
    draw();
    el.append(count, apply);
    el.className = 'stand-in';
  }
};
"""


class StandIn(anywidget.AnyWidget):
    _esm = ESM
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, **opened: object) -> None:
        super().__init__(view={"count": 0, "busy": "", "opened": opened})
        self.on_msg(self._heard)

    def _heard(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        if message["kind"] == "count":
            self.view = {**self.view, "count": self.view["count"] + 1}
        else:
            self.view = {**self.view, "busy": "" if self.view["busy"] else "Apply"}


class _Module(ModuleType):
    shown: StandIn | None = None

    def show(self, **opened: object) -> None:
        self.shown = self.shown or StandIn(**opened)
        display(self.shown)  # type: ignore[no-untyped-call]


sys.modules["sm_ssh_widget.wizard.lab_panel"] = _Module("sm_ssh_widget.wizard.lab_panel")
