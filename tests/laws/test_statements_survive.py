"""Law 1: every statement that was there survives, equal as JSON and in the same order; and adding twice adds once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from sm_ssh_widget.policy import merge
from sm_ssh_widget.policy.document import PolicyError, Statement, as_list, parse
from sm_ssh_widget.policy.document import statements as statements_of
from sm_ssh_widget.policy.merge import Merged
from tests.laws import documents
from tests.properties import examples

Append = Callable[..., Merged]
GUARD = {"Effect": "Deny", "Action": "ssm:StartSession", "Resource": "arn:aws:ssm:*:*:managed-instance/*"}
WANTED = st.lists(st.sampled_from([*documents.OURS, GUARD]), max_size=4)


def as_json(value: Any) -> str:
    """The value up to the order of an object's elements: 1, 1.0, true and "1" stay four different things."""
    return json.dumps(value, sort_keys=True)


def check_survival(append: Append, before: str | None, wanted: Sequence[Statement], sids: bool) -> None:
    """The law, for one document and the statements that are wanted in it."""
    merged = append(before, wanted, sids=sids)
    old = parse(before) if before is not None else {"Version": "2012-10-17", "Statement": []}
    new = parse(merged.after)
    was, now = statements_of(old), statements_of(new)
    assert [as_json(s) for s in now[: len(was)]] == [as_json(s) for s in was]
    assert [as_json(s) for s in now] == [as_json(s) for s in (*merged.kept, *merged.added)]
    assert as_json({**new, "Statement": 0}) == as_json({**old, "Statement": 0})
    assert merged.before == before
    if not merged.added and before is not None:
        assert merged.after == before
    check_additions(merged, wanted, was, sids)
    again = append(merged.after, wanted, sids=sids)
    assert (again.after, again.added) == (merged.after, ())


def check_additions(merged: Merged, wanted: Sequence[Statement], was: Sequence[Statement], sids: bool) -> None:
    """What is wanted is there; nothing is added that was there; the Sid rule holds."""
    now = (*merged.kept, *merged.added)
    for statement in wanted:
        assert any(merge.statement_equal(statement, other, ignore_sid=True) for other in now)
    for index, statement in enumerate(merged.added):
        others = now[: len(was) + index]
        assert not any(merge.statement_equal(statement, other, ignore_sid=True) for other in others)
    named = bool(sids and was and all(s.get("Sid") for s in was))
    assert all(("Sid" in statement) == named for statement in merged.added)
    if named:
        ours = [statement["Sid"] for statement in merged.added]
        assert all(sid.isascii() and sid.isalnum() for sid in ours)
        assert len({*ours, *(s["Sid"] for s in was)}) == len(ours) + len({s["Sid"] for s in was})


@settings(max_examples=examples(1500), suppress_health_check=[HealthCheck.too_slow])
@given(before=st.one_of(st.none(), documents.texts()), wanted=WANTED, sids=st.booleans())
def test_every_statement_survives(before: str | None, wanted: list[Statement], sids: bool) -> None:
    check_survival(merge.append, before, wanted, sids)


@settings(max_examples=examples(500), suppress_health_check=[HealthCheck.too_slow])
@given(before=documents.texts(), wanted=st.lists(documents.statements(), max_size=3), sids=st.booleans())
def test_every_statement_survives_beside_any_statement(before: str, wanted: list[Statement], sids: bool) -> None:
    try:
        merge.append(before, wanted, sids=sids)
    except PolicyError as error:
        assert "literal text" in str(error)  # noqa: PT017 - the one refusal there is
        assert parse(before).get("Version") != "2012-10-17"
        return
    check_survival(merge.append, before, wanted, sids)


def _some(test: Callable[[Statement], bool]) -> Callable[[str], bool]:
    return lambda text: any(map(test, statements_of(parse(text))))


def _has_list(element: str, kind: str) -> Callable[[str], bool]:
    return _some(lambda s: isinstance(s.get(element), dict) and isinstance(s[element].get(kind), list))


