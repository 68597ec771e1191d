"""What a decision names: the layer, the policy, the statement; and the traps of layers that do not limit each other."""

from typing import Any

import pytest

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Decision, Layer, Outcome, Policies, Request, compile_policy, evaluate

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/R"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"
SSM = "ssm.amazonaws.com"
ALL = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
NO_S3 = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}
DENY = {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}


def policy(name: str, *statements: dict[str, Any]) -> Any:
    return compile_policy({"Version": "2012-10-17", "Statement": list(statements)}, name)


def to(principal: Any, effect: str = "Allow", element: str = "Principal") -> Any:
    return policy("bucket", {"Effect": effect, element: principal, "Action": "s3:*", "Resource": "*"})


def decide(principal: str = ROLE, action: str = "s3:GetObject", on: str = "arn:aws:s3:::b/k", **kept: Any) -> Any:
    return evaluate(Request(principal, action, on, ACCOUNT), Policies(**kept))


IDENTITY = (policy("own", ALL),)


def test_an_allow_names_its_statement() -> None:
    assert decide(identity=IDENTITY) == Decision(Outcome.ALLOWED, Layer.IDENTITY, "own", "All")


def test_a_statement_without_sid_is_numbered() -> None:
    found = decide(identity=(policy("own", NO_S3, {**ALL, "Sid": ""}),))
    assert (found.policy, found.statement) == ("own", "#2")


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (Layer.IDENTITY, {"identity": (*IDENTITY, policy("p", DENY))}),
        (Layer.BOUNDARY, {"boundaries": (policy("p", ALL, DENY),)}),
        (Layer.SESSION, {"session": (policy("p", ALL, DENY),)}),
        (Layer.SCP, {"scps": ((policy("full", ALL), policy("p", DENY)),)}),
        (Layer.RCP, {"rcps": ((policy("p", {**DENY, "Principal": "*"}),),)}),
        (Layer.RESOURCE, {"resource": policy("p", {**DENY, "Principal": "*"})}),
    ],
)
def test_a_deny_of_any_layer_ends_it(layer: Layer, kept: dict[str, Any]) -> None:
    assert decide(**{"identity": IDENTITY, **kept}) == Decision(Outcome.EXPLICIT_DENY, layer, "p", "No")


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (Layer.IDENTITY, {"identity": ()}),
        (Layer.BOUNDARY, {"boundaries": (policy("p", NO_S3),)}),
        (Layer.BOUNDARY, {"boundaries": (policy("p", ALL), policy("q", NO_S3))}),
        (Layer.SESSION, {"session": (policy("p", NO_S3),)}),
        (Layer.SCP, {"scps": ((policy("full", ALL),), (policy("p", NO_S3),))}),
        (Layer.SCP, {"scps": ((policy("full", ALL),), ())}),
    ],
)
def test_the_layer_that_lacks_an_allow(layer: Layer, kept: dict[str, Any]) -> None:
    assert decide(**{"identity": IDENTITY, **kept}) == Decision(Outcome.IMPLICIT_DENY, layer)


def test_a_boundary_limits_a_grant_to_the_role_and_not_to_its_session() -> None:
    limit = (policy("p", NO_S3),)
    assert decide(SESSION, boundaries=limit).layer is Layer.IDENTITY
    request = Request(SESSION, "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT)
    to_role = evaluate(request, Policies(resource=to({"AWS": ROLE}), boundaries=limit))
    to_session = evaluate(request, Policies(resource=to({"AWS": SESSION}), boundaries=limit, session=limit))
    assert to_role == Decision(Outcome.IMPLICIT_DENY, Layer.BOUNDARY)
    assert to_session.outcome is Outcome.ALLOWED


def test_not_principal_denies_whoever_has_a_boundary() -> None:
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT)
    resource = to({"AWS": ROLE}, "Deny", "NotPrincipal")
    assert evaluate(request, Policies(IDENTITY, resource)).outcome is Outcome.ALLOWED
    bounded = evaluate(request, Policies(IDENTITY, resource, boundaries=(policy("p", ALL),)))
    assert bounded.outcome is Outcome.EXPLICIT_DENY


@pytest.mark.parametrize(
    ("element", "outcome"),
    [
        ({"Service": SSM}, Outcome.ALLOWED),
        ({"Service": ["x.amazonaws.com", SSM]}, Outcome.ALLOWED),
        ({"Service": "ssm.eu-west-1.amazonaws.com"}, Outcome.IMPLICIT_DENY),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Outcome.IMPLICIT_DENY),
        ({"AWS": SSM}, Outcome.IMPLICIT_DENY),
        ({"Federated": SSM}, Outcome.IMPLICIT_DENY),
    ],
)
def test_a_service_is_trusted_by_its_name(element: Any, outcome: Outcome) -> None:
    trust = policy("trust", {"Effect": "Allow", "Principal": element, "Action": "sts:AssumeRole"})
    request = Request(SSM, "sts:AssumeRole", ROLE, ACCOUNT)
    scps = ((policy("p", DENY),),)
    assert evaluate(request, Policies(IDENTITY, trust, scps=scps)).outcome is outcome


def test_a_role_is_assumed_only_where_it_trusts() -> None:
    request = Request(ROLE, "sts:AssumeRole", ROLE, ACCOUNT)
    assert evaluate(request, Policies(IDENTITY)) == Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)


def test_the_caller_identity_needs_no_permission() -> None:
    assert decide(action="sts:GetCallerIdentity", on="*").outcome is Outcome.ALLOWED


@pytest.mark.parametrize(("principal", "action"), [("nobody", "s3:GetObject"), (ROLE, "GetObject"), (ROLE, "s3:")])
def test_what_is_no_request(principal: str, action: str) -> None:
    with pytest.raises(PolicyError):
        decide(principal, action)


@pytest.mark.parametrize(
    "statement",
    [
        {**ALL, "Effect": "allow"},
        {**ALL, "NotAction": "s3:*"},
        {"Effect": "Allow", "Resource": "*"},
        {**ALL, "Action": 5},
        {**ALL, "Principal": {"Nobody": "x"}},
        {**ALL, "Principal": {"AWS": {}}},
        {**ALL, "Principal": {"AWS": [[]]}},
        {**ALL, "Condition": []},
    ],
)
def test_what_is_no_policy(statement: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=r"own, statement (All|#1)"):
        policy("own", statement)


def test_a_statement_without_resource_opens_nothing() -> None:
    assert decide(identity=(policy("own", {"Effect": "Allow", "Action": "*"}),)).outcome is Outcome.IMPLICIT_DENY


_ALICE_AND_HER_ACCOUNT = ["arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:root"]


@pytest.mark.parametrize(
    ("principal", "outcome"),
    [
        ("arn:aws:iam::123456789012:user/alice", Outcome.ALLOWED),
        ("arn:aws:iam::123456789012:user/bob", Outcome.EXPLICIT_DENY),
        ("arn:aws:iam::123456789012:role/Any", Outcome.EXPLICIT_DENY),
    ],
)
def test_an_account_beside_an_excepted_user_excepts_nobody_else(principal: str, outcome: Outcome) -> None:
    """The example of AWS's page on NotPrincipal: "all principals except the user named Bob … are denied"."""
    bucket = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "NotPrincipal": {"AWS": _ALICE_AND_HER_ACCOUNT}, "Action": "s3:*", "Resource": "*"}
        ],
    }
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policies = Policies(identity=(compile_policy(everything),), resource=compile_policy(bucket))
    request = Request(principal, "s3:GetObject", "arn:aws:s3:::bucket/key", "123456789012")
    assert evaluate(request, policies).outcome is outcome
