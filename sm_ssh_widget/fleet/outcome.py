"""The result of an audit as a code: blocked before unknown before regressed before missing."""

from __future__ import annotations

from collections.abc import Collection

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.comparison import Since
from sm_ssh_widget.fleet.rows import RowVerdict
from sm_ssh_widget.problem import Code

REASONS = ("missing", "blocked", "unknown", "regressed")
"""What ``--fail-on`` can name."""


def audit_code(
    audit: Audit,
    since: Since | None = None,
    fail_on: Collection[str] = REASONS,
    accepted: Collection[str] = (),
) -> Code | None:
    """Return the code of an audit, ``None`` if all is well.

    ``fail_on`` narrows the reasons; an account that was not read always counts, unless it is ``accepted`` by a rule.
    """
    rows = {row.verdict for row in audit.rows} | {place.verdict for place in audit.places}
    unread = [each for each in audit.problems if each.id not in accepted]
    if RowVerdict.BLOCKED in rows and "blocked" in fail_on:
        return Code.BLOCKED
    if unread or not audit.complete or (RowVerdict.UNKNOWN in rows and "unknown" in fail_on):
        return Code.UNKNOWN
    if since is not None and since.regressed and "regressed" in fail_on:
        return Code.DRIFTED
    return Code.MISSING if RowVerdict.FIXABLE in rows and "missing" in fail_on else None
