from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from sm_ssh_widget.aws.session.clients import Clients
from sm_ssh_widget.aws.session.tripwire import Tripwire, guard
from sm_ssh_widget.changes.placeholders import placeholder
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.problem import Code, Problem
from tests.aws.conftest import Answer, Endpoint, caller

OK = Answer(200, "<R><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></R>")
ATTACH = {"RoleName": "R", "PolicyArn": "arn:aws:iam::aws:policy/X"}
CALL_OF_IAM = ("AttachRolePolicy", ATTACH)
CALL = Call("iam", *CALL_OF_IAM)
LATER = Call("ec2", "TerminateInstances", {"InstanceIds": [placeholder("instance")]})
FILLED = Call("ec2", "TerminateInstances", {"InstanceIds": ["i-1"]})
REGION = "eu-west-1"


@pytest.fixture
def session(endpoint: Endpoint) -> boto3.Session:
    endpoint.answers.update(dict.fromkeys(("AttachRolePolicy", "DeleteRole", "AssumeRole"), OK))
    endpoint.answers["GetCallerIdentity"] = caller("arn:aws:iam::123456789012:user/admin")
    return endpoint.session()


@pytest.fixture
def tripwire(session: boto3.Session, endpoint: Endpoint) -> Tripwire:
    return guard(session, Clients(session, REGION, endpoint.url))


def client(session: boto3.Session, endpoint: Endpoint, service: str = "iam", region: str = REGION) -> Any:
    config = Config(retries={"total_max_attempts": 1})
    return session.client(service, region_name=region, endpoint_url=endpoint.url, config=config)  # type: ignore[call-overload]


def refused(thunk: Any) -> None:
    with pytest.raises(Problem) as raised:
        thunk()
    assert (raised.value.code, raised.value.code.exit_code) == (Code.REFUSED, 3)


def test_reads_pass(session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint) -> None:
    client(session, endpoint, "sts").get_caller_identity()
    assert endpoint.operations == ["GetCallerIdentity"]
    assert tripwire.refusals == ()


def test_reads_and_listed_calls_pass_and_no_other(tripwire: Tripwire) -> None:
    assert tripwire.passes(Call("iam", "GetRole", {"RoleName": "R"}))
    assert not tripwire.passes(CALL)
    tripwire.allow((CALL,), REGION)
    assert tripwire.passes(CALL)


