"""Removals: the only changes that take something away. Pure.

There is one: the trust statement that SSH Helper's CDK wrote for CodeBuild, if a person chooses that. It is bounded to
exactly that statement, and its undo writes the earlier text again.
"""

from __future__ import annotations

from sm_ssh_widget.changes.iam_changes import change_of, refuse_uneditable_trust
from sm_ssh_widget.changes.plan import Change, Kind, RefusalCode
from sm_ssh_widget.changes.planned_state import PlannedState, Refused
from sm_ssh_widget.policy.document import PolicyError, Statement, parse, statements
from sm_ssh_widget.policy.merge import without
from sm_ssh_widget.requirements.catalogue import LEFTOVERS
from sm_ssh_widget.requirements.judgement import listed
from sm_ssh_widget.requirements.leftovers import codebuild_index
from sm_ssh_widget.requirements.needs import Requirement
from sm_ssh_widget.requirements.observation import Fact, Known, Unknown

_OTHERS = (
    "sm-ssh-widget removes only the CDK's trust statement for CodeBuild, and this role's trust policy does not have "
    "it. The stacks and policies of the CDK belong to CloudFormation: their owner deletes them there."
)


def is_removal(change: Change) -> bool:
    """Whether the change removes a statement that sm-ssh-widget did not add."""
    return change.finding == LEFTOVERS.id


def codebuild_trust(requirement: Requirement, state: PlannedState) -> list[Change]:
    """Remove the CDK's statement for CodeBuild (``iam:UpdateAssumeRolePolicy``). Raises :class:`Refused`."""
    identity = state.observation.role
    refuse_uneditable_trust(identity, state)
    before = state.trust(identity)
    after = without_leftover(before)
    if after is None:
        raise Refused(RefusalCode.PROTECTED, _OTHERS)
    _refuse_used(state.observation.leftovers.projects, state.observation.target.region)
    state.set_trust(identity, after)
    state.kept -= 1
    resource = {"role": identity.arn.name, "arn": str(identity.arn)}
    return [change_of(requirement, Kind.TRUST, resource, (before, after))]


def _refuse_used(projects: Fact[tuple[str, ...]], region: str) -> None:
    if isinstance(projects, Unknown):
        said = f"The CodeBuild projects in {region} that may use this role could not be read ({projects.read})."
        raise Refused(RefusalCode.UNKNOWN, f"{said} {projects.remedy}")
    if isinstance(projects, Known) and projects.value:
        said = f"CodeBuild uses this role in {region}: {listed(projects.value)}. Change the service role there first."
        raise Refused(RefusalCode.BLOCKED, said)
    if not isinstance(projects, Known):
        said = f"Whether CodeBuild uses this role in {region} was not read. Check again with the same options."
        raise Refused(RefusalCode.UNKNOWN, said)


def without_leftover(trust: str) -> str | None:
    """The trust policy without the CDK's statement for CodeBuild, ``None`` where it is not there."""
    try:
        index = codebuild_index(trust)
        return None if index is None else without(trust, index)
    except PolicyError:
        return None


def removes_only(before: str, after: str, removable: Statement) -> bool:
    """Whether ``after`` is ``before`` without one statement, which is equal to ``removable``."""
    was, left = (statements(parse(text)) for text in (before, after))
    return any(each == removable and (*was[:n], *was[n + 1 :]) == tuple(left) for n, each in enumerate(was))
