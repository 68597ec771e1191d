"""What a decision names: the layer, the policy, the statement; and the traps of layers that do not limit each other."""

from typing import Any

import pytest

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.evaluate import Decision, Layer, Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.policy.readings import Reading
from sm_ssh_widget.policy.request import KeyUse

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


LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
NOTHING = policy("p", NO_S3)
EVERYBODY_DENIED = policy("p", {**DENY, "Principal": "*"})


@pytest.mark.parametrize("scps", [((policy("p", DENY),),), ((NOTHING,),), ((),)])
def test_an_scp_concerns_no_service_linked_role_and_no_service(scps: Any) -> None:
    assert decide(LINKED, identity=IDENTITY, scps=scps).outcome is Outcome.ALLOWED
    assert decide(SSM, resource=to({"Service": SSM}), scps=scps).outcome is Outcome.ALLOWED
    assert decide(identity=IDENTITY, scps=scps).layer is Layer.SCP


def test_an_rcp_concerns_a_service_and_no_service_linked_role() -> None:
    rcps = ((EVERYBODY_DENIED,),)
    assert decide(LINKED, identity=IDENTITY, rcps=rcps).outcome is Outcome.ALLOWED
    assert decide(SSM, resource=to({"Service": SSM}), rcps=rcps) == Decision(
        Outcome.EXPLICIT_DENY, Layer.RCP, "p", "No"
    )
    assert decide(SSM, resource=to({"Service": SSM}), rcps=((policy("p", {**DENY, "Action": "ec2:*"}),),)).outcome is (
        Outcome.ALLOWED
    )


@pytest.mark.parametrize(
    ("element", "principal", "boundary", "session"),
    [
        ({"AWS": SESSION}, SESSION, Outcome.ALLOWED, Outcome.ALLOWED),
        ("*", SESSION, Outcome.ALLOWED, Outcome.IMPLICIT_DENY),
        ({"AWS": ROLE}, SESSION, Outcome.IMPLICIT_DENY, Outcome.IMPLICIT_DENY),
        ({"AWS": ACCOUNT}, SESSION, Outcome.IMPLICIT_DENY, Outcome.IMPLICIT_DENY),
    ],
)
def test_which_limits_a_grant_of_the_resource_is_beyond(
    element: Any, principal: str, boundary: Outcome, session: Outcome
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    grant = {"identity": IDENTITY, "resource": to(element)}
    assert decide(principal, **grant).outcome is Outcome.ALLOWED
    assert decide(principal, **grant, boundaries=(NOTHING,)).outcome is boundary
    assert decide(principal, **grant, session=(NOTHING,)).outcome is session
    assert decide(principal, **grant, session=(policy("p", ALL),)).outcome is Outcome.ALLOWED
    assert decide(principal, **grant, boundaries=(policy("p", ALL),)).outcome is Outcome.ALLOWED


def test_the_limit_that_lacks_an_allow_is_named() -> None:
    limited = {"resource": to({"AWS": ROLE}), "session": (NOTHING,)}
    assert decide(SESSION, **limited) == Decision(Outcome.IMPLICIT_DENY, Layer.SESSION)
    assert decide(SESSION, **limited, boundaries=(NOTHING,)) == Decision(Outcome.IMPLICIT_DENY, Layer.BOUNDARY)


def test_a_way_of_naming_that_nothing_limits_is_enough() -> None:
    both = policy(
        "bucket",
        {**ALL, "Sid": "Role", "Principal": {"AWS": ROLE}},
        {**ALL, "Sid": "Session", "Principal": {"AWS": SESSION}},
    )
    decision = decide(SESSION, resource=both, boundaries=(NOTHING,))
    assert decision == Decision(Outcome.ALLOWED, Layer.RESOURCE, "bucket", "Session")


def test_the_first_statement_that_grants_is_named() -> None:
    statements = [{**ALL, "Sid": name, "Principal": "*"} for name in ("First", "Second")]
    other = {**ALL, "Sid": "Other", "Action": "ec2:*", "Principal": "*"}
    assert decide(resource=policy("bucket", other, *statements)).statement == "First"
    assert decide(identity=(policy("own", *[{**ALL, "Sid": name} for name in "AB"]),)).statement == "A"


def test_a_statement_with_a_principal_grants_nothing_in_an_identity_policy() -> None:
    assert decide(identity=(policy("own", {**ALL, "Principal": "*"}),)).outcome is Outcome.IMPLICIT_DENY
    assert decide(resource=policy("bucket", ALL)).outcome is Outcome.IMPLICIT_DENY


TRUST_ACTIONS = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
)


