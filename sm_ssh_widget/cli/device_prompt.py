"""Signing in through a browser, in a terminal: the code large and the link whole, then the roles to choose from.

Both go to standard error, so that standard output stays the answer.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.text import Text

from sm_ssh_widget.cli.output import Output, grid, line, words
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.visible import visible_line

if TYPE_CHECKING:
    from sm_ssh_widget.pipeline import PortalRole, Prompt


class Browser:
    """Shows a device code on a screen, and asks for one of several roles."""

    def __init__(self, screen: Output) -> None:
        self._screen = screen

    def show(self, prompt: Prompt) -> None:
        """The code, spaced so that it can be compared letter by letter, the link, and until when."""
        until = prompt.expires.astimezone().strftime("%H:%M")
        spaced = " ".join(visible_line(letter) for letter in prompt.user_code)
        told: list[Any] = [
            words("Sign in with a browser, on any device", "bold"),
            words(""),
            Text("      ").append(f"  {spaced}  ", "bold reverse"),
            words(""),
            line(f"Open   {prompt.link}", "cyan"),
            words(f"Allow it only if the page shows this code: {prompt.user_code}. It ends at {until}."),
        ]
        if prompt.endpoint:
            told.append(grid((words("Endpoint", "bold"), words(f"{prompt.endpoint} (not AWS's own)", "yellow"))))
        self._screen.tell(*told, words("Waiting for your approval; Ctrl-C gives up.", "dim"))

    def choose(self, roles: tuple[PortalRole, ...]) -> PortalRole:
        """One of the roles, by its number; raises :class:`Problem` (``usage``) for an answer that is none."""
        rows = [(words(f"{n}."), words(f"{r.role} in {r.account} {r.account_name}")) for n, r in enumerate(roles, 1)]
        self._screen.tell(grid(*rows))
        sys.stderr.write(f"Role [1-{len(roles)}]: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip()
        if not (answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(roles)):
            raise Problem("Sign-in", "No role was chosen.", f"Answer with a number from 1 to {len(roles)}.", Code.USAGE)
        return roles[int(answer) - 1]
