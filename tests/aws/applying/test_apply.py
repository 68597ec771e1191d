"""Apply over the simulated account: exactly the plan or nothing, on bad days too, and from any point again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sm_ssh_widget import files, pipeline
from sm_ssh_widget.aws.applying import apply as engine
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.simulator import SimulatedAccount
from tests.support.full_disk import full_disk
from tests.support.story import acting, iam_of, planned, take_back, target_of
from tests.support.virtual_time import VirtualTime

ROLE = "AmazonSageMaker-ExecutionRole-20240101T000000"
DENY = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
WRITES = {
    "iam:UpdateAssumeRolePolicy": "trust.ssm",
    "iam:AttachRolePolicy": "role.managed-instance-core",
    "iam:PutRolePolicy": "role.sagemaker-ssm-policy",
    "ssm:UpdateServiceSetting": "ssm.tier",
}


@dataclass
class Stage:
    """A simulated account with a plan that was reviewed."""

    account: SimulatedAccount
    session: SignedIn
    plan: Plan
    directory: Path
    clock: VirtualTime = field(default_factory=VirtualTime)

    def apply(self, **given: Any) -> Journal:
        given.setdefault("clock", self.clock)
        return engine.apply(self.plan, given.pop("acting", self.session), directory=self.directory, **given)

    def resume(self, journal: Journal, **given: Any) -> Journal:
        return engine.resume(journal, given.pop("acting", self.session), clock=self.clock, **given)

    def writes(self) -> list[str]:
        return [call["operation"] for call in self.account.calls() if call["access"] == "write"]


@dataclass
class Told:
    """An observer that notes what it is told, and may do something at a certain move."""

    at: tuple[str, StepStatus] | None = None
    then: Callable[[], object] | None = None
    moves: list[tuple[str, StepStatus, str]] = field(default_factory=list)

    def step(self, journal: Journal, step: JournalStep) -> None:
        assert files.load_journal(journal.path).to_record() == journal.to_record(), "what is told is on disk already"
        self.moves.append((step.id, step.status, step.detail))
        if self.then and self.at == (step.id, step.status):
            self.then()


@pytest.fixture(scope="module")
def first_stage() -> Iterator[Stage]:
    with SimulatedAccount("fresh-studio-role") as account:
        account.world.state.tier_pending_seconds = 0.2
        session = acting(account)
        yield Stage(account, session, planned(session, target_of(account)), Path())
        session.forget()


@pytest.fixture(scope="module")
def fresh(first_stage: Stage) -> Any:
    return first_stage.account.state()


@pytest.fixture
def stage(first_stage: Stage, fresh: Any, tmp_path: Path) -> Stage:
    """The account as it was, with nobody's calls and no fault on."""
    first_stage.account.set_faults([])
    first_stage.account.set_state(fresh)
    first_stage.account.forget_calls()
    return replace(first_stage, directory=tmp_path / "state")


def statuses(journal: Journal) -> list[StepStatus]:
    return [step.status for step in journal.steps]


def test_a_plan_is_applied_and_can_be_told(stage: Stage) -> None:
    journal = stage.apply()
    assert journal.complete
    assert engine.outcome(journal) is None
    assert set(statuses(journal)) == {StepStatus.DONE}
    assert files.load_journal(journal.path).to_record() == journal.to_record()
    assert len(stage.writes()) == len(stage.plan.changes)
    assert planned(stage.session, target_of(stage.account)).empty


def test_applying_twice_changes_nothing(stage: Stage) -> None:
    stage.apply()
    state = stage.account.state()
    stage.account.forget_calls()
    again = stage.apply()
    assert set(statuses(again)) == {StepStatus.SKIPPED}
    assert engine.outcome(again) is None
    assert stage.writes() == []
    assert stage.account.state() == state
    assert files.last_journal(stage.directory).path != again.path, "what wrote nothing is not what is to be undone"


