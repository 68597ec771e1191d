"""Changes by resource: several changes of one resource are one write, with the first state and the last."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.plan import Kind, Refusal, RefusalCode
from sm_ssh_widget.export.resource_writes import (
    by_resource,
    describe,
    rendered_writes,
    resource_writes,
    skipped_changes,
    title_of,
    titles,
)

from .plans import TRUST_SSM, long_plan, plan

EVERY = dict.fromkeys(Kind, object())


def test_two_changes_of_the_trust_policy_are_one_write() -> None:
    first, second, *others = plan().changes
    trust, *rest = resource_writes(plan())
    assert trust.changes == (first, second)
    assert trust.states == (first.before, first.after, second.after)
    assert (trust.before, trust.after) == (first.before, second.after)
    assert (trust.calls, trust.inverse) == (second.calls, first.inverse)
    assert trust.ids == (first.id, second.id)
    assert [write.changes for write in rest] == [(change,) for change in others]
    assert by_resource([second, first])[0].changes == (second, first)


def test_the_statements_that_are_added_and_those_that_stay() -> None:
    trust = resource_writes(plan())[0]
    assert trust.added[0] == TRUST_SSM
    assert (len(trust.added), len(trust.kept)) == (2, 1)
    attachment = next(write for write in resource_writes(plan()) if write.kind is Kind.ATTACH_ROLE_POLICY)
    assert (attachment.added, attachment.kept) == ((), ())


def test_the_identity_and_its_noun_in_iam() -> None:
    owners = {write.kind: (write.identity, write.owner) for write in resource_writes(plan())}
    assert owners[Kind.TRUST] == ("ExecutionRole", "Role")
    assert owners[Kind.USER_INLINE] == ("jane", "User")
    assert owners[Kind.SERVICE_SETTING] == ("", "")


def test_a_finding_is_skipped_as_a_whole_where_one_of_its_kinds_has_no_renderer() -> None:
    whole = long_plan()
    some = {**EVERY, Kind.QUICK_SETUP: None}
    assert skipped_changes(whole, EVERY) == tuple((each.finding, each.reason) for each in whole.refused)
    assert "ssm.host-management" in dict(skipped_changes(whole, some))
    left = rendered_writes(whole, some)
    assert {change.finding for write in left for change in write.changes} == {
        change.finding for change in whole.changes
    } - dict(skipped_changes(whole, some)).keys()


def test_what_is_refused_is_skipped_with_its_reason() -> None:
    refused = replace(plan(), refused=(Refusal("trust.ssm", RefusalCode.QUOTA, "Too long."),))
    assert skipped_changes(refused, EVERY) == (("trust.ssm", "Too long."),)
    assert all("trust.ssm" not in write.ids for write in rendered_writes(refused, EVERY))


def test_the_title_is_that_of_each_requirement_once() -> None:
    trust = resource_writes(plan())[0]
    known = titles(plan())
    assert title_of(plan(), trust) == f"{known['trust.ssm']}, {known['trust.sagemaker']}"
    assert title_of(replace(plan(), baseline="other"), trust) == "trust.ssm, trust.sagemaker"
    assert describe(trust) == "trust policy of role ExecutionRole"
