"""The stages of the story over a simulated account, one call each, for the tests of observe, apply and proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sm_ssh_widget import files
from sm_ssh_widget.aws.applying import undoing
from sm_ssh_widget.aws.observation.observe import observe
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import ExistingSession, SignedIn, sign_in
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements import managed
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Observation, Target
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.sessions import keyed_session


def acting(account: SimulatedAccount, profile: str = "admin", region: str = "") -> SignedIn:
    keys = account.session(profile).get_credentials()
    assert keys is not None
    return sign_in(
        ExistingSession(keyed_session(keys.access_key, keys.secret_key, keys.token, account.region)),
        region=region or account.region,
        endpoint=account.url,
    )


def target_of(account: SimulatedAccount, user: str | None = None) -> Target:
    role = PrincipalArn.parse(account.scenario.metadata["ExecutionRoleArn"])
    return Target(role, account.region, PrincipalArn.parse(user) if user else None)


def look(reader: Reader, target: Target, *options: str) -> Observation:
    selection = Selection.of("classic", options)
    arns = {name: managed.arn(name, target.partition) for name in selection.managed_names}
    return observe(target, reader, managed=selection.managed_names, managed_arns=arns)


def assessed(reader: Reader, target: Target) -> Assessment:
    return assess(Selection(), look(reader, target))


def planned(session: SignedIn, target: Target) -> Plan:
    selection = Selection()
    seen = look(session.reader, target)
    return make_plan(selection, seen, assess(selection, seen))


def take_back(journal: Journal, session: SignedIn, directory: Path) -> Journal:
    """Undo what a journal did, as far as nobody else wrote; the journal of the undo, if there was anything to undo."""
    way = undoing.prepare_undo(files.load_journal(journal.path), session)
    undone = undoing.run_undo(way, session, directory)
    backs = (item.journal for item in files.list_journals(directory) if item.journal and item.journal.undoes)
    return next(backs, undone)


def iam_of(account: SimulatedAccount) -> Any:
    """A client of an administrator who is somebody else."""
    return account.session("admin").client("iam")
