"""Check Systems Manager with a temporary instance: start it, wait for it, open a session and end it, terminate it.

It is terminated whatever happens, and it is found again by its tag after this process was killed: tag and client token
are those of one run and no other, and in the journal before the instance is asked for. Should nobody come back, it
shuts itself down after an hour, which terminates it. The token that a session is opened with is not read.
Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sm_ssh_widget.aws.applying.change_runner import MAX_SENDS, ChangeRunner, Failure, InDoubt
from sm_ssh_widget.aws.applying.resource_kinds import unreadable
from sm_ssh_widget.aws.observation.temporary_instance import client_token, read_one
from sm_ssh_widget.aws.session.backoff import WAIT_ASSOCIATED, WAIT_IN_DOUBT, WAIT_INSTANCE_ONLINE, Backoff, never
from sm_ssh_widget.changes.journal import StepStatus, of_run
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.changes.step_notes import InstanceResult, StepNotes
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Known, Reason, Unknown

Json: TypeAlias = Any

_SPENT = "IdempotentInstanceTerminated"
_NOT_THERE = "InvalidInstanceID.NotFound"
_ENDING = ("shutting-down", "stopping", "stopped", "terminated")
_BY_SOMEBODY = "Client.UserInitiatedShutdown"
_RESUME = "sm-ssh-widget apply --resume JOURNAL"
_ENDS_BY_ITSELF = "It shuts itself down an hour after its start."


@dataclass(frozen=True)
class _Look:
    """The instance's state and EC2's reason for it, empty where it is not seen, and whether its agent is connected."""

    state: str
    reason: str
    connected: bool

    @property
    def ended(self) -> bool:
        """Whether it is coming to its end, or has."""
        return self.state in _ENDING

    def __str__(self) -> str:
        return f"{self.state}: {self.reason}" if self.reason else self.state or "not seen yet"


@dataclass
class InstanceCheck(ChangeRunner):
    """The one change. ``notes`` is what the journal remembers of it: ``run`` belongs to it and to no other journal.

    ``launched`` is the instance that this process itself started, or found as one of the run. A journal may come from
    elsewhere, so the instance in its notes is never terminated on its word.
    """

    notes: StepNotes = field(default_factory=StepNotes)
    launched: str = field(default="", init=False)

    def run(self) -> tuple[Json, bool]:
        """What is left (nothing), and that something was done; raises as :meth:`ChangeRunner.run` does."""
        self._remember("", {"run": self.notes.get("run") or secrets.token_hex(8)})
        self.change = of_run(self.change, self.notes)
        if "result" not in self.notes:
            try:
                self._prove(self._start())
            except BaseException as error:
                self._end_after(error)
                raise
        self._end()
        self.detail = _told(self.notes["result"])
        return dict(self.change.after), True

    def _prove(self, instance: str) -> None:
        waited = self._wait_until_online(instance)
        session = self._sent_surely(1, instance=instance)["SessionId"]
        self._sent_surely(2, session=session)
        result: InstanceResult = {
            "instance": instance,
            "instance_type": self.change.resource["instance_type"],
            "subnet": self.change.resource["subnet"],
            "region": self.change.resource["region"],
            "online_after_seconds": round(waited),
            "session": session,
        }
        self._remember("A session was opened and ended.", {"result": result})

    def _remember(self, detail: str, notes: StepNotes) -> None:
        self.notes.update(notes)
        self.mark(StepStatus.WORKING, detail, notes)

    # Start

    def _start(self) -> str:
        """The id of the instance of this run: one that is there already, else a new one."""
        found = self._read()
        if not found or found["now"]["state"] in _ENDING:
            return self._launch()
        self.launched = str(found["instance"])
        return self.launched

    def _launch(self) -> str:
        said = ""
        for _ in range(MAX_SENDS):
            self._remember("Starting an instance.", {"attempt": self.notes.get("attempt", 1)})
            answer = self._launched_perhaps()
            if isinstance(answer, str):
                self.launched = answer
                self._remember(f"{answer} is started.", {"instance": answer})
                return answer
            said = str(answer)
        raise self._failure(StepStatus.IN_DOUBT, said, f"Resume: {_RESUME}", Code.UNREACHABLE)

    def _launched_perhaps(self) -> str | Exception:
        """The id of what was started; what was said where the same is to be tried again: it is never started twice."""
        try:
            token = client_token(self.notes["run"], self.notes["attempt"])
            answer = self._sent_perhaps(0, token=token, run=self.notes["run"])
        except Failure as failure:
            if _SPENT not in failure.problem.said:
                raise
            self.notes["attempt"] += 1
            return failure.problem
        if not isinstance(answer, InDoubt):
            return str(answer["Instances"][0]["InstanceId"])
        self.mark(StepStatus.IN_DOUBT, f"{answer} Reading whether it arrived.")
        found = self._until(self._read, lambda found: found is not None, WAIT_IN_DOUBT, lambda _: "")
        return answer if found is None else str(found["instance"])

    # Wait

    def _wait_until_online(self, instance: str) -> float:
        """The seconds that it took; raises :class:`Failure` where it did not come online."""
        began, backoff = self.clock.elapsed(), self._patience()
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
        said = f"The instance {instance} did not come online in {backoff.timeout_s:.0f} s ({look})."
        remedy = (
            "Look at the outbound rules of the VPC's default security group, its network ACLs and DNS settings, and at "
            f"the role of the instance; then resume: {_RESUME}"
        )
        raise self._failure(StepStatus.FAILED, said, remedy, Code.AWS_REFUSED)

    def _ended_early(self, instance: str, look: _Look) -> Failure:
        """EC2's own reason, which is no matter of the network; resuming starts another instance."""
        if look.reason.startswith(_BY_SOMEBODY):
            said = f"Somebody terminated the instance {instance} before it came online ({look})."
        else:
            said = f"The instance {instance} ended before it came online ({look})."
        return self._failure(StepStatus.FAILED, said, f"Start another one: {_RESUME}", Code.AWS_REFUSED)

    def _patience(self) -> Backoff:
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
        found = self._patiently(lambda: read_one(self.acting.reader, region, instance))
        if isinstance(found, Unknown):
            raise Failure(StepStatus.FAILED, unreadable(found, self.change))
        shown = found.value if isinstance(found, Known) else {"state": "", "reason": ""}
        return _Look(shown["state"], shown["reason"], connected)

    # Send

    def _filled(self, number: int, **values: str) -> Call:
        return self.acting.tripwire.fill_in(self.change.calls[number], values)

    def _sent_surely(self, number: int, **values: str) -> Json:
        """Send a call that does no harm twice; its answer."""
        for _ in range(MAX_SENDS):
            answer = self._sent_perhaps(number, **values)
            if not isinstance(answer, InDoubt):
                return answer
        said = f"The connection was cut {MAX_SENDS} times at {self.change.calls[number].operation}."
        raise self._failure(StepStatus.IN_DOUBT, said, f"Resume: {_RESUME}", Code.UNREACHABLE)

    def _sent_perhaps(self, number: int, **values: str) -> Json | InDoubt:
        try:
            return self._send(self._filled(number, **values))
        except InDoubt as doubt:
            return doubt

    # End

    def _end_after(self, error: BaseException) -> None:
        """Terminate after something went wrong; what goes wrong with that, too, is said beside it."""
        try:
            self._end()
        except Failure as failure:
            if not isinstance(error, Failure):
                raise
            said = f"{error.problem.said} And the instance could not be terminated: {failure.problem.said}"
            told = failure.problem
            raise self._failure(failure.status, said, told.remedy, told.code, stays=failure.stays) from None

    def _end(self) -> None:
        """Terminate the instance and wait until it is gone, also when somebody asks to stop."""
        self.stop = never
        instance = self._to_end()
        if not instance:
            return
        try:
            self._sent_surely(3, instance=instance)
        except Failure as failure:
            if _NOT_THERE not in failure.problem.said:
                raise self._still_there(instance, failure) from None
        state = self.kind
        left = self._until(self._read, lambda found: found is None, state.backoff, lambda _: state.waiting_for)
        if left is not None:
            said = f"The instance {instance} is not terminated after {state.backoff.timeout_s:.0f} s. {_ENDS_BY_ITSELF}"
            raise self._failure(StepStatus.IN_DOUBT, said, f"Resume: {_RESUME}", Code.AWS_REFUSED)
        self.launched = ""
        self._remember(f"{instance} is terminated.", {"instance": "", "attempt": self.notes.get("attempt", 1) + 1})

    def _to_end(self) -> str:
        """The id of the instance of this run, empty where there is none; the launched one where it is not seen."""
        try:
            found = self._read()
        except Failure as failure:
            if not self.launched:
                raise self._perhaps_there(failure) from None
            return self.launched
        return str(found["instance"]) if found else self.launched

    def _perhaps_there(self, failure: Failure) -> Failure:
        """The failure to look for the instance that the journal tells of."""
        if not (noted := self.notes.get("instance")):
            return failure
        said = f"{failure.problem.said} The instance {noted} may still run. {_ENDS_BY_ITSELF}"
        return self._failure(failure.status, said, failure.problem.remedy, failure.problem.code, stays=True)

    def _still_there(self, instance: str, failure: Failure) -> Failure:
        said = f"{failure.problem.said} The instance {instance} still runs. {_ENDS_BY_ITSELF}"
        return self._failure(failure.status, said, failure.problem.remedy, failure.problem.code, stays=True)


def _told(result: InstanceResult) -> str:
    return (
        f"{result['instance']} ({result['instance_type']} in {result['subnet']}) came online after "
        f"{result['online_after_seconds']} s; a session was opened and ended; the instance is terminated."
    )