def test_a_session_that_was_signed_in_for_another_region_applies_and_undoes(stage: Stage) -> None:
    before = stage.account.state()
    elsewhere = acting(stage.account, region="us-east-1")
    journal = stage.apply(acting=elsewhere)
    assert set(statuses(journal)) == {StepStatus.DONE}
    assert set(statuses(pipeline.undo(journal, elsewhere, clock=stage.clock))) == {StepStatus.UNDONE}
    assert stage.account.state() == before
    elsewhere.forget()


def test_an_empty_plan_is_complete_and_not_what_is_to_be_undone(stage: Stage) -> None:
    done = stage.apply()
    empty = engine.apply(replace(stage.plan, changes=()), stage.session, directory=stage.directory)
    assert empty.complete
    assert files.last_journal(stage.directory).path == done.path


def test_any_drift_and_nothing_is_written(stage: Stage) -> None:
    iam_of(stage.account).put_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy", PolicyDocument=DENY)
    stage.account.forget_calls()
    journal = stage.apply()
    assert journal.step("role.sagemaker-ssm-policy").status is StepStatus.DRIFTED
    assert statuses(journal).count(StepStatus.PENDING) == len(journal.steps) - 1
    assert engine.outcome(journal) is Code.DRIFTED
    assert stage.writes() == []


def test_drift_under_way_ends_it_before_that_write(stage: Stage) -> None:
    iam = iam_of(stage.account)

    def somebody() -> None:
        iam.put_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy", PolicyDocument=DENY)

    journal = stage.apply(observer=Told(("trust.ssm", StepStatus.DONE), somebody))
    assert journal.step("role.sagemaker-ssm-policy").status is StepStatus.DRIFTED
    assert journal.step("ssm.tier").status is StepStatus.PENDING
    assert engine.outcome(journal) is Code.PARTLY_APPLIED
    found = iam.get_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy")["PolicyDocument"]
    assert found["Statement"]["Effect"] == "Deny"


def test_working_is_on_disk_before_the_call(stage: Stage) -> None:
    told = Told()
    stage.apply(observer=told)
    for change in stage.plan.changes:
        moves = [status for step, status, _ in told.moves if step == change.id]
        assert moves[0] is StepStatus.WORKING
        assert moves[-1] is StepStatus.DONE


@pytest.mark.parametrize(("operation", "step"), WRITES.items())
def test_throttling_is_waited_out_in_words(stage: Stage, operation: str, step: str) -> None:
    stage.account.set_faults([{"kind": "throttle", "operation": operation, "count": 3}])
    told = Told()
    journal = stage.apply(observer=told)
    assert journal.complete
    words = [detail for id, status, detail in told.moves if id == step and status is StepStatus.WAITING]
    assert any(operation in each and "slow down" in each for each in words)


def test_throttled_reads_are_waited_out_too(stage: Stage) -> None:
    stage.account.set_faults([{"kind": "throttle", "operation": "iam:Get*", "count": 12}])
    assert stage.apply().complete


@pytest.mark.parametrize(("operation", "step"), WRITES.items())
@pytest.mark.parametrize("kind", ["cut-before", "cut-after"])
def test_a_cut_write_is_resolved_by_reading(stage: Stage, kind: str, operation: str, step: str) -> None:
    """A write that arrived is not sent again; one that did not is sent again once that is known."""
    stage.account.set_faults([{"kind": kind, "operation": operation, "count": 1}])
    told = Told()
    journal = stage.apply(observer=told)
    assert journal.complete
    assert (step, StepStatus.IN_DOUBT) in [(id, status) for id, status, _ in told.moves]
    arrived = stage.writes().count(operation)
    assert arrived == sum(call.operation == operation.partition(":")[2] for c in stage.plan.changes for call in c.calls)


