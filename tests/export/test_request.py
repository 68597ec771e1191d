"""A request: what it asks for, what comes back of its file, and its forms; nothing of it is a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sm_ssh_widget import export, pipeline
from sm_ssh_widget.export import REQUEST_FORMATS, SetupRequest, request_content, requested
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.simulator.account import SimulatedAccount

from .cases import role_of


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with SimulatedAccount("fresh-studio-role") as there:
        yield there


def request_of(account: SimulatedAccount, profile: str = "execution-role", **asked: Any) -> SetupRequest:
    arn = role_of(account.state())["Arn"]
    found = pipeline.detect(role=arn, region=account.region, session=account.session(profile))
    assert found.target is not None
    report = pipeline.check_target(found.target, Selection.of(**asked), account.session(profile))
    return SetupRequest.of(report.selection, report.observation, report.assessment)


def test_what_was_not_read_is_asked_for_only_if_missing(account: SimulatedAccount) -> None:
    asked = request_of(account)
    assert [name for name, _ in asked.missing] == ["trust.ssm"]
    assert [name for name, _ in asked.unread] == [
        "role.managed-instance-core",
        "role.cloudwatch-logs",
        "role.sagemaker-ssm-policy",
        "ssm.tier",
    ]
    assert asked.count == 5
    assert {change.finding for change in asked.plan.changes} == {name for name, _ in (*asked.missing, *asked.unread)}


def test_of_what_could_be_read_it_asks_for_what_a_plan_would_add(account: SimulatedAccount) -> None:
    asked = request_of(account, "admin")
    assert not asked.unread
    added = [(change.finding, change.kind, change.resource) for change in asked.plan.changes]
    arn = role_of(account.state())["Arn"]
    found = pipeline.detect(role=arn, region=account.region, session=account.session("admin"))
    assert found.target is not None
    made = pipeline.plan(pipeline.check_target(found.target, Selection(), account.session("admin")))
    assert added == [(change.finding, change.kind, change.resource) for change in made.changes]


def test_the_file_comes_back_as_what_it_asks_for(account: SimulatedAccount) -> None:
    asked = request_of(account, baseline="least-privilege", options=("hardened-trust",))
    value = json.loads(request_content(asked, "request"))
    assert "digest" not in value
    back = requested(value)
    assert (back.role, back.region, back.user) == (str(asked.plan.target["role"]), account.region, None)
    assert (back.baseline, back.options) == ("least-privilege", ("hardened-trust",))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value.clear(),
        lambda value: value.update(schema="sm-ssh-widget/plan/1"),
        lambda value: value["target"].update(role="not an ARN"),
        lambda value: value["target"].update(account="210987654321"),
        lambda value: value["target"].update(region=7),
        lambda value: value["target"].update(user=["x"]),
        lambda value: value.update(baseline="everything"),
        lambda value: value.update(options=["no-such-option"]),
        lambda value: value.update(options="hardened-trust"),
        lambda value: value.update(target=[]),
    ],
)
def test_a_file_that_is_no_request_is_refused(account: SimulatedAccount, spoil: Any) -> None:
    value = request_of(account).to_json()
    spoil(value)
    with pytest.raises(Problem) as caught:
        requested(value)
    assert caught.value.code is Code.INVALID


@pytest.mark.parametrize("format", REQUEST_FORMATS)
def test_every_form_says_that_it_looks_first_and_has_no_digest(account: SimulatedAccount, format: str) -> None:
    asked = request_of(account)
    text = request_content(asked, format, requester="alice", reason="to debug")
    assert asked.plan.digest not in text
    if format.startswith("request-ticket"):
        assert "alice" in text
        assert "only if missing" in text
        assert "Inline policy SageMakerSSMPolicy on the role" in text
        assert str(asked.plan.account) not in request_content(asked, format, mask=True)


def test_an_unknown_form_is_refused(account: SimulatedAccount) -> None:
    with pytest.raises(Problem):
        request_content(request_of(account), "bundle")
    assert "request" not in export.FORMATS
