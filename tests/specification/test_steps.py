"""Every step of the specification has a requirement or a change; the headings are read from its own text."""

from __future__ import annotations

import re
from pathlib import Path

from sm_ssh_widget.requirements.baselines import CLASSIC
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK

TEXT = (Path(__file__).parent / "IAM_SSM_Setup.md").read_text("utf-8")

# Steps that are not something to write, and what stands for them.
ELSEWHERE = {
    "1a": "sm_ssh_widget.aws.detection.detect: which role",
}
# Steps that the program does not do yet.
OPEN: set[str] = set()


def headings() -> list[str]:
    """``1a`` to ``3b``, from the bold numbers and the letters in front of the steps."""
    found, number = [], ""
    for line in TEXT.splitlines():
        if match := re.match(r"\*\*(\d)\. ", line):
            number = match[1]
        elif number and (match := re.match(r"([a-z])\. ", line)):
            found.append(number + match[1])
    return found


def covered() -> set[str]:
    """The steps that the catalogue names, as a requirement or as an errand; ``2b-2e`` stands for four of them."""
    steps: set[str] = set()
    told = [requirement.step for requirement in CLASSIC.requirements] + [INSTANCE_CHECK.step]
    for step in told:
        for part in step.split(", "):
            first, _, last = part.partition("-")
            if len(first) < 2:  # about the whole section: it covers no step of it
                continue
            letters = range(ord(first[1]), ord((last or first)[1]) + 1)
            steps |= {first[0] + chr(letter) for letter in letters}
    return steps


def test_the_headings_are_those_of_the_specification() -> None:
    assert headings() == [*("1" + c for c in "abcd"), *("2" + c for c in "abcdefgh"), *("3" + c for c in "ab")]


def test_every_step_is_covered() -> None:
    assert set(headings()) - covered() - set(ELSEWHERE) == OPEN
