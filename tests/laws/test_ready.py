"""Ready is a promise: over identity policies that nobody thought of, on the actions that SSH Helper calls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.changes.projection import observation_after
from sm_ssh_widget.policy.document import parse
from sm_ssh_widget.policy.evaluate import Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.capabilities import CLIENT, SERVER, Capability
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import Denied, Held, Holdings
from sm_ssh_widget.requirements.observation import Identity, Known, Observation, Tier
from sm_ssh_widget.requirements.requests import answer
from tests.properties import examples
from tests.support.observations import USER, allow, document, identity, inline, observation, trusts

pytestmark = pytest.mark.timeout(1800)  # for a deep run
EXAMPLES = min(examples(60), 600)  # each asks some hundred requests
TRUST = document(trusts(["sagemaker.amazonaws.com", "ssm.amazonaws.com"]))
ONLY_SOMETIMES = ("keys.decrypt", "keys.decrypt-bucket-key", "keys.create-bucket")
# Values of the keys that stay open; None is a request without the key
OPEN: dict[str, tuple[str | None, ...]] = {
    "aws:SourceVpc": (None, "vpc-0123", "vpc-other"),
    "aws:SourceIp": (None, "192.0.2.1", "10.0.0.1"),
}
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"StringEquals": {"aws:SourceVpc": "vpc-0123"}},
    {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-0123"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"ssm:resourceTag/SSHOwner": "${aws:userid}"}},
    {"StringNotEquals": {"aws:ResourceTag/SSHOwner": "${aws:userid}"}},
    {"StringEquals": {"ssm:resourceTag/env": "dev"}},
    {"StringEquals": {"aws:PrincipalTag/team": "a"}},
]
ACTIONS = sorted({each.action for each in (*SERVER, *CLIENT)} | {"ssm:*", "s3:*", "ssmmessages:*", "*", "ssm:Start*"})
RESOURCES = ["*", "arn:aws:ssm:*:*:managed-instance/*", "arn:aws:ssm:*::document/*", "arn:aws:s3:::sagemaker-*"]


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    """A statement about some of SSH Helper's actions, or about all others."""
    element = draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))
    condition = draw(st.sampled_from(CONDITIONS))
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        element: draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4, unique=True)),
        "Resource": draw(st.sampled_from(RESOURCES)),
        **({"Condition": condition} if condition else {}),
    }


POLICIES = st.lists(statements(), min_size=1, max_size=4).flatmap(
    lambda found: st.booleans().map(lambda everything: [*found, allow("*")] if everything else found)
)


def seen_of(of_role: list[dict[str, Any]], of_user: list[dict[str, Any]]) -> Observation:
    role = identity(trust=TRUST, policies=(inline("R", document(*of_role)),), tags={"team": "a"})
    user = identity(USER, policies=(inline("U", document(*of_user)),))
    return observation(role, user, tier=Known(Tier("advanced", "Customized")))


def judged(seen: Observation, baseline: str) -> Assessment:
    return assess(Selection.of(baseline), seen)


def completions(capability: Capability, who: Identity, seen: Observation) -> Iterator[Request]:
    """The request with every value of the open keys, and with what is certain written out by hand."""
    made = answer(capability, Holdings.of(who, seen), seen).capability
    by_service = who.arn == seen.role.arn
    certain: dict[str, Any] = {
        "aws:userid": f"{who.unique_id}:session",
        **{f"aws:PrincipalTag/{key}": value for key, value in who.tags.items()},
        **made.context,
    }
    owner = certain.get("ssm:resourceTag/SSHOwner")
    certain |= {"aws:ResourceTag/SSHOwner": owner} if owner else {}
    opened = dict(OPEN) if by_service else {**OPEN, "aws:MultiFactorAuthPresent": ("true", "false")}
    certain |= {"aws:MultiFactorAuthPresent": "false"} if by_service else {}
    if made.resource.endswith("SSM-SessionManagerRunShell"):
        opened["ssm:resourceTag/env"] = (None, "dev")
    for values in product(*opened.values()):
        given = {key: value for key, value in zip(opened, values, strict=True) if value is not None}
        yield Request(str(who.arn), made.action, made.resource, who.arn.account, {**certain, **given})


