"""Parallel reads of the detection, with the ambient credentials and with the signed-in session if any.

Invalid credentials do not end the detection: their reads are unknown, and ``trouble`` keeps the reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3

from sm_ssh_widget.aws.detection.metadata import Metadata
from sm_ssh_widget.aws.detection.requested import RequestedTarget
from sm_ssh_widget.aws.detection.roles import SeenRole, find_role
from sm_ssh_widget.aws.detection.studio import StudioFacts, ask_sagemaker, is_shared
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin import Chain, ExistingSession, open_reader
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown

T = TypeVar("T")

SPACE_TYPE = "SAGEMAKER_SPACE_TYPE_LOWERCASE"
_CALLER = "sts:GetCallerIdentity"


@dataclass(frozen=True)
class CallerIdentity:
    """Identity of the credentials by STS: ``arn``, and ``user_id``, the value of ``aws:userid`` (``AROA…:SESSION``)."""

    arn: PrincipalArn
    user_id: str


@dataclass(frozen=True)
class FirstRound:
    """First reads: the caller, the specified role, SageMaker's facts, and the role of a session given as ``--user``."""

    caller: Fact[CallerIdentity]
    named: Fact[SeenRole]
    studio: StudioFacts
    person: Fact[SeenRole]

    @property
    def caller_arn(self) -> PrincipalArn | None:
        """ARN of the caller, if known."""
        return self.caller.value.arn if isinstance(self.caller, Known) else None


class DetectionReads:
    """The two readers of detection: the ambient credentials, and the signed-in session if any."""

    def __init__(self, session: boto3.Session | None, reader: Reader | None, region: str) -> None:
        self.region, self.signed_in = region, reader is not None
        self.trouble: Problem | None = None
        self._ambient: Reader | None = None
        try:
            self._ambient = open_reader(Chain() if session is None else ExistingSession(session), region=region)
        except Problem as problem:
            self._remember(problem)
        self._reader = reader or self._ambient

    def close(self) -> None:
        """Close the ambient reader; the signed-in one stays open."""
        if self._ambient is not None:
            self._ambient.close()

    def first_round(self, asked: RequestedTarget, metadata: Metadata) -> FirstRound:
        """Make every read that depends on no other."""
        session = asked.user if asked.user is not None and asked.user.kind == "assumed-role" else None
        return FirstRound(
            *self._side_by_side(
                self._caller,
                lambda: self._find(asked.role),
                lambda: self._studio(metadata, role_known=asked.role is not None),
                lambda: self._find(session and session.role()),
            )
        )

    def find_both(
        self, told: PrincipalArn | None, behind: PrincipalArn | None, *, at_once: bool
    ) -> tuple[Fact[SeenRole], Fact[SeenRole]]:
        """Read the role that SageMaker reports and the role of the caller; ``at_once`` saves a round trip."""
        of_told, of_caller = self._side_by_side(
            lambda: self._find(told, at_once=at_once), lambda: self._find(behind and behind.role(), at_once=at_once)
        )
        return of_told, of_caller

    def _caller(self) -> Fact[CallerIdentity]:
        fact = self._look(self._ambient, _CALLER, lambda eye: eye.read("sts", "GetCallerIdentity"))
        if not isinstance(fact, Known):
            return fact
        try:
            return Known(CallerIdentity(PrincipalArn.parse(fact.value["Arn"]), fact.value["UserId"]), fact.read)
        except (ArnError, KeyError) as error:
            return Unknown(
                Reason.UNPARSABLE, _CALLER, f"The response contains no identity: {error}", "Check the endpoint URL."
            )

    def _find(self, role: PrincipalArn | None, *, at_once: bool = False) -> Fact[SeenRole]:
        if role is None:
            return Absent()
        return self._look(self._reader, "iam:GetRole", lambda eye: find_role(eye, role, at_once=at_once))

    def _studio(self, metadata: Metadata, *, role_known: bool) -> StudioFacts:
        said = os.environ.get(SPACE_TYPE)
        shared = None if not said else said.lower() == "shared"
        if self._reader is None or not metadata.found:
            return StudioFacts(shared=shared)
        try:
            if role_known:
                return StudioFacts(shared=is_shared(self._reader, metadata) if shared is None else shared)
            return ask_sagemaker(self._reader, metadata, shared=shared)
        except Problem as problem:
            self._remember(problem)
            return StudioFacts(shared=shared, notes=(str(problem),))

    def _look(self, eye: Reader | None, read: str, look: Callable[[Reader], Fact[T]]) -> Fact[T]:
        if eye is not None:
            try:
                return look(eye)
            except Problem as problem:
                self._remember(problem)
        said, remedy = (self.trouble.said, self.trouble.remedy) if self.trouble else ("", "Sign in.")
        return Unknown(Reason.DENIED, read, said, remedy)

    def _remember(self, problem: Problem) -> None:
        if problem.code is not Code.SIGN_IN:
            raise problem
        self.trouble = problem

    def _side_by_side(self, *thunks: Callable[[], Any]) -> tuple[Any, ...]:
        eye = self._reader or self._ambient
        return tuple(thunk() for thunk in thunks) if eye is None else eye.in_parallel(*thunks)
