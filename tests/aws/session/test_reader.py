from __future__ import annotations

import threading
import time
from functools import partial
from urllib.parse import quote

import pytest

from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Known, Reason, Unknown
from tests.aws.conftest import Answer, Endpoint, Request

TRUST = '{"Version": "2012-10-17",\n "Statement": [ {"Sid":"a+b", "Effect":"Allow", "Action":"*", "Resource":"%41"} ]}'


def role_answer(name: str = "R", trust: str = TRUST) -> Answer:
    role = (
        f"<Path>/service-role/</Path><RoleName>{name}</RoleName><RoleId>AROA1</RoleId>"
        f"<Arn>arn:aws:iam::123456789012:role/service-role/{name}</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>"
        f"<AssumeRolePolicyDocument>{quote(trust, safe='')}</AssumeRolePolicyDocument>"
    )
    return Answer(200, f"<GetRoleResponse><GetRoleResult><Role>{role}</Role></GetRoleResult></GetRoleResponse>")


def roles_page(request: Request) -> Answer:
    first = "Marker" not in request.form
    name, rest = ("A", "<IsTruncated>true</IsTruncated><Marker>m</Marker>") if first else ("B", "")
    document = f"<AssumeRolePolicyDocument>{quote(TRUST)}</AssumeRolePolicyDocument>"
    roles = f"<Roles><member><RoleName>{name}</RoleName>{document}</member></Roles>"
    return Answer(200, f"<R><ListRolesResult>{roles}{rest}</ListRolesResult></R>")


@pytest.fixture
def reader(endpoint: Endpoint) -> Reader:
    return Reader(endpoint.session(), region="eu-west-1", endpoint=endpoint.url)


def test_a_document_comes_back_to_the_letter(endpoint: Endpoint, reader: Reader) -> None:
    endpoint.answers["GetRole"] = role_answer()
    fact = reader.read("iam", "GetRole", RoleName="R")
    assert isinstance(fact, Known)
    assert fact.read == "iam:GetRole"
    assert fact.value["Role"]["AssumeRolePolicyDocument"] == TRUST
    assert "ResponseMetadata" not in fact.value


def test_all_pages_are_read_and_their_documents_too(endpoint: Endpoint, reader: Reader) -> None:
    endpoint.answers["ListRoles"] = roles_page
    fact = reader.read_all("iam", "ListRoles", "Roles", page_size=1)
    assert isinstance(fact, Known)
    assert [role["RoleName"] for role in fact.value] == ["A", "B"]
    assert {role["AssumeRolePolicyDocument"] for role in fact.value} == {TRUST}
    assert endpoint.requests[0].form["MaxItems"] == "1"


def test_one_denied_page_is_unknown(endpoint: Endpoint, reader: Reader) -> None:
    denied = Answer.xml_error("AccessDenied", "no", 403)
    endpoint.answers["ListRoles"] = lambda request: denied if "Marker" in request.form else roles_page(request)
    fact = reader.read_all("iam", "ListRoles", "Roles")
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.DENIED


def test_what_is_not_there_is_absent(endpoint: Endpoint, reader: Reader) -> None:
    endpoint.answers["GetRole"] = Answer.xml_error("NoSuchEntity", "The role with name R cannot be found.", 404)
    assert reader.read("iam", "GetRole", RoleName="R") == Absent("iam:GetRole")


@pytest.mark.parametrize(
    ("operation", "service"),
    [("UpdateAssumeRolePolicy", "iam"), ("GetSessionToken", "sts"), ("AssumeRole", "sts"), ("GetObject", "s3")],
)
def test_a_call_that_is_no_known_read_is_never_sent(
    endpoint: Endpoint, reader: Reader, operation: str, service: str
) -> None:
    with pytest.raises(ValueError, match="not a known read"):
        reader.read(service, operation)
    assert endpoint.requests == []


