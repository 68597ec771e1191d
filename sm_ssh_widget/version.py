"""The version of this program, and how its extras are installed: each in one place."""

import sys

VERSION = "0.1.0"


def install_command(extra: str) -> str:
    """The command that installs an extra, run in a clone of the project.

    The project is not on a package index yet, so no message names it there: anyone could register the name.
    """
    return f"In the clone of this project: {sys.executable} -m pip install '.[{extra}]'"
