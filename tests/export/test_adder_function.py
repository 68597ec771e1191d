"""The function behind custom resources: one core under two heads, small, clean, and only ours to write."""

from __future__ import annotations

import pytest

from sm_ssh_widget.export import adder_function
from sm_ssh_widget.export.yaml import Commented
from sm_ssh_widget.problem import Code, Problem
from tests.support.exported_code import faults_of

CODES = {"one": adder_function.one_addition(), "all": adder_function.all_additions()}


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_the_code_is_small_and_clean(code: str) -> None:
    assert len(code) < 5500
    assert code.isascii()
    assert faults_of(code) == ""


def test_both_share_everything_that_reads_and_writes() -> None:
    core = "\n\ndef add(p, items):"
    heads = {name: code.partition(core) for name, code in CODES.items()}
    assert heads["one"][2] == heads["all"][2] != ""
    assert "def additions(p):" in heads["all"][0]
    assert "def additions(p):" not in CODES["one"]


def test_the_role_can_write_its_own_log_and_what_it_is_given() -> None:
    given = {"ManagedPolicyArns": [{"Ref": "A"}]}
    found = dict(adder_function.function_resources("code", given).items())
    assert list(found) == ["AdderFunction", "AdderLog", "AdderRole"]
    role = found["AdderRole"].value if isinstance(found["AdderRole"], Commented) else None
    assert role is not None
    assert role["Properties"]["ManagedPolicyArns"] == [{"Ref": "A"}]
    [trusting] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trusting["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert adder_function.LOGS["Resource"] == {"Fn::GetAtt": ["AdderLog", "Arn"]}
    assert "logs:CreateLogGroup" not in adder_function.LOGS["Action"]  # the stack owns the group


def test_a_template_keeps_every_text_or_is_refused() -> None:
    for kept in ("", "Fn::Sub: ${AWS::AccountId}", "{{ resolve", "resolve:ssm:/aws/image"):
        assert adder_function.literal(kept) == kept
    with pytest.raises(Problem) as refused:
        adder_function.literal('Sid: "{{resolve:ssm:name}}"')
    assert (refused.value.code, "--format cli-script" in refused.value.remedy) == (Code.INVALID, True)
