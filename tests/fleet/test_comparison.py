"""Two audits compared: nothing unknown counts as better or worse."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.fleet.comparison import compare
from tests.fleet.audits import ACCOUNT, MET, MISSING, REGION, UNKNOWN, arn, audit

KEY = (ACCOUNT, arn("a"), REGION, "trust.ssm")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (MET, MISSING, "regressed"),
        (MISSING, MET, "improved"),
        (UNKNOWN, MET, "cannot_compare"),
        (MET, UNKNOWN, "cannot_compare"),
        (MISSING, MISSING, ""),
        (UNKNOWN, UNKNOWN, ""),
    ],
)
def test_a_cell_that_differs(old: Any, new: Any, kind: str) -> None:
    found = compare(audit({"a": {"trust.ssm": old}}), audit({"a": {"trust.ssm": new}}))
    for name in ("regressed", "improved", "cannot_compare", "new", "gone"):
        assert getattr(found, name) == ((KEY,) if name == kind else ())


def test_roles_that_are_new_or_gone() -> None:
    found = compare(audit({"a": {"trust.ssm": MET}}), audit({"b": {"trust.ssm": MISSING}}, tier=MISSING))
    assert [key[1] for key in found.new] == [arn("b")]
    assert [key[1] for key in found.gone] == [arn("a")]
    assert found.regressed == ((ACCOUNT, "", REGION, "ssm.tier"),)
    assert found.to_json()["regressed"] == [{"account": ACCOUNT, "role": "", "region": REGION, "finding": "ssm.tier"}]
