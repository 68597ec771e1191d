"""The evaluator against moto's access control: the same requests, in one run, everything parsed and compiled before."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from moto.iam.access_control import IAMPolicy

from sm_ssh_widget.policy.evaluate import Policies, Request, compile_policy, evaluate

CASES = Path(__file__).parent.parent / "policy" / "cases" / "examples.jsonl"
ROUNDS, TRIES = 30, 3


def expressible() -> list[dict[str, object]]:
    """The cases that moto can be asked: identity policies, nothing else that limits or grants, no conditions."""
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    kept = []
    for case in cases:
        others = ("resourcePolicy", "permissionBoundaries", "sessionPolicy", "scps", "rcps")
        text = json.dumps(case.get("identityPolicies"))
        beyond = any(case.get(name) for name in others) or any(word in text for word in ("Condition", "NotRes", "${"))
        if case.get("identityPolicies") and not beyond:
            kept.append(case)
    return kept


def ours(case: dict[str, object]) -> Callable[[], object]:
    documents = case["identityPolicies"]
    assert isinstance(documents, list)
    policies = Policies(identity=tuple(compile_policy(document) for document in documents))
    principal, action, resource, account = (
        str(case[name]) for name in ("principal", "action", "resource", "resourceAccount")
    )
    request = Request(principal, action, resource, account)
    return lambda: evaluate(request, policies)


def theirs(case: dict[str, object]) -> Callable[[], object]:
    documents = case["identityPolicies"]
    assert isinstance(documents, list)
    policies = [IAMPolicy(json.dumps(document)) for document in documents]
    action, resource = str(case["action"]), str(case["resource"])
    return lambda: [policy.is_action_permitted(action, resource) for policy in policies]


def microseconds(calls: list[Callable[[], object]]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for call in calls:
            call()
        taken.append((time.perf_counter() - start) / len(calls) * 1e6)
    return median(taken)


@pytest.mark.benchmark
def test_an_evaluation_takes_no_longer_than_moto(capsys: pytest.CaptureFixture[str]) -> None:
    cases = expressible()
    assert len(cases) >= 20
    mine, motos = [ours(case) for case in cases], [theirs(case) for case in cases]
    ratios = []
    for _ in range(TRIES):
        own, moto = microseconds(mine), microseconds(motos)
        ratios.append(own / moto)
        with capsys.disabled():
            print(f"\n{len(cases)} cases: ours {own:.1f} us, moto {moto:.1f} us an evaluation, ratio {own / moto:.2f}")
        if ratios[-1] <= 1:
            return
    pytest.fail(f"slower than moto: {ratios}")
