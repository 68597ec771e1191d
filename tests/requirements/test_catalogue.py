"""The catalogue as data: what each requirement is, whom it concerns, and texts that people can read."""

from __future__ import annotations

import re

import botocore.session
import pytest

from sm_ssh_widget.requirements import catalogue, documents, managed
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.needs import Errand, GuardNeed, InlineNeed, ManagedNeed, Requirement, TrustNeed

REQUIREMENTS = {name: value for name, value in vars(catalogue).items() if isinstance(value, Requirement)}
EVERY = pytest.mark.parametrize("requirement", REQUIREMENTS.values(), ids=REQUIREMENTS)
OPTIONAL, PARTIAL, ADVISORY = "optional", "partial", "advisory"


def test_each_requirement_with_its_step_scope_and_standing() -> None:
    def standing(each: Requirement) -> set[str]:
        return {name for name in (OPTIONAL, PARTIAL, ADVISORY) if getattr(each, name)}

    table = {name: (each.id, each.step, each.scope, standing(each)) for name, each in REQUIREMENTS.items()}
    assert table == {
        "TRUST_SAGEMAKER": ("trust.sagemaker", "1b", "role", set()),
        "TRUST_SSM": ("trust.ssm", "1b", "role", set()),
        "REGISTRABLE": ("role.registrable", "1a", "role", set()),
        "MANAGED_INSTANCE_CORE": ("role.managed-instance-core", "1c", "role", set()),
        "CLOUDWATCH_LOGS": ("role.cloudwatch-logs", "1c", "role", set()),
        "SAGEMAKER_SSM_POLICY": ("role.sagemaker-ssm-policy", "1d", "role", set()),
        "ROLE_CAPABILITIES": ("role.capabilities", "1c, 1d", "role", set()),
        "TIER": ("ssm.tier", "2h", "region", set()),
        "HOST_MANAGEMENT": ("ssm.host-management", "2b-2e", "region", {OPTIONAL}),
        "NETWORK": ("network.endpoints", "2", "role", {OPTIONAL}),
        "LEFTOVERS": ("account.leftovers", "1b", "role", {OPTIONAL, ADVISORY}),
        "USER_MANAGED": ("user.permissions", "3a", "user", set()),
        "USER_CAPABILITIES": ("user.permissions", "3a", "user", set()),
        "OWNER_GUARD": ("user.owner-guard", "3b", "user", {OPTIONAL}),
        "OWNER_GUARD_HARDENED": ("user.owner-guard", "3b", "user", {OPTIONAL}),
        "SESSION_PREFERENCES": ("ssm.session-preferences", "2", "role", {PARTIAL}),
    }


def test_two_of_one_id_are_never_in_one_baseline() -> None:
    for baseline in BASELINES.values():
        ids = [each.id for each in baseline.requirements]
        assert len(ids) == len(set(ids))


def test_what_each_requirement_needs() -> None:
    trusts = [each.need for each in REQUIREMENTS.values() if isinstance(each.need, TrustNeed)]
    assert [(need.service, need.document, need.hardened) for need in trusts] == [
        ("sagemaker.amazonaws.com", "trust-sagemaker", "trust-sagemaker-hardened"),
        ("ssm.amazonaws.com", "trust-ssm", "trust-ssm-hardened"),
    ]
    written = [each.need for each in REQUIREMENTS.values() if isinstance(each.need, (InlineNeed, GuardNeed))]
    assert [(need.subject, need.policy, need.document) for need in written] == [
        ("role", "SageMakerSSMPolicy", "SageMakerSSMPolicy"),
        ("role", "SageMakerSSHServerAccess", "server-least-privilege"),
        ("user", "SageMakerSSHClientAccess", "client-least-privilege"),
        ("user", "SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner"),
        ("user", "SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner-hardened"),
    ]
    attached = [each.need for each in REQUIREMENTS.values() if isinstance(each.need, ManagedNeed)]
    assert [(need.subject, need.alternatives) for need in attached] == [
        ("role", (("AmazonSSMManagedInstanceCore",),)),
        ("role", (("CloudWatchLogsFullAccess",),)),
        (
            "user",
            (
                ("AdministratorAccess",),
                (
                    "AmazonSSMAutomationRole",
                    "CloudWatchLogsReadOnlyAccess",
                    "AmazonSageMakerFullAccess",
                    "AmazonS3FullAccess",
                ),
            ),
        ),
    ]


