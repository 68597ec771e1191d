"""Which accounts are chosen, by which role they are read, and what is no account is refused."""

from __future__ import annotations

import pytest

from sm_ssh_widget.fleet.accounts import AUDIT_ROLE, AccountChoice, AccountEntry, MemberRole, active_first
from sm_ssh_widget.problem import Code, Problem

ONE, OTHER = "210000000002", "123456789012"


@pytest.mark.parametrize(
    ("text", "kind", "ids", "told"),
    [
        ("current", "current", (), "current"),
        (" org ", "org", (), "org"),
        ("portal", "portal", (), "portal"),
        ("ou:ou-ab12-cdefghij,r-ab12", "ou", ("ou-ab12-cdefghij", "r-ab12"), "ou:ou-ab12-cdefghij,r-ab12"),
        (f"{ONE}, {OTHER},{ONE}", "list", (ONE, OTHER), "list"),
    ],
)
def test_a_choice(text: str, kind: str, ids: tuple[str, ...], told: str) -> None:
    found = AccountChoice.parse(text)
    assert (found.kind, found.ids, found.name) == (kind, ids, told)


@pytest.mark.parametrize("text", ["", "all", "12345", f"{ONE}0", "ou:", "ou:ab-1234", f"{ONE},x", "٢10000000002"])
def test_what_is_no_choice_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        AccountChoice.parse(text)
    assert refused.value.code is Code.USAGE


def test_a_file_has_an_account_a_line() -> None:
    found = AccountChoice.of_file(f"# ours\n{ONE}  Research\n\n{OTHER},Payer # pays\n")
    assert found == AccountChoice("list", (ONE, OTHER))
    for wrong in ("", "# nothing\n", "Research\n"):
        with pytest.raises(Problem):
            AccountChoice.of_file(wrong)


def test_the_role_of_the_members() -> None:
    assert MemberRole().arn(ONE, "aws-cn") == f"arn:aws-cn:iam::{ONE}:role/{AUDIT_ROLE}"
    found = MemberRole.parse("ops/a,b@c,external-id=x=y:1")
    assert (found.name, found.external_id) == ("ops/a,b@c", "x=y:1")
    assert found.arn(ONE, "aws") == f"arn:aws:iam::{ONE}:role/ops/a,b@c"
    for wrong in ("", "/a", "a b", "a" * 65, "a,external-id=", "a,external-id=x", "arn:aws:iam::1:role/a"):
        with pytest.raises(Problem) as refused:
            MemberRole.parse(wrong)
        assert refused.value.code is Code.USAGE


def test_each_account_once_and_suspended_ones_last() -> None:
    first, second = AccountEntry(OTHER, suspended=True), AccountEntry(ONE)
    assert active_first([first, second, second]) == (second, first)
    profiles = [AccountEntry("", profile=name) for name in ("b", "a")]
    assert [each.label for each in active_first(profiles)] == ["profile a", "profile b"]
