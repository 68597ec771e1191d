"""Instructions for a permission set: which policies to enter, and where; nothing of the role itself."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sm_ssh_widget.changes.plan import Kind, Plan, Refusal, RefusalCode
from sm_ssh_widget.export import identity_center
from sm_ssh_widget.export.prose import Heading, Items, Listing, Paragraph, Piece, ProseCode
from sm_ssh_widget.export.resource_writes import ResourceWrite

from .plans import ACCOUNT, plan

JANE = f"arn:aws:iam::{ACCOUNT}:user/jane"
SSO = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef"
TITLE = Heading("SageMaker SSH Helper: permissions for IAM Identity Center", 1)
POLICY_ARN = "arn:aws:iam::aws:policy/SageMakerSSMPolicy"
SIGN_IN = "Sign in to the management account or the delegated administrator account of IAM Identity Center."
PATH = "Open IAM Identity Center > Multi-account permissions > Permission sets > "
NOTHING = Paragraph("This plan adds nothing for the person who connects.")


def of(user: str | None, **fields: Any) -> Plan:
    return replace(plan(), target={**plan().target, "user": user}, **fields)


def text(planned: Plan) -> list[Piece]:
    return list(identity_center.text(planned, "sha256:1"))


def test_of_a_person_the_policies_and_where_they_are_entered() -> None:
    guard = next(each for each in plan().changes if each.id == "user.owner-guard")
    assert text(plan()) == [
        TITLE,
        Paragraph(
            (
                "The plan changes ",
                ProseCode(JANE),
                ". If that person signs in through IAM Identity Center instead:",
            )
        ),
        Items((SIGN_IN, (PATH, "the permission set of that person", " > Permissions."))),
        Heading("Inline policy"),
        Paragraph("The current inline policy plus the added statements. Replace the current policy with it:"),
        Listing(json.dumps(json.loads(guard.after), indent=2), "json"),
        Heading("AWS managed policy SageMakerSSMPolicy"),
        Paragraph(("Attach it to the permission set: ", ProseCode(POLICY_ARN))),
        Paragraph("Then reprovision the permission set to its accounts when IAM Identity Center prompts you."),
        Paragraph(("Digest of the plan: ", ProseCode("sha256:1"))),
    ]


def test_of_a_permission_set_what_was_refused_in_iam() -> None:
    inline = next(each for each in plan().changes if each.id == "role.sagemaker-ssm-policy")
    elsewhere = replace(inline, resource={**inline.resource, "arn": SSO})
    refused = Refusal("user.permissions", RefusalCode.PROTECTED, "It is theirs.", (elsewhere,))
    _, which, where, _, how, listing, *_ = text(of(SSO, changes=(), refused=(refused,)))
    assert which == Paragraph(("Permission set: ", ProseCode("Dev")))
    assert where == Items((SIGN_IN, (PATH, ProseCode("Dev"), " > Permissions.")))
    assert how == Paragraph("Add these statements after those of its inline policy. If it has none, enter all of it:")
    assert listing == Listing(json.dumps(json.loads(inline.after), indent=2), "json")


def test_what_is_planned_and_what_is_elsewhere_stand_together() -> None:
    inline = next(each for each in plan().changes if each.id == "role.sagemaker-ssm-policy")
    refused = Refusal("user.other", RefusalCode.PROTECTED, "It is theirs.", (inline,))
    headings = [each.text for each in text(of(JANE, refused=(refused,))) if isinstance(each, Heading)]
    assert headings[1:] == ["Inline policy", "AWS managed policy SageMakerSSMPolicy", "Inline policy"]


def test_of_a_role_that_also_connects_its_own_needs_are_left_out() -> None:
    role = str(plan().target["role"])
    own = [replace(each, finding=f"user.{each.finding}") if each.kind is Kind.ROLE_INLINE else each
           for each in plan().changes]  # fmt: skip
    headings = [each.text for each in text(of(role, changes=tuple(own))) if isinstance(each, Heading)]
    assert headings[1:] == ["Inline policy"]


@pytest.mark.parametrize("user", [None, "", JANE])
def test_nothing_for_them_with_what_stands_in_the_way(user: str | None) -> None:
    protected = Refusal("user.permissions", RefusalCode.PROTECTED, "It is theirs.")
    other = Refusal("ssm.tier", RefusalCode.QUOTA, "It is full.")
    of_role = tuple(each for each in plan().changes if not each.finding.startswith("user."))
    assert text(of(user, changes=of_role, refused=(protected, other))) == [TITLE, NOTHING, Items(["It is theirs."])]
    assert text(of(user, changes=of_role, refused=(other,))) == [TITLE, NOTHING]


def test_changes_of_another_person_are_not_theirs() -> None:
    assert text(of(f"arn:aws:iam::{ACCOUNT}:user/ann"))[1] == NOTHING


def test_every_kind_has_an_entry_and_a_permission_set_has_only_policies() -> None:
    assert set(identity_center.RENDERERS) == set(Kind)
    change = plan().changes[0]
    for kind in (Kind.TRUST, Kind.SERVICE_SETTING, Kind.ROLE, Kind.QUICK_SETUP, Kind.INSTANCE):
        assert list(identity_center.RENDERERS[kind](ResourceWrite((replace(change, kind=kind),)))) == []
