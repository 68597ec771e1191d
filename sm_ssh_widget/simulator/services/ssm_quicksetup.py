"""Quick Setup, as far as it is read: which configurations there are.

Source: https://docs.aws.amazon.com/quick-setup/latest/APIReference/API_ListConfigurationManagers.html
"""

from __future__ import annotations

from sm_ssh_widget.simulator.operations import Call, operation
from sm_ssh_widget.simulator.state import Record


@operation("ssm-quicksetup", "ListConfigurationManagers")
def _list(call: Call) -> Record:
    found = [each for each in call.state.records["ConfigurationManagers"] if each["Region"] == call.region]
    page, token = call.page(found, call.parameters.get("MaxItems"), call.parameters.get("StartingToken"))
    return {"ConfigurationManagersList": page, "NextToken": token}
