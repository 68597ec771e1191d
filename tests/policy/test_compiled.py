"""Compiled statements: what they are about, whom they name, which of AWS's sentences they rest on."""

from typing import Any, ClassVar

import pytest

from sm_ssh_widget.policy.compiled import CompiledPolicy, CompiledStatement, KnownRequest, compile_policy
from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.merge import statement_meaning
from sm_ssh_widget.policy.principals import PrincipalNaming, request_principal
from sm_ssh_widget.policy.readings import Reading

ACCOUNT = "123456789012"
NODE = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:managed-instance/mi-0a"
OBJECT = "arn:aws:s3:::b/k"
USER = f"arn:aws:iam::{ACCOUNT}:user/jane"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def statement(*, version: str = "2012-10-17", completes_arns: bool = True, **elements: Any) -> CompiledStatement:
    written = {"Effect": "Allow", "Action": "*", **elements}
    if not {"Resource", "NotResource", "Principal", "NotPrincipal"} & elements.keys():
        written["Resource"] = "*"
    document = {"Version": version, "Statement": written}
    return compile_policy(document, completes_arns=completes_arns).statements[0]


def applies(resource: str = OBJECT, action: str = "s3:getobject", context: Any = None, **elements: Any) -> bool:
    return statement(**elements).applies(KnownRequest(action, resource, context or {}))


def test_a_statement_is_about_its_actions() -> None:
    assert applies(Action="s3:Get*")
    assert not applies(Action=["s3:Put*", "ec2:*"])
    element = {"Effect": "Allow", "Resource": "*"}
    for listed, expected in (("s3:*", False), ("ec2:*", True)):
        compiled = compile_policy({"Statement": {**element, "NotAction": listed}}).statements[0]
        assert compiled.applies(KnownRequest("s3:getobject", OBJECT, {})) is expected


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(
    ("written", "covered"),
    [
        ("*", True),
        (OBJECT, True),
        ("arn:aws:s3", True),
        ("arn:aws:s3:::c/*", False),
        ([], False),
        (["x", OBJECT], True),
    ],
)
def test_resources_and_their_inversion(effect: str, written: Any, covered: bool) -> None:
    assert applies(Effect=effect, Resource=written) is covered
    assert applies(Effect=effect, NotResource=written) is not covered


@pytest.mark.parametrize(
    ("written", "allow", "deny"),
    [("x", False, True), (["arn:aws:ec2", "x"], False, True), ("arn:aws:ec2", True, True), (OBJECT, False, False)],
)
def test_an_allow_with_something_else_than_arns_in_not_resource_opens_nothing(
    written: Any, allow: bool, deny: bool
) -> None:
    assert applies(NotResource=written) is allow
    assert applies(Effect="Deny", NotResource=written) is deny


@pytest.mark.parametrize(
    ("context", "allow", "deny"), [({"aws:x": "k"}, False, False), ({"aws:x": "z"}, True, True), ({}, False, True)]
)
def test_a_variable_without_a_value_in_not_resource_opens_nothing(context: Any, allow: bool, deny: bool) -> None:
    assert applies(context=context, NotResource="arn:aws:s3:::b/${aws:x}") is allow
    assert applies(context=context, Effect="Deny", NotResource="arn:aws:s3:::b/${aws:x}") is deny
    assert applies(context=context, NotResource=["x", "arn:aws:s3:::b/${aws:x}"]) is False


def test_a_variable_in_a_resource() -> None:
    assert applies(context={"aws:x": "k"}, Resource="arn:aws:s3:::b/${aws:x}")
    assert not applies(context={}, Resource="arn:aws:s3:::b/${aws:x}")
    assert not applies(context={"aws:x": "*"}, Resource="arn:aws:s3:::b/${aws:x}")
    assert applies(context={"aws:x": "q"}, Resource=["arn:aws:s3:::b/${aws:x}", OBJECT])
    assert not applies(context={"aws:x": "k"}, Resource="arn:aws:s3:::b/${aws:x}", version="2008-10-17")
    assert applies(NODE, context={"aws:x": "mi-0a"}, Resource="arn:aws:ssm:*:managed-instance/${aws:x}")


def test_a_star_that_ends_a_segment_is_read_as_documented() -> None:
    assert applies(NODE, Resource="arn:aws:ssm:*:managed-instance/*")
    element = statement(Resource="arn:aws:ssm:*:managed-instance/*").resources
    assert element is not None
    assert element.covers(NODE, {}, deny=False)
    assert element.matches(NODE, {})
    assert not element.covers(NODE, {}, deny=False, crosses=False)
    assert not element.matches(NODE, {}, crosses=False)


