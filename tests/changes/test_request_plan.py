"""What a request asks for where facts were not read: what may be missing, and never what is known to be there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.plan import Change, Plan, RefusalCode
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.request_plan import request_plan
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.cdk_facts import Leftovers
from sm_ssh_widget.requirements.leftovers import cdk_statement
from sm_ssh_widget.requirements.observation import (
    Absent,
    HeldPolicy,
    Identity,
    Known,
    LocalRoles,
    Observation,
    Quotas,
    Tier,
)
from tests.support.observations import (
    DENIED,
    USER,
    allow,
    attached,
    deny,
    document,
    identity,
    inline,
    observation,
    trusts,
    with_facts,
)

UNREAD: dict[str, Any] = {"trust": DENIED, "boundary": DENIED, "attached": DENIED, "inline": DENIED}
NOTHING = {"Version": "2012-10-17", "Statement": []}
CLASSIC = [
    "trust.sagemaker",
    "trust.ssm",
    "role.sagemaker-ssm-policy",
    "role.managed-instance-core",
    "role.cloudwatch-logs",
    "ssm.tier",
]
ADVANCED = Known(Tier("advanced", "Customized"))


def asked(seen: Observation, *, baseline: str = "classic", options: tuple[str, ...] = ()) -> Plan:
    selection = Selection.of(baseline, options)
    return request_plan(selection, seen, assess(selection, seen))


def ids(plan: Plan) -> list[str]:
    return [change.id for change in plan.changes]


def change(plan: Plan, id: str) -> Change:
    return next(change for change in plan.changes if change.id == id)


def unread(user: Identity | None = None, **more: Any) -> Observation:
    """A role of which nothing was read, in a Region whose tier was not."""
    seen = observation(replace(identity(), **{**UNREAD, **more}), user, tier=DENIED)
    seen = replace(seen, target=replace(seen.target, role_verified=False))
    return with_facts(seen, organization_verdicts=DENIED)


class TestOfWhatWasNotRead:
    def test_everything_that_the_baseline_requires_is_asked_for(self) -> None:
        plan = asked(unread())
        assert ids(plan) == CLASSIC
        assert (plan.refused, plan.required_refused) == ((), ())

    def test_statements_are_added_to_whatever_is_there(self) -> None:
        plan = asked(unread())
        assert json.loads(change(plan, "trust.sagemaker").before) == NOTHING
        policy = change(plan, "role.sagemaker-ssm-policy")
        assert json.loads(policy.before) == NOTHING
        assert len(json.loads(policy.after)["Statement"]) == 3
        assert change(plan, "role.managed-instance-core").before is False
        assert change(plan, "ssm.tier").before == {"value": "standard", "status": "Default"}
        assert plan.kept == 0

    def test_of_the_person_who_connects_too(self) -> None:
        plan = asked(unread(replace(identity(USER), **UNREAD)), baseline="least-privilege")
        assert ids(plan) == ["trust.sagemaker", "trust.ssm", "role.capabilities", "user.permissions", "ssm.tier"]

    @pytest.mark.parametrize(
        ("part", "read", "missing"),
        [
            ("trust", Known(document(trusts(["sagemaker.amazonaws.com", "ssm.amazonaws.com"]))), CLASSIC[2:]),
            (
                "attached",
                Known((attached("AmazonSSMManagedInstanceCore"),)),
                [each for each in CLASSIC if each != "role.managed-instance-core"],
            ),
        ],
    )
    def test_what_was_read_is_not_asked_for_again(self, part: str, read: Any, missing: list[str]) -> None:
        assert ids(asked(unread(**{part: read}))) == missing

    def test_a_tier_that_was_read_is_not_asked_for_again(self) -> None:
        assert ids(asked(with_facts(unread(), tier=ADVANCED))) == CLASSIC[:-1]

    def test_of_several_policies_those_whose_text_was_read_count(self) -> None:
        every = inline("All", document(allow("*")))
        closed = HeldPolicy("Closed", "", DENIED)
        plan = asked(unread(attached=Known(()), inline=Known((closed, every)), boundary=Absent("iam:GetRole")))
        assert ids(plan) == ["trust.sagemaker", "trust.ssm", "ssm.tier"]

    def test_a_policy_that_is_attached_by_its_name_is_not_asked_for_whatever_its_text(self) -> None:
        core = replace(attached("AmazonSSMManagedInstanceCore"), document=DENIED)
        plan = asked(unread(attached=Known((core,)), inline=Known(())))
        assert ids(plan) == [each for each in CLASSIC if each != "role.managed-instance-core"]

    def test_a_boundary_that_was_read_still_bars(self) -> None:
        limit = document(allow("s3:*"))
        seen = observation(replace(identity(boundary=limit), attached=DENIED, inline=DENIED))
        plan = asked(seen)
        assert "role.sagemaker-ssm-policy" not in ids(plan)


class TestOfWhatWasRead:
    def test_what_is_met_is_not_asked_for_and_what_is_missing_is(self) -> None:
        seen = observation(identity(policies=(attached("CloudWatchLogsFullAccess"),)), tier=ADVANCED)
        assert ids(asked(seen)) == ["trust.ssm", "role.sagemaker-ssm-policy", "role.managed-instance-core"]

    def test_a_document_that_is_there_stays_and_is_not_counted(self) -> None:
        plan = asked(observation())
        theirs = document(trusts("sagemaker.amazonaws.com"))
        assert change(plan, "trust.ssm").before == theirs
        assert plan.kept == 0

    def test_what_is_blocked_is_neither_asked_for_nor_refused(self) -> None:
        barred = identity(policies=(inline("No", document(deny("ssm:CreateActivation", Sid="No"))),))
        plan = asked(observation(barred))
        assert "role.sagemaker-ssm-policy" not in [*ids(plan), *(each.finding for each in plan.refused)]

    def test_what_no_option_chose_is_not_asked_for(self) -> None:
        jane = identity(USER)
        assert "user.owner-guard" not in ids(asked(observation(user=jane), baseline="least-privilege"))
        chosen = asked(observation(user=identity(USER, policies=(inline("A", document(allow("*"))),))),
                       baseline="least-privilege", options=("owner-guard",))  # fmt: skip
        assert "user.owner-guard" in ids(chosen)

    def test_what_was_chosen_and_is_never_required_is_not_asked_for(self) -> None:
        services = ("sagemaker", "codebuild", "ssm")
        trust = document(*(cdk_statement(f"{service}.amazonaws.com") for service in services))
        no_builds = Leftovers(Known((), "r"), Known((), "r"), Known((), "codebuild:ListProjects"))
        seen = observation(identity(trust=trust), leftovers=no_builds)
        chosen = Selection.of(options=("remove-leftovers",))
        made = make_plan(chosen, seen, assess(chosen, seen))
        assert "account.leftovers" in ids(made)
        assert "account.leftovers" not in ids(asked(seen, options=("remove-leftovers",)))

    def test_what_is_created_is_no_document_that_could_be_there(self) -> None:
        seen = observation(local_roles=Known(LocalRoles(None, None), "iam:GetRole"))
        plan = asked(seen, options=("host-management",))
        assert change(plan, "ssm.host-management").before is None

    def test_the_organization_may_bar_what_was_read_of_it(self) -> None:
        seen = observation()
        assert ids(asked(with_facts(seen, organization_verdicts=DENIED))) == ids(asked(seen))


class TestRefused:
    def test_what_cannot_be_asked_for_is_named_with_its_reason(self) -> None:
        plan = asked(observation(quotas=Known(Quotas(trust_size=200))))
        assert [(each.finding, each.code) for each in plan.refused] == [("trust.ssm", RefusalCode.QUOTA)]
        assert plan.required_refused == ("trust.ssm",)
        assert "trust.ssm" not in ids(plan)

    def test_what_was_never_read_makes_no_request_impossible(self) -> None:
        seen = unread()
        plan = asked(seen, options=("host-management",))
        assert [(each.finding, each.code) for each in plan.refused] == [("ssm.host-management", RefusalCode.UNKNOWN)]
        assert plan.required_refused == ()
