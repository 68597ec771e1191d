"""An audit as CSV, JUnit and OCSF: nothing in it is taken for a formula or an element."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

from sm_ssh_widget.export.fleet_tables import as_csv, as_junit, as_ocsf
from sm_ssh_widget.fleet.rows import RowVerdict
from tests.fleet.audits import BLOCKED, MET, MISSING, UNKNOWN, audit

EVIL = "=cmd()</script><script>x\u202e"
FOUND = audit({"a": {"trust.ssm": MISSING, "role.x": UNKNOWN}, "b": {"trust.ssm": MET}, "c": {"trust.ssm": BLOCKED}})
FOUND.rows[0] = replace(FOUND.rows[0], last_used=EVIL, used_by=(EVIL,))


def test_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(FOUND))))
    assert [row["status"] for row in rows] == ["unknown", "ready", "blocked"]
    assert [row["role.x"] for row in rows] == ["unknown", "", ""]
    assert rows[0]["last used"].startswith("'=")


def test_junit() -> None:
    suites = ElementTree.fromstring(as_junit(FOUND)).findall("testsuite")
    assert [(suite.get("failures"), suite.get("errors")) for suite in suites] == [("1", "1"), ("0", "0"), ("1", "0")]
    assert [len(suite.findall("*/failure")) for suite in suites] == [1, 0, 1]
    ignored = replace(FOUND, rows=[replace(FOUND.rows[0], verdict=RowVerdict.IGNORED, ignored_by="<why>")])
    (suite,) = ElementTree.fromstring(as_junit(ignored)).findall("testsuite")
    assert suite.findall("*/skipped")[0].get("message") == "<why>"


def test_ocsf() -> None:
    found = [json.loads(line) for line in as_ocsf(FOUND).splitlines()]
    assert [each["compliance"]["status_id"] for each in found] == [0, 1, 3]
    assert len({each["finding_info"]["uid"] for each in found}) == 3
