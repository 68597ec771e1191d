"""Masking of secrets in botocore's debug log, which contains every request and every response.

:data:`SECRETS` lists the operations that carry secrets, with the names of the members. One filter on the loggers of
botocore, boto3 and urllib3 masks the values of these names in every form in which they are logged: Python value, JSON,
XML, form, header. The filter is independent of threads and sessions, so it also covers calls that botocore makes by
itself, such as those of a profile that assumes a role. A record that names a secret in an unknown form is withheld as a
whole. Without debug logging nothing is slowed down, because no record is created.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

_KEYS = ("SecretAccessKey", "SessionToken")
_TOKENS = ("accessToken", "refreshToken", "idToken")

SECRETS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sts", "AssumeRole"): ("ExternalId", "TokenCode", *_KEYS),
    ("sts", "AssumeRoleWithSAML"): ("SAMLAssertion", *_KEYS),
    ("sts", "AssumeRoleWithWebIdentity"): ("WebIdentityToken", *_KEYS),
    ("sts", "GetFederationToken"): _KEYS,
    ("sts", "GetSessionToken"): ("TokenCode", *_KEYS),
    ("sso-oidc", "RegisterClient"): ("clientSecret",),
    ("sso-oidc", "StartDeviceAuthorization"): ("clientSecret", "deviceCode", "userCode", "verificationUriComplete"),
    ("sso-oidc", "CreateToken"): ("clientSecret", "deviceCode", *_TOKENS),
    ("sso", "ListAccounts"): ("accessToken",),
    ("sso", "ListAccountRoles"): ("accessToken",),
    ("sso", "GetRoleCredentials"): ("accessToken", "secretAccessKey", "sessionToken"),
    ("signin", "CreateOAuth2Token"): ("codeVerifier", "secretAccessKey", "sessionToken", *_TOKENS),
    ("sso", "Logout"): ("accessToken",),
    ("ssm", "CreateActivation"): ("ActivationCode",),
    ("ssm", "StartSession"): ("TokenValue", "StreamUrl"),
    ("ssm", "ResumeSession"): ("TokenValue", "StreamUrl"),
    ("iam", "CreateAccessKey"): ("SecretAccessKey",),
}
"""Secret members of request and response, by service and operation."""

HEADERS = ("x-amz-security-token", "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token")
"""Secret headers and URL parameters."""

METADATA = ("Token",)
"""Name of the session token in container and instance metadata."""

LIBRARIES = ("botocore", "boto3", "urllib3", "s3transfer")
MASK = "•••"

_NAMES = "|".join(map(re.escape, sorted({name for names in SECRETS.values() for name in names} | {*HEADERS})))
_CODE = r"(?-i:code)(?=\\*['\"]\s*:)"
"""The authorization code of ``signin:CreateOAuth2Token``, by a name that is common: only as a member of JSON."""
_NAME = rf"(?<![\w-])(?:{_NAMES}|{'|'.join(METADATA)}(?=\\*['\"<>])|{_CODE})"
_QUOTED = r"(?P<quote>\\*['\"])(?:\\.|[^\\])*?(?P=quote)"
_VALUE = re.compile(rf"(?is)(?P<name>{_NAME}\\*['\"]?\s*[:=]\s*b?)(?:{_QUOTED}|{MASK}|[^\s&,;'\"<>]+)")
_ELEMENT = re.compile(rf"(?i)(?P<name><(?:\w+:)?{_NAME}(?:\s[^<>]*)?>)[^<]+")
_LEFT = re.compile(rf"(?i)(?<!/)(?P<name>{_NAME})\\*['\"]?\s*[:=>](?!\s*b?{MASK})")


class SecretFilter(logging.Filter):
    """Logging filter that masks secrets and drops no record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message and the exception text of a record."""
        text = record.getMessage()
        if (masked := mask(text)) != text:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True


_FILTER = SecretFilter()


def mask(text: str) -> str:
    """Mask every secret of a known name; withhold a text that names one in an unknown form."""
    masked = _ELEMENT.sub(rf"\g<name>{MASK}", _VALUE.sub(rf"\g<name>{MASK}", text))
    left = _LEFT.search(masked)
    return masked if left is None else f"{MASK} (withheld: contains {left['name']})"


def mask_secrets() -> None:
    """Mask secrets in the debug log of botocore and its libraries from now on. Idempotent.

    A filter applies to its own logger and not to child loggers, so every logger gets it.
    """
    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in LIBRARIES]
    for name in (*LIBRARIES, *known):
        logging.getLogger(name).addFilter(_FILTER)
