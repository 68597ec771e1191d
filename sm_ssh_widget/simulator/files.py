"""Configuration files for using the simulated account with any AWS client and this package's command line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from sm_ssh_widget.simulator.credentials import Credential
from sm_ssh_widget.simulator.scenario import Scenario

PROFILE = "execution-role"


def write(directory: Path, url: str, scenario: Scenario, credentials: Mapping[str, Credential]) -> dict[str, str]:
    """Write ``env.sh config credentials metadata.json`` for their owner only; return the variables of ``env.sh``."""
    directory.mkdir(parents=True, exist_ok=True)
    environment = {
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": str(directory / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(directory / "credentials"),
        "AWS_PROFILE": PROFILE,
        "AWS_DEFAULT_REGION": scenario.region,
        "AWS_REGION": scenario.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SM_SSH_WIDGET_METADATA": str(directory / "metadata.json"),
    }
    _write(directory / "env.sh", "".join(f"{line}\n" for line in exports(environment)))
    _write(directory / "config", "".join(_config(name, scenario.region, url) for name in credentials))
    _write(directory / "credentials", "".join(_keys(name, found) for name, found in credentials.items()))
    _write(directory / "metadata.json", json.dumps(scenario.metadata, indent=2) + "\n")
    return environment


def exports(environment: Mapping[str, str]) -> list[str]:
    """Return ``export NAME=VALUE`` lines for a shell."""
    return [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]


def _config(name: str, region: str, url: str) -> str:
    return f"[profile {name}]\nregion = {region}\nendpoint_url = {url}\n\n"


def _keys(name: str, found: Credential) -> str:
    token = f"aws_session_token = {found.token}\n" if found.token else ""
    return f"[{name}]\naws_access_key_id = {found.access_key_id}\naws_secret_access_key = {found.secret}\n{token}\n"


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(text, encoding="utf-8")