def policies_of(who: Identity) -> Policies:
    assert isinstance(who.inline, Known)
    texts = (each.document for each in who.inline.value)
    return Policies(identity=tuple(compile_policy(parse(each.value.text)) for each in texts if isinstance(each, Known)))


def always_allowed(capability: Capability, who: Identity, seen: Observation, policies: Policies) -> bool:
    return all(evaluate(request, policies).outcome is Outcome.ALLOWED for request in completions(capability, who, seen))


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES, POLICIES)
def test_ready_for_a_use_is_allowed_whatever_the_open_keys_are(of_role: Any, of_user: Any) -> None:
    seen = seen_of(of_role, of_user)
    assert seen.user is not None
    sides = ((CLIENT, seen.user, policies_of(seen.user)), (SERVER, seen.role, policies_of(seen.role)))
    found = [
        (each, always_allowed(each, who, seen, policies))
        for capabilities, who, policies in sides
        for each in capabilities
        if each.id not in ONLY_SOMETIMES
    ]
    for use in judged(seen, "least-privilege").uses:
        asked = [(each, held) for each, held in found if use.use in each.uses]
        allowed = [held for each, held in asked if each in CLIENT or use.use != "listing"]
        if use.status == "ready":
            assert all(allowed), use
        elif use.status == "missing":
            assert not all(allowed), use


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES, POLICIES, st.sampled_from(["classic", "least-privilege"]))
def test_blocked_is_what_allowing_everything_does_not_help(of_role: Any, of_user: Any, baseline: str) -> None:
    seen = seen_of(of_role, of_user)
    open_to_all = seen_of([*of_role, allow("*")], [*of_user, allow("*")])
    before, after = (judged(each, baseline) for each in (seen, open_to_all))
    for finding, later in zip(before.findings, after.findings, strict=True):
        if finding.status is FindingStatus.BLOCKED:
            assert later.status is FindingStatus.BLOCKED, finding


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES, POLICIES, st.sampled_from(["classic", "least-privilege"]))
def test_missing_is_brought_by_the_plan_or_told_with_its_key_or_deny(of_role: Any, of_user: Any, baseline: str) -> None:
    seen, selection = seen_of(of_role, of_user), Selection.of(baseline)
    found = assess(selection, seen)
    plan = make_plan(selection, seen, found)
    later = assess(selection, observation_after(plan.changes, seen))
    for finding, afterwards in zip(found.findings, later.findings, strict=True):
        if not finding.required or finding.status is not FindingStatus.MISSING:
            continue
        assert afterwards.status is not FindingStatus.MISSING, finding
        if afterwards.status is FindingStatus.UNKNOWN:
            assert afterwards.open_keys, afterwards
            told = " ".join((*found.caveats, finding.fact))
            assert any(key.key in told for key in afterwards.open_keys), (finding, afterwards.open_keys, found.caveats)
        elif afterwards.status is FindingStatus.BLOCKED:
            assert afterwards.evidence[0].policy in " ".join(found.caveats), (finding, afterwards)


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES)
def test_a_deny_bars_exactly_what_no_completion_allows(of_role: Any) -> None:
    seen = seen_of([*of_role, allow("*")], [])
    held = Holdings.of(seen.role, seen)
    for capability in SERVER:
        verdict = answer(capability, held, seen).verdict
        policies = Policies(identity=(compile_policy(parse(document(*of_role, allow("*")))),))
        outcomes = {
            evaluate(request, policies).outcome is Outcome.ALLOWED
            for request in completions(capability, seen.role, seen)
        }
        if isinstance(verdict, Denied):
            assert outcomes == {False}
        elif isinstance(verdict, Held):
            assert outcomes == {True}
