"""Version of the package, and the command that installs its extras."""

import sys

VERSION = "0.2.0"


def install_command(extra: str) -> str:
    """Return the command that installs an extra in a clone of the project.

    The project is not on a package index yet, and anyone could register its name, so no message points there.
    """
    return f"In the clone of this project: {sys.executable} -m pip install '.[{extra}]'"
