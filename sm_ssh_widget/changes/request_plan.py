"""Everything that may be missing, where facts were not read. Pure.

What could not be read is taken as not there, so that the planner says what would be added. The result names what a
request asks for and is never applied: its documents are not those of the account. An identity that may read turns the
request into a plan, and the request's script adds only what it does not find.
"""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.changes.kinds import DOCUMENTS
from sm_ssh_widget.changes.plan import Change, Plan, RefusalCode
from sm_ssh_widget.changes.planner import make_plan
from sm_ssh_widget.policy.document import CURRENT_VERSION
from sm_ssh_widget.policy.merge import write
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.observation import Absent, HeldPolicy, Identity, Known, Observation, Tier, Unknown

_NOTHING = write({"Version": CURRENT_VERSION, "Statement": []})
_ASKED = (FindingStatus.MISSING, FindingStatus.UNKNOWN)


def request_plan(selection: Selection, observation: Observation, assessment: Assessment) -> Plan:
    """Return what to ask for: a change for each required finding that is missing or could not be read.

    ``refused`` holds those that cannot be asked for, with the reason.
    """
    asked = {each.id for each in assessment.findings if each.required and each.status in _ASKED}
    seen = _as_if_not_there(observation)
    made = make_plan(selection, seen, assess(selection, seen))
    refused = tuple(each for each in made.refused if each.finding in asked)
    return replace(
        made,
        changes=tuple(_from_nothing(change) for change in made.changes if change.finding in asked),
        refused=refused,
        required_refused=tuple(each.finding for each in refused if each.code is not RefusalCode.UNKNOWN),
        kept=0,
    )


def _from_nothing(change: Change) -> Change:
    """The change of a document that is there already, so that statements are added to whatever is in it."""
    return replace(change, before=_NOTHING) if change.kind in DOCUMENTS and change.before is None else change


def _as_if_not_there(observation: Observation) -> Observation:
    user, tier = observation.user, observation.region.tier
    standard = Known(Tier("standard", "Default")) if isinstance(tier, Unknown) else tier
    verdicts = observation.organization_verdicts
    return replace(
        observation,
        target=replace(observation.target, role_verified=True),
        role=_empty(observation.role),
        user=_empty(user) if user else None,
        region=replace(observation.region, tier=standard),
        organization_verdicts=Absent() if isinstance(verdicts, Unknown) else verdicts,
    )


def _empty(identity: Identity) -> Identity:
    return replace(
        identity,
        trust=Known(_NOTHING) if isinstance(identity.trust, Unknown) else identity.trust,
        boundary=Absent() if isinstance(identity.boundary, Unknown) else identity.boundary,
        attached=Known(_read(identity.attached)),
        inline=Known(_read(identity.inline)),
    )


def _read(held: Known[tuple[HeldPolicy, ...]] | Absent | Unknown) -> tuple[HeldPolicy, ...]:
    """The policies whose text was read."""
    found = held.value if isinstance(held, Known) else ()
    return tuple(policy for policy in found if not isinstance(policy.document, Unknown))
