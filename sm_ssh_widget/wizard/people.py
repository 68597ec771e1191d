"""Who connects: what can be offered as the identity that opens sessions, and which of it is chosen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sm_ssh_widget.policy.arn import ArnError, PrincipalArn

if TYPE_CHECKING:
    from sm_ssh_widget.wizard.state import WizardState

FOUND, SIGNED_IN, OTHER, NOT_YET = "found", "signed-in", "other", "not-yet"


@dataclass(frozen=True)
class Offer:
    """One answer to the question who connects."""

    id: str
    title: str
    line: str
    aside: str = ""


def offered(state: WizardState) -> tuple[Offer, ...]:
    """Return the answers that can be given now. The person found where the notebook runs cannot be left out again."""
    found, signed_in = found_user(state), suggested(state)
    answers = []
    if found:
        answers.append(Offer(FOUND, f"You: {found.name}", "Found where this notebook runs", "suggested"))
    if signed_in:
        aside = "" if found else "suggested"
        answers.append(Offer(SIGNED_IN, f"You: {signed_in.name}", "The identity that signed in here", aside))
    answers.append(Offer(OTHER, "Someone else", "Enter the ARN of an IAM user or role of this account"))
    if not found:
        line = "The check covers the role only. The hand-over includes the command to find out"
        answers.append(Offer(NOT_YET, "I do not know yet", line))
    return tuple(answers)


def choice_of(state: WizardState) -> str:
    """The answer that holds: what was chosen, else what was entered or found, else that it is not known yet."""
    ids = [each.id for each in offered(state)]
    chosen = next((each for each in ids if each in state.choice("connects")), "")
    if chosen:
        return chosen
    if state.text("user").strip():
        return OTHER
    return FOUND if FOUND in ids else NOT_YET


def user_of(state: WizardState) -> str:
    """Return the ARN that is checked as the person who connects; empty for the one that is found, or for none."""
    match choice_of(state):
        case "other":
            return state.text("user").strip()
        case "signed-in":
            return suggestion(state)
        case _:
            return ""


def suggestion(state: WizardState) -> str:
    """The ARN of the identity that signed in; once it was chosen, also after its credentials were forgotten."""
    return state.text("suggested-user") or (state.face.arn if state.face else "")


def found_user(state: WizardState) -> PrincipalArn | None:
    """Who was found where the notebook runs."""
    target = state.detection.target if state.detection else None
    return target.user if target else None


def suggested(state: WizardState) -> PrincipalArn | None:
    """The identity that signed in, where it is a person's and not the execution role itself."""
    arn = _parsed(suggestion(state))
    target = state.detection.target if state.detection else None
    found = found_user(state)
    if arn is None or (target and arn.name == target.role.name) or (found and found.name == arn.name):
        return None
    return arn


def _parsed(text: str) -> PrincipalArn | None:
    try:
        arn = PrincipalArn.parse(text)
    except ArnError:
        return None
    return arn if arn.kind in ("user", "role", "assumed-role") else None
