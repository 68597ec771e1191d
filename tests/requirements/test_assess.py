"""Findings from facts: every status of every requirement, and what never happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.merge import write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.catalogue import AGENT
from sm_ssh_widget.requirements.finding import Finding, FindingStatus
from sm_ssh_widget.requirements.observation import (
    Absent,
    HeldPolicy,
    HostManagement,
    Identity,
    Known,
    Nodes,
    Observation,
    OrganisationVerdict,
    PolicyText,
    Reason,
    Tier,
    Unknown,
)
from sm_ssh_widget.requirements.requests import filling_for
from tests.support.observations import (
    DENIED,
    ROLE,
    USER,
    allow,
    attached,
    deny,
    document,
    identity,
    inline,
    observation,
    trusts,
    unread,
    with_facts,
)

SAGEMAKER = trusts("sagemaker.amazonaws.com")
SSM = trusts("ssm.amazonaws.com")
SSO = PrincipalArn.parse(
    "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Data_0123456789abcdef"
)


def judged(seen: Observation, *, baseline: str = "classic", options: tuple[str, ...] = ()) -> Assessment:
    return assess(Selection.of(baseline, options), seen)


def finding(seen: Observation, id: str, *, baseline: str = "classic", options: tuple[str, ...] = ()) -> Finding:
    return next(f for f in judged(seen, baseline=baseline, options=options).findings if f.id == id)


def of_trust(*statements: Mapping[str, Any], options: tuple[str, ...] = ()) -> Finding:
    return finding(observation(identity(trust=document(*map(dict, statements)))), "trust.ssm", options=options)


class TestTrust:
    def test_the_statement_of_the_specification_satisfies(self) -> None:
        assert of_trust(SAGEMAKER, SSM).status is FindingStatus.SATISFIED

    def test_one_statement_for_several_services_satisfies(self) -> None:
        assert of_trust(trusts(["sagemaker.amazonaws.com", "ssm.amazonaws.com"])).status is FindingStatus.SATISFIED

    def test_a_wider_action_is_another_way(self) -> None:
        assert of_trust({**SSM, "Action": "sts:*"}).status is FindingStatus.SATISFIED_OTHERWISE

    @pytest.mark.parametrize(("statement", "open_to_all"), [(SSM, True), ({**SSM, "Condition": {"Null": {}}}, False)])
    def test_hardening_says_what_stays_open(self, statement: Mapping[str, Any], *, open_to_all: bool) -> None:
        seen = observation(identity(trust=document(SAGEMAKER, dict(statement))))
        caveats = judged(seen, options=("hardened-trust",)).caveats
        assert any("trusts ssm.amazonaws.com without conditions" in caveat for caveat in caveats) is open_to_all
        assert not any("does not narrow" in caveat for caveat in judged(seen).caveats)

    def test_a_deny_in_it_is_lifted_by_who_owns_the_trust_policy(self) -> None:
        found = of_trust(SAGEMAKER, {**SSM, "Effect": "Deny"})
        assert found.remedy == "Ask the owner of the trust policy to change that statement."

    def test_nothing_about_the_service_is_missing(self) -> None:
        found = of_trust(SAGEMAKER)
        assert found.status is FindingStatus.MISSING
        assert found.consequence
        assert found.remedy

    def test_the_condition_that_aws_documents_satisfies_in_its_region(self) -> None:
        condition = {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnEquals": {"aws:SourceArn": "arn:aws:ssm:eu-west-1:123456789012:*"},
        }
        found = of_trust({**SSM, "Condition": condition})
        assert found.status is FindingStatus.SATISFIED_OTHERWISE
        assert "not for every Region" in found.reason

    @pytest.mark.parametrize(
        "condition",
        [
            {"StringEquals": {"aws:SourceAccount": "999999999999"}},
            {"ArnEquals": {"aws:SourceArn": "arn:aws:ssm:us-east-2:123456789012:*"}},
            {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
            {"StringEquals": {"aws:PrincipalOrgID": "o-example"}},
            {"StringEquals": {"sts:ExternalId": "x"}},
        ],
        ids=str,
    )
    def test_a_condition_that_the_service_cannot_meet_is_missing(self, condition: dict[str, object]) -> None:
        assert of_trust({**SSM, "Condition": condition}).status is FindingStatus.MISSING

    def test_an_organisation_that_nobody_knows_is_unknown(self) -> None:
        found = of_trust({**SSM, "Condition": {"StringEquals": {"aws:SourceOrgID": "o-example"}}})
        assert found.status is FindingStatus.UNKNOWN
        assert found.reason == "depends on aws:SourceOrgID"
        assert "statement #1 of the trust policy" in found.fact
        assert "organizations:DescribeOrganization" in found.remedy

    def test_a_deny_blocks_and_is_named(self) -> None:
        found = of_trust(SSM, {**SSM, "Effect": "Deny", "Sid": "NoSystemsManager"})
        assert found.status is FindingStatus.BLOCKED
        assert found.evidence[0].statement == "NoSystemsManager"

    def test_a_data_perimeter_that_spares_services_does_not_block(self) -> None:
        perimeter = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-example"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        }
        assert of_trust(SAGEMAKER, SSM, perimeter).status is FindingStatus.SATISFIED

    def test_a_trust_that_could_not_be_read_is_unknown(self) -> None:
        unread = replace(identity(), trust=DENIED)
        found = finding(observation(unread), "trust.ssm")
        assert found.status is FindingStatus.UNKNOWN
        assert "iam:GetRole" in found.fact

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"Statement": 3}'])
    def test_a_text_that_is_no_policy_is_unknown(self, text: str) -> None:
        broken = replace(identity(), trust=Known(text, "iam:GetRole"))
        found = finding(observation(broken), "trust.ssm")
        assert found.status is FindingStatus.UNKNOWN
        assert found.reason.startswith("unparsable")

    def test_hardened_trust_asks_for_the_condition_and_says_what_stands_in_its_way(self) -> None:
        assert of_trust(SAGEMAKER, options=("hardened-trust",)).status is FindingStatus.MISSING
        found = of_trust(SAGEMAKER, SSM, options=("hardened-trust",))
        assert found.status is FindingStatus.SATISFIED
        assert "sm-ssh-widget does not remove it" in found.reason

    def test_the_service_name_with_the_suffix_of_china_is_accepted_there(self) -> None:
        role = PrincipalArn.parse("arn:aws-cn:iam::123456789012:role/Example")
        trust = document(trusts("sagemaker.amazonaws.com"), trusts("ssm.amazonaws.com.cn"))
        seen = observation(identity(role, trust=trust))
        seen = replace(seen, target=replace(seen.target, region="cn-north-1"))
        assert finding(seen, "trust.ssm").status is FindingStatus.SATISFIED_OTHERWISE


CORE = "role.managed-instance-core"


class TestManagedPolicies:
    def test_attached_by_name_satisfies(self) -> None:
        seen = observation(identity(policies=(attached("AmazonSSMManagedInstanceCore"),)))
        assert finding(seen, CORE).status is FindingStatus.SATISFIED

    def test_everything_allowed_otherwise_is_another_way(self) -> None:
        seen = observation(identity(policies=(inline("Everything", document(allow("*"))),)))
        found = finding(seen, CORE)
        assert found.status is FindingStatus.SATISFIED_OTHERWISE
        assert found.evidence[0].policy == "Everything"

    def test_most_of_it_is_not_all_of_it(self) -> None:
        most = allow(["ssmmessages:*", "ec2messages:*", "ssm:List*", "ssm:Describe*", "ssm:Put*", "ssm:Update*"])
        seen = observation(identity(policies=(inline("Most", document(most)),)))
        assert finding(seen, CORE).status is FindingStatus.MISSING

    def test_a_policy_of_the_same_name_that_is_not_aws_own_is_judged_by_its_content(self) -> None:
        impostor = replace(
            inline("AmazonSSMManagedInstanceCore", document(allow("s3:*"))),
            arn="arn:aws:iam::123456789012:policy/AmazonSSMManagedInstanceCore",
        )
        assert finding(observation(identity(policies=(impostor,))), CORE).status is FindingStatus.MISSING

    def test_an_explicit_deny_blocks_what_is_attached(self) -> None:
        policies = (
            attached("AmazonSSMManagedInstanceCore"),
            inline("NoChannels", document(deny("ssmmessages:*"))),
        )
        found = finding(observation(identity(policies=policies)), CORE)
        assert found.status is FindingStatus.BLOCKED
        assert found.evidence[0].policy == "NoChannels"

    def test_a_boundary_blocks_and_is_named(self) -> None:
        role = identity(policies=(attached("AmazonSSMManagedInstanceCore"),), boundary=document(allow("s3:*")))
        found = finding(observation(role), CORE)
        assert found.status is FindingStatus.BLOCKED
        assert (found.evidence[0].layer, found.evidence[0].policy) == ("boundary", "Boundary")

    def test_a_boundary_blocks_also_what_is_not_attached_yet(self) -> None:
        assert finding(observation(identity(boundary=document(allow("s3:*")))), CORE).status is FindingStatus.BLOCKED

    def test_the_organisation_blocks(self) -> None:
        verdict = OrganisationVerdict(str(ROLE), "ssmmessages:OpenDataChannel", allowed=False)
        seen = observation(organization_verdicts=Known((verdict,), "iam:SimulatePrincipalPolicy"))
        assert finding(seen, CORE).status is FindingStatus.BLOCKED

    def test_the_organisation_does_not_block_where_it_depends_on_a_key(self) -> None:
        verdict = OrganisationVerdict(str(ROLE), "ssmmessages:OpenDataChannel", allowed=False, missing_keys=("k",))
        seen = observation(organization_verdicts=Known((verdict,), "iam:SimulatePrincipalPolicy"))
        assert finding(seen, CORE).status is FindingStatus.MISSING

    def test_lists_that_could_not_be_read_are_unknown(self) -> None:
        unread = replace(DENIED, read="iam:ListAttachedRolePolicies")
        found = finding(observation(identity(attached=unread)), CORE)
        assert found.status is FindingStatus.UNKNOWN
        assert "iam:ListAttachedRolePolicies" in found.fact

    def test_the_remedy_names_every_read_that_failed(self) -> None:
        lists = [
            Unknown(Reason.DENIED, f"iam:List{kind}Policies", "no", f"Sign in as who may call iam:List{kind}Policies.")
            for kind in ("AttachedRole", "Role")
        ]
        found = finding(observation(identity(attached=lists[0], inline=lists[1])), "role.sagemaker-ssm-policy")
        assert found.remedy == "Sign in as who may call iam:ListAttachedRolePolicies and iam:ListRolePolicies."
        lists[1] = replace(lists[1], reason=Reason.THROTTLED, remedy="Wait a minute.")
        found = finding(observation(identity(attached=lists[0], inline=lists[1])), "role.sagemaker-ssm-policy")
        assert found.remedy == "Sign in as who may call iam:ListAttachedRolePolicies. Wait a minute."

    def test_one_document_that_could_not_be_read_keeps_the_answer_open(self) -> None:
        hidden = HeldPolicy("Hidden", "", replace(DENIED, read="iam:GetRolePolicy"))
        found = finding(observation(identity(policies=(hidden,))), CORE)
        assert found.status is FindingStatus.UNKNOWN

    def test_attached_by_name_stays_satisfied_when_another_document_is_hidden(self) -> None:
        hidden = HeldPolicy("Hidden", "", replace(DENIED, read="iam:GetRolePolicy"))
        seen = observation(identity(policies=(attached("AmazonSSMManagedInstanceCore"), hidden)))
        assert finding(seen, CORE).status is FindingStatus.SATISFIED

    def test_the_live_version_decides_over_the_snapshot(self) -> None:
        live = PolicyText("AmazonSSMManagedInstanceCore", document(allow("s3:GetObject")), "arn", "v99")
        agent = allow([each.action for each in AGENT])
        seen = observation(identity(policies=(inline("Reads", document(allow("s3:GetObject"), agent)),)))
        seen = with_facts(seen, managed={"AmazonSSMManagedInstanceCore": Known(live, "iam:GetPolicyVersion")})
        assert finding(seen, CORE).status is FindingStatus.SATISFIED_OTHERWISE


INLINE = "role.sagemaker-ssm-policy"


def activation(role: str = str(ROLE)) -> str:
    return document(allow("iam:PassRole", role), allow("ssm:CreateActivation"), allow("ssm:AddTagsToResource", role))


class TestInlinePolicy:
    def test_the_specifications_policy_satisfies(self) -> None:
        seen = observation(identity(policies=(inline("SageMakerSSMPolicy", activation()),)))
        assert finding(seen, INLINE).status is FindingStatus.SATISFIED

    def test_the_same_under_another_name_is_another_way(self) -> None:
        seen = observation(identity(policies=(inline("Ours", activation()),)))
        assert finding(seen, INLINE).status is FindingStatus.SATISFIED_OTHERWISE

    def test_pass_role_to_other_services_does_not_count(self) -> None:
        to_sagemaker = allow(
            "iam:PassRole", str(ROLE), Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        )
        rest = (allow("ssm:CreateActivation"), allow("ssm:AddTagsToResource", str(ROLE)))
        seen = observation(identity(policies=(inline("SageMakerSSMPolicy", document(to_sagemaker, *rest)),)))
        found = finding(seen, INLINE)
        assert found.status is FindingStatus.MISSING
        assert "iam:PassRole" in found.fact

    def test_a_grant_of_create_activation_on_the_role_does_not_count(self) -> None:
        text = document(allow(["iam:PassRole", "ssm:CreateActivation", "ssm:AddTagsToResource"], str(ROLE)))
        assert finding(observation(identity(policies=(inline("P", text),))), INLINE).status is FindingStatus.MISSING

    def test_a_role_without_its_path_does_not_count(self) -> None:
        text = activation(str(ROLE).replace("service-role/", ""))
        assert finding(observation(identity(policies=(inline("P", text),))), INLINE).status is FindingStatus.MISSING


class TestTier:
    @pytest.mark.parametrize(
        ("tier", "status"),
        [
            (Tier("advanced", "Customized"), FindingStatus.SATISFIED),
            (Tier("standard", "Default"), FindingStatus.MISSING),
            (Tier("standard", "Customized"), FindingStatus.MISSING),
            (Tier("advanced", "PendingUpdate"), FindingStatus.UNKNOWN),
        ],
    )
    def test_every_state(self, tier: Tier, status: FindingStatus) -> None:
        assert finding(observation(tier=Known(tier, "ssm:GetServiceSetting")), "ssm.tier").status is status

    def test_a_region_without_the_setting(self) -> None:
        found = finding(observation(tier=Absent("ssm:GetServiceSetting")), "ssm.tier")
        assert found.status is FindingStatus.NOT_APPLICABLE


class TestHostManagement:
    def test_optional_until_chosen(self) -> None:
        assert not finding(observation(), "ssm.host-management").required
        assert finding(observation(), "ssm.host-management", options=("host-management",)).required

    def test_every_way_it_may_be_set_up(self) -> None:
        quick = observation(host_management=Known(HostManagement("quick-setup", "arn:x")))
        default = observation(host_management=Known(HostManagement("default-host-management", "service-role/R")))
        online = observation(nodes=Known(Nodes(0, 1)))
        statuses = [finding(seen, "ssm.host-management").status for seen in (quick, default, online, observation())]
        otherwise = FindingStatus.SATISFIED_OTHERWISE
        assert statuses == [FindingStatus.SATISFIED, otherwise, otherwise, FindingStatus.MISSING]

    @pytest.mark.parametrize(
        ("read", "what"),
        [
            ("ssm:GetServiceSetting", "The default host management of"),
            ("ssm-quicksetup:ListConfigurationManagers", "The Quick Setup configurations of"),
        ],
    )
    def test_what_could_not_be_read_is_named(self, read: str, what: str) -> None:
        unread = Unknown(Reason.DENIED, read, "said", "remedy")
        assert finding(observation(host_management=unread), "ssm.host-management").fact.startswith(what)

    @pytest.mark.parametrize(("number", "said"), [(1, "1 managed node is"), (2, "2 managed nodes are")])
    def test_nodes_are_counted_in_words(self, number: int, said: str) -> None:
        found = finding(observation(nodes=Known(Nodes(0, number))), "ssm.host-management")
        assert found.fact.startswith(said)


def of_user(*policies: HeldPolicy, id: str = "user.permissions", options: tuple[str, ...] = ()) -> Finding:
    return finding(observation(user=identity(USER, policies=policies)), id, options=options)


FOUR = ("AmazonSSMAutomationRole", "CloudWatchLogsReadOnlyAccess", "AmazonSageMakerFullAccess", "AmazonS3FullAccess")


class TestLocalUser:
    def test_nobody_named_is_said_whoever_the_caller_is(self) -> None:
        found = finding(observation(identity()), "user.permissions")
        assert (found.status, found.reason) == (FindingStatus.NOT_APPLICABLE, "specify who connects")
        assert found.fact == "The person who connects was not specified, so their permissions were not checked."

    def test_nobody_named_is_not_applicable(self) -> None:
        found = finding(observation(), "user.permissions")
        assert (found.status, found.reason) == (FindingStatus.NOT_APPLICABLE, "specify who connects")

    def test_administrator_access_satisfies_with_a_note_on_least_privilege(self) -> None:
        found = of_user(attached("AdministratorAccess"))
        assert found.status is FindingStatus.SATISFIED
        assert "narrower permissions" in found.reason
        assert "--baseline least-privilege" in found.remedy

    def test_the_four_satisfy(self) -> None:
        assert of_user(*map(attached, FOUR)).status is FindingStatus.SATISFIED

    @pytest.mark.parametrize("left_out", FOUR)
    def test_three_of_the_four_do_not(self, left_out: str) -> None:
        found = of_user(*(attached(name) for name in FOUR if name != left_out))
        assert found.status is FindingStatus.MISSING
        assert left_out in found.fact

    def test_the_root_user_may_do_everything(self) -> None:
        root = PrincipalArn.parse("arn:aws:iam::123456789012:root")
        found = finding(observation(user=identity(root)), "user.permissions")
        assert found.status is FindingStatus.SATISFIED_OTHERWISE

    def test_studio_as_the_client_judges_the_role_itself(self) -> None:
        role = identity(policies=(attached("AdministratorAccess"),))
        seen = observation(role, role)
        assert finding(seen, "user.permissions", options=("studio-as-client",)).status is FindingStatus.SATISFIED
        assert any("aws:userid" in caveat for caveat in judged(seen, options=("studio-as-client",)).caveats)


GUARD = "user.owner-guard"


def guard_text(partition: str = "aws") -> str:
    node = f"arn:{partition}:ssm:*:*:managed-instance/*"
    owner = {"StringNotEquals": {"ssm:resourceTag/SSHOwner": "${aws:userid}"}}
    return document(deny("ssm:StartSession", node, Condition=owner), deny("ssm:SendCommand", node, Condition=owner))


@pytest.mark.parametrize(
    ("baseline", "remedy"),
    [
        ("classic", "Add {} to the permission set Data"),
        ("least-privilege", "to the inline policy of the permission"),
    ],
)
def test_who_comes_in_through_identity_center_is_led_to_the_permission_set(baseline: str, remedy: str) -> None:
    seen = observation(user=identity(SSO))
    found = finding(seen, "user.permissions", baseline=baseline)
    broad = "AmazonSSMAutomationRole, CloudWatchLogsReadOnlyAccess, AmazonSageMakerFullAccess and AmazonS3FullAccess"
    assert remedy.format(broad) in found.remedy
    reaching = observation(user=identity(SSO, policies=(inline("AwsSSOInlinePolicy", document(allow("ssm:*"))),)))
    assert "permission set Data" in finding(reaching, "user.owner-guard", baseline=baseline).remedy


class TestOwnerGuard:
    def test_optional_until_chosen(self) -> None:
        assert not of_user(*map(attached, FOUR), id=GUARD).required
        assert of_user(*map(attached, FOUR), id=GUARD, options=("owner-guard",)).required

    def test_whoever_may_reach_everybody_lacks_it(self) -> None:
        assert of_user(*map(attached, FOUR), id=GUARD).status is FindingStatus.MISSING

    def test_the_specifications_policy_satisfies(self) -> None:
        policies = (*map(attached, FOUR), inline("SSMDenyAccessNotOwner", guard_text()))
        assert of_user(*policies, id=GUARD).status is FindingStatus.SATISFIED

    def test_its_arn_has_no_effect_in_another_partition(self) -> None:
        user = PrincipalArn.parse("arn:aws-cn:iam::123456789012:role/DataScientist")
        policies = (attached("AdministratorAccess", "aws-cn"), inline("SSMDenyAccessNotOwner", guard_text()))
        role = identity(PrincipalArn.parse("arn:aws-cn:iam::123456789012:role/Example"))
        seen = observation(role, identity(user, policies=policies))
        assert finding(seen, GUARD).status is FindingStatus.MISSING

    def test_a_deny_of_everybodys_nodes_is_another_way(self) -> None:
        policies = (attached("AdministratorAccess"), inline("No", document(deny("ssm:*"))))
        assert of_user(*policies, id=GUARD).status is FindingStatus.SATISFIED_OTHERWISE

    def test_whoever_will_be_given_the_four_needs_it(self) -> None:
        assert of_user(id=GUARD, options=("owner-guard",)).status is FindingStatus.MISSING


def test_least_privilege_is_satisfied_by_its_own_documents(each_least_privilege: Identity) -> None:
    seen = observation(each_least_privilege)
    assert finding(seen, "role.capabilities", baseline="least-privilege").status is FindingStatus.SATISFIED


@pytest.fixture
def each_least_privilege() -> Identity:
    text = write(documents.load("server-least-privilege", filling_for(observation().target)))
    return identity(policies=(inline("SageMakerSSHServerAccess", text),))


@pytest.mark.parametrize("reason", list(Reason))
def test_law_4_nothing_unknown_is_ever_called_missing(reason: Reason) -> None:
    failure = Unknown(reason, "any:Read", "what AWS said", "what would allow it")
    blind = Identity(ROLE, trust=failure, boundary=failure, attached=failure, inline=failure)
    seen = unread(observation(blind, replace(blind, arn=USER)), failure)
    for baseline in ("classic", "least-privilege"):
        for found in judged(seen, baseline=baseline, options=("owner-guard", "host-management")).findings:
            if found.id == "role.registrable":  # its ARN was named whole, and nothing else is asked
                continue
            assert found.status is FindingStatus.UNKNOWN, found
            assert reason.value in found.reason
            assert found.remedy


def test_the_same_facts_give_the_same_findings() -> None:
    seen = observation(user=identity(USER, policies=(attached("AmazonS3FullAccess"),)))
    assert judged(seen) == judged(seen)
