"""Compares a plan for shell sessions with the Session Manager preferences, which it grants what they ask for.

The names in such a plan come from the account. Its file could name another key, bucket or log group, so that the
preferences are read again before the first write.
"""

from __future__ import annotations

from sm_ssh_widget.aws.observation.session_settings import read_session_settings
from sm_ssh_widget.aws.signin import SignedIn
from sm_ssh_widget.changes.plan import Plan
from sm_ssh_widget.changes.session_changes import resources_named
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.judge_session import resources_in
from sm_ssh_widget.requirements.observation import Known, Unknown

_WHERE = "Checking the plan"


def refuse_other_preferences(plan: Plan, acting: SignedIn) -> None:
    """Raise :class:`Problem`: ``drifted`` if the preferences ask for something else, ``refused`` if they are unread."""
    named = resources_named(plan)
    if not any(named.read_values()):
        return
    fact = read_session_settings(acting.reader, plan.region)
    if isinstance(fact, Unknown):
        said = f"The plan grants what the Session Manager preferences ask for, and they could not be read. {fact.said}"
        raise Problem(_WHERE, said, fact.remedy, Code.REFUSED)
    asked = list(resources_in(fact.value).read_values()) if isinstance(fact, Known) else []
    if any(each not in asked for each in named.read_values()):
        said = "The Session Manager preferences changed since the plan. Nothing was written."
        raise Problem(_WHERE, said, "Create a new plan: sm-ssh-widget plan --out FILE", Code.DRIFTED)
