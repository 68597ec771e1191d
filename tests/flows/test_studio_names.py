"""Who is who in Studio: what is said follows the domain's setting, from the account to the report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sm_ssh_widget import pipeline
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.flows.conftest import checked


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("studio-user-identity", "SSHOwner tells the Studio users of this role apart."),
        ("fresh-studio-role", "share one aws:userid, so SSHOwner does not tell them apart."),
    ],
)
def test_the_caveat_follows_the_domain(scenario: str, said: str, accounts: Callable[[str], SimulatedAccount]) -> None:
    report = checked(accounts(scenario), options=("studio-as-client",))
    assert any(caveat.endswith(said) for caveat in report.assessment.caveats)


def test_the_kernel_s_own_session_is_the_owner(accounts: Callable[[str], SimulatedAccount]) -> None:
    account = accounts("studio-user-identity")
    own = pipeline.detect(session=account.session("execution-role"))
    assert own.target is not None
    selection = pipeline.Selection.of(options=("studio-as-client",))
    report = pipeline.check_target(own.target, selection, account.session("execution-role"))
    assert report.owner.value.endswith(":jane")
    assert report.owner.certain
