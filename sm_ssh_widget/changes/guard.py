"""Reasons not to apply, by name: a brake of its own, behind planning and before applying.

Planning should never make a plan that trips it. It looks at plans and journals as a stranger would, so one that
another program made, or a fault of ours, cannot take anything away. A plan goes on only as this program would plan it
again (:func:`check`). A journal is undone or gone on with only as far as it says what a run of this program can have
done (:func:`check_journal`).
"""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from sm_ssh_widget.changes import additions, replan_check
from sm_ssh_widget.changes.arrived import brought
from sm_ssh_widget.changes.calls import MORE_THAN_THE_STATE, call_for
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.plan import Change, Kind, Plan
from sm_ssh_widget.changes.undo import inverse, resource_of
from sm_ssh_widget.policy.arn import Arn, ArnError, PrincipalArn
from sm_ssh_widget.policy.document import CURRENT_VERSION, PolicyError, parse
from sm_ssh_widget.problem import Code, Problem

Json: TypeAlias = Any

_DOCUMENTS = (Kind.TRUST, Kind.ROLE_INLINE, Kind.USER_INLINE, Kind.ROLE)
_THERE_AFTERWARDS = (*_DOCUMENTS, Kind.ATTACH_ROLE_POLICY, Kind.ATTACH_USER_POLICY)
_AGAIN = "Make the plan again."
_REPORT = "Make the plan again; report it if it happens twice."
_BY_HAND = "Nothing was written. Review the account in the AWS console, and plan again: sm-ssh-widget plan --out FILE"


class Unsafe(Problem):
    """A plan or journal that must not be applied, gone on with or undone; ``name`` is the reason's name."""

    def __init__(self, name: str, said: str, remedy: str, where: str = "Before applying") -> None:
        super().__init__(where, said, remedy, Code.REFUSED)
        self.name = name


# Plans


def check(plan: Plan, *, account: str) -> None:
    """Raise :class:`Unsafe` for the first reason not to apply ``plan`` with credentials of ``account``."""
    if plan.undoes:
        said = "the plan takes back another one, and only the journal of that one can be undone."
        raise Unsafe("takes-back", said, "Take it back: sm-ssh-widget undo JOURNAL")
    _check_forward(plan, account)
    check_origin(plan)


