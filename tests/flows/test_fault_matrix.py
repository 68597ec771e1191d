"""Every fault at every operation that check, apply and undo call: nothing is lost, and everything can be gone on with.

The operations are those that the simulated account noted in an undisturbed run. For each cell of the matrix: the end
state equals the undisturbed one, or the journal says exactly where it stands and resume reaches it; then undo restores
what was before. A check says the same as undisturbed, or that it does not know; never anything else.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files
from sm_ssh_widget.aws import apply as engine
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.aws.states import STATES, live_states
from sm_ssh_widget.changes.build import make_plan
from sm_ssh_widget.changes.journal import Journal, Status
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.undo import resource_of
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.assess import Assessment, assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.finding import Status as Found
from sm_ssh_widget.simulator.account import SimulatedAccount
from tests.aws.story import QuickClock, acting, look, take_back, target_of

pytestmark = pytest.mark.slow

FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"kind": "throttle", "count": 1},
    "throttled for longer than boto3 tries": {"kind": "throttle", "count": 4},
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


@dataclass
class Matrix:
    """An account, its states before and after, and what an undisturbed run of each stage called."""

    account: SimulatedAccount
    session: SignedIn
    plan: Plan
    findings: Assessment
    before: Any
    after: Any
    applied: Path
    called: dict[str, list[dict[str, Any]]]
    cells: Counter[str] = field(default_factory=Counter)

    def operations(self, stage: str, fault: str) -> Iterator[tuple[str, int]]:
        """The operations of a stage that a fault can hit, and at which of their calls: the first and the last."""
        calls = [call for call in self.called[stage] if call["operation"] != "sts:GetCallerIdentity"]
        times = Counter(call["operation"] for call in calls)
        writes = {call["operation"] for call in calls if call["access"] == "write"}
        for operation, number in sorted(times.items()):
            if (fault in OF_WRITES and operation not in writes) or (fault in OF_READS and operation in writes):
                continue
            for nth in sorted({1, number if operation in writes else 1}):
                self.cells[stage] += 1
                yield operation, nth

    def disturb(self, fault: str, operation: str, nth: int) -> None:
        self.account.set_faults([{**FAULTS[fault], "operation": operation, "after": nth}])

    def check(self) -> Assessment | None:
        """What a check finds; nothing where the credentials do not work, since then no read says anything."""
        try:
            return assess(Selection(), look(self.session.reader, target_of(self.account)))
        except Problem as problem:
            if problem.code is not Code.SIGN_IN:
                raise
            return None


def timeless(value: Any) -> Any:
    """The state without the times at which a setting was written."""
    if isinstance(value, dict):
        return {name: timeless(each) for name, each in value.items() if name != "LastModifiedDate"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def called(account: SimulatedAccount) -> list[dict[str, Any]]:
    found = account.calls()
    account.forget_calls()
    return found


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    began = time.monotonic()
    with SimulatedAccount("fresh-studio-role") as account:
        account.world.state.tier_pending_seconds = 0.02
        session, applied = acting(account), tmp_path_factory.mktemp("applied")
        before, calls = account.state(), {}
        account.forget_calls()
        seen = look(session.reader, target_of(account))
        calls["check"] = called(account)
        findings = assess(Selection(), seen)
        plan = make_plan(Selection(), seen, findings)
        journal = engine.apply(plan, session, directory=applied, clock=QuickClock())
        calls["apply"], after = called(account), account.state()
        kept = tmp_path_factory.mktemp("kept") / "applied"
        shutil.copytree(applied, kept)
        assert take_back(journal, session, applied).complete
        calls["undo"] = called(account)
        assert account.state() == before != after
        made = Matrix(account, session, plan, findings, before, after, kept, calls)
        yield made
        seconds = time.monotonic() - began
        print(f"\nfault matrix: {dict(made.cells)}, {sum(made.cells.values())} cells in {seconds:.0f} s")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_says_the_same_or_that_it_does_not_know(matrix: Matrix, fault: str) -> None:
    undisturbed = {finding.id: finding for finding in matrix.findings.findings}
    for operation, nth in matrix.operations("check", fault):
        matrix.account.set_state(matrix.before)
        matrix.disturb(fault, operation, nth)
        found = matrix.check()
        if found is None:
            assert fault == "expired token", operation
            continue
        for finding in found.findings:
            unknown = finding.status is Found.UNKNOWN and operation.partition(":")[2] in finding.reason
            assert finding == undisturbed[finding.id] or unknown, (operation, finding)
        assert matrix.account.state() == matrix.before


@pytest.mark.parametrize("fault", FAULTS)
def test_an_apply_arrives_or_is_resumed_and_is_taken_back(matrix: Matrix, fault: str, tmp_path: Path) -> None:
    for number, (operation, nth) in zip(count(), matrix.operations("apply", fault)):
        directory, where = tmp_path / str(number), (fault, operation, nth)
        matrix.account.set_state(matrix.before)
        matrix.disturb(fault, operation, nth)
        journal = engine.apply(matrix.plan, matrix.session, directory=directory, clock=QuickClock())
        matrix.account.set_faults([])
        assert files.load_journal(journal.path) == journal, where
        if engine.outcome(journal) is not None:
            says_where_it_stands(matrix, journal)
            journal = engine.resume(journal, matrix.session, clock=QuickClock())
        assert engine.outcome(journal) is None, (where, journal.to_json())
        assert timeless(matrix.account.state()) == timeless(matrix.after), where
        assert take_back(journal, matrix.session, directory).complete, where
        assert matrix.account.state() == matrix.before, where


def says_where_it_stands(matrix: Matrix, journal: Journal) -> None:
    """What the journal calls done is done, what it calls pending was not begun, and one step says what went wrong."""
    now = live_states(matrix.session.reader, journal.plan.changes)
    for change in journal.plan.changes:
        state, step, found = STATES[change.kind], journal.step(change.id), now[resource_of(change)]
        if step.status is Status.DONE:
            assert state.reached(change.after, found), step
        if step.status is Status.PENDING:
            assert state.same(change.before, found), step
    unsettled = [s for s in journal.steps if s.status not in (Status.DONE, Status.PENDING, Status.SKIPPED)]
    assert len(unsettled) == 1, journal.to_json()
    assert unsettled[0].detail


@pytest.mark.parametrize("fault", FAULTS)
def test_an_undo_arrives_or_is_gone_on_with(matrix: Matrix, fault: str, tmp_path: Path) -> None:
    for number, (operation, nth) in zip(count(), matrix.operations("undo", fault)):
        directory, where = tmp_path / str(number), (fault, operation, nth)
        shutil.copytree(matrix.applied, directory)
        matrix.account.set_state(matrix.after)
        matrix.disturb(fault, operation, nth)
        back = taken_back(matrix, directory)
        matrix.account.set_faults([])
        if back is None:
            assert matrix.account.state() == matrix.after, where
            back = take_back(files.last_journal(directory), matrix.session, directory)
        if engine.outcome(back) is not None:
            back = engine.resume(back, matrix.session, clock=QuickClock())
        assert engine.outcome(back) is None, (where, back.to_json())
        assert matrix.account.state() == matrix.before, where
        assert {step.status for step in files.last_journal(directory).steps} == {Status.UNDONE}, where


def taken_back(matrix: Matrix, directory: Path) -> Journal | None:
    """The journal of the undo; none where it ended before it wrote anything."""
    try:
        return take_back(files.last_journal(directory), matrix.session, directory)
    except Problem:
        return None


def test_the_matrix_covers_what_is_called(matrix: Matrix) -> None:
    writes = {call["operation"] for stage in matrix.called.values() for call in stage if call["access"] == "write"}
    assert len(writes) >= 7, "an apply of five changes and its undo write with at least seven operations"
    assert len({call["operation"] for call in matrix.called["check"]}) >= 10
