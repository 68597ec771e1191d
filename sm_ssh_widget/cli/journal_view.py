"""Text view of a journal, and the progress lines of an apply or undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.cli.output import Output, grid, words

if TYPE_CHECKING:
    from sm_ssh_widget.files import Listed

MARKS = {
    StepStatus.PENDING: ("·", "dim"),
    StepStatus.WORKING: ("…", "cyan"),
    StepStatus.WAITING: ("…", "yellow"),
    StepStatus.DONE: ("✔", "green"),
    StepStatus.FAILED: ("✖", "red"),
    StepStatus.DRIFTED: ("≠", "magenta"),
    StepStatus.IN_DOUBT: ("?", "yellow"),
    StepStatus.SKIPPED: ("–", "dim"),
    StepStatus.UNDONE: ("↶", "green"),
}


class Progress:
    """Observer of an apply or undo: prints each status change on one line."""

    def __init__(self, screen: Output) -> None:
        self._screen = screen

    def step(self, journal: Journal, step: JournalStep) -> None:
        """Print the new status of a change."""
        number = [other.id for other in journal.steps].index(step.id) + 1
        self._screen.tell(step_view(step, f"[{number}/{len(journal.steps)}]"))


def step_view(step: JournalStep, number: str = "") -> RenderableType:
    """Render one change: status as symbol and word, id, and detail."""
    mark, style = MARKS[step.status]
    head = Text(f"{number} " if number else "", "dim").append(f"{mark} {step.status.value:<15}", f"bold {style}")
    said = words(step.id)
    return grid((head, said.append_text(words(f"  {step.detail}", "dim")) if step.detail else said), gap=1)


def journal_view(journal: Journal) -> RenderableType:
    """Render the result of each change, and the path of the journal."""
    settled = sum(step.status is StepStatus.DONE for step in journal.steps)
    undone = sum(step.status is StepStatus.UNDONE for step in journal.steps)
    total = len(journal.steps)
    told = f"{undone} of {total} undone" if undone else f"{settled} of {total} done"
    troubled = [step for step in journal.steps if step.status in _TROUBLED]
    if journal.undoing and journal.complete and not undone:
        told = "Nothing to undo"
    head = Text("✔ " if journal.complete else "✖ ", "bold green" if journal.complete else "bold red")
    parts: list[RenderableType] = [head.append(told, "bold")]
    parts += [step_view(replace(step, detail="")) for step in troubled]  # the problem below gives the reason
    parts += [step_view(step) for step in _leaving(journal)]
    return Group(*parts, grid((words("Journal", "bold"), words(journal.path))))


def _leaving(journal: Journal) -> Iterator[JournalStep]:
    """Yield the undone changes that left something, with that as their detail."""
    for change in journal.plan.changes:
        step = journal.step(change.id)
        if step.status is StepStatus.UNDONE and change.leaves:
            yield replace(step, detail=change.leaves)


_TROUBLED = (StepStatus.FAILED, StepStatus.DRIFTED, StepStatus.IN_DOUBT, StepStatus.WAITING, StepStatus.WORKING)


def journals_view(listed: Sequence[Listed], place: str) -> RenderableType:
    """Render the list of journals, newest first."""
    if not listed:
        return words(f"No journals in {place}.")
    return Group(*(_listed(item) for item in listed))


def _listed(item: Listed) -> RenderableType:
    if item.journal is None:
        said = item.problem.said if item.problem else "The journal cannot be read."
        return Group(Text("✖ ", "red").append_text(words(item.path)), grid((words(" "), words(said))))
    journal = item.journal
    mark = Text("✔ complete    ", "green") if journal.complete else Text("… not complete", "yellow")
    kind = "undo" if journal.undoes else "apply"
    counted: dict[str, int] = {}
    for step in journal.steps:
        counted[step.status.value] = counted.get(step.status.value, 0) + 1
    told = ", ".join(f"{number} {status}" for status, number in counted.items())
    head = Text.assemble(mark, f"  {journal.started}  ", (f"{kind:<5}", "bold"), f"  {told}")
    role = str(journal.plan.target["role"])
    return Group(
        head, grid((words(" "), words(f"{role} in {journal.plan.region}")), (words(" "), words(item.path, "dim")))
    )
