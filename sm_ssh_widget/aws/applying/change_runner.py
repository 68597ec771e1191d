"""Carry out one change: look, write, and look until it is there.

What AWS throttles is tried again after a pause, in words. A write that died in flight is in doubt, and only reading
resolves that: botocore sends it once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from botocore import exceptions as botocore_errors
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, ResourceKind, read_live, unreadable
from sm_ssh_widget.aws.session.backoff import WAIT_IN_DOUBT, WAIT_THROTTLED, Backoff, Clock
from sm_ssh_widget.aws.session.errors import FAILURES, code_of, is_sign_in, problem_from, sentence, unknown_from
from sm_ssh_widget.aws.session.read_operations import check_whole
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.changes.plan import Call, Change
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Fact, Known, Reason, Unknown

Json: TypeAlias = Any
T = TypeVar("T")
F = TypeVar("F", bound=Fact[Any])

MAX_SENDS = 3
_DRIFT = "It is not as it was when the plan was made; it was left as it is."
_LEAVE = "Take it back once nothing uses it: sm-ssh-widget undo JOURNAL"
_AGAIN = "Make the plan again: sm-ssh-widget plan --out FILE"
_RESUME = "Resume: sm-ssh-widget apply --resume JOURNAL"
READ_BACKOFFS = {Reason.THROTTLED: WAIT_THROTTLED, Reason.UNREACHABLE: WAIT_IN_DOUBT, Reason.TIMED_OUT: WAIT_IN_DOUBT}


class Failure(Exception):
    """The step ends here, with this status (failed, drifted, in doubt) and this problem.

    ``stays``: something of what the step wrote is there.
    """

    def __init__(self, status: StepStatus, problem: Problem, *, stays: bool = False) -> None:
        super().__init__(status, problem)
        self.status, self.problem, self.stays = status, problem, stays


class StepRecorder(Protocol):
    """Puts the status of a step, its words, and what is to be remembered of it on disk."""

    def __call__(self, status: StepStatus, detail: str, /, **notes: Json) -> None:
        """The step moved on."""


class InDoubt(Exception):
    """The call died in flight: whether AWS did it is not known."""


@dataclass
class ChangeRunner:
    """One change, who carries it out, and ``mark``, which puts the status and its words on disk.

    ``expected`` holds what has to be there before the write, and behind it what a slow read may show instead.
    ``uses`` is what this run has read of who else uses what, by finding. ``detail`` is what there is to say once it is
    done.
    """

    change: Change
    expected: tuple[Json, ...]
    acting: SignedIn
    clock: Clock
    stop: Callable[[], bool]
    mark: StepRecorder
    uses: dict[str, Fact[str]]
    detail: str = field(default="", init=False)

    @property
    def kind(self) -> ResourceKind:
        """How the kind of this change is read and compared."""
        return RESOURCE_KINDS[self.change.kind]

    def run(self) -> tuple[Json, bool]:
        """The state as AWS shows it afterwards, and whether it was written by this call.

        Raises :class:`Failure`; :class:`Stopped` while it waits.
        """
        self.mark(StepStatus.WORKING, "")
        found = self._before()
        if self._reached(found):
            return self._require_healthy(found), False
        self._leave_what_is_used()
        self._write(found)
        return self._after(), True

    def _before(self) -> Json:
        """What is there, once it is what has to be there or what is wanted; raises :class:`Failure` for drift."""
        found = self._until(self._read, self._conclusive, self.kind.backoff, self._progress_text)
        if self._reached(found) or self.kind.unchanged(self.expected[0], found):
            return found
        raise self._failure(StepStatus.DRIFTED, _DRIFT, _AGAIN, Code.DRIFTED)

    def _conclusive(self, found: Json) -> bool:
        """Whether AWS is done, and this is no slow read of what was there before our own last write."""
        stale = any(self.kind.unchanged(old, found) for old in self.expected[1:])
        return self.kind.settled(found) and (self.kind.unchanged(self.expected[0], found) or not stale)

    def _reached(self, found: Json) -> bool:
        return self.kind.reached(self.change.after, found) and self.kind.settled(found)

    def _leave_what_is_used(self) -> None:
        """Raise :class:`Failure` (drifted) where somebody else's hangs on what is to be taken away, or may do so.

        It is read once for each finding: half of what belongs together would be of no use to anybody.
        """
        read, finding = self.kind.used_by_others, self.change.finding
        if read is None:
            return
        if finding not in self.uses:
            self.uses[finding] = self._patiently(partial(read, self.acting.reader, self.change))
        use = self.uses[finding]
        if isinstance(use, Known):
            raise self._failure(StepStatus.DRIFTED, f"It is left as it is: {use.value}.", _LEAVE, Code.DRIFTED)
        if isinstance(use, Unknown):
            said = f"It is left as it is: whether somebody uses it could not be read ({use.read}). {sentence(use.said)}"
            raise self._failure(StepStatus.DRIFTED, said, use.remedy, Code.DRIFTED)

    # Writing

    def _write(self, found: Json) -> None:
        said = ""
        for _ in range(MAX_SENDS):
            if self._arrived(found):
                return
            try:
                for call in self.change.calls:
                    self._send(call)
                return
            except InDoubt as doubt:
                said = str(doubt)
                self.mark(StepStatus.IN_DOUBT, f"{said} Reading whether it arrived.")
                found = self._resolve(said)
        remedy = f"It was sent {MAX_SENDS} times, and AWS shows none of it. {_RESUME}"
        raise self._failure(StepStatus.FAILED, said, remedy, Code.UNREACHABLE)

    def _send(self, call: Call) -> Json:
        """Send a call once, and again only where AWS said that it did not take it; gives its answer."""
        took = f"AWS to take {call.service}:{call.operation}"
        tried = self._until(
            lambda: self._send_once(call),
            lambda tried: not isinstance(tried, Problem),
            WAIT_THROTTLED,
            lambda tried: f"{took} ({self._why(tried)})",
        )
        if isinstance(tried, Problem):
            raise Failure(StepStatus.FAILED, tried)
        return tried

    def _why(self, refusal: Json) -> str:
        unseen = isinstance(refusal, Problem) and self._unseen(refusal)
        return "it does not see yet what was just written" if unseen else "it limits how often it may be called"

    def _unseen(self, refusal: Problem) -> bool:
        return any(text in refusal.said for text in self.kind.retry_on)

    def _send_once(self, call: Call) -> Json | Problem:
        """Send a call; gives its answer, or the problem where AWS did not take it for now."""
        try:
            client = self.acting.client(call.service, self.change.resource.get("region"), attempts=1)
            answer = getattr(client, xform_name(call.operation))(**call.parameters)
            check_whole(call.service, call.operation, answer)
            return answer
        except Problem as refused:
            raise Failure(StepStatus.FAILED, refused) from None
        except FAILURES as error:
            problem = problem_from(error, f"{self.change.id} ({call.service}:{call.operation})")
            if _throttled(error) or self._unseen(problem):
                return problem
            if _in_doubt(error):
                raise InDoubt(problem.said) from None
            raise Failure(self._status_of(error), problem) from None

    @staticmethod
    def _status_of(refusal: Exception) -> StepStatus:
        """What somebody else hangs on cannot be deleted: it has drifted."""
        return StepStatus.DRIFTED if code_of(refusal) == "DeleteConflict" else StepStatus.FAILED

    def _resolve(self, said: str) -> Json:
        """What is there after a call that died: what was wanted, or once backoff is over what was there before."""
        try:
            found = self._until(self._read, self._arrived, WAIT_IN_DOUBT, lambda _: "")
        except Failure as failure:
            raise self._failure(StepStatus.IN_DOUBT, said, failure.problem.remedy, Code.UNREACHABLE) from None
        if self._arrived(found) or any(self.kind.unchanged(old, found) for old in self.expected):
            return found
        raise self._failure(StepStatus.DRIFTED, _DRIFT, _AGAIN, Code.DRIFTED)

    def _arrived(self, found: Json) -> bool:
        """Whether a write arrived: it is there, or AWS is at it."""
        return self._is_after(found) or not self.kind.settled(found)

    def _is_after(self, found: Json) -> bool:
        return self.kind.reached(self.change.after, found)

    # Reading

    def _after(self) -> Json:
        """What AWS shows once it shows what was written; raises :class:`Failure` when backoff is over."""
        try:
            found = self._until(self._read, self._ended, self.kind.backoff, self._progress_text)
        except Failure as failure:
            raise Failure(StepStatus.IN_DOUBT, failure.problem) from None
        if self._reached(self._require_healthy(found)):
            return found
        if self._is_after(found) or any(self.kind.unchanged(old, found) for old in self.expected):
            said = f"It was written, and AWS does not show it after {self.kind.backoff.timeout_s:.0f} s."
            raise self._failure(StepStatus.IN_DOUBT, said, _RESUME, Code.AWS_REFUSED)
        said = "It was written, and something else is there now: somebody changed it at the same time."
        raise self._failure(StepStatus.DRIFTED, said, _AGAIN, Code.DRIFTED)

    def _ended(self, found: Json) -> bool:
        return self._reached(found) or bool(self.kind.trouble(self.change.after, found))

    def _require_healthy(self, found: Json) -> Json:
        """The state, where nothing went wrong with it; raises :class:`Failure` with AWS's own words."""
        asked = self.change.after
        if said := self.kind.trouble(asked, found):
            remedy = "Mend it in the console, then resume; or take it back: sm-ssh-widget undo JOURNAL"
            raise self._failure(StepStatus.FAILED, f"{said}.", remedy, Code.AWS_REFUSED, stays=asked is not None)
        return found

    def _read(self) -> Json:
        """The live state; a read that is throttled or cut is tried again. Raises :class:`Failure`."""
        found = self._patiently(lambda: read_live(self.acting.reader, self.change))
        if isinstance(found, Unknown):
            raise Failure(StepStatus.FAILED, unreadable(found, self.change))
        return found.value

    def _patiently(self, read: Callable[[], F]) -> F:
        """What is read, tried again where that is throttled or cut; raises :class:`Failure` for want of sign-in."""
        try:
            found = read()
            backoff = READ_BACKOFFS.get(found.reason) if isinstance(found, Unknown) else None
            if backoff is None:
                return found
            return self._until(read, lambda fact: not isinstance(fact, Unknown), backoff, lambda _: "AWS to answer")
        except Problem as problem:
            raise Failure(StepStatus.FAILED, problem) from None

    def _until(
        self, look: Callable[[], T], enough: Callable[[T], bool], backoff: Backoff, words: Callable[[T], str]
    ) -> T:
        """Look until it is enough or backoff is over; it is said what is waited for, again when that changes."""
        found = look()
        if enough(found):
            return found
        told = self._report_waiting(words(found), backoff, "")
        for _ in backoff.pauses(self.clock, self.stop):
            found = look()
            if enough(found):
                break
            told = self._report_waiting(words(found), backoff, told)
        return found

    def _report_waiting(self, words: str, backoff: Backoff, told: str) -> str:
        if words and words != told:
            self.mark(StepStatus.WAITING, f"Waiting for {words}, {backoff.timeout_s:.0f} s at most.")
        return words

    def _progress_text(self, found: Json) -> str:
        progress = self.kind.progress(found)
        return f"{self.kind.waiting_for} ({progress})" if progress else self.kind.waiting_for

    def _failure(self, status: StepStatus, said: str, remedy: str, code: Code, *, stays: bool = False) -> Failure:
        return Failure(status, Problem(self.change.id, said, remedy, code), stays=stays)


def _throttled(error: Exception) -> bool:
    """Whether AWS said that it did not take the call for now."""
    return not is_sign_in(error) and unknown_from(error, "").reason is Reason.THROTTLED


def _in_doubt(error: Exception) -> bool:
    """Whether AWS may have done it all the same: no answer, one that cannot be read, or an error of its own."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)
    cut = (botocore_errors.HTTPClientError, botocore_errors.ConnectionError, ResponseParserError, KeyError)
    return isinstance(error, cut)
