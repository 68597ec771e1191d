"""Run Command and sessions: judged on node, document and owner's tag, refused in the words of AWS."""

from __future__ import annotations

from typing import Any

import pytest

from sm_ssh_widget.simulator import SimulatedAccount
from tests.simulator.conftest import ROLE, allow, deny, document, refusal
from tests.support.sessions import keyed_session

GUARD = deny(
    ["ssm:StartSession", "ssm:SendCommand"],
    "arn:aws:ssm:*:*:managed-instance/*",
    Condition={"StringNotEquals": {"ssm:resourceTag/SSHOwner": "${aws:userid}"}},
)
SHELL = "AWS-RunShellScript"
OWN_SESSION = {"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": ["${aws:userid}"]}}


class Person:
    """Somebody with a role of these statements, in an account where everything is set up."""

    def __init__(self, account: SimulatedAccount, *statements: dict[str, Any]) -> None:
        self.account = account
        state = account.state()
        trust = document({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"})
        inline = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]
        role = {"RoleName": "Tried", "AssumeRolePolicyDocument": trust, "RolePolicyList": inline}
        account.set_state({**state, "RoleDetailList": [*state["RoleDetailList"], role]})
        self.ssm = self.client("jane", "ssm")
        self.user_id = self.client("jane", "sts").get_caller_identity()["UserId"]

    def client(self, session: str, service: str) -> Any:
        arn = "arn:aws:iam::123456789012:role/Tried"
        keys = self.account.session().client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
        own = keyed_session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return own.client(service, endpoint_url=self.account.url, region_name="eu-west-1")  # type: ignore[call-overload]

    def node(self, owner: str | None = None) -> str:
        made = (
            self.account.session()
            .client("ssm")
            .create_activation(
                IamRole=f"service-role/{ROLE}", Tags=[{"Key": "SSHOwner", "Value": owner or self.user_id}]
            )
        )
        return self.account.register(made["ActivationId"], made["ActivationCode"])

    def send(self, *nodes: str, name: str = SHELL) -> Any:
        return self.ssm.send_command(
            InstanceIds=list(nodes), DocumentName=name, Parameters={"commands": ["echo hello"]}
        )


def test_a_command_is_sent_and_its_result_is_told(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"))
    node = jane.node()
    sent = jane.send(node)["Command"]
    assert (sent["Status"], sent["InstanceIds"]) == ("Success", [node])
    told = jane.ssm.get_command_invocation(CommandId=sent["CommandId"], InstanceId=node)
    assert (told["Status"], told["ResponseCode"], told["StandardOutputContent"]) == ("Success", 0, "echo hello\n")
    (listed,) = jane.ssm.list_command_invocations(CommandId=sent["CommandId"])["CommandInvocations"]
    assert listed["InstanceId"] == node
    assert [each["CommandId"] for each in jane.ssm.list_commands()["Commands"]] == [sent["CommandId"]]


def test_the_owner_guard_keeps_commands_out_too(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"), GUARD)
    own, other = jane.node(), jane.node("AROASOMEBODYELSE00000:bob")
    assert jane.send(own)["Command"]["CommandId"]
    code, said, _ = refusal(lambda: jane.send(own, other))
    assert code == "AccessDeniedException"
    assert f"ssm:SendCommand on resource: arn:aws:ssm:eu-west-1:123456789012:managed-instance/{other} with" in said


def test_a_deny_on_nodes_alone_counts(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"), deny("ssm:SendCommand", "arn:aws:ssm:*:*:managed-instance/*"))
    assert refusal(lambda: jane.send(jane.node()))[0] == "AccessDeniedException"


def test_the_document_has_to_be_allowed(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:SendCommand", "arn:aws:ssm:*:*:managed-instance/*"))
    said = refusal(lambda: jane.send(jane.node()))[1]
    assert "on resource: arn:aws:ssm:eu-west-1::document/AWS-RunShellScript because" in said


def test_what_is_not_there_is_refused_in_the_words_of_aws(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"))
    gone = "mi-00000000000000000"
    said = f"Instances [[{gone}]] not in a valid state for account 123456789012"
    assert refusal(lambda: jane.send(gone))[:2] == ("InvalidInstanceId", said)
    assert refusal(lambda: jane.send(jane.node(), name="NoSuchDoc"))[:2] == (
        "InvalidDocument",
        "Document with name NoSuchDoc does not exist.",
    )
    assert refusal(lambda: jane.send(jane.node(), name="AWS-StartSSHSession"))[0] == "InvalidDocument"
    ask = jane.ssm.get_command_invocation
    unknown = "11111111-2222-3333-4444-555555555555"
    assert refusal(ask, CommandId=unknown, InstanceId=gone)[0] == "InvocationDoesNotExist"


def test_a_node_that_is_offline_takes_no_command(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"))
    node = jane.node()
    state = done.state()
    state["ManagedInstances"][0]["PingStatus"] = "ConnectionLost"
    done.set_state(state)
    assert refusal(lambda: jane.send(node))[0] == "InvalidInstanceId"


def test_nodes_are_found_by_their_tags(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"))
    node = jane.node()
    jane.node("AROASOMEBODYELSE00000:bob")
    sent = jane.ssm.send_command(Targets=[{"Key": "tag:SSHOwner", "Values": [jane.user_id]}], DocumentName=SHELL)
    assert sent["Command"]["InstanceIds"] == [node]


# Sessions


def test_one_s_own_session_is_resumed_and_ended(done: SimulatedAccount) -> None:
    """The tag that AWS sets is ``aws:userid`` of whoever has started it, as AWS's own sample policy has it."""
    own = allow(["ssm:ResumeSession", "ssm:TerminateSession"], Condition=OWN_SESSION)
    jane = Person(done, allow("ssm:StartSession"), own)
    session = jane.ssm.start_session(Target=jane.node())["SessionId"]
    assert jane.ssm.resume_session(SessionId=session)["SessionId"] == session
    bob = jane.client("bob", "ssm")
    for call in (bob.resume_session, bob.terminate_session):
        assert refusal(call, SessionId=session)[0] == "AccessDeniedException"
    jane.ssm.terminate_session(SessionId=session)
    assert refusal(jane.ssm.resume_session, SessionId=session)[0] == "DoesNotExistException"


def test_the_refusal_names_the_session(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:StartSession"))
    said = refusal(jane.ssm.resume_session, SessionId="jane-0123456789abcdef0")[1]
    assert "ssm:ResumeSession on resource: arn:aws:ssm:eu-west-1:123456789012:session/jane-0123456789abcdef0 b" in said


def test_a_stream_stays_on_this_machine(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:*"))
    opened = jane.ssm.start_session(Target=jane.node(), DocumentName="AWS-StartSSHSession")
    assert opened["StreamUrl"].startswith(done.url.replace("http://", "ws://") + "/v1/data-channel/jane-")


@pytest.mark.parametrize("name", ["NoSuchDoc", SHELL])
def test_a_session_needs_a_document_for_sessions(done: SimulatedAccount, name: str) -> None:
    jane = Person(done, allow("ssm:*"))
    assert refusal(jane.ssm.start_session, Target=jane.node(), DocumentName=name)[0] == "InvalidDocument"


@pytest.mark.parametrize(("value", "allowed"), [("true", True), ("false", False)])
def test_a_session_is_judged_with_the_check_of_its_document(done: SimulatedAccount, value: str, allowed: bool) -> None:
    condition = {"Bool": {"ssm:SessionDocumentAccessCheck": value}}
    jane = Person(done, allow("ssm:StartSession", Condition=condition))
    node = jane.node()
    if allowed:
        assert jane.ssm.start_session(Target=node)["SessionId"]
    else:
        assert refusal(jane.ssm.start_session, Target=node)[0] == "AccessDeniedException"


# Documents


PREFERENCES = '{"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"kmsKeyId": "alias/sessions"}}'


def test_the_preferences_of_sessions_are_read_made_changed_and_removed(account: SimulatedAccount) -> None:
    ssm: Any = account.session().client("ssm")
    name = "SSM-SessionManagerRunShell"
    assert refusal(ssm.get_document, Name=name)[:2] == ("InvalidDocument", f"Document with name {name} does not exist.")
    ssm.create_document(Name=name, DocumentType="Session", Content=PREFERENCES)
    assert refusal(ssm.create_document, Name=name, Content=PREFERENCES)[0] == "DocumentAlreadyExists"
    found = ssm.get_document(Name=name)
    assert (found["DocumentType"], found["Content"], found["DocumentVersion"]) == ("Session", PREFERENCES, "1")
    assert ssm.describe_document(Name=name)["Document"]["Owner"] == account.account
    assert refusal(ssm.update_document, Name=name, Content=PREFERENCES, DocumentVersion="$LATEST")[0] == (
        "DuplicateDocumentContent"
    )
    assert (
        refusal(ssm.update_document, Name=name, Content="{", DocumentVersion="$LATEST")[0] == "InvalidDocumentContent"
    )
    changed = PREFERENCES.replace("alias/sessions", "")
    ssm.update_document(Name=name, Content=changed, DocumentVersion="$LATEST")
    ssm.update_document_default_version(Name=name, DocumentVersion="2")
    assert ssm.get_document(Name=name)["Content"] == changed
    own = ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    assert [each["Name"] for each in own] == [name]
    ssm.delete_document(Name=name)
    assert account.state()["Documents"] == []


def test_the_documents_of_aws_are_there(account: SimulatedAccount) -> None:
    ssm = account.session().client("ssm")
    assert ssm.describe_document(Name="AWS-StartSSHSession")["Document"]["DocumentType"] == "Session"
    assert '"Port"' in ssm.get_document(Name="AWS-StartSSHSession")["Content"]


def test_reading_a_document_is_judged_on_it(done: SimulatedAccount) -> None:
    jane = Person(done, allow("ssm:GetDocument", "arn:aws:ssm:*::document/AWS-*"))
    assert jane.ssm.get_document(Name=SHELL)["Name"] == SHELL
    said = refusal(jane.ssm.get_document, Name="Own")[1]
    assert "on resource: arn:aws:ssm:eu-west-1:123456789012:document/Own because" in said
