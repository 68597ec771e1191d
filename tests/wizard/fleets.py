"""Wizards and states that show many roles."""

from __future__ import annotations

from dataclasses import replace

from sm_ssh_widget.fleet.audit import Audit
from sm_ssh_widget.fleet.rows import role_row
from sm_ssh_widget.requirements.assess import assess
from sm_ssh_widget.requirements.baselines import Selection
from sm_ssh_widget.wizard import environment, steps
from sm_ssh_widget.wizard.effects import AuditAll
from sm_ssh_widget.wizard.state import Came, Pressed, Typed, WizardState
from sm_ssh_widget.wizard.transitions import Next
from tests.fleet.audits import audit
from tests.support.swept import observed_roles
from tests.wizard.conftest import Driver


def large_audit(roles: int = 5000) -> Audit:
    """An account of thousands of roles; the findings of a few mixed ones, again and again."""
    selection, found = Selection.of("classic"), audit({})
    judged = [role_row(seen, assess(selection, seen), found.table) for seen in observed_roles(60)]
    arns = (f"arn:aws:iam::123456789012:role/Role-{number:05}" for number in range(roles))
    return replace(found, rows=[replace(judged[at % len(judged)], role=arn) for at, arn in enumerate(arns)])


def audited(found: Audit) -> WizardState:
    """The state of a wizard that shows an audit."""
    state, _ = steps.start(environment.setting("simulated"))
    state, jobs = steps.step(steps.step(state, Typed("region", "eu-west-1"))[0], Pressed("audit-all"))
    (job,) = jobs
    assert isinstance(job.effect, AuditAll)
    return then(steps.step(state, Came(job.ticket, job.effect, found)))


def then(found: Next) -> WizardState:
    """The state alone."""
    return found[0]


def signed_in_audit(wizard: Driver) -> Driver:
    """As an admin, with every role of the account audited."""
    wizard.signed_in().press("go:who").press("audit-all")
    return wizard.settle(lambda state: state.screen.value == "fleet" and state.busy is None)


def open_role(wizard: Driver, arn: str) -> Driver:
    """Open a role of the matrix."""
    with wizard.wizard._controller.lock:
        revision = wizard.view["revision"]
        wizard.message({"kind": "event", "name": f"open-role:{arn}", "value": None, "revision": revision})
    return wizard.settle()
