"""What to do about a missing policy: in IAM, or in the permission set of IAM Identity Center."""

from __future__ import annotations

import pytest

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.requirements.remedies import attach, write
from tests.support.observations import ROLE, identity

SSO = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef"
PERMISSION_SET = "the permission set Dev in IAM Identity Center"


@pytest.mark.parametrize(
    ("arn", "attached", "written"),
    [
        (str(ROLE), "Attach A and B.", "Add the inline policy P"),
        (SSO, f"Add A and B to {PERMISSION_SET}.", f"Add the statements of P to the inline policy of {PERMISSION_SET}"),
    ],
    ids=["iam", "identity-center"],
)
def test_the_place_where_the_policy_is_added(arn: str, attached: str, written: str) -> None:
    holder = identity(PrincipalArn.parse(arn))
    assert attach("A and B", holder) == attached
    assert write("P", holder) == written
