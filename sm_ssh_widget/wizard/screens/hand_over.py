"""Beside the steps: the plan for somebody else to apply."""

from __future__ import annotations

from sm_ssh_widget.export import FORMATS
from sm_ssh_widget.wizard.environment import BUNDLE
from sm_ssh_widget.wizard.screens.labels import BACK, counted, cut, problem
from sm_ssh_widget.wizard.state import HandOver, WizardState
from sm_ssh_widget.wizard.view import Action, Block, Choice, Code, Download, Fact, Facts, Note, Option, Skeleton, View


def hand_over(state: WizardState) -> View:
    """The plan as text to copy or download, in the format that is chosen."""
    plan = state.plan or (state.journal.plan if state.journal else None)
    blocks: list[Block] = []
    formats = state.setting.formats
    chosen = next(iter(state.choice("format")), formats[0][0] if formats else "")
    options = tuple(Option(name, title, on=name == chosen) for name, title in formats)
    if state.failed:
        again = (Action("hand-over", "Try again"),) if plan else ()
        blocks.append(problem(state.failed.where, state.failed.said, state.failed.remedy, *again))
    blocks.append(Choice("format", "Format", "radio", options, layout="two"))
    text = "When it is applied, check this role again: the wizard proves the state, not the claim."
    blocks += [Note("It holds no secret.", text)]
    if plan:
        blocks.append(Facts((Fact("Digest", f"`{plan.digest}`", "The admin can compare it."),), small=True))
    if state.told and state.told[0] == chosen:
        blocks.append(_told(*state.told))
    elif state.doing(HandOver):
        blocks.append(Skeleton("Writing the plan down", 3))
    number = len(plan.changes) if plan else 0
    return View(
        screen="hand-over",
        heading=f"{counted(number, 'change')} for an admin",
        lede="Who applies it needs neither this package nor a notebook.",
        steps=(),
        blocks=tuple(blocks),
        actions=(BACK, Action("check", "Check this role", "primary")),
        footnote=f"Digest `{cut(plan.digest)}`." if plan else "",
    )


def _told(name: str, text: str) -> Block:
    known = FORMATS[name]
    if name == BUNDLE:
        return Download(
            "The plan and every telling of it, with a text that says how to apply it", known.file_name, text
        )
    return Code(known.title, text, file=known.file_name)
