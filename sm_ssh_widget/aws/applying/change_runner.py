"""Apply one change: read, write, and poll until AWS shows it.

A throttled call is retried after a pause, and the pause is reported. A write without a usable response is in doubt;
only reading resolves that, because botocore sends each call once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from botocore import exceptions as botocore_errors
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from sm_ssh_widget.aws.applying.resource_kinds import RESOURCE_KINDS, ResourceKind, read_live, unreadable
from sm_ssh_widget.aws.session.backoff import WAIT_IN_DOUBT, WAIT_THROTTLED, Backoff
from sm_ssh_widget.aws.session.errors import FAILURES, code_of, is_sign_in, problem_from, sentence, unknown_from
from sm_ssh_widget.aws.session.read_operations import check_whole
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.journal import StepStatus
from sm_ssh_widget.changes.kinds import KINDS
from sm_ssh_widget.changes.plan import Call, Change
from sm_ssh_widget.changes.step_notes import StepNotes
from sm_ssh_widget.clock import Clock
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Fact, Known, Reason, Unknown
from sm_ssh_widget.requirements.wording import duration

Json: TypeAlias = Any
T = TypeVar("T")
F = TypeVar("F", bound=Fact[Any])

_log = logging.getLogger(__name__)

MAX_SENDS = 3
_DRIFT = "Changed since the plan was created. Left unchanged."
_IN_DOUBT_DRIFT = (
    "AWS did not confirm the change, and now shows different content. It was changed at the same time. Whether the "
    "change was written before that is not known."
)
_LEAVE = "Undo it when nothing uses it anymore: sm-ssh-widget undo JOURNAL"
_AGAIN = "Create a new plan: sm-ssh-widget plan --out FILE"
CHECKING = "No clear answer from AWS. Checking whether the change was made."
_RESUME = "Resume the run: sm-ssh-widget apply --resume JOURNAL"
READ_BACKOFFS = {Reason.THROTTLED: WAIT_THROTTLED, Reason.UNREACHABLE: WAIT_IN_DOUBT, Reason.TIMED_OUT: WAIT_IN_DOUBT}


class Failure(Exception):
    """End of a step with a status (failed, drifted, in doubt) and a problem.

    ``stays``: a part of what the step wrote remains.
    """

    def __init__(self, status: StepStatus, problem: Problem, *, stays: bool = False) -> None:
        super().__init__(status, problem)
        self.status, self.problem, self.stays = status, problem, stays


class StepRecorder(Protocol):
    """Persist a step's status, message and notes to the journal."""

    def __call__(self, status: StepStatus, detail: str, /, notes: StepNotes | None = None) -> None:
        """Record one status."""


class InDoubt(Exception):
    """A write without a usable response; AWS may or may not have made it."""