KNOWN = {"Sid", "Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Resource", "NotResource", "Condition"}
SHAPES: dict[str, Callable[[str], bool]] = {
    "one statement as an object": lambda text: isinstance(parse(text).get("Statement"), dict),
    "no Statement": lambda text: "Statement" not in parse(text),
    "empty list of statements": lambda text: parse(text).get("Statement") == [],
    "a principal as a string": _some(lambda s: s.get("Principal") == "*"),
    "principals in a list": _has_list("Principal", "AWS"),
    "services in a list": _has_list("Principal", "Service"),
    "NotPrincipal": _some(lambda s: "NotPrincipal" in s),
    "a statement twice": lambda text: (
        len(set(map(as_json, statements_of(parse(text))))) < len(statements_of(parse(text)))
    ),
    "an unknown element of a statement": _some(lambda s: not KNOWN.issuperset(s)),
    "an unknown element of the document": lambda text: not {"Version", "Id", "Statement"}.issuperset(parse(text)),
    "characters beyond ASCII": lambda text: not text.isascii(),
    "an old version": lambda text: parse(text).get("Version") == "2008-10-17",
    "no version": lambda text: "Version" not in parse(text),
    "an id": lambda text: "Id" in parse(text),
    "every statement has a Sid": lambda text: (
        len(statements_of(parse(text))) > 1 and all(s.get("Sid") for s in statements_of(parse(text)))
    ),
    "many lines": lambda text: text.strip().count("\n") > 3,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_among_the_examples(shape: str) -> None:
    once = settings(max_examples=1500, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    assert SHAPES[shape](find(documents.texts(), SHAPES[shape], settings=once))


def _mutant(change: Callable[[list[Any]], list[Any]]) -> Append:
    """``append`` whose result's old statements have been changed."""

    def append(before: str | None, wanted: Sequence[Statement], *, sids: bool = True) -> Merged:
        merged = merge.append(before, wanted, sids=sids)
        document = parse(merged.after)
        found = list(statements_of(document))
        kept = len(merged.kept)
        document["Statement"] = [*change(found[:kept]), *found[kept:]]
        return replace(merged, after=json.dumps(document))

    return append


def _rewrite(element: str, change: Callable[[Any], Any]) -> Append:
    return _mutant(lambda kept: [{**s, element: change(s[element])} if element in s else s for s in kept])


def _unique(kept: list[Any]) -> list[Any]:
    return [s for index, s in enumerate(kept) if s not in kept[:index]]


def _raise_version(before: str | None, wanted: Sequence[Statement], *, sids: bool = True) -> Merged:
    merged = merge.append(before, wanted, sids=sids)
    return replace(merged, after=json.dumps({**parse(merged.after), "Version": "2012-10-17"}))


def _add_always(before: str | None, wanted: Sequence[Statement], *, sids: bool = True) -> Merged:
    document: dict[str, Any] = parse(before) if before is not None else {"Version": "2012-10-17"}
    kept = statements_of(document)
    document["Statement"] = [*kept, *wanted]
    return Merged(before, json.dumps(document), tuple(wanted), kept)


MUTANTS: dict[str, Append] = {
    "drops the first": _mutant(lambda kept: kept[1:]),
    "drops the last": _mutant(lambda kept: kept[:-1]),
    "drops a duplicate": _mutant(_unique),
    "reverses": _mutant(lambda kept: kept[::-1]),
    "sorts": _mutant(lambda kept: sorted(kept, key=as_json)),
    "puts actions in lists": _rewrite("Action", as_list),
    "lowers actions": _rewrite("Action", lambda a: a.lower() if isinstance(a, str) else a),
    "drops Sids": _mutant(lambda kept: [{k: v for k, v in s.items() if k != "Sid"} for s in kept]),
    "drops conditions": _mutant(lambda kept: [{k: v for k, v in s.items() if k != "Condition"} for s in kept]),
    "makes numbers of truth": _rewrite("Condition", lambda c: json.loads(json.dumps(c).replace("true", "1"))),
    "raises the version": _raise_version,
    "adds what is there": _add_always,
    "forgets to add": lambda before, wanted, sids=True: merge.append(before, [], sids=sids),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name: str) -> None:
    @settings(
        max_examples=2000,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(before=documents.texts(), wanted=WANTED, sids=st.booleans())
    def law(before: str, wanted: list[Statement], sids: bool) -> None:
        check_survival(MUTANTS[name], before, wanted, sids)

    with pytest.raises(AssertionError):
        law()
