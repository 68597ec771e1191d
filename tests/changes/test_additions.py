"""What a version may add is the bound of an undo: every change of ours is within it, and nothing beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import additions
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.observation import Known, LocalRoles
from tests.changes.story import ACCOUNT, everything, plan_of, whole_plan
from tests.support.observations import allow, document, identity, observation, trusts, with_facts

ADMIN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/AWS-QuickSetup-LocalAdministrationRole"
PLANS = {baseline: whole_plan(baseline) for baseline in ("classic", "least-privilege")}
CHANGES = [(baseline, change.id) for baseline, plan in PLANS.items() for change in plan.changes]


def one(plan: Plan, id: str) -> Change:
    return next(change for change in plan.changes if change.id == id)


def foreign(plan: Plan, id: str, **fields: Any) -> bool:
    """Whether the change with other fields is one that no version makes."""
    changed = replace(one(plan, id), **fields)
    return additions.first_unknown(replace(plan, changes=(changed,))) == changed.id


@pytest.mark.parametrize("baseline", PLANS)
@pytest.mark.parametrize("options", [(), ("studio-as-client", "owner-guard"), ("hardened-trust",), ("as-documented",)])
def test_what_this_program_plans_is_within(baseline: str, options: tuple[str, ...]) -> None:
    assert additions.first_unknown(PLANS[baseline]) == ""
    assert additions.first_unknown(plan_of(everything(), baseline, options)) == ""


@pytest.mark.parametrize("baseline", PLANS)
def test_statements_that_are_named_are_within(baseline: str) -> None:
    named = document(
        {**trusts("ec2.amazonaws.com"), "Sid": "Theirs"}, {**trusts("s3.amazonaws.com"), "Sid": "TrustSSM"}
    )
    plan = plan_of(replace(everything(), role=identity(trust=named)), baseline)
    added = json.loads(one(plan, "trust.ssm").after)["Statement"][-1]
    assert added["Sid"]
    assert additions.first_unknown(plan) == ""


def test_a_session_and_an_administration_role_at_a_path_are_within() -> None:
    session = PrincipalArn.parse(f"arn:aws:sts::{ACCOUNT}:assumed-role/DataScientist/jane")
    seen = everything()
    role = identity(PrincipalArn.parse(f"arn:aws:iam::{ACCOUNT}:role/team/DataScientist"))
    plan = plan_of(replace(seen, user=role, target=replace(seen.target, user=role.arn)), options=("owner-guard",))
    assert additions.first_unknown(replace(plan, target={**plan.target, "user": str(session)})) == ""
    other = str(session).replace("DataScientist", "Other")
    assert additions.first_unknown(replace(plan, target={**plan.target, "user": other})).startswith("user.")
    roles = LocalRoles(ADMIN_ROLE.replace(":role/", ":role/a/b/"), None)
    plan = plan_of(with_facts(seen, local_roles=Known(roles, "read")), options=("host-management",))
    assert additions.first_unknown(plan) == ""


def test_the_data_of_a_version_reads_back_as_itself() -> None:
    present = additions.current()
    assert additions.Additions.from_json(json.loads(json.dumps(present.to_json()))) == present


@pytest.mark.parametrize(("baseline", "id"), CHANGES)
class TestBeside:
    def test_another_requirement(self, baseline: str, id: str) -> None:
        finding = "trust.sagemaker" if id.startswith("trust.ssm") else "trust.ssm"
        change = one(PLANS[baseline], id)
        independent = change.kind in (Kind.SERVICE_SETTING, Kind.QUICK_SETUP, Kind.INSTANCE)
        assert foreign(PLANS[baseline], id, finding=finding) is not independent

    def test_one_value_of_the_resource(self, baseline: str, id: str) -> None:
        resource = one(PLANS[baseline], id).resource
        for name in resource:
            assert foreign(PLANS[baseline], id, resource={**resource, name: "another"}), name
            assert foreign(PLANS[baseline], id, resource={k: v for k, v in resource.items() if k != name}), name
        assert foreign(PLANS[baseline], id, resource={**resource, "run": "0123456789abcdef"})

    def test_another_kind(self, baseline: str, id: str) -> None:
        change = one(PLANS[baseline], id)
        for kind in set(Kind) - {change.kind}:
            assert foreign(PLANS[baseline], id, kind=kind), kind

    def test_the_way_back(self, baseline: str, id: str) -> None:
        change = one(PLANS[baseline], id)
        assert foreign(PLANS[baseline], id, before=change.after, after=change.before)
        assert foreign(PLANS[baseline], id, after=change.before)

    def test_another_state_after(self, baseline: str, id: str) -> None:
        change = one(PLANS[baseline], id)
        lies: list[Any] = [
            None,
            7,
            "{",
            {},
            document(),
            document(allow("*")),
            {"value": "standard", "status": "Default"},
        ]
        if isinstance(change.after, str):
            text = json.loads(change.after)
            lies.append(json.dumps({**text, "Statement": [*text["Statement"], allow("*")]}))
            first = text["Statement"][-1]
            lies.append(json.dumps({**text, "Statement": [*text["Statement"][:-1], {**first, "Sid": "Theirs"}]}))
            lies.append(json.dumps({**text, "Statement": [*text["Statement"][:-1], {**first, "Sid": 1}]}))
            lies.append(json.dumps({**text, "Statement": [*text["Statement"][:-1], {**first, "Effect": "Deny2"}]}))
        if isinstance(change.after, dict):
            lies += [{**change.after, name: "another"} for name in change.after]
        for lie in lies:
            assert foreign(PLANS[baseline], id, after=lie), lie

    @pytest.mark.parametrize("name", ["role", "account", "partition", "region", "user"])
    def test_another_target(self, baseline: str, id: str, name: str) -> None:
        plan = PLANS[baseline]
        other = {
            "role": f"arn:aws:iam::{ACCOUNT}:role/Other",
            "account": "999999999999",
            "partition": "aws-cn",
            "region": "us-east-1",
            "user": None,
        }[name]
        found = additions.first_unknown(replace(plan, changes=(one(plan, id),), target={**plan.target, name: other}))
        change = one(plan, id)
        regional = change.kind in (Kind.SERVICE_SETTING, Kind.QUICK_SETUP, Kind.INSTANCE)
        hardened = id.startswith("trust.")
        of_role = not regional and not id.startswith(("user.", "ssm."))
        concerned = {
            "role": of_role,
            "account": True,
            "partition": True,
            "region": regional or hardened,
            "user": id.startswith("user."),
        }[name]
        assert bool(found) is concerned


def test_a_setting_that_was_not_standard_before() -> None:
    plan = PLANS["classic"]
    for before in ({"value": "advanced", "status": "Default"}, {"value": "standard", "status": "PendingUpdate"}, None):
        assert foreign(plan, "ssm.tier", before=before)
    assert not foreign(plan, "ssm.tier", before={"value": "standard", "status": "Customized"})


def test_the_policy_that_people_test_with_is_never_ours_to_take() -> None:
    text = json.dumps(additions.current().to_json())
    assert "AdministratorAccess" not in text
    assert "AmazonSSMManagedInstanceCore" in text


@pytest.mark.parametrize("target", [{}, {"role": 1}, {"role": "x"}, {"role": f"arn:aws:iam::{ACCOUNT}:user/x"}])
def test_a_target_that_is_none(target: dict[str, Any]) -> None:
    assert additions.first_unknown(replace(PLANS["classic"], target={**target})) == "target"


def test_what_a_version_never_added_is_foreign_to_it() -> None:
    nothing = additions.Additions({}, {"id": "", "from": "", "to": ""}, {"type": "", "name": ""}, ())
    for change in PLANS["classic"].changes:
        assert additions.first_unknown(replace(PLANS["classic"], changes=(change,)), [nothing]) == change.id
    assert additions.first_unknown(PLANS["classic"], [nothing, additions.current()]) == ""
    assert additions.first_unknown(plan_of(observation()), [nothing]) == "trust.ssm"