def test_a_denied_read_is_a_result(endpoint: Endpoint, reader: Reader) -> None:
    said = (
        "User: arn:aws:sts::123456789012:assumed-role/R/SageMaker is not authorized to perform: iam:GetRole on "
        "resource: role R because no identity-based policy allows the iam:GetRole action"
    )
    endpoint.answers["GetRole"] = Answer.xml_error("AccessDenied", said, 403)
    fact = reader.read("iam", "GetRole", RoleName="R")
    assert isinstance(fact, Unknown)
    assert (fact.reason, fact.read) == (Reason.DENIED, "iam:GetRole")
    assert "iam:GetRole" in fact.remedy
    assert said in fact.said


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_do_not_work_raise(endpoint: Endpoint, reader: Reader, code: str) -> None:
    endpoint.answers["GetRole"] = Answer.xml_error(code, "The Canonical String ... x-amz-security-token:canary", 403)
    with pytest.raises(Problem) as raised:
        reader.read("iam", "GetRole", RoleName="R")
    assert raised.value.code is Code.SIGN_IN
    assert "canary" not in str(raised.value)


def test_a_service_that_boto3_does_not_know_is_a_client_too_old(reader: Reader) -> None:
    fact = reader.read("ssm-quicksetup", "ListConfigurationManagers", NoSuchParameter="x")
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.CLIENT_TOO_OLD


def test_nobody_listening_is_unreachable() -> None:
    reader = Reader(Endpoint().session(), region="eu-west-1", endpoint="http://127.0.0.1:9")
    fact = reader.read("iam", "GetRole", RoleName="R")
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("body", ["<html><p>captive portal", "<html><p>captive portal</p></html>", "{}", ""])
def test_an_answer_of_another_form_is_unparsable(endpoint: Endpoint, reader: Reader, body: str) -> None:
    endpoint.answers["GetRole"] = Answer(200, body)
    fact = reader.read("iam", "GetRole", RoleName="R")
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.UNPARSABLE


def test_reads_say_who_asks(endpoint: Endpoint, reader: Reader) -> None:
    endpoint.answers["GetRole"] = role_answer()
    reader.read("iam", "GetRole", RoleName="R")
    assert "sm-ssh-widget/" in endpoint.requests[0].headers["user-agent"]


def test_an_endpoint_that_is_not_awss_own_is_told(endpoint: Endpoint, reader: Reader) -> None:
    assert reader.endpoint("iam") == endpoint.url
    assert Reader(endpoint.session(), region="cn-north-1").endpoint("iam") == ""


def test_forty_reads_run_side_by_side(endpoint: Endpoint, reader: Reader) -> None:
    together = threading.Barrier(40)

    def answer(request: Request) -> Answer:
        together.wait(timeout=10)
        return role_answer()

    endpoint.answers["GetRole"] = answer
    facts = reader.in_parallel(*[lambda: reader.read("iam", "GetRole", RoleName="R")] * 40)
    assert all(isinstance(fact, Known) for fact in facts)


def test_nested_fan_out_cannot_exhaust_the_pool(reader: Reader) -> None:
    def leaf() -> int:
        time.sleep(0.001)
        return 1

    def branch() -> int:
        return sum(reader.in_parallel(*[leaf] * 3))

    def trunk() -> int:
        return sum(reader.in_parallel(*[branch] * 3))

    assert sum(reader.in_parallel(*[trunk] * 60)) == 540


def test_a_reader_that_is_closed_in_the_middle_still_returns_every_result(reader: Reader) -> None:
    def branch(number: int) -> tuple[int, ...]:
        if number == 0:
            reader.close()
        return reader.in_parallel(*[partial(int, number)] * 3)

    assert reader.in_parallel(*[partial(branch, number) for number in range(60)]) == tuple((n,) * 3 for n in range(60))


def test_results_keep_their_order(reader: Reader) -> None:
    def after(seconds: float, value: str) -> str:
        time.sleep(seconds)
        return value

    assert reader.in_parallel(lambda: after(0.05, "a"), lambda: after(0, "b"), lambda: "c") == ("a", "b", "c")


@pytest.mark.parametrize("operation", ["GetParameter", "GetParameters"])
def test_a_reader_decrypts_nothing(endpoint: Endpoint, reader: Reader, operation: str) -> None:
    with pytest.raises(ValueError, match="not a known read"):
        reader.read("ssm", operation, Name="n", WithDecryption=True)
    assert endpoint.requests == []
