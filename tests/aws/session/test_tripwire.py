from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from sm_ssh_widget.aws.session.tripwire import Tripwire, guard
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.problem import Code, Problem
from tests.aws.conftest import Answer, Endpoint, caller

OK = Answer(200, "<R><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></R>")
ATTACH = {"RoleName": "R", "PolicyArn": "arn:aws:iam::aws:policy/X"}
CALL = Call("iam", "AttachRolePolicy", ATTACH)


@pytest.fixture
def session(endpoint: Endpoint) -> boto3.Session:
    endpoint.answers.update(dict.fromkeys(("AttachRolePolicy", "DeleteRole", "AssumeRole"), OK))
    endpoint.answers["GetCallerIdentity"] = caller("arn:aws:iam::123456789012:user/admin")
    return endpoint.session()


@pytest.fixture
def tripwire(session: boto3.Session) -> Tripwire:
    return guard(session)


def client(session: boto3.Session, endpoint: Endpoint, service: str = "iam") -> Any:
    config = Config(retries={"total_max_attempts": 1})
    return session.client(service, region_name="eu-west-1", endpoint_url=endpoint.url, config=config)  # type: ignore[call-overload]


def refused(thunk: Any) -> None:
    with pytest.raises(Problem) as raised:
        thunk()
    assert (raised.value.code, raised.value.code.exit_code) == (Code.REFUSED, 3)


def test_reads_pass(session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint) -> None:
    client(session, endpoint, "sts").get_caller_identity()
    assert endpoint.operations == ["GetCallerIdentity"]
    assert tripwire.refusals == ()


def test_a_write_is_refused_before_anything_is_sent(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    refused(lambda: client(session, endpoint).attach_role_policy(**ATTACH))
    assert endpoint.requests == []
    assert tripwire.refusals == (CALL,)


def test_a_listed_write_passes_as_often_as_it_is_made(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    tripwire.allow([CALL])
    iam = client(session, endpoint)
    iam.attach_role_policy(**ATTACH)
    iam.attach_role_policy(**ATTACH)
    assert endpoint.operations == ["AttachRolePolicy"] * 2


@pytest.mark.parametrize("change", [{"RoleName": "Other"}, {"PolicyArn": "arn:aws:iam::aws:policy/Admin"}])
def test_other_parameters_than_the_listed_ones_are_refused(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint, change: dict[str, str]
) -> None:
    tripwire.allow([CALL])
    refused(lambda: client(session, endpoint).attach_role_policy(**(ATTACH | change)))
    assert endpoint.requests == []


def test_more_parameters_than_the_listed_ones_are_refused(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    tripwire.allow([Call("iam", "CreateRole", {"RoleName": "R"})])
    refused(lambda: client(session, endpoint).create_role(RoleName="R", AssumeRolePolicyDocument="{}"))


def test_what_is_disallowed_is_refused_again(session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint) -> None:
    tripwire.allow([CALL])
    tripwire.disallow()
    refused(lambda: client(session, endpoint).attach_role_policy(**ATTACH))


def test_resources_are_caught_too(session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint) -> None:
    iam = session.resource("iam", region_name="eu-west-1", endpoint_url=endpoint.url)
    refused(lambda: iam.Role("R").delete())
    refused(lambda: iam.Role("R").attach_policy(PolicyArn=ATTACH["PolicyArn"]))
    assert endpoint.requests == []


def test_paginators_waiters_and_presigned_requests_are_caught_too(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    refused(lambda: list(client(session, endpoint, "s3").get_paginator("list_objects_v2").paginate(Bucket="bucket")))
    refused(lambda: client(session, endpoint, "s3").get_waiter("bucket_exists").wait(Bucket="bucket"))
    refused(lambda: client(session, endpoint).generate_presigned_url("attach_role_policy", Params=ATTACH))
    assert endpoint.requests == []


@pytest.mark.parametrize(("service", "operation"), [("sts", "assume_role"), ("sts", "get_session_token")])
def test_new_credentials_are_for_the_sign_in_only(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint, service: str, operation: str
) -> None:
    role = {"RoleArn": "arn:aws:iam::123456789012:role/R", "RoleSessionName": "x"}
    given = role if operation == "assume_role" else {}
    refused(lambda: getattr(client(session, endpoint, service), operation)(**given))
    assert endpoint.requests == []


def test_a_judge_may_let_more_pass(session: boto3.Session, endpoint: Endpoint) -> None:
    guard(session, allowed=lambda call: call.operation == "DeleteRole")
    client(session, endpoint).delete_role(RoleName="R")
    refused(lambda: client(session, endpoint).attach_role_policy(**ATTACH))
    assert endpoint.operations == ["DeleteRole"]
