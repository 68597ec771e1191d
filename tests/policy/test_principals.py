"""The principal of a request, and whom a Principal or NotPrincipal element lists."""

from typing import Any

import pytest

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.principals import (
    PrincipalNaming,
    RequestPrincipal,
    compile_principals,
    request_principal,
)

ACCOUNT, OTHER = "123456789012", "999988887777"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/R"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
USER = f"arn:aws:iam::{ACCOUNT}:user/jane"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
CANONICAL = "0123456789abcdef" * 4
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/P"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (ROLE, RequestPrincipal("AWS", ROLE, ACCOUNT, "aws", "R")),
        (SESSION, RequestPrincipal("AWS", SESSION, ACCOUNT, "aws", "R", is_session=True)),
        (USER, RequestPrincipal("AWS", USER, ACCOUNT, "aws")),
        (FEDERATED, RequestPrincipal("AWS", FEDERATED, ACCOUNT, "aws", is_session=True)),
        (ROOT, RequestPrincipal("AWS", ROOT, ACCOUNT, "aws")),
        (LINKED, RequestPrincipal("AWS", LINKED, ACCOUNT, "aws", "AWSServiceRoleForAmazonSSM", service_linked=True)),
        (SAML, RequestPrincipal("Federated", SAML)),
        (OIDC, RequestPrincipal("Federated", OIDC)),
        ("ssm.amazonaws.com", RequestPrincipal("Service", "ssm.amazonaws.com")),
        ("SSM.amazonaws.com.cn", RequestPrincipal("Service", "SSM.amazonaws.com.cn")),
        ("x.aws.internal", RequestPrincipal("Service", "x.aws.internal")),
        ("x.amazon.com", RequestPrincipal("Service", "x.amazon.com")),
        (CANONICAL, RequestPrincipal("CanonicalUser", CANONICAL)),
    ],
)
def test_a_request_s_principal(name: str, expected: RequestPrincipal) -> None:
    found = request_principal(name, "s3:getobject")
    assert found == expected
    assert found.of_account is (expected.kind == "AWS")
    assert (found.account, found.partition) == ((ACCOUNT, "aws") if found.of_account else ("", ""))


def test_the_session_of_a_service_linked_role_is_service_linked() -> None:
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForAmazonSSM/s"
    assert request_principal(session, "ssm:x").service_linked
    assert not request_principal(SESSION, "ssm:x").service_linked
    assert not request_principal(f"arn:aws:iam::{ACCOUNT}:role/AWSServiceRoleForFake", "ssm:x").service_linked
    assert not request_principal(f"arn:aws:iam::{ACCOUNT}:user/aws-service-role/x", "ssm:x").service_linked
    assert not request_principal(f"arn:aws:iam::{ACCOUNT}:role/app/aws-service-role/x", "ssm:x").service_linked


@pytest.mark.parametrize("action", ["sts:assumerolewithwebidentity", "sts:assumerolewithsaml"])
def test_a_host_name_signs_in_as_an_identity_provider(action: str) -> None:
    host = "cognito-identity.amazonaws.com"
    assert request_principal(host, action).kind == "Federated"
    assert request_principal("accounts.google.com", action).kind == "Federated"
    assert request_principal(host, "sts:assumerole").kind == "Service"
    with pytest.raises(PolicyError):
        request_principal("accounts.google.com", "sts:assumerole")
    with pytest.raises(PolicyError):
        request_principal("nobody", action)


@pytest.mark.parametrize(
    "name",
    ["", "nobody", "arn:aws:iam", f"arn:aws:s3::{ACCOUNT}:role/R", "arn:aws:iam::1:role/R", CANONICAL[1:], "*"],
)
def test_what_is_no_principal(name: str) -> None:
    with pytest.raises(PolicyError, match=r"not an? "):
        request_principal(name, "s3:getobject")


def naming(element: Any, name: str) -> PrincipalNaming | None:
    return compile_principals(element).naming(request_principal(name, "s3:getobject"))


