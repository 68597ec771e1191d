"""For what the role is ready, and for whom: a row for each use of SSH Helper, one for the person who connects."""

from __future__ import annotations

from collections.abc import Iterator

from sm_ssh_widget.pipeline import Report
from sm_ssh_widget.requirements.judgement import listed
from sm_ssh_widget.requirements.readiness import NAMES_OF_USES
from sm_ssh_widget.requirements.uses import Standing
from sm_ssh_widget.wizard.blocks import Fold, Row, Rows
from sm_ssh_widget.wizard.controls import Tone
from sm_ssh_widget.wizard.screens.labels import marked

READY_FOR = "Ready for"
_MARKS: dict[Standing, tuple[str, str, Tone]] = {
    "ready": ("satisfied", "Ready", "ok"),
    "missing": ("missing", "Missing", "bad"),
    "blocked": ("blocked", "Blocked", "bad"),
    "unknown": ("unknown", "Unknown", "quiet"),
    "not-asked": ("unknown", "Not checked", "quiet"),
}
_MOST = 3


def ready_for(report: Report) -> tuple[Fold, ...]:
    """The uses as rows behind one line that sums them up; nothing where the check was about single requirements."""
    if not report.uses:
        return ()
    rows = tuple(_row(f"use:{use.use}", NAMES_OF_USES[use.use], use.status, use.lacks) for use in report.uses)
    connects = report.assessment.connects
    who = report.target.user.name if report.target.user else "Who connects"
    rows += (_row("use:connects", who, connects.status, ()),)
    return (Fold("uses", READY_FOR, (Rows(READY_FOR, rows),), "; ".join(_summary(rows)), "info", "quiet"),)


def _row(id: str, title: str, status: Standing, lacks: tuple[str, ...]) -> Row:
    icon, word, tone = _MARKS[status]
    some = (*lacks[:_MOST], f"{len(lacks) - _MOST} more") if len(lacks) > _MOST else lacks
    return Row(id, icon, title, word, tone, marked(f"Needs {listed(some)}.") if some else "")


def _summary(rows: tuple[Row, ...]) -> Iterator[str]:
    words = dict.fromkeys(row.word for row in rows)
    yield from (f"{listed(tuple(row.title for row in rows if row.word == word))}: {word.lower()}" for word in words)
