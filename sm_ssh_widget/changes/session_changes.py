"""Changes for shells under the Session Manager preferences: one inline policy for the role, one for who connects.

The preferences themselves are never written: they apply to every node of the Region.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sm_ssh_widget.changes.iam_changes import inline_document
from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Change, Plan, RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, parse, statements
from sm_ssh_widget.requirements.catalogue import SESSION_PREFERENCES
from sm_ssh_widget.requirements.documents import DocumentError, Filling
from sm_ssh_widget.requirements.holdings import Holdings, NotGranted
from sm_ssh_widget.requirements.judge_session import resources_in, rights_of
from sm_ssh_widget.requirements.needs import Requirement, Subject
from sm_ssh_widget.requirements.observation import Known, Observation, SessionKey, SessionSettings, Target
from sm_ssh_widget.requirements.requests import filling_for
from sm_ssh_widget.requirements.session_preferences import (
    POLICY,
    Resources,
    policy_document,
    preferences_for,
    resources_of,
)

Json: TypeAlias = Any

_FROM_THE_PLAN = "the plan"


def subjects_lacking(seen: Observation) -> tuple[Subject, ...]:
    """Return whose policies lack something that the preferences ask for: the role, the person who connects."""
    fact = seen.region.session_settings
    if not isinstance(fact, Known):
        return ()
    user = Holdings.of(seen.user, seen) if seen.user else None
    rights = rights_of(fact.value, Holdings.of(seen.role, seen), user, seen)
    lacking = {right.subject for right in rights if isinstance(right.verdict, NotGranted)}
    order: tuple[Subject, ...] = ("role", "user")
    return tuple(subject for subject in order if subject in lacking)


def grant(requirement: Requirement, subject: Subject, state: PlannedState, *, sids: bool) -> list[Change]:
    """Write the statements for everything that the preferences ask of the subject. Raises ``Refused``."""
    seen = state.observation
    fact = seen.region.session_settings
    identity = seen.role if subject == "role" else seen.user
    assert isinstance(fact, Known) and identity is not None  # noqa: S101, PT018  # only what is known is missing
    try:
        ours = policy_document(subject, resources_in(fact.value), filling_for(seen.target))
    except DocumentError as error:
        reason = (
            f"The Session Manager preferences contain a name that sm-ssh-widget does not write into a policy: {error}. "
            "Add the permissions in the IAM console."
        )
        raise Refused(RefusalCode.UNKNOWN, reason) from error
    return inline_document(requirement, POLICY, ours, identity, state, sids=sids, suffix=f":{subject}")


# The way back from a plan to the settings it was made for


def settings_of(changes: Iterable[Change], filling: Filling, account: str) -> SessionSettings:
    """Return the settings for which planning gives these changes: what their added statements name."""
    resources = _resources(changes, filling)
    policy = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    text = Known(json.dumps({"Version": "2012-10-17", "Statement": [policy]}), _FROM_THE_PLAN)
    keys = {arn: Known(SessionKey(arn, "Enabled", "", text), _FROM_THE_PLAN) for arn in resources.keys}
    bucket_keys = _spread(resources)
    groups = {group: Known(True, _FROM_THE_PLAN) for group in resources.log_groups}
    return SessionSettings(preferences_for(resources), keys, bucket_keys, groups)


def resources_named(plan: Plan) -> Resources:
    """Return the keys, buckets and log groups that the plan grants for shell sessions."""
    role = PrincipalArn.parse(str(plan.target["role"]))
    return _resources(plan.changes, filling_for(Target(role, plan.region)))


def _resources(changes: Iterable[Change], filling: Filling) -> Resources:
    ours = (change for change in changes if change.finding == SESSION_PREFERENCES.id)
    return resources_of([statement for change in ours for statement in added_statements(change)], filling)


def _spread(resources: Resources) -> dict[str, Known[str]]:
    """Give each key of a bucket to some bucket, in order."""
    names = [bucket for bucket, _ in resources.buckets]
    return {name: Known(key, _FROM_THE_PLAN) for name, key in zip(names, resources.bucket_keys, strict=False)}


def added_statements(change: Change) -> Sequence[Json]:
    """Return the statements that the change adds to its document."""
    if not KINDS[change.kind].is_inline:
        return ()
    try:
        before = len(statements(parse(change.before))) if change.before is not None else 0
        return statements(parse(change.after))[before:]
    except PolicyError:
        return ()