def test_a_write_that_never_arrives_fails_in_words(stage: Stage) -> None:
    stage.account.set_faults([{"kind": "cut-before", "operation": "iam:AttachRolePolicy"}])
    journal = stage.apply()
    failed = journal.step("role.managed-instance-core")
    assert failed.status is StepStatus.FAILED
    assert "resume" in failed.detail.lower()
    assert journal.step("trust.ssm").status is StepStatus.DONE
    assert engine.outcome(journal) is Code.PARTLY_APPLIED
    stage.account.set_faults([])
    assert stage.resume(journal).complete


def test_no_answer_after_a_write_leaves_it_in_doubt_and_resume_finds_out(stage: Stage) -> None:
    dead: list[dict[str, Any]] = [
        {"kind": "cut-after", "operation": "iam:UpdateAssumeRolePolicy"},
        {"kind": "cut-before", "operation": "iam:GetRole", "after": 3},
    ]
    stage.account.set_faults(dead)
    journal = stage.apply()
    assert journal.step("trust.ssm").status is StepStatus.IN_DOUBT
    assert engine.outcome(journal) is Code.PARTLY_APPLIED
    stage.account.set_faults([])
    stage.account.forget_calls()
    assert stage.resume(journal).complete
    assert "iam:UpdateAssumeRolePolicy" not in stage.writes()


def test_delayed_visibility_is_waited_out_in_words(stage: Stage) -> None:
    stage.account.set_faults([{"kind": "delay-visibility", "operation": "iam:*", "seconds": 0.4}])
    told = Told()
    assert stage.apply(observer=told).complete
    assert ("trust.ssm", StepStatus.WAITING) in [(id, status) for id, status, _ in told.moves]
    assert stage.writes().count("iam:UpdateAssumeRolePolicy") == 1


def test_a_denied_write_fails_with_what_aws_said(stage: Stage) -> None:
    journal = stage.apply(acting=acting(stage.account, "read-only"))
    first = journal.steps[0]
    assert first.status is StepStatus.FAILED
    assert "iam:UpdateAssumeRolePolicy" in first.detail
    assert statuses(journal)[1:] == [StepStatus.PENDING] * (len(journal.steps) - 1)
    assert engine.outcome(journal) is Code.AWS_REFUSED


def test_an_expired_token_fails_and_a_new_session_resumes(stage: Stage) -> None:
    stage.account.set_faults([{"kind": "expired-token", "operation": "iam:PutRolePolicy"}])
    journal = stage.apply()
    assert journal.step("role.sagemaker-ssm-policy").status is StepStatus.FAILED
    assert "expired" in journal.step("role.sagemaker-ssm-policy").detail
    stage.account.set_faults([])
    assert stage.resume(journal, acting=acting(stage.account)).complete


def test_expired_before_anything_is_a_sign_in_matter(stage: Stage) -> None:
    stage.account.set_faults([{"kind": "expired-token", "operation": "*"}])
    assert engine.outcome(stage.apply()) is Code.SIGN_IN


def test_a_server_error_is_in_doubt(stage: Stage) -> None:
    fault = {"kind": "error", "operation": "iam:AttachRolePolicy", "count": 1, "code": "ServiceFailure", "status": 500}
    stage.account.set_faults([fault])
    assert stage.apply().complete


def test_another_account_is_refused_before_anything(stage: Stage) -> None:
    other = replace(stage.plan, target={**stage.plan.target, "account": "999999999999"})
    with pytest.raises(Problem) as raised:
        engine.apply(other, stage.session, directory=stage.directory)
    assert raised.value.code is Code.REFUSED
    assert not stage.directory.exists()


def test_no_place_for_the_journal_and_nothing_is_written(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="--journal-dir"):
        engine.apply(stage.plan, stage.session, directory=tmp_path / "file" / "state")
    assert stage.writes() == []


def test_a_journal_that_can_no_longer_be_kept_stops_the_next_call(stage: Stage) -> None:
    """The directory goes away under way: the step that cannot be written down is not begun."""
    gone = stage.directory.with_name("gone")
    told = Told(("trust.ssm", StepStatus.DONE), lambda: stage.directory.rename(gone))
    with pytest.raises(Problem, match="sm-ssh-widget undo /") as caught:
        stage.apply(observer=told)
    assert caught.value.code is Code.PARTLY_APPLIED
    assert "1 of 5 changes were started" in caught.value.said
    assert stage.writes() == ["iam:UpdateAssumeRolePolicy"]
    kept = files.list_journals(gone)[0].journal
    assert kept is not None
    assert kept.step("trust.ssm").status is StepStatus.DONE


