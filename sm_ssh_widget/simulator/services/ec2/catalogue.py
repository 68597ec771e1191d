"""EC2 data that is equal in every account: moto answers, and these reads have no resource types in EC2.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

from __future__ import annotations

from sm_ssh_widget.simulator.operations import operation, passed_on

_READS = ("AvailabilityZones", "Images", "InstanceTypeOfferings", "InstanceTypes")

for _what in _READS:
    operation("ec2", f"Describe{_what}", by="moto")(passed_on)
