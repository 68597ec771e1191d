"""What a plan comes to: ready only where everything required is met or planned; else why not, in a few words."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.plan import Refusal, RefusalCode
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.wizard.outlook import Outlook, outlook
from tests.changes.story import whole_plan
from tests.wizard.test_picture import drawn, finding

PLAN = replace(whole_plan(), refused=(), required_refused=())
TRUST = replace(PLAN, changes=tuple(change for change in PLAN.changes if change.finding == "trust.ssm"))
TIER = replace(PLAN, changes=tuple(change for change in PLAN.changes if change.finding in ("trust.ssm", "ssm.tier")))
MISSING = finding("trust.ssm", FindingStatus.MISSING)
REFUSED = Refusal("trust.sagemaker", RefusalCode.QUOTA, "No room.")


def seen(*findings: Finding, everything: object = TRUST, chosen: object = TRUST) -> Outlook:
    return outlook(drawn(*findings), everything, chosen)  # type: ignore[arg-type]


def test_what_is_planned_makes_it_ready() -> None:
    told = seen(MISSING, finding("trust.sagemaker", FindingStatus.SATISFIED))
    assert (told.ready, told.refused, told.left_out, told.unread) == (True, (), (), 0)
    assert told.why == "who connects was not checked"


def test_what_is_left_out_is_named() -> None:
    tier = finding("ssm.tier", FindingStatus.MISSING)
    told = seen(MISSING, tier, everything=TIER)
    assert (told.ready, told.left_out, told.why) == (False, ("ssm.tier",), "the tier is left out")
    told = seen(MISSING, tier, everything=TIER, chosen=replace(TIER, changes=()))
    assert (told.ready, told.why) == (False, "2 left out")


def test_what_is_refused_comes_first() -> None:
    told = seen(MISSING, everything=replace(TRUST, refused=(REFUSED,)))
    assert (told.ready, told.refused, told.why) == (False, (REFUSED,), "1 change is refused")
    both = replace(TRUST, refused=(REFUSED, replace(REFUSED, finding="role.cloudwatch-logs")))
    assert seen(MISSING, everything=both).why == "2 changes are refused"


def test_what_could_not_be_read_leaves_it_open_and_is_no_refusal() -> None:
    unread = finding("trust.sagemaker", FindingStatus.UNKNOWN)
    told = seen(MISSING, unread, everything=replace(TRUST, refused=(replace(REFUSED, code=RefusalCode.UNKNOWN),)))
    assert (told.ready, told.refused, told.unread, told.why) == (None, (), 1, "1 could not be read")


def test_what_nothing_is_planned_for_stays_open() -> None:
    told = seen(MISSING, finding("trust.sagemaker", FindingStatus.BLOCKED))
    assert (told.ready, told.why) == (False, "something required stays open")


def test_an_optional_requirement_does_not_count() -> None:
    optional = replace(finding("user.owner-guard", FindingStatus.MISSING), required=False)
    assert seen(MISSING, optional).ready is True