def test_a_disk_that_fills_up_in_the_middle_ends_in_the_way_back(stage: Stage) -> None:
    """Two changes are in the account, and the third cannot be written down: nothing is told as if nothing was done."""
    before = stage.account.state()
    with ExitStack() as filled:
        full = Told(("role.managed-instance-core", StepStatus.DONE), partial(filled.enter_context, full_disk(1000)))
        with pytest.raises(Problem) as caught:
            stage.apply(observer=full)
    (kept,) = [item.journal for item in files.list_journals(stage.directory) if item.journal]
    assert caught.value.code.exit_code == 9
    assert f"3 of 5 changes were started. The journal {kept.path}" in caught.value.said
    assert caught.value.remedy.endswith(f"sm-ssh-widget undo {kept.path}")
    assert statuses(kept)[:4] == [*[StepStatus.DONE] * 3, StepStatus.PENDING]
    assert pipeline.undo(kept, stage.session).complete
    assert stage.account.state() == before


def test_a_disk_that_fills_up_while_it_is_undone_ends_in_the_way_on(stage: Stage) -> None:
    before = stage.account.state()
    journal = stage.apply()
    with ExitStack() as filled:
        full = Told(("ssm.tier", StepStatus.DONE), partial(filled.enter_context, full_disk(1000)))
        with pytest.raises(Problem) as caught:
            pipeline.undo(journal, stage.session, observer=full)
    assert caught.value.code.exit_code == 9
    assert caught.value.remedy.endswith(f"undo the rest: sm-ssh-widget undo {journal.path}")
    assert pipeline.undo(journal, stage.session).complete
    assert stage.account.state() == before


def test_stop_leaves_the_rest_pending_and_resume_goes_on(stage: Stage) -> None:
    told = Told()

    def stop() -> bool:
        return any(status is StepStatus.DONE for _, status, _ in told.moves)

    journal = stage.apply(observer=told, stop=stop)
    assert statuses(journal) == [StepStatus.DONE] + [StepStatus.PENDING] * (len(journal.steps) - 1)
    assert engine.outcome(journal) is Code.STOPPED
    assert stage.resume(journal).complete


def test_two_cannot_work_on_one_journal(stage: Stage) -> None:
    journal = stage.apply(stop=lambda: True)
    with files.JournalFile.hold(journal.path), pytest.raises(Problem, match="Another process"):
        stage.resume(journal)


def test_resume_at_another_kind_of_endpoint_is_refused(stage: Stage) -> None:
    journal = stage.apply(stop=lambda: True)
    with pytest.raises(Problem, match="Sign in at the endpoint where the run started"):
        stage.resume(replace(journal, endpoint=""))


def test_the_tripwire_is_closed_again(stage: Stage) -> None:
    stage.apply()
    with pytest.raises(Problem, match="unreviewed write"):
        stage.session.client("iam").delete_role(RoleName=ROLE)


def test_what_somebody_else_did_meanwhile_is_not_ours_to_undo(stage: Stage) -> None:
    journal = stage.apply(stop=lambda: True)
    call = stage.plan.changes[0].calls[0]
    iam_of(stage.account).update_assume_role_policy(**call.parameters)
    resumed = stage.resume(journal)
    assert resumed.steps[0].status is StepStatus.SKIPPED
    assert resumed.complete


