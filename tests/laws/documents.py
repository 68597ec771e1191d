"""Policy documents of every shape that IAM accepts, and some that it only stores: strategies for the laws."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

Json = Any

TRUST_SSM = {"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}
HARDENED = {
    **TRUST_SSM,
    "Condition": {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": "arn:aws:ssm:eu-west-1:123456789012:*"},
    },
}
OURS = (
    TRUST_SSM,
    {**TRUST_SSM, "Sid": "SSM"},
    HARDENED,
    {"Effect": "Allow", "Action": "ssm:CreateActivation", "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/service-role/R"},
)

UNICODE = st.text(st.characters(codec="utf-8"), max_size=8)
ODD_TEXT = st.one_of(
    UNICODE,
    st.sampled_from(["", '"', "\\", "é", "日本", "\U0001f511", "]}", '"Statement":[', "\u2028", "${aws:userid}"]),
)
_NUMBERS = st.one_of(st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False))
ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, ODD_TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ODD_TEXT, inner, max_size=3)),
    max_leaves=6,
)


def one_or_many(values: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """A value, or a list of some (perhaps none, perhaps one twice)."""
    return st.one_of(values, st.lists(values, max_size=3), values.map(lambda value: [value, value]))


_ACTIONS = one_or_many(
    st.sampled_from(["sts:AssumeRole", "STS:assumerole", "sts:*", "*", "ssm:CreateActivation", "s3:Get?bject"])
)
_RESOURCES = one_or_many(
    st.one_of(
        st.sampled_from(["*", "arn:aws:iam::123456789012:role/service-role/R", "arn:aws:s3:::b/${aws:username}"]),
        ODD_TEXT,
    )
)
_AWS = st.sampled_from(
    ["*", "123456789012", "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/R", "AROAEXAMPLEEXAMPLE000"]
)
_SERVICES = st.sampled_from(["ssm.amazonaws.com", "sagemaker.amazonaws.com", "ec2.amazonaws.com.cn"])
_FEDERATED = st.sampled_from(["arn:aws:iam::123456789012:saml-provider/P", "cognito-identity.amazonaws.com"])
_PRINCIPALS = st.one_of(
    st.just("*"),
    st.fixed_dictionaries(
        {},
        optional={
            "AWS": one_or_many(_AWS),
            "Service": one_or_many(_SERVICES),
            "Federated": one_or_many(_FEDERATED),
            "CanonicalUser": one_or_many(ODD_TEXT),
        },
    ),
)
_CONDITIONS = st.dictionaries(
    st.sampled_from(["StringEquals", "ForAnyValue:StringLike", "Bool", "NumericLessThan", "ArnLike", "Null"]),
    st.dictionaries(
        st.sampled_from(
            ["aws:SourceAccount", "AWS:sourceaccount", "aws:MultiFactorAuthPresent", "saml:aud", "aws:ResourceTag/é"]
        ),
        one_or_many(st.one_of(st.booleans(), st.integers(0, 9), ODD_TEXT)),
        max_size=2,
    ),
    max_size=2,
)
_UNKNOWN_NAMES = ODD_TEXT.filter(lambda name: name not in ("Statement", "Sid", "Version", "Id"))


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Json]:
    """A statement, its elements in any order: ours (as it is or as a list), or somebody's, or nonsense that is JSON."""
    if draw(st.integers(0, 4)) == 0:
        ours = dict(draw(st.sampled_from(OURS)))
        return {**ours, "Action": [ours["Action"]]} if draw(st.booleans()) else ours
    elements = {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        draw(st.sampled_from(["Action", "NotAction"])): _ACTIONS,
    }
    who = draw(st.sampled_from(["Principal", "NotPrincipal", None]))
    what = draw(st.sampled_from(["Resource", "NotResource", None]))
    elements |= {who: _PRINCIPALS} if who else {}
    elements |= {what: _RESOURCES} if what else {}
    elements |= {"Condition": _CONDITIONS} if draw(st.booleans()) else {}
    elements |= {"Sid": st.one_of(st.text("abAB01", max_size=4), ODD_TEXT)} if draw(st.booleans()) else {}
    elements |= {draw(_UNKNOWN_NAMES): ANY_JSON} if draw(st.integers(0, 5)) == 0 else {}
    names = draw(st.permutations(sorted(elements)))
    return {name: draw(elements[name]) for name in names}


@st.composite
def _statement_element(draw: st.DrawFn) -> Json:
    """What may stand under ``Statement``: one statement, or a list; duplicates; all with a Sid, or some, or none."""
    found: list[dict[str, Json]] = draw(st.lists(statements(), max_size=5))
    twice = draw(st.booleans())
    if found and twice:
        found.append(dict(found[draw(st.integers(0, len(found) - 1))]))
    if draw(st.integers(0, 2)) == 0:
        found = [{"Sid": f"S{number}", **s, **{"Sid": f"S{number}"}} for number, s in enumerate(found)]
    as_object = draw(st.integers(0, 3)) == 0
    return found[0] if found and as_object else found


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Json]:
    """A document: Version new, old, absent; Id; unknown elements; Statement an object, a list, empty, missing."""
    elements: dict[str, Json] = {}
    if draw(st.integers(0, 9)):
        elements["Statement"] = draw(_statement_element())
    version = draw(st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17", None]))
    elements |= {"Version": version} if version else {}
    elements |= {"Id": draw(ODD_TEXT)} if draw(st.booleans()) else {}
    elements |= {draw(_UNKNOWN_NAMES): draw(ANY_JSON)} if draw(st.integers(0, 3)) == 0 else {}
    return {name: elements[name] for name in draw(st.permutations(sorted(elements)))}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A document as text: on one line or many, wide or narrow, escaped or not, with white space around it."""
    indent = draw(st.sampled_from([None, None, 0, 2, 4, "\t"]))
    separators = draw(st.sampled_from([None, (",", ":"), (" , ", " : ")]))
    ascii_only = draw(st.booleans())
    text = json.dumps(draw(documents()), indent=indent, separators=separators, ensure_ascii=ascii_only)
    if draw(st.booleans()):
        text = text.replace("[]", "[ ]").replace("{}", "{ }")
    space = st.text(" \t\r\n", max_size=2)
    return draw(space) + text + draw(space)
