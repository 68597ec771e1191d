"""Every fault at every operation of a stage: what serves the plain changes and those that AWS takes its time for.

The operations are those that the simulated account noted in an undisturbed run. For each cell of the matrix: the end
state equals the undisturbed one, or the journal says exactly where it stands and resume reaches it; then undo restores
what was before. A check says the same as undisturbed, or that it does not know; never anything else.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from sm_ssh_widget import files, pipeline
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, live_states
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import Journal, StepStatus
from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Change, Plan
from sm_ssh_widget.changes.undo import resource_of
from sm_ssh_widget.pipeline import Report, Selection
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.finding import FindingStatus as Found
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.support.story import acting, take_back, target_of

FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"kind": "throttle", "count": 1},
    "throttled for longer than a check waits": {"kind": "throttle", "count": 6},
    "cut before": {"kind": "cut-before", "count": 1},
    "cut after": {"kind": "cut-after", "count": 1},
    "an error of AWS's own": {"kind": "error", "count": 1},
    "garbage": {"kind": "garbage", "count": 1},
    "expired token": {"kind": "expired-token", "count": 1},
    "seen late": {"kind": "delay-visibility", "seconds": 0.3},
    "small pages": {"kind": "small-pages", "size": 1},
    "late answer": {"kind": "late-answer", "milliseconds": 60},
    "latency": {"kind": "latency", "milliseconds": 40},
}
OF_WRITES = ("seen late",)
OF_READS = ("small pages",)
POLLED = frozenset(
    {
        *("ssm-quicksetup:ListConfigurationManagers", "ssm-quicksetup:GetConfigurationManager", "ssm:ListAssociations"),
        *("ec2:DescribeInstances", "ssm:GetConnectionStatus"),
    }
)
TIMES = frozenset({"LastModifiedDate", "CreateDate", "CreatedAt", "LastModifiedAt", "LastUpdatedAt", "AssociationId"})

Calls = list[dict[str, Any]]


@dataclass
class Matrix:
    """An account, its states before and after, and what an undisturbed run of each stage called."""

    account: SimulatedAccount
    session: SignedIn
    selection: Selection
    report: Report
    plan: Plan
    before: Any
    after: Any
    applied: Path
    called: dict[str, Calls]
    cells: Counter[str] = field(default_factory=Counter)
    taken_back: set[str] = field(default_factory=set)
    """The ends of applies, as :meth:`end_of` gives them, from which the account was brought back."""

    def operations(self, stage: str, fault: str) -> Iterator[tuple[str, int]]:
        """The operations of a stage that a fault can hit, and at which of their calls.

        A write: its first and its last. A read: its first, and of what is polled one in the middle of the wait.
        What a check of chosen steps reads side by side comes in any order: each of its calls.
        """
        calls = [call for call in self.called[stage] if call["operation"] != "sts:GetCallerIdentity"]
        times = Counter(call["operation"] for call in calls)
        writes = {call["operation"] for call in calls if call["access"] == "write"}
        for operation, number in sorted(times.items()):
            if (fault in OF_WRITES and operation not in writes) or (fault in OF_READS and operation in writes):
                continue
            later = number if operation in writes else number // 2 + 1 if operation in POLLED else 1
            side_by_side = stage == "check" and self.selection.steps
            for nth in range(1, number + 1) if side_by_side else sorted({1, later}):
                self.cells[stage] += 1
                yield operation, nth

    def disturb(self, fault: str, operation: str, nth: int) -> None:
        self.account.set_faults([{**FAULTS[fault], "operation": operation, "after": nth}])

    def check(self) -> Report | None:
        """What a check finds; nothing where the credentials do not work, since then no read says anything."""
        try:
            return pipeline.check_target(target_of(self.account), self.selection, self.session)
        except Problem as problem:
            if problem.code is not Code.SIGN_IN:
                raise
            return None

    def end_of(self, journal: Journal) -> str:
        """What an undo goes by: the account, and the journal without its times and what it says to people."""
        steps = [replace(step, at="", detail="") for step in journal.steps]
        record = replace(journal, started="", steps=tuple(steps)).to_record()
        return json.dumps([timeless(self.account.state()), _without_times(record)], sort_keys=True)

    def take_back(self, journal: Journal, directory: Path) -> Journal:
        return take_back(journal, self.session, directory)


def timeless(state: Any) -> Any:
    """The state without the times at which something was written, and without the ids that AWS makes up."""
    text = json.dumps(_without_times(state), sort_keys=True)
    for manager in state["ConfigurationManagers"]:
        made_up = (manager["ManagerArn"].rpartition("/")[2], *(d["Id"] for d in manager["ConfigurationDefinitions"]))
        for number, each in enumerate(made_up):
            text = text.replace(each, f"made-up-{number}")
    made: dict[str, Any] = json.loads(text)
    roles = sorted(made["RoleDetailList"], key=lambda role: str(role["RoleName"]))
    return {**made, "RoleDetailList": [{**role, "RoleId": ""} for role in roles]}


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_times(each) for name, each in value.items() if name not in TIMES}
    return [_without_times(each) for each in value] if isinstance(value, list) else value


def called(account: SimulatedAccount) -> Calls:
    found = account.calls()
    account.forget_calls()
    return found


def _of_every_check(account: SimulatedAccount, session: SignedIn) -> Counter[str]:
    """What a check calls whatever is chosen, how often: the matrix of the plain changes disturbs it."""
    account.forget_calls()
    pipeline.check_target(target_of(account), Selection(), session)
    return Counter(call["operation"] for call in called(account))


def _more_than(elsewhere: Counter[str], calls: Calls) -> Calls:
    """The calls of the operations that are called oftener than elsewhere."""
    times = Counter(call["operation"] for call in calls)
    return [call for call in calls if times[call["operation"]] > elsewhere[call["operation"]]]


@contextmanager
def undisturbed(
    scenario: str,
    directory: Path,
    *steps: str,
    seconds: float = 0.02,
) -> Iterator[Matrix]:
    """Run each stage once as it should be, with an account in which AWS takes ``seconds`` for what takes time."""
    began, selection = time.monotonic(), Selection.of("classic", (), steps)
    with SimulatedAccount(scenario) as account:
        account.world.state.tier_pending_seconds = seconds
        account.world.state.conditions.update({"QuickSetupSeconds": seconds, "InstanceSeconds": seconds})
        session, applied = acting(account), directory / "applied"
        before, calls = account.state(), {}
        elsewhere = _of_every_check(account, session) if steps else Counter()
        account.forget_calls()
        report = pipeline.check_target(target_of(account), selection, session)
        calls["check"] = _more_than(elsewhere, called(account))
        assert calls["check"]
        plan = pipeline.plan(report)
        journal = engine.apply(plan, session, directory=applied)
        assert journal.complete, journal.to_json()
        calls["apply"], after = called(account), account.state()
        shutil.copytree(applied, directory / "kept")
        assert take_back(journal, session, applied).complete
        calls["undo"] = called(account)
        assert account.state() == before
        made = Matrix(account, session, selection, report, plan, before, after, directory / "kept", calls)
        yield made
        took = time.monotonic() - began
        print(f"\n{scenario}: {dict(made.cells)}, {sum(made.cells.values())} cells in {took:.0f} s")


# The rules


def says_the_same_or_that_it_does_not_know(matrix: Matrix, fault: str) -> None:
    """Of each finding; and nothing is planned but what was planned undisturbed."""
    found_before = {finding.id: finding for finding in matrix.report.findings}
    for operation, nth in matrix.operations("check", fault):
        matrix.account.set_state(matrix.before)
        matrix.disturb(fault, operation, nth)
        report = matrix.check()
        if report is None:
            assert fault == "expired token", operation
            continue
        for finding in report.findings:
            name, before = operation.partition(":")[2], found_before[finding.id]
            unknown = finding.status is Found.UNKNOWN and name in finding.reason
            # What is missing stays so where only its plan needs the read; the remedy then says why there is no plan.
            refused = replace(finding, remedy=before.remedy) == before and name in finding.remedy
            assert finding == before or unknown or refused, (operation, finding)
        plan = pipeline.plan(report)
        writes = [_what_is_written(change) for change in plan.changes]
        undisturbed_ones = [_what_is_written(change) for change in matrix.plan.changes]
        assert all(each in undisturbed_ones for each in writes), operation
        left_out = {c.finding for c in matrix.plan.changes if _what_is_written(c) not in writes}
        assert left_out <= {refusal.finding for refusal in plan.refused}, operation
        assert matrix.account.state() == matrix.before


def _what_is_written(change: Change) -> tuple[Any, ...]:
    """A change without its words: what it costs may be told otherwise where the nodes could not be counted."""
    return change.id, change.resource, change.before, change.after, change.calls, change.inverse


def arrives_or_is_resumed_and_is_taken_back(
    matrix: Matrix, fault: str, directory: Path, look: Callable[[Journal], None] = lambda _: None
) -> None:
    """``look`` is shown the journal of each apply, before it is resumed and when it is complete."""
    for number, (operation, nth) in zip(count(), matrix.operations("apply", fault)):
        place, where = directory / str(number), (fault, operation, nth)
        matrix.account.set_state(matrix.before)
        matrix.disturb(fault, operation, nth)
        journal = engine.apply(matrix.plan, matrix.session, directory=place)
        matrix.account.set_faults([])
        assert files.load_journal(journal.path) == journal, where
        look(journal)
        if engine.outcome(journal) is not None:
            says_where_it_stands(matrix, journal)
            journal = engine.resume(journal, matrix.session)
            look(journal)
        assert engine.outcome(journal) is None, (where, journal.to_json())
        assert timeless(matrix.account.state()) == timeless(matrix.after), where
        if (end := matrix.end_of(journal)) not in matrix.taken_back:
            assert matrix.take_back(journal, place).complete, where
            assert matrix.account.state() == matrix.before, where
            matrix.taken_back.add(end)


def says_where_it_stands(matrix: Matrix, journal: Journal) -> None:
    """What the journal calls done is done, what it calls pending was not begun, and one step says what went wrong."""
    now = live_states(matrix.session.reader, journal.changes)
    for change in journal.changes:
        state, step, found = RESOURCE_KINDS[change.kind], journal.step(change.id), now[resource_of(change)]
        if step.status is StepStatus.DONE:
            assert KINDS[change.kind].same(change.after, found), step
        if step.status is StepStatus.PENDING:
            assert state.unchanged(change.before, found), step
    unsettled = [s for s in journal.steps if s.status not in (StepStatus.DONE, StepStatus.PENDING, StepStatus.SKIPPED)]
    assert len(unsettled) == 1, journal.to_json()
    assert unsettled[0].detail


def is_undone_or_gone_on_with(matrix: Matrix, fault: str, directory: Path) -> None:
    """Where it wrote nothing it is begun again, else resumed."""
    for number, (operation, nth) in zip(count(), matrix.operations("undo", fault)):
        place, where = directory / str(number), (fault, operation, nth)
        shutil.copytree(matrix.applied, place)
        matrix.account.set_state(matrix.after)
        matrix.disturb(fault, operation, nth)
        back = _taken_back(matrix, place)
        matrix.account.set_faults([])
        if back is None:
            assert matrix.account.state() == matrix.after, where
            back = matrix.take_back(files.last_journal(place), place)
        if engine.outcome(back) is not None:
            back = pipeline.resume(back, matrix.session)
        assert engine.outcome(back) is None, (where, back.to_json())
        assert matrix.account.state() == matrix.before, where
        assert {step.status for step in files.last_journal(place).steps} == {StepStatus.UNDONE}, where


def _taken_back(matrix: Matrix, directory: Path) -> Journal | None:
    """The journal of the undo; none where it ended before it wrote anything."""
    try:
        return matrix.take_back(files.last_journal(directory), directory)
    except Problem:
        return None
