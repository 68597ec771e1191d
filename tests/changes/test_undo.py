"""The way back: the whole of each change, and which steps it takes back, leaves alone, or finds undone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan, Refusal, RefusalCode
from sm_ssh_widget.changes.undo import CHANGED_SINCE, inverse_plan, lasting, resource_of, was_applied
from tests.changes.story import MANAGER, STARTED, applied, as_applied, left, plan_of, whole_plan
from tests.support.observations import document, identity, observation, trusts

PLAN = whole_plan()
EC2 = trusts("ec2.amazonaws.com")
THEIRS = document(EC2)


def test_two_kinds_of_change_to_one_identity_are_two_resources() -> None:
    change = of_kind(Kind.TRUST, PLAN)
    assert resource_of(change) == (Kind.TRUST.value, tuple(sorted(change.resource.items())))
    assert resource_of(change) != resource_of(replace(change, kind=Kind.ROLE))


def test_what_is_left_alone_is_said_in_words() -> None:
    assert CHANGED_SINCE == "Changed after it was applied, so undo leaves it unchanged."


def of_kind(kind: Kind, plan: Plan) -> Change:
    return next(change for change in plan.changes if change.kind is kind)


def back_call(change: Change) -> Call:
    """The recorded inverse, with what AWS gave."""
    (call,) = change.inverse
    return Call(call.service, call.operation, {"ManagerArn": MANAGER}) if change.kind is Kind.QUICK_SETUP else call


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_the_way_back_is_the_way_there_reversed_and_each_change_is_whole(baseline: str) -> None:
    plan = whole_plan(baseline)
    way_back = inverse_plan(applied(plan), as_applied(plan))
    expected = [
        Change(
            id=change.id,
            finding=change.finding,
            kind=change.kind,
            resource=change.resource,
            before=lasting(left(change)),
            after=change.before,
            calls=(back_call(change),),
            inverse=change.calls,
            cost=None,
            risk=f"Undoes an applied change. {change.leaves}".strip(),
            undo="exact",
        )
        for change in reversed(plan.changes)
        if change.kind is not Kind.INSTANCE
    ]
    assert list(way_back.plan.changes) == expected
    assert way_back.drifted == ()
    assert way_back.already == ("ssm.instance-check",)


def test_the_plan_around_the_changes() -> None:
    back = inverse_plan(applied(PLAN), as_applied(PLAN)).plan
    assert (back.target, back.baseline, back.options) == (PLAN.target, PLAN.baseline, PLAN.options)
    assert (back.undoes, back.refused, back.required_refused) == (PLAN.digest, (), ())
    assert Plan.from_json(json.loads(json.dumps(back.to_json()))) == back


def test_the_statements_that_stay_are_counted_once_for_each_document() -> None:
    plan = plan_of(observation(identity(trust=document(EC2, EC2))))
    assert len([change for change in plan.changes if change.kind is Kind.TRUST]) == 2
    assert inverse_plan(applied(plan), as_applied(plan)).plan.kept == 2


def test_what_it_leaves_is_told() -> None:
    back = inverse_plan(applied(PLAN), as_applied(PLAN)).plan
    told = {change.id: change.risk for change in back.changes}
    assert told["ssm.host-management"].startswith("Undoes an applied change. Undo leaves what AWS created")
    assert told["trust.ssm"] == "Undoes an applied change."


def test_the_calls_of_the_journal_are_not_used() -> None:
    evil = Call(
        "iam", "AttachRolePolicy", {"RoleName": "x", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    )
    lies = replace(PLAN, changes=tuple(replace(change, inverse=(evil,)) for change in PLAN.changes))
    assert not any(evil in change.calls for change in inverse_plan(applied(lies), as_applied(lies)).plan.changes)


def test_a_chain_on_one_document_ends_with_the_first_text() -> None:
    plan = plan_of(observation(identity(trust=document())))
    back = inverse_plan(applied(plan), as_applied(plan)).plan
    trust = [change for change in back.changes if change.kind is Kind.TRUST]
    assert [change.id for change in trust] == ["trust.ssm", "trust.sagemaker"]
    assert (trust[0].after, trust[0].after, trust[1].after) == (trust[1].before, trust[1].before, document())


def test_a_chain_that_aws_spells_its_own_way_is_taken_back_as_a_whole() -> None:
    plan = plan_of(observation(identity(trust=document())))
    chain = [change for change in plan.changes if change.kind is Kind.TRUST]
    journal, live = applied(plan), as_applied(plan)
    for change in chain:
        spelled = json.dumps(json.loads(change.after), indent=1)
        assert spelled != change.after
        journal = journal.marked(change.id, StepStatus.DONE, observed=spelled)
        live[resource_of(change)] = spelled
    back = [change for change in inverse_plan(journal, live).plan.changes if change.kind is Kind.TRUST]
    assert [change.id for change in back] == [change.id for change in reversed(chain)]
    assert [change.before for change in back] == [live[resource_of(chain[0])], chain[1].before]


def test_a_chain_whose_end_somebody_changed_is_left_alone_as_a_whole() -> None:
    plan = plan_of(observation(identity(trust=document())))
    live = as_applied(plan)
    live[resource_of(plan.changes[0])] = THEIRS
    way_back = inverse_plan(applied(plan), live)
    assert way_back.drifted == ("trust.ssm", "trust.sagemaker")
    assert not [change for change in way_back.plan.changes if change.kind is Kind.TRUST]


def test_a_chain_of_which_the_end_is_undone_goes_on_from_there() -> None:
    plan = plan_of(observation(identity(trust=document())))
    first, second = (change for change in plan.changes if change.kind is Kind.TRUST)
    live = {**as_applied(plan), resource_of(first): first.after}
    way_back = inverse_plan(applied(plan), live)
    assert way_back.already == (second.id,)
    (trust,) = (change for change in way_back.plan.changes if change.kind is Kind.TRUST)
    assert (trust.id, trust.before, trust.after) == (first.id, first.after, first.before)


@pytest.mark.parametrize("change", [change for change in PLAN.changes if change.after is not True], ids=lambda c: c.id)
def test_what_somebody_changed_since_is_left_alone_and_the_rest_is_undone(change: Change) -> None:
    others: dict[Kind, Any] = {
        Kind.SERVICE_SETTING: {"value": "advanced", "status": "PendingUpdate"},
        Kind.QUICK_SETUP: {**left(change), "manager": "another"} if change.kind is Kind.QUICK_SETUP else None,
        Kind.INSTANCE: {"instance": "i-1", "now": {}},
    }
    live = {**as_applied(PLAN), resource_of(change): others.get(change.kind, THEIRS.replace("ec2", "s3"))}
    way_back = inverse_plan(applied(PLAN), live)
    assert change.id in way_back.drifted
    told = {refusal.finding: refusal for refusal in way_back.plan.refused}
    values = " The run set advanced. It is now advanced." if change.kind is Kind.SERVICE_SETTING else ""
    assert told[change.id] == Refusal(change.id, RefusalCode.DRIFTED, f"{CHANGED_SINCE}{values}")
    assert set(told) == set(way_back.drifted)
    assert len(way_back.plan.changes) + len(way_back.drifted) + len(way_back.already) == len(PLAN.changes)


def test_a_setting_that_is_not_there_any_more_has_no_value_to_tell() -> None:
    change = of_kind(Kind.SERVICE_SETTING, PLAN)
    way_back = inverse_plan(applied(PLAN), {**as_applied(PLAN), resource_of(change): None})
    assert way_back.plan.refused == (Refusal(change.id, RefusalCode.DRIFTED, CHANGED_SINCE),)


def test_what_a_step_is_said_to_have_left_has_to_be_what_it_brings() -> None:
    """Somebody else's document stands there, and the journal says that the step left it."""
    change = of_kind(Kind.ROLE_INLINE, PLAN)
    journal = applied(PLAN).marked(change.id, StepStatus.DONE, observed=THEIRS)
    way_back = inverse_plan(journal, {**as_applied(PLAN), resource_of(change): THEIRS})
    assert change.id in way_back.drifted


