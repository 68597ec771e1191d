"""Every pure module has its own test: ``sm_ssh_widget/ROOM/MODULE.py`` → ``tests/ROOM/test_MODULE.py``."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PURE = ("policy", "requirements", "changes", "fleet", "export")


def test_every_pure_module_has_a_test_of_its_name() -> None:
    without = {
        room: {path.stem for path in modules(room) if not (ROOT / "tests" / room / f"test_{path.stem}.py").exists()}
        for room in PURE
    }
    assert {room: names for room, names in without.items() if names} == {}


def modules(room: str) -> list[Path]:
    """The modules of a room, without those that hold no code of their own."""
    return [path for path in (ROOT / "sm_ssh_widget" / room).glob("*.py") if not path.stem.startswith("__")]


def test_modules_are_found() -> None:
    assert {"merge", "evaluate"} <= {path.stem for path in modules("policy")}
