"""Sign-in with AWS for a simulated account: profiles as `aws login` makes them, and the page of a link."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sm_ssh_widget.simulator import SimulatedAccount
from sm_ssh_widget.simulator.services.signin.logins import log_in
from sm_ssh_widget.simulator.state import Kind

CLIENT = "arn:aws:signin:::devtools/same-device"


def login_profile(
    account: SimulatedAccount,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kind: Kind = "user",
    name: str = "admin",
    profile: str = "console",
    seconds: float = 900,
) -> Path:
    """Write a profile and its token, whose keys end in so many seconds; return the file of the token."""
    arn = account.world.state.iam[kind][name]["Arn"]
    with (directory / "config").open("a") as config:
        config.write(f"\n[profile {profile}]\nlogin_session = {arn}\nendpoint_url = {account.url}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(directory / "config"))
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(directory / "login"))
    (directory / "login").mkdir(exist_ok=True)
    token = directory / "login" / f"{hashlib.sha256(arn.encode()).hexdigest()}.json"
    token.write_text(json.dumps(_token(account, kind, name, seconds)))
    return token


def _token(account: SimulatedAccount, kind: Kind, name: str, seconds: float) -> dict[str, object]:
    made = account.world.credentials.session_of(kind, name, "" if kind == "user" else name, max(seconds, 0))
    ends = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return {
        "accessToken": {
            "accessKeyId": made.access_key_id,
            "secretAccessKey": made.secret,
            "sessionToken": made.token,
            "accountId": account.account,
            "expiresAt": _text(ends),
        },
        "tokenType": "aws_sigv4",
        "refreshToken": log_in(account.world, kind, name, CLIENT),
        "clientId": CLIENT,
        "dpopKey": _key(),
    }


def _text(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def pasted_code(link: str, answer: str = "allow") -> str:
    """What a person does on the page of a link; the authorization code that it shows then, empty if it shows none."""
    with urllib.request.urlopen(link, f"answer={answer}".encode()) as page:
        found = re.search(r"<code>(.+?)</code>", page.read().decode())
    return found[1] if found else ""
