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


def with_profile(account: SimulatedAccount, mode: str | None, *, denied: bool = False) -> pipeline.Report:
    """The report of a private space whose owner's profile has a mode of its own, or must not be read."""
    state = account.state()
    profile = next(each for each in state["UserProfiles"] if each["UserProfileName"] == "jane")
    if mode:
        settings = {"StudioWebPortalSettings": {"ExecutionRoleSessionNameMode": mode}}
        profile["UserSettings"] = {**profile.get("UserSettings", {}), **settings}
    account.set_state(state)
    if denied:
        account.set_faults([{"kind": "deny", "operation": "sagemaker:DescribeUserProfile", "count": 99}])
    return checked(account, options=("studio-as-client",))


@pytest.mark.parametrize(
    ("scenario", "mode", "said"),
    [
        ("fresh-studio-role", "USER_IDENTITY", "SSHOwner tells the Studio users of this role apart."),
        ("studio-user-identity", "STATIC", "share one aws:userid, so SSHOwner does not tell them apart."),
        ("studio-user-identity", None, "SSHOwner tells the Studio users of this role apart."),
    ],
)
def test_the_owners_profile_takes_precedence(
    scenario: str, mode: str | None, said: str, accounts: Callable[[str], SimulatedAccount]
) -> None:
    report = with_profile(accounts(scenario), mode)
    assert any(caveat.endswith(said) for caveat in report.assessment.caveats)


@pytest.mark.parametrize("scenario", ["fresh-studio-role", "studio-user-identity"])
def test_a_profile_that_was_not_read_leaves_it_open(scenario: str, accounts: Callable[[str], SimulatedAccount]) -> None:
    report = with_profile(accounts(scenario), None, denied=True)
    said = "unless ExecutionRoleSessionNameMode is USER_IDENTITY (sagemaker:DescribeUserProfile failed)."
    assert any(caveat.endswith(said) for caveat in report.assessment.caveats)
