"""Browser sign-in in a terminal: a large code, a complete link, then the roles to choose from.

Everything goes to standard error, so that standard output contains the result only.
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
    """Shows a device code on a screen, and asks the person to choose a role."""

    def __init__(self, screen: Output) -> None:
        self._screen = screen

    def show(self, prompt: Prompt) -> None:
        """Show the code, spaced for comparison letter by letter, the link, and the expiry."""
        until = prompt.expires.astimezone().strftime("%H:%M")
        spaced = " ".join(visible_line(letter) for letter in prompt.user_code)
        told: list[Any] = [
            words("Sign in with a browser on any device", "bold"),
            words(""),
            Text("      ").append(f"  {spaced}  ", "bold reverse"),
            words(""),
            line(f"Open   {prompt.link}", "cyan"),
            words(f"Approve only if the page shows this code: {prompt.user_code}. The code expires at {until}."),
        ]
        if prompt.endpoint:
            told.append(
                grid((words("Endpoint", "bold"), words(f"{prompt.endpoint} (custom, not an AWS endpoint)", "yellow")))
            )
        self._screen.tell(*told, words("Waiting for your approval. Press Ctrl-C to cancel.", "dim"))

    def choose(self, roles: tuple[PortalRole, ...]) -> PortalRole:
        """Ask for a role by number. Raises :class:`Problem` (``usage``) for an invalid answer."""
        rows = [(words(f"{n}."), words(f"{r.role} in {r.account} {r.account_name}")) for n, r in enumerate(roles, 1)]
        self._screen.tell(grid(*rows))
        sys.stderr.write(f"Role [1-{len(roles)}]: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip()
        if not (answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(roles)):
            raise Problem("Signing in", "No role was chosen.", f"Enter a number from 1 to {len(roles)}.", Code.USAGE)
        return roles[int(answer) - 1]
