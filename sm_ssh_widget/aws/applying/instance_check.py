"""Check Systems Manager with a temporary instance: start it, wait, start and terminate a session, terminate it.

The instance is terminated also after an error. After a crash it is found by its tag: tag and client token belong to one
run and are in the journal before the instance is requested. If the run is never resumed, the instance terminates itself
one hour after its start. The token of the session is not read.
Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.aws.applying.change_runner import CHECKING, MAX_SENDS, ChangeRunner, Failure, InDoubt
from sm_ssh_widget.aws.applying.resource_kinds import unreadable
from sm_ssh_widget.aws.observation.temporary_instance import client_token, read_one
from sm_ssh_widget.aws.session.backoff import WAIT_ASSOCIATED, WAIT_IN_DOUBT, WAIT_INSTANCE_ONLINE, Backoff, never
from sm_ssh_widget.changes.journal import StepStatus, of_run
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.changes.step_notes import InstanceResult, StepNotes
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Reason, Unknown
from sm_ssh_widget.requirements.wording import duration

Json: TypeAlias = Any

_SPENT = "IdempotentInstanceTerminated"
_NOT_THERE = "InvalidInstanceID.NotFound"
_ENDING = ("shutting-down", "stopping", "stopped", "terminated")
_BY_USER = "Client.UserInitiatedShutdown"
_RESUME = "sm-ssh-widget apply --resume JOURNAL"
_TERMINATES_ITSELF = "It terminates itself one hour after its start."


@dataclass(frozen=True)
class _Look:
    """State of the instance and EC2's reason for it, empty if EC2 does not list it; whether its agent is connected."""

    state: str
    reason: str
    connected: bool

    @property
    def ended(self) -> bool:
        """Whether the instance is stopping, stopped or terminated."""
        return self.state in _ENDING

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}" if self.reason else self.state or "not reported yet"


