from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from sm_ssh_widget.aws.session.errors import (
    is_absent,
    parse_denial,
    problem_from,
    said_by,
    told_as_problem,
    unknown_from,
)
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Reason

ROLE = "arn:aws:sts::123456789012:assumed-role/R/SageMaker"


def answered(code: str, message: str = "said", status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetRole")


URL = "https://iam.amazonaws.com/"
READS = [
    (answered("AccessDenied", status=403), Reason.DENIED),
    (answered("AccessDeniedException"), Reason.DENIED),
    (answered("UnauthorizedOperation"), Reason.DENIED),
    (answered("Throttling"), Reason.THROTTLED),
    (answered("ThrottlingException"), Reason.THROTTLED),
    (answered("RequestLimitExceeded", status=503), Reason.THROTTLED),
    (answered("ServiceFailure", status=500), Reason.UNREACHABLE),
    (answered("InvalidAction"), Reason.UNPARSABLE),
    (answered("ValidationError"), Reason.UNPARSABLE),
    (exceptions.EndpointConnectionError(endpoint_url=URL), Reason.UNREACHABLE),
    (exceptions.ConnectionClosedError(endpoint_url=URL), Reason.UNREACHABLE),
    (exceptions.SSLError(endpoint_url=URL, error=OSError("x")), Reason.UNREACHABLE),
    (exceptions.ProxyConnectionError(proxy_url=URL), Reason.UNREACHABLE),
    (exceptions.ConnectTimeoutError(endpoint_url=URL), Reason.TIMED_OUT),
    (exceptions.ReadTimeoutError(endpoint_url=URL), Reason.TIMED_OUT),
    (exceptions.UnknownServiceError(service_name="ssm-quicksetup", known_service_names="iam"), Reason.CLIENT_TOO_OLD),
    (exceptions.ParamValidationError(report='Unknown parameter in input: "X"'), Reason.CLIENT_TOO_OLD),
    (exceptions.ParamValidationError(report="Invalid length for parameter RoleName"), Reason.UNPARSABLE),
    (AttributeError("'list' object has no attribute 'get'", name="get", obj=[]), Reason.UNPARSABLE),
    (ResponseParserError("not well-formed"), Reason.UNPARSABLE),
]


def test_a_client_that_does_not_know_an_operation_is_too_old() -> None:
    client: Any = boto3.client("iam", region_name="eu-west-1", aws_access_key_id="A", aws_secret_access_key="B")
    with pytest.raises(AttributeError) as raised:
        client.get_new()
    assert unknown_from(raised.value, "iam:GetNew").reason is Reason.CLIENT_TOO_OLD


@pytest.mark.parametrize(("error", "reason"), READS, ids=lambda value: str(value)[:40])
def test_a_failed_read_is_unknown_with_its_reason(error: Exception, reason: Reason) -> None:
    fact = unknown_from(error, "iam:GetRole")
    assert (fact.reason, fact.read) == (reason, "iam:GetRole")
    assert fact.said
    assert fact.remedy


@pytest.mark.parametrize(
    ("where", "allowed"),
    [
        ("ec2:TerminateInstances", "is allowed ec2:TerminateInstances."),
        ("ssm.instance-check (ec2:TerminateInstances)", "is allowed ec2:TerminateInstances."),
        ("Signing in (chain)", "is allowed to make this call."),
    ],
)
def test_a_denial_names_the_action_and_not_the_place(where: str, allowed: str) -> None:
    said = "You are not authorized to perform this operation."
    problem = problem_from(answered("UnauthorizedOperation", said, 403), where)
    assert problem.remedy == f"Sign in as an identity that {allowed}"


def test_each_reason_has_its_own_way_out() -> None:
    facts = [unknown_from(error, "iam:GetRole") for error, _ in READS]
    remedies = {fact.reason: fact.remedy for fact in facts}
    assert set(remedies) == set(Reason)
    assert len(set(remedies.values())) == len(Reason)


def test_an_error_that_botocore_did_not_raise_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        unknown_from(ZeroDivisionError("bug"), "iam:GetRole")


SIGN_INS = [
    answered("ExpiredToken", status=403),
    answered("ExpiredTokenException"),
    answered("InvalidClientTokenId", status=403),
    answered("UnrecognizedClientException"),
    answered("SignatureDoesNotMatch", status=403),
    answered("RequestTimeTooSkewed", status=403),
    exceptions.NoCredentialsError(),
    exceptions.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
    exceptions.ProfileNotFound(profile="nobody"),
    exceptions.SSOTokenLoadError(error_msg="no token"),
    exceptions.UnauthorizedSSOTokenError(),
    exceptions.TokenRetrievalError(provider="sso", error_msg="Token has expired"),
    exceptions.CredentialRetrievalError(provider="custom-process", error_msg="canary on stderr"),
    exceptions.MissingDependencyException(msg="awscrt"),
    exceptions.RefreshWithMFAUnsupportedError(),
]


@pytest.mark.parametrize("error", SIGN_INS, ids=lambda error: type(error).__name__ + str(error)[:30])
def test_trouble_with_credentials_is_a_sign_in_problem(error: Exception) -> None:
    problem = problem_from(error, "Reading")
    assert (problem.code, problem.code.exit_code) == (Code.SIGN_IN, 7)
    assert problem.said.endswith(".")
    assert problem.remedy
    assert "canary" not in json.dumps(problem.to_json())


def test_what_aws_refuses_and_what_cannot_be_reached_exit_with_8() -> None:
    for error in (
        answered("AccessDenied", status=403),
        answered("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10", 409),
        answered("UnmodifiableEntity"),
        answered("Throttling"),
        exceptions.EndpointConnectionError(endpoint_url=URL),
        exceptions.ReadTimeoutError(endpoint_url=URL),
    ):
        assert problem_from(error, "Applying").code.exit_code == 8


def test_a_signature_error_never_repeats_the_request() -> None:
    said = "The signature does not match. The Canonical String for this request: x-amz-security-token:canary"
    assert "canary" not in said_by(answered("SomethingNew", said))


def test_a_long_answer_is_cut() -> None:
    assert len(said_by(answered("ValidationError", "x" * 5000))) == 600


def test_the_problem_has_no_cause_that_a_traceback_would_print() -> None:
    with pytest.raises(Problem) as raised, told_as_problem("Reading"):
        raise answered("ExpiredToken")
    assert raised.value.__suppress_context__
    assert raised.value.__cause__ is None


def test_a_problem_stays_what_it_is() -> None:
    problem = Problem("a", "b", "c", Code.REFUSED)
    assert problem_from(problem, "elsewhere") is problem


@pytest.mark.parametrize(
    ("error", "absent"),
    [
        (answered("NoSuchEntity"), True),
        (answered("ServiceSettingNotFound"), True),
        (answered("ResourceNotFound"), True),
        (answered("ValidationException", "RecordNotFound"), True),
        (answered("ValidationException", "Nonexistent role"), False),
        (answered("AccessDenied"), False),
    ],
)
def test_absent_is_only_what_aws_says_is_not_there(error: ClientError, absent: bool) -> None:
    assert is_absent(error) is absent


RESOURCE = "arn:aws:iam::123456789012:role/service-role/R"
NO_TAIL = f"User: {ROLE} is not authorized to perform: iam:GetRole on resource: {RESOURCE}"
TAILS = [
    ("", "", False),
    (" because no identity-based policy allows the iam:GetRole action", "identity", False),
    (" with an explicit deny in an identity-based policy", "identity", True),
    (" because no permissions boundary allows the iam:GetRole action", "boundary", False),
    (" with an explicit deny in a permissions boundary", "boundary", True),
    (" because no service control policy allows the iam:GetRole action", "scp", False),
    (" with an explicit deny in a service control policy", "scp", True),
    (" with an explicit deny in a resource control policy", "rcp", True),
    (" because no session policy allows the iam:GetRole action", "session", False),
    (" with an explicit deny in a session policy", "session", True),
    (" because no resource-based policy allows the iam:GetRole action", "resource", False),
    (" because no role trust policy allows the sts:AssumeRole action", "resource", False),
    (" with an explicit deny in the role trust policy", "resource", True),
    (" because no VPC endpoint policy allows the iam:GetRole action", "vpc-endpoint", False),
    (" with an explicit deny in a VPC endpoint policy", "vpc-endpoint", True),
    (" with an explicit deny", "", True),
]


@pytest.mark.parametrize(("tail", "layer", "explicit"), TAILS)
def test_the_layer_of_a_denial_is_read_from_awss_words(tail: str, layer: str, explicit: bool) -> None:
    denial = parse_denial(f"An error occurred (AccessDenied) when calling the GetRole operation: {NO_TAIL}{tail}")
    assert denial is not None
    assert (denial.principal, denial.action, denial.resource) == (ROLE, "iam:GetRole", RESOURCE)
    assert (denial.layer, denial.explicit) == (layer, explicit)


def test_a_denial_may_name_the_policy_and_have_no_resource() -> None:
    arn = "arn:aws:organizations::111122223333:policy/o-abc/service_control_policy/p-1"
    denial = parse_denial(
        f"User: {ROLE} is not authorized to perform: ssm:CreateActivation with an explicit deny in a service control "
        f"policy: {arn}"
    )
    assert denial is not None
    assert (denial.resource, denial.layer, denial.policy) == ("", "scp", arn)


def test_other_sentences_are_no_denials() -> None:
    assert parse_denial("Rate exceeded") is None
    assert parse_denial("Access Denied") is None


def test_only_what_a_policy_can_fix_is_said_to_be_fixed_by_one() -> None:
    by_layer = {tail: parse_denial(NO_TAIL + tail) for tail, *_ in TAILS}
    fixable = {tail for tail, denial in by_layer.items() if denial and not denial.remedy.startswith("Adding a policy")}
    assert fixable == {"", " because no identity-based policy allows the iam:GetRole action"}
