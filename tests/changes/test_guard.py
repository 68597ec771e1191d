"""The brake behind planning: every reason by its name, each raised for what it is there for and for nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import guard
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan
from sm_ssh_widget.changes.undo import inverse_plan
from sm_ssh_widget.problem import Code
from tests.changes.story import ACCOUNT, applied, as_applied, plan_of, whole_plan
from tests.support.observations import document, identity, observation, trusts

PLAN = whole_plan()
EC2, SSM = trusts("ec2.amazonaws.com"), trusts("ssm.amazonaws.com")


def of_kind(kind: Kind, plan: Plan = PLAN) -> Change:
    return next(change for change in plan.changes if change.kind is kind)


def with_change(change: Change, plan: Plan = PLAN) -> Plan:
    return replace(plan, changes=tuple(change if each.id == change.id else each for each in plan.changes))


def reason(plan: Plan, account: str = ACCOUNT) -> str:
    with pytest.raises(guard.Unsafe) as caught:
        guard.check(plan, account=account)
    assert caught.value.code is Code.REFUSED
    assert caught.value.remedy
    return caught.value.name


def test_a_refusal_says_where_and_what_to_do() -> None:
    with pytest.raises(guard.Unsafe) as caught:
        guard.check(PLAN, account="999999999999")
    assert (caught.value.where, caught.value.name) == ("Checking the plan", "wrong-account")
    assert caught.value.remedy == f"Sign in to account {ACCOUNT}."


def refusal(plan: Plan) -> tuple[str, str, str]:
    """Where a plan was refused, what was said, and what to do."""
    with pytest.raises(guard.Unsafe) as caught:
        guard.check(plan, account=ACCOUNT)
    return caught.value.where, caught.value.said, caught.value.remedy


AGAIN = "Create a new plan: sm-ssh-widget plan --out FILE"
REPORT = "Create a new plan. If this happens again, report a bug."
BY_HAND = f"Nothing was written. Review the account in the AWS console. {AGAIN}"


def test_a_plan_that_was_edited_is_told_from_a_bug() -> None:
    change = of_kind(Kind.TRUST)
    away = refusal(edited(Kind.TRUST, after=None))
    assert away == ("Checking the plan", f"{change.id} would remove existing access.", REPORT)
    lost = refusal(edited(Kind.TRUST, after=document()))
    assert lost == ("Checking the plan", f"{change.id} would remove or change an existing statement.", REPORT)
    calls = refusal(edited(Kind.TRUST, calls=()))
    assert calls == ("Checking the plan", f"The calls in {change.id} do not match the change.", REPORT)
    other = refusal(renamed(Kind.TRUST, role="Another"))
    said = f"The ARN and the name in {change.id} belong to different identities."
    assert other == ("Checking the plan", said, AGAIN)
    elsewhere = change.resource["arn"].replace(ACCOUNT, "999999999999")
    said = f"{change.id} targets account 999999999999, but the plan is for account {ACCOUNT}."
    assert refusal(renamed(Kind.TRUST, arn=elsewhere)) == ("Checking the plan", said, AGAIN)
    assert refusal(edited(Kind.TRUST, after="{"))[2] == AGAIN
    said = f"{change.id}: the resource or state does not have the form of its kind."
    assert refusal(renamed(Kind.TRUST, more="x")) == ("Checking the plan", said, AGAIN)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"notice": "Nothing to see here."}, "notice"),
        ({"target": {}}, "it could not be parsed: KeyError"),
        ({"target": {**PLAN.target, "role": 5}}, "it could not be parsed: AttributeError"),
        ({"target": ()}, "it could not be parsed: TypeError"),
        ({"target": {**PLAN.target, "role": "x"}}, "it could not be parsed: ArnError"),
    ],
)
def test_the_part_of_a_plan_that_is_not_ours_is_named(fields: dict[str, Any], found: str) -> None:
    with pytest.raises(guard.Unsafe) as caught:
        guard.check_origin(replace(PLAN, **fields))
    assert caught.value.where == "Checking the plan"
    assert caught.value.said == (
        f"sm-ssh-widget would not create this plan ({found}). The plan was edited, or another version created it."
    )
    assert caught.value.remedy == "Create a new plan and review it before you apply it."


def test_a_name_that_this_version_does_not_have_is_told_within_the_sentence() -> None:
    with pytest.raises(guard.Unsafe, match="huge") as caught:
        guard.check_origin(replace(PLAN, baseline="huge"), "Checking the journal")
    assert caught.value.where == "Checking the journal"
    assert ".)" not in caught.value.said


def test_an_undo_plan_is_never_applied_as_a_plan() -> None:
    undo = replace(PLAN, changes=(), undoes="some-run")
    with pytest.raises(guard.Unsafe) as caught:
        guard.check(undo, account=ACCOUNT)
    assert caught.value.name == "undo-plan"
    assert caught.value.said == "This is an undo plan. Undo plans run only from their journal."
    assert caught.value.remedy == "Undo that run: sm-ssh-widget undo JOURNAL"


def test_a_change_without_an_arn_is_refused_with_the_next_step() -> None:
    change = of_kind(Kind.TRUST)
    with pytest.raises(guard.Unsafe) as caught:
        guard.check(with_change(replace(change, resource={})), account=ACCOUNT)
    assert caught.value.name == "path-not-known"
    assert caught.value.remedy == "Create a new plan: sm-ssh-widget plan --out FILE --role ARN"


def edited(kind: Kind, **fields: Any) -> Plan:
    return with_change(replace(of_kind(kind), **fields))


def renamed(kind: Kind, **named: str) -> Plan:
    change = of_kind(kind)
    return with_change(replace(change, resource={**change.resource, **named}))


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
def test_a_plan_of_ours_passes_and_has_every_kind(baseline: str) -> None:
    plan = whole_plan(baseline)
    guard.check(plan, account=ACCOUNT)
    assert baseline != "classic" or {change.kind for change in plan.changes} == set(Kind)


class TestWho:
    def test_another_account_signs_in(self) -> None:
        assert reason(PLAN, "999999999999") == "wrong-account"

    @pytest.mark.parametrize("kind", Kind)
    def test_a_resource_of_another_account(self, kind: Kind) -> None:
        arn = of_kind(kind).resource["arn"].replace(ACCOUNT, "999999999999")
        assert reason(renamed(kind, arn=arn)) == "wrong-account"

    def test_a_path_that_nobody_knows(self) -> None:
        assert reason(renamed(Kind.TRUST, arn=f"arn:aws:iam::{ACCOUNT}:role/…/X")) == "path-not-known"

    def test_no_arn(self) -> None:
        change = of_kind(Kind.SERVICE_SETTING)
        without = {name: value for name, value in change.resource.items() if name != "arn"}
        assert reason(with_change(replace(change, resource=without))) == "path-not-known"

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (Kind.TRUST, "role"),
            (Kind.ROLE, "role"),
            (Kind.ROLE_INLINE, "role"),
            (Kind.ATTACH_ROLE_POLICY, "role"),
            (Kind.USER_INLINE, "user"),
            (Kind.ATTACH_USER_POLICY, "user"),
        ],
    )
    def test_two_identities_as_one(self, kind: Kind, name: str) -> None:
        assert reason(renamed(kind, **{name: "Another"})) == "other-name"


class TestKept:
    @pytest.mark.parametrize("kind", [Kind.ATTACH_ROLE_POLICY, Kind.ATTACH_USER_POLICY])
    def test_an_attachment_that_would_be_taken_away(self, kind: Kind) -> None:
        assert reason(edited(kind, before=True, after=False)) == "removes-access"

    @pytest.mark.parametrize("kind", [Kind.TRUST, Kind.ROLE_INLINE, Kind.USER_INLINE, Kind.ROLE])
    @pytest.mark.parametrize("after", [None, ""])
    def test_a_document_that_would_be_taken_away(self, kind: Kind, after: str | None) -> None:
        assert reason(edited(kind, before=document(), after=after)) == "removes-access"

    @pytest.mark.parametrize("kind", [Kind.TRUST, Kind.ROLE_INLINE, Kind.USER_INLINE, Kind.ROLE])
    @pytest.mark.parametrize("text", ["{", "[]", '{"Statement": 1}', 7])
    def test_a_document_that_is_none(self, kind: Kind, text: Any) -> None:
        assert reason(edited(kind, after=text)) == "malformed"
        assert reason(edited(kind, before=text)) == "malformed"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (document(EC2), document(SSM)),
            (document(EC2), document(SSM, EC2)),
            (document(EC2), document(trusts(["ec2.amazonaws.com"]), SSM)),
            (document(EC2), document()),
            (document(EC2, SSM), document(EC2)),
            (document(EC2), document(EC2, SSM).replace("2012-10-17", "2008-10-17")),
            (document(EC2), json.dumps({"Statement": [EC2, SSM]})),
            (document(EC2), json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": [EC2, SSM]})),
            (json.dumps({"Id": "1", "Statement": []}), json.dumps({"Id": 1, "Statement": [SSM]})),
            (document({**EC2, "X": 1}), document({**EC2, "X": True}, SSM)),
            (document({**EC2, "X": 1}), document({**EC2, "X": 1.0}, SSM)),
            (document({**EC2, "X": 1}), document({**EC2, "X": "1"}, SSM)),
            ('{"X": 1.50, "Statement": []}', '{"X": 1.5, "Statement": []}'),
            ('{"X": 10, "Statement": []}', '{"X": 1e1, "Statement": []}'),
            (document({**EC2, "X": {}}), document({**EC2, "X": []}, SSM)),
            (document({"Effect": "Allow", "Action": "x"}), document({"Action": "x", "Effect": "Allow"}, SSM)),
            (None, json.dumps({"Statement": [SSM]})),
            (None, json.dumps({"Version": "2012-10-17", "Id": "theirs", "Statement": [SSM]})),
        ],
        ids=str,
    )
    def test_something_of_the_owner_s_would_be_lost(self, before: str | None, after: str) -> None:
        assert reason(edited(Kind.ROLE_INLINE, before=before, after=after)) == "statement-lost"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (document(EC2), document(EC2, SSM)),
            (json.dumps({"Version": "2012-10-17", "Statement": EC2}), document(EC2, SSM)),
            (json.dumps({"Version": "2012-10-17"}), document(SSM)),
            (document({**EC2, "X": 1.50}), document({**EC2, "X": 1.50}, SSM)),
            (None, document(SSM)),
        ],
        ids=str,
    )
    def test_what_only_adds_is_for_the_origin_to_judge(self, before: str | None, after: str) -> None:
        change = of_kind(Kind.ROLE_INLINE)
        where = {"RoleName": change.resource["role"], "PolicyName": change.resource["policy"]}
        put = Call("iam", "PutRolePolicy", {**where, "PolicyDocument": after})
        back = Call("iam", "PutRolePolicy", {**where, "PolicyDocument": before})
        back = back if before else Call("iam", "DeleteRolePolicy", where)
        plan = with_change(replace(change, before=before, after=after, calls=(put,), inverse=(back,)))
        assert reason(plan) == "not-ours"


class TestCalls:
    @pytest.mark.parametrize("kind", Kind)
    @pytest.mark.parametrize("which", ["calls", "inverse"])
    def test_another_operation_one_more_and_none(self, kind: Kind, which: str) -> None:
        calls: tuple[Call, ...] = getattr(of_kind(kind), which)
        another = (replace(calls[0], operation="DeleteEverything"), *calls[1:])
        for lie in (
            another,
            (),
            (*calls, Call("iam", "CreateUser", {})),
            (replace(calls[0], service="s3"), *calls[1:]),
        ):
            assert reason(edited(kind, **{which: lie})) == "other-call"

    @pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.QUICK_SETUP, Kind.INSTANCE)])
    @pytest.mark.parametrize("which", ["calls", "inverse"])
    def test_another_value_of_each_parameter(self, kind: Kind, which: str) -> None:
        (call,) = getattr(of_kind(kind), which)
        assert call.parameters
        for name in call.parameters:
            lie = replace(call, parameters={**call.parameters, name: "another"})
            assert reason(edited(kind, **{which: (lie,)})) == "other-call"
        assert (
            reason(edited(kind, **{which: (replace(call, parameters={**call.parameters, "Path": "/"}),)}))
            == "other-call"
        )

    @pytest.mark.parametrize("kind", [Kind.QUICK_SETUP, Kind.INSTANCE])
    def test_another_value_on_the_way_back(self, kind: Kind) -> None:
        (call,) = of_kind(kind).inverse
        for name in call.parameters:
            lie = replace(call, parameters={**call.parameters, name: "another"})
            assert reason(edited(kind, inverse=(lie,))) == "other-call"

    def test_a_resource_without_its_names(self) -> None:
        change = of_kind(Kind.ATTACH_ROLE_POLICY)
        resource = {name: value for name, value in change.resource.items() if name != "policy_arn"}
        assert reason(with_change(replace(change, resource=resource))) == "malformed"

    @pytest.mark.parametrize("state", [None, "advanced", {"value": "advanced"}, []])
    def test_a_setting_that_is_none(self, state: Any) -> None:
        assert reason(edited(Kind.SERVICE_SETTING, after=state)) == "malformed"


def test_a_plan_that_is_not_ours() -> None:
    assert reason(edited(Kind.TRUST, risk="None at all.")) == "not-ours"


def undo_of(journal: Journal) -> Journal:
    """The journal of the undo of a journal, nothing of it done yet."""
    plan = inverse_plan(journal, as_applied(journal.plan)).plan
    return Journal.begin(plan, acted_as="arn", endpoint="", started="", undoes="first.json")


class TestJournal:
    def refused(self, journal: Journal, **how: Any) -> str:
        with pytest.raises(guard.Unsafe) as caught:
            guard.check_journal(journal, account=ACCOUNT, **how)
        assert caught.value.where == ("Checking the undo" if how.get("undoing") else "Checking the journal")
        return caught.value.name

    @pytest.mark.parametrize("undoing", [True, False])
    @pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
    def test_one_of_ours_passes(self, undoing: bool, baseline: str) -> None:
        guard.check_journal(applied(whole_plan(baseline)), account=ACCOUNT, undoing=undoing)

    @pytest.mark.parametrize("undoing", [True, False])
    def test_another_account(self, undoing: bool) -> None:
        with pytest.raises(guard.Unsafe) as caught:
            guard.check_journal(applied(PLAN), account="999999999999", undoing=undoing)
        assert caught.value.name == "wrong-account"

    def test_words_that_another_version_wrote_are_undone_and_not_gone_on_with(self) -> None:
        journal = applied(edited(Kind.TRUST, risk="As it was said once."))
        guard.check_journal(journal, account=ACCOUNT, undoing=True)
        assert self.refused(journal) == "not-ours"

    def test_what_no_version_adds_is_not_undone(self) -> None:
        change = of_kind(Kind.ATTACH_ROLE_POLICY)
        admin = {**change.resource, "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
        parameters = {"RoleName": admin["role"], "PolicyArn": admin["policy_arn"]}
        there, back = (Call("iam", f"{verb}RolePolicy", parameters) for verb in ("Attach", "Detach"))
        plan = with_change(replace(change, resource=admin, calls=(there,), inverse=(back,)))
        assert self.refused(applied(plan), undoing=True) == "not-ours"

    def test_a_chain_that_has_a_gap_is_not_undone(self) -> None:
        plan = plan_of(observation(identity(trust=document())))
        first, second = (change for change in plan.changes if change.kind is Kind.TRUST)
        text = document(EC2)
        call = Call("iam", "UpdateAssumeRolePolicy", {"RoleName": first.resource["role"], "PolicyDocument": text})
        after = document(EC2, json.loads(first.after)["Statement"][0])
        there = replace(call, parameters={**call.parameters, "PolicyDocument": after})
        gap = replace(first, before=text, after=after, calls=(there,), inverse=(call,))
        assert second.before == first.after
        assert self.refused(applied(with_change(gap, plan)), undoing=True) == "statement-lost"

    @pytest.mark.parametrize("undoing", [True, False])
    @pytest.mark.parametrize("status", [StepStatus.DONE, StepStatus.DRIFTED, StepStatus.UNDONE, StepStatus.FAILED])
    @pytest.mark.parametrize("kind", Kind)
    def test_what_was_left_is_what_the_change_brings(self, kind: Kind, status: StepStatus, undoing: bool) -> None:
        lies: dict[Kind, Any] = {Kind.SERVICE_SETTING: {"value": "standard", "status": "Default"}}
        lie = lies.get(kind, document(EC2))
        journal = applied(PLAN).marked(of_kind(kind).id, status, observed=lie)
        assert self.refused(journal, undoing=undoing) == "not-observed"

    def test_a_step_that_is_done_and_left_nothing(self) -> None:
        journal = applied(PLAN).marked(PLAN.changes[0].id, StepStatus.DONE, observed=None)
        assert self.refused(journal, undoing=True) == "not-observed"

    def test_an_undo_is_not_undone(self) -> None:
        assert self.refused(undo_of(applied(PLAN)), undoing=True, undone=applied(PLAN)) == "undo-plan"
        with pytest.raises(guard.Unsafe) as caught:
            guard.check_journal(undo_of(applied(PLAN)), account=ACCOUNT, undoing=True)
        assert caught.value.said == "This is the journal of an undo, which cannot be undone."
        assert caught.value.remedy == AGAIN

    @pytest.mark.parametrize("undoing", [True, False])
    def test_a_journal_and_its_plan_that_do_not_agree(self, undoing: bool) -> None:
        undo = undo_of(applied(PLAN))
        for journal in (replace(undo, undoes=""), replace(applied(PLAN), undoes="first.json")):
            assert self.refused(journal, undoing=undoing, undone=applied(PLAN)) == "undo-plan"
            with pytest.raises(guard.Unsafe) as caught:
                guard.check_journal(journal, account=ACCOUNT, undoing=undoing)
            assert caught.value.said == "The journal and its plan disagree on whether this is an undo."
            assert caught.value.remedy == BY_HAND

    def test_an_undo_of_ours_is_gone_on_with(self) -> None:
        done = applied(PLAN)
        guard.check_journal(undo_of(done), account=ACCOUNT, undone=done)
        failed = done.marked(PLAN.changes[-1].id, StepStatus.FAILED)
        guard.check_journal(undo_of(done), account=ACCOUNT, undone=failed)

    def test_an_undo_of_what_another_version_wrote_is_gone_on_with(self) -> None:
        done = applied(edited(Kind.TRUST, risk="As it was said once."))
        guard.check_journal(undo_of(done), account=ACCOUNT, undone=done)

    def test_a_part_of_an_undo_is_gone_on_with(self) -> None:
        done = applied(PLAN)
        for number in range(len(PLAN.changes)):
            undo = undo_of(done)
            plan = replace(undo.plan, changes=(*undo.plan.changes[:number], *undo.plan.changes[number + 1 :]))
            part = Journal.begin(plan, acted_as="", endpoint="", started="", undoes="first.json")
            guard.check_journal(part, account=ACCOUNT, undone=done)

    def another(self, undo: Journal, plan: Plan) -> Journal:
        return Journal.begin(plan, acted_as="", endpoint="", started="", undoes=undo.undoes)

    def test_an_undo_without_its_journal(self) -> None:
        done = applied(PLAN)
        assert self.refused(undo_of(done)) == "another-undo"
        assert self.refused(undo_of(done), undone=applied(whole_plan("least-privilege"))) == "another-undo"

    def test_an_undo_beside_the_journal_of_a_plan_in_other_words(self) -> None:
        other = applied(edited(Kind.TRUST, risk="As it was said once."))
        assert self.refused(undo_of(applied(PLAN)), undone=other) == "another-undo"

    def test_an_undo_of_what_was_not_applied(self) -> None:
        done = applied(PLAN)
        begun = done.marked(PLAN.changes[0].id, StepStatus.PENDING, observed=None)
        assert self.refused(undo_of(done), undone=begun) == "another-undo"

    def test_an_undo_beside_a_journal_that_may_not_be_undone(self) -> None:
        plan = with_change(replace(of_kind(Kind.TRUST), inverse=of_kind(Kind.TRUST).calls))
        assert self.refused(undo_of(applied(plan)), undone=applied(plan)) == "other-call"

    @pytest.mark.parametrize(
        "fields",
        [
            {"id": "another"},
            {"finding": "another"},
            {"before": document(EC2)},
            {"before": None},
            {"after": document()},
            {"resource": {"role": "x", "arn": f"arn:aws:iam::{ACCOUNT}:role/x"}},
            {"kind": Kind.ROLE},
            {"calls": ()},
            {"calls": (Call("iam", "UpdateAssumeRolePolicy", {"RoleName": "x", "PolicyDocument": "{}"}),)},
            {"inverse": ()},
            {"risk": "None."},
        ],
        ids="-".join,
    )
    def test_an_undo_of_which_one_value_was_edited(self, fields: dict[str, Any]) -> None:
        done = applied(PLAN)
        undo = undo_of(done)
        trust = of_kind(Kind.TRUST, undo.plan)
        changes = tuple(replace(each, **fields) if each is trust else each for each in undo.plan.changes)
        assert self.refused(self.another(undo, replace(undo.plan, changes=changes)), undone=done) == "another-undo"

    def test_an_undo_that_does_not_say_what_to_delete(self) -> None:
        done = applied(PLAN)
        undo = undo_of(done)
        quick = of_kind(Kind.QUICK_SETUP, undo.plan)
        nameless = replace(quick, before={name: value for name, value in quick.before.items() if name != "manager"})
        other = self.another(undo, with_change(nameless, undo.plan))
        assert self.refused(other, undone=done) == "another-undo"

    def test_an_undo_in_another_order_or_twice_or_for_another_target(self) -> None:
        done = applied(PLAN)
        undo = undo_of(done)
        changes = undo.plan.changes
        for fields in (
            {"changes": changes[::-1]},
            {"changes": (*changes, changes[-1])},
            {"target": {**PLAN.target, "region": "us-east-1"}},
            {"baseline": "least-privilege"},
            {"options": ()},
        ):
            other = self.another(undo, replace(undo.plan, **fields))
            assert self.refused(other, undone=done) == "another-undo", fields

    def test_what_an_undo_left_is_looked_at_too(self) -> None:
        done = applied(PLAN)
        undo = undo_of(done)
        lie = undo.marked(of_kind(Kind.TRUST).id, StepStatus.DONE, observed=document(EC2, SSM))
        assert self.refused(lie, undone=done) == "not-observed"
