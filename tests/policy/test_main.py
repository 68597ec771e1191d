"""The command line: one answer a line, in order; a line that cannot be judged does not stop the rest."""

import json
import subprocess
import sys

CASE = {
    "id": "a",
    "principal": "arn:aws:iam::123456789012:role/R",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
    "resourceAccount": "123456789012",
    "identityPolicies": [
        {"Statement": {"Sid": "Read", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}},
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        },
    ],
}


def run(*lines: str) -> tuple[int, list[dict[str, object]]]:
    done = subprocess.run(
        [sys.executable, "-m", "sm_ssh_widget.policy", "-"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert not done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_answers_in_order_with_the_statement_that_decided() -> None:
    code, answers = run(
        json.dumps(CASE),
        json.dumps({**CASE, "id": "b", "context": {"aws:SecureTransport": "false"}}),
        json.dumps({**CASE, "id": "c", "openContext": True}),
    )
    assert code == 0
    assert answers == [
        {"id": "a", "decision": "allowed", "layer": "identity", "policy": "identityPolicies[0]", "statement": "Read"},
        {
            "id": "b",
            "decision": "explicitDeny",
            "layer": "identity",
            "policy": "identityPolicies[1]",
            "statement": "#1",
        },
        {
            "id": "c",
            "decision": "depends",
            "layer": None,
            "policy": None,
            "statement": None,
            "keys": ["aws:securetransport"],
            "outcomes": ["allowed", "explicitDeny"],
        },
    ]


def test_a_line_that_cannot_be_judged() -> None:
    bad = [
        "{",
        "[]",
        json.dumps({**CASE, "principal": "nobody"}),
        json.dumps({**CASE, "action": "GetObject"}),
        json.dumps({**CASE, "identityPolicies": [{"Statement": "x"}]}),
        json.dumps({**CASE, "identityPolicies": ["x"]}),
        json.dumps({**CASE, "context": ["x"]}),
        json.dumps({**CASE, "context": {"a": {}}}),
        json.dumps({**CASE, "openContext": "x"}),
        json.dumps({**CASE, "scps": [{}]}),
        json.dumps({**CASE, "resource": 1}),
    ]
    code, answers = run(*bad, json.dumps(CASE))
    assert code == 1
    assert all(answer.keys() == {"id", "error"} and answer["error"] for answer in answers[:-1])
    assert answers[-1]["decision"] == "allowed"


def test_each_line_has_its_answer_and_the_end_of_the_file_has_none() -> None:
    code, answers = run(json.dumps(CASE), "", json.dumps(CASE), "", "")
    assert code == 1
    assert ["error" in answer for answer in answers] == [False, True, False]


def test_it_imports_neither_boto3_nor_anything_of_ours_outside() -> None:
    code = (
        "import sys, sm_ssh_widget.policy.__main__;"
        "ours = {n for n in sys.modules if n.startswith('sm_ssh_widget.')};"
        "ours = {n for n in ours if not n.startswith('sm_ssh_widget.policy')};"
        "print(sorted(ours), 'boto3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[] False"
