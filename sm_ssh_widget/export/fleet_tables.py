"""An audit as rows for other programs: CSV for a spreadsheet, JUnit for a build server, OCSF for a security lake."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import RoleRow, RowVerdict
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.version import VERSION
from sm_ssh_widget.visible import visible

Json: TypeAlias = Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FAILING = {FindingStatus.MISSING.value: "missing", FindingStatus.BLOCKED.value: "blocked"}
# https://schema.ocsf.io/1.3.0/classes/compliance_finding
_OCSF_STATUS = {"ready": 1, "fixable": 3, "blocked": 3, "unknown": 0, "ignored": 1}


def as_csv(audit: Audit) -> str:
    """One line a role: account, role, status, each requirement's status, uses, last use, tags."""
    requirements = _requirements(audit)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["account", "role", "status", *requirements, "used by", "last used", "tags", "ignored by"])
    for row in audit:
        cells = [_status(audit, row, requirement) for requirement in requirements]
        tags = " ".join(f"{key}={value}" for key, value in sorted(row.tags.items()))
        values = (row.account, row.role, row.verdict.value, *cells, " ".join(row.used_by), row.last_used, tags)
        writer.writerow([_cell(value) for value in (*values, row.ignored_by)])
    return out.getvalue()


def _cell(text: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else visible(text)


def as_junit(audit: Audit) -> str:
    """One test suite a role and one test case a requirement; ignored and unknown ones are skipped and errors."""
    suites = "".join(_suite(audit, row) for row in audit)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sm-ssh-widget audit">\n{suites}</testsuites>\n'


def _suite(audit: Audit, row: RoleRow) -> str:
    cases = [(requirement, audit.text(row, requirement)) for requirement in row.cells]
    required = {*row.lacks.missing, *row.lacks.blocked, *row.lacks.unknown}
    ignored = row.verdict is RowVerdict.IGNORED
    failures = 0 if ignored else len(required & {*row.lacks.missing, *row.lacks.blocked})
    errors = 0 if ignored else len(required & {*row.lacks.unknown})
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}"'
    body = "".join(_case(row, requirement, text, requirement in required) for requirement, text in cases)
    return f"  <testsuite name={quoteattr(visible(row.role))} {counts}>\n{body}  </testsuite>\n"


def _case(row: RoleRow, requirement: str, text: Mapping[str, str], required: bool) -> str:
    head = f"    <testcase classname={quoteattr(visible(row.name))} name={quoteattr(requirement)}"
    said = escape(visible(f"{text['fact']} {text['remedy']}".strip()))
    if not required:
        return f"{head}/>\n"
    if row.verdict is RowVerdict.IGNORED:
        return f"{head}><skipped message={quoteattr(visible(row.ignored_by))}/></testcase>\n"
    kind = "failure" if text["status"] in _FAILING else "error"
    return f'{head}><{kind} type="{text["status"]}">{said}</{kind}></testcase>\n'


def as_ocsf(audit: Audit) -> str:
    """One compliance finding (class 2003) a role, as JSON lines."""
    return "".join(json.dumps(each, sort_keys=True) + "\n" for each in _findings(audit))


def _findings(audit: Audit) -> Iterator[dict[str, Json]]:
    product = {"name": "sm-ssh-widget", "vendor_name": "sm-ssh-widget", "version": VERSION}
    for row in audit:
        region = audit.header.regions[0]
        open_ones = (*row.lacks.missing, *row.lacks.blocked, *row.lacks.unknown)
        texts = [audit.text(row, requirement) for requirement in open_ones if requirement in row.cells]
        status = _OCSF_STATUS[row.verdict.value]
        yield {
            "activity_id": 1,
            "category_uid": 2,
            "class_uid": 2003,
            "type_uid": 200301,
            "severity_id": 1 if status == 1 else 3,
            "time_dt": audit.header.started,
            "metadata": {"version": "1.3.0", "product": product},
            "cloud": {"provider": "AWS", "account": {"uid": row.account}, "region": region},
            "finding_info": {
                "uid": hashlib.sha256(f"{row.role} {region}".encode()).hexdigest(),
                "title": f"SageMaker SSH Helper: {row.name} is {row.verdict.value}",
                "desc": " ".join(text["fact"] for text in texts),
            },
            "remediation": {"desc": " ".join(dict.fromkeys(text["remedy"] for text in texts if text["remedy"]))},
            "compliance": {"status_id": status, "control": audit.header.baseline, "requirements": list(open_ones)},
            "resources": [{"uid": row.role, "type": "AWS::IAM::Role", "name": row.name, "region": region}],
        }


def _requirements(audit: Audit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(requirement for row in audit for requirement in row.cells))


def _status(audit: Audit, row: RoleRow, requirement: str) -> str:
    return audit.text(row, requirement)["status"] if requirement in row.cells else ""
