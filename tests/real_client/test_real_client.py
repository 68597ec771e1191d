"""The published client on the simulated account: refused before the set-up as predicted, working after it."""

from __future__ import annotations

import pytest

from tests.real_client.conftest import WITH_CLI, Run
from tests.real_client.steps import STEPS, Step
from tests.real_client.table import DOCS, markdown_table, of_last_run

pytestmark = pytest.mark.timeout(900)  # the first test installs the client, and lives through its day
REGION_MISREAD = "Provided region_name ':' doesn't match a supported format"
BASELINES = ("classic", "least-privilege")


def named(step: Step) -> str:
    return step.name


@pytest.mark.parametrize("step", STEPS, ids=named)
def test_before_the_set_up_it_is_refused_as_predicted(run: Run, step: Step) -> None:
    assert not run.before[step.name].ok
    assert step.refusal in run.before[step.name].said
    if step.finding:
        assert run.findings_before[step.finding] == "missing"


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("step", STEPS, ids=named)
def test_after_the_set_up_it_works(run: Run, step: Step, baseline: str) -> None:
    found = run.after[baseline][step.name]
    granted = baseline == "classic" or not step.not_granted
    assert found.ok is granted, found.said


@pytest.mark.parametrize("step", [step for step in STEPS if step.not_granted], ids=named)
def test_check_says_what_least_privilege_does_not_grant(run: Run, step: Step) -> None:
    assert step.not_granted.lower() in run.caveats.lower()


@pytest.mark.parametrize("name", WITH_CLI)
def test_the_newer_cli_does_the_same(run: Run, name: str) -> None:
    """Where version 2 of the AWS CLI is there; the run's last lines say whether it is.

    Since its ``aws configure list`` has another form, upstream's scripts read the Region out of it as a colon.
    """
    if run.newer and not (name == "sm-local-start-ssh" and REGION_MISREAD in run.newer[name].said):
        assert run.newer[name].ok, run.newer[name].said


def test_the_table_has_a_row_for_every_step(run: Run) -> None:
    text = markdown_table(run.before, run.after["classic"], run.after["least-privilege"])
    assert len(text.splitlines()) == len(STEPS) + 2
    assert len(STEPS) == 15
    assert of_last_run() == text


def test_the_docs_show_what_this_run_came_to(run: Run) -> None:
    """``python -m tests.real_client.table --docs`` puts it there."""
    assert run.after
    assert DOCS.current() == DOCS.render().strip()
