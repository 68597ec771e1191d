"""``python -m sm_ssh_widget.policy FILE|-``: decide cases given as JSON lines.

One output line for each input line, in their order: ``{"id", "decision", "layer", "policy", "statement"}``; for
``depends`` also ``"keys"`` and ``"outcomes"``, the decisions that their values can lead to; ``"readings"`` where the
decision rests on a sentence of AWS's documentation that leaves room (:mod:`.readings`). A line that cannot be judged
gives ``{"id", "error"}``; the rest is still answered and the exit code is 1. Policies are named by their place in the
input, such as ``identityPolicies[0]``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from .document import Json, PolicyError, as_list, statements
from .evaluate import CompiledPolicy, Decision, Outcome, Policies, Request, compile_policy, evaluate

USAGE = "usage: python -m sm_ssh_widget.policy FILE|-  (JSON lines; - reads standard input)"


def main(arguments: list[str]) -> int:
    """Answer the cases of a file or of standard input; 0 when every line could be judged, 1 when not, 2 on misuse."""
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        sys.stderr.write(f"{USAGE}\n")
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    if arguments[0] == "-":
        return _answer(sys.stdin.buffer)
    try:
        with open(arguments[0], "rb") as lines:
            return _answer(lines)
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror or error}\n")
        return 2


def _answer(lines: Iterable[bytes]) -> int:
    failed, blank = False, 0
    for line in lines:
        if not line.strip():
            blank += 1
            continue
        # A blank line between others is a case that is not there; behind the last one it is the end of the file.
        answers = [judge(b"") for _ in range(blank)] + [judge(line)]
        failed, blank = failed or any("error" in answer for answer in answers), 0
        sys.stdout.writelines(json.dumps(answer) + "\n" for answer in answers)
    return int(failed)


def judge(line: bytes | str) -> dict[str, Any]:
    """The answer to one case, as the line that is printed; never raises."""
    try:
        case = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    if not isinstance(case, dict):
        return {"id": None, "error": "a case is a JSON object"}
    try:
        decision = evaluate(_request(case), _policies(case))
    except (PolicyError, RecursionError) as error:
        return {"id": case.get("id"), "error": str(error)}
    return {"id": case.get("id"), **_answer_of(decision)}


def _answer_of(decision: Decision) -> dict[str, Json]:
    answer: dict[str, Json] = {
        "decision": decision.outcome.value,
        "layer": decision.layer and decision.layer.value,
        "policy": decision.policy,
        "statement": decision.statement,
    }
    if decision.outcome is Outcome.DEPENDS:
        answer["keys"] = list(decision.keys)
        answer["outcomes"] = [outcome.value for outcome in decision.outcomes]
    if decision.readings:
        answer["readings"] = [reading.value for reading in decision.readings]
    return answer


def _request(case: Mapping[str, Json]) -> Request:
    for name in ("principal", "action", "resource", "resourceAccount"):
        if not isinstance(case.get(name), str):
            raise PolicyError(f"{name} is missing or not a text")
    context = case.get("context") or {}
    if not isinstance(context, dict):
        raise PolicyError("context is not an object")
    return Request(
        case["principal"],
        case["action"],
        case["resource"],
        case["resourceAccount"],
        context,
        _open_context(case.get("openContext")),
    )


def _open_context(value: Json) -> bool | frozenset[str]:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, list) and all(isinstance(key, str) for key in value):
        return frozenset(value)
    raise PolicyError("openContext is neither true nor a list of keys")


def _policies(case: Mapping[str, Json]) -> Policies:
    return Policies(
        identity=_compiled(case, "identityPolicies"),
        resource=_one(case, "resourcePolicy"),
        boundaries=_compiled(case, "permissionBoundaries"),
        session=_session(case),
        scps=_levels(case, "scps"),
        rcps=_levels(case, "rcps"),
    )


def _compiled(case: Mapping[str, Json], field: str) -> tuple[CompiledPolicy, ...]:
    return _each(case.get(field), field)


def _each(documents: Json, name: str) -> tuple[CompiledPolicy, ...]:
    if documents is None:
        return ()
    return tuple(_policy(each, f"{name}[{index}]") for index, each in enumerate(as_list(documents)))


def _session(case: Mapping[str, Json]) -> tuple[CompiledPolicy, ...] | None:
    policy = _one(case, "sessionPolicy", completes_arns=False)
    return None if policy is None else (policy,)


def _one(case: Mapping[str, Json], field: str, *, completes_arns: bool = True) -> CompiledPolicy | None:
    document = case.get(field)
    return None if document is None else _policy(document, field, completes_arns)


def _levels(case: Mapping[str, Json], field: str) -> tuple[tuple[CompiledPolicy, ...], ...] | None:
    levels = case.get(field)
    if levels is None:
        return None
    if not isinstance(levels, list) or not all(isinstance(level, list) for level in levels):
        raise PolicyError(f"{field} is not a list of lists")
    return tuple(_each(level, f"{field}[{index}]") for index, level in enumerate(levels))


def _policy(document: Json, name: str, completes_arns: bool = True) -> CompiledPolicy:
    if not isinstance(document, dict):
        raise PolicyError(f"{name}: a policy document is a JSON object")
    statements(document)
    return compile_policy(document, name, completes_arns=completes_arns)


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the answers has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
