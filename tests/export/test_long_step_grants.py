"""Permissions for what AWS names only once it is made: limited by type, tag, role and service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.plan import Call, Kind
from sm_ssh_widget.export.long_step_grants import LONG_STEP_GRANTS
from sm_ssh_widget.export.resource_writes import ResourceWrite
from tests.changes.story import everything, plan_of

HERE = "eu-west-1:123456789012"
OPTIONS = ("host-management", "instance-check")
PLAN = plan_of(everything(), options=OPTIONS)
SERVICE = "ssm-quicksetup"
PASSED = {"StringEquals": {"iam:PassedToService": ["cloudformation.amazonaws.com", "ssm-quicksetup.amazonaws.com"]}}


def write_of(kind: Kind, **fields: Any) -> ResourceWrite:
    (change,) = (each for each in PLAN.changes if each.kind is kind)
    return ResourceWrite((replace(change, **fields),))


def grants(kind: Kind, **fields: Any) -> list[Any]:
    return list(LONG_STEP_GRANTS[kind](PLAN, write_of(kind, **fields)))


def allow(actions: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def configured(**definition: str) -> dict[str, Any]:
    call = Call(SERVICE, "CreateConfigurationManager", {"ConfigurationDefinitions": [definition]})
    return {"calls": (Call("x", "Other", {}), call)}


def launched(**parameters: Any) -> dict[str, Any]:
    image = "resolve:ssm:/aws/service/image"
    return {"calls": (Call("ec2", "RunInstances", {"ImageId": image, **parameters}),)}


def test_only_what_waits_for_aws_has_grants_of_its_own() -> None:
    assert set(LONG_STEP_GRANTS) == {Kind.QUICK_SETUP, Kind.INSTANCE}


OWN_OF_QUICK_SETUP = [
    allow(
        [
            "ssm-quicksetup:CreateConfigurationManager",
            "ssm-quicksetup:ListConfigurationManagers",
            "ssm:ListAssociations",
        ],
        "*",
    ),
    allow(["ssm-quicksetup:DeleteConfigurationManager"], f"arn:aws:{SERVICE}:{HERE}:configuration-manager/*"),
    allow(["ssm-quicksetup:GetConfigurationManager"], f"arn:aws:{SERVICE}:*:123456789012:configuration-manager/*"),
]


class TestQuickSetup:
    def test_both_roles_are_passed_to_the_services_that_deploy(self) -> None:
        roles = [
            "arn:aws:iam::123456789012:role/AWS-QuickSetup-LocalAdministrationRole",
            "arn:aws:iam::123456789012:role/AWS-QuickSetup-LocalExecutionRole",
        ]
        assert grants(Kind.QUICK_SETUP) == [*OWN_OF_QUICK_SETUP, allow(["iam:PassRole"], roles, Condition=PASSED)]

    @pytest.mark.parametrize(
        ("definition", "role"),
        [
            ({"LocalDeploymentAdministrationRoleArn": "arn:a"}, "arn:a"),
            ({"LocalDeploymentExecutionRoleName": "E"}, "arn:aws:iam::123456789012:role/E"),
        ],
    )
    def test_one_role(self, definition: dict[str, str], role: str) -> None:
        found = grants(Kind.QUICK_SETUP, **configured(**definition))
        assert found == [*OWN_OF_QUICK_SETUP, allow(["iam:PassRole"], role, Condition=PASSED)]

    def test_no_role(self) -> None:
        assert grants(Kind.QUICK_SETUP, **configured()) == OWN_OF_QUICK_SETUP

    def test_a_call_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(KeyError, match="CreateConfigurationManager"):
            grants(Kind.QUICK_SETUP, calls=())


class TestTheInstance:
    INSTANCE = f"arn:aws:ec2:{HERE}:instance/*"

    def own(self, image: str) -> list[dict[str, Any]]:
        tag = "sm-ssh-widget:run"
        ec2, ssm = f"arn:aws:ec2:{HERE}", f"arn:aws:ssm:{HERE}"
        places = [
            self.INSTANCE,
            f"{ec2}:network-interface/*",
            f"{ec2}:security-group/*",
            f"{ec2}:volume/*",
            f"{ec2}:subnet/subnet-1",
            "arn:aws:ec2:eu-west-1::image/*",
        ]
        created = {"StringEquals": {"ec2:CreateAction": "RunInstances"}}
        return [
            allow(["ec2:RunInstances"], places),
            allow(["ec2:CreateTags"], self.INSTANCE, Condition=created),
            allow(["ec2:TerminateInstances"], self.INSTANCE, Condition={"Null": {f"ec2:ResourceTag/{tag}": "false"}}),
            allow(["ssm:StartSession"], self.INSTANCE, Condition={"Null": {f"ssm:resourceTag/{tag}": "false"}}),
            allow(["ssm:StartSession"], f"{ssm}:document/SSM-SessionManagerRunShell"),
            allow(["ssm:TerminateSession"], f"{ssm}:session/*"),
            allow(["ssm:GetConnectionStatus"], self.INSTANCE),
            allow(["ec2:DescribeInstances"], "*"),
            allow(["ssm:GetParameters"], f"arn:aws:ssm:eu-west-1::parameter{image}"),
        ]

    def test_it_is_started_in_its_subnet_and_reached_by_its_tag(self) -> None:
        image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        assert grants(Kind.INSTANCE) == self.own(image)

    def test_the_role_of_its_profile_is_passed_to_ec2(self) -> None:
        passed = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
        profile = allow(["iam:PassRole"], "arn:aws:iam::123456789012:role/P", Condition=passed)
        found = grants(Kind.INSTANCE, **launched(IamInstanceProfile={"Name": "P"}))
        assert found == [*self.own("/aws/service/image"), profile]
        assert grants(Kind.INSTANCE, **launched(IamInstanceProfile={})) == self.own("/aws/service/image")