@EVERY
def test_everything_that_it_names_is_in_this_package(requirement: Requirement) -> None:
    need = requirement.need
    if isinstance(need, TrustNeed):
        assert {need.document, need.hardened} <= set(documents.names())
    if isinstance(need, (InlineNeed, GuardNeed)):
        assert need.document in documents.names()
    if isinstance(need, ManagedNeed):
        assert all(managed.snapshot(name).name == name for name in need.names)


def test_the_requests_that_a_policy_is_there_for() -> None:
    assert [each.action for each in catalogue.ACTIVATION] == [
        "ssm:CreateActivation",
        "iam:PassRole",
        "ssm:AddTagsToResource",
    ]
    assert len(catalogue.AGENT) == 11
    assert {each.source for each in catalogue.AGENT} == {"S6"}


@EVERY
def test_its_texts_are_sentences(requirement: Requirement) -> None:
    for text in (requirement.why, requirement.risk):
        assert text == "none" or re.fullmatch(r"[A-Z].*\.", text)
    titles = requirement.titles
    assert len({titles.met, titles.missing, titles.unknown}) == 3
    for title in (requirement.title, titles.met, titles.missing, titles.unknown):
        assert re.fullmatch(r"[\w{][\w{}()' ,-]*[\w})]", title, re.ASCII), title
    assert titles.unknown.startswith("Whether ") or titles.unknown == "Whether there are leftovers"


def test_only_host_management_leaves_something() -> None:
    left = {name for name, each in REQUIREMENTS.items() if each.undo != "exact"}
    assert left == {"HOST_MANAGEMENT"}
    assert catalogue.HOST_MANAGEMENT.undo == (
        "leaves what AWS created in the meantime: the role and instance profile AmazonSSMRoleForInstancesQuickSetup, "
        "its attachment to EC2 instances, updated agents and the collected inventory"
    )


def test_the_errand() -> None:
    check = catalogue.INSTANCE_CHECK
    assert isinstance(check, Errand)
    assert (check.id, check.step, check.undo) == ("ssm.instance-check", "2a, 2f, 2g", "exact")
    assert check.title == "Check Systems Manager with a temporary instance"
    assert check.why.endswith(".")
    assert check.risk.endswith(".")
    assert "terminates itself one hour after its start" in check.risk


def test_the_names_of_aws() -> None:
    assert catalogue.TIER_SETTING == "/ssm/managed-instance/activation-tier"
    assert catalogue.DEFAULT_ROLE_SETTING == "/ssm/managed-instance/default-ec2-instance-management-role"
    assert catalogue.QUICK_SETUP_TYPE == "AWSQuickSetupType-SSMHostMgmt"
    assert catalogue.QUICK_SETUP_PROFILE == "AmazonSSMRoleForInstancesQuickSetup"
    assert catalogue.DEFAULT_ROLE == "AWSSystemsManagerDefaultEC2InstanceManagementRole"
    assert catalogue.DEFAULT_ROLE_PATH == "/service-role/"
    assert catalogue.DEFAULT_ROLE_POLICY == "AmazonSSMManagedEC2InstanceDefaultPolicy"
    assert catalogue.ADMINISTRATION_ROLE == "AWS-QuickSetup-LocalAdministrationRole"
    assert catalogue.EXECUTION_ROLE == "AWS-QuickSetup-LocalExecutionRole"
    assert catalogue.INSTANCE_TYPES == ("t3.micro", "t3a.micro", "t2.micro", "t3.small")
    assert catalogue.INSTANCE_IMAGE == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


def test_the_longest_role_is_that_of_the_service_model() -> None:
    operation = botocore.session.get_session().get_service_model("ssm").operation_model("CreateActivation")
    assert operation.input_shape is not None
    assert operation.input_shape.members["IamRole"].metadata["max"] == catalogue.LONGEST_FOR_ACTIVATION
    assert catalogue.REGISTRABLE.title == "Role path and name up to 64 characters"
