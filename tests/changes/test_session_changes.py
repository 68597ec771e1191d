"""Changes for shells: planned for whom something lacks, planned again from the file, and nothing else accepted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import additions, replan_check
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.session_changes import resources_named, subjects_lacking
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, Observation, SessionSettings
from sm_ssh_widget.requirements.session_preferences import Preferences, Resources
from tests.requirements.test_judge_session import DATA_KEY, DECRYPT, KEY, holder, key, person
from tests.support.observations import observation

FINDING = "ssm.session-preferences"
BOTH = Preferences("1", key="alias/ssm", bucket="logs", prefix="eu", log_group="/sessions")


def seen(*versions: Preferences, role: Any = None, user: Any = None) -> Observation:
    settings = SessionSettings(versions, {"alias/ssm": Known(key(), "kms:DescribeKey")})
    found = observation(role or holder(), user, session_settings=Known(settings, "ssm:GetDocument"))
    return replace(found, target=replace(found.target, role_verified=True))


def planned(found: Observation, *options: str, steps: tuple[str, ...] = (FINDING,)) -> Plan:
    selection = Selection.of("classic", options, steps)
    return make_plan(selection, found, assess(selection, found))


@pytest.mark.parametrize(
    ("role", "user", "subjects"),
    [
        (holder(), person(), ("role", "user")),
        (holder(), None, ("role",)),
        (holder(DECRYPT), person(), ("user",)),
        (holder(), person(DATA_KEY), ("role",)),
        (holder(DECRYPT), person(DATA_KEY), ()),
    ],
)
def test_who_lacks_something(role: Any, user: Any, subjects: tuple[str, ...]) -> None:
    assert subjects_lacking(seen(replace(BOTH, bucket="", log_group=""), role=role, user=user)) == subjects


@pytest.mark.parametrize("options", [(), ("as-documented",)])
def test_a_plan_is_made_again_from_its_file(options: tuple[str, ...]) -> None:
    plan = planned(seen(BOTH, user=person()), *options)
    assert [change.id for change in plan.changes] == [f"{FINDING}:role", f"{FINDING}:user"]
    assert replan_check.first_mismatch(Plan.from_json(json.loads(json.dumps(plan.to_file())))) == ""
    assert resources_named(plan) == Resources((KEY,), (("logs", "eu/"),), (), ("/sessions",))
    assert additions.first_unknown(plan) == ""


def edited(plan: Plan, old: str, new: str) -> Plan:
    """The plan with another text in a document and in the call that writes it."""
    first, *others = plan.changes
    text = json.dumps(first.to_json()).replace(old, new)
    return replace(plan, changes=(type(first).from_json(json.loads(text)), *others))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kms:Decrypt", "kms:*"),
        ("mi-*", "*"),
        (KEY, "*"),
        ("s3:PutObject", "s3:DeleteObject"),
        ("log-group:/sessions:*", "log-group:*"),
    ],
)
def test_more_than_that_is_neither_planned_nor_undone(old: str, new: str) -> None:
    plan = edited(planned(seen(BOTH)), old, new)
    assert replan_check.first_mismatch(plan) == f"{FINDING}:role"
    assert additions.first_unknown(plan) == f"{FINDING}:role"


def test_what_cannot_stand_in_a_policy_is_refused() -> None:
    plan = planned(seen(replace(BOTH, prefix="${aws:username}")))
    assert not plan.changes
    assert [(refusal.finding, refusal.code.value) for refusal in plan.refused] == [(FINDING, "unknown")]


def test_it_is_planned_beside_what_is_required() -> None:
    plan = planned(seen(BOTH), steps=())
    assert f"{FINDING}:role" in [change.id for change in plan.changes]
    assert FINDING not in plan.required_refused
