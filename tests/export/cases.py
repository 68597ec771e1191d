"""The accounts that executed exports are tried on, and what of their state an export may change."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.pipeline import ExistingSession
from sm_ssh_widget.policy.merge import size
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.simulator.account import SimulatedAccount

State = dict[str, Any]

TRUST_QUOTA = 2048
OF_OURS = 125  # characters that one statement for Systems Manager takes at most


@dataclass(frozen=True)
class Case:
    """A scenario, what is asked of it, what is done to it first, and whether its plan removes something."""

    scenario: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    user: str | None = None
    prepare: Callable[[State], None] = lambda state: None
    removes: bool = False


def role_of(state: State) -> State:
    """The record of the execution role."""
    found: State = next(r for r in state["RoleDetailList"] if "ExecutionRole" in r["RoleName"])
    return found


def _near_quota(state: State) -> None:
    """Statements of somebody else, up to where ours just fits."""
    role = role_of(state)
    document = json.loads(role["AssumeRolePolicyDocument"])
    document["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{state['Account']}:saml-provider/corporate"},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": []}},
        }
    )
    audience = document["Statement"][-1]["Condition"]["StringEquals"]["SAML:aud"]
    while size(json.dumps(document)) + OF_OURS + 40 < TRUST_QUOTA:
        audience.append(f"https://sign-in.example.com/é/{len(audience)}")
    role["AssumeRolePolicyDocument"] = json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _own_inline(state: State) -> None:
    """An inline policy of the specification's name that does something else, given as one statement."""
    statement = {
        "Sid": "Theirs",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::a/${aws:userid}",
    }
    document = {"Version": "2012-10-17", "Statement": statement}
    role_of(state)["RolePolicyList"].append(
        {"PolicyName": "SageMakerSSMPolicy", "PolicyDocument": json.dumps(document)}
    )


CASES = {
    "fresh": Case("fresh-studio-role"),
    "half-done": Case("half-done"),
    "saml-and-conditions": Case("trust-with-saml-and-conditions"),
    "near-quota": Case("fresh-studio-role", prepare=_near_quota),
    "aws-cn": Case("aws-cn"),
    "hardened": Case("fresh-studio-role", {"options": ("hardened-trust",), "baseline": "least-privilege"}),
    "own-inline-policy": Case("fresh-studio-role", prepare=_own_inline),
    "leftovers": Case("cdk-leftovers", {"options": ("remove-leftovers",)}, removes=True),
    "user": Case("fresh-studio-role", {"options": ("owner-guard",)}, user="user/jane", prepare=_own_inline),
}


@contextmanager
def account_of(case: Case) -> Iterator[tuple[SimulatedAccount, Plan]]:
    """The account of a case, and the plan of what it lacks."""
    with SimulatedAccount(case.scenario) as account:
        state = account.state()
        case.prepare(state)
        if case is not CASES["fresh"]:
            state["TierPendingSeconds"] = 0
        if case.user:
            state["UserDetailList"].append({"UserName": case.user.rpartition("/")[2]})
        account.set_state(state)
        yield account, _plan(account, case)


def _plan(account: SimulatedAccount, case: Case) -> Plan:
    state = account.state()
    arn = role_of(state)["Arn"]
    user = arn.partition(":role/")[0] + f":{case.user}" if case.user else None
    found = pipeline.detect(role=arn, region=account.region, user=user, session=account.session("admin"))
    assert found.target is not None
    signed_in = pipeline.sign_in(ExistingSession(account.session("admin")), region=account.region)
    return pipeline.plan(pipeline.check_target(found.target, Selection.of(**case.asked), signed_in))


def state_of(account: SimulatedAccount) -> State:
    """What a plan may change: identities and settings, without who wrote a setting and when."""
    state = account.state()
    named = {key: state[key] for key in ("RoleDetailList", "UserDetailList", "GroupDetailList", "Policies")}
    settings = {
        region: {name: setting["SettingValue"] for name, setting in found.items()}
        for region, found in state["ServiceSettings"].items()
    }
    return {**named, "ServiceSettings": settings}


def reading_of(state: State) -> State:
    """The same state as IAM reads it: documents as values, attachments without order."""
    found = json.loads(json.dumps(state))
    for record in (*found["RoleDetailList"], *found["UserDetailList"]):
        if "AssumeRolePolicyDocument" in record:
            record["AssumeRolePolicyDocument"] = _reading(json.loads(record["AssumeRolePolicyDocument"]))
        record["AttachedManagedPolicies"].sort(key=lambda policy: policy["PolicyArn"])
        for name in ("RolePolicyList", "UserPolicyList"):
            for policy in record.get(name, ()):
                policy["PolicyDocument"] = _reading(json.loads(policy["PolicyDocument"]))
            record.get(name, []).sort(key=lambda policy: policy["PolicyName"])
    return dict(found)


def _reading(document: State) -> State:
    statements = document["Statement"]
    return {**document, "Statement": statements if isinstance(statements, list) else [statements]}


def applied_state(name: str) -> State:
    """The state that our own apply reaches in a case."""
    found: State = json.loads(_applied(name))
    return found


@cache
def _applied(name: str) -> str:
    with account_of(CASES[name]) as (account, plan), tempfile.TemporaryDirectory() as journals:
        admin = pipeline.sign_in(
            ExistingSession(account.session("admin")), region=account.region, account=account.account
        )
        journal = pipeline.apply(plan, admin, journals)
        assert journal.complete, journal.to_json()
        return json.dumps(state_of(account))
