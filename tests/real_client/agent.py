"""What ``amazon-ssm-agent -register`` is here: the emulated agent, which keeps its key in a file for the test."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.simulator.emulated_agent import EmulatedAgent

KEPT = "REAL_CLIENT_AGENT"
"""Names the file of the registered agent."""


def register(words: list[str]) -> int:
    """``-register -id ID -code CODE -region REGION``, as ``sm-init-ssm`` calls it."""
    given = dict(zip(words[1::2], words[2::2], strict=False))
    agent = EmulatedAgent(os.environ["AWS_ENDPOINT_URL"], given["-region"])
    reply = agent.register({"ActivationId": given["-id"], "ActivationCode": given["-code"]})
    if reply.status != 200:
        sys.stderr.write(f"Registration failed due to error registering the instance with AWS SSM. {reply.body}\n")
        return 1
    key = agent.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    kept = {"node": agent.node, "region": agent.region, "endpoint": agent.endpoint, "key": key}
    Path(os.environ[KEPT]).write_text(json.dumps(kept), "utf-8")
    sys.stdout.write(f"Successfully registered the instance with AWS SSM using Managed instance-id: {agent.node}\n")
    return 0


def registered(kept: Path) -> EmulatedAgent:
    """The agent that a script has registered."""
    found = json.loads(kept.read_text("utf-8"))
    key = load_pem_private_key(found["key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return EmulatedAgent(found["endpoint"], found["region"], key=key, node=found["node"])


if __name__ == "__main__":
    sys.exit(register(sys.argv[1:]))
