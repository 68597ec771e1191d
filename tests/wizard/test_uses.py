"""For what the role is ready, and for whom, as the screens show it."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.pipeline import Report, Selection
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.wizard.blocks import Fold, Part, Rows
from sm_ssh_widget.wizard.screens.health import report_blocks
from sm_ssh_widget.wizard.screens.uses import ready_for
from sm_ssh_widget.wizard.state import WizardState
from tests.support.observations import USER, identity, observation


def report(*, user: bool, steps: tuple[str, ...] = ()) -> Report:
    seen, selection = observation(user=identity(USER) if user else None), Selection.of("classic", (), steps)
    return Report(selection, seen, assess(selection, seen))


def test_each_use_is_a_row_with_what_it_waits_for() -> None:
    (fold,) = ready_for(report(user=True))
    (rows,) = fold.blocks
    assert isinstance(rows, Rows)
    told = {row.title: (row.word, row.fact) for row in rows.rows}
    assert list(told) == ["Shell", "SSH", "Endpoints", "sm-ssh list", USER.name]
    assert told["SSH"][0] == "Missing"
    assert "trust.ssm" in told["SSH"][1]
    assert "more" in told["SSH"][1]
    assert told[USER.name] == ("Missing", "")


def test_what_was_not_asked_is_not_called_missing() -> None:
    (fold,) = ready_for(report(user=False))
    (rows,) = fold.blocks
    assert isinstance(rows, Rows)
    assert {row.word for row in rows.rows if row.title in ("sm-ssh list", "Who connects")} == {"Not checked"}
    assert fold.aside == "Shell, SSH and Endpoints: missing; sm-ssh list and Who connects: not checked"


def test_a_check_of_single_requirements_says_nothing_of_uses() -> None:
    assert ready_for(report(user=True, steps=("ssm.tier",))) == ()


def test_what_is_in_the_way_of_shells_only_stands_open_and_is_not_called_optional() -> None:
    lacking = Finding("ssm.session-preferences", "2", False, FindingStatus.MISSING, "", "Shells fail", "F.", "C.", "R.")
    seen = report(user=True)
    others = tuple(each for each in seen.findings if each.id != lacking.id)
    told = replace(seen, assessment=replace(seen.assessment, findings=(*others, lacking)))
    blocks = {block.id: block for block in report_blocks(WizardState(), told) if isinstance(block, (Part, Fold))}
    shells = blocks["shell-only"]
    assert isinstance(shells, Part)
    (rows,) = shells.blocks
    assert isinstance(rows, Rows)
    assert (shells.title, rows.rows[0].title, rows.rows[0].icon) == (
        "1 for shell sessions only",
        "Shells fail",
        "missing",
    )
    assert "Shells fail" not in str(blocks["optional"])
    unread = replace(lacking, status=FindingStatus.UNKNOWN)
    told = replace(seen, assessment=replace(seen.assessment, findings=(*others, unread)))
    blocks = {block.id: block for block in report_blocks(WizardState(), told) if isinstance(block, (Part, Fold))}
    assert "shell-only" not in blocks
    assert "Shells fail" in str(blocks["not-required"])
