"""The ticket of a fleet plan: every plan named, each kind of change once, the ways that work, nothing that it hides."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.export.fleet_ticket import fleet_ticket
from sm_ssh_widget.export.ticket import TicketRequest
from sm_ssh_widget.fleet.fleet_plan import FleetPlan, Member, limited
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.assess import assess
from tests.fleet.plans import SELECTION, fleet
from tests.support.observations import identity, observation

NAMES = ("Train-1", "Train-2", "Serve")
PLAN = fleet(*NAMES)
TEXT = fleet_ticket(PLAN, TicketRequest())


def of_account(account: str) -> FleetPlan:
    selection = limited(SELECTION, "role")
    assert selection is not None
    seen = observation(identity(PrincipalArn.parse(f"arn:aws:iam::{account}:role/Other")))
    return replace(PLAN, members=(*PLAN.members, Member("role", make_plan(selection, seen, assess(selection, seen)))))


def test_every_plan_is_named_and_each_kind_of_change_stands_once() -> None:
    assert PLAN.digest in TEXT
    assert all(f"`{role}`" in TEXT for role in PLAN.roles)
    assert all(f"`{member.plan.digest[7:19]}`" in TEXT for member in PLAN.members)
    assert "## Role Serve, and the same for 2 more roles\n\n### Changes" in TEXT
    assert "## Region eu-west-1\n\n### Changes" in TEXT
    assert (TEXT.count("### Added statements"), TEXT.count("\n# ")) == (1, 0)


def test_it_shows_the_ways_to_apply_a_fleet_and_not_those_of_one_plan() -> None:
    assert "`sm-ssh-widget apply fleet.jsonl`. 3 roles are changed and checked before the others." in TEXT
    assert "`bash apply.sh --check`" in TEXT
    assert not [word for word in ("main.tf", "terraform", "SHA256SUMS", "plan.json") if word in TEXT]
    assert "1 role is changed and checked" in fleet_ticket(fleet("Train-1"), TicketRequest())


def test_plans_of_several_accounts() -> None:
    text = fleet_ticket(of_account("210000000002"), TicketRequest())
    assert "| Accounts | `123456789012`, `210000000002` |" in text
    assert "`--member-role ROLE`" in text
    assert "apply.sh" not in text
    assert "undo.sh" not in text


def test_the_requester_and_the_reason_stand_only_where_given() -> None:
    told = fleet_ticket(PLAN, TicketRequest("Jane | Doe", "To debug jobs"))
    assert "| Requester | Jane \\| Doe |\n| Reason | To debug jobs |" in told
    assert "Requester |" not in TEXT


def test_what_is_not_part_of_it() -> None:
    refused = {"for": "role Serve", "finding": "trust.ssm", "code": "denied", "reason": "IAM refused the read."}
    told = fleet_ticket(replace(PLAN, refused=(refused,)), TicketRequest())
    assert "## Not part of this request" in told
    assert "| role Serve | `trust.ssm` | denied | IAM refused the read. |" in told
    assert "Not part of this request" not in TEXT


def test_masked_it_has_no_account_and_no_role_but_the_real_digest() -> None:
    refused = {"for": "role Serve", "finding": "trust.ssm", "code": "denied", "reason": "Ask Serve."}
    plan = replace(of_account("210000000002"), refused=(refused,))
    told = fleet_ticket(plan, TicketRequest(), mask=True)
    assert not [secret for secret in (*NAMES, "Other", "123456789012", "210000000002") if secret in told]
    assert plan.digest in told
    assert "role/EXECUTION-ROLE-1`" in told
    assert "XXXXXXXX0002" in told
    assert fleet_ticket(plan, TicketRequest()).count("\n") == told.count("\n")
