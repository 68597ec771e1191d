"""The signed-in session and its clients: whose they are, what they may write, and when they go."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.aws.signin import ExistingSession, SignedIn, sign_in
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.story import target_of

OTHERS = {"RoleName": "Others", "AssumeRolePolicyDocument": "{}"}


@pytest.fixture
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role") as running:
        yield running


def signed_in(account: SimulatedAccount, profile: str = "admin") -> SignedIn:
    return sign_in(ExistingSession(account.session(profile)), region=account.region)


def writes(account: SimulatedAccount) -> list[str]:
    return [call["operation"] for call in account.calls() if call["access"] == "write"]


def test_one_client_serves_every_use(account: SimulatedAccount) -> None:
    session = signed_in(account)
    assert session.client("iam") is session.client("iam") is session.client("iam", account.region)
    assert session.client("ssm", "us-east-1") is not session.client("ssm")


def test_a_check_first_lets_no_other_write_pass_afterwards(account: SimulatedAccount, tmp_path: Path) -> None:
    """Clients that a check made with a program's own session are not those that an apply writes with."""
    own = account.session("admin")
    plan = pipeline.plan(pipeline.check_target(target_of(account), Selection(), session=own))
    session = sign_in(ExistingSession(own), region=account.region)
    pipeline.check_target(target_of(account), Selection(), session=session)
    with pytest.raises(Problem) as raised:
        session.client("iam").create_role(**OTHERS)
    assert raised.value.code is Code.REFUSED
    assert writes(account) == []
    assert pipeline.apply(plan, own, tmp_path).complete
    assert len(writes(account)) == len(plan.changes)


def test_what_is_forgotten_is_closed_and_dropped(account: SimulatedAccount) -> None:
    session = signed_in(account)
    pipeline.check_target(target_of(account), Selection(), session=session)
    kept, left = session.client("iam"), weakref.ref(session.client("ssm"))
    session.forget()
    gc.collect()
    assert left() is None
    read = partial(session.reader.read, "iam", "ListRoles")
    for call in (kept.list_roles, lambda: session.client("iam"), read, lambda: session.reader.in_parallel(read, read)):
        with pytest.raises(Problem) as raised:
            call()
        assert raised.value.code is Code.SIGN_IN
    session.forget()


def test_the_surroundings_are_looked_at_anew_for_each_check(
    account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile that was changed, or a sign-in that was renewed outside, counts from the next check on."""
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    found = []
    for profile in ("execution-role", "admin"):
        monkeypatch.setenv("AWS_PROFILE", profile)
        account.forget_calls()
        pipeline.check_target(target_of(account), Selection())
        found.append({call["principal"] for call in account.calls()})
    assert [len(each) for each in found] == [1, 1]
    assert found[0] != found[1]
