"""An agent registers, signs with its key, and lives by the policies of its role, by the protocol of the real one."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, change_role, deny, document
from tests.simulator.emulated_agent import RECORDED, EmulatedAgent, Reply, encoded
from tests.simulator.test_activation import activate, register

NO_TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
)
ON_THE_NODE = ("UpdateInstanceInformation", "ListInstanceAssociations")
ON_EVERYTHING = ("GetMessages", "CreateControlChannel")
KEY = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def agent(done: SimulatedAccount) -> EmulatedAgent:
    return EmulatedAgent(done.url, done.world.region, key=KEY)


def refused(reply: Reply) -> tuple[int, str]:
    """Status and code of a refusal in the JSON that an agent can read."""
    assert reply.content_type == "application/x-amz-json-1.1"
    return reply.status, reply.json["__type"]


def post(account: SimulatedAccount, node: str, *lines: str) -> str:
    """Send a command to a node; its id."""
    with account.world.lock:
        record = account.world.state.regional["ManagedInstances"][node]
        number = f"00000000-0000-4000-8000-{len(account.world.state.mailbox.commands):012}"
        account.world.state.mailbox.post(record, number, "AWS-RunShellScript", {"commands": list(lines)}, 0.0)
    return number


def test_an_agent_comes_online(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    ssm: Any = done.session().client("ssm")
    assert agent.register(activate(done)).status == 200
    assert agent.node.startswith("mi-")
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    assert ssm.get_connection_status(Target=agent.node)["Status"] == "notconnected"
    assert agent.fetch_role().json["UpdateKeyPair"] is False
    assert agent.send("UpdateInstanceInformation").body == "{}"
    (seen,) = ssm.describe_instance_information()["InstanceInformationList"]
    assert (seen["InstanceId"], seen["PingStatus"], seen["AgentVersion"]) == (agent.node, "Online", "3.3.987.0")
    assert seen["ComputerName"] == "algo-1"
    assert ssm.get_connection_status(Target=agent.node)["Status"] == "connected"
    assert agent.send("ListInstanceAssociations").json == {"Associations": []}
    opened = agent.send("CreateControlChannel")
    assert (opened.status, opened.xml["MessageSchemaVersion"]) == (201, "1.0")
    assert opened.xml["TokenValue"]
    assert agent.work() == []


def test_its_calls_are_the_sessions_of_its_role(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    calls = {call["operation"]: call["principal"] for call in done.calls()}
    assert calls["ssm:UpdateInstanceInformation"] == f"arn:aws:sts::123456789012:assumed-role/{ROLE}/{agent.node}"
    assert calls["ssm:RequestManagedInstanceRoleToken"].endswith(f":managed-instance/{agent.node}")
    assert calls["ssm:RegisterManagedInstance"] == ""


@pytest.mark.parametrize("operation", [*ON_THE_NODE, *ON_EVERYTHING])
def test_each_call_is_judged(done: SimulatedAccount, agent: EmulatedAgent, operation: str) -> None:
    agent.start(activate(done))
    service = RECORDED[operation]["service"]
    on = f"arn:aws:ssm:*:*:managed-instance/{agent.node}" if operation in ON_THE_NODE else "*"
    barred = document(deny(f"{service}:{operation}", on))
    change_role(done, ROLE, RolePolicyList=[{"PolicyName": "Barred", "PolicyDocument": barred}])
    reply = agent.send(operation)
    assert reply.status in (400, 403)
    assert "explicit deny in an identity-based policy" in reply.body
    change_role(done, ROLE, RolePolicyList=[])
    assert agent.send(operation).status in (200, 201)


def test_the_heartbeat_is_judged_by_the_owner_tag(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    untagged = {"Null": {"ssm:resourceTag/SSHOwner": "true"}}
    others = {"StringNotEquals": {"ssm:resourceTag/SSHOwner": "AIDAEXAMPLE"}}
    agent.start(activate(done))
    for condition, status in ((untagged, 200), (others, 200), ({"Null": {"ssm:resourceTag/SSHOwner": "false"}}, 400)):
        text = document(deny("ssm:UpdateInstanceInformation", Condition=condition))
        change_role(done, ROLE, RolePolicyList=[{"PolicyName": "Tagged", "PolicyDocument": text}])
        assert agent.send("UpdateInstanceInformation").status == status


def test_without_the_trust_there_are_no_credentials(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.register(activate(done))
    change_role(done, ROLE, AssumeRolePolicyDocument=NO_TRUST)
    assert refused(agent.fetch_role()) == (400, "AccessDeniedException")


def test_a_node_falls_silent(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    ssm: Any = done.session().client("ssm")
    for passed, status in ((600, "Online"), (2, "ConnectionLost")):
        done.world.clock.advance(passed - 1)
        assert ssm.describe_instance_information()["InstanceInformationList"][0]["PingStatus"] == status
    assert agent.send("UpdateInstanceInformation").status == 200
    assert ssm.describe_instance_information()["InstanceInformationList"][0]["PingStatus"] == "Online"


def test_its_credentials_end_and_come_anew(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    done.world.clock.advance(3601)
    assert refused(agent.send("UpdateInstanceInformation")) == (400, "ExpiredTokenException")
    assert agent.fetch_role().status == 200
    assert agent.send("UpdateInstanceInformation").status == 200


def test_what_a_registration_is_refused_for(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    activation = activate(done)
    assert refused(agent.register(activation | {"ActivationCode": "wrong" * 4})) == (400, "InvalidActivation")
    assert refused(agent.register(activation | {"ActivationId": "0" * 36})) == (400, "InvalidActivation")
    for key in ("short", "A" * 392, "!" * 392):
        reply = agent.send(
            "RegisterManagedInstance",
            CODE=activation["ActivationCode"],
            ACTIVATION=activation["ActivationId"],
            PUBLIC_KEY=key,
        )
        assert refused(reply) == (400, "ValidationException")
    assert agent.register(activation).status == 200
    assert refused(agent.register(activation)) == (400, "InvalidActivation")


def test_only_the_key_of_the_node_signs_for_it(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.register(activate(done))
    stranger = dataclasses.replace(agent, key=rsa.generate_private_key(65537, 2048))
    assert refused(stranger.fetch_role()) == (400, "InvalidSignatureException")
    assert refused(dataclasses.replace(agent, node="mi-0123456789abcdef0").fetch_role()) == (
        400,
        "UnrecognizedClientException",
    )
    assert refused(dataclasses.replace(agent, node=register(done)).fetch_role())[1] == "UnrecognizedClientException"
    elsewhere = dataclasses.replace(agent, fingerprint="another machine")
    assert refused(elsewhere.fetch_role()) == (400, "MachineFingerprintDoesNotMatch")
    assert agent.send("UpdateManagedInstancePublicKey", NEW_PUBLIC_KEY=encoded(stranger.key)).status == 200
    assert refused(agent.fetch_role()) == (400, "InvalidSignatureException")
    assert stranger.fetch_role().status == 200


def test_each_call_has_its_own_way_of_signing(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    assert refused(agent.send("UpdateInstanceInformation", signed="key")) == (400, "AccessDeniedException")
    assert refused(agent.send("RequestManagedInstanceRoleToken", signed="role")) == (400, "AccessDeniedException")
    for operation in ("UpdateInstanceInformation", "GetMessages", "RequestManagedInstanceRoleToken"):
        assert refused(agent.send(operation, signed="not")) == (400, "MissingAuthenticationTokenException")


def test_a_command_goes_through_the_agent(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    number = post(done, agent.node, "hostname", "touch /tmp/x")
    (message,) = agent.send("GetMessages").json["Messages"]
    assert message["MessageId"] == f"aws.ssm.{number}.{agent.node}"
    assert message["Topic"].startswith("aws.ssm.sendCommand.")
    payload = json.loads(message["Payload"])
    assert payload["Parameters"] == {"commands": ["hostname", "touch /tmp/x"]}
    assert payload["DocumentContent"]["mainSteps"][0]["action"] == "aws:runShellScript"
    found = done.world.state.mailbox.find(number, agent.node)
    assert found is not None
    assert (found.status, found.output) == ("Pending", "")
    begun = json.dumps({"documentStatus": "InProgress", "documentTraceOutput": "", "runtimeStatus": None})
    assert agent.send("SendReply", MESSAGE=message["MessageId"], PAYLOAD=begun).status == 200
    assert (found.status, found.ended) == ("InProgress", None)
    assert refused(agent.send("SendReply", MESSAGE=message["MessageId"], PAYLOAD="{}")) == (400, "ValidationException")
    assert agent.work() == [message["MessageId"]]
    assert (found.status, found.code, found.output) == ("Success", 0, "hostname\ntouch /tmp/x\n")
    assert agent.work() == []


def test_a_message_that_fails(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    number = post(done, agent.node, "hostname")
    assert agent.send("FailMessage", MESSAGE=f"aws.ssm.{number}.{agent.node}").status == 200
    found = done.world.state.mailbox.find(number, agent.node)
    assert found is not None
    assert (found.status, found.error) == ("Failed", "InternalHandlerException")
    assert agent.work() == []


def test_a_node_without_an_agent_echoes(done: SimulatedAccount) -> None:
    node = register(done)
    found = done.world.state.mailbox.find(post(done, node, "rm -rf /", "ls"), node)
    assert found is not None
    assert (found.status, found.code, found.output) == ("Success", 0, "rm -rf /\nls\n")


def test_nobody_reads_the_messages_of_another_node(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    other = EmulatedAgent(done.url, done.world.region, key=KEY)
    other.start(activate(done))
    number = post(done, agent.node, "hostname")
    spy = dataclasses.replace(other, node=agent.node)
    assert refused(spy.send("GetMessages")) == (400, "AccessDeniedException")
    assert refused(spy.send("UpdateInstanceInformation")) == (400, "AccessDeniedException")
    message = f"aws.ssm.{number}.{agent.node}"
    assert refused(other.send("AcknowledgeMessage", MESSAGE=message)) == (400, "InvalidMessageId")
    assert other.work() == []
    assert agent.work() == [message]


def test_the_state_forgets_what_was_sent(done: SimulatedAccount, agent: EmulatedAgent) -> None:
    agent.start(activate(done))
    post(done, agent.node, "hostname")
    done.set_state(done.state())
    assert done.world.state.mailbox.commands == []
    assert agent.send("UpdateInstanceInformation").status == 200