def test_session_policies_and_policies_of_resources_complete_no_arn() -> None:
    assert applies(Resource="arn:aws:s3")
    assert not applies(Resource="arn:aws:s3", completes_arns=False)
    assert not applies(Resource="arn:aws:s3", Principal="*")
    assert applies(context={"aws:x": "s3"}, Resource="arn:aws:${aws:x}")
    assert not applies(context={"aws:x": "s3"}, Resource="arn:aws:${aws:x}", completes_arns=False)


def test_without_resource_and_principal_a_statement_opens_nothing() -> None:
    for effect, expected in (("Allow", False), ("Deny", True)):
        compiled = compile_policy({"Statement": {"Effect": effect, "Action": "*"}}).statements[0]
        assert compiled.applies(KnownRequest("s3:getobject", OBJECT, {})) is expected


def test_a_trust_policy_s_statement_is_about_every_resource() -> None:
    assert applies(Principal="*")
    assert statement(Principal="*").resources is None


def test_every_condition_must_hold() -> None:
    block = {"StringEquals": {"aws:a": "1", "aws:b": "2"}}
    assert applies(context={"aws:a": "1", "aws:b": "2"}, Condition=block)
    assert not applies(context={"aws:a": "1", "aws:b": "3"}, Condition=block)
    assert not applies(context={"aws:a": "0", "aws:b": "2"}, Condition=block)


def test_a_null_variable_satisfies_a_negation_in_a_deny_only() -> None:
    block = {"StringNotEquals": {"aws:a": "${aws:none}"}}
    assert applies(context={"aws:a": "1"}, Effect="Deny", Condition=block)
    assert not applies(context={"aws:a": "1"}, Condition=block)


def naming(bounded: bool = False, **elements: Any) -> PrincipalNaming | None:
    return statement(**elements).naming(request_principal(USER, "s3:getobject"), bounded)


def test_a_deny_without_principal_is_about_everybody_and_an_allow_about_nobody() -> None:
    assert naming(Effect="Deny") is PrincipalNaming.EVERYBODY
    assert naming() is None
    assert naming(Principal={"AWS": USER}) is PrincipalNaming.DIRECT


def test_not_principal() -> None:
    assert naming(NotPrincipal={"AWS": USER}) is None
    assert naming(NotPrincipal={"AWS": f"{USER}2"}) is PrincipalNaming.ROLE
    assert naming(Effect="Deny", NotPrincipal={"AWS": USER}) is None
    assert naming(True, Effect="Deny", NotPrincipal={"AWS": USER}) is PrincipalNaming.ROLE
    assert naming(True, NotPrincipal={"AWS": USER}) is None
    # AWS asks to list the account beside the user: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    others = {"AWS": [f"{USER}2", ACCOUNT]}
    assert naming(Effect="Deny", NotPrincipal=others) is PrincipalNaming.ROLE
    assert naming(NotPrincipal=others) is None
    assert naming(Effect="Deny", Principal=others) is PrincipalNaming.ACCOUNT
    deny = statement(Effect="Deny", NotPrincipal={"AWS": USER})
    assert deny.naming(request_principal(USER, "s3:getobject")) is None


