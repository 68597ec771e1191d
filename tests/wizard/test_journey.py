"""The whole wizard on the simulated account, in events: what is shown, what is written, and the way back."""

from __future__ import annotations

import base64
import json
from typing import Any

import ipywidgets
import pytest

from sm_ssh_widget.export import FORMATS, doctor_command, lifecycle_script
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.wizard.fresh import FRESH_SECONDS
from sm_ssh_widget.wizard.widget import SAYS, MainView
from tests.wizard.conftest import Driver, Open, walk

CANARY = "canaryCANARY+secret/0123456789canaryCANARY"


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in texts(each)]


def test_from_first_look_to_proof_and_back(open_wizard: Open) -> None:
    wizard = open_wizard().settle()
    before = wizard.account.state()
    assert wizard.primary() == "Check this role"
    wizard.press("check").settle()
    assert wizard.primary() == "Sign in to see the rest"
    wizard.press("sign-in-to-see").press("sign-in").settle(lambda s: s.screen.value == "health" and s.busy is None)
    assert wizard.primary() == "Make a plan"
    assert wizard.view["heading"] == "5 of 7 are not met: 5 missing"
    wizard.press("make-plan")
    assert wizard.primary() == "Continue with 4 changes"
    wizard.choose("ticks", "ssm.tier")
    assert wizard.primary() == "Continue with 5 changes"
    plan = wizard.state.plan
    assert plan is not None
    assert f"`{plan.digest}`" in texts(wizard.view)
    wizard.press("continue")
    assert wizard.primary() == "Apply 5 changes"
    assert "Forget credentials" in wizard.labels()
    wizard.press("apply").settle()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"
    assert "Undo 5 changes" in wizard.labels()
    wizard.press("prove").settle()
    assert wizard.state.verified is not None
    assert wizard.state.verified.proof is not None
    assert wizard.state.verified.proof.status.value == "proved"
    owner, shown = wizard.state.verified.owner, texts(wizard.view)
    check = doctor_command(wizard.account.region, owner=owner.value if owner.certain else "")
    assert any(check in text for text in shown)
    assert (lifecycle_script(owner.value) in shown) is owner.certain
    wizard.undo()
    assert wizard.view["heading"] == "5 changes are undone"
    assert wizard.account.state()["RoleDetailList"] == before["RoleDetailList"]
    wizard.press("forget")
    assert wizard.state.face is None