def test_what_was_overwritten_while_in_doubt_is_never_said_to_be_left_unchanged(stage: Stage) -> None:
    """The write arrived, its answer did not, and somebody else wrote before the state was read again."""
    stage.account.set_faults([{"kind": "cut-after", "operation": "iam:UpdateAssumeRolePolicy", "count": 1}])
    iam = iam_of(stage.account)
    told = Told(
        at=("trust.ssm", StepStatus.IN_DOUBT),
        then=lambda: iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=LAMBDA_ONLY),
    )
    step = stage.apply(observer=told).step("trust.ssm")
    assert step.status is StepStatus.DRIFTED
    assert "Left unchanged" not in step.detail
    assert "did not confirm" in step.detail


def test_resume_marks_what_drifted_and_goes_no_further(stage: Stage) -> None:
    journal = stage.apply(stop=lambda: True)
    policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}}'
    iam_of(stage.account).update_assume_role_policy(RoleName=ROLE, PolicyDocument=policy)
    resumed = stage.resume(journal)
    assert resumed.steps[0].status is StepStatus.DRIFTED
    assert set(statuses(resumed)[1:]) == {StepStatus.PENDING}


def test_undo_is_exact_and_marks_the_journal(stage: Stage) -> None:
    before = stage.account.state()
    journal = stage.apply()
    back = take_back(journal, stage.session, stage.directory)
    assert back.complete
    assert stage.account.state() == before
    assert set(statuses(files.load_journal(journal.path))) == {StepStatus.UNDONE}
    assert files.last_journal(stage.directory).path == journal.path


def test_a_refused_write_is_not_waited_for_when_it_is_undone(stage: Stage) -> None:
    before = stage.account.state()
    journal = stage.apply(acting=acting(stage.account, "read-only"))
    clock = VirtualTime()
    assert engine.resolve_in_flight(journal, stage.session.reader, clock).steps[0].status is StepStatus.FAILED
    assert clock.slept == []
    assert stage.account.state() == before


def test_undo_leaves_what_somebody_changed_since(stage: Stage) -> None:
    journal = stage.apply()
    iam_of(stage.account).put_role_policy(RoleName=ROLE, PolicyName="SageMakerSSMPolicy", PolicyDocument=DENY)
    back = take_back(journal, stage.session, stage.directory)
    assert back.complete
    assert "role.sagemaker-ssm-policy" not in [step.id for step in back.steps]
    kept = files.load_journal(journal.path)
    assert kept.step("role.sagemaker-ssm-policy").status is StepStatus.DRIFTED
    assert kept.step("trust.ssm").status is StepStatus.UNDONE


LAMBDA_ONLY = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},'
    ' "Action": "sts:AssumeRole"}}'
)


@pytest.fixture
def chained(stage: Stage) -> Stage:
    """Two changes of one trust policy: the second starts from what the first leaves."""
    iam_of(stage.account).update_assume_role_policy(RoleName=ROLE, PolicyDocument=LAMBDA_ONLY)
    plan = planned(stage.session, target_of(stage.account))
    assert [change.id for change in plan.changes][:2] == ["trust.sagemaker", "trust.ssm"]
    stage.account.forget_calls()
    return replace(stage, plan=plan)


def test_two_changes_of_one_document_are_applied_and_undone(chained: Stage) -> None:
    before = chained.account.state()
    journal = chained.apply()
    assert journal.complete
    assert chained.writes().count("iam:UpdateAssumeRolePolicy") == 2
    assert take_back(journal, chained.session, chained.directory).complete
    assert chained.account.state() == before


def test_a_slow_read_of_our_own_first_write_is_no_drift(chained: Stage) -> None:
    chained.account.set_faults([{"kind": "delay-visibility", "operation": "iam:*", "seconds": 0.3}])
    assert chained.apply().complete


@pytest.mark.parametrize("steps", [1, 2])
def test_a_chain_is_resumed_in_its_middle(chained: Stage, steps: int) -> None:
    told = Told()

    def stop() -> bool:
        return sum(status is StepStatus.DONE for _, status, _ in told.moves) >= steps

    journal = chained.apply(observer=told, stop=stop)
    assert statuses(journal).count(StepStatus.DONE) == steps
    assert chained.resume(journal).complete
