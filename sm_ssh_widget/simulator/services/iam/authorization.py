"""Details of denied calls by their authorization id, kept for 24 hours in one Region.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
"""

from __future__ import annotations

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.operations import ServiceCall, operation
from sm_ssh_widget.simulator.state import Record

KEPT_SECONDS = 24 * 3600
_NONE = "The authorization details were not found."


@operation("iam-toolbox", "GetRequestAuthorizationDetails")
def _details(call: ServiceCall) -> Record:
    found = call.world.authorizations.get(str(call.parameters["authorizationId"]))
    here = found is not None and found["region"] == call.region
    if found is None or not here or call.state.now() - found["at"] > KEPT_SECONDS:
        raise AwsError("ResourceNotFoundException", _NONE, 404)
    return {name: found[name] for name in ("requestContext", "evaluations", "policies")}
