"""Parsing of pasted keys, in every format that AWS prints.

The access portal prints ``export``, ``SET`` and ``$Env:`` lines and a profile; the AWS CLI prints JSON. Errors name
what is missing and never repeat the pasted text.
Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/howtogetcredentials.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone

from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.keys import Keys
from sm_ssh_widget.problem import Code, Problem

_FIELDS = {
    "aws_access_key_id": "access key ID",
    "aws_secret_access_key": "secret access key",
    "aws_session_token": "session token",
    "aws_credential_expiration": "expiration",
}
_OF_JSON = {
    "AccessKeyId": "aws_access_key_id",
    "SecretAccessKey": "aws_secret_access_key",
    "SessionToken": "aws_session_token",
    "Expiration": "aws_credential_expiration",
}
_NAMES = "|".join((*_FIELDS, "aws_security_token"))
_LINE = re.compile(rf"\b({_NAMES})\b[ \t]*[=: \t][ \t]*[\"']?([^\s\"';&]+)", re.IGNORECASE)
_KEY_ID = re.compile(r"\w{4,128}", re.ASCII)


def parse_export_block(text: str) -> Keys:
    """Parse ``export``, ``set``, ``$Env:`` lines, a credentials file or JSON. Raises :class:`Problem` (``sign-in``)."""
    found = _from_json(text) if text.lstrip().startswith("{") else _from_lines(text)
    for name in ("aws_access_key_id", "aws_secret_access_key"):
        if not found.get(name):
            raise _problem(f"The pasted text has no {_FIELDS[name]} ({name.upper()}).")
    key_id = found["aws_access_key_id"]
    if not _KEY_ID.fullmatch(key_id):
        raise _problem("The access key ID is invalid. It has letters and digits only and starts with AKIA or ASIA.")
    token = found.get("aws_session_token")
    if key_id.startswith("ASIA") and not token:
        raise _problem("The access key is temporary (ASIA…), but the session token (AWS_SESSION_TOKEN) is missing.")
    until = _time(found.get("aws_credential_expiration", ""))
    return Keys(key_id, Secret(found["aws_secret_access_key"]), Secret(token) if token else None, until)


def _from_lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _LINE.finditer(text):
        name = match[1].lower().replace("security_token", "session_token")
        if found.setdefault(name, match[2]) != match[2]:
            raise _problem(f"The pasted text contains more than one {_FIELDS[name]}.")
    if not found:
        raise _problem("The pasted text has no access key ID (AWS_ACCESS_KEY_ID).")
    return found


def _from_json(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _problem("The pasted JSON is incomplete.") from None
    inner = value.get("Credentials", value.get("roleCredentials", value)) if isinstance(value, Mapping) else None
    if not isinstance(inner, Mapping):
        raise _problem("The pasted JSON contains no credentials.")
    names = {name[0].upper() + name[1:]: item for name, item in inner.items() if name}
    return {ours: str(names[theirs]) for theirs, ours in _OF_JSON.items() if names.get(theirs)}


def _time(text: str) -> datetime | None:
    """Parse a time with its zone; ``None`` if it is not one, because the end of a session is only displayed."""
    try:
        if text.isdigit():  # `aws sso get-role-credentials` counts milliseconds
            return datetime.fromtimestamp(int(text) / 1000, timezone.utc)
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _problem(said: str) -> Problem:
    remedy = "Copy the whole block from the AWS access portal (Access keys, option 1) and paste it."
    return Problem("Signing in (keys)", said, remedy, Code.SIGN_IN)
