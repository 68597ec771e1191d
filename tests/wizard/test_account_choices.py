"""Which accounts are chosen, and what an audit of them asks for; the tree of units."""

from __future__ import annotations

import pytest

from sm_ssh_widget.fleet.accounts import AUDIT_ROLE, AccountEntry, ListedAccounts, MemberRole
from sm_ssh_widget.problem import Problem
from sm_ssh_widget.wizard import account_choices as choices
from sm_ssh_widget.wizard.state import Setting, WizardState

ONE, TWO, THREE, FOUR, GONE = (digit * 12 for digit in "12345")
LISTED = ListedAccounts(
    (
        AccountEntry(ONE, "Payer"),
        AccountEntry(TWO, "beta", "Work/Lab"),
        AccountEntry(THREE, "Alpha", "Work/Lab"),
        AccountEntry(FOUR, "Gamma", "Workshop"),
        AccountEntry(GONE, "Gone", "Work", suspended=True),
    ),
    ONE,
)


def state(*accounts: str, simulated: bool = False, **typed: str) -> WizardState:
    chosen = {choices.ACCOUNTS: frozenset(accounts)}
    names = {name.replace("_", "-"): text for name, text in typed.items()}
    return WizardState(setting=Setting(simulated=simulated), listed=LISTED, chosen=chosen, typed=names)


def by(shown: WizardState, **radios: str) -> WizardState:
    given = {name.replace("_", "-"): frozenset({option}) for name, option in radios.items()}
    return shown.with_(chosen={**shown.chosen, **given})


def test_the_tree_has_every_account_once_in_its_unit() -> None:
    root = choices.tree(LISTED.entries)
    assert [each.id for each in root.accounts] == [ONE]
    assert [(unit.path, unit.name) for unit in root.units] == [("Work", "Work"), ("Workshop", "Workshop")]
    work, _ = root.units
    assert [each.id for each in work.accounts] == [GONE]
    (lab,) = work.units
    assert (lab.path, lab.name) == ("Work/Lab", "Lab")
    assert [each.id for each in lab.accounts] == [THREE, TWO], "by name, whatever its case"
    assert sorted(each.id for each in root.entries()) == sorted(each.id for each in LISTED.entries)


def test_a_unit_chooses_its_own_accounts_and_those_below_it_and_no_other() -> None:
    assert choices.with_unit(state(), "Work", on=True) == {TWO, THREE}
    assert choices.with_unit(state(ONE, TWO), "Work", on=False) == {ONE}
    assert choices.with_unit(state(), "", on=True) == {ONE, TWO, THREE, FOUR}
    assert choices.with_unit(state(FOUR, find_account="alpha"), "Work", on=True) == {THREE, FOUR}


def test_accounts_are_found_by_name_id_and_unit() -> None:
    assert [each.id for each in choices.shown(state(find_account="LAB be"))] == [TWO]
    assert [each.id for each in choices.shown(state(find_account=THREE[:4]))] == [THREE]
    assert len(choices.shown(state())) == len(LISTED.entries)


def test_only_chosen_accounts_are_entered_and_the_suspended_ones_are_told() -> None:
    found = choices.entered(state(TWO, GONE))
    assert [(each.id, each.suspended) for each in found.entries] == [(TWO, False), (GONE, True)]
    assert found.role == MemberRole(AUDIT_ROLE)
    assert found.regions == ()


def test_the_role_its_external_id_and_the_regions() -> None:
    told = by(state(TWO, member_role=" path/Reader ", member_external_id="a-b"), account_regions="used")
    found = choices.entered(told)
    assert found.role == MemberRole("path/Reader", "a-b")
    assert found.regions == ("used",)
    named = by(state(TWO, region_list="eu-west-1, us-east-1 eu-west-1"), account_regions="some")
    assert choices.entered(named).regions == ("eu-west-1", "us-east-1")
    assert choices.entered(state(TWO, simulated=True)).role.external_id == choices.SIMULATED_EXTERNAL_ID
    assert choices.entered(state(TWO, simulated=True, member_external_id="")).role.external_id is None


def test_named_accounts_need_no_list() -> None:
    told = by(state(ONE, account_ids=f"{TWO}, {THREE}\n{TWO}"), accounts_from="list")
    assert [each.id for each in choices.chosen(told)] == [TWO, THREE]
    assert [each.id for each in choices.entered(told).entries] == [TWO, THREE]


@pytest.mark.parametrize(
    ("shown", "where"),
    [
        (state(TWO, member_role="no role"), "Role name"),
        (state(TWO, member_external_id="?"), "External ID"),
        (by(state(account_ids="123"), accounts_from="list"), "Account IDs"),
        (by(state(account_ids=" "), accounts_from="list"), "Account IDs"),
        (by(state(TWO), account_regions="some"), "Regions"),
        (by(state(TWO, region_list="eu-west-1 all"), account_regions="some"), "Regions"),
    ],
)
def test_a_problem_names_its_field(shown: WizardState, where: str) -> None:
    with pytest.raises(Problem) as refused:
        choices.entered(shown)
    assert refused.value.where == where
    assert "--" not in f"{refused.value.said} {refused.value.remedy}"


def test_only_active_accounts_and_real_units_can_be_chosen() -> None:
    known = choices.known(state())
    assert set(known[choices.ACCOUNTS]) == {ONE, TWO, THREE, FOUR}
    assert set(known[choices.UNITS]) == {choices.EVERY_UNIT, "Work", "Work/Lab", "Workshop"}
