"""boto3 sessions with keys of their own that share botocore's service models: that is most of what a client costs."""

from __future__ import annotations

import boto3

from sm_ssh_widget.aws.session.service_models import shared_core


def keyed_session(key: str, secret: str, token: str | None, region: str | None = None) -> boto3.Session:
    return boto3.Session(key, secret, token, region_name=region, botocore_session=shared_core())
