"""Clients for the calls that a person signs in with: they carry no credentials, and none are looked for.

What they send and receive are secrets by themselves, and botocore writes every answer into its debug log.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.credentials import CredentialResolver

from sm_ssh_widget.aws.signin.method import new_core


def unsigned_client(service: str, region: str, endpoint: str | None) -> Any:
    """A client without credentials; ``endpoint`` replaces AWS's own, without it botocore decides."""
    core = new_core(region)
    core.register_component("credential_provider", CredentialResolver([]))
    return core.create_client(service, region_name=region, endpoint_url=endpoint)


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep what botocore logs in this thread out of every log."""
    mine = threading.get_ident()

    def of_another_thread(record: logging.LogRecord) -> bool:
        return record.thread != mine

    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("botocore", "urllib3")]
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addFilter(of_another_thread)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(of_another_thread)
