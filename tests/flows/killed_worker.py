"""The process that is killed: it applies a plan, or takes a journal back, through the real code path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.signin import ExistingSession, SignedIn, sign_in
from sm_ssh_widget.clock import use_clock
from tests.support.sessions import keyed_session
from tests.support.story import take_back
from tests.support.virtual_time import RemoteTime


@dataclass(frozen=True)
class Keys:
    """What a process needs to sign in to a simulated account."""

    access_key: str
    secret_key: str
    token: str | None
    region: str
    endpoint: str

    def sign_in(self) -> SignedIn:
        session = keyed_session(self.access_key, self.secret_key, self.token, self.region)
        return sign_in(ExistingSession(session), region=self.region, endpoint=self.endpoint)


def apply(keys: Keys, directory: Path) -> None:
    with use_clock(RemoteTime(keys.endpoint)):
        engine.apply(files.load_plan(directory / "plan"), keys.sign_in(), directory=directory)


def undo(keys: Keys, directory: Path) -> None:
    with use_clock(RemoteTime(keys.endpoint)):
        take_back(files.last_journal(directory), keys.sign_in(), directory)
