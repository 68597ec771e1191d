"""The least-privilege documents allow exactly the requests of SSH Helper's code: each of them, and nothing to spare."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from sm_ssh_widget.policy.document import as_list
from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.requirements import documents, managed
from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER, Capability, filled
from sm_ssh_widget.requirements.documents import DocumentError, Filling

ACCOUNT = "123456789012"
REGIONS = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-iso": "us-iso-east-1"}
USER_ID = "AROAEXAMPLEEXAMPLE001:ada"
SETS = {"server-least-privilege": SERVER, "client-least-privilege": CLIENT}
Json = Any


def filling(partition: str = "aws", user_id: str | None = USER_ID) -> Filling:
    role = f"arn:{partition}:iam::{ACCOUNT}:role/service-role/R"
    return Filling(role, partition, ACCOUNT, REGIONS[partition], user_id)


def outcome(document: Json, capability: Capability, seen: Filling | None = None) -> Outcome:
    """How the request ends for a role that has only this document; a KMS key leaves it to the account's policies."""
    seen = seen or filling()
    request = filled(capability, seen)
    delegates = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    key_policy = compile_policy({"Version": "2012-10-17", "Statement": delegates}, "key policy")
    return evaluate(
        Request(
            f"arn:{seen.partition}:iam::{ACCOUNT}:role/service-role/R",
            request.action,
            request.resource,
            ACCOUNT,
            {**request.context, "aws:userid": USER_ID},
        ),
        Policies(
            identity=(compile_policy(document, "least"),),
            resource=key_policy if request.action.startswith("kms:") else None,
        ),
    ).outcome


@pytest.mark.parametrize("partition", REGIONS)
@pytest.mark.parametrize("name", SETS)
def test_the_document_allows_every_request(name: str, partition: str) -> None:
    seen = filling(partition)
    document = documents.load(name, seen)
    assert {c.id: outcome(document, c, seen) for c in SETS[name]} == {c.id: Outcome.ALLOWED for c in SETS[name]}


def smaller(document: Json) -> Iterator[tuple[str, Json]]:
    """The document without one statement, or without one of several actions, resources or values of a condition."""
    for number, statement in enumerate(document["Statement"]):
        others = [other for other in document["Statement"] if other is not statement]
        yield statement["Sid"], {**document, "Statement": others}
        for path in paths(statement):
            values = as_list(at(statement, path))
            for value in values if len(values) > 1 else ():
                changed = copy.deepcopy(document)
                at(changed["Statement"][number], path).remove(value)
                yield f"{statement['Sid']} {path} {value}", changed


def paths(statement: Json) -> list[tuple[str, ...]]:
    """Where in a statement several values may stand."""
    blocks = statement.get("Condition", {})
    return [
        ("Action",),
        ("Resource",),
        *(("Condition", operator, key) for operator in blocks for key in blocks[operator]),
    ]


def at(statement: Json, path: tuple[str, ...]) -> Json:
    return reduce(lambda value, name: value[name], path, statement)


@pytest.mark.parametrize("name", SETS)
def test_nothing_can_be_left_out(name: str) -> None:
    document = documents.load(name, filling())
    variants = dict(smaller(document))
    assert len(variants) > len(document["Statement"])
    spare = [what for what, less in variants.items() if all(outcome(less, c) is Outcome.ALLOWED for c in SETS[name])]
    assert spare == []


@pytest.mark.parametrize("name", SETS)
def test_no_action_is_a_pattern(name: str) -> None:
    for statement in documents.load(name, filling())["Statement"]:
        assert not any("*" in action or "?" in action for action in as_list(statement["Action"]))
        assert statement["Effect"] == "Allow"


def find(id: str) -> Capability:
    return next(c for c in (*SERVER, *CLIENT) if c.id == id)


OTHER_ROLE = "arn:aws:iam::123456789012:role/Other"
BUCKET = "arn:aws:s3:::sagemaker-eu-west-1-123456789012"
TOO_MUCH = [
    ("server-least-privilege", "pass-role", {"resource": OTHER_ROLE}),
    ("server-least-privilege", "pass-role", {"context": {"iam:PassedToService": "ec2.amazonaws.com"}}),
    ("server-least-privilege", "pass-role", {"context": {}}),
    ("server-least-privilege", "tag-activation", {"resource": find("command.node").resource}),
    ("server-least-privilege", "agent.UpdateInstanceInformation", {"context": {}}),
    ("server-least-privilege", "keys.read", {"resource": f"{BUCKET}/data/x"}),
    ("server-least-privilege", "keys.read", {"action": "s3:PutObject"}),
    ("server-least-privilege", "keys.read", {"resource": "arn:aws:s3:::other/ssh-authorized-keys/k.pub"}),
    ("server-least-privilege", "keys.decrypt", {"context": {}}),
    ("client-least-privilege", "session.node", {"context": {"ssm:resourceTag/SSHOwner": "AROAOTHER:eve"}}),
    ("client-least-privilege", "session.node", {"context": {}}),
    ("client-least-privilege", "command.node", {"context": {"ssm:resourceTag/SSHOwner": "AROAOTHER:eve"}}),
    ("client-least-privilege", "session.ssh", {"action": "ssm:SendCommand"}),
    ("client-least-privilege", "command.document", {"action": "ssm:StartSession"}),
    ("client-least-privilege", "session.end", {"context": {"ssm:resourceTag/aws:ssmmessages:session-id": "AROAOTHER"}}),
    ("client-least-privilege", "session.resume", {"context": {}}),
    ("client-least-privilege", "keys.upload", {"resource": f"{BUCKET}/data/x"}),
    ("client-least-privilege", "keys.upload", {"action": "s3:GetObject"}),
    ("client-least-privilege", "find.query", {"resource": "arn:aws:logs:eu-west-1:123456789012:log-group:/other"}),
]