def test_a_refusal_names_the_call_and_what_to_do(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    with pytest.raises(Problem) as raised:
        client(session, endpoint).attach_role_policy(**ATTACH)
    assert raised.value.where == "Blocking an unreviewed write (iam:AttachRolePolicy)"
    assert raised.value.said == "This write is not part of the reviewed plan, so it was not sent."
    assert raised.value.remedy == "Create a plan and review it: sm-ssh-widget plan"


def test_a_request_that_this_thread_never_signed_is_not_sent(tripwire: Tripwire, endpoint: Endpoint) -> None:
    request = AWSRequest(method="POST", url=endpoint.url, data=b"Action=DeleteRole").prepare()
    with pytest.raises(Problem) as raised:
        tripwire.check_sent(request=request)
    assert raised.value.said == "The request differs from the one that was checked, so it was not sent."
    assert tripwire.refusals == (Call("", "", {}),)


def test_a_request_that_another_thread_signed_is_not_sent(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    problems: list[BaseException | None] = []

    def send_elsewhere(*, request: Any, **_: object) -> None:
        with ThreadPoolExecutor(1) as another:
            problems.append(another.submit(tripwire.check_sent, request=request).exception())

    session.events.register_first("before-send", send_elsewhere)
    client(session, endpoint, "sts").get_caller_identity()
    assert [type(problem) for problem in problems] == [Problem]
    assert tripwire.refusals == (Call("", "", {}),)
    assert endpoint.operations == ["GetCallerIdentity"]  # by the thread that signed it


def test_a_request_is_sent_once_for_each_signature(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
) -> None:
    signed: list[Any] = []
    session.events.register_last("before-send", lambda *, request, **_: signed.append(request))
    client(session, endpoint, "sts").get_caller_identity()
    (request,) = signed
    refused(lambda: tripwire.check_sent(request=request))
    assert tripwire.refusals == (Call("", "", {}),)


def test_a_request_that_was_not_checked_is_not_signed(tripwire: Tripwire, endpoint: Endpoint) -> None:
    with pytest.raises(Problem) as raised:
        tripwire.check_signed(
            request=AWSRequest(method="POST", url=endpoint.url), operation_name="DeleteRole", signing_name="iam"
        )
    assert raised.value.said == (
        "The request was not made through a client method and was not checked, so it was not sent."
    )
    assert tripwire.refusals == (Call("iam", "DeleteRole", {}),)


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


class TestWhatIsListed:
    """The list itself: what it takes, gives up, and fills in."""

    @pytest.fixture
    def alone(self, session: boto3.Session, endpoint: Endpoint) -> Tripwire:
        return Tripwire(Clients(session, REGION, endpoint.url))

    def test_the_calls_of_an_earlier_plan_are_forgotten(self, alone: Tripwire) -> None:
        other = Call("iam", "DeleteRole", {"RoleName": "R"})
        alone.allow([CALL, LATER])
        alone.fill_in(LATER, {"instance": "i-1"})
        alone.allow([other])
        assert alone.passes(other)
        assert not alone.passes(CALL)
        assert not alone.passes(FILLED)

    def test_nothing_passes_once_it_is_disallowed(self, alone: Tripwire) -> None:
        alone.allow([CALL, LATER])
        alone.fill_in(LATER, {"instance": "i-1"})
        alone.disallow()
        assert not any(alone.passes(call) for call in (CALL, LATER, FILLED))

    def test_a_call_passes_with_the_values_that_were_filled_in(self, alone: Tripwire) -> None:
        alone.allow([CALL, LATER])
        assert not alone.passes(FILLED)
        assert alone.fill_in(LATER, {"instance": "i-1"}) == FILLED
        assert alone.passes(FILLED)
        assert alone.passes(CALL)
        assert not alone.passes(Call("ec2", "TerminateInstances", {"InstanceIds": ["i-2"]}))

    def test_new_values_take_the_place_of_the_ones_before(self, alone: Tripwire) -> None:
        alone.allow([LATER])
        alone.fill_in(LATER, {"instance": "i-1"})
        again = alone.fill_in(LATER, {"instance": "i-2"})
        assert alone.passes(again)
        assert not alone.passes(FILLED)

    def test_two_calls_are_filled_in_one_by_one(self, alone: Tripwire) -> None:
        other = Call("ssm", "StartSession", {"Target": placeholder("instance")})
        alone.allow([LATER, other])
        both = [alone.fill_in(each, {"instance": "i-1"}) for each in (LATER, other)]
        assert all(alone.passes(call) for call in both)

    def test_what_no_plan_lists_is_not_filled_in(self, alone: Tripwire) -> None:
        alone.allow([CALL])
        for call in (LATER, FILLED):
            with pytest.raises(ValueError, match="ec2:TerminateInstances is not listed"):
                alone.fill_in(call, {"instance": "i-1"})
        assert not alone.passes(FILLED)
        alone.allow([LATER])
        with pytest.raises(KeyError):
            alone.fill_in(LATER, {})

    def test_what_is_listed_is_the_call_as_it_was_then(self, alone: Tripwire) -> None:
        parameters = dict(ATTACH)
        alone.allow([Call("iam", "AttachRolePolicy", parameters)])
        parameters["RoleName"] = "Other"
        assert alone.passes(CALL)
        assert not alone.passes(Call("iam", "AttachRolePolicy", parameters))

    @pytest.mark.parametrize("call", [Call("sts", *CALL_OF_IAM), Call("iam", "AttachUserPolicy", ATTACH)])
    def test_service_and_operation_are_part_of_it(self, alone: Tripwire, call: Call) -> None:
        alone.allow([CALL])
        assert not alone.passes(call)


class TestElsewhere:
    """A listed call goes to the Region and the endpoint of the plan."""

    SETTING = Call("ssm", "UpdateServiceSetting", {"SettingId": "/ssm/x", "SettingValue": "advanced"})

    def test_in_its_own_region_it_passes(self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint) -> None:
        endpoint.answers["UpdateServiceSetting"] = Answer(200, "{}")
        tripwire.allow([self.SETTING])
        client(session, endpoint, "ssm").update_service_setting(**self.SETTING.parameters)
        assert endpoint.operations == ["UpdateServiceSetting"]

    def test_in_another_region_it_is_refused(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        tripwire.allow([self.SETTING])
        with pytest.raises(Problem) as raised:
            client(session, endpoint, "ssm", "us-east-1").update_service_setting(**self.SETTING.parameters)
        assert raised.value.code is Code.REFUSED
        assert raised.value.said == (
            "The reviewed plan lists this call for another Region or endpoint, so it was not sent."
        )
        assert endpoint.requests == []
        assert tripwire.refusals == (self.SETTING,)

    def test_the_region_may_be_that_of_the_plan(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        endpoint.answers["UpdateServiceSetting"] = Answer(200, "{}")
        tripwire.allow([self.SETTING], "us-east-1")
        client(session, endpoint, "ssm", "us-east-1").update_service_setting(**self.SETTING.parameters)
        refused(lambda: client(session, endpoint, "ssm").update_service_setting(**self.SETTING.parameters))
        tripwire.allow([self.SETTING])
        refused(lambda: client(session, endpoint, "ssm", "us-east-1").update_service_setting(**self.SETTING.parameters))
        assert endpoint.operations == ["UpdateServiceSetting"]

    def test_at_another_endpoint_it_is_refused(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        tripwire.allow([CALL])
        other = session.client("iam", region_name=REGION, endpoint_url=endpoint.url.replace("127.0.0.1", "localhost"))
        refused(lambda: other.attach_role_policy(**ATTACH))
        assert endpoint.requests == []

    def test_reads_may_go_anywhere(self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint) -> None:
        other = session.client(
            "sts", region_name="us-east-1", endpoint_url=endpoint.url.replace("127.0.0.1", "localhost")
        )
        other.get_caller_identity()
        assert endpoint.operations == ["GetCallerIdentity"]


def _other_parameter(params: dict[str, Any], **_: object) -> None:
    params["RoleName"] = "Other"


def _other_body(params: dict[str, Any], **_: object) -> None:
    params["body"]["RoleName"] = "Other"


def _other_operation(params: dict[str, Any], **_: object) -> None:
    params["body"]["Action"] = "DeleteRole"


def _other_path(params: dict[str, Any], **_: object) -> None:
    params["url"] += "other"


def _other_request(request: Any, **_: object) -> None:
    request.data = {**request.data, "RoleName": "Other"}


def _other_host(request: Any, **_: object) -> None:
    request.url = request.url.replace("127.0.0.1", "localhost")


def _other_query(request: Any, **_: object) -> None:
    request.params = {"Action": "DeleteRole"}


def _other_bytes(request: Any, **_: object) -> None:
    request.body = request.body.replace("RoleName=R", "RoleName=S")


class TestChangedAfterTheCheck:
    """Handlers that somebody registers later, at every point between the check and the sending."""

    LATE = (
        ("before-parameter-build", _other_parameter),
        ("before-call", _other_body),
        ("before-call", _other_operation),
        ("before-call", _other_path),
        ("request-created", _other_request),
        ("before-sign", _other_request),
        ("before-sign", _other_host),
        ("request-created", _other_host),
        ("before-sign", _other_query),
    )

    @pytest.mark.parametrize(("event", "handler"), LATE, ids=lambda each: getattr(each, "__name__", each))
    def test_a_write_is_refused(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint, event: str, handler: Any
    ) -> None:
        signed: list[Any] = []
        tripwire.allow([CALL])
        iam = client(session, endpoint)
        iam.meta.events.register(f"{event}.iam.AttachRolePolicy", handler)
        iam.meta.events.register_first("before-send.iam.AttachRolePolicy", lambda **sent: signed.append(sent))
        refused(lambda: iam.attach_role_policy(**ATTACH))
        assert signed == []
        assert endpoint.requests == []
        assert tripwire.refusals == (CALL,)

    def test_after_the_signature_it_is_refused_too(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        tripwire.allow([CALL])
        iam = client(session, endpoint)
        iam.meta.events.register_first("before-send.iam.AttachRolePolicy", _other_bytes)
        refused(lambda: iam.attach_role_policy(**ATTACH))
        assert endpoint.requests == []

    def test_a_read_that_became_a_write_is_refused(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        iam = client(session, endpoint)
        iam.meta.events.register("before-call.iam.GetRole", _other_operation)
        refused(lambda: iam.get_role(RoleName="R"))
        assert endpoint.requests == []

    def test_a_request_past_the_methods_of_the_client_is_refused(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        tripwire.allow([CALL])
        iam = client(session, endpoint)
        model = iam.meta.service_model.operation_model("AttachRolePolicy")
        body = {"Action": "AttachRolePolicy", "Version": "2010-05-08", **ATTACH}
        made = {"method": "POST", "url_path": "/", "url": f"{endpoint.url}/", "query_string": "", "headers": {}}
        refused(lambda: iam._make_request(model, {**made, "body": body, "context": {}}, {}))
        assert endpoint.requests == []

    def test_a_signer_that_makes_no_call_is_refused(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        rds = client(session, endpoint, "rds")
        refused(lambda: rds.generate_db_auth_token(DBHostname="db", Port=1, DBUsername="u"))
        assert [call.operation for call in tripwire.refusals] == ["connect"]

    def test_what_botocore_itself_adds_is_let_through(
        self, session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint
    ) -> None:
        """User data is encoded, and an idempotency token filled in, after the check."""
        run = {"MinCount": 1, "MaxCount": 1, "ImageId": "ami-1", "UserData": "#!/bin/sh"}
        endpoint.answers["RunInstances"] = OK
        tripwire.allow([Call("ec2", "RunInstances", run)])
        client(session, endpoint, "ec2").run_instances(**run)
        assert endpoint.operations == ["RunInstances"]
        assert endpoint.requests[0].form["ClientToken"]
        assert endpoint.requests[0].form["UserData"] == "IyEvYmluL3No"


@pytest.mark.parametrize("operation", ["get_parameter", "get_parameters"])
def test_a_read_that_decrypts_is_no_read(
    session: boto3.Session, tripwire: Tripwire, endpoint: Endpoint, operation: str
) -> None:
    endpoint.answers |= dict.fromkeys(("GetParameter", "GetParameters"), Answer(200, "{}"))
    named = {"Name": "n"} if operation == "get_parameter" else {"Names": ["n"]}
    ssm = client(session, endpoint, "ssm")
    refused(lambda: getattr(ssm, operation)(**named, WithDecryption=True))
    assert endpoint.requests == []
    getattr(ssm, operation)(**named, WithDecryption=False)
    getattr(ssm, operation)(**named)
    assert len(endpoint.requests) == 2
    ssm.meta.events.register("before-parameter-build.ssm", lambda params, **_: params.update(WithDecryption=True))
    refused(lambda: getattr(ssm, operation)(**named))
    assert len(endpoint.requests) == 2
