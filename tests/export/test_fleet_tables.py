"""An audit as CSV, JUnit and OCSF: nothing in it is taken for a formula or an element."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.export.fleet_tables import as_csv, as_junit, as_ocsf
from sm_ssh_widget.fleet.audit import AccountLine, Audit
from sm_ssh_widget.fleet.rows import RowVerdict
from sm_ssh_widget.fleet.stack_instances import StackInstance
from tests.fleet.audits import ACCOUNT, BLOCKED, MET, MISSING, REGION, UNKNOWN, audit

OTHER = "us-east-1"

EVIL = "=cmd()</script><script>x\u202e"
FOUND = audit({"a": {"trust.ssm": MISSING, "role.x": UNKNOWN}, "b": {"trust.ssm": MET}, "c": {"trust.ssm": BLOCKED}})
FOUND.rows[0] = replace(FOUND.rows[0], last_used=EVIL, used_by=(EVIL,))


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(FOUND))))
    assert [row["status"] for row in rows] == ["unknown", "ready", "blocked"]
    assert [row["role.x"] for row in rows] == ["unknown", "", ""]
    assert rows[0]["last used"].startswith("'=")


def test_junit() -> None:
    *suites, place = ElementTree.fromstring(as_junit(FOUND)).findall("testsuite")
    assert (place.get("name"), place.get("failures")) == (f"{ACCOUNT} in {REGION}", "0")
    assert [(suite.get("failures"), suite.get("errors")) for suite in suites] == [("1", "1"), ("0", "0"), ("1", "0")]
    assert [len(suite.findall("*/failure")) for suite in suites] == [1, 0, 1]
    ignored = replace(FOUND, rows=[replace(FOUND.rows[0], verdict=RowVerdict.IGNORED, ignored_by="<why>")])
    suite, _ = ElementTree.fromstring(as_junit(ignored)).findall("testsuite")
    assert suite.findall("*/skipped")[0].get("message") == "<why>"


def test_ocsf() -> None:
    found = [json.loads(line) for line in as_ocsf(FOUND).splitlines()]
    assert [each["compliance"]["status_id"] for each in found] == [0, 1, 3, 1]
    assert len({each["finding_info"]["uid"] for each in found}) == 4


def in_two_regions() -> Audit:
    """A role that lacks the trust in the second Region only, a tier that is missing there, an account not read."""
    found = audit({"a": {"trust.ssm": MET, "role.x": MISSING}})
    other = audit({"a": {"trust.ssm": MISSING, "role.x": MISSING}}, tier=MISSING)
    numbers = {}
    for requirement, number in {**other.rows[0].cells, **other.places[0].cells}.items():
        numbers[requirement] = len(found.table.texts)
        found.table.texts.append(other.table.texts[number])
    cells = {each: numbers[each] for each in other.rows[0].cells}
    elsewhere = replace(other.rows[0], cells=cells, trusts={OTHER: numbers["trust.ssm"]})
    found.rows[0] = found.rows[0].and_elsewhere(OTHER, elsewhere)
    found.places.append(replace(other.places[0], region=OTHER, cells={"ssm.tier": numbers["ssm.tier"]}))
    problem = {"where": "Signing in", "said": "Access denied.", "next": "Create the role.", "code": "sign-in"}
    found.accounts += [
        AccountLine("210000000002", "not-read", problem),
        AccountLine("210000000003", "suspended", name="Old"),
    ]
    return found


def test_every_format_has_account_and_region() -> None:
    found = in_two_regions()
    first, second, unread, suspended = csv.DictReader(io.StringIO(as_csv(found)))
    assert (first["account"], first["region"], first["trust.ssm"], first["ssm.tier"]) == (
        ACCOUNT,
        REGION,
        "satisfied",
        "satisfied",
    )
    assert (second["account"], second["region"], second["trust.ssm"], second["ssm.tier"]) == (
        ACCOUNT,
        OTHER,
        "missing",
        "missing",
    )
    assert (unread["status"], unread["reason"]) == ("not-read", "Access denied. Create the role.")
    assert (suspended["account"], suspended["status"]) == ("210000000003", "suspended")
    suites = ElementTree.fromstring(as_junit(found)).findall("testsuite")
    told = [{each.get("name"): each.get("value") for each in suite.iter("property")} for suite in suites]
    assert told == [
        {"account": ACCOUNT, "region": REGION},
        {"account": ACCOUNT, "region": OTHER},
        {"account": ACCOUNT, "region": REGION},
        {"account": ACCOUNT, "region": OTHER},
        {"account": "210000000002"},
        {"account": "210000000003"},
    ]
    assert [(suite.get("failures"), suite.get("errors")) for suite in suites] == [
        ("1", "0"),
        ("2", "0"),
        ("0", "0"),
        ("1", "0"),
        ("0", "1"),
        ("0", "0"),
    ]
    assert [len(suite.findall("*/failure")) for suite in suites] == [1, 2, 0, 1, 0, 0]
    findings = [json.loads(line) for line in as_ocsf(found).splitlines()]
    assert [(each["cloud"]["account"]["uid"], each["cloud"]["region"]) for each in findings] == [
        (ACCOUNT, REGION),
        (ACCOUNT, OTHER),
        (ACCOUNT, REGION),
        (ACCOUNT, OTHER),
        ("210000000002", ""),
    ]
    assert [each["compliance"]["requirements"] for each in findings[:2]] == [["role.x"], ["role.x", "trust.ssm"]]
    page = as_html(found)
    assert "210000000002" in page
    assert f"{ACCOUNT} in {OTHER}" in page


def test_the_stacks_of_a_roll_out_are_columns_of_their_own() -> None:
    found = audit({"One": {"trust.ssm": MISSING}})
    unread = AccountLine("210987654321", "not-read", {"where": "", "said": "Denied.", "next": "", "code": "sign-in"})
    found.accounts.append(unread)
    stacks = (
        StackInstance("roles", ACCOUNT, REGION, "OUTDATED", "=It failed."),
        StackInstance("roles", ACCOUNT, "us-east-1", "INOPERABLE"),
    )
    rows = list(csv.DictReader(io.StringIO(as_csv(found, stacks=stacks))))
    assert [(row["stack"], row["stack reason"]) for row in rows] == [("OUTDATED", "'=It failed."), ("NONE", "")]
    assert "stack" not in as_csv(found).partition("\n")[0]
