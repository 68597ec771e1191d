"""Appending to a policy document, in every shape; equality as IAM reads; difference; size."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sm_ssh_widget.policy.conditions import compile_conditions
from sm_ssh_widget.policy.document import PolicyError, parse
from sm_ssh_widget.policy.merge import append, difference, document_equal, size, statement_equal, without, write

SAGEMAKER = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
SSM = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
OWNER = {
    "Effect": "Deny",
    "Action": "ssm:StartSession",
    "Resource": "*",
    "Condition": {"StringNotEquals": {"ssm:resourceTag/SSHOwner": "${aws:userid}"}},
}


def document(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", **elements, "Statement": list(statements)})


def test_no_document_becomes_a_new_one_without_sids() -> None:
    merged = append(None, [{"Sid": "Ours", **SSM}])
    assert parse(merged.after) == {"Version": "2012-10-17", "Statement": [SSM]}
    assert (merged.before, merged.kept, merged.added) == (None, (), (SSM,))


def test_one_statement_as_an_object_becomes_a_list_of_two() -> None:
    merged = append(json.dumps({"Version": "2012-10-17", "Statement": SAGEMAKER}), [SSM])
    assert parse(merged.after)["Statement"] == [SAGEMAKER, SSM]


@pytest.mark.parametrize("missing", [{}, {"Statement": []}, {"Id": "é"}, {"Version": "2008-10-17", "Statement": []}])
@pytest.mark.parametrize("indent", [None, 0, 3])
def test_a_document_without_statements_gets_ours(missing: dict[str, Any], indent: int | None) -> None:
    merged = append(json.dumps(missing, indent=indent), [SSM])
    assert parse(merged.after) == {**missing, "Statement": [SSM]}


def test_nothing_to_add_leaves_the_text_alone() -> None:
    text = ' {"Statement":\n[' + json.dumps({**SSM, "Sid": "Theirs", "Action": ["STS:assumerole"]}) + "]\t} "
    merged = append(text, [SSM])
    assert (merged.after, merged.added) == (text, ())


def test_a_statement_that_is_wanted_twice_is_added_once() -> None:
    assert append(document(SAGEMAKER), [SSM, {**SSM, "Sid": "Again"}]).added == (SSM,)


def test_the_rest_of_the_text_is_kept_byte_for_byte() -> None:
    before = (
        '{ "Statement": [ {"Effect":"Allow","Max":1.50e+2,"Name":"\\u00e9é","Action":"x:Y"} ],"Version":"2008-10-17" }'
    )
    after = append(before, [SSM]).after
    assert after.startswith(before[: before.index(" ],")])
    assert after.endswith(before[before.index(" ],") :])


def test_the_layout_around_is_taken_over() -> None:
    before = json.dumps({"Version": "2012-10-17", "Statement": [SAGEMAKER]}, indent=4)
    expected = json.dumps({"Version": "2012-10-17", "Statement": [SAGEMAKER, SSM]}, indent=4)
    assert append(before, [SSM]).after == expected


def test_characters_beyond_ascii_are_written_as_they_are() -> None:
    after = append(None, [{**SSM, "Note": "é\U0001f511"}]).after
    assert '"é\U0001f511"' in after
    assert parse(after)["Statement"][0]["Note"] == "é\U0001f511"


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (["A"], "Ours", "Ours"),
        (["A", "Ours"], "Ours", "Ours2"),
        (["Ours", "Ours2"], "Ours", "Ours3"),
        (["A"], "our own-Sid", "ourownSid"),
        (["A"], None, "SageMakerSSHHelper"),
        (["A", None], "Ours", None),
        (["A", ""], "Ours", None),
        ([None], "Ours", None),
    ],
)
def test_ours_has_a_sid_where_every_other_has_one(
    theirs: list[str | None], ours: str | None, expected: str | None
) -> None:
    before = document(*({**SAGEMAKER, **({} if sid is None else {"Sid": sid})} for sid in theirs))
    wanted = {**SSM, **({"Sid": ours} if ours else {})}
    assert append(before, [wanted]).added[0].get("Sid") == expected
    assert "Sid" not in append(before, [wanted], sids=False).added[0]


def test_several_of_ours_have_sids_of_their_own() -> None:
    added = append(document({**SAGEMAKER, "Sid": "A"}), [SSM, OWNER]).added
    assert [s["Sid"] for s in added] == ["SageMakerSSHHelper", "SageMakerSSHHelper2"]


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_a_variable_is_not_added_where_it_would_be_literal_text(version: str | None) -> None:
    before = json.dumps({"Statement": [SAGEMAKER], **({"Version": version} if version else {})})
    with pytest.raises(PolicyError, match=r"\$\{aws:userid\} would be literal text"):
        append(before, [OWNER])


BROKEN = {
    "empty": "",
    "null": "null",
    "a list": "[]",
    "cut short": "{",
    "Statement is text": '{"Statement": "x"}',
    "a statement is a number": '{"Statement": [1]}',
    "Statement is null": '{"Statement": null}',
    "an element twice": '{"a":1,"a":2}',
    "not a number": '{"a":NaN}',
    "a number without end": '{"a":' + "1" * 5000 + "}",
    "deep": '{"Statement":[{"a":' + "[" * 70 + "]" * 70 + "}]}",
    "abysmal": '{"Statement":[{"a":' + "[" * 9000 + "]" * 9000 + "}]}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_is_no_policy_document_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        append(text, [SSM])
    with pytest.raises(PolicyError):
        difference(text, None)


BASE = {
    "Effect": "Allow",
    "Principal": {"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/R"], "Service": "a.b"},
    "Action": ["s3:GetObject", "s3:PutObject"],
    "Resource": "arn:aws:s3:::b/*",
    "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:x": ["a", "b"]}},
}


@pytest.mark.parametrize(
    "change",
    [
        {"Action": ["S3:putobject", "s3:getObject", "s3:GetObject"]},
        {"Resource": ["arn:aws:s3:::b/*"]},
        {"Principal": {"AWS": ["arn:aws:iam::123456789012:role/R", "123456789012"], "Service": ["a.b"]}},
        {"Condition": {"StringEquals": {"AWS:x": ["b", "a"]}, "Bool": {"aws:SecureTransport": [True]}}},
    ],
)
def test_equal_statements(change: dict[str, Any]) -> None:
    assert statement_equal(BASE, {**BASE, **change})
    assert document_equal({"Statement": [BASE]}, {"Statement": {**BASE, **change}})


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Sid": "A"},
        {"Action": "s3:GetObject"},
        {"Resource": "arn:aws:s3:::B/*"},
        {"Principal": "*"},
        {"Principal": {"AWS": "123456789012", "Service": "a.b"}},
        {
            "Principal": {
                "Service": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/R"],
                "AWS": "a.b",
            }
        },
        {"Condition": {}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:x": ["a", "b"]}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:x": ["a", "b"]}}},
        {"Extra": None},
    ],
)
def test_different_statements(change: dict[str, Any]) -> None:
    assert not statement_equal(BASE, {**BASE, **change})


@pytest.mark.parametrize(
    ("a", "b"), [("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")]
)
def test_an_element_and_its_negation_are_different(a: str, b: str) -> None:
    assert not statement_equal(BASE, {(b if name == a else name): value for name, value in BASE.items()})


def test_truth_and_one_are_different_where_they_are_no_values() -> None:
    assert not statement_equal({"Extra": True}, {"Extra": 1})


def test_the_sid_can_be_ignored() -> None:
    assert statement_equal({**SSM, "Sid": "A"}, SSM, ignore_sid=True)
    assert statement_equal({**SSM, "Sid": ""}, SSM)


def test_documents_are_equal_in_any_order_of_their_statements() -> None:
    one = {"Version": "2012-10-17", "Statement": [SSM, SAGEMAKER]}
    assert document_equal(one, {"Statement": [SAGEMAKER, SSM], "Version": "2012-10-17"})
    assert not document_equal(one, {**one, "Version": "2008-10-17"})
    assert not document_equal(one, {**one, "Id": "x"})
    assert not document_equal(one, {**one, "Statement": [SSM, SAGEMAKER, SSM]})
    assert document_equal({"Statement": SSM}, {"Version": "2008-10-17", "Statement": [SSM]})


def test_difference() -> None:
    changed = {**SSM, "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}
    found = difference(
        document(SAGEMAKER, SSM, SSM), document(changed, {**SAGEMAKER, "Action": ["sts:AssumeRole"]}, SSM)
    )
    assert found.added == (changed,)
    assert found.removed == (SSM,)
    assert found.kept == ({**SAGEMAKER, "Action": ["sts:AssumeRole"]}, SSM)
    assert difference(None, document(SSM)).added == (SSM,)
    assert difference(document(SSM), None).removed == (SSM,)
    assert difference(None, None) == difference(document(), document())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ "a" :\r\n\t"b c" }', len('{"a":"b c"}')),
        ('{"a \\" b": " \\\\" , "c":1 }', len('{"a \\" b":" \\\\","c":1}')),
        (json.dumps({"Statement": [SSM]}, indent=8), len(json.dumps({"Statement": [SSM]}, separators=(",", ":")))),
        ('{"a":"\\u00e9é"}', 15),
    ],
)
def test_size_leaves_out_white_space_between_tokens_only(text: str, expected: int) -> None:
    assert size(text) == expected


def test_write_is_indented_and_keeps_characters() -> None:
    assert write({"Id": "é"}) == '{\n    "Id": "é"\n}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"Statement":{"a":1}}', '{"Statement":[{"a":1},NEW]}'),
        ('{\n  "Statement": {"a":1}\n}', '{\n  "Statement": [{"a":1}, NEW2]\n}'),
        ('{"Statement":[{"a":1}]}', '{"Statement":[{"a":1},NEW]}'),
        ('{"Statement":[ {"a":1} ]}', '{"Statement":[ {"a":1}, NEW ]}'),
        ('{\n  "Statement": [{"a":1}]\n}', '{\n  "Statement": [{"a":1}, NEW2]\n}'),
        ('{"Statement":[]}', '{"Statement":[NEW]}'),
        ('{"Statement":[ ]}', '{"Statement":[NEW]}'),
        ('{\n  "Statement": []\n}', '{\n  "Statement": [\n    NEW4\n  ]\n}'),
        ("{}", '{"Statement":[NEW]}'),
        ('{"Id":"x"}', '{"Id":"x","Statement":[NEW]}'),
        ('{\n  "Id": "x"\n}', '{\n  "Id": "x",\n  "Statement":[\n    NEW4\n  ]\n}'),
    ],
)
def test_a_statement_is_laid_out_as_the_text_around_it(before: str, after: str) -> None:
    new = {"Effect": "Deny", "Action": ["x:Y"]}
    flat = json.dumps(new, separators=(",", ":"))
    tall = json.dumps(new, indent=2)
    expected = after.replace("NEW2", tall.replace("\n", "\n  "))
    expected = expected.replace("NEW4", tall.replace("\n", "\n    ")).replace("NEW", flat)
    merged = append(before, [new]).after
    assert merged == expected
    json.loads(merged)


@pytest.mark.parametrize("before", ['{"Statement":[]}', '{"Statement":[{"a":1}]}', '{"Statement":{"a":1}}', "{}"])
def test_several_statements_are_set_in_between_commas(before: str) -> None:
    assert parse(append(before, [SSM, SAGEMAKER]).after)["Statement"][-2:] == [SSM, SAGEMAKER]


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ({"Condition": {}}, {}, True),
        ({"Condition": {"Bool": {}}}, {}, False),
        ({"Extra": {}}, {}, False),
        ({"Sid": ""}, {}, True),
        ({"Extra": {"a": 1, "b": 2}}, {"Extra": {"b": 2, "a": 1}}, True),
        ({"Resource": [{"a": 1, "b": 2}]}, {"Resource": [{"b": 2, "a": 1}]}, True),
        ({"Resource": [{"a": 1}]}, {"Resource": ['{"a": 1}']}, False),
        ({"Resource": [None]}, {"Resource": ["null"]}, False),
        ({"Resource": [True, 5, 1.5]}, {"Resource": ["true", "5", "1.5"]}, True),
        ({"Action": ["S3:x", None]}, {"Action": ["s3:X", None]}, True),
        ({"Action": [True]}, {"Action": ["true"]}, True),
        ({"NotAction": ["S3:x"]}, {"NotAction": "s3:X"}, True),
        ({"NotResource": ["x"]}, {"NotResource": "x"}, True),
        ({"NotPrincipal": {"AWS": "1" * 12}}, {"NotPrincipal": {"AWS": [f"arn:aws:iam::{'1' * 12}:root"]}}, True),
        ({"Principal": {"AWS": "1" * 12}}, {"Principal": {"AWS": f"arn:aws-us-gov:iam::{'1' * 12}:root"}}, True),
        ({"Principal": {"Service": "1" * 12}}, {"Principal": {"Service": f"arn:aws:iam::{'1' * 12}:root"}}, False),
        ({"Principal": {"AWS": "x"}}, {"Principal": {"Service": "x"}}, False),
        ({"Principal": {"AWS": ["x", True]}}, {"Principal": {"AWS": ["true", "x"]}}, True),
        ({"Principal": "*"}, {"Principal": "x"}, False),
        ({"Principal": "*"}, {"Principal": ["*"]}, True),
        ({"Condition": "x"}, {"Condition": "y"}, False),
        ({"Condition": "x"}, {"Condition": "x"}, True),
        ({"Condition": {"Bool": "x"}}, {"Condition": {"Bool": "y"}}, False),
        ({"Condition": {"Bool": "x"}}, {"Condition": {"bool": "x"}}, True),
        ({"Condition": {"Bool": {"a:b": "x"}}}, {"Condition": {"BOOL": {"A:B": ["x"]}}}, True),
        ({"Condition": {"Bool": {"a:b": "x"}}}, {"Condition": {"Bool": {"a:c": "x"}}}, False),
        ({"Condition": {"Bool": {"a:b": "x"}}}, {"Condition": {"Bool": {"a:b": "X"}}}, False),
    ],
)
def test_statements_that_iam_reads_alike(a: dict[str, Any], b: dict[str, Any], equal: bool) -> None:
    assert statement_equal(a, b) is equal
    assert statement_equal(b, a) is equal
    assert (append(json.dumps({"Version": "2012-10-17", "Statement": [a]}), [b]).added == ()) is equal


def test_the_evaluator_reads_operators_without_regard_to_case_too() -> None:
    for operator in ("StringEquals", "stringEQUALS"):
        (condition,) = compile_conditions({operator: {"a:b": "x"}}, "2012-10-17", False)
        assert condition.holds({"a:b": "x"})


def test_documents_and_differences_count_names_and_repetitions() -> None:
    named = {**SSM, "Sid": "A"}
    assert not document_equal({"Statement": [SSM]}, {"Statement": [named]})
    renamed = difference(document(SSM), document(named))
    assert (renamed.added, renamed.removed, renamed.kept) == ((named,), (SSM,), ())
    fewer = difference(document(SSM, SSM, SSM), document(SSM, SSM))
    assert (fewer.added, fewer.removed, fewer.kept) == ((), (SSM,), (SSM, SSM))
    same = difference(document(SSM, SSM), document(SSM, SSM))
    assert (same.added, same.removed) == ((), ())
    assert document_equal({"Statement": [SSM], "Id": {"a": 1, "b": 2}}, {"Id": {"b": 2, "a": 1}, "Statement": [SSM]})
    assert not document_equal({"Statement": [SSM, SSM]}, {"Statement": [SSM]})


class TestWithout:
    """Removing one statement: all the rest of the text stays, byte for byte."""

    TEXT = '{"Version": "2012-10-17",\n "Statement": [ {"Sid":"A"} ,\n  {"Sid": "B"},{"Sid":"C"}\n ], "Id": "x"}'

    @pytest.mark.parametrize(
        ("index", "left"),
        [
            (0, '[ {"Sid": "B"},{"Sid":"C"}\n ]'),
            (1, '[ {"Sid":"A"} ,\n  {"Sid":"C"}\n ]'),
            (2, '[ {"Sid":"A"} ,\n  {"Sid": "B"}\n ]'),
        ],
    )
    def test_of_several(self, index: int, left: str) -> None:
        assert without(self.TEXT, index) == f'{{"Version": "2012-10-17",\n "Statement": {left}, "Id": "x"}}'

    @pytest.mark.parametrize("index", [-1, 3])
    def test_there_is_no_such_statement(self, index: int) -> None:
        with pytest.raises(PolicyError):
            without(self.TEXT, index)

    @pytest.mark.parametrize("statements", ['{"Sid": "A"}', '[{"Sid": "A"}]', "[]"])
    def test_the_last_statement_is_never_removed(self, statements: str) -> None:
        with pytest.raises(PolicyError):
            without(f'{{"Statement": {statements}}}', 0)
