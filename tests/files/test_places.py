from __future__ import annotations

from pathlib import Path

import pytest

from sm_ssh_widget.files import place
from sm_ssh_widget.problem import Code, Problem


def test_the_state_variables_win_on_every_platform(tmp_path: Path) -> None:
    environment = {"SM_SSH_WIDGET_STATE": "/state", "XDG_STATE_HOME": "/xdg"}
    there = {"standard": tmp_path / "new", "former": tmp_path / "old"}
    assert place("/named", environment, **there) == Path("/named")
    assert place(None, environment, **there) == Path("/state")
    assert place(None, {"XDG_STATE_HOME": "/xdg"}, **there) == Path("/xdg/sm-ssh-widget")
    assert place(None, {}, **there) == tmp_path / "new"


def test_the_standard_place_is_the_platforms_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    assert place(None, {}).name == "sm-ssh-widget"
    assert place(None, {}).is_relative_to(Path.home())


def test_journals_in_the_former_place_are_found(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    assert place(None, {}, standard=new, former=old) == new, "an empty directory is none of ours"
    (old / "a.json").write_text("{}")
    assert place(None, {}, standard=new, former=old) == old
    new.mkdir()
    assert place(None, {}, standard=new, former=old) == old
    (new / "b.json").write_text("{}")
    assert place(None, {}, standard=new, former=old) == new


@pytest.mark.parametrize("variable", ["SM_SSH_WIDGET_STATE", "XDG_STATE_HOME"])
def test_a_home_that_is_not_known_is_told(variable: str) -> None:
    with pytest.raises(Problem, match="--journal-dir") as raised:
        place(None, {variable: "~no-such-user/state"})
    assert raised.value.code is Code.INVALID
