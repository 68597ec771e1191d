"""Audits made by hand, for the tests of the pure room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sm_ssh_widget.fleet.audit import AccountLine, Audit, AuditHeader
from sm_ssh_widget.fleet.rows import RegionRow, RoleRow, Standing
from sm_ssh_widget.fleet.texts import OwnNames, TextTable
from sm_ssh_widget.requirements.finding import Finding, FindingStatus

ACCOUNT, REGION = "123456789012", "eu-west-1"
MISSING, MET, UNKNOWN, BLOCKED = (
    FindingStatus.MISSING,
    FindingStatus.SATISFIED,
    FindingStatus.UNKNOWN,
    FindingStatus.BLOCKED,
)


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def finding(requirement: str, status: FindingStatus, fact: str = "", *, required: bool = True) -> Finding:
    fact = fact or f"{requirement} is {status.value}"
    return Finding(requirement, "1", required, status, "", requirement, fact, "", "")


def row(name: str, findings: Mapping[str, FindingStatus], table: TextTable, **more: object) -> RoleRow:
    own = OwnNames(arn(name), name, ACCOUNT, REGION)
    made = [finding(each, status, f"{name}: {each} is {status.value}") for each, status in findings.items()]
    lacks = Standing.of(made)
    cells = {each.id: table.add(each, own) for each in made}
    return RoleRow(ACCOUNT, arn(name), cells, lacks.verdict, lacks.group, lacks, {REGION: 0}, **more)  # type: ignore[arg-type]


def audit(roles: Mapping[str, Mapping[str, FindingStatus]], tier: FindingStatus = MET) -> Audit:
    """A complete audit of these roles."""
    header = AuditHeader("2026-11-29T20:00:00+00:00", "classic", (), (REGION,), "arn:aws:iam::123456789012:user/admin")
    found = Audit(header, complete=True)
    place = finding("ssm.tier", tier)
    number = found.table.add(place, OwnNames(arn("X"), "X", ACCOUNT, REGION))
    found.places.append(RegionRow(ACCOUNT, REGION, {"ssm.tier": number}, Standing.of([place]), 0))
    found.rows += [row(name, findings, found.table) for name, findings in roles.items()]
    found.accounts.append(AccountLine(ACCOUNT, "read"))
    return found


def lines(found: Audit) -> list[str]:
    """The lines of its file."""
    from sm_ssh_widget.fleet.audit import line_of  # noqa: PLC0415

    values: Iterable[Mapping[str, object]] = (
        found.header.to_json(),
        *TextTable(found.table.texts).fresh(),
        *(each.to_json() for each in found.places),
        *(each.to_json() for each in found.rows),
        *(each.to_json() for each in found.accounts),
        found.end(),
    )
    return [line_of(value) for value in values]
