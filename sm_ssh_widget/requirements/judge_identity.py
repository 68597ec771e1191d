"""The judge of what a role or a person may call (steps 1d and 3a): SSH Helper's requests, whatever grants them."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.policy.document import PolicyError, statements
from sm_ssh_widget.policy.merge import append
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import Holdings, NotGranted
from sm_ssh_widget.requirements.judgement import Judgement, granted_by, listed, of_verdict, still_open
from sm_ssh_widget.requirements.needs import InlineNeed
from sm_ssh_widget.requirements.observation import Identity, Known, Observation
from sm_ssh_widget.requirements.remedies import write
from sm_ssh_widget.requirements.requests import (
    answers,
    denied_beside,
    filling_for,
    open_keys_of,
    other_test,
    summary,
    whose,
)


def inline(need: InlineNeed, holdings: Holdings, seen: Observation) -> Judgement:
    """Judge whether the requests are allowed; *as documented* where the policy of that name says what ours says."""
    who, asked = whose(need.subject, holdings.identity), answers(need.capabilities, holdings, seen)
    verdict = summary(asked)
    keys = open_keys_of(asked)
    actions = list(dict.fromkeys(each.capability.action for each in asked if isinstance(each.verdict, NotGranted)))
    missing = Judgement(
        FindingStatus.MISSING,
        f"No policy allows {who} to call {_some(actions)}.",
        f"{write(need.policy, holdings.identity)}. Existing statements stay unchanged.",
        caveats=(still_open(keys, who),) if keys else (),
    )
    what = next((each.told for each in asked if each.verdict is verdict), "")
    judged = of_verdict(verdict, what, missing, other_test(need.subject))
    judged = replace(judged, caveats=(*judged.caveats, *denied_beside(asked, judged.status)))
    if judged.status is not FindingStatus.SATISFIED:
        return judged
    if says_document(need.policy, need.document, holdings, seen):
        return replace(judged, fact=f"The inline policy {need.policy} contains every required statement.")
    return granted_by(judged, f"Access equivalent to {need.policy}", [each.verdict for each in asked])


def _some(actions: list[str]) -> str:
    return listed(actions if len(actions) <= 3 else [*actions[:3], f"{len(actions) - 3} more actions"])


def says_document(policy: str, document: str, holdings: Holdings, seen: Observation) -> bool:
    """Whether the inline policy of that name has every statement of our document."""
    text = inline_text(holdings.identity, policy)
    try:
        ours = statements(documents.load(document, filling_for(seen.target)))
        return text is not None and not append(text, ours).added
    except PolicyError:
        return False


def inline_text(identity: Identity, policy: str) -> str | None:
    """The text of the identity's own inline policy of that name, where there is one and it was read."""
    held = identity.inline.value if isinstance(identity.inline, Known) else ()
    for each in held:
        if each.name == policy and not each.through and isinstance(each.document, Known):
            return each.document.value.text
    return None
