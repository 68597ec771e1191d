"""The configuration, read by a real parser: documents statement by statement, names to the letter."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import hcl2
from hypothesis import example, given, settings

from sm_ssh_widget import export
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.export.quoting import hcl_value
from sm_ssh_widget.export.resource_writes import resource_writes
from sm_ssh_widget.policy.document import parse
from tests.properties import examples

from .plans import TRUST_SSM, hostile, plan
from .test_cloudformation import json_values

_ESCAPE = re.compile(r"\\(n|r|t|\"|\\|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|\$(\$\{)|%(%\{)")


def text(quoted: str) -> str:
    """The text that a quoted HCL template stands for; fails on one that interpolates.

    Source: https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    assert quoted[0] == quoted[-1] == '"', quoted
    inner = quoted[1:-1]
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", inner.replace("$${", "").replace("%%{", "")), quoted
    plain = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

    def meant(match: re.Match[str]) -> str:
        if match[2] or match[3]:
            return match[2] or match[3]
        return plain.get(match[1]) or chr(int(match[1][1:], 16))

    return _ESCAPE.sub(meant, inner)


def value(parsed: Any) -> Any:
    """A parsed HCL value as JSON."""
    if isinstance(parsed, dict):
        return {text(k) if k.startswith('"') else k: value(v) for k, v in parsed.items() if not k.startswith("__")}
    if isinstance(parsed, list):
        return [value(each) for each in parsed]
    return text(parsed) if isinstance(parsed, str) else parsed


def configuration(planned: Plan) -> dict[str, Any]:
    found: dict[str, Any] = hcl2.load(io.StringIO(export.render(planned, "terraform")))
    return found


def resources(planned: Plan) -> dict[str, dict[str, Any]]:
    """Resources by type; the document of an inline policy is still an expression."""
    blocks = configuration(planned)["resource"]
    return {text(kind): body for block in blocks for kind, named in block.items() for body in named.values()}


def document(expression: str) -> Any:
    """The value in ``${jsonencode(…)}``."""
    inner = expression.removeprefix("${jsonencode(").removesuffix(")}")
    return value(hcl2.loads(f"x = {inner}\n")["x"])


def test_documents_are_those_of_the_plan() -> None:
    found = resources(plan())
    inline = found["aws_iam_role_policy"]
    wanted = next(change for change in plan().changes if change.id == "role.sagemaker-ssm-policy")
    assert document(inline["policy"])["Statement"] == parse(wanted.after)["Statement"]
    assert (text(inline["name"]), text(inline["role"])) == ("SageMakerSSMPolicy", "ExecutionRole")


def test_attachments_and_setting_are_those_of_the_plan() -> None:
    found = resources(plan())
    assert text(found["aws_iam_role_policy_attachment"]["policy_arn"]).endswith(":policy/SageMakerSSMPolicy")
    assert text(found["aws_iam_user_policy_attachment"]["user"]) == "jane"
    assert text(found["aws_ssm_service_setting"]["setting_value"]) == "advanced"


def test_nothing_takes_exclusive_ownership() -> None:
    told = export.render(plan(), "terraform")
    assert set(resources(plan())) == {
        "aws_iam_role_policy",
        "aws_iam_role_policy_attachment",
        "aws_iam_user_policy_attachment",
        "aws_ssm_service_setting",
    }
    assert "exclusive" not in told
    assert "managed_policy_arns" not in told


def test_what_it_would_write_over_is_said() -> None:
    told = export.render(plan(), "terraform")
    native = told.index('resource "aws_iam_role_policy"')
    assert "overwrites one created since" in told[:native].rpartition("\n\n")[2]
    assert "bash apply.sh --check" in told.partition("\n\n")[0]


def test_what_it_cannot_add_is_an_output() -> None:
    outputs = {text(name): body for block in configuration(plan())["output"] for name, body in block.items()}
    trust, guard = (
        next(s for s in resource_writes(plan()) if s.changes[0].id == id) for id in ("trust.ssm", "user.owner-guard")
    )
    assert value(outputs["trust_ssm_statements_to_add"]["value"]) == list(trust.added)
    assert value(outputs["trust_ssm_statements_to_add"]["value"])[0] == TRUST_SSM
    assert value(outputs["user_owner_guard_statements_to_add"]["value"]) == list(guard.added)


def test_another_account_is_refused_by_the_provider() -> None:
    [provider] = configuration(plan())["provider"]
    assert value(provider['"aws"']["allowed_account_ids"]) == ["123456789012"]


@settings(max_examples=examples(40))
@given(role=hostile, policy=hostile, tag=hostile)
@example(role="\\file", policy="\\\\b", tag="\f\\\f\b")
def test_hostile_names_are_read_as_they_are(role: str, policy: str, tag: str) -> None:
    found = resources(plan(role=role, policy=policy, tag=tag, reason=tag))
    assert text(found["aws_iam_role_policy"]["role"]) == role
    assert text(found["aws_iam_role_policy"]["name"]) == policy
    assert document(found["aws_iam_role_policy"]["policy"])["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:x": tag}
    }


@settings(max_examples=examples(60))
@given(meant=json_values)
def test_every_value_is_read_back(meant: Any) -> None:
    assert value(hcl2.loads(f"x = {hcl_value(meant)}\n")["x"]) == meant


def test_the_json_of_the_plan_is_not_told_twice() -> None:
    assert json.dumps(plan().changes[0].before) not in export.render(plan(), "terraform")
