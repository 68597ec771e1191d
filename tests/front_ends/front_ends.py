"""The front ends that are run here: where each comes from, what is done in it, and what that shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.browser.lab.environments import ROOT, Environment, install, made, newest, oldest, studio
from tests.front_ends import walks
from tests.front_ends.studio_environments import IMAGES, rebuilt
from tests.front_ends.walks import Visit

LAB = ("jupyterlab", "jupyter-server", "ipywidgets", "anywidget")
TILE = "The tile opens the wizard; a check, a sign-in"


@dataclass(frozen=True)
class FrontEnd:
    """A front end in an environment of its own. ``packages`` are those whose versions matter; ``seen`` is what held."""

    name: str
    title: str
    environment: Callable[[], Environment]
    walk: Callable[[Visit], None]
    packages: tuple[str, ...]
    seen: str
    alt: str


def _image(version: str) -> Environment:
    return rebuilt(version).environment


def _binder() -> Environment:
    """What Binder installs; the package as it is now, not as it was when the environment was made."""
    environment = made("binder", (), fill=lambda environment, pins: None)
    install(environment, "--requirement", str(ROOT / ".binder" / "requirements.txt"))
    return environment


FRONT_ENDS = (
    FrontEnd(
        "jupyterlab-oldest",
        "JupyterLab 4.2",
        oldest,
        walks.tile,
        LAB,
        f"{TILE}. With the lowest ipywidgets and anywidget that are allowed",
        "JupyterLab 4.2 with the wizard in a tab of its own: five of seven requirements are missing.",
    ),
    FrontEnd(
        "jupyterlab-documents",
        "JupyterLab 4.5 with real-time documents, as in Studio",
        studio,
        walks.tile,
        (*LAB, "jupyter_server_documents"),
        f"{TILE}. In an untrusted notebook the wizard's text says what to do: `tests/browser/lab`",
        "JupyterLab 4.5 with the wizard in a tab of its own.",
    ),
    FrontEnd(
        "jupyterlab",
        "JupyterLab, newest 4.x",
        newest,
        walks.tile,
        LAB,
        f"{TILE}. Cells, reloads, restarts and every screen: `tests/browser`",
        "The newest JupyterLab with the wizard in a tab of its own.",
    ),
    FrontEnd(
        "notebook-7",
        "Notebook 7",
        lambda: made("notebook-7", ("notebook==7.*",), "notebook"),
        walks.notebook_7,
        ("notebook", *LAB),
        "A cell shows the wizard; a check, a sign-in. There is no launcher: Settings > SageMaker SSH set-up opens the "
        "wizard as a tab of the file list, or beside a notebook, both on one kernel. After a reload, choose it again",
        "Notebook 7: the wizard below the cell that displays it, five of seven requirements missing.",
    ),
    FrontEnd(
        "voila",
        "Voilà (`voila notebooks/setup.ipynb`; `serve` and `demo` are built on it)",
        newest,
        walks.voila_page,
        ("voila", "ipywidgets", "anywidget"),
        "The page shows the wizard; a check. The whole story, the plain view and the door of `serve`: `tests/browser`",
        "Plain Voilà: the setup notebook as a page, the wizard at the first health check.",
    ),
    FrontEnd(
        "marimo",
        "marimo",
        lambda: made("marimo", ("marimo",), "marimo"),
        walks.marimo_cell,
        ("marimo", "ipywidgets", "anywidget"),
        "A cell shows the main view; what is typed stays in its fields; a check, a sign-in, a reload. **Pasting keys "
        "is off**: at the debug level, marimo's log shows every message of a page. There is no plain view: marimo does "
        "not draw Jupyter widgets",
        "marimo: the wizard below its cell, signed in, five of seven requirements missing.",
    ),
    FrontEnd(
        "binder",
        "What `.binder/` installs, in JupyterLab",
        _binder,
        walks.tour,
        (*LAB, "voila"),
        "The tour opens, every cell runs, and the wizard at its end checks a role",
        "JupyterLab with the tour notebook, its last cell showing the wizard.",
    ),
    *(
        FrontEnd(
            f"image-{version}",
            f"The pins of SageMaker Distribution {version}",
            partial(_image, version),
            walks.tile,
            ("boto3", "aiobotocore", *LAB, "jupyter-collaboration"),
            f"{TILE}. The installation changed no version",
            f"The wizard in the JupyterLab of SageMaker Distribution {version}.",
        )
        for version in IMAGES
    ),
)
