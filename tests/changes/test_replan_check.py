"""A plan that this program would not make is not applied: not one value of a change can be edited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import guard, replan_check
from sm_ssh_widget.changes.plan import BESIDE, Kind, Plan, digest
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import BASELINES, Option, Selection
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    HostManagement,
    Known,
    LaunchSite,
    LocalRoles,
    Nodes,
    Observation,
    SessionSettings,
    Subnet,
    Tier,
)
from sm_ssh_widget.requirements.prices import HourlyPrice
from sm_ssh_widget.requirements.session_preferences import POLICY, Preferences
from tests.requirements.test_judge_session import key as kms_key
from tests.support.observations import DENIED, USER, allow, document, identity, inline, observation, trusts, with_facts

ACCOUNT = "123456789012"
_LEFT_OUT = (Option.STUDIO_AS_CLIENT, Option.DEFAULT_HOST_MANAGEMENT)  # the latter replaces Quick Setup
WHOLE = tuple(option.value for option in Option if option not in _LEFT_OUT)
BY_DEFAULT = (*WHOLE, Option.DEFAULT_HOST_MANAGEMENT.value)
ADMIN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/somewhere/AWS-QuickSetup-LocalAdministrationRole"
NO_ROLES = LocalRoles(None, None)
DEFAULT_ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"
NO_DEFAULT_ROLE = Absent("iam:GetRole")
NOT_MANAGED = Absent("ssm-quicksetup:ListConfigurationManagers")


def seen_with(
    *,
    roles: LocalRoles = NO_ROLES,
    profile: bool = False,
    managed: Fact[HostManagement] = NOT_MANAGED,
    way: Any = "internet",
    public: bool = False,
    default_role: Fact[str] = NO_DEFAULT_ROLE,
) -> Observation:
    subnet = Subnet("subnet-1", "vpc-1", "eu-west-1a", default=False, way=way, public_addresses=public)
    site = LaunchSite((subnet,), frozenset({("t4g.nano", "eu-west-1a"), ("t3.micro", "eu-west-1a")}), profile)
    seen = observation(identity(trust=document(trusts("ec2.amazonaws.com"))), identity(USER))
    read = "read"
    facts = {"local_roles": Known(roles, read), "site": Known(site, read), "default_role": default_role}
    return with_facts(seen, **facts, host_management=managed)


def planned(seen: Observation, baseline: str = "classic", options: tuple[str, ...] = WHOLE) -> Plan:
    selection = Selection.of(baseline, options)
    return make_plan(selection, seen, assess(selection, seen))


OF_A_USER = (Kind.USER_INLINE, Kind.ATTACH_USER_POLICY)
QUICK, DEFAULT = HostManagement("quick-setup", "arn"), HostManagement("default-host-management", "role")
SEEN = {
    "fresh": seen_with(),
    "roles there": seen_with(roles=LocalRoles(ADMIN_ROLE, f"arn:aws:iam::{ACCOUNT}:role/x")),
    "one role there": seen_with(roles=LocalRoles(ADMIN_ROLE, None)),
    "with a profile": seen_with(profile=True),
    "quick setup": seen_with(managed=Known(QUICK, "read")),
    "default management": seen_with(managed=Known(DEFAULT, "read"), way="nat"),
    "endpoints": seen_with(way="endpoints", profile=True, public=True),
    "public addresses": seen_with(public=True),
    "default role there": seen_with(default_role=Known(DEFAULT_ROLE, "read")),
}


@pytest.mark.parametrize("name", SEEN)
@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize(
    "options", [(), WHOLE, BY_DEFAULT, ("studio-as-client", "owner-guard"), ("instance-check",)], ids=str
)
def test_what_this_program_plans_is_its_own(name: str, baseline: str, options: tuple[str, ...]) -> None:
    plan = planned(SEEN[name], baseline, options)
    assert plan.changes
    assert replan_check.first_mismatch(plan) == ""
    guard.check(Plan.from_json(plan.to_json()), account=ACCOUNT)


def leaves(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value that holds no other one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, (dict, list)) or not value:
        yield way
    for key, each in inner:
        yield from leaves(each, (*way, key))


def altered(value: Any, way: tuple[Any, ...]) -> Any:
    """A copy with one value altered, in its own type where it has one."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    old = inner[way[-1]]
    kinds: dict[type, Any] = {bool: not old, str: f"{old}x", int: 7, type(None): "x"}
    inner[way[-1]] = kinds.get(type(old), "x")
    return copy


PLAN = planned(SEEN["fresh"])
DEFAULT_PLAN = planned(SEEN["fresh"], options=BY_DEFAULT)


def edits(plan: Plan) -> list[tuple[Any, ...]]:
    """The way to every value of the changes but the tier as it was: apply compares that with what is there."""
    tier = [change.finding for change in plan.changes].index("ssm.tier")
    return [("changes", *way) for way in leaves(plan.to_json()["changes"]) if way[:2] != (tier, "before")]