@dataclass
class InstanceCheck(ChangeRunner):
    """Runner of the instance check. ``notes`` are those of its step; ``run`` belongs to this journal only.

    ``launched`` is the instance that this process started, or found by the tag of the run. A journal is input: the
    instance ID in its notes alone never leads to a termination.
    """

    notes: StepNotes = field(default_factory=StepNotes)
    launched: str = field(default="", init=False)

    def run(self) -> tuple[Json, bool]:
        """Run the check. Returns ``after`` and True; raises as :meth:`ChangeRunner.run` does."""
        self._remember("", {"run": self.notes.get("run") or secrets.token_hex(8)})
        self.change = of_run(self.change, self.notes)
        if "result" not in self.notes:
            try:
                self._check(self._start())
            except BaseException as error:
                self._end_after(error)
                raise
        self._end()
        self.detail = _summary(self.notes["result"])
        return dict(self.change.after), True

    def _check(self, instance: str) -> None:
        waited = self._wait_until_online(instance)
        session = self._send_repeatably(1, instance=instance)["SessionId"]
        self._send_repeatably(2, session=session)
        result: InstanceResult = {
            "instance": instance,
            "instance_type": self.change.resource["instance_type"],
            "subnet": self.change.resource["subnet"],
            "region": self.change.resource["region"],
            "online_after_seconds": round(waited),
            "session": session,
        }
        self._remember("A session was started and terminated.", {"result": result})

    def _remember(self, detail: str, notes: StepNotes) -> None:
        self.notes.update(notes)
        self.mark(StepStatus.WORKING, detail, notes)

    # Start

    def _start(self) -> str:
        """Return the ID of the instance of this run: an existing one, else a new one."""
        found = self._read()
        if not found or found["now"]["state"] in _ENDING:
            return self._launch()
        self.launched = str(found["instance"])
        return self.launched

    def _launch(self) -> str:
        said = ""
        for _ in range(MAX_SENDS):
            self._remember("Starting an EC2 instance.", {"attempt": self.notes.get("attempt", 1)})
            answer = self._try_launch()
            if isinstance(answer, str):
                self.launched = answer
                self._remember(f"{answer} started.", {"instance": answer})
                return answer
            said = str(answer)
        raise self._failure(StepStatus.IN_DOUBT, said, f"Resume the run: {_RESUME}", Code.UNREACHABLE)

    def _try_launch(self) -> str | Exception:
        """Return the ID of the started instance, or the error if the same request is to be sent again: never twice."""
        try:
            token = client_token(self.notes["run"], self.notes["attempt"])
            answer = self._send_or_doubt(0, token=token, run=self.notes["run"])
        except Failure as failure:
            if _SPENT not in failure.problem.said:
                raise
            self.notes["attempt"] += 1
            return failure.problem
        if not isinstance(answer, InDoubt):
            return str(answer["Instances"][0]["InstanceId"])
        self.mark(StepStatus.IN_DOUBT, f"{answer} {CHECKING}")
        found = self._until(self._read, lambda found: found is not None, WAIT_IN_DOUBT, lambda _: "")
        return answer if found is None else str(found["instance"])

    # Wait

    def _wait_until_online(self, instance: str) -> float:
        """Wait until the instance is online. Returns the seconds; raises :class:`Failure` if it is not."""
        began, backoff = self.clock.elapsed(), self._backoff()
        look = self._until(
            lambda: self._look(instance),
            lambda look: look.connected or look.ended,
            backoff,
            lambda look: f"{instance} to report to Systems Manager ({look})",
        )
        if look.connected:
            return self.clock.elapsed() - began
        if look.ended:
            raise self._ended_early(instance, look)
        said = f"Instance {instance} did not come online within {duration(backoff.timeout_s)} ({look})."
        remedy = (
            "Check the outbound rules of the VPC's default security group, its network ACLs and DNS settings, and the "
            f"instance's role. Then resume: {_RESUME}"
        )
        raise self._failure(StepStatus.FAILED, said, remedy, Code.AWS_REFUSED)

    def _ended_early(self, instance: str, look: _Look) -> Failure:
        """The failure with EC2's reason, which is not the network; resuming starts another instance."""
        if look.reason.startswith(_BY_USER):
            said = f"Instance {instance} was terminated by someone else before it came online ({look})."
        else:
            said = f"Instance {instance} stopped before it came online ({look})."
        return self._failure(StepStatus.FAILED, said, f"Start another instance: {_RESUME}", Code.AWS_REFUSED)

    def _backoff(self) -> Backoff:
        return WAIT_INSTANCE_ONLINE if "IamInstanceProfile" in self.change.calls[0].parameters else WAIT_ASSOCIATED

    def _look(self, instance: str) -> _Look:
        region = self.change.resource["region"]
        try:
            fact = self.acting.reader.read("ssm", "GetConnectionStatus", region=region, Target=instance)
        except Problem as problem:
            raise Failure(StepStatus.FAILED, problem) from None
        if isinstance(fact, Unknown) and fact.reason is Reason.DENIED:
            raise Failure(StepStatus.FAILED, Problem(self.change.id, fact.said, fact.remedy, Code.AWS_REFUSED))
        connected = isinstance(fact, Known) and fact.value["Status"] == "connected"
        found = self._read_with_retries(lambda: read_one(self.acting.reader, region, instance))
        if isinstance(found, Unknown):
            raise Failure(StepStatus.FAILED, unreadable(found, self.change))
        shown = found.value if isinstance(found, Known) else {"state": "", "reason": ""}
        return _Look(shown["state"], shown["reason"], connected)

    # Send

    def _filled(self, number: int, **values: str) -> Call:
        return self.acting.tripwire.fill_in(self.change.calls[number], values)

    def _send_repeatably(self, number: int, **values: str) -> Json:
        """Send a call that is safe to repeat. Returns the response."""
        for _ in range(MAX_SENDS):
            answer = self._send_or_doubt(number, **values)
            if not isinstance(answer, InDoubt):
                return answer
        call = self.change.calls[number]
        said = f"AWS did not confirm {call.service}:{call.operation} in {MAX_SENDS} attempts."
        raise self._failure(StepStatus.IN_DOUBT, said, f"Resume the run: {_RESUME}", Code.UNREACHABLE)

    def _send_or_doubt(self, number: int, **values: str) -> Json | InDoubt:
        try:
            return self._send(self._filled(number, **values))
        except InDoubt as doubt:
            return doubt

    # End

    def _end_after(self, error: BaseException) -> None:
        """Terminate the instance after an error. If that fails too, both errors are reported."""
        try:
            self._end()
        except Failure as failure:
            if not isinstance(error, Failure):
                raise
            problem = failure.problem
            said = f"{error.problem.said} The instance could not be terminated either: {problem.said}"
            raise self._failure(failure.status, said, problem.remedy, problem.code, stays=failure.stays) from None

    def _end(self) -> None:
        """Terminate the instance and wait until it is gone, even if a stop is requested."""
        self.stop = never
        instance = self._instance_to_end()
        if not instance:
            return
        try:
            self._send_repeatably(3, instance=instance)
        except Failure as failure:
            if _NOT_THERE not in failure.problem.said:
                raise self._still_running(instance, failure) from None
        state = self.kind
        left = self._until(self._read, lambda found: found is None, state.backoff, lambda _: state.waiting_for)
        if left is not None:
            timeout = duration(state.backoff.timeout_s)
            said = f"Instance {instance} was not terminated within {timeout}. {_TERMINATES_ITSELF}"
            raise self._failure(StepStatus.IN_DOUBT, said, f"Resume the run: {_RESUME}", Code.AWS_REFUSED)
        self.launched = ""
        self._remember(f"{instance} terminated.", {"instance": "", "attempt": self.notes.get("attempt", 1) + 1})

    def _instance_to_end(self) -> str:
        """Return the ID of the instance of this run, empty if none; the launched one if EC2 does not list it yet."""
        try:
            found = self._read()
        except Failure as failure:
            if not self.launched:
                raise self._maybe_running(failure) from None
            return self.launched
        return str(found["instance"]) if found else self.launched

    def _maybe_running(self, failure: Failure) -> Failure:
        """The failure to find the instance that the journal records."""
        if not (noted := self.notes.get("instance")):
            return failure
        said = f"{failure.problem.said} Instance {noted} might still be running. {_TERMINATES_ITSELF}"
        return self._failure(failure.status, said, failure.problem.remedy, failure.problem.code, stays=True)

    def _still_running(self, instance: str, failure: Failure) -> Failure:
        said = f"{failure.problem.said} Instance {instance} is still running. {_TERMINATES_ITSELF}"
        return self._failure(failure.status, said, failure.problem.remedy, failure.problem.code, stays=True)


def _summary(result: InstanceResult) -> str:
    return (
        f"{result['instance']} ({result['instance_type']} in {result['subnet']}) came online after "
        f"{result['online_after_seconds']} s. A session was started and terminated. The instance is terminated."
    )
