"""What all botocore sessions of this process share: the service models, read from disk once, and the standard handlers.

Each botocore session reads the models anew, and that is most of what a client costs: of six clients 240 ms, without it
30. Each also registers botocore's 250 handlers of events anew, 8 ms of processor time; a copy of them takes 1 ms.
"""

from __future__ import annotations

from copy import copy
from functools import cache

import boto3
import botocore.session
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader, create_loader


def shared_core(profile: str | None = None) -> botocore.session.Session:
    """Create a botocore session that takes its models from where others left them, with handlers of its own.

    Raises botocore's errors where the configuration is broken, or lacks the profile.
    """
    core = botocore.session.Session(
        event_hooks=copy(_standard_handlers()), include_builtin_handlers=False, profile=profile
    )
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return core


def ambient_session() -> boto3.Session:
    """A session of the surroundings as they are now; raises botocore's errors where their configuration is broken."""
    return boto3.Session(botocore_session=shared_core())


@cache
def _loader(data_path: str | None) -> Loader:
    return create_loader(data_path)


@cache
def _standard_handlers() -> HierarchicalEmitter:
    """The handlers that every botocore session registers. To be copied: no session of ours emits or registers here."""
    handlers = HierarchicalEmitter()
    botocore.session.Session(event_hooks=handlers)
    return handlers
