"""Safety check between planning and applying. Every reason to refuse a plan or journal has a name.

The check does not trust the planner: it treats each plan and journal as untrusted input, so that neither another
program nor a bug can remove existing access. :func:`check` accepts only plans that this version would create again.
:func:`check_journal` accepts only journals that a run of this program can have written.
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from sm_ssh_widget.changes import additions, replan_check
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.kinds import ATTACHMENTS, DOCUMENTS, KINDS, call_for, reached
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.changes.removals import is_removal, without_leftover
from sm_ssh_widget.changes.undo import inverse, resource_of
from sm_ssh_widget.policy.arn import Arn, ArnError, PrincipalArn
from sm_ssh_widget.policy.document import CURRENT_VERSION, PolicyError, parse
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

_AGAIN = "Create a new plan: sm-ssh-widget plan --out FILE"
_REPORT = "Create a new plan. If this happens again, report a bug."
_BY_HAND = f"Nothing was written. Review the account in the AWS console. {_AGAIN}"


class Unsafe(Problem):
    """A plan or journal that must not be applied, resumed or undone; ``name`` is the name of the reason."""

    def __init__(self, name: str, said: str, remedy: str, where: str = "Checking the plan") -> None:
        super().__init__(where, said, remedy, Code.REFUSED)
        self.name = name


# Plans


def check(plan: Plan, *, account: str) -> None:
    """Raise :class:`Unsafe` for the first reason not to apply ``plan`` with credentials of ``account``."""
    if plan.undoes:
        said = "This is an undo plan. Undo plans run only from their journal."
        raise Unsafe("undo-plan", said, "Undo that run: sm-ssh-widget undo JOURNAL")
    _check_forward(plan, account)
    check_origin(plan)


def check_origin(plan: Plan, where: str = "Checking the plan") -> None:
    """Raise :class:`Unsafe` for a plan that this version would not create."""
    try:
        found = replan_check.first_mismatch(plan)
    except Problem as problem:  # a name that this version does not have
        found = problem.said.rstrip(".")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        found = f"it could not be parsed: {type(error).__name__}"
    if found:
        said = (
            f"sm-ssh-widget would not create this plan ({found}). The plan was edited, or another version created it."
        )
        raise Unsafe("not-ours", said, "Create a new plan and review it before you apply it.", where)


# Journals


def check_journal(journal: Journal, *, account: str, undoing: bool = False, undone: Journal | None = None) -> None:
    """Raise :class:`Unsafe` for the first reason not to resume a journal, or with ``undoing`` not to undo it.

    A resumed run writes only changes that planning creates again. An undo removes only additions that the journal
    shows and that a version of this program makes. ``undone`` is the journal that this one undoes: an undo is resumed
    only if it follows from that journal.
    """
    where = "Checking the undo" if undoing else "Checking the journal"
    if bool(journal.undoes) != bool(journal.plan.undoes):
        said = "The journal and its plan disagree on whether this is an undo."
        raise Unsafe("undo-plan", said, _BY_HAND, where)
    try:
        if not journal.undoes:
            _check_run(journal, account, undoing=undoing)
        elif undoing:
            said = "This is the journal of an undo, which cannot be undone."
            raise Unsafe("undo-plan", said, _AGAIN, where)
        else:
            _check_undo(journal, undone, account)
        _check_observed(journal)
    except Unsafe as unsafe:
        raise Unsafe(unsafe.name, unsafe.said, unsafe.remedy, where) from unsafe


def _check_run(journal: Journal, account: str, *, undoing: bool) -> None:
    if not undoing:
        check(journal.plan, account=account)
        return
    _check_forward(journal.plan, account)
    _check_chain(journal.plan)
    if found := additions.first_unknown(journal.plan):
        said = f"No version of sm-ssh-widget would have made this change ({found}). The journal was edited."
        raise Unsafe("not-ours", said, _BY_HAND)


def _check_undo(journal: Journal, undone: Journal | None, account: str) -> None:
    """Check that the journal of an undo follows from the journal that it undoes, change by change."""
    if undone is None or undone.plan.digest != journal.plan.undoes:
        said = f"It does not undo the plan in {journal.undoes}."
        raise Unsafe("another-undo", said, _BY_HAND)
    check_journal(undone, account=account, undoing=True)
    known = {change.id: change for change in reversed(undone.changes)}
    ids = [change.id for change in journal.plan.changes]
    for change in journal.plan.changes:
        if change.id not in known or not _is_inverse(change, known[change.id], undone):
            said = f"{change.id} does not undo a change of the journal {journal.undoes}."
            raise Unsafe("another-undo", said, _BY_HAND)
    facts = (journal.plan.target, journal.plan.baseline, journal.plan.options)
    if ids != [id for id in known if id in ids] or facts != (
        undone.plan.target,
        undone.plan.baseline,
        undone.plan.options,
    ):
        said = f"It undoes {journal.undoes} in another order or for another target."
        raise Unsafe("another-undo", said, _BY_HAND)


def _is_inverse(change: Change, done: Change, undone: Journal) -> bool:
    """Whether a change undoes ``done``, which must have been applied."""
    try:
        applied = undone.step(done.id).observed is not None
        return applied and reached(done, change.before) and change == inverse(done, change.before)
    except (KeyError, TypeError, ValueError):
        return False


def _check_observed(journal: Journal) -> None:
    """Check that each recorded result is a result of its change; apply and undo compare AWS with it."""
    for change in journal.plan.changes:
        step = journal.step(change.id)
        if (step.observed is not None or step.status is StepStatus.DONE) and not reached(change, step.observed):
            said = f"The recorded result of {change.id} is not a result of that change."
            raise Unsafe("not-observed", said, _BY_HAND)


# Both


def _check_forward(plan: Plan, account: str) -> None:
    if account != plan.account:
        said = f"The credentials belong to account {account}, but the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, f"Sign in to account {plan.account}.")
    for change in plan.changes:
        _check_resource(plan, change)
        _check_kept(change)
        _check_calls(change)


def _check_resource(plan: Plan, change: Change) -> None:
    text = str(change.resource.get("arn", ""))
    try:
        arn = Arn.parse(text)
        name = PrincipalArn.parse(text).name if arn.service == "iam" else None
    except ArnError as error:
        raise Unsafe("path-not-known", f"{change.id}: {error}.", f"{_AGAIN} --role ARN") from error
    if arn.account != plan.account:
        said = f"{change.id} targets account {arn.account}, but the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, _AGAIN)
    if name not in (change.resource.get("role"), change.resource.get("user")):
        raise Unsafe("other-name", f"The ARN and the name in {change.id} belong to different identities.", _AGAIN)


def _check_calls(change: Change) -> None:
    """Check that every call matches the change's kind, resource and content."""
    try:
        if set(change.resource) != KINDS[change.kind].resource_keys:
            raise KeyError(*change.resource)
        there, back = (call_for(change.kind, change.resource, state) for state in (change.after, change.before))
    except (KeyError, TypeError) as error:
        raise Unsafe(
            "malformed", f"{change.id}: the resource or state does not have the form of its kind.", _AGAIN
        ) from error
    named = frozenset(f"{call.service}:{call.operation}" for call in change.calls)
    forward = change.calls == (there,) if there else named == KINDS[change.kind].created_by
    if not forward or change.inverse != (back,):
        raise Unsafe("other-call", f"The calls in {change.id} do not match the change.", _REPORT)


