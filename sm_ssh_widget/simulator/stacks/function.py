"""The Lambda function of a template: its code runs in this process, with the keys of its own role.

What the function imports as ``boto3`` makes clients for the simulated account, and ``cfnresponse`` collects its
answers; neither replaces a module of this process.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any
ClientOf: TypeAlias = Callable[[str], Json]
"""Returns the client of a service."""


@dataclass
class TemplateFunction:
    """A loaded function: loaded once, as Lambda keeps one for the next event. ``sleep`` is its ``time.sleep``."""

    code: str
    client: ClientOf
    sleep: Callable[[float], object]
    answers: list[dict[str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Load the module."""
        self._module: dict[str, Json] = {"__name__": "index", "__builtins__": self._builtins()}
        exec(compile(self.code, "index.py", "exec"), self._module)  # noqa: S102 - the template's own code
        if "time" in self._module:
            self._module["time"] = types.SimpleNamespace(sleep=self.sleep)

    def __call__(self, event: Mapping[str, Json]) -> None:
        """Handle an event; the answer is the last of ``answers``."""
        self._module["handler"](event, None)

    def _builtins(self) -> dict[str, Json]:
        replaced = {
            "boto3": types.SimpleNamespace(client=self.client),
            "cfnresponse": types.SimpleNamespace(send=self._answer),
        }

        def load(name: str, *given: Json) -> Json:
            return replaced[name] if name in replaced else builtins.__import__(name, *given)

        return {**vars(builtins), "__import__": load}

    def _answer(self, event: Json, *given: Json, reason: str | None = None) -> None:
        _context, status, _data, id = given
        self.answers.append({"event": event, "status": status, "id": id, "reason": reason})