def test_the_plans_have_a_change_of_every_kind() -> None:
    assert {change.kind for change in PLAN.changes} == {kind for kind in Kind if kind not in OF_A_USER}
    assert {change.kind for change in DEFAULT_PLAN.changes} == {
        kind for kind in Kind if kind not in (*OF_A_USER, Kind.QUICK_SETUP)
    }


@pytest.mark.parametrize(
    ("plan", "way"),
    [(PLAN, way) for way in edits(PLAN)]
    + [(DEFAULT_PLAN, way) for way in edits(DEFAULT_PLAN) if DEFAULT_PLAN.changes[way[1]] not in PLAN.changes],
    ids=lambda each: str(each) if isinstance(each, tuple) else ("default" if each is DEFAULT_PLAN else "whole"),
)
def test_no_value_of_a_change_can_be_edited(plan: Plan, way: tuple[Any, ...]) -> None:
    edited = altered(plan.to_json(), way)
    edited["digest"] = digest({key: value for key, value in edited.items() if key not in ("digest", *BESIDE)})
    with pytest.raises(Problem) as caught:
        guard.check(Plan.from_json(edited), account=ACCOUNT)
    assert caught.value.code in (Code.INVALID, Code.REFUSED)


@pytest.mark.parametrize(
    "edit",
    [
        {"changes": PLAN.changes[::-1]},
        {"changes": (*PLAN.changes, PLAN.changes[0])},
        {"baseline": "huge"},
        {"baseline": "least-privilege"},
        {"options": (*PLAN.options, "nonsense")},
        {"options": ()},
        {"notice": "Nothing to see here."},
        {"target": {**PLAN.target, "region": "us-east-1"}},
        {"target": {**PLAN.target, "role": f"arn:aws:iam::{ACCOUNT}:role/Other"}},
        {"target": {**PLAN.target, "user": None}},
        {"target": {**PLAN.target, "role": 5}},
        {"target": {}},
    ],
    ids="-".join,
)
def test_nothing_around_the_changes_can_be_edited(edit: dict[str, Any]) -> None:
    with pytest.raises((guard.Unsafe, KeyError)):
        guard.check(replace(PLAN, **edit), account=ACCOUNT)


def test_what_is_told_for_a_permission_set_is_looked_at_too() -> None:
    arn = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Data_0123456789abcdef"
    seen = observation(user=identity(type(USER).parse(arn)))
    plan = planned(seen, options=("owner-guard",))
    assert any(refusal.elsewhere for refusal in plan.refused)
    guard.check(plan, account=ACCOUNT)
    text = json.dumps(plan.to_file()).replace("SSMDenyAccessNotOwner", "SSMAllowEverything")
    edited = json.loads(text)
    edited["digest"] = digest({key: value for key, value in edited.items() if key not in ("digest", *BESIDE)})
    with pytest.raises(guard.Unsafe, match="would not create this plan"):
        guard.check(Plan.from_json(edited), account=ACCOUNT)


def test_a_part_of_a_plan_is_its_own_too() -> None:
    for number in range(len(PLAN.changes)):
        seen = replan_check.first_mismatch(replace(PLAN, changes=PLAN.changes[:number]))
        assert seen == ""


def test_no_change_stands_there_twice() -> None:
    first, *rest = PLAN.changes
    assert replan_check.first_mismatch(replace(PLAN, changes=(first, first, *rest))) == "order"


@pytest.mark.parametrize(
    ("edit", "part"),
    [
        ({"notice": "Nothing to see here."}, "notice"),
        ({"target": {**PLAN.target, "account": "999999999999"}}, "target"),
    ],
)
def test_the_part_that_was_edited_is_named(edit: dict[str, Any], part: str) -> None:
    assert replan_check.first_mismatch(replace(PLAN, **edit)) == part


@pytest.mark.parametrize("nodes", [0, 1, 2, 9, 10, 12, 345])
def test_however_many_nodes_are_there(nodes: int) -> None:
    plan = planned(observation(nodes=Known(Nodes(nodes, 0), "read")), options=())
    assert replan_check.first_mismatch(plan) == ""


def test_nodes_that_could_not_be_counted() -> None:
    plan = planned(observation(nodes=DENIED), options=())
    assert replan_check.first_mismatch(plan) == ""


SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/DataScientist/jane"


def as_session(session: str, path: str = "/") -> Plan:
    user = identity(PrincipalArn.parse(f"arn:aws:iam::{ACCOUNT}:role{path}DataScientist"))
    plan = planned(observation(user=user), options=("owner-guard",))
    assert any(change.finding.startswith("user.") for change in plan.changes)
    return replace(plan, target={**plan.target, "user": session})


@pytest.mark.parametrize("path", ["/", "/team/"])
def test_who_connects_may_be_named_by_their_session(path: str) -> None:
    assert replan_check.first_mismatch(as_session(SESSION, path)) == ""


