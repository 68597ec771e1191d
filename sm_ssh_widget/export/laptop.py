"""The command with which the person who connects checks their laptop. Pure."""

from __future__ import annotations

from sm_ssh_widget.export.quoting import shell


def doctor_command(region: str, *, user: str = "", owner: str = "") -> str:
    """The command, with the Region of the nodes, the ARN of who is to connect, and the SSHOwner where it is known."""
    words = ["sm-ssh-widget", "doctor", "--region", region]
    words += ["--user", user] if user else []
    words += ["--owner", owner] if owner else []
    return " ".join(map(shell, words))