@pytest.mark.parametrize(("name", "id", "change"), TOO_MUCH, ids=lambda value: str(value)[:60])
def test_the_next_best_request_is_not_allowed(name: str, id: str, change: dict[str, Json]) -> None:
    request = replace(find(id), **change)
    assert outcome(documents.load(name, filling()), request) is Outcome.IMPLICIT_DENY


def test_the_specification_allows_what_the_server_always_asks_for() -> None:
    """AmazonSSMManagedInstanceCore and SageMakerSSMPolicy do; the public key is left to other policies."""
    inline = documents.load("SageMakerSSMPolicy", filling())
    core = managed.snapshot("AmazonSSMManagedInstanceCore").document
    both = {"Version": "2012-10-17", "Statement": [*inline["Statement"], *core["Statement"]]}
    assert [c.id for c in SERVER if outcome(both, c) is not Outcome.ALLOWED] == [
        "keys.read",
        "keys.decrypt",
        "keys.decrypt-bucket-key",
    ]


@pytest.mark.parametrize("name", ["SSMDenyAccessNotOwner", "SSMDenyAccessNotOwner-hardened"])
def test_the_owner_guard_denies_the_nodes_of_others_only(name: str) -> None:
    guard = documents.load(name, filling())
    document = {**guard, "Statement": [*guard["Statement"], {"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert all(outcome(document, c) is Outcome.ALLOWED for c in (*CLIENT, *SERVER))
    for id in ("session.node", "command.node"):
        for context in ({"ssm:resourceTag/SSHOwner": "AROAOTHER:eve"}, {}):
            assert outcome(document, replace(find(id), context=context)) is Outcome.EXPLICIT_DENY
    retag = replace(find("session.node"), action="ssm:AddTagsToResource")
    hardened = name.endswith("hardened")
    assert outcome(document, retag) is (Outcome.EXPLICIT_DENY if hardened else Outcome.ALLOWED)


def test_the_ids_are_unique_and_each_request_has_its_reason() -> None:
    for capabilities in SETS.values():
        assert len({c.id for c in capabilities}) == len(capabilities)
        assert all(c.why and c.source[0] in "SC" and c.source[1:].isdigit() for c in capabilities)


def test_every_action_of_the_documents_is_a_capability() -> None:
    for name, capabilities in SETS.items():
        statements = documents.load(name, filling())["Statement"]
        assert {a for s in statements for a in as_list(s["Action"])} == {c.action for c in capabilities}


def test_filled() -> None:
    own = {"ssm:resourceTag/SSHOwner": USER_ID}
    assert filled(find("command.node"), filling()).context == own
    assert filled(find("session.node"), filling()).context == {**own, "ssm:SessionDocumentAccessCheck": "true"}
    unknown = filled(find("command.node"), filling(user_id=None))
    assert unknown.context == {}
    assert unknown.resource == f"arn:aws:ssm:eu-west-1:{ACCOUNT}:managed-instance/mi-0123456789abcdef0"
    assert "<<" not in json.dumps([dict(filled(c, filling()).context) for c in (*SERVER, *CLIENT)])
    with pytest.raises(DocumentError, match="SAGEMAKER_ROLE_ARN"):
        filled(find("pass-role"), replace(filling(), role_arn=None))


def test_a_request_is_filled_anew_for_other_values_and_once_for_equal_ones() -> None:
    agent, fillings = find("agent.UpdateInstanceInformation"), [replace(filling(), role_arn=f"role/{n}") for n in "AB"]
    assert [filled(find("pass-role"), each).resource for each in fillings] == ["role/A", "role/B"]
    assert filled(agent, fillings[0]) is filled(agent, fillings[1])
    assert filled(agent, replace(fillings[0], region="us-east-1")).resource.startswith("arn:aws:ssm:us-east-1:")
