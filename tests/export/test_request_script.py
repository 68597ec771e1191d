"""A request as a script: valid bash, one step for each resource, each of which looks before it writes."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export import templates
from sm_ssh_widget.export.request_script import script

from .plans import TRUST_SSM, long_plan, plan

REMOVAL = "account.leftovers"


def step(number: int, planned: Plan | None = None) -> list[str]:
    """The lines of a step, from its title to its end."""
    lines = script(planned or plan()).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"# Step {number}: "))
    return lines[start : lines.index("}", start) + 1]


def items(lines: list[str]) -> object:
    """The statements that a step adds, between the marks of its document."""
    start = next(index for index, line in enumerate(lines) if line.startswith("text items_"))
    mark = lines[start].partition("<<'")[2].rstrip("'")
    return json.loads("\n".join(lines[start + 1 : lines.index(mark)]))


def test_it_is_valid_bash(tmp_path: Path) -> None:
    (tmp_path / "request.sh").write_text(script(plan()), "utf-8")
    subprocess.run(["bash", "-n", str(tmp_path / "request.sh")], check=True)


def test_the_head_says_what_it_does_and_names_no_digest() -> None:
    text = script(plan())
    assert text.startswith("#!/usr/bin/env bash\n#\n# SageMaker SSH Helper: add what is missing\n#\n")
    assert plan().digest not in text
    for line in (
        "# Some facts could not be read when this request was made. This script reads them, and adds only what is "
        "missing.\n",
        "# Existing statements stay, in their order. It prints each policy as it was before it writes.\n",
        "# Safe to run twice: what is there is skipped.\n",
        "bash request.sh --check",
        "#   ssm.host-management: It is too long.\n",
    ):
        assert line in text


def test_steps_then_the_functions_that_every_script_has_then_the_run() -> None:
    text = script(plan())
    run = templates.read("request_main.sh").replace("@STEPS@", "1 2 3 4 5 6")
    assert text.endswith(f"\n{templates.read('library.sh')}\n{run}")
    places = [text.index(f"# Step {number}: ") for number in range(1, 7)]
    assert places == sorted(places)
    assert "# Step 7: " not in text


def test_a_document_gets_the_statements_that_it_lacks() -> None:
    lines = step(1)
    assert lines[0] == "# Step 1: Trust for Systems Manager, Trust for SageMaker"
    assert "title_1='trust policy of role ExecutionRole'" in lines
    assert items(lines) == [
        TRUST_SSM,
        {
            **TRUST_SSM,
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Condition": {"Bool": {"value": "true"}},
        },
    ]
    assert lines[-4:] == [
        "live_1() { live_trust ExecutionRole; }",
        "write_1() {",
        '  aws iam update-assume-role-policy --role-name=ExecutionRole --policy-document="$(document "$goal_1")"',
        "}",
    ]


def test_anything_else_gets_the_state_that_it_should_have() -> None:
    arn = "arn:aws:iam::aws:policy/SageMakerSSMPolicy"
    assert step(2)[-5:] == [
        "wanted_2=attached",
        f"live_2() {{ live_attachment role ExecutionRole {arn}; }}",
        "write_2() {",
        f"  aws iam attach-role-policy --role-name=ExecutionRole --policy-arn={arn}",
        "}",
    ]
    assert "wanted_6=advanced" in step(6)


def test_the_way_back_is_not_told() -> None:
    assert not [line for line in step(2) if "undo" in line.lower() or "detach-" in line]


def test_a_word_is_no_command_and_no_end_of_its_line() -> None:
    lines = step(1, plan(role="a b"))
    assert "live_1() { live_trust 'a b'; }" in lines
    assert "title_1='trust policy of role a b'" in lines
    (title,) = (line for line in step(2, plan(policy="two\nlines")) if line.startswith("title_2="))
    assert title == "title_2='attachment of arn:aws:iam::aws:policy/two\\u000alines to role ExecutionRole'"


def test_characters_beyond_ascii_stay_readable() -> None:
    assert '"aws:x": "é🙂"' in script(plan(tag="é🙂"))


def test_what_waits_for_aws_and_what_removes_is_left_to_apply() -> None:
    text = script(long_plan())
    assert "This change must wait for AWS between its calls. Apply it with: sm-ssh-widget apply FILE" in text
    assert "create-configuration-manager" not in text
    first = plan().changes[0]
    removal = replace(first, id=REMOVAL, finding=REMOVAL, before=first.after, after=first.before)
    assert "# Step 1" not in script(replace(plan(), changes=(removal,)))


def test_a_plan_without_changes_has_no_steps() -> None:
    text = script(replace(plan(), changes=()))
    assert "# Step 1" not in text
    assert templates.read("request_main.sh").replace("@STEPS@", "") in text
