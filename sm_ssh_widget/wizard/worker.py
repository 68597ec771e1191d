"""Carries effects out, each in a thread of its own, through the pipeline only; what comes of them comes back as events.

Everything runs inside one boundary: whatever is raised becomes a :class:`Failed` event in three parts. Secrets and
signed-in sessions live here and nowhere else; what is posted is what may be shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sm_ssh_widget import pipeline
from sm_ssh_widget.changes.journal import Journal, JournalStep, StepStatus
from sm_ssh_widget.notices import Tell, telling
from sm_ssh_widget.pipeline import Report, Secret, SignedIn, SignInMethod
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.requirements.observation import Known, Target, Unknown
from sm_ssh_widget.wizard import environment as homes
from sm_ssh_widget.wizard import sign_in_methods
from sm_ssh_widget.wizard.effects import (
    UNAWAITED,
    WRITES,
    Apply,
    AskActing,
    Check,
    ChooseRole,
    Detect,
    EndSession,
    Explain,
    Forget,
    HandOver,
    Job,
    ListRoles,
    PlanUndo,
    Recall,
    Resume,
    SignInEffect,
    Stop,
    UndoEffect,
    Verify,
)
from sm_ssh_widget.wizard.environment import Home
from sm_ssh_widget.wizard.failed_events import failed, where
from sm_ssh_widget.wizard.fleet_records import recalled_runs
from sm_ssh_widget.wizard.fleet_worker import FleetWorker, Means
from sm_ssh_widget.wizard.state import (
    ActingTold,
    Came,
    DeviceAsked,
    DeviceRoles,
    Event,
    Explained,
    LoginAsked,
    Moved,
    ReadBegun,
    Recalled,
    Renewed,
    SessionEnded,
    UnreadJournal,
)

PATIENCE_SECONDS = 100.0
"""How long the end of a kernel waits for the step that is under way; then the journal tells that it was in doubt."""

_LATER = object()
"""What an effect gives that has not come to its end: its events say more."""


class Worker:
    """Does the jobs of one wizard, at the home that is opened for the first of them.

    ``post`` takes events and ``tell`` lines about what is waited for, both from any thread.
    """

    def __init__(self, open_home: Callable[[], Home], post: Callable[[Event], None], tell: Tell) -> None:
        self._open_home, self._post, self._tell = open_home, post, tell
        self._opened: Home | None = None
        self._opening = threading.Lock()
        self._session: SignedIn | None = None
        self._offered: dict[int, SignedIn] = {}
        self._secrets: dict[str, Secret] = {}
        self._stopping = threading.Event()
        self._renewing = threading.Lock()
        self._portal: tuple[pipeline.Portal, SignInEffect] | None = None
        self._login = pipeline.LinkAndCode()
        self._writing: threading.Thread | None = None
        self._fleet = FleetWorker(Means(self._reading, self._acting, lambda: self._home, post, self._is_stopping))
        self._carry: dict[type, Callable[[int, Any], Any]] = {
            Detect: self._detect,
            ListRoles: self._list_roles,
            Recall: self._recall,
            Check: self._check,
            SignInEffect: self._sign_in,
            ChooseRole: self._choose_role,
            AskActing: self._ask_acting,
            Apply: self._apply,
            Resume: self._resume,
            PlanUndo: self._plan_undo,
            UndoEffect: self._undo,
            Verify: self._verify,
            Explain: self._explain,
            EndSession: self._end_session,
            HandOver: self._hand_over,
            **self._fleet.carry,
        }

    def __repr__(self) -> str:
        return f"<Worker, {'signed in' if self._session else 'signed out'}>"

    @property
    def _home(self) -> Home:
        with self._opening:
            if self._opened is None:
                self._opened = self._open_home()
            return self._opened

    def take(self, secrets: Mapping[str, str]) -> None:
        """Take secrets in, for the sign-in that follows; what is there from before is forgotten."""
        self._drop_secrets()
        self._secrets = {name: Secret(value) for name, value in secrets.items() if value}

    def start(self, job: Job) -> None:
        """Carry a job out, without waiting for it."""
        if isinstance(job.effect, Stop):
            self._stopping.set()
            self._leave_portal()
        elif isinstance(job.effect, Forget):
            self.forget()
        else:
            if not isinstance(job.effect, UNAWAITED):
                self._stopping = threading.Event()
            name = f"sm-ssh-{type(job.effect).__name__.lower()}"
            thread = threading.Thread(target=self._run, args=(job,), name=name, daemon=True)
            if isinstance(job.effect, WRITES) or getattr(job.effect, "proof", False):
                self._writing = thread
            thread.start()

    def finish(self) -> None:
        """The kernel ends: the step that is under way is finished and journalled, and no other one is begun."""
        self._stopping.set()
        if self._writing is not None:
            self._writing.join(PATIENCE_SECONDS)
        self.forget()

    def settle(self, ticket: int, *, accepted: bool) -> None:
        """A sign-in was taken, or came too late: then its session is forgotten at once."""
        offered = self._offered.pop(ticket, None)
        if offered is None:
            return
        if accepted:
            self._session, before = offered, self._session
            offered = before
        if offered is not None:
            offered.forget()

    def renew(self) -> None:
        """Renew the session, without waiting for it; a session that AWS renews no more is reported as over."""
        session = self._session
        if self._writing is not None and self._writing.is_alive():
            return  # each of its calls renews, and the run itself tells that this failed
        if session is not None and self._renewing.acquire(blocking=False):
            threading.Thread(target=self._renew, args=(session,), name="sm-ssh-renew", daemon=True).start()

    def _renew(self, session: SignedIn) -> None:
        try:
            face = session.renew()
        except Problem as problem:
            if problem.code is Code.SIGN_IN and session is self._session:
                self.forget()
                self._post(SessionEnded(problem.remedy))
        else:
            self._post(Renewed(face))
        finally:
            self._renewing.release()

    def forget(self) -> None:
        """Drop the session and every secret."""
        session, self._session = self._session, None
        if session is not None:
            session.forget()
        self._leave_portal()
        self._drop_secrets()

    def _drop_secrets(self) -> None:
        for secret in self._secrets.values():
            secret.forget()
        self._secrets = {}

    # The boundary

    def _run(self, job: Job) -> None:
        try:
            watching = pipeline.watching(lambda call: self._post(ReadBegun(job.ticket, call)))
            with telling(self._tell), watching:
                value = self._carry[type(job.effect)](job.ticket, job.effect)
        except Problem as problem:
            self._post(failed(job, problem))
        except Exception as error:  # the boundary: no traceback reaches a person, and no text that could hold a secret
            said = f"something went wrong that this program does not know ({type(error).__name__})."
            self._post(failed(job, Problem(where(job.effect), said, "Try again.", Code.UNKNOWN)))
        else:
            if value is not _LATER:
                self._post(Came(job.ticket, job.effect, value))

    # Reading

    def _detect(self, _ticket: int, effect: Detect) -> object:
        return self._detected(effect.role, effect.region, effect.user)

    def _detected(self, role: str, region: str, user: str) -> pipeline.Detection:
        home = self._home
        session = home.ambient or (self._session if self._session and not self._session.is_forgotten else None)
        return pipeline.detect(
            role=role or None,
            region=region or home.region or None,
            user=user or None,
            session=session,
            metadata_path=home.metadata,
        )

    def _reading(self) -> Any:
        session = self._session
        return session if session is not None and not session.is_forgotten else self._home.ambient

    def _list_roles(self, _ticket: int, _effect: ListRoles) -> object:
        region = self._detected("", "", "").region
        fact = pipeline.candidates(self._reading(), region)
        if isinstance(fact, Unknown):
            raise Problem(
                f"Listing the roles ({fact.read})", fact.said, "Type the role's ARN instead.", Code.AWS_REFUSED
            )
        return tuple(str(arn) for arn in fact.value) if isinstance(fact, Known) else ()

    def _check(self, _ticket: int, effect: Check) -> object:
        found, target, selection = self._asked(effect)
        with self._fleet.session_in(target.account, target.region) as session:
            return found, pipeline.check_target(target, selection, session)

    def _asked(self, effect: Check) -> tuple[pipeline.Detection, Target, Selection]:
        found = self._detected(effect.role, effect.region, effect.user)
        if found.target is None:
            raise found.no_role("Type its ARN, or pick one of the account's roles.")
        return found, found.target, Selection.of(effect.baseline, effect.options)

    def _recall(self, _ticket: int, _effect: Recall) -> object:
        found = pipeline.journals(self._home.journals)
        kept = [listed.journal for listed in found if listed.journal and not listed.journal.undoes]
        open_ = [journal for journal in kept if journal.unfinished]
        newest = kept[:1] if kept and kept[0] not in open_ else []
        done = [journal for journal in newest if any(step.status is StepStatus.DONE for step in journal.steps)]
        unread = [UnreadJournal(str(each.path), each.problem.said) for each in found if each.problem]
        doubted = [(str(each.path), each.provenance.reason) for each in found if not each.provenance.proven]
        fleets = recalled_runs(self._home.journals)
        told = (*unread, *fleets.unread), (*doubted, *fleets.doubted)
        return Recalled((*open_[:2], *done), *told, fleets.fleets)

    def _verify(self, _ticket: int, effect: Verify) -> object:
        subject: Report | Target
        if isinstance(effect.subject, Check):
            _, subject, selection = self._asked(effect.subject)
        else:
            subject, selection = effect.subject, effect.subject.selection
        about = subject if isinstance(subject, Target) else subject.target
        with self._fleet.session_in(about.account, about.region) as session:
            return pipeline.verify(
                subject,
                selection=selection,
                proof=effect.proof,
                session=session,
                role_session=self._home.role_session,
            )

    def _explain(self, _ticket: int, effect: Explain) -> object:
        denial = pipeline.denial_of(effect.said)
        fact = pipeline.explain(denial, self._acting().reader)
        if isinstance(fact, Unknown):
            raise Problem("Reading AWS's explanation", fact.said, fact.remedy, Code.AWS_REFUSED)
        found = tuple(line for each in fact.value for line in each.lines) if isinstance(fact, Known) else ()
        return Explained(denial.authorization_id, found or ("AWS keeps no details of this denial.",))

    def _hand_over(self, _ticket: int, effect: HandOver) -> object:
        return homes.saved(effect) if effect.saves else homes.ticket(effect)

    # Signing in

    def _sign_in(self, ticket: int, effect: SignInEffect) -> object:
        try:
            if effect.way == "device":
                return self._device(ticket, effect)
            if sign_in_methods.begins_here(effect, self._home):
                return self._log_in(ticket, effect)
            return self._enter(ticket, sign_in_methods.way(effect, self._home, self._secrets), effect)
        finally:
            self._secrets = {}

    def _enter(self, ticket: int, way: SignInMethod, effect: SignInEffect) -> object:
        region = effect.region or "us-east-1"
        signed_in = pipeline.sign_in(way, region=region, account=effect.account or None, endpoint=self._home.endpoint)
        self._offered[ticket] = signed_in
        return signed_in.face

    def _device(self, ticket: int, effect: SignInEffect) -> object:
        self._leave_portal()
        stopping = self._stopping
        portal = sign_in_methods.device(
            effect,
            self._home,
            shown=lambda code, url, until: self._post(DeviceAsked(ticket, code, url, until)),
            stop=stopping.is_set,
        )
        self._portal = (portal, effect)
        roles = portal.roles(effect.account)
        if len(roles) == 1:
            return self._enter(ticket, portal.choose(roles[0].account, roles[0].role), effect)
        if stopping.is_set():
            self._leave_portal()
        self._post(DeviceRoles(ticket, roles))
        return _LATER

    def _choose_role(self, ticket: int, effect: ChooseRole) -> object:
        if self._portal is None:
            raise Problem("Sign-in (IAM Identity Center)", "The sign-in was given up.", "Sign in again.", Code.SIGN_IN)
        portal, sign_in = self._portal
        try:
            return self._enter(ticket, portal.choose(effect.account, effect.role), sign_in)
        finally:
            self._leave_portal()

    def _log_in(self, ticket: int, effect: SignInEffect) -> object:
        granted = self._login.granted(self._secrets.get("authorization-code"))
        if granted is None:
            self._post(LoginAsked(ticket, self._login.link(effect.region or "us-east-1", self._home.endpoint)))
            return _LATER
        return self._enter(ticket, granted, effect)

    def _end_session(self, _ticket: int, _effect: EndSession) -> object:
        session = self._acting()
        session.end()
        self.forget()
        return session.face.ending.said

    def _leave_portal(self) -> None:
        """Forget the portal that roles could be chosen from, and a link that waits for its code."""
        self._login.leave()
        left, self._portal = self._portal, None
        if left is not None:
            left[0].forget()

    # Writing

    def _is_stopping(self) -> Callable[[], bool]:
        """Whether a person asked to stop the effect that is begun now."""
        return self._stopping.is_set

    def _acting(self) -> SignedIn:
        session = self._session
        if session is None or session.is_forgotten:
            raise Problem("Applying", "The sign-in ended.", "Sign in again.", Code.SIGN_IN)
        return session

    def _ask_acting(self, _ticket: int, effect: AskActing) -> object:
        told = pipeline.acting_of(effect.plan, self._acting())
        return told and ActingTold(effect.plan.digest, told)

    def _apply(self, ticket: int, effect: Apply) -> object:
        observer = _Told(ticket, self._post)
        stop = self._stopping.is_set
        return pipeline.apply(effect.plan, self._acting(), self._home.journals, observer=observer, stop=stop)

    def _resume(self, ticket: int, effect: Resume) -> object:
        return pipeline.resume(
            effect.path, self._acting(), observer=_Told(ticket, self._post), stop=self._stopping.is_set
        )

    def _plan_undo(self, _ticket: int, effect: PlanUndo) -> object:
        return pipeline.plan_undo(effect.path, self._acting())

    def _undo(self, ticket: int, effect: UndoEffect) -> object:
        observer = _Told(ticket, self._post)
        stop = self._stopping.is_set
        where, digest = self._home.journals, effect.digest
        return pipeline.undo(effect.path, self._acting(), where, observer=observer, stop=stop, digest=digest)


class _Told:
    """Posts every move of a journal."""

    def __init__(self, ticket: int, post: Callable[[Event], None]) -> None:
        self._ticket, self._post = ticket, post

    def step(self, journal: Journal, step: JournalStep) -> None:  # noqa: ARG002  # the journal holds the step
        """A step moved on."""
        self._post(Moved(self._ticket, journal))