@pytest.mark.parametrize("other", [SESSION.replace("DataScientist", "Other"), SESSION.replace(ACCOUNT, "999999999999")])
def test_a_session_of_somebody_else_names_nobody_here(other: str) -> None:
    assert replan_check.first_mismatch(as_session(other)) != ""


OTHER_ADMIN = [ADMIN_ROLE.replace(ACCOUNT, "999999999999"), ADMIN_ROLE.replace("LocalAdministration", "Other")]


@pytest.mark.parametrize("administration", OTHER_ADMIN)
def test_an_administration_role_that_is_another_one(administration: str) -> None:
    """Of another account, or under another name: Quick Setup would deploy with it."""
    plan = planned(SEEN["roles there"], options=("host-management",))
    assert replan_check.first_mismatch(plan) == ""
    text = json.dumps(plan.to_json()).replace(ADMIN_ROLE, administration)
    edited = json.loads(text)
    edited["digest"] = digest({key: value for key, value in edited.items() if key not in ("digest", *BESIDE)})
    assert replan_check.first_mismatch(Plan.from_json(edited)) == "ssm.host-management"


@pytest.mark.parametrize(
    "target",
    [
        {"account": "999999999999"},
        {"partition": "aws-cn"},
        {"sources": {}},
    ],
    ids=str,
)
def test_a_target_that_contradicts_itself(target: dict[str, Any]) -> None:
    assert replan_check.first_mismatch(replace(PLAN, target={**PLAN.target, **target})) == "target"


@pytest.mark.parametrize("part", ["role", "user"])
def test_a_target_has_no_space_around_it(part: str) -> None:
    edited = {**PLAN.target, part: f"{PLAN.target[part]} "}
    assert replan_check.first_mismatch(replace(PLAN, target=edited)) == "target"


@pytest.mark.parametrize("before", [Tier("standard", "Customized"), Tier("basic", "Default")])
def test_the_tier_may_be_as_aws_shows_it(before: Tier) -> None:
    plan = planned(observation(tier=Known(before, "read")), options=())
    (tier,) = (change for change in plan.changes if change.finding == "ssm.tier")
    assert tier.before == {"value": before.value, "status": before.status}
    assert replan_check.first_mismatch(plan) == ""


@pytest.mark.parametrize("plan", [PLAN, DEFAULT_PLAN], ids=["whole", "default"])
def test_a_temporary_instance_of_another_type_is_not_started(plan: Plan) -> None:
    check = plan.changes[-1]
    other = replace(check, resource={**check.resource, "instance_type": "p5.48xlarge"})
    assert replan_check.first_mismatch(replace(plan, changes=(*plan.changes[:-1], other))) == "ssm.instance-check"


def test_a_temporary_instance_is_planned_for_the_management_of_its_own_plan() -> None:
    check = DEFAULT_PLAN.changes[-1]
    assert check != PLAN.changes[-1]
    assert replan_check.first_mismatch(replace(PLAN, changes=(*PLAN.changes[:-1], check))) == ""
    again = replace(DEFAULT_PLAN, changes=(*DEFAULT_PLAN.changes[:-1], replace(check, risk="None.")))
    assert replan_check.first_mismatch(again) == "ssm.instance-check"


def test_a_temporary_instance_has_the_price_that_was_read() -> None:
    """The price of the AWS Price List is the plan's own: it is taken from its sentence, which is compared."""
    plan = planned(with_facts(SEEN["fresh"], instance_price=Known(HourlyPrice("0.0104", "2026-07-01"), "read")))
    check = plan.changes[-1]
    assert "AWS Price List, in effect since 2026-07-01" in str(check.cost)
    assert replan_check.first_mismatch(plan) == ""
    without = replace(check, cost=None)
    assert replan_check.first_mismatch(replace(plan, changes=(*plan.changes[:-1], without))) == "ssm.instance-check"


SHELL_POLICY = {"role": document(allow("s3:GetObject")), "user": document(allow("ec2:DescribeInstances"))}


def for_shells() -> Plan:
    """The policy for shells of the role and of who connects; both have one of that name, with another content."""
    role = identity(policies=(inline(POLICY, SHELL_POLICY["role"]),))
    user = identity(USER, policies=(inline(POLICY, SHELL_POLICY["user"]),))
    settings = SessionSettings((Preferences("1", key="alias/ssm"),), {"alias/ssm": Known(kms_key(), "kms:DescribeKey")})
    seen = observation(role, user, session_settings=Known(settings, "ssm:GetDocument"))
    selection = Selection.of("classic", (), ("ssm.session-preferences",))
    return make_plan(selection, seen, assess(selection, seen))


def test_policies_of_one_name_are_told_apart_by_whose_they_are() -> None:
    plan = for_shells()
    assert [change.before for change in plan.changes] == list(SHELL_POLICY.values())
    assert replan_check.first_mismatch(plan) == ""