@dataclass
class ChangeRunner:
    """Runner of one change in the Region of its plan. ``mark`` saves the status of its step.

    ``expected`` holds the state required before the write, followed by those that a stale read can show instead.
    ``uses`` caches what else uses a resource, by finding, for the whole run. ``detail`` is its final message.
    """

    change: Change
    expected: tuple[Json, ...]
    acting: SignedIn
    clock: Clock
    stop: Callable[[], bool]
    mark: StepRecorder
    uses: dict[str, Fact[str]]
    region: str
    detail: str = field(default="", init=False)

    @property
    def kind(self) -> ResourceKind:
        """How the kind of this change is read and compared."""
        return RESOURCE_KINDS[self.change.kind]

    def run(self) -> tuple[Json, bool]:
        """Apply the change. Returns the state that AWS shows afterwards, and whether this call wrote it.

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
        """Return the live state once it matches ``before`` or ``after``. Raises :class:`Failure` on drift."""
        found = self._until(self._read, self._conclusive, self.kind.backoff, self._progress_text)
        if self._reached(found) or self.kind.unchanged(self.expected[0], found):
            return found
        raise self._failure(StepStatus.DRIFTED, _DRIFT, _AGAIN, Code.DRIFTED)

    def _conclusive(self, found: Json) -> bool:
        """Whether AWS has settled, and this is not a stale read from before our own last write."""
        stale = any(self.kind.unchanged(old, found) for old in self.expected[1:])
        return self.kind.settled(found) and (self.kind.unchanged(self.expected[0], found) or not stale)

    def _reached(self, found: Json) -> bool:
        return self._is_after(found) and self.kind.settled(found)

    def _leave_what_is_used(self) -> None:
        """Raise :class:`Failure` (drifted) if something else uses the resource that would be removed, or might.

        It is read once per finding: resources that belong together are removed together or not at all.
        """
        read, finding = self.kind.used_by_others, self.change.finding
        if read is None:
            return
        if finding not in self.uses:
            self.uses[finding] = self._read_with_retries(partial(read, self.acting.reader, self.change))
        use = self.uses[finding]
        if isinstance(use, Known):
            raise self._failure(StepStatus.DRIFTED, f"Left unchanged: {use.value}.", _LEAVE, Code.DRIFTED)
        if isinstance(use, Unknown):
            said = f"Left unchanged, because whether it is still in use could not be read ({use.read})."
            said = f"{said} {sentence(use.said)}"
            raise self._failure(StepStatus.DRIFTED, said, use.remedy, Code.DRIFTED)

    # Writing

    def _write(self, found: Json) -> None:
        said = ""
        for _ in range(MAX_SENDS):
            if self._was_written(found):
                return
            try:
                for call in self.change.calls:
                    self._send(call)
                return
            except InDoubt as doubt:
                said = str(doubt)
                self.mark(StepStatus.IN_DOUBT, f"{said} {CHECKING}")
                found = self._resolve(said)
        calls = ", ".join(f"{call.service}:{call.operation}" for call in self.change.calls)
        remedy = f"AWS did not confirm {calls} in {MAX_SENDS} attempts, and the change is not in place. {_RESUME}"
        raise self._failure(StepStatus.FAILED, said, remedy, Code.UNREACHABLE)

    def _send(self, call: Call) -> Json:
        """Send a call, again only if AWS rejected it for now. Returns the response."""
        accepted = f"AWS to accept {call.service}:{call.operation}"
        tried = self._until(
            lambda: self._send_once(call),
            lambda tried: not isinstance(tried, Problem),
            WAIT_THROTTLED,
            lambda tried: f"{accepted} ({self._why(tried)})",
        )
        if isinstance(tried, Problem):
            raise Failure(StepStatus.FAILED, tried)
        return tried

    def _why(self, refusal: Json) -> str:
        unseen = isinstance(refusal, Problem) and self._unseen(refusal)
        return "the previous change is not visible to it yet" if unseen else "AWS asked to slow down"

    def _unseen(self, refusal: Problem) -> bool:
        return any(text in refusal.said for text in self.kind.retry_on)

    def _send_once(self, call: Call) -> Json | Problem:
        """Send a call once. Returns the response, or the problem if AWS rejected it for now."""
        try:
            client = self.acting.client(call.service, self.region)
            _log.debug("%s: sending %s:%s", self.change.id, call.service, call.operation)
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
        """Status of a delete that AWS rejected: DRIFTED when the resource is in use, else FAILED."""
        return StepStatus.DRIFTED if code_of(refusal) == "DeleteConflict" else StepStatus.FAILED

    def _resolve(self, said: str) -> Json:
        """Return the state after a write in doubt: the result of the change or, after the back-off, the one before."""
        try:
            found = self._until(self._read, self._was_written, WAIT_IN_DOUBT, lambda _: "")
        except Failure as failure:
            raise self._failure(StepStatus.IN_DOUBT, said, failure.problem.remedy, Code.UNREACHABLE) from None
        if self._was_written(found) or any(self.kind.unchanged(old, found) for old in self.expected):
            return found
        raise self._failure(StepStatus.DRIFTED, _IN_DOUBT_DRIFT, _AGAIN, Code.DRIFTED)

    def _was_written(self, found: Json) -> bool:
        """Whether a write was made: AWS shows it or is still working on it."""
        return self._is_after(found) or not self.kind.settled(found)

    def _is_after(self, found: Json) -> bool:
        return KINDS[self.change.kind].same(self.change.after, found)

    # Reading

    def _after(self) -> Json:
        """Return the live state once AWS shows the change; raises :class:`Failure` after the back-off."""
        try:
            found = self._until(self._read, self._ended, self.kind.backoff, self._progress_text)
        except Failure as failure:
            raise Failure(StepStatus.IN_DOUBT, failure.problem) from None
        if self._reached(self._require_healthy(found)):
            return found
        if self._is_after(found) or any(self.kind.unchanged(old, found) for old in self.expected):
            said = f"The change was sent, but AWS still does not show it after {duration(self.kind.backoff.timeout_s)}."
            raise self._failure(StepStatus.IN_DOUBT, said, _RESUME, Code.AWS_REFUSED)
        said = "The change was written, but AWS now shows different content. It was changed at the same time."
        raise self._failure(StepStatus.DRIFTED, said, _AGAIN, Code.DRIFTED)

    def _ended(self, found: Json) -> bool:
        return self._reached(found) or bool(self.kind.trouble(self.change.after, found))

    def _require_healthy(self, found: Json) -> Json:
        """Return the state if it is healthy; raises :class:`Failure` with AWS's own words."""
        asked = self.change.after
        if said := self.kind.trouble(asked, found):
            remedy = "Fix it in the AWS console, then resume. Or undo it: sm-ssh-widget undo JOURNAL"
            raise self._failure(StepStatus.FAILED, f"{said}.", remedy, Code.AWS_REFUSED, stays=asked is not None)
        return found

    def _read(self) -> Json:
        """Read the live state, with retries for throttling and network errors. Raises :class:`Failure`."""
        found = self._read_with_retries(lambda: read_live(self.acting.reader, self.change))
        if isinstance(found, Unknown):
            raise Failure(StepStatus.FAILED, unreadable(found, self.change))
        return found.value

    def _read_with_retries(self, read: Callable[[], F]) -> F:
        """Read with retries for throttling and network errors. Raises :class:`Failure` if the sign-in ended."""
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
        """Poll until ``enough`` or until the back-off is over. Reports the reason for waiting when it changes."""
        found = look()
        if enough(found):
            return found
        reported = self._report_waiting(words(found), backoff, "")
        for _ in backoff.pauses(self.clock, self.stop):
            found = look()
            if enough(found):
                break
            reported = self._report_waiting(words(found), backoff, reported)
        return found

    def _report_waiting(self, words: str, backoff: Backoff, reported: str) -> str:
        if words and words != reported:
            limit = duration(backoff.timeout_s)
            _log.info("%s: waiting for %s (up to %s)", self.change.id, words, limit)
            self.mark(StepStatus.WAITING, f"Waiting for {words} (up to {limit}).")
        return words

    def _progress_text(self, found: Json) -> str:
        progress = self.kind.progress(found)
        return f"{self.kind.waiting_for} ({progress})" if progress else self.kind.waiting_for

    def _failure(self, status: StepStatus, said: str, remedy: str, code: Code, *, stays: bool = False) -> Failure:
        return Failure(status, Problem(self.change.id, said, remedy, code), stays=stays)


def _throttled(error: Exception) -> bool:
    """Whether AWS rejected the call for now."""
    return not is_sign_in(error) and unknown_from(error, "").reason is Reason.THROTTLED


def _in_doubt(error: Exception) -> bool:
    """Whether AWS might have made the change: no response, an unreadable one, or a server error."""
    if isinstance(error, ClientError):
        return bool(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500)
    cut = (botocore_errors.HTTPClientError, botocore_errors.ConnectionError, ResponseParserError, KeyError)
    return isinstance(error, cut)
