"""Before the first write: each call of the plan, asked once for an identity and a plan, and what follows."""

from __future__ import annotations

from typing import Any

from sm_ssh_widget.wizard.effects import Preflight
from tests.wizard.conftest import Driver, Open


def asked(wizard: Driver) -> list[str]:
    """The calls that were simulated since the calls were forgotten."""
    return [c["operation"] for c in wizard.account.calls() if c["operation"] == "iam:SimulatePrincipalPolicy"]


def section(wizard: Driver) -> Any:
    (found,) = [each for each in wizard.blocks("section") if each["id"] == "calls"]
    return found


def test_who_can_make_every_call_is_told_so_before_the_button_that_writes(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan()
    wizard.account.forget_calls()
    wizard.press("continue")
    assert wizard.state.doing(Preflight)
    (apply,) = [each for each in wizard.view["actions"] if each["id"] == "apply"]
    assert apply["unavailable"]
    wizard.settle()
    assert wizard.primary() == "Apply 5 changes"
    (apply,) = [each for each in wizard.view["actions"] if each["id"] == "apply"]
    assert "unavailable" not in apply
    assert section(wizard)["blocks"][0]["text"] == "Of 4 calls, 4 can be made."
    assert asked(wizard)
    wizard.account.forget_calls()
    wizard.press("back").settle().press("continue").settle()
    assert not asked(wizard), "the answer about this plan and identity is known"


def test_who_is_refused_is_told_by_whom_and_offered_what_helps(open_wizard: Open) -> None:
    wizard = (
        open_wizard().signed_in("read-only").press("make-plan").choose("ticks", "ssm.tier").press("continue").settle()
    )
    assert wizard.view["heading"] == "user/read-only cannot apply the 5 changes"
    assert wizard.primary() == "Sign in as another identity"
    assert "Hand over to an admin" in wizard.labels()
    (calls,) = wizard.blocks("calls")
    assert {each["text"] for each in calls["items"]} == {
        "`iam:UpdateAssumeRolePolicy`: no policy allows it",
        "`iam:AttachRolePolicy`: no policy allows it",
        "`iam:PutRolePolicy`: no policy allows it",
        "`ssm:UpdateServiceSetting`: no policy allows it",
    }
    assert "apply" not in [each["id"] for each in wizard.view["actions"]]
    wizard.press("other-identity").type("simulated-profile", "admin").press("sign-in")
    wizard.settle(lambda state: state.face is not None and state.busy is None)
    assert wizard.primary() == "Apply 5 changes"


def test_what_could_not_be_asked_is_not_known_and_does_not_stand_in_the_way(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan()
    wizard.account.set_faults([{"kind": "deny", "operation": "iam:SimulatePrincipalPolicy"}])
    wizard.press("continue").settle()
    assert wizard.primary() == "Apply 5 changes"
    assert section(wizard)["blocks"][0]["text"] == "Of 4 calls, 4 are not known."
