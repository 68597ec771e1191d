"""Evidence that a role is an execution role, required before its trust policy allows SageMaker.

With a trust for SageMaker, everyone who is allowed to pass the role can run code as it. If the role was only specified
by a person and nothing else shows that it is an execution role, the option must confirm it.
"""

from __future__ import annotations

from sm_ssh_widget.changes.plan import RefusalCode
from sm_ssh_widget.changes.planned_state import Refused
from sm_ssh_widget.requirements.observation import SPECIFIED, Known, Observation
from sm_ssh_widget.requirements.trust import names_service

SAGEMAKER = "sagemaker.amazonaws.com"
_BY_SAGEMAKER = "AmazonSageMaker-ExecutionRole-"


def refuse_other_role(seen: Observation) -> None:
    """Raise :class:`Refused` if nothing but the request shows that the role is an execution role."""
    role, trust = seen.target.role, seen.role.trust
    told_by_aws = not seen.target.sources.get("role", "").startswith(SPECIFIED)
    trusted_once = isinstance(trust, Known) and names_service(trust.value, SAGEMAKER)
    if told_by_aws or trusted_once or role.name.startswith(_BY_SAGEMAKER):
        return
    reason = (
        f"Nothing shows that {role.name} is an execution role: its trust policy does not name {SAGEMAKER}. With that "
        "trust, anyone who is allowed to pass the role can run code as it. Choose the role that your SageMaker work "
        "runs as, or confirm that this is it: --option confirm-execution-role"
    )
    raise Refused(RefusalCode.NOT_EXECUTION_ROLE, reason)
