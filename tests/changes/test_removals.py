"""The one removal: bounded to the CDK's statement, planned only when chosen, refused where it would hurt."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import additions, guard, replan_check
from sm_ssh_widget.changes.kinds import call_for
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.changes.removals import is_removal, removes_only, without_leftover
from sm_ssh_widget.changes.undo import inverse_plan, resource_of
from sm_ssh_widget.requirements.cdk_facts import Leftovers
from sm_ssh_widget.requirements.leftovers import CODEBUILD, cdk_statement
from sm_ssh_widget.requirements.observation import Absent, Known, Reason, Unknown
from tests.changes.story import ACCOUNT, applied, plan_of
from tests.support.observations import document, identity, observation, trusts

OF_CDK = [cdk_statement(f"{service}.amazonaws.com") for service in ("sagemaker", "codebuild", "ssm")]
TEXT = json.dumps(json.loads(document(*OF_CDK)), indent=2)
NO_BUILDS = Leftovers(Known((), "r"), Known((), "r"), Known((), "codebuild:ListProjects"))
CHOSEN = ("remove-leftovers",)


def planned(trust: str = TEXT, left: Leftovers = NO_BUILDS, options: tuple[str, ...] = CHOSEN) -> Plan:
    return plan_of(observation(identity(trust=trust), leftovers=left), options=options)


def removal(plan: Plan) -> Change:
    return next(change for change in plan.changes if change.id == "account.leftovers")


def refusal(plan: Plan) -> tuple[str, str]:
    assert "account.leftovers" not in [change.id for change in plan.changes]
    found = next(each for each in plan.refused if each.finding == "account.leftovers")
    return found.code.value, found.reason


class TestPlan:
    def test_only_the_statement_goes_and_the_text_around_it_stays(self) -> None:
        change = removal(planned())
        assert change.before == TEXT
        assert json.loads(change.after)["Statement"] == [OF_CDK[0], OF_CDK[2]]
        assert change.after == json.dumps(json.loads(document(OF_CDK[0], OF_CDK[2])), indent=2)
        assert [call.operation for call in change.calls] == ["UpdateAssumeRolePolicy"]
        assert change.inverse[0].parameters["PolicyDocument"] == TEXT
        assert change.undo == "exact"

    def test_what_is_kept_is_counted(self) -> None:
        assert planned().kept == len(OF_CDK) - 1

    def test_nothing_is_removed_unless_chosen(self) -> None:
        plan = planned(options=())
        assert not any(map(is_removal, plan.changes))
        assert not plan.refused

    def test_it_stays_out_of_what_is_required(self) -> None:
        plan = planned(left=replace(NO_BUILDS, projects=Known(("builds",), "r")))
        assert "account.leftovers" not in plan.required_refused

    def test_it_begins_where_our_own_statement_ended(self) -> None:
        hardened = planned(options=(*CHOSEN, "hardened-trust"))
        assert removal(hardened).before == TEXT

    @pytest.mark.parametrize(
        ("left", "code", "said"),
        [
            (replace(NO_BUILDS, projects=Known(("nightly",), "r")), "blocked", "nightly"),
            (
                replace(NO_BUILDS, projects=Unknown(Reason.DENIED, "codebuild:ListProjects", "no", "Ask.")),
                "unknown",
                "Ask.",
            ),
            (replace(NO_BUILDS, projects=Absent()), "unknown", "was not read"),
        ],
    )
    def test_builds_that_use_the_role_or_are_not_known_refuse_it(self, left: Leftovers, code: str, said: str) -> None:
        found = refusal(planned(left=left))
        assert found[0] == code
        assert said in found[1]

    def test_a_deleted_principal_in_the_trust_refuses_it(self) -> None:
        gone = {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"}, "Action": "sts:AssumeRole"}
        assert refusal(planned(document(*OF_CDK, gone)))[0] == "deleted-principal"


class TestGuard:
    def test_the_plan_passes(self) -> None:
        plan = planned()
        guard.check(plan, account=ACCOUNT)
        assert replan_check.first_mismatch(plan) == ""
        assert additions.first_unknown(plan) == ""

    @pytest.mark.parametrize("index", [0, 2])
    def test_another_statement_is_not_removed_under_its_name(self, index: int) -> None:
        after = document(*(each for number, each in enumerate(OF_CDK) if number != index))
        assert self._reason(self._with_after(after)) == "statement-lost"

    def test_nothing_is_added_under_its_name(self) -> None:
        stranger = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::666666666666:root"},
            "Action": "sts:AssumeRole",
        }
        assert self._reason(self._with_after(document(OF_CDK[0], OF_CDK[2], stranger))) == "statement-lost"

    def test_no_other_trust_loses_a_statement(self) -> None:
        theirs = document(trusts("ec2.amazonaws.com"), OF_CDK[1])
        change = removal(planned())
        after = document(trusts("ec2.amazonaws.com"))
        assert self._reason(_remade(change, theirs, after)) == "statement-lost"

    def test_no_inline_policy_loses_it(self) -> None:
        change = removal(planned())
        inline = replace(change, kind=Kind.ROLE_INLINE, resource={**change.resource, "policy": "P"})
        assert self._reason(_remade(inline, change.before, change.after)) == "statement-lost"

    def test_an_undo_puts_back_only_the_statement(self) -> None:
        stranger = {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::666666666666:root"},
            "Action": "sts:AssumeRole",
        }
        change = removal(planned())
        forged = _remade(change, document(OF_CDK[0], stranger, OF_CDK[2]), document(OF_CDK[0], OF_CDK[2]))
        assert additions.first_unknown(_only(forged)) == "account.leftovers"
        assert additions.first_unknown(_only(change)) == ""

    @staticmethod
    def _with_after(after: str) -> Change:
        return _remade(removal(planned()), TEXT, after)

    @staticmethod
    def _reason(change: Change) -> str:
        with pytest.raises(guard.Unsafe) as caught:
            guard.check(_only(change), account=ACCOUNT)
        return caught.value.name


def _only(change: Change) -> Plan:
    return replace(planned(), changes=(change,))


def _remade(change: Change, before: str, after: str) -> Change:
    there, back = (call_for(change.kind, change.resource, state) for state in (after, before))
    assert there is not None
    assert back is not None
    return replace(change, before=before, after=after, calls=(there,), inverse=(back,))


def test_the_undo_writes_the_earlier_text_again() -> None:
    plan = _only(removal(planned()))
    live: dict[Any, Any] = {resource_of(change): change.after for change in plan.changes}
    (back,) = inverse_plan(applied(plan), live).plan.changes
    assert (back.before, back.after) == (plan.changes[0].after, TEXT)


def test_without_leftover_of_another_trust_is_nothing() -> None:
    assert without_leftover(document(trusts("sagemaker.amazonaws.com"))) is None
    assert without_leftover("{") is None


def test_removes_only_one_equal_statement() -> None:
    statement = cdk_statement(CODEBUILD)
    assert removes_only(document(*OF_CDK), document(OF_CDK[0], OF_CDK[2]), statement)
    assert not removes_only(document(*OF_CDK), document(OF_CDK[0]), statement)
    assert not removes_only(document(*OF_CDK), document(OF_CDK[0], OF_CDK[1]), statement)
    assert not removes_only(document(*OF_CDK), document(*OF_CDK), statement)
