"""Changes that set up host management, by Quick Setup or by its setting, and the check with a temporary instance."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes import additions, guard, replan_check, systems_manager
from sm_ssh_widget.changes.plan import Call, Change, Kind, Plan, RefusalCode
from sm_ssh_widget.changes.planned_state import Refused
from sm_ssh_widget.changes.projection import observation_after
from sm_ssh_widget.changes.systems_manager import default_role_arn, planned_management
from sm_ssh_widget.policy.merge import write
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.catalogue import HOST_MANAGEMENT, INSTANCE_CHECK
from sm_ssh_widget.requirements.facts import Absent, Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.observation import (
    ChosenFacts,
    HostManagement,
    LaunchSite,
    LocalRoles,
    Observation,
    Subnet,
)
from sm_ssh_widget.requirements.requests import filling_for
from tests.changes.story import ACCOUNT, plan_of, whole_plan
from tests.support.observations import observation

ARN = default_role_arn("aws", ACCOUNT)
NONE = Absent("iam:GetRole")
DENIED = Unknown(Reason.DENIED, "iam:GetRole", "AccessDenied", "Sign in.")
ADMINISTRATION = "AWS-QuickSetup-LocalAdministrationRole"
EXECUTION = "AWS-QuickSetup-LocalExecutionRole"
DEFAULT_ROLE = "AWSSystemsManagerDefaultEC2InstanceManagementRole"
QUICK_RISK = "Quick Setup deploys with this role. The AWS console creates the same role without asking."
ROLE_RISK = "EC2 instances of the Region get this role by default. Nothing else uses it."


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def text_of(name: str) -> str:
    return write(documents.load(name, filling_for(observation().target)))


def refusal(make: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        make()
    return caught.value


def change(
    id: str, kind: Kind, resource: dict[str, str], states: tuple[Any, Any], calls: tuple[Call, Call], risk: str
) -> Change:
    return Change(
        id, "ssm.host-management", kind, resource, *states, calls=calls[:1], inverse=calls[1:], cost=None, risk=risk,
        undo="exact",
    )  # fmt: skip


class TestQuickSetup:
    @staticmethod
    def planned(administration: str | None = None, execution: str | None = None) -> list[Change]:
        roles = Known(LocalRoles(administration, execution), "iam:GetRole")
        return systems_manager.host_management(HOST_MANAGEMENT, observation(local_roles=roles))

    def test_without_its_roles_they_are_created_before_the_configuration(self) -> None:
        assert [(each.id, each.kind) for each in self.planned()] == [
            (f"ssm.host-management:{ADMINISTRATION}", Kind.ROLE),
            (f"ssm.host-management:{ADMINISTRATION}:policy", Kind.ROLE_INLINE),
            (f"ssm.host-management:{EXECUTION}", Kind.ROLE),
            (f"ssm.host-management:{EXECUTION}:policy", Kind.ATTACH_ROLE_POLICY),
            ("ssm.host-management", Kind.QUICK_SETUP),
        ]

    def test_a_role_that_is_there_is_used_as_it_is(self) -> None:
        own = role_arn("own/Administration")
        assert [each.id for each in self.planned(own, role_arn(EXECUTION))] == ["ssm.host-management"]
        trust, attachment, manager = self.planned(own)
        assert attachment.id == f"ssm.host-management:{EXECUTION}:policy"
        assert json.loads(trust.after)["Statement"][0]["Principal"] == {"AWS": own}
        (definition,) = manager.calls[0].parameters["ConfigurationDefinitions"]
        assert definition["LocalDeploymentAdministrationRoleArn"] == own
        assert [each.id for each in self.planned(None, role_arn(EXECUTION))] == [
            f"ssm.host-management:{ADMINISTRATION}",
            f"ssm.host-management:{ADMINISTRATION}:policy",
            "ssm.host-management",
        ]

    def test_the_administration_role_and_what_it_may_assume(self) -> None:
        role, policy, *_ = self.planned()
        where, name = {"role": ADMINISTRATION, "arn": role_arn(ADMINISTRATION)}, {"RoleName": ADMINISTRATION}
        trust, assume = text_of("trust-quick-setup-administration"), text_of("quick-setup-administration")
        made = Call("iam", "CreateRole", {**name, "AssumeRolePolicyDocument": trust})
        assert role == change(
            f"ssm.host-management:{ADMINISTRATION}", Kind.ROLE, where, (None, trust),
            (made, Call("iam", "DeleteRole", name)), QUICK_RISK,
        )  # fmt: skip
        policy_name = {**name, "PolicyName": "AssumeExecutionRole"}
        assert policy == change(
            f"ssm.host-management:{ADMINISTRATION}:policy", Kind.ROLE_INLINE,
            {**where, "policy": "AssumeExecutionRole"}, (None, assume),
            (
                Call("iam", "PutRolePolicy", {**policy_name, "PolicyDocument": assume}),
                Call("iam", "DeleteRolePolicy", policy_name),
            ),
            QUICK_RISK,
        )  # fmt: skip

    def test_the_execution_role_and_what_it_may_do(self) -> None:
        *_, role, policy, _ = self.planned()
        where, name = {"role": EXECUTION, "arn": role_arn(EXECUTION)}, {"RoleName": EXECUTION}
        trust = text_of("trust-quick-setup-execution")
        made = Call("iam", "CreateRole", {**name, "AssumeRolePolicyDocument": trust})
        assert role == change(
            f"ssm.host-management:{EXECUTION}", Kind.ROLE, where, (None, trust),
            (made, Call("iam", "DeleteRole", name)), QUICK_RISK,
        )  # fmt: skip
        of_aws = "arn:aws:iam::aws:policy/AWSQuickSetupDeploymentRolePolicy"
        assert policy == change(
            f"ssm.host-management:{EXECUTION}:policy", Kind.ATTACH_ROLE_POLICY, {**where, "policy_arn": of_aws},
            (False, True),
            (
                Call("iam", "AttachRolePolicy", {**name, "PolicyArn": of_aws}),
                Call("iam", "DetachRolePolicy", {**name, "PolicyArn": of_aws}),
            ),
            QUICK_RISK,
        )  # fmt: skip

    def test_the_configuration_is_of_this_account_and_region_only(self) -> None:
        *_, manager = self.planned()
        name, type = "sm-ssh-widget-host-management", "AWSQuickSetupType-SSMHostMgmt"
        parameters = {"TargetAccounts": ACCOUNT, "TargetRegions": "eu-west-1", "TargetType": "*"}
        definition = {
            "Type": type,
            "Parameters": parameters,
            "LocalDeploymentAdministrationRoleArn": role_arn(ADMINISTRATION),
            "LocalDeploymentExecutionRoleName": EXECUTION,
        }
        assert manager == Change(
            "ssm.host-management", "ssm.host-management", Kind.QUICK_SETUP,
            {
                "type": type,
                "name": name,
                "region": "eu-west-1",
                "arn": f"arn:aws:ssm-quicksetup:eu-west-1:{ACCOUNT}:configuration-manager/*",
            },
            None, {"name": name, "parameters": parameters},
            (
                Call(
                    "ssm-quicksetup",
                    "CreateConfigurationManager",
                    {"Name": name, "ConfigurationDefinitions": [definition]},
                ),
            ),
            (Call("ssm-quicksetup", "DeleteConfigurationManager", {"ManagerArn": {"known-later": "manager"}}),),
            None, HOST_MANAGEMENT.risk, HOST_MANAGEMENT.undo,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("fact", "said"),
        [
            (DENIED, "The state of Quick Setup's two roles could not be read (iam:GetRole: denied). Sign in."),
            (NONE, "The state of Quick Setup's two roles was not read. Check again with the same options."),
        ],
    )
    def test_roles_that_were_not_read_are_not_taken_for_missing(self, fact: Any, said: str) -> None:
        seen = observation(local_roles=fact)
        refused = refusal(lambda: systems_manager.host_management(HOST_MANAGEMENT, seen))
        assert (refused.code, refused.reason) == (RefusalCode.UNKNOWN, said)


class TestDefaultHostManagement:
    @staticmethod
    def seen_with(role: Fact[str]) -> Observation:
        return replace(observation(), chosen=ChosenFacts(default_role=role))

    def planned(self, role: Fact[str] = NONE) -> Plan:
        return plan_of(self.seen_with(role), options=("default-host-management",))

    @staticmethod
    def own(plan: Plan) -> list[Change]:
        return [change for change in plan.changes if change.finding == "ssm.host-management"]

    def kinds(self, plan: Plan) -> list[Kind]:
        return [change.kind for change in self.own(plan)]

    def test_the_role_comes_before_the_setting_that_names_it(self) -> None:
        assert self.kinds(self.planned()) == [Kind.ROLE, Kind.ATTACH_ROLE_POLICY, Kind.SERVICE_SETTING]
        assert self.kinds(self.planned(Known(ARN, "iam:GetRole"))) == [Kind.SERVICE_SETTING]

    def test_the_role_and_the_policy_that_aws_made_for_it(self) -> None:
        role, policy, _ = self.own(self.planned())
        where, name = {"role": DEFAULT_ROLE, "arn": ARN}, {"RoleName": DEFAULT_ROLE}
        trust = text_of("trust-default-host-management")
        assert role_arn(f"service-role/{DEFAULT_ROLE}") == ARN
        made = Call("iam", "CreateRole", {**name, "Path": "/service-role/", "AssumeRolePolicyDocument": trust})
        assert role == change(
            f"ssm.host-management:{DEFAULT_ROLE}", Kind.ROLE, where, (None, trust),
            (made, Call("iam", "DeleteRole", name)), ROLE_RISK,
        )  # fmt: skip
        of_aws = "arn:aws:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy"
        assert policy == change(
            f"ssm.host-management:{DEFAULT_ROLE}:policy", Kind.ATTACH_ROLE_POLICY, {**where, "policy_arn": of_aws},
            (False, True),
            (
                Call("iam", "AttachRolePolicy", {**name, "PolicyArn": of_aws}),
                Call("iam", "DetachRolePolicy", {**name, "PolicyArn": of_aws}),
            ),
            ROLE_RISK,
        )  # fmt: skip

    def test_the_setting_of_the_region(self) -> None:
        setting = "/ssm/managed-instance/default-ec2-instance-management-role"
        value = f"service-role/{DEFAULT_ROLE}"
        *_, made = self.own(self.planned())
        assert made.risk.startswith("Every EC2 instance in this account and Region that uses IMDSv2")
        assert made == change(
            "ssm.host-management", Kind.SERVICE_SETTING,
            {
                "setting_id": setting,
                "region": "eu-west-1",
                "arn": f"arn:aws:ssm:eu-west-1:{ACCOUNT}:servicesetting{setting}",
            },
            ({"value": "$None", "status": "Default"}, {"value": value, "status": "Customized"}),
            (
                Call("ssm", "UpdateServiceSetting", {"SettingId": setting, "SettingValue": value}),
                Call("ssm", "ResetServiceSetting", {"SettingId": setting}),
            ),
            made.risk,
        )  # fmt: skip

    def test_what_is_set_up_already_is_no_change(self) -> None:
        there = Known(HostManagement("quick-setup", "arn"), "read")
        seen = observation(default_role=NONE, host_management=there)
        assert systems_manager.default_host_management(HOST_MANAGEMENT, seen) == []

    @pytest.mark.parametrize(
        ("role", "code", "said"),
        [
            (
                DENIED,
                "unknown",
                "The role of default host management could not be read (iam:GetRole: denied). Sign in.",
            ),
            (
                Absent(),
                "unknown",
                "The role of default host management was not read. Check again with the same options.",
            ),
            (
                Known(role_arn(DEFAULT_ROLE), "iam:GetRole"),
                "blocked",
                f"The role {DEFAULT_ROLE} exists under another path ({role_arn(DEFAULT_ROLE)}). Rename or delete it "
                "first.",
            ),
        ],
    )
    def test_what_is_not_known_or_in_the_way_is_refused(self, role: Fact[str], code: str, said: str) -> None:
        plan = self.planned(role)
        assert self.own(plan) == []
        (refused,) = (each for each in plan.refused if each.finding == "ssm.host-management")
        assert (refused.code.value, refused.reason) == (code, said)

    def test_the_plan_passes_every_check(self) -> None:
        for plan in (self.planned(), self.planned(Known(ARN, "iam:GetRole"))):
            guard.check(plan, account=ACCOUNT)
            assert replan_check.first_mismatch(plan) == ""
            assert additions.first_unknown(plan) == ""

    def test_how_a_plan_sets_up_host_management(self) -> None:
        assert planned_management(self.planned().changes) == "default-host-management"
        assert planned_management(whole_plan().changes) == "quick-setup"
        assert planned_management(plan_of(observation()).changes) == ""

    def test_afterwards_the_tier_is_what_it_was(self) -> None:
        after = observation_after(tuple(self.own(self.planned())), self.seen_with(NONE))
        assert after.region.tier == self.seen_with(NONE).region.tier
        assert after.region.host_management == Known(
            HostManagement("default-host-management", ARN.partition(":role/")[2]), "the plan"
        )


def subnet(id: str = "subnet-1", zone: str = "eu-west-1a", *, default: bool = False, way: Any = "internet") -> Subnet:
    return Subnet(id, "vpc-1", zone, default=default, way=way)


def site(*subnets: Subnet, offers: frozenset[tuple[str, str]] | None = None, profile: bool = True) -> LaunchSite:
    zones = frozenset(("t3.micro", each.zone) for each in subnets)
    return LaunchSite(subnets, zones if offers is None else offers, profile)


def checked(there: LaunchSite, *, planned: str = "", **facts: Any) -> Change:
    return systems_manager.instance_check(observation(site=Known(there, "read"), **facts), planned=planned)


BY_DEFAULT = Known(HostManagement("default-host-management", "role"), "read")
BY_QUICK_SETUP = Known(HostManagement("quick-setup", "arn"), "read")


class TestTheInstance:
    def test_it_is_started_tried_and_terminated(self) -> None:
        later = {name: {"known-later": name} for name in ("instance", "session", "token", "run")}
        end = Call("ec2", "TerminateInstances", {"InstanceIds": [later["instance"]]})
        launch = {
            "ImageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
            "InstanceType": "t3.micro",
            "MinCount": 1,
            "MaxCount": 1,
            "ClientToken": later["token"],
            "InstanceInitiatedShutdownBehavior": "terminate",
            "UserData": "#!/bin/bash\nshutdown -h +60\n",
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": [{"Key": "sm-ssh-widget:run", "Value": later["run"]}]}
            ],
            "SubnetId": "subnet-1",
            "IamInstanceProfile": {"Name": "AmazonSSMRoleForInstancesQuickSetup"},
        }
        assert checked(site(subnet(way="nat"))) == Change(
            "ssm.instance-check", "ssm.instance-check", Kind.INSTANCE,
            {
                "region": "eu-west-1",
                "arn": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/*",
                "subnet": "subnet-1",
                "instance_type": "t3.micro",
            },
            None, {"session": "opened and ended", "instance": "terminated"},
            (
                Call("ec2", "RunInstances", launch),
                Call("ssm", "StartSession", {"Target": later["instance"]}),
                Call("ssm", "TerminateSession", {"SessionId": later["session"]}),
                end,
            ),
            (end,),
            "Estimate: a few US cents for one t3.micro, a few minutes and at most one hour. Prices in this Region: "
            "https://aws.amazon.com/ec2/pricing/on-demand/",
            f"{INSTANCE_CHECK.risk} The instance uses the instance profile AmazonSSMRoleForInstancesQuickSetup.",
            "exact",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("fact", "said"),
        [
            (DENIED, "The network for a temporary instance could not be read (iam:GetRole: denied). Sign in."),
            (NONE, "The network for a temporary instance was not read. Check again with the same options."),
        ],
    )
    def test_a_network_that_was_not_read_is_not_guessed(self, fact: Any, said: str) -> None:
        refused = refusal(lambda: systems_manager.instance_check(observation(site=fact), planned=""))
        assert (refused.code, refused.reason) == (RefusalCode.UNKNOWN, said)

    @pytest.mark.parametrize(("way", "own"), [("internet", True), ("nat", False), ("endpoints", False)])
    @pytest.mark.parametrize("gives_addresses", [True, False])
    def test_a_public_address_is_asked_for_only_where_it_is_the_way(
        self, way: Any, *, own: bool, gives_addresses: bool
    ) -> None:
        made = checked(site(replace(subnet(way=way), public_addresses=gives_addresses)))
        launch = made.calls[0].parameters
        asks = own and not gives_addresses
        interface = {"DeviceIndex": 0, "SubnetId": "subnet-1", "AssociatePublicIpAddress": True}
        assert launch.get("NetworkInterfaces") == ([interface] if asks else None)
        assert launch.get("SubnetId") == (None if asks else "subnet-1")
        assert made.cost is not None
        assert (" and its public address, a few minutes" in made.cost) is own


class TestHowItIsManaged:
    """The profile of Quick Setup, else what is planned or there, else nothing: then the instance could not report."""

    LEFT = "leaves the role and instance profile AmazonSSMRoleForInstancesQuickSetup, which AWS does not delete"

    @pytest.mark.parametrize(
        ("planned", "managed", "how", "undo"),
        [
            ("quick-setup", NONE, "Quick Setup creates the role", LEFT),
            ("", BY_QUICK_SETUP, "Quick Setup creates the role", LEFT),
            ("quick-setup", DENIED, "Quick Setup creates the role", LEFT),
            ("default-host-management", NONE, "The instance reports through default host management.", "exact"),
            ("", BY_DEFAULT, "The instance reports through default host management.", "exact"),
        ],
    )
    def test_without_the_profile(self, planned: str, managed: Any, how: str, undo: str) -> None:
        made = checked(site(subnet(), profile=False), planned=planned, host_management=managed)
        assert f"{INSTANCE_CHECK.risk} {how}" in made.risk
        assert made.undo == undo
        assert "IamInstanceProfile" not in made.calls[0].parameters

    def test_what_quick_setup_leaves_is_said(self) -> None:
        made = checked(site(subnet(), profile=False), planned="quick-setup")
        assert made.risk.endswith(
            "Quick Setup creates the role and instance profile AmazonSSMRoleForInstancesQuickSetup for it. They remain "
            "afterwards."
        )

    def test_the_profile_is_enough(self) -> None:
        for managed in (NONE, DENIED, BY_QUICK_SETUP, BY_DEFAULT):
            assert checked(site(subnet()), host_management=managed).undo == "exact"

    def test_management_that_was_not_read_is_not_guessed(self) -> None:
        refused = refusal(lambda: checked(site(subnet(), profile=False), host_management=DENIED))
        assert refused.code is RefusalCode.UNKNOWN
        assert refused.reason == (
            "The management of instances in this Region could not be read (iam:GetRole: denied). Sign in."
        )

    def test_an_instance_that_nothing_manages_could_not_report(self) -> None:
        refused = refusal(lambda: checked(site(subnet(), profile=False)))
        assert refused.code is RefusalCode.BLOCKED
        assert refused.reason == (
            "No instance could report to Systems Manager: eu-west-1 has no instance profile "
            "AmazonSSMRoleForInstancesQuickSetup, no Quick Setup configuration and no default host management. "
            "Also choose host management: --option host-management"
        )


class TestWhereItIsStarted:
    @staticmethod
    def place(*subnets: Subnet, offers: frozenset[tuple[str, str]] | None = None) -> tuple[str, str]:
        resource = checked(site(*subnets, offers=offers)).resource
        return resource["subnet"], resource["instance_type"]

    def test_in_a_default_subnet_first_then_by_its_way_zone_and_id(self) -> None:
        endpoints, nat = subnet("s-1", way="endpoints"), subnet("s-2", way="nat")
        late, early = subnet("s-3", "eu-west-1b"), subnet("s-4", "eu-west-1a")
        same, default = subnet("s-5", "eu-west-1a"), subnet("s-6", "eu-west-1c", default=True, way="endpoints")
        order = [default, early, same, late, nat, endpoints]
        for number in range(len(order)):
            assert self.place(*reversed(order[number:]))[0] == order[number].id

    def test_not_where_nothing_reaches_systems_manager(self) -> None:
        assert self.place(subnet("s-1", way=""), subnet("s-2", way="endpoints"))[0] == "s-2"

    def test_the_first_type_that_any_of_the_zones_offers(self) -> None:
        a, b = subnet("s-1", "a"), subnet("s-2", "b")
        assert self.place(a, b, offers=frozenset({("t3.small", "a"), ("t3a.micro", "b")})) == ("s-2", "t3a.micro")
        assert self.place(a, b, offers=frozenset({("t2.micro", "a"), ("t2.micro", "b")})) == ("s-1", "t2.micro")

    def test_no_subnet(self) -> None:
        refused = refusal(self.place)
        assert refused.code is RefusalCode.BLOCKED
        assert refused.reason == ("eu-west-1 has no subnet and no default VPC. Create one: aws ec2 create-default-vpc")

    @pytest.mark.parametrize(
        ("number", "which"),
        [
            (1, "s-0, the only subnet in eu-west-1, cannot reach"),
            (2, "None of the 2 subnets in eu-west-1 can reach"),
            (3, "None of the 3 subnets in eu-west-1 can reach"),
        ],
    )
    def test_no_way(self, number: int, which: str) -> None:
        refused = refusal(lambda: self.place(*(subnet(f"s-{n}", way="") for n in range(number))))
        assert refused.code is RefusalCode.BLOCKED
        assert refused.reason == (
            f"{which} Systems Manager. Add a route to an internet gateway or NAT gateway, or the interface endpoints "
            "ssm, ssmmessages and ec2messages."
        )

    def test_no_type(self) -> None:
        refused = refusal(lambda: self.place(subnet(), offers=frozenset({("t3.micro", "elsewhere")})))
        assert refused.code is RefusalCode.BLOCKED
        assert refused.reason == (
            "None of t3.micro, t3a.micro, t2.micro, t3.small is offered in an Availability Zone of eu-west-1 whose "
            "subnet can reach Systems Manager."
        )
