"""For what the role is ready, and for whom, as the screens show it."""

from __future__ import annotations

from sm_ssh_widget.pipeline import Report, Selection
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.wizard.blocks import Rows
from sm_ssh_widget.wizard.screens.uses import ready_for
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