def _check_kept(change: Change) -> None:
    if change.kind in DOCUMENTS | ATTACHMENTS and not change.after:
        raise Unsafe("removes-access", f"{change.id} would remove existing access.", _REPORT)
    if is_removal(change):
        _check_removal(change)
    elif change.kind in DOCUMENTS:
        _check_statements(change.id, change.before, change.after)


def _check_removal(change: Change) -> None:
    """Check that a removal takes away the one statement that it is there for, and leaves the text around it."""
    if change.kind is not Kind.TRUST or change.after != without_leftover(change.before):
        said = f"{change.id} would remove more than the trust statement of SSH Helper's CDK for CodeBuild."
        raise Unsafe("statement-lost", said, _REPORT)


def _check_chain(plan: Plan) -> None:
    """Check that of several changes to one resource, each starts from the result of the one before it."""
    left: dict[object, Json] = {}
    for change in plan.changes:
        key = resource_of(change)
        if key in left and left[key] != change.before:
            raise Unsafe(
                "statement-lost", f"{change.id} does not start from the result of the change before it.", _AGAIN
            )
        left[key] = change.after


def _check_statements(id: str, was: str | None, will_be: str) -> None:
    """Check that every existing statement and every other element of the document stays unchanged and in place."""
    try:
        before, around_before = _parts(was) if was is not None else ([], [("Version", CURRENT_VERSION)])
        after, around_after = _parts(will_be)
    except (PolicyError, TypeError) as error:
        raise Unsafe("malformed", f"{id}: {error}.", _AGAIN) from error
    if after[: len(before)] != before or around_after != around_before:
        raise Unsafe("statement-lost", f"{id} would remove or change an existing statement.", _REPORT)


def _parts(text: str) -> tuple[list[Json], list[tuple[str, Json]]]:
    """The statements of a document and its other elements, with the order and spelling of everything in them.

    Raises :class:`PolicyError`.
    """
    parse(text)
    found = json.loads(text, object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number)
    held = dict(found).get("Statement", [])
    around = [(name, value) for name, value in found if name != "Statement"]
    return (held if not isinstance(held, _Pairs) else [held]), around


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with the order of its members; not equal to any array."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pairs) and list(self) == list(other)

    __hash__ = None


class _Number(str):
    """A number as spelled in the document; not equal to any text."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Number) and str(self) == str(other)

    __hash__ = str.__hash__