@pytest.mark.parametrize("action", TRUST_ACTIONS)
def test_these_need_the_trust_policy_in_the_same_account_too(action: str) -> None:
    assert decide(action=action, on=ROLE, identity=IDENTITY) == Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)
    trust = policy("trust", {"Effect": "Allow", "Action": action, "Principal": {"AWS": ACCOUNT}})
    assert decide(action=action, on=ROLE, identity=IDENTITY, resource=trust).outcome is Outcome.ALLOWED
    assert decide(action=action, on=ROLE, resource=trust) == Decision(Outcome.IMPLICIT_DENY, Layer.IDENTITY)


@pytest.mark.parametrize(
    ("action", "resource", "outcome"),
    [
        ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k", Outcome.IMPLICIT_DENY),
        ("kms:CreateAlias", f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/k", Outcome.ALLOWED),
        ("kms:ListKeys", "*", Outcome.ALLOWED),
        ("iot:Describe", f"arn:aws:iot:eu-west-1:{ACCOUNT}:key/k", Outcome.ALLOWED),
        ("sts:GetSessionToken", "*", Outcome.ALLOWED),
    ],
)
def test_a_kms_key_needs_its_key_policy(action: str, resource: str, outcome: Outcome) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"""
    assert decide(action=action, on=resource, identity=IDENTITY).outcome is outcome


def other_account(**kept: Any) -> Any:
    return evaluate(Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", "999988887777"), Policies(**kept))


def test_across_accounts_both_must_allow() -> None:
    grant = to({"AWS": ROLE})
    assert other_account(identity=IDENTITY) == Decision(Outcome.IMPLICIT_DENY, Layer.RESOURCE)
    assert other_account(resource=grant) == Decision(Outcome.IMPLICIT_DENY, Layer.IDENTITY)
    assert other_account(identity=IDENTITY, resource=grant) == Decision(Outcome.ALLOWED, Layer.IDENTITY, "own", "All")
    limited = other_account(identity=IDENTITY, resource=grant, boundaries=(NOTHING,))
    assert limited == Decision(Outcome.IMPLICIT_DENY, Layer.BOUNDARY)


def test_no_session_policy_limits_nothing() -> None:
    assert decide(identity=IDENTITY, session=None, boundaries=(policy("p", ALL),)).outcome is Outcome.ALLOWED
    assert decide(identity=IDENTITY, session=(policy("p", ALL),), boundaries=None).outcome is Outcome.ALLOWED


@pytest.mark.parametrize("action", ["", ":", "s3:", ":GetObject", "GetObject"])
def test_what_is_no_action(action: str) -> None:
    with pytest.raises(PolicyError, match="not an action"):
        decide(action=action)


def test_the_keys_of_the_context_are_read_without_regard_to_case() -> None:
    mine = policy("own", {**ALL, "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "ml"}}})
    for context, outcome in (({"AWS:principaltag/TEAM": "ml"}, Outcome.ALLOWED), ({}, Outcome.IMPLICIT_DENY)):
        request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT, context)
        assert evaluate(request, Policies((mine,))).outcome is outcome


NODE = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:managed-instance/mi-0a"
STAR = {**ALL, "Resource": "arn:aws:ssm:*:managed-instance/*"}
IF_EXISTS = {**ALL, "Condition": {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}}}


def test_a_decision_names_the_sentences_of_aws_that_leave_room() -> None:
    allowed = decide(action="ssm:StartSession", on=NODE, identity=(policy("own", STAR),))
    assert (allowed.outcome, allowed.readings) == (Outcome.ALLOWED, (Reading.SEGMENT_WILDCARD,))
    denied = decide(action="ssm:StartSession", on=NODE, identity=(*IDENTITY, policy("p", {**STAR, "Effect": "Deny"})))
    assert (denied.outcome, denied.readings) == (Outcome.EXPLICIT_DENY, (Reading.SEGMENT_WILDCARD,))
    absent = decide(identity=(policy("own", IF_EXISTS),))
    assert (absent.outcome, absent.readings) == (Outcome.ALLOWED, (Reading.FOR_ANY_VALUE_IF_EXISTS,))
    assert decide(identity=IDENTITY).readings == ()


@pytest.mark.parametrize("open_context", [True, frozenset(), frozenset({"aws:x"})])
def test_with_unknown_keys_an_allow_by_such_a_sentence_depends(open_context: Any) -> None:
    request = Request(ROLE, "ssm:StartSession", NODE, ACCOUNT, {}, open_context)
    decision = evaluate(request, Policies((policy("own", STAR),)))
    assert decision == Decision(
        Outcome.DEPENDS,
        outcomes=(Outcome.ALLOWED, Outcome.IMPLICIT_DENY),
        readings=(Reading.SEGMENT_WILDCARD,),
    )
    denied = evaluate(request, Policies((*IDENTITY, policy("p", {**STAR, "Effect": "Deny"}))))
    assert denied.outcome is Outcome.EXPLICIT_DENY


def test_only_statements_about_the_principal_ask_for_keys() -> None:
    condition = {"StringEquals": {"aws:SourceVpc": "v"}}
    bucket = policy(
        "bucket",
        {**DENY, "Sid": "Other", "Principal": {"AWS": f"{ROLE}2"}, "Condition": condition},
        {**DENY, "Sid": "Mine", "Principal": {"AWS": ROLE}, "Condition": condition},
    )
    own = policy("own", {**ALL, "Condition": {"StringEquals": {"aws:SourceVpc": "w"}}})
    scp = policy("scp", {**DENY, "Sid": "Org", "Condition": condition}, ALL)
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT, {}, True)
    decision = evaluate(request, Policies((own,), bucket, scps=((scp,),)))
    assert (decision.outcome, decision.keys) == (Outcome.DEPENDS, ("aws:sourcevpc",))
    assert decision.key_uses == (
        KeyUse("aws:sourcevpc", "aws:SourceVpc", Layer.SCP, "scp", "Org", True),
        KeyUse("aws:sourcevpc", "aws:SourceVpc", Layer.RESOURCE, "bucket", "Mine", True),
        KeyUse("aws:sourcevpc", "aws:SourceVpc", Layer.IDENTITY, "own", "All", False),
    )


def test_a_grant_of_the_resource_s_policy_for_another_resource_does_not_count() -> None:
    elsewhere = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}
    assert decide(resource=policy("bucket", elsewhere)).outcome is Outcome.IMPLICIT_DENY
    assert decide(resource=policy("bucket", elsewhere), on="arn:aws:s3:::other/k").outcome is Outcome.ALLOWED


@pytest.mark.parametrize(
    ("kept", "outcome", "statement"),
    [
        ({"identity": (policy("own", ALL, DENY),)}, Outcome.IMPLICIT_DENY, "No"),
        ({"identity": IDENTITY}, Outcome.ALLOWED, "All"),
        ({}, Outcome.IMPLICIT_DENY, None),
    ],
    ids=["denied", "allowed", "not-allowed"],
)
def test_only_whether_it_is_allowed(kept: dict[str, Any], outcome: Outcome, statement: str | None) -> None:
    request = Request(ROLE, "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT, open_context=True)
    found = evaluate(request, Policies(**kept), only_whether_allowed=True)
    assert (found.outcome, found.statement) == (outcome, statement)
