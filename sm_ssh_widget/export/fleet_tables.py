"""An audit as rows for other programs: CSV for a spreadsheet, JUnit for a build server, OCSF for a security lake."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from sm_ssh_widget.fleet.audit import AccountLine, Audit
from sm_ssh_widget.fleet.rows import RegionRow, RoleRow, RowVerdict
from sm_ssh_widget.fleet.stack_instances import NO_STACK, StackInstance, worst_stacks
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.version import VERSION
from sm_ssh_widget.visible import visible

Json: TypeAlias = Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FAILING = {FindingStatus.MISSING.value: "missing", FindingStatus.BLOCKED.value: "blocked"}
# https://schema.ocsf.io/1.3.0/classes/compliance_finding
_OCSF_STATUS = {"ready": 1, "fixable": 3, "blocked": 3, "unknown": 0, "ignored": 1}


def as_csv(audit: Audit, *, stacks: Sequence[StackInstance] = ()) -> str:
    """One line a role and Region: account, role, each requirement's status there, uses, last use, tags.

    An account that was not read, or that is suspended, has one line with its status and the reason. With the stacks of
    a roll-out, two more columns have the worst one of the account and Region, and why it is not current.
    """
    requirements, shared = _requirements(audit), _shared(audit)
    places = {(place.account, place.region): place for place in audit.places}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    about = ("used by", "last used", "tags", "ignored by", "reason")
    worst = worst_stacks(stacks)
    of_stack = ("stack", "stack reason") if stacks else ()
    writer.writerow(["account", "region", "role", "status", *requirements, *shared, *about, *of_stack])
    for row in audit:
        tags = " ".join(f"{key}={value}" for key, value in sorted(row.tags.items()))
        more = (" ".join(row.used_by), row.last_used, tags, row.ignored_by, "")
        for region in audit.regions_of(row):
            place = places.get((row.account, region))
            cells = [_status(audit, row, requirement, region) for requirement in requirements]
            cells += [_of_place(audit, place, requirement) for requirement in shared]
            known = (row.account, region, row.role, row.verdict.value, *cells, *more)
            writer.writerow([_cell(value) for value in (*known, *_of_stack(worst, row.account, region))])
    for line in (*audit.problems, *audit.suspended):
        empty = [""] * (len(requirements) + len(shared) + len(about) - 1)
        known = (line.id, "", "", line.status, *empty, _why(line))
        writer.writerow([_cell(value) for value in (*known, *_of_stack(worst, line.id))])
    return out.getvalue()


def _of_stack(worst: Mapping[tuple[str, str], StackInstance], account: str, region: str = "") -> tuple[str, ...]:
    """Status and reason of the worst stack of a place; nothing where no roll-out is shown."""
    if not worst:
        return ()
    found = worst.get((account, region))
    if found is None:
        return NO_STACK, ""
    return found.status, found.reason


def _cell(text: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else visible(text)


def as_junit(audit: Audit) -> str:
    """One test suite a role and Region, one a Region, one an account that was not read; a requirement is a test case.

    Ignored ones and suspended accounts are skipped, unknown ones are errors.
    """
    suites = [_suite(audit, row, region) for row in audit for region in audit.regions_of(row)]
    suites += [_suite_of_place(audit, place) for place in audit.places]
    suites += [_suite_of_account(line) for line in (*audit.problems, *audit.suspended)]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sm-ssh-widget audit">\n'
    return f"{head}{''.join(suites)}</testsuites>\n"


def _suite(audit: Audit, row: RoleRow, region: str) -> str:
    cases = [(requirement, audit.text(row, requirement, region)) for requirement in row.cells]
    required = set(audit.open_in(row, region))
    ignored = row.verdict is RowVerdict.IGNORED
    errors = 0 if ignored else len(required & {*row.lacks.unknown})
    failures = 0 if ignored else len(required) - errors
    body = "".join(_case(row, requirement, text, requirement in required) for requirement, text in cases)
    name = row.role if len(audit.regions_of(row)) == 1 else f"{row.role} in {region}"
    return _suite_text(name, (len(cases), failures, errors), {"account": row.account, "region": region}, body)


def _suite_of_place(audit: Audit, place: RegionRow) -> str:
    lacks = place.lacks
    texts = {requirement: audit.region_text(place, requirement) for requirement in place.cells}
    name = f"{place.account} in {place.region}"
    row = RoleRow(place.account, name, place.cells, place.verdict, "", lacks)
    body = "".join(
        _case(row, requirement, text, requirement in (*lacks.missing, *lacks.blocked, *lacks.unknown))
        for requirement, text in texts.items()
    )
    counts = (len(texts), len(lacks.missing) + len(lacks.blocked), len(lacks.unknown))
    return _suite_text(name, counts, {"account": place.account, "region": place.region}, body)


def _suite_of_account(line: AccountLine) -> str:
    suspended = line.status == "suspended"
    inner = "<skipped" if suspended else f'<error type="{line.status}"'
    case = (
        f'    <testcase classname={quoteattr(line.id)} name="read">{inner} message={quoteattr(visible(_why(line)))}/>'
    )
    return _suite_text(line.id, (1, 0, int(not suspended)), {"account": line.id}, f"{case}</testcase>\n")


def _suite_text(name: str, counts: tuple[int, int, int], about: Mapping[str, str], body: str) -> str:
    tests, failures, errors = counts
    head = f'tests="{tests}" failures="{failures}" errors="{errors}"'
    properties = "".join(f"<property name={quoteattr(key)} value={quoteattr(each)}/>" for key, each in about.items())
    told = f"    <properties>{properties}</properties>\n"
    return f"  <testsuite name={quoteattr(visible(name))} {head}>\n{told}{body}  </testsuite>\n"


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
    """One compliance finding (class 2003) a role and Region, one a Region, one an account not read, as JSON lines."""
    return "".join(json.dumps(each, sort_keys=True) + "\n" for each in _findings(audit))


def _findings(audit: Audit) -> Iterator[dict[str, Json]]:
    for row in audit:
        for region in audit.regions_of(row):
            open_ones = audit.open_in(row, region)
            texts = [audit.text(row, each, region) for each in open_ones if each in row.cells]
            resource = {"uid": row.role, "type": "AWS::IAM::Role", "name": row.name, "region": region}
            about = _About(row.account, region, row.role, f"{row.name} is {row.verdict.value}", row.verdict.value)
            yield _finding(audit, about, open_ones, texts, resource)
    for place in audit.places:
        lacks = place.lacks
        open_ones = (*lacks.missing, *lacks.blocked, *lacks.unknown)
        texts = [audit.region_text(place, each) for each in open_ones]
        title = f"{place.region} is {place.verdict.value}"
        about = _About(place.account, place.region, place.account, title, place.verdict.value)
        yield _finding(audit, about, open_ones, texts, _account_resource(place.account, place.region))
    for line in audit.problems:
        told = {"fact": (line.problem or {}).get("said", ""), "remedy": (line.problem or {}).get("next", "")}
        about = _About(line.id, "", line.id, f"account {line.id} is {line.status}", "unknown")
        yield _finding(audit, about, (), [told], _account_resource(line.id, ""))


def _account_resource(account: str, region: str) -> dict[str, Json]:
    return {"uid": f"AWS::::Account:{account}", "type": "AWS::::Account", "name": account, "region": region}


@dataclass(frozen=True)
class _About:
    """What a finding is about: account and Region (may be empty), what it is unique by, title, status."""

    account: str
    region: str
    subject: str
    title: str
    status: str


def _finding(
    audit: Audit, about: _About, open_ones: Sequence[str], texts: Sequence[Mapping[str, str]], resource: Json
) -> dict[str, Json]:
    product = {"name": "sm-ssh-widget", "vendor_name": "sm-ssh-widget", "version": VERSION}
    status = _OCSF_STATUS[about.status]
    return {
        "activity_id": 1,
        "category_uid": 2,
        "class_uid": 2003,
        "type_uid": 200301,
        "severity_id": 1 if status == 1 else 3,
        "time_dt": audit.header.started,
        "metadata": {"version": "1.3.0", "product": product},
        "cloud": {"provider": "AWS", "account": {"uid": about.account}, "region": about.region},
        "finding_info": {
            "uid": hashlib.sha256(f"{about.subject} {about.region}".encode()).hexdigest(),
            "title": f"SageMaker SSH Helper: {about.title}",
            "desc": " ".join(text["fact"] for text in texts),
        },
        "remediation": {"desc": " ".join(dict.fromkeys(text["remedy"] for text in texts if text["remedy"]))},
        "compliance": {"status_id": status, "control": audit.header.baseline, "requirements": list(open_ones)},
        "resources": [resource],
    }


def _requirements(audit: Audit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(requirement for row in audit for requirement in row.cells))


def _shared(audit: Audit) -> tuple[str, ...]:
    return tuple(dict.fromkeys(requirement for place in audit.places for requirement in place.cells))


def _status(audit: Audit, row: RoleRow, requirement: str, region: str) -> str:
    return audit.text(row, requirement, region)["status"] if requirement in row.cells else ""


def _of_place(audit: Audit, place: RegionRow | None, requirement: str) -> str:
    known = place is not None and requirement in place.cells
    return audit.region_text(place, requirement)["status"] if place is not None and known else ""


def _why(line: AccountLine) -> str:
    told = line.problem or {}
    return " ".join(filter(None, (told.get("said", ""), told.get("next", "")))) or line.status
