"""An audit as one HTML file that works without a network: no request, no script but its own.

The data is an inert JSON block. The page's own policy allows exactly its style and its script, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

from sm_ssh_widget.export import templates
from sm_ssh_widget.export.masking import mask_ids
from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.matrix import matrix_of, titles_of
from sm_ssh_widget.fleet.stack_instances import StackInstance
from sm_ssh_widget.requirements.baselines import BASELINES
from sm_ssh_widget.requirements.wording import counted
from sm_ssh_widget.visible import visible


def as_html(audit: Audit, *, mask: bool = False, stacks: Sequence[StackInstance] = ()) -> str:
    """Render the report. With ``mask``, account IDs are masked; with the stacks of a roll-out, a column has theirs."""
    hide = mask_ids if mask else str
    baseline = BASELINES.get(audit.header.baseline)
    titles = titles_of(baseline.requirements if baseline else ())
    value = {
        "about": visible(hide(_about(audit))),
        "notes": [visible(hide(note)) for note in _notes(audit)],
        "region": audit.header.regions[0] if audit.header.regions else "",
        "matrix": matrix_of(audit, titles, hide, stacks).to_json(),
    }
    data = json.dumps(value, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c")
    style, script = (templates.read(name) for name in ("fleet.css", "fleet.js"))
    page = templates.read("fleet.html")
    for name, text in (
        ("STYLE_HASH", _hash(style)),
        ("SCRIPT_HASH", _hash(script)),
        ("STYLE", style),
        ("SCRIPT", script),
        ("DATA", data),
    ):
        page = page.replace(f"<<{name}>>", text, 1)
    return page


def _about(audit: Audit) -> str:
    header = audit.header
    state = "complete" if audit.complete else "not complete"
    return (
        f"{counted(len(audit.rows), 'role')} in {_where(audit)}, baseline {header.baseline}, {state}. "
        f"Started {header.started}, read as {header.read_as}{f' at {header.endpoint}' if header.endpoint else ''}."
    )


def _where(audit: Audit) -> str:
    """The Regions, and the number of accounts if there are several."""
    found = tuple(dict.fromkeys(place.region for place in audit.places)) if audit.header.regions_of else ()
    regions, accounts = found or audit.header.regions, audit.header.accounts
    return f"{f'{accounts} accounts and ' if accounts > 1 else ''}{', '.join(regions)}"


def _notes(audit: Audit) -> list[str]:
    places = [
        f"{place.account} in {place.region}: {requirement}: {text['fact']} {text['remedy']}".strip()
        for place in audit.places
        for requirement in (*place.lacks.missing, *place.lacks.blocked, *place.lacks.unknown)
        for text in (audit.region_text(place, requirement),)
    ]
    problems = [
        f"Account {each.label}: {each.status}. {told.get('said', '')} {told.get('next', '')}"
        for each in audit.problems
        for told in (each.problem or {},)
    ]
    suspended = [f"Account {each.label} is suspended, and was not read." for each in audit.suspended]
    return [*places, *problems, *suspended, *audit.notes, *(note for each in audit.accounts for note in each.notes)]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
