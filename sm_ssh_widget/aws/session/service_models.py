"""botocore's service models, read from disk once for all sessions of this process.

Each botocore session reads them anew, and that is most of what a client costs: of six clients 240 ms, without it 30.
"""

from __future__ import annotations

from functools import cache

import boto3
import botocore.session
from botocore.loaders import Loader, create_loader


def share_models(core: botocore.session.Session) -> None:
    """Let a session, before it makes its first client, take its models from where others left them."""
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))


def ambient_session() -> boto3.Session:
    """A session of the surroundings as they are now; raises botocore's errors where their configuration is broken."""
    core = botocore.session.get_session()
    share_models(core)
    return boto3.Session(botocore_session=core)


@cache
def _loader(data_path: str | None) -> Loader:
    return create_loader(data_path)
