"""What a plan refuses: each with its reason, and its remedy as a button where the wizard has one."""

from __future__ import annotations

from sm_ssh_widget.changes.plan import Change, Refusal, RefusalCode
from sm_ssh_widget.requirements.catalogue import INSTANCE_CHECK
from sm_ssh_widget.wizard.blocks import Band, Block, Fold
from sm_ssh_widget.wizard.controls import Action
from sm_ssh_widget.wizard.screens import change_blocks, links
from sm_ssh_widget.wizard.screens.labels import marked
from sm_ssh_widget.wizard.state import WizardState

LEAST_PRIVILEGE = Action("least-privilege", "Switch to least privilege", "primary")


def refusals(state: WizardState, refused: tuple[Refusal, ...]) -> tuple[Block, ...]:
    """A band for each, before the changes; the first that has a remedy here carries the primary button."""
    blocks: list[Block] = []
    button = remedy_button(state, refused)
    for each in refused:
        offered = button if button and each.code is RefusalCode.QUOTA else None
        blocks.append(_band(state, each, offered))
        button = None if offered else button
        blocks += [_elsewhere(change) for change in each.elsewhere]
    return tuple(blocks)


def remedy_button(state: WizardState, refused: tuple[Refusal, ...]) -> Action | None:
    """The button that makes room: least privilege writes one inline policy in the place of attached ones."""
    quota = any(each.code is RefusalCode.QUOTA for each in refused)
    classic = state.report is not None and state.report.selection.baseline.name == "classic"
    return LEAST_PRIVILEGE if quota and classic else None


def _band(state: WizardState, refused: Refusal, button: Action | None) -> Band:
    title = _title(state, refused)
    more = (
        (links.outside("quota", "Ask AWS for a higher quota", links.QUOTAS),)
        if refused.code is RefusalCode.QUOTA
        else ()
    )
    actions = (*((button,) if button else ()), *more)
    if refused.code is RefusalCode.UNKNOWN:
        return Band(
            f"refused:{refused.finding}", f"Could not be read: {title}.", marked(refused.reason), "quiet", "unknown"
        )
    return Band(f"refused:{refused.finding}", f"Refused: {title}.", marked(refused.reason), "bad", "blocked", actions)


def _title(state: WizardState, refused: Refusal) -> str:
    titles = {f.id: f.title for f in state.report.findings} if state.report else {}
    titles[INSTANCE_CHECK.id] = INSTANCE_CHECK.title
    target = state.offer.target if state.offer else {}
    purpose = change_blocks.purpose(refused.finding, str(target.get("region", "")), str(target.get("user") or ""))
    named = purpose or titles.get(refused.finding, refused.finding)
    return f"{named[:1].lower()}{named[1:]}"


def _elsewhere(change: Change) -> Fold:
    """What would have been written, to be put where IAM does not reach."""
    return Fold(f"elsewhere:{change.id}", change_blocks.title(change), change_blocks.details(change, ""))
