"""A text is stored once for all rows, and each row gets back exactly its own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sm_ssh_widget.fleet.texts import OwnNames, TextTable
from tests.fleet.audits import ACCOUNT, MISSING, REGION, arn, finding

ONE, OTHER = (OwnNames(arn(f"ml/{name}"), name, ACCOUNT, REGION) for name in ("One", "Other"))
pieces = st.lists(
    st.sampled_from(
        [ONE.role, "One", "Oneself", ACCOUNT, REGION, "{", "}", "{role}", "{{", "${aws:x}", "a", ".", "\ue001"]
    )
)


@given(pieces)
def test_every_text_comes_back(parts: list[str]) -> None:
    for text in ("".join(parts), " ".join(parts)):
        assert ONE.fill(ONE.abstract(text)) == text


def test_names_become_placeholders_where_they_stand_alone() -> None:
    text = f"{ONE.role} (One) in {REGION}, {ACCOUNT}: not Oneself, One."
    assert ONE.abstract(text) == "{role} ({name}) in {region}, {account}: not Oneself, {name}."
    assert OTHER.fill(ONE.abstract(text)) == f"{OTHER.role} (Other) in {REGION}, {ACCOUNT}: not Oneself, Other."


def test_equal_findings_of_two_roles_have_one_number() -> None:
    table = TextTable()
    numbers = [table.add(finding("a", MISSING, f"{own.name} lacks it"), own) for own in (ONE, OTHER)]
    numbers.append(table.add(finding("a", MISSING, "Something else"), ONE))
    assert numbers == [0, 0, 1]
    assert table.add_caveat("One lacks it", ONE) == 2, "a caveat is no finding"


def test_each_text_is_written_once_before_its_use() -> None:
    table = TextTable()
    table.add(finding("a", MISSING, "x"), ONE)
    assert [line["id"] for line in table.fresh()] == [0]
    table.add(finding("a", MISSING, "y"), ONE)
    assert [line["fact"] for line in table.fresh()] == ["y"]
    again = TextTable.of(list(table.texts))
    assert again.add(finding("a", MISSING, "y"), ONE) == 1
    assert not list(again.fresh())
