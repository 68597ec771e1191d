"""The one redirect that the client needs: the SDK names STS by its address on AWS, whatever the environment says.

``sagemaker.utils.sts_regional_endpoint`` and ``sagemaker_ssh_helper.aws.AWS.get_sts_endpoint`` hand
``https://sts.REGION.amazonaws.com`` to boto3. Where ``AWS_ENDPOINT_URL`` is set, that address is left out, and
boto3 takes the one of the environment. Python imports this module by itself from ``PYTHONPATH``.
"""

from __future__ import annotations

import os
from typing import Any

from botocore.session import Session

_create = Session.create_client


def _create_client(self: Session, service_name: str, *arguments: Any, **named: Any) -> Any:
    if service_name == "sts" and str(named.get("endpoint_url")).startswith("https://sts."):
        named["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
    return _create(self, service_name, *arguments, **named)


if os.environ.get("AWS_ENDPOINT_URL"):
    Session.create_client = _create_client  # type: ignore[method-assign]