def test_what_aws_is_doing_with_it_is_not_compared() -> None:
    change = of_kind(Kind.QUICK_SETUP, PLAN)
    live = {**as_applied(PLAN), resource_of(change): {**left(change), "now": {"statuses": {"Deployment": "DELETING"}}}}
    back = inverse_plan(applied(PLAN), live).plan
    assert "now" not in of_kind(Kind.QUICK_SETUP, back).before
    assert back.digest == inverse_plan(applied(PLAN), as_applied(PLAN)).plan.digest


def test_an_instance_that_was_left_running_is_terminated() -> None:
    change = of_kind(Kind.INSTANCE, PLAN)
    found = {"instance": "i-0123", "now": {"state": "running"}}
    journal = applied(PLAN).marked(change.id, StepStatus.DONE, observed={**found, "now": {"state": "pending"}})
    back = of_kind(Kind.INSTANCE, inverse_plan(journal, {**as_applied(PLAN), resource_of(change): found}).plan)
    assert back.calls == (Call("ec2", "TerminateInstances", {"InstanceIds": ["i-0123"]}),)
    assert (back.before, back.after) == ({"instance": "i-0123"}, None)


def test_what_is_as_before_already_needs_nothing() -> None:
    live = {resource_of(change): change.before for change in reversed(PLAN.changes)}
    way_back = inverse_plan(applied(PLAN), live)
    assert way_back.plan.empty
    assert way_back.already == tuple(change.id for change in reversed(PLAN.changes) if change.id != "trust.ssm")
    assert way_back.drifted == ("trust.ssm",)


@pytest.mark.parametrize("status", StepStatus)
@pytest.mark.parametrize("observed", [True, False])
def test_which_steps_were_applied(status: StepStatus, observed: bool) -> None:
    change = next(change for change in PLAN.changes if change.kind is Kind.ATTACH_ROLE_POLICY)
    journal = applied(PLAN).marked(change.id, status, observed=True if observed else None)
    expected = observed and status in (StepStatus.DONE, StepStatus.UNDONE, StepStatus.DRIFTED)
    assert was_applied(journal.step(change.id)) is expected
    ids = [each.id for each in inverse_plan(journal, as_applied(PLAN)).plan.changes]
    assert (change.id in ids) is expected


def test_what_was_never_written_is_not_undone() -> None:
    journal = Journal.begin(PLAN, acted_as="arn", endpoint="", started=STARTED)
    way_back = inverse_plan(journal, as_applied(PLAN))
    assert (way_back.plan.empty, way_back.drifted, way_back.already) == (True, (), ())
