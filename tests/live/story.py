"""The story on a throw-away role: check, plan, apply, proof, undo; each step with its result, every answer recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sm_ssh_widget import pipeline
from sm_ssh_widget.aws.session.clients import foreign_endpoint
from sm_ssh_widget.changes.journal import Journal
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.clock import current_clock
from sm_ssh_widget.pipeline import ExistingSession, Selection, SignedIn
from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.catalogue import TIER
from sm_ssh_widget.requirements.observation import Target
from tests.live.recording import Recording
from tests.live.throwaway import ThrowawayRole, throwaway_role

ABSENT = "sm-ssh-widget-does-not-exist"


@dataclass(frozen=True)
class Place:
    """Where the story is told: the volunteer's session, the Region, another endpoint than AWS's if there is one."""

    session: boto3.Session
    region: str
    endpoint: str | None = None

    @property
    def own_endpoint(self) -> str | None:
        """The endpoint that the role's session uses too; none for AWS."""
        url = str(self.client("sts").meta.endpoint_url)
        return foreign_endpoint(url) or None

    def client(self, service: Any) -> Any:
        """A client of the volunteer, beside those of the program."""
        return self.session.client(service, region_name=self.region, endpoint_url=self.endpoint)


@dataclass(frozen=True)
class Step:
    """One step: its name, whether it went as it should, and what it gave."""

    name: str
    ok: bool
    said: str
    seconds: float


@dataclass
class Story:
    """The steps in order, the recorded answers, and what was left in the account (empty if nothing)."""

    recording: Recording
    steps: list[Step] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def step(self, name: str, run: Callable[[], tuple[bool, str]]) -> bool:
        """Run one step. A failure is its result: the story goes on where it can."""
        began = current_clock().elapsed()
        try:
            ok, said = run()
        except (Problem, ClientError, BotoCoreError) as error:
            ok, said = False, str(error)
        self.steps.append(Step(name, ok, said, round(current_clock().elapsed() - began, 1)))
        return ok


def selected(*, tier: bool) -> Selection:
    """What the classic baseline requires of the role, and the tier only if it is asked for: it is the Region's."""
    usual = Selection.of("classic")
    required = (each.id for each in usual.requirements if usual.requires(each) and (tier or each.id != TIER.id))
    return Selection.of("classic", steps=tuple(required))


def refuse_others(plan: Plan, role: str, *, tier: bool) -> None:
    """Raise :class:`Problem` (``refused``) for a plan that writes to anything but the role, or the tier if asked."""
    for change in plan.changes:
        of_role = change.resource.get("role") == role
        if not of_role and not (tier and change.finding == TIER.id):
            said = f"The plan has the change {change.id}, which is not on the throw-away role."
            raise Problem("Checking the plan", said, "Report this: nothing was applied.", Code.REFUSED)


def tell(place: Place, *, tier: bool = False) -> Story:
    """Tell the story with a new role, and delete the role whatever happens.

    Raises botocore's errors where the role cannot be created: nothing was written then.
    """
    caller = str(place.client("sts").get_caller_identity()["Arn"])
    with throwaway_role(place.client("iam"), caller) as role:
        told = Story(Recording(role.name, tuple(caller.partition("/")[2].split("/"))))
        session = pipeline.sign_in(ExistingSession(place.session), region=place.region, endpoint=place.endpoint)
        try:
            told.recording.watch(session, place.region)
            with tempfile.TemporaryDirectory() as journals:
                _on_role(told, place, role, session, tier=tier, journals=journals)
        finally:
            session.forget()
    told.left = role.left
    return told


def _on_role(told: Story, place: Place, role: ThrowawayRole, session: SignedIn, *, tier: bool, journals: str) -> None:
    target = Target(PrincipalArn.parse(role.arn), place.region, role_verified=True)
    before, selection = role.state(), selected(tier=tier)
    made: dict[str, Any] = {}

    def planned() -> tuple[bool, str]:
        report = pipeline.check_target(target, selection, session)
        plan = pipeline.plan(report)
        refuse_others(plan, role.name, tier=tier)
        made["plan"] = plan
        statuses = sorted({finding.status.value for finding in report.findings})
        return bool(plan.changes), f"{len(plan.changes)} changes planned; findings: {', '.join(statuses)}"

    def applied() -> tuple[bool, str]:
        made["journal"] = journal = pipeline.apply(made["plan"], session, journals)
        return journal.complete, _told(journal, "done")

    def proved() -> tuple[bool, str]:
        own = role.session(place.client("sts"), place.region, place.own_endpoint)
        told.recording.watch_role(own)
        asked = {"selection": selection, "proof": True, "session": session, "role_session": own}
        proof = pipeline.verify(target, **asked).proof  # type: ignore[arg-type]
        return proof is not None and proof.status.value == "proved", proof.reason if proof else "no proof"

    def undone() -> tuple[bool, str]:
        journal = pipeline.undo(made["journal"], session, journals)
        same = role.state() == before
        state = "the role is as it was" if same else "the role is not as it was"
        return journal.complete and same, f"{_told(journal, 'undone')}; {state}"

    told.step("read what does not exist", lambda: _absent(session))
    told.step("check and plan", planned)
    if "plan" in made and told.step("apply", applied):
        told.step("proof", proved)
    if "journal" in made:
        told.step("undo", undone)


def _told(journal: Journal, status: str) -> str:
    """How many changes came to this status, and what the others said."""
    reached = sum(step.status.value == status for step in journal.steps)
    return "; ".join((f"{reached} of {len(journal.steps)} {status}", *(s.detail for s in journal.steps if s.detail)))


def _absent(session: SignedIn) -> tuple[bool, str]:
    """Reads of things that do not exist: the answers that the program takes for *absent*."""
    reads = (
        ("iam", "GetRole", {"RoleName": ABSENT}),
        ("iam", "GetUser", {"UserName": ABSENT}),
        ("iam", "GetRolePolicy", {"RoleName": ABSENT, "PolicyName": ABSENT}),
        ("iam", "GetInstanceProfile", {"InstanceProfileName": ABSENT}),
        ("ssm", "GetDocument", {"Name": ABSENT}),
        ("cloudformation", "DescribeStacks", {"StackName": ABSENT}),
    )
    found = {
        f"{service}:{name}": type(session.reader.read(service, name, **given)).__name__
        for service, name, given in reads
    }
    wrong = [name for name, kind in found.items() if kind != "Absent"]
    return not wrong, f"not told as absent: {', '.join(wrong)}" if wrong else "all told as absent"