def test_statements_by_their_effect_and_their_names() -> None:
    deny = {**ALL, "Effect": "Deny", "Sid": "No"}
    policy = compile_policy({"Statement": [ALL, deny, {**ALL, "Sid": ""}]}, "own")
    assert policy.name == "own"
    assert [each.name for each in policy.statements] == ["#1", "No", "#3"]
    assert [each.name for each in policy.allows] == ["#1", "#3"]
    assert [each.name for each in policy.denies] == ["No"]
    copy = CompiledPolicy("copy", policy.document, policy.statements[1:])
    assert [each.name for each in (*copy.allows, *copy.denies)] == ["#3", "No"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"Version": "2020-01-01", "Statement": ALL}, "policy: unknown Version '2020-01-01'"),
        ({"Statement": {**ALL, "Sid": "A", "Effect": "allow"}}, "policy, statement A: Effect is 'allow'"),
        ({"Statement": {**ALL, "NotAction": "*"}}, "statement #1: both Action and NotAction"),
        ({"Statement": {**ALL, "NotResource": "*"}}, "both Resource and NotResource"),
        ({"Statement": {**ALL, "Principal": "*", "NotPrincipal": "*"}}, "both Principal and NotPrincipal"),
        ({"Statement": {"Effect": "Allow", "Resource": "*"}}, "neither Action nor NotAction"),
        ({"Statement": {**ALL, "Action": 5}}, "Action is neither a text nor a list of texts"),
        ({"Statement": {**ALL, "Resource": ["*", None]}}, "Resource is neither a text nor a list of texts"),
        ({"Statement": {**ALL, "Principal": "x"}}, "not a principal"),
        ({"Statement": {**ALL, "Condition": []}}, "Condition is not an object"),
    ],
)
def test_a_document_that_cannot_be_judged(document: Any, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        compile_policy(document)


def readings(resource: str, context: Any, **elements: Any) -> tuple[Reading, ...]:
    compiled = statement(**elements)
    found = KnownRequest("ssm:startsession", resource, context).readings(compiled)
    assert compiled.leaves_room or not found
    return found


def test_a_statement_names_the_sentences_that_it_rests_on() -> None:
    star = "arn:aws:ssm:*:managed-instance/*"
    assert readings(NODE, {}, Resource=star) == (Reading.SEGMENT_WILDCARD,)
    assert readings(NODE, {}, Effect="Deny", NotResource=star) == (Reading.SEGMENT_WILDCARD,)
    assert readings(OBJECT, {}, Resource=star) == ()
    assert readings(NODE, {}, Resource="arn:aws:ssm:*:*:managed-instance/*") == ()
    assert readings(NODE, {}, Resource=[star, NODE]) == ()
    block = {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": "a"}}
    assert readings(NODE, {}, Condition=block) == (Reading.FOR_ANY_VALUE_IF_EXISTS,)
    assert readings(NODE, {"aws:tagkeys": ("a",)}, Condition=block) == ()
    assert readings(NODE, {}, Condition={"ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "a"}}) == ()
    assert readings(NODE, {}, Resource=star, Condition=block) == (
        Reading.SEGMENT_WILDCARD,
        Reading.FOR_ANY_VALUE_IF_EXISTS,
    )
    assert readings(NODE, {}, Principal="*") == ()
    assert not statement(Resource=NODE).leaves_room


def test_the_keys_of_a_resource_s_variables() -> None:
    element = statement(Resource=["arn:aws:s3:::b/${aws:UserId}", "arn:aws:s3:::${aws:x}/*", OBJECT]).resources
    assert element is not None
    assert element.keys == {"aws:userid", "aws:x"}
    assert len(element.templates) == 2
    assert element.written[2] == OBJECT
    assert element.spellings == {"aws:userid": "aws:UserId", "aws:x": "aws:x"}


def test_arns_are_completed_unless_told_otherwise() -> None:
    policy = compile_policy({"Statement": {**ALL, "Resource": "arn:aws:s3"}})
    assert policy.name == "policy"
    assert policy.statements[0].applies(KnownRequest("s3:getobject", OBJECT, {}))


def test_only_stars_at_the_end_of_a_segment_leave_room() -> None:
    assert statement(Resource=[NODE, "arn:aws:ssm:*:managed-instance/*"]).leaves_room
    assert not statement(Resource=[NODE, "arn:aws:ssm:e*u:1:managed-instance/*"]).leaves_room


@pytest.mark.parametrize(
    ("written", "context", "unknown", "undecided"),
    [
        ("arn:aws:s3:::b/${aws:x}", {}, {"aws:x"}, {"aws:x"}),
        ("arn:aws:s3:::b/${aws:x}", {}, {"aws:y"}, set()),
        ("arn:aws:s3:::b/${aws:x}", {}, set(), set()),
        ("arn:aws:s3:::c/${aws:x}", {}, {"aws:x"}, set()),
        ("arn:aws:s3:::${aws:y}/${aws:x}", {"aws:y": "b"}, {"aws:x"}, {"aws:x"}),
        ("arn:aws:s3:::${aws:y}/${aws:x}", {"aws:y": "c"}, {"aws:x"}, set()),
        (["*", "arn:aws:s3:::b/${aws:x}"], {}, {"aws:x"}, set()),
        (["arn:aws:s3:::c/${aws:y}", "arn:aws:s3:::b/${aws:x}"], {}, {"aws:x", "aws:y"}, {"aws:x"}),
        ("arn:aws:${aws:x}:::c/k", {}, {"aws:x"}, {"aws:x"}),
        ("arn:aws:s3:*:b/k:${aws:x}", {}, {"aws:x"}, set()),
    ],
)
def test_the_unknown_keys_that_a_resource_rests_on(
    written: Any, context: Any, unknown: set[str], undecided: set[str]
) -> None:
    element = statement(Resource=written).resources
    assert element is not None
    for deny in (False, True):
        assert element.undecided_keys(OBJECT, context, frozenset(unknown), deny) == undecided


def test_a_star_that_may_run_on_keeps_a_key_open() -> None:
    element = statement(Resource="arn:aws:a:*:d:${aws:x}").resources
    assert element is not None
    assert element.undecided_keys("arn:aws:a:b:c:d:e", {}, frozenset({"aws:x"}), deny=True) == {"aws:x"}


def test_an_allow_with_not_resource_rests_on_the_presence_of_every_key() -> None:
    element = statement(NotResource="arn:aws:s3:::c/${aws:x}").resources
    assert element is not None
    assert element.undecided_keys(OBJECT, {}, frozenset({"aws:x"}), deny=False) == {"aws:x"}
    assert element.undecided_keys(OBJECT, {}, frozenset({"aws:x"}), deny=True) == frozenset()


class TestAbout:
    DOCUMENT: ClassVar[dict[str, Any]] = {
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
            {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": OBJECT},
            {"Sid": "Rest", "Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        ]
    }

    def test_only_the_statements_that_name_the_action_are_left(self) -> None:
        policy = compile_policy(self.DOCUMENT)
        for action, names in (("s3:getobject", ["Read", "No"]), ("s3:put", ["No"]), ("ec2:x", ["Rest"])):
            narrowed = policy.about(action)
            assert [each.name for each in narrowed.statements] == names
            assert [each.name for each in narrowed.denies] == [name for name in names if name == "No"]
            assert policy.about(action) is narrowed, "remembered"

    def test_a_policy_of_which_every_statement_names_the_action_stays_itself(self) -> None:
        policy = compile_policy({"Statement": ALL})
        assert policy.about("s3:x") is policy

    def test_it_remembers_a_limited_number_of_actions(self) -> None:
        policy = compile_policy(self.DOCUMENT)
        for number in range(256):
            policy.about(f"s3:x{number}")
        assert len(policy._by_action) == 256
        last = policy.about("s3:x256")
        assert policy._by_action == {"s3:x256": last}

    def test_of_a_service_that_no_statement_names_it_says_nothing_and_remembers_nothing(self) -> None:
        read, start = {**ALL, "Action": ["s3:Get*", "s3:Put*"]}, {**ALL, "Action": "SSM:StartSession"}
        policy = compile_policy({"Statement": [read, start]}, "own")
        for action in ("ec2:x", "s:getobject", "s3"):
            nothing = policy.about(action)
            assert (nothing.name, nothing.statements) == ("own", ())
        assert "s3" in policy._by_action
        assert "ec2:x" not in policy._by_action
        assert [each.name for each in policy.about("ssm:startsession").statements] == ["#2"]
        assert [each.name for each in policy.about("s3:getobject").statements] == ["#1"]

    @pytest.mark.parametrize("written", ["*", "s*:Get*", "?3:GetObject"])
    def test_a_wildcard_may_name_any_service(self, written: str) -> None:
        policy = compile_policy({"Statement": [{**ALL, "Action": written}, {**ALL, "Action": "ec2:Run"}]})
        assert "#1" in [each.name for each in policy.about("s3:getobject").statements]

    def test_what_it_remembers_is_no_part_of_it(self) -> None:
        used = compile_policy(self.DOCUMENT)
        fresh = CompiledPolicy(used.name, used.document, used.statements)
        used.about("s3:put")
        used.named(statement_meaning(ALL))
        assert used == fresh
        assert repr(used) == repr(fresh)
        assert not [name for name in ("_by_action", "_names", "_services") if name in repr(used)]

    def test_a_statement_is_named_by_its_meaning(self) -> None:
        policy = compile_policy({"Statement": [ALL, {**ALL, "Sid": "Second"}, {**ALL, "Effect": "Deny"}]})
        assert policy.named(statement_meaning({**ALL, "Action": ["*"], "Sid": "Other"})) == "#1"
        assert policy.named(statement_meaning({**ALL, "Effect": "Deny"})) == "#3"
        assert policy.named(statement_meaning({**ALL, "Action": "s3:*"})) is None


@pytest.mark.parametrize(
    ("elements", "may_be_open"),
    [
        ({"Resource": OBJECT}, False),
        ({"Condition": {"Null": {"aws:a": "true"}}}, True),
        ({"Resource": "arn:aws:s3:::${aws:a}"}, True),
        ({"Resource": "arn:aws:ssm:*:managed-instance/x"}, True),
        ({"Principal": "*"}, False),
    ],
)
def test_a_statement_is_open_only_by_a_condition_a_variable_or_a_reading(
    elements: dict[str, Any], may_be_open: bool
) -> None:
    assert statement(**elements).may_be_open is may_be_open
