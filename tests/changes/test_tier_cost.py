"""The cost of the tier: of one job, and of the nodes that there are; never of none."""

from __future__ import annotations

import pytest

from sm_ssh_widget.changes.iam_changes import tier_cost
from sm_ssh_widget.requirements.observation import Fact, Known, Nodes
from tests.support.observations import DENIED

JOB = "USD 0.00695 per hybrid node and hour (June 2024, SSH Helper README). A 3-hour job costs about USD 0.02."


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        (Known(Nodes(0, 0), ""), JOB),
        (Known(Nodes(1, 0), ""), f"{JOB} 1 hybrid node now: USD 5.07 per month (730 hours)."),
        (Known(Nodes(3, 1), ""), f"{JOB} 3 hybrid nodes now: USD 15.22 per month (730 hours)."),
        (DENIED, f"{JOB} Current nodes could not be counted."),
    ],
)
def test_the_cost_names_a_job_and_the_nodes_that_there_are(nodes: Fact[Nodes], said: str) -> None:
    assert tier_cost(nodes) == said