def check_origin(plan: Plan, where: str = "Before applying") -> None:
    """Raise :class:`Unsafe` for a plan that this program would not make, whoever made it and however it was edited."""
    try:
        found = replan_check.first_mismatch(plan)
    except (Problem, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        found = f"it cannot be read ({type(error).__name__})"
    if found:
        said = f"this program would not plan it so ({found}): it was edited, or another version of it made the plan."
        raise Unsafe("not-ours", said, "Make the plan again, and read it before it is applied.", where)


# Journals


def check_journal(journal: Journal, *, account: str, taking_back: bool = False, undone: Journal | None = None) -> None:
    """Raise :class:`Unsafe` for the first reason not to go on with a journal, or with ``taking_back`` not to undo it.

    What may be written forward is what planning again gives. What may be taken back is what the journal shows as
    added and a version of this program would have added. ``undone`` is the journal that this one undoes: an undo is
    gone on with only where it comes out of that one.
    """
    where = "Before undoing" if taking_back else "Before going on"
    if bool(journal.undoes) != bool(journal.plan.undoes):
        said = "The journal and its plan do not agree on whether it undoes another one."
        raise Unsafe("takes-back", said, _BY_HAND, where)
    try:
        if not journal.undoes:
            _check_run(journal, account, taking_back=taking_back)
        elif taking_back:
            said = "It is the journal of an undo."
            raise Unsafe("takes-back", said, "Plan what is missing: sm-ssh-widget plan --out FILE", where)
        else:
            _check_undo(journal, undone, account)
        _check_observed(journal)
    except Unsafe as unsafe:
        raise Unsafe(unsafe.name, unsafe.said, unsafe.remedy, where) from unsafe


def _check_run(journal: Journal, account: str, *, taking_back: bool) -> None:
    if not taking_back:
        check(journal.plan, account=account)
        return
    _check_forward(journal.plan, account)
    _check_chain(journal.plan)
    if found := additions.foreign(journal.plan):
        said = f"No version of this program would have added that ({found}): the journal was edited."
        raise Unsafe("not-ours", said, _BY_HAND)


def _check_undo(journal: Journal, undone: Journal | None, account: str) -> None:
    """The journal of an undo has to come out of the journal that it undoes, change by change."""
    if undone is None or undone.plan.digest != journal.plan.undoes:
        said = f"It does not undo the plan that is in {journal.undoes}."
        raise Unsafe("another-undo", said, _BY_HAND)
    check_journal(undone, account=account, taking_back=True)
    known = {change.id: change for change in reversed(undone.changes)}
    ids = [change.id for change in journal.plan.changes]
    for change in journal.plan.changes:
        if change.id not in known or not _is_inverse(change, known[change.id], undone):
            said = f"{change.id} is not the way back of the journal {journal.undoes}."
            raise Unsafe("another-undo", said, _BY_HAND)
    facts = (journal.plan.target, journal.plan.baseline, journal.plan.options)
    if ids != [id for id in known if id in ids] or facts != (
        undone.plan.target,
        undone.plan.baseline,
        undone.plan.options,
    ):
        said = f"It undoes {journal.undoes} in another order, or for another target."
        raise Unsafe("another-undo", said, _BY_HAND)


def _is_inverse(change: Change, done: Change, undone: Journal) -> bool:
    """Whether a change takes back ``done``, which has to have been applied, from what it brought."""
    try:
        applied = undone.step(done.id).observed is not None
        return applied and brought(done, change.before) and change == inverse(done, change.before)
    except (KeyError, TypeError, ValueError):
        return False


def _check_observed(journal: Journal) -> None:
    """What a step is said to have left has to be what its change brings; apply and undo compare AWS with it."""
    for change in journal.plan.changes:
        step = journal.step(change.id)
        if (step.observed is not None or step.status is StepStatus.DONE) and not brought(change, step.observed):
            said = f"{change.id} is said to have left something else than it brings."
            raise Unsafe("not-observed", said, _BY_HAND)


# Both


def _check_forward(plan: Plan, account: str) -> None:
    if account != plan.account:
        said = f"the credentials are of account {account}, the plan is for account {plan.account}."
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
        raise Unsafe("path-not-known", f"{change.id}: {error}.", "Make the plan again with --role ARN.") from error
    if arn.account != plan.account:
        said = f"{change.id} is about account {arn.account}, the plan is for account {plan.account}."
        raise Unsafe("wrong-account", said, _AGAIN)
    if name not in (None, change.resource.get("role"), change.resource.get("user")):
        raise Unsafe("other-name", f"{change.id} names two identities as one.", _AGAIN)


def _check_calls(change: Change) -> None:
    """The calls there and back are those that bring the resource into the states that the change tells."""
    try:
        there, back = (call_for(change.kind, change.resource, state) for state in (change.after, change.before))
    except (KeyError, TypeError) as error:
        raise Unsafe(
            "malformed", f"{change.id}: its resource or state has not the form of its kind.", _AGAIN
        ) from error
    named = frozenset(f"{call.service}:{call.operation}" for call in change.calls)
    forward = change.calls == (there,) if there else named == MORE_THAN_THE_STATE.get(change.kind)
    if not forward or change.inverse != (back,):
        raise Unsafe("other-call", f"{change.id} would call something else than it says.", _REPORT)


def _check_kept(change: Change) -> None:
    if change.kind in _THERE_AFTERWARDS and not change.after:
        raise Unsafe("takes-away", f"{change.id} would take away what is there.", _REPORT)
    if change.kind in _DOCUMENTS:
        _check_statements(change.id, change.before, change.after)


def _check_chain(plan: Plan) -> None:
    """Of several changes to one resource, each starts from what the one before it leaves."""
    left: dict[object, Json] = {}
    for change in plan.changes:
        key = resource_of(change)
        if key in left and left[key] != change.before:
            raise Unsafe("statement-lost", f"{change.id} does not start from what the change before it leaves.", _AGAIN)
        left[key] = change.after


def _check_statements(id: str, was: str | None, will_be: str) -> None:
    """Every statement that was there stays in its place, to the letter, and so does all around the statements."""
    try:
        before, around_before = _parts(was) if was is not None else ([], [("Version", CURRENT_VERSION)])
        after, around_after = _parts(will_be)
    except (PolicyError, TypeError) as error:
        raise Unsafe("malformed", f"{id}: {error}.", _AGAIN) from error
    if after[: len(before)] != before or around_after != around_before:
        raise Unsafe("statement-lost", f"{id} would drop or change a statement that is there.", _REPORT)


def _parts(text: str) -> tuple[list[Json], list[tuple[str, Json]]]:
    """The statements of a document and its other elements, with the order and the spelling of all that they hold.

    Raises :class:`PolicyError`.
    """
    parse(text)
    found = json.loads(text, object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number)
    held = dict(found).get("Statement", [])
    around = [(name, value) for name, value in found if name != "Statement"]
    return (held if not isinstance(held, _Pairs) else [held]), around


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with the order of its members; equal to no array."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pairs) and list(self) == list(other)

    __hash__ = None


class _Number(str):
    """A number as it is spelled; equal to no text."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Number) and str(self) == str(other)

    __hash__ = str.__hash__
