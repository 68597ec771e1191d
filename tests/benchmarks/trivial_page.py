"""The page as it is served, with a trivial widget in it instead of the wizard: what the wizard is measured by."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.serve import Page, application, serve

CELL = """
import anywidget, traitlets

class Trivial(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      const button = document.createElement("button");
      const draw = () => { button.textContent = `Trivial ${model.get("count")}`; };
      button.onclick = () => model.send({});
      model.on("change:count", draw);
      draw();
      el.append(button);
    } };'''
    count = traitlets.Int(0).tag(sync=True)

    def __init__(self):
        super().__init__()
        self.on_msg(lambda *_: self.set_trait("count", self.count + 1))

Trivial()
"""


def main() -> None:
    """Serve it."""
    wizard = application.one_cell

    def trivial(options: dict[str, str]) -> dict[str, Any]:
        made = wizard(options)
        made["cells"][0]["source"] = CELL
        return made

    application.one_cell = trivial
    serve(Page(), browser=False, say=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
