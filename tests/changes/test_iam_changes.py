"""Changes of IAM and of the tier, one function at a time: the change, what the next one starts from, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from sm_ssh_widget.changes import iam_changes
from sm_ssh_widget.changes.iam_changes import change_of, tier_cost
from sm_ssh_widget.changes.plan import Call, Change, Kind, RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.merge import append, size, write
from sm_ssh_widget.requirements import catalogue, documents
from sm_ssh_widget.requirements.needs import GuardNeed, InlineNeed, ManagedNeed
from sm_ssh_widget.requirements.observation import Fact, Identity, Known, Nodes, Quotas, Tier
from sm_ssh_widget.requirements.requests import filling_for
from tests.support.observations import (
    DENIED,
    ROLE,
    allow,
    attached,
    document,
    identity,
    inline,
    observation,
    trusts,
)

JANE = PrincipalArn.parse("arn:aws:iam::123456789012:user/jane")
ROOT = PrincipalArn.parse("arn:aws:iam::123456789012:root")
LINKED = PrincipalArn.parse("arn:aws:iam::123456789012:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForSSM")
OF_AWS = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/"
RESERVED = PrincipalArn.parse(f"{OF_AWS}AWSReservedSSO_Dev_0123456789abcdef")
UNNAMED = PrincipalArn.parse(f"{OF_AWS}AWSReservedSSO_other")
CORE = catalogue.MANAGED_INSTANCE_CORE
ROLE_POLICY = catalogue.SAGEMAKER_SSM_POLICY
GUARD = catalogue.OWNER_GUARD
CORE_ARN = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def state_of(role: Identity | None = None, user: Identity | None = None, **facts: object) -> PlannedState:
    return PlannedState(observation(role, user, **facts))


def refusal(make: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        make()
    return caught.value


def attach(state: PlannedState, who: Identity, need: object = CORE.need, *, literally: bool = False) -> list[Change]:
    assert isinstance(need, ManagedNeed)
    return iam_changes.attachments(CORE, need, who, state, literally=literally)


def put(state: PlannedState, who: Identity, *, sids: bool = False) -> list[Change]:
    assert isinstance(ROLE_POLICY.need, InlineNeed)
    return iam_changes.inline(ROLE_POLICY, ROLE_POLICY.need, who, state, sids=sids)


def trust(state: PlannedState, *, sids: bool = False) -> list[Change]:
    return iam_changes.trust(catalogue.TRUST_SSM, "trust-ssm", state, sids=sids)


def ours(name: str) -> object:
    return documents.load(name, filling_for(observation().target))


class TestTrust:
    def test_a_statement_is_appended_to_the_trust_policy(self) -> None:
        state = state_of()
        before = state.trust(state.observation.role)
        after = append(before, [trusts("ssm.amazonaws.com")]).after
        name = {"RoleName": ROLE.name}
        assert trust(state) == [
            Change(
                "trust.ssm", "trust.ssm", Kind.TRUST, {"role": ROLE.name, "arn": str(ROLE)}, before, after,
                (Call("iam", "UpdateAssumeRolePolicy", {**name, "PolicyDocument": after}),),
                (Call("iam", "UpdateAssumeRolePolicy", {**name, "PolicyDocument": before}),),
                None, catalogue.TRUST_SSM.risk, "exact",
            )
        ]  # fmt: skip
        assert state.trust(state.observation.role) == after

    def test_one_that_is_there_is_no_change(self) -> None:
        state = state_of(identity(trust=document(trusts("ssm.amazonaws.com"))))
        assert trust(state) == []
        assert state.trust(state.observation.role) == document(trusts("ssm.amazonaws.com"))

    @pytest.mark.parametrize("sids", [True, False])
    def test_statements_have_sids_where_they_are_wanted(self, *, sids: bool) -> None:
        (change,) = trust(state_of(identity(trust=document(trusts("ec2.amazonaws.com", Sid="Theirs")))), sids=sids)
        assert ("Sid" in json.loads(change.after)["Statement"][-1]) is sids

    def test_its_quota_is_the_last_size_that_fits(self) -> None:
        (change,) = trust(state_of())
        needed = size(change.after)
        assert trust(state_of(quotas=Known(Quotas(trust_size=needed))))
        state = state_of(quotas=Known(Quotas(trust_size=needed - 1)))
        refused = refusal(lambda: trust(state))
        assert refused.code is RefusalCode.QUOTA
        assert refused.reason == (
            f"The trust policy would have {needed} characters; the quota is {needed - 1}. sm-ssh-widget does not "
            "shorten existing policies. Request a higher quota (L-C07B4B0D, Service Quotas in us-east-1), or remove an "
            "unused statement in the IAM console, then create a new plan."
        )
        assert state.trust(state.observation.role) == change.before

    def test_a_deleted_principal_is_named_with_the_way_to_it(self) -> None:
        gone = [
            {"Effect": "Allow", "Principal": {"AWS": id}, "Action": "sts:AssumeRole"}
            for id in ("AROAEXAMPLEGONE", "AIDAEXAMPLEGONE")
        ]
        refused = refusal(lambda: trust(state_of(identity(trust=document(*gone)))))
        assert refused.code is RefusalCode.DELETED_PRINCIPAL
        assert refused.reason == (
            "The trust policy contains AROAEXAMPLEGONE, AIDAEXAMPLEGONE, a deleted principal, and IAM rejects any "
            f"update that contains it. Remove it in the IAM console (Roles > {ROLE.name} > Trust relationships), then "
            "create a new plan."
        )

    def test_a_permission_set_has_none(self) -> None:
        refused = refusal(lambda: trust(state_of(identity(RESERVED))))
        assert refused.code is RefusalCode.PROTECTED
        assert refused.reason == (
            f"IAM Identity Center manages {RESERVED.name}, and permission sets have no trust policy. Specify the role "
            "that SageMaker runs as: --role ARN"
        )
        assert refused.elsewhere == ()


class TestProtected:
    @pytest.mark.parametrize("write", [attach, put])
    def test_the_root_user(self, write: Callable[[PlannedState, Identity], object]) -> None:
        refused = refusal(lambda: write(state_of(), identity(ROOT)))
        assert refused.code is RefusalCode.PROTECTED
        assert refused.reason == "Policies cannot be attached to the root user. Choose a role or IAM user."

    @pytest.mark.parametrize("write", [attach, put, lambda state, _: trust(state)])
    def test_a_service_linked_role(self, write: Callable[[PlannedState, Identity], object]) -> None:
        refused = refusal(lambda: write(state_of(identity(LINKED)), identity(LINKED)))
        assert refused.code is RefusalCode.PROTECTED
        assert refused.reason == (
            f"{LINKED.name} is a service-linked role, which only AWS can change. Choose another role."
        )

    def test_a_role_at_the_root_of_paths_is_none(self) -> None:
        plain = identity(PrincipalArn.parse("arn:aws:iam::123456789012:role/aws-service-role"))
        assert put(state_of(plain), plain)

    def test_a_role_whose_path_is_not_known_is_none(self) -> None:
        of_session = PrincipalArn.parse("arn:aws:sts::123456789012:assumed-role/R/s").role()
        assert put(state_of(), identity(of_session))


class TestAttachments:
    def test_a_policy_is_attached_to_the_role(self) -> None:
        state = state_of()
        parameters = {"RoleName": ROLE.name, "PolicyArn": CORE_ARN}
        assert attach(state, state.observation.role) == [
            Change(
                CORE.id, CORE.id, Kind.ATTACH_ROLE_POLICY,
                {"role": ROLE.name, "arn": str(ROLE), "policy_arn": CORE_ARN}, False, True,
                (Call("iam", "AttachRolePolicy", parameters),), (Call("iam", "DetachRolePolicy", parameters),),
                None, CORE.risk, "exact",
            )
        ]  # fmt: skip
        assert state.attached(state.observation.role) == {CORE_ARN}

    def test_a_user_has_its_own_kind_and_each_of_several_its_own_id(self) -> None:
        need = ManagedNeed("user", (("AdministratorAccess",), ("AmazonS3FullAccess", "CloudWatchLogsReadOnlyAccess")))
        jane = identity(JANE)
        found = attach(state_of(user=jane), jane, need)
        assert [(each.id, each.kind) for each in found] == [
            (f"{CORE.id}:AmazonS3FullAccess", Kind.ATTACH_USER_POLICY),
            (f"{CORE.id}:CloudWatchLogsReadOnlyAccess", Kind.ATTACH_USER_POLICY),
        ]
        assert found[0].resource == {
            "user": "jane",
            "arn": str(JANE),
            "policy_arn": "arn:aws:iam::aws:policy/AmazonS3FullAccess",
        }

    def test_the_last_of_several_keeps_the_id_that_it_had_among_all(self) -> None:
        need = ManagedNeed("role", (("AmazonS3FullAccess", "CloudWatchLogsFullAccess"),))
        role = identity(policies=(attached("AmazonS3FullAccess"),))
        assert [each.id for each in attach(state_of(role), role, need)] == [f"{CORE.id}:CloudWatchLogsFullAccess"]

    def test_what_is_held_is_attached_only_where_it_is_wanted_by_its_name(self) -> None:
        role = identity(policies=(inline("All", document(allow("*"))),))
        need = ManagedNeed("role", (("AmazonS3FullAccess", "CloudWatchLogsFullAccess"),))
        narrow = identity(policies=(inline("S3", document(allow(["s3:*", "s3-object-lambda:*"]))),))
        assert len(attach(state_of(narrow), narrow, need)) == 1
        assert len(attach(state_of(narrow), narrow, need, literally=True)) == 2
        assert len(attach(state_of(role), role, need, literally=True)) == 2

    @pytest.mark.parametrize(
        ("who", "quota"), [(ROLE, {"attached_per_role": 2}), (JANE, {"attached_per_user": 2})], ids=["role", "user"]
    )
    def test_the_quota_is_that_of_its_kind_and_the_last_number_that_fits(
        self, who: PrincipalArn, quota: dict[str, int]
    ) -> None:
        (name,) = quota
        full = Quotas(**{"attached_per_role": 0, "attached_per_user": 0, **quota})
        one = identity(who, policies=(attached("AmazonS3FullAccess"),))
        role, user = (one, None) if who is ROLE else (None, one)
        assert attach(state_of(role, user, quotas=Known(full)), one)
        refused = refusal(lambda: attach(state_of(role, user, quotas=Known(replace(full, **{name: 1}))), one))
        assert refused.code is RefusalCode.QUOTA
        assert refused.reason == (
            f"{who.name} already has 1 of 1 managed policies, so AmazonSSMManagedInstanceCore cannot be attached. "
            "Detach an unused policy, request a higher quota (L-0DA4ABF3), or switch to the least-privilege baseline, "
            "which adds one inline policy instead."
        )

    def test_what_is_planned_counts(self) -> None:
        state = state_of(quotas=Known(Quotas(attached_per_role=1)))
        role = state.observation.role
        attach(state, role)
        assert attach(state, role)  # the same one, which takes no more room
        with pytest.raises(Refused):
            attach(state, role, catalogue.CLOUDWATCH_LOGS.need)

    def test_a_permission_set_is_changed_elsewhere(self) -> None:
        sso = identity(RESERVED)
        refused = refusal(lambda: attach(state_of(user=sso), sso))
        assert refused.code is RefusalCode.PROTECTED
        assert [(each.kind, each.resource["arn"]) for each in refused.elsewhere] == [
            (Kind.ATTACH_ROLE_POLICY, str(RESERVED))
        ]

    def test_a_permission_set_that_has_it_all_is_left_alone(self) -> None:
        sso = identity(RESERVED, policies=(attached("AmazonSSMManagedInstanceCore"),))
        assert attach(state_of(user=sso), sso) == []


class TestInline:
    def test_a_new_policy_is_written_as_it_stands(self) -> None:
        state = state_of()
        text = write(ours("SageMakerSSMPolicy"))  # type: ignore[arg-type]
        where = {"RoleName": ROLE.name, "PolicyName": "SageMakerSSMPolicy"}
        assert put(state, state.observation.role, sids=True) == [
            Change(
                ROLE_POLICY.id, ROLE_POLICY.id, Kind.ROLE_INLINE,
                {"role": ROLE.name, "arn": str(ROLE), "policy": "SageMakerSSMPolicy"}, None, text,
                (Call("iam", "PutRolePolicy", {**where, "PolicyDocument": text}),),
                (Call("iam", "DeleteRolePolicy", where),),
                None, ROLE_POLICY.risk, "exact",
            )
        ]  # fmt: skip
        assert state.inline(state.observation.role, "SageMakerSSMPolicy") == text

    def test_what_is_there_is_appended_to(self) -> None:
        theirs = document(allow("s3:GetObject", Sid="Theirs"))
        for sids in (True, False):
            state = state_of(identity(policies=(inline("SageMakerSSMPolicy", theirs),)))
            (change,) = put(state, state.observation.role, sids=sids)
            assert change.before == theirs
            first, *rest = json.loads(change.after)["Statement"]
            assert first == allow("s3:GetObject", Sid="Theirs")
            assert len(rest) == 3
            assert all("Sid" in each for each in rest) is sids

    def test_a_policy_that_says_it_all_is_no_change(self) -> None:
        text = write(ours("SageMakerSSMPolicy"))  # type: ignore[arg-type]
        role = identity(policies=(inline("SageMakerSSMPolicy", text),))
        assert put(state_of(role), role) == []

    def test_of_a_user_under_the_quota_of_users(self) -> None:
        assert isinstance(GUARD.need, GuardNeed)
        jane, need = identity(JANE), GUARD.need
        fits = state_of(user=jane, quotas=Known(Quotas(role_inline_size=0)))
        (change,) = iam_changes.inline(GUARD, need, jane, fits, sids=False)
        assert (change.kind, change.calls[0].operation) == (Kind.USER_INLINE, "PutUserPolicy")
        assert change.resource == {"user": "jane", "arn": str(JANE), "policy": "SSMDenyAccessNotOwner"}
        needed = size(change.after)
        last = state_of(user=jane, quotas=Known(Quotas(user_inline_size=needed)))
        assert iam_changes.inline(GUARD, need, jane, last, sids=False)
        short = state_of(user=jane, quotas=Known(Quotas(user_inline_size=needed - 1)))
        refused = refusal(lambda: iam_changes.inline(GUARD, need, jane, short, sids=False))
        assert refused.code is RefusalCode.QUOTA
        assert refused.reason == (
            f"The inline policies of jane together would have {needed} characters; the quota is {needed - 1}. "
            "sm-ssh-widget does not shorten existing policies. Remove an unused statement in the IAM console, then "
            "create a new plan."
        )

    def test_of_a_role_under_the_quota_of_roles(self) -> None:
        (change,) = put(state_of(), identity())
        quotas = Quotas(role_inline_size=size(change.after), user_inline_size=0)
        assert put(state_of(quotas=Known(quotas)), identity())

    def test_a_document_that_takes_no_statement_of_ours_is_refused(self) -> None:
        old = json.dumps({"Statement": [allow("s3:GetObject")]})  # the version of 2008 has no policy variables
        jane = identity(JANE, policies=(inline("SSMDenyAccessNotOwner", old),))
        assert isinstance(GUARD.need, GuardNeed)
        need = GUARD.need
        refused = refusal(lambda: iam_changes.inline(GUARD, need, jane, state_of(user=jane), sids=False))
        assert refused.code is RefusalCode.UNKNOWN
        assert refused.reason.startswith("Nothing can be added to this policy: ")
        assert refused.reason.endswith(". Correct it in the IAM console, then create a new plan.")

    def test_a_document_of_the_caller_under_an_id_of_its_own(self) -> None:
        role = identity()
        made = iam_changes.inline_document(
            CORE, "Own", {"Version": "2012-10-17", "Statement": [allow("a:B")]}, role, state_of(), sids=False,
            suffix=":user",
        )  # fmt: skip
        assert [(each.id, each.finding, each.resource["policy"]) for each in made] == [
            (f"{CORE.id}:user", CORE.id, "Own")
        ]

    @pytest.mark.parametrize(("arn", "which"), [(RESERVED, "the permission set Dev"), (UNNAMED, "its permission set")])
    def test_a_permission_set_is_changed_elsewhere(self, arn: PrincipalArn, which: str) -> None:
        sso = identity(arn)
        refused = refusal(lambda: put(state_of(user=sso), sso))
        assert refused.code is RefusalCode.PROTECTED
        assert [each.kind for each in refused.elsewhere] == [Kind.ROLE_INLINE]
        assert refused.reason == (
            f"IAM Identity Center manages {arn.name}. In the management account, or the delegated administrator "
            f"account of IAM Identity Center, add the policies below to {which} and provision it again. This affects "
            "everyone who has that permission set. To save the instructions: sm-ssh-widget export --format "
            "identity-center"
        )

    def test_a_permission_set_that_has_it_all_is_left_alone(self) -> None:
        text = write(ours("SageMakerSSMPolicy"))  # type: ignore[arg-type]
        sso = identity(RESERVED, policies=(inline("SageMakerSSMPolicy", text),))
        assert put(state_of(user=sso), sso) == []


class TestTier:
    def test_the_region_is_switched_to_the_advanced_tier(self) -> None:
        state = state_of(nodes=DENIED)
        setting = "/ssm/managed-instance/activation-tier"
        assert iam_changes.tier(catalogue.TIER, state) == Change(
            "ssm.tier", "ssm.tier", Kind.SERVICE_SETTING,
            {
                "setting_id": setting,
                "region": "eu-west-1",
                "arn": f"arn:aws:ssm:eu-west-1:123456789012:servicesetting{setting}",
            },
            {"value": "standard", "status": "Default"}, {"value": "advanced", "status": "Customized"},
            (Call("ssm", "UpdateServiceSetting", {"SettingId": setting, "SettingValue": "advanced"}),),
            (Call("ssm", "ResetServiceSetting", {"SettingId": setting}),),
            tier_cost(DENIED), catalogue.TIER.risk, "exact",
        )  # fmt: skip

    def test_what_it_was_is_what_it_goes_back_to(self) -> None:
        change = iam_changes.tier(catalogue.TIER, state_of(tier=Known(Tier("standard", "Customized"))))
        assert change.before == {"value": "standard", "status": "Customized"}
        assert change.inverse[0].operation == "UpdateServiceSetting"


class TestOfAChange:
    def test_calls_follow_from_the_two_states(self) -> None:
        resource = {"role": "R", "arn": "arn:aws:iam::123456789012:role/R", "policy_arn": "P"}
        made = change_of(CORE, Kind.ATTACH_ROLE_POLICY, resource, (True, False), suffix=":x", cost="USD 1")
        assert (made.id, made.finding, made.cost) == (f"{CORE.id}:x", CORE.id, "USD 1")
        assert [call.operation for call in made.calls] == ["DetachRolePolicy"]
        assert [call.operation for call in made.inverse] == ["AttachRolePolicy"]

    def test_a_state_that_takes_more_than_one_call_has_none(self) -> None:
        made = change_of(catalogue.HOST_MANAGEMENT, Kind.QUICK_SETUP, {}, (None, {"name": "ours"}))
        assert made.calls == ()
        assert [call.operation for call in made.inverse] == ["DeleteConfigurationManager"]
        assert made.undo == catalogue.HOST_MANAGEMENT.undo
        back = change_of(catalogue.HOST_MANAGEMENT, Kind.QUICK_SETUP, {}, ({"name": "ours"}, None))
        assert (len(back.calls), back.inverse) == (1, ())


JOB = "USD 0.00695 per hybrid node and hour (June 2024, SSH Helper README). A 3-hour job costs about USD 0.02."


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        (Known(Nodes(0, 0), ""), JOB),
        (Known(Nodes(1, 0), ""), f"{JOB} 1 hybrid node now: USD 5.07 per month (730 hours)."),
        (Known(Nodes(3, 1), ""), f"{JOB} 3 hybrid nodes now: USD 15.22 per month (730 hours)."),
        (DENIED, f"{JOB} Current nodes could not be counted."),
    ],
)
def test_the_cost_names_a_job_and_the_nodes_that_there_are(nodes: Fact[Nodes], said: str) -> None:
    assert tier_cost(nodes) == said
