"""The event of an effect that failed: the three parts of its problem, in the words of the screen."""

from __future__ import annotations

import re

from sm_ssh_widget.problem import Problem
from sm_ssh_widget.wizard.effects import (
    Apply,
    ApplyFleet,
    AuditAll,
    Effect,
    EndSession,
    HandOverFleet,
    Job,
    ListAccounts,
    PlanFleet,
    PlanFleetUndo,
    PlanUndo,
    Resume,
    ResumeFleet,
    SignInEffect,
    UndoEffect,
    UndoFleet,
    VerifyFleet,
)
from sm_ssh_widget.wizard.state import Failed


def failed(job: Job, problem: Problem) -> Failed:
    """The event of a job that failed, in the words of the screen."""
    place = _FIELDS.get(problem.where.removeprefix("--"), problem.where)
    return Failed(job.ticket, job.effect, place, problem.said, _without_flags(problem.remedy), problem.code.value)


def where(effect: Effect) -> str:
    """What an effect was about, where nothing more is known."""
    return _DOING.get(type(effect), "Reading")


_DOING: dict[type, str] = {
    Apply: "Applying",
    Resume: "Going on",
    PlanUndo: "Planning the undo",
    UndoEffect: "Undoing",
    SignInEffect: "Signing in",
    ListAccounts: "Listing the accounts",
    AuditAll: "Auditing the roles",
    PlanFleet: "Planning the roles",
    ApplyFleet: "Applying",
    ResumeFleet: "Going on",
    VerifyFleet: "Auditing the roles of the run",
    PlanFleetUndo: "Planning the undo",
    UndoFleet: "Undoing",
    HandOverFleet: "Preparing the file",
    EndSession: "Ending the session",
}


_FIELDS = {"role": "Role ARN", "region": "Region", "user": "Who connects"}


def _without_flags(text: str) -> str:
    """A remedy that names commands or options of the command line, in the words of the screen."""
    text = re.sub(r": sm-ssh-widget .*$", ".", text)
    text = re.sub(r": --(role|region|user) [A-Z]+\.?$", ".", text)
    text = re.sub(r", or --[a-z-]+ [A-Z]+", "", text)
    text = re.sub(r" \(--accounts [^)]*\)", "", text)
    return re.sub(r"--(role|region|user) ", "", text)