@pytest.mark.parametrize(
    ("element", "name", "expected"),
    [
        ("*", USER, PrincipalNaming.EVERYBODY),
        ("*", "ssm.amazonaws.com", PrincipalNaming.EVERYBODY),
        ({"AWS": "*"}, USER, PrincipalNaming.EVERYBODY),
        ({"AWS": ["*", USER]}, USER, PrincipalNaming.EVERYBODY),
        ({"Service": "*"}, "ssm.amazonaws.com", None),
        ({"AWS": USER}, USER, PrincipalNaming.DIRECT),
        ({"AWS": [ROLE, USER]}, USER, PrincipalNaming.DIRECT),
        ({"AWS": USER}, f"{USER}2", None),
        ({"AWS": f"{USER[:-4]}*"}, USER, None),
        ({"AWS": ROLE}, ROLE, PrincipalNaming.ROLE),
        ({"AWS": ROLE}, SESSION, PrincipalNaming.ROLE),
        ({"AWS": SESSION}, SESSION, PrincipalNaming.DIRECT),
        ({"AWS": SESSION}, ROLE, None),
        ({"AWS": [ROLE, SESSION]}, SESSION, PrincipalNaming.DIRECT),
        ({"AWS": ROLE.replace("aws:", "aws-cn:", 1)}, SESSION, None),
        ({"AWS": ROLE.replace(ACCOUNT, OTHER)}, SESSION, None),
        ({"AWS": ROLE.replace("/R", "/Q")}, SESSION, None),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/R"}, SESSION, None),
        ({"AWS": ACCOUNT}, USER, PrincipalNaming.ACCOUNT),
        ({"AWS": ROOT}, SESSION, PrincipalNaming.ACCOUNT),
        ({"AWS": ROOT.replace("aws:", "aws-cn:", 1)}, USER, PrincipalNaming.ACCOUNT),
        ({"AWS": ROOT}, ROOT, PrincipalNaming.DIRECT),
        ({"AWS": [ACCOUNT, USER]}, USER, PrincipalNaming.DIRECT),
        ({"AWS": OTHER}, USER, None),
        ({"AWS": ROOT}, "ssm.amazonaws.com", None),
        ({"Service": "ssm.amazonaws.com"}, "ssm.amazonaws.com", PrincipalNaming.DIRECT),
        ({"Service": ["x.amazonaws.com", "ssm.amazonaws.com"]}, "ssm.amazonaws.com", PrincipalNaming.DIRECT),
        ({"AWS": "ssm.amazonaws.com"}, "ssm.amazonaws.com", None),
        ({"Federated": SAML}, SAML, PrincipalNaming.DIRECT),
        ({"AWS": SAML}, SAML, None),
        ({"CanonicalUser": CANONICAL}, CANONICAL, PrincipalNaming.DIRECT),
        ({"AWS": FEDERATED}, FEDERATED, PrincipalNaming.DIRECT),
        ({"AWS": "arn:aws:iam"}, SESSION, None),
        ({"AWS": ROLE}, f"arn:aws:iam::{ACCOUNT}:role/R", None),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:role/R"}, SESSION, None),
        ({"AWS": "x", "Service": "x", "Federated": "x", "CanonicalUser": "x"}, USER, None),
        ({}, USER, None),
    ],
)
def test_how_an_element_names_a_principal(element: Any, name: str, expected: PrincipalNaming | None) -> None:
    assert naming(element, name) is expected


@pytest.mark.parametrize(
    "element", [None, "nobody", ["*"], 5, {"Nobody": "x"}, {"AWS": {}}, {"AWS": [5]}, {"AWS": None}]
)
def test_what_is_no_principal_element(element: Any) -> None:
    with pytest.raises(PolicyError, match="not a principal"):
        compile_principals(element)


def test_beside_an_excepted_name_its_account_excepts_nobody_else() -> None:
    alone = compile_principals({"AWS": [ROOT, OTHER]}).excepting()
    assert alone.accounts == {ACCOUNT, OTHER}
    with_user = compile_principals({"AWS": [USER, ROOT, OTHER], "Service": "ssm.amazonaws.com"}).excepting()
    assert with_user.accounts == {OTHER}
    assert with_user.names["AWS"] == {USER, ROOT, OTHER}
    assert compile_principals({"AWS": [SESSION, ACCOUNT]}).excepting().accounts == frozenset()
    assert compile_principals({"AWS": ["a:b", ACCOUNT]}).excepting().accounts == {ACCOUNT}
