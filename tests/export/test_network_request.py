"""The text for the network team: what is created, what is changed where it is managed, in three languages."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import Any

import pytest
import yaml

from sm_ssh_widget.export import NETWORK_FORMATS, network_text
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.requirements.facts import Absent, Known
from sm_ssh_widget.requirements.network_facts import Network, NetworkSubnet, VpcEndpoint

SUBNET = NetworkSubnet("subnet-1", "vpc-1", "10.0.1.0/24", "rtb-1", Known("none", "r"))
NOTHING = Network(subnets=(SUBNET,))
SSM = VpcEndpoint(
    "vpce-ssm", "ssm", "Interface", private_dns=False, groups=("sg-1",), sources=Known(("10.0.0.0/8",), "r")
)
REPAIR = replace(NOTHING, endpoints=(SSM, VpcEndpoint("vpce-s3", "s3", "Gateway")))


def text(network: Network, format: str, partition: str = "aws", region: str = "eu-west-1") -> str:
    return network_text(Known(network, "r"), region, partition, format)


def template(network: Network) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text(network, "cloudformation"))
    return found


def test_the_template_creates_every_endpoint() -> None:
    resources = template(NOTHING)["Resources"]
    made = {
        each["Properties"]["ServiceName"]: each["Properties"]
        for name, each in resources.items()
        if "Endpoint" in name and "Group" not in name
    }
    assert set(made) == {f"com.amazonaws.eu-west-1.{name}" for name in ("ssm", "ssmmessages", "sts", "s3")}
    assert made["com.amazonaws.eu-west-1.s3"]["RouteTableIds"] == ["rtb-1"]
    assert made["com.amazonaws.eu-west-1.ssm"]["SubnetIds"] == ["subnet-1"]
    assert made["com.amazonaws.eu-west-1.ssm"]["PrivateDnsEnabled"] is True
    (rule,) = resources["EndpointGroup"]["Properties"]["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (443, 443, "10.0.1.0/24")


def test_the_containers_groups_are_let_in_where_they_are_known() -> None:
    (rule,) = template(replace(NOTHING, groups=Known(("sg-apps",), "r")))["Resources"]["EndpointGroup"]["Properties"][
        "SecurityGroupIngress"
    ]
    assert rule["SourceSecurityGroupId"] == "sg-apps"


def test_two_vpcs_are_two_groups() -> None:
    other = replace(SUBNET, id="subnet-2", vpc="vpc-2")
    names = template(replace(NOTHING, subnets=(SUBNET, other)))["Resources"]
    assert {"EndpointGroup1", "EndpointGroup2", "SsmEndpoint1", "SsmEndpoint2"} <= set(names)


def test_what_exists_is_changed_where_it_is_managed() -> None:
    for format in ("cloudformation", "terraform"):
        found = text(REPAIR, format)
        assert (
            "#   aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-ssm --private-dns-enabled"
            in found
        )
        assert (
            "#   aws ec2 modify-vpc-endpoint --region eu-west-1 --vpc-endpoint-id vpce-s3 --add-route-table-ids rtb-1"
            in found
        )


def test_the_commands_are_bash() -> None:
    for network in (NOTHING, REPAIR):
        found = text(network, "cli")
        subprocess.run(["bash", "-n"], input=found, text=True, check=True)
    assert "create-vpc-endpoint" in text(NOTHING, "cli")
    assert "--service-name com.amazonaws.eu-west-1.ssmmessages" in text(REPAIR, "cli")
    assert "--service-name com.amazonaws.eu-west-1.ssm " not in text(REPAIR, "cli")


def test_the_terraform_names_its_own_group() -> None:
    found = text(NOTHING, "terraform")
    assert found.count('resource "aws_vpc_endpoint"') == 4
    assert "[aws_security_group.sagemaker_ssh_endpoints.id]" in found


def test_service_names_in_china() -> None:
    found = text(NOTHING, "cli", "aws-cn", "cn-north-1")
    assert "--service-name cn.com.amazonaws.cn-north-1.ssm " in found
    assert "--service-name com.amazonaws.cn-north-1.s3 " in found


@pytest.mark.parametrize("format", list(NETWORK_FORMATS))
def test_nothing_is_known_to_be_missing(format: str) -> None:
    with pytest.raises(Problem):
        network_text(Absent(), "eu-west-1", "aws", format)
    with pytest.raises(Problem):
        text(replace(NOTHING, subnets=(replace(SUBNET, route=Known("nat", "r")),)), format)
