"""An assumption settles a key that the check named as open, and nothing else."""

from __future__ import annotations

import json

import pytest

from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from tests.laws.worlds import IDENTITIES, TRUSTS, with_inline
from tests.support.observations import ROLE, USER, allow, document, identity, inline, observation, with_facts

ASSUMED = {
    "aws:SourceVpc": "vpc-1",
    "aws:SourceOrgID": "o-1",
    "aws:SourceAccount": "210987654321",
    "aws:PrincipalAccount": "210987654321",
    "aws:PrincipalArn": "arn:aws:iam::210987654321:role/Other",
    "aws:RequestedRegion": "us-east-1",
    "aws:MultiFactorAuthPresent": "true",
    "aws:PrincipalTag/team": "a",
}

OTHERS = {key: value for key, value in ASSUMED.items() if "Source" not in key}
SHAPES = {
    **IDENTITIES,
    **{
        key: with_inline(inline("Own", document(allow("*", Condition={"StringEquals": {key: value}}))))
        for key, value in OTHERS.items()
    },
}


def statuses(found: Assessment) -> dict[str, str]:
    return {each.id: each.status.value for each in found.findings}


def named(found: Assessment) -> str:
    """The open keys of a check, and the caveats, which name those that may still deny what is missing."""
    keys = [key.key for finding in found.findings for key in finding.open_keys]
    return json.dumps([keys, found.caveats])


@pytest.mark.parametrize("baseline", ["classic", "least-privilege"])
@pytest.mark.parametrize("trust", ["elsewhere", "organization"])
@pytest.mark.parametrize("shape", SHAPES)
def test_only_a_key_that_was_named_is_settled(shape: str, trust: str, baseline: str) -> None:
    role, user = (SHAPES[shape](identity(arn, trust=TRUSTS[trust])) for arn in (ROLE, USER))
    seen, selection = observation(role, user), Selection.of(baseline)
    before = assess(selection, seen)
    for key, value in ASSUMED.items():
        after = assess(selection, with_facts(seen, assumed={key: value}))
        assert statuses(after) == statuses(before) or key in named(before), (key, trust, shape)
        assert any(key in caveat for caveat in after.caveats)


def test_a_named_key_is_settled_by_its_value() -> None:
    role = IDENTITIES["an open deny"](identity(trust=TRUSTS["both"]))
    seen, selection = observation(role), Selection.of("least-privilege")
    found = [
        statuses(assess(selection, with_facts(seen, assumed={"aws:SourceVpc": vpc}))) for vpc in ("vpc-1", "vpc-2")
    ]
    assert [each["role.capabilities"] for each in found] == ["satisfied-otherwise", "blocked"]
