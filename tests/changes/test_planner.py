"""Plans from findings: what is written, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sm_ssh_widget.changes.plan import Change, Kind, Plan, RefusalCode
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.merge import difference
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, Nodes, Observation, Quotas, Tier
from tests.support.observations import (
    DENIED,
    ROLE,
    USER,
    allow,
    attached,
    document,
    identity,
    inline,
    observation,
    trusts,
)

SAGEMAKER = trusts("sagemaker.amazonaws.com")


def planned(
    seen: Observation, *, baseline: str = "classic", options: tuple[str, ...] = (), steps: tuple[str, ...] = ()
) -> Plan:
    selection = Selection.of(baseline, options, steps)
    return make_plan(selection, seen, assess(selection, seen))


def change(plan: Plan, id: str) -> Change:
    return next(change for change in plan.changes if change.id == id)


def refused(plan: Plan) -> dict[str, RefusalCode]:
    return {refusal.finding: refusal.code for refusal in plan.refused}


def test_a_fresh_role_needs_five_changes_documents_before_attachments() -> None:
    assert [c.id for c in planned(observation()).changes] == [
        "trust.ssm",
        "role.sagemaker-ssm-policy",
        "role.managed-instance-core",
        "role.cloudwatch-logs",
        "ssm.tier",
    ]


def test_optional_requirements_are_not_planned_until_chosen() -> None:
    user = identity(USER, policies=(attached("AdministratorAccess"),))
    assert not [c for c in planned(observation(user=user)).changes if c.finding == "user.owner-guard"]
    chosen = planned(observation(user=user), options=("owner-guard",))
    assert change(chosen, "user.owner-guard").kind is Kind.ROLE_INLINE


def test_steps_limit_the_plan() -> None:
    assert [c.id for c in planned(observation(), steps=("ssm.tier",)).changes] == ["ssm.tier"]


def test_the_trust_keeps_what_is_there_and_counts_it() -> None:
    saml = {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/Corp"},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [saml, SAGEMAKER]}, indent=3)
    plan = planned(observation(identity(trust=text)))
    trust = change(plan, "trust.ssm")
    assert trust.before == text
    assert difference(trust.before, trust.after).kept == (saml, SAGEMAKER)
    assert difference(trust.before, trust.after).added == (trusts("ssm.amazonaws.com"),)
    assert plan.kept == 2
    assert trust.inverse[0].parameters["PolicyDocument"] == text


def test_two_statements_for_one_trust_are_a_chain() -> None:
    plan = planned(observation(identity(trust=document())))
    first, second = change(plan, "trust.sagemaker"), change(plan, "trust.ssm")
    assert first.after == second.before
    assert len(difference(first.before, second.after).added) == 2


def test_a_same_named_inline_policy_is_appended_to() -> None:
    theirs = document(allow("s3:GetObject"))
    plan = planned(observation(identity(policies=(inline("SageMakerSSMPolicy", theirs),))))
    ours = change(plan, "role.sagemaker-ssm-policy")
    assert ours.before == theirs
    assert len(difference(theirs, ours.after).kept) == 1
    assert len(difference(theirs, ours.after).added) == 3
    assert ours.inverse[0].operation == "PutRolePolicy"


def test_a_new_inline_policy_is_deleted_by_undo() -> None:
    ours = change(planned(observation()), "role.sagemaker-ssm-policy")
    assert ours.before is None
    assert ours.inverse[0].operation == "DeleteRolePolicy"


def test_only_the_managed_policies_whose_content_is_not_held_are_attached() -> None:
    user = identity(USER, policies=(inline("AllOfS3", document(allow(["s3:*", "s3-object-lambda:*"]))),))
    plan = planned(observation(user=user))
    names = {c.id.partition(":")[2] for c in plan.changes if c.finding == "user.permissions"}
    assert names == {"AmazonSSMAutomationRole", "CloudWatchLogsReadOnlyAccess", "AmazonSageMakerFullAccess"}


def test_a_managed_policy_with_a_path_is_attached_by_its_whole_arn() -> None:
    plan = planned(observation(user=identity(USER)))
    automation = change(plan, "user.permissions:AmazonSSMAutomationRole")
    assert automation.resource["policy_arn"] == "arn:aws:iam::aws:policy/service-role/AmazonSSMAutomationRole"


def test_a_user_is_written_to_as_a_user() -> None:
    user = PrincipalArn.parse("arn:aws:iam::123456789012:user/team/ann")
    plan = planned(observation(user=identity(user)), options=("owner-guard",))
    assert change(plan, "user.permissions:AmazonS3FullAccess").calls[0].parameters["UserName"] == "ann"
    assert change(plan, "user.owner-guard").calls[0].operation == "PutUserPolicy"


def test_as_documented_adds_by_name_what_is_held_another_way() -> None:
    seen = observation(identity(policies=(inline("Everything", document(allow("*"))),)))
    assert [c.id for c in planned(seen).changes] == ["trust.ssm", "ssm.tier"]
    literally = planned(seen, options=("as-documented",))
    assert {"role.managed-instance-core", "role.sagemaker-ssm-policy"} <= {c.id for c in literally.changes}


def test_sids_follow_the_document_and_never_as_documented() -> None:
    named = {**SAGEMAKER, "Sid": "Theirs"}
    seen = observation(identity(trust=document(named)))
    assert difference(None, change(planned(seen), "trust.ssm").after).added[-1].get("Sid")
    literal = change(planned(seen, options=("as-documented",)), "trust.ssm")
    assert "Sid" not in difference(None, literal.after).added[-1]


def test_the_tier_says_what_it_costs_now() -> None:
    cost = change(planned(observation(nodes=Known(Nodes(3, 3)))), "ssm.tier").cost
    assert cost is not None
    assert "3 hybrid nodes now: USD 15.22 per month" in cost
    assert "June 2024" in cost


def test_a_customised_tier_is_written_back_and_a_default_one_reset() -> None:
    default = change(planned(observation()), "ssm.tier")
    assert default.inverse[0].operation == "ResetServiceSetting"
    customised = change(planned(observation(tier=Known(Tier("standard", "Customized")))), "ssm.tier")
    assert customised.inverse[0].parameters["SettingValue"] == "standard"


def test_the_security_notice_stands_on_every_plan() -> None:
    for plan in (planned(observation()), planned(observation(), steps=("trust.sagemaker",))):
        assert "with your security team" in plan.to_json()["notice"]


class TestRefused:
    def test_a_trust_that_would_pass_its_live_quota(self) -> None:
        seen = observation(quotas=Known(Quotas(trust_size=200)))
        plan = planned(seen)
        assert refused(plan) == {"trust.ssm": RefusalCode.QUOTA}
        assert plan.required_refused == ("trust.ssm",)
        assert planned(observation(quotas=Known(Quotas(trust_size=300)))).refused == ()

    def test_a_trust_with_a_deleted_principal(self) -> None:
        gone = {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEGONE"}, "Action": "sts:AssumeRole"}
        plan = planned(observation(identity(trust=document(SAGEMAKER, gone))))
        assert refused(plan) == {"trust.ssm": RefusalCode.DELETED_PRINCIPAL}
        assert "AROAEXAMPLEGONE" in plan.refused[0].reason

    def test_no_room_for_another_managed_policy(self) -> None:
        plan = planned(observation(quotas=Known(Quotas(attached_per_role=1))))
        assert refused(plan) == {"role.cloudwatch-logs": RefusalCode.QUOTA}

    def test_no_room_for_the_inline_policy(self) -> None:
        full = inline("Full", document(*(allow(f"s3:GetObject{i}") for i in range(20))))
        seen = observation(identity(policies=(full,)), quotas=Known(Quotas(role_inline_size=1500)))
        assert refused(planned(seen)) == {"role.sagemaker-ssm-policy": RefusalCode.QUOTA}

    def test_a_role_of_identity_center(self) -> None:
        sso = PrincipalArn.parse(
            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"
        )
        plan = planned(observation(user=identity(sso)))
        assert refused(plan) == {"user.permissions": RefusalCode.PROTECTED}

    def test_a_role_whose_path_nobody_confirmed_is_never_written_to(self) -> None:
        seen = observation()
        plan = planned(replace(seen, target=replace(seen.target, role_verified=False)))
        assert [c.id for c in plan.changes] == ["ssm.tier"]
        assert set(refused(plan).values()) == {RefusalCode.UNKNOWN}

    def test_a_policy_variable_in_a_document_of_the_old_version(self) -> None:
        old = json.dumps({"Statement": [allow("s3:GetObject")]})
        user = identity(USER, policies=(attached("AdministratorAccess"), inline("SSMDenyAccessNotOwner", old)))
        plan = planned(observation(user=user), options=("owner-guard",))
        assert "user.owner-guard" in refused(plan)


class TestDigest:
    def test_the_same_inputs_give_the_same_text(self) -> None:
        one, two = planned(observation()), planned(observation())
        assert json.dumps(one.to_json()) == json.dumps(two.to_json())
        assert one.digest == two.digest

    def test_it_does_not_depend_on_how_the_target_was_found(self) -> None:
        seen = observation()
        otherwise = replace(seen, target=replace(seen.target, sources={"role": "--role", "region": "--region"}))
        assert planned(seen).digest == planned(otherwise).digest

    def test_a_plan_reads_back_as_itself(self) -> None:
        plan = planned(observation(user=identity(USER)), options=("owner-guard",))
        assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_the_role_is_written_by_its_own_arn_in_its_own_partition() -> None:
    role = PrincipalArn.parse("arn:aws-us-gov:iam::123456789012:role/service-role/Example")
    seen = observation(identity(role))
    seen = replace(seen, target=replace(seen.target, region="us-gov-west-1"))
    plan = planned(seen)
    assert str(role) in change(plan, "role.sagemaker-ssm-policy").after
    assert change(plan, "role.cloudwatch-logs").resource["policy_arn"].startswith("arn:aws-us-gov:iam::aws:policy/")
    assert change(plan, "ssm.tier").resource["arn"].startswith("arn:aws-us-gov:ssm:us-gov-west-1:")
    assert str(ROLE) not in json.dumps(plan.to_json())


class TestWhatTheOwnerAndThePersonChose:
    """The owner's hardening is never undone; what was asked for is planned unless it is there or barred."""

    @pytest.mark.parametrize(
        ("options", "conditions"), [((), True), (("hardened-trust",), True), (("as-documented",), False)]
    )
    @pytest.mark.parametrize("service", ["ssm", "sagemaker"])
    def test_what_is_appended_beside_conditions_has_conditions(
        self, service: str, options: tuple[str, ...], *, conditions: bool
    ) -> None:
        elsewhere = {"ArnEquals": {"aws:SourceArn": f"arn:aws:{service}:us-east-1:123456789012:*"}}
        theirs = [trusts("ec2.amazonaws.com"), trusts(f"{service}.amazonaws.com", Condition=elsewhere)]
        plan = planned(observation(identity(trust=document(*theirs))), options=options)
        change = next(each for each in plan.changes if each.finding == f"trust.{service}")
        added = json.loads(change.after)["Statement"][-1]
        assert added["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert bool(added.get("Condition")) is conditions

    def test_hardened_trust_hardens_sagemaker_too(self) -> None:
        plan = planned(observation(identity(trust=document(trusts("ec2.amazonaws.com")))), options=("hardened-trust",))
        trust = [change for change in plan.changes if change.finding.startswith("trust.")]
        assert len(trust) == 2
        assert all(each.get("Condition") for each in json.loads(trust[-1].after)["Statement"][1:])

    def test_a_guard_that_was_asked_for_is_planned_although_a_tag_leaves_it_open(self) -> None:
        dev = allow("ssm:StartSession", Condition={"StringEquals": {"ssm:resourceTag/env": "dev"}})
        seen = observation(user=identity(USER, policies=(inline("Dev", document(dev)),)))
        plan = planned(seen, baseline="least-privilege", options=("owner-guard",))
        assert "user.owner-guard" in [change.finding for change in plan.changes]

    def test_a_guard_whose_policies_were_not_read_stays_refused(self) -> None:
        seen = observation(user=identity(USER, inline=DENIED))
        plan = planned(seen, baseline="least-privilege", options=("owner-guard",))
        assert "user.owner-guard" in [refusal.finding for refusal in plan.refused]

    def test_as_documented_adds_what_an_open_key_leaves_unknown(self) -> None:
        vpc = {"StringEquals": {"aws:SourceVpc": "vpc-0123"}}
        seen = observation(identity(policies=(inline("Open", document(allow("*", Condition=vpc))),)))
        assert "role.sagemaker-ssm-policy" in [each.finding for each in planned(seen).refused]
        plan = planned(seen, options=("as-documented",))
        assert "role.sagemaker-ssm-policy" in [each.finding for each in plan.changes]
        assert "role.managed-instance-core" in [each.finding for each in plan.changes]
