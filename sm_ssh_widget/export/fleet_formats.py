"""The formats of an audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sm_ssh_widget.export.fleet_html import as_html
from sm_ssh_widget.export.fleet_tables import as_csv, as_junit, as_ocsf
from sm_ssh_widget.fleet.audit import Audit

AUDIT_FORMATS: Mapping[str, Callable[[Audit], str]] = {
    "csv": as_csv,
    "html": as_html,
    "junit": as_junit,
    "ocsf": as_ocsf,
}
"""Name of a format → its renderer; a terminal renders ``table`` itself."""