def test_a_plan_is_only_what_is_ticked(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan()
    for finding in ("trust.ssm", "role.managed-instance-core", "role.cloudwatch-logs", "role.sagemaker-ssm-policy"):
        wizard.choose("ticks", finding, on=False)
    assert wizard.primary() == "Continue with 1 change"
    wizard.choose("ticks", "ssm.tier", on=False)
    (primary,) = [a for a in wizard.view["actions"] if a.get("look") == "primary"]
    assert primary["unavailable"] == "No change is selected."
    wizard.press("continue")
    assert wizard.state.screen.value == "plan"


def test_health_rows_have_title_and_status_word(open_wizard: Open) -> None:
    wizard = open_wizard().settle().press("check").settle()
    report = wizard.state.report
    assert report is not None
    rows = [row for block in walk(wizard.view) if block.get("kind") == "rows" for row in block["rows"]]
    shown = {row["id"]: row for row in rows}
    for finding in report.findings:
        assert shown[finding.id]["title"] == finding.title
        assert finding.status.word in shown[finding.id]["word"]
    assert any(finding.status is FindingStatus.UNKNOWN for finding in report.findings)


def test_who_is_known_to_be_denied_is_told_before_the_first_write(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue").press("other-identity")
    before = wizard.account.state()
    wizard.type("simulated-profile", "read-only").press("sign-in").settle().press("apply").settle()
    assert wizard.state.screen.value == "apply"
    panel = next(block for block in walk(wizard.view) if block.get("kind") == "problem")
    assert "iam:UpdateAssumeRolePolicy (no policy allows it)" in panel["said"].replace("`", "")
    assert not panel.get("by_aws")
    assert wizard.account.state() == before
    assert wizard.primary() == "Sign in as another identity"
    wizard.press("other-identity").type("simulated-profile", "admin").press("sign-in").settle()
    assert wizard.primary() == "Apply 5 changes"
    wizard.press("apply").settle()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"


def test_a_failed_step_says_what_aws_said_and_can_be_retried(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue")
    wizard.account.set_faults([{"kind": "deny", "operation": "iam:PutRolePolicy", "policy": "session policy"}])
    wizard.press("apply").settle()
    assert wizard.state.screen.value == "apply"
    panel = next(block for block in walk(wizard.view) if block.get("kind") == "problem")
    assert "not authorized" in panel["said"].lower()
    assert panel["by_aws"]
    assert "Sign in" not in panel["said"], "our advice is not AWS's words"
    assert wizard.primary() == "Sign in as another identity"
    wizard.account.set_faults([])
    wizard.press("retry").settle()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"


def test_no_secret_is_anywhere_but_in_the_worker(open_wizard: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    wizard = open_wizard().settle().press("check").settle().press("sign-in-to-see").choose("way", "keys")
    wizard.secret("sign-in", access_key_id="AKIACANARYCANARY0000", secret_access_key=CANARY, session_token=CANARY)
    assert wizard.state.doing(object)
    wizard.settle()
    assert wizard.state.failed is not None
    assert wizard.state.failed.code == "sign-in"
    block = f"export AWS_ACCESS_KEY_ID=AKIACANARYCANARY0000\nexport AWS_SECRET_ACCESS_KEY={CANARY}\n"
    wizard.secret("sign-in", export_block=block).settle()
    everything = [wizard.sent, wizard.views, repr(wizard.state), repr(wizard.wizard), repr(wizard.wizard._controller)]
    everything += [repr(vars(wizard.wizard._controller._worker)), *(each.get_state() for each in _widgets(wizard))]
    assert CANARY not in json.dumps(everything, default=repr)
    assert "CANARYCANARY0000" not in json.dumps(everything, default=repr)
    assert CANARY not in caplog.text


def _widgets(wizard: Driver) -> list[Any]:
    return [wizard.wizard._main, wizard.wizard._box, *wizard.wizard._box.children]


def test_a_secret_typed_as_an_event_is_not_kept(open_wizard: Open) -> None:
    wizard = (
        open_wizard().settle().type("secret-access-key", CANARY).type("anything", CANARY).type("export-block", CANARY)
    )
    assert CANARY not in repr(wizard.state)


def test_what_is_typed_stays_on_every_way_back(open_wizard: Open) -> None:
    role = "arn:aws:iam::123456789012:role/NoSuchRole"
    wizard = open_wizard().settle().type("role", role).choose("options", "hardened-trust").press("check").settle()
    assert wizard.state.failed is not None
    wizard.press("back")
    assert wizard.state.text("role") == role
    assert "hardened-trust" in wizard.state.choice("options")
    assert wizard.primary() == "Check this role"


def test_double_clicks_are_one_click(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("continue").press("apply").press("apply").press("undo").settle()
    assert wizard.view["heading"] == "The role is ready. Whether you may connect was not checked"
    journals = list(wizard.journals.glob("*.json"))
    assert len(journals) == 1


def test_hand_over_tells_the_plan_in_every_format(open_wizard: Open) -> None:
    wizard = open_wizard().to_plan().press("hand-over").settle()
    assert wizard.state.ticket is not None
    tabs = next(block for block in wizard.blocks("tabs") if block["id"] == "ticket")
    assert [tab["title"] for tab in tabs["items"]] == ["Rendered", "Markdown", "Plain text"]
    for name, _ in wizard.state.setting.formats:
        wizard.press(f"download:{name}").settle()
        assert wizard.view["saves"]["file"] == FORMATS[name].file_name
        assert base64.b64decode(wizard.view["saves"]["data"]), name
    wizard.press("back")
    assert wizard.state.screen.value == "plan"


def test_text_of_the_output_is_stable_and_small(open_wizard: Open) -> None:
    wizard = open_wizard()
    bundle = wizard.wizard._repr_mimebundle_()
    assert bundle["text/plain"] == repr(wizard.wizard) == SAYS
    assert "application/vnd.jupyter.widget-view+json" in bundle
    state = json.dumps([each.get_state() for each in _widgets(wizard)], default=str)
    assert len(state) < 100_000


def test_the_module_is_small_and_asks_no_other_host() -> None:
    module = str(MainView._esm)
    assert 1000 < len(module) < 60_000
    for word in ("import ", "https://", "fetch(", "localStorage", "sessionStorage"):
        assert word not in module, word


def test_an_argument_that_there_is_not_is_told_on_the_screen(open_wizard: Open) -> None:
    wizard = open_wizard(baseline="no-such")
    assert any(block.get("kind") == "problem" and "no-such" in block["said"] for block in walk(wizard.view))
    wizard.settle()
    assert wizard.primary() == "Check this role"


def test_the_plain_view_does_the_same_job(open_wizard: Open) -> None:
    wizard = open_wizard().settle()
    plain = wizard.wizard._plain
    plain.wake()

    def click(label: str) -> None:
        wizard.let_pass(FRESH_SECONDS)
        _click(plain.box, label)

    click("Check this role")
    wizard.settle()
    click("Sign in to see the rest")
    click("Sign in")
    wizard.settle(lambda s: s.screen.value == "health" and s.busy is None)
    click("Make a plan")
    box = next(
        each
        for each in _inside(plain.box)
        if getattr(each, "description", "") == "Raise eu-west-1 to the advanced-instances tier"
    )
    box.value = True
    click("Continue with 5 changes")
    click("Apply 5 changes")
    wizard.settle()
    click("Undo 5 changes")
    wizard.settle()
    click("Undo 5 changes")
    wizard.settle()
    assert wizard.view["heading"] == "5 changes are undone"
    wizard.message({"kind": "ready"})
    assert plain.box.children == ()


def _inside(widget: Any) -> list[Any]:
    return [widget, *(each for child in getattr(widget, "children", ()) for each in _inside(child))]


def _click(box: Any, label: str) -> None:
    found = [each for each in _inside(box) if isinstance(each, ipywidgets.Button) and each.description == label]
    assert found, label
    found[0].click()


OTHER = "arn:aws:iam::123456789012:role/DataScientist"


def checked_role(wizard: Driver) -> str:
    """The role that the last check was about."""
    report = wizard.press("check").settle().state.report
    assert report is not None
    return str(report.target.role)


def test_a_role_that_was_typed_is_checked_again_and_planned_for(open_wizard: Open) -> None:
    wizard = open_wizard().settle().type("role", OTHER)
    assert checked_role(wizard) == OTHER
    assert checked_role(wizard) == OTHER
    wizard.press("sign-in-to-see").type("simulated-profile", "admin").press("sign-in").settle()
    assert checked_role(wizard) == OTHER
    plan = wizard.press("make-plan").state.plan
    assert plan is not None
    assert plan.target["role"] == OTHER
    wizard.press("go:who").type("role", "")
    assert checked_role(wizard) != OTHER


def test_a_role_that_the_wizard_was_made_for_is_the_one_that_is_checked(open_wizard: Open) -> None:
    wizard = open_wizard(role=OTHER).settle()
    assert checked_role(wizard) == OTHER
