"""botocore at debug level logs every request and every answer; here the secrets in them are masked.

:data:`SECRETS` lists the operations that carry any, with the names of the members. One filter on the loggers of
botocore, boto3 and urllib3 masks the value of each of these names, in whichever form it is logged: a Python value,
JSON, XML, a form, a header. It knows nothing of threads and sessions, so it also holds for the calls that botocore
makes by itself, such as those of a profile that assumes a role. A record that names a secret in a form that the filter
does not know is withheld as a whole. Nothing below debug level is slowed down: no record is made there.
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
    ("ssm", "CreateActivation"): ("ActivationCode",),
    ("ssm", "StartSession"): ("TokenValue", "StreamUrl"),
    ("ssm", "ResumeSession"): ("TokenValue", "StreamUrl"),
    ("iam", "CreateAccessKey"): ("SecretAccessKey",),
}
"""By service and operation, the members of its request and its answer that are secrets."""

HEADERS = ("x-amz-security-token", "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token")
"""The headers, and parameters of a URL, that are secrets."""

METADATA = ("Token",)
"""What the metadata of a container or an instance calls the session token."""

LIBRARIES = ("botocore", "boto3", "urllib3", "s3transfer")
MASK = "•••"

_NAMES = "|".join(map(re.escape, sorted({name for names in SECRETS.values() for name in names} | {*HEADERS})))
_NAME = rf"(?<![\w-])(?:{_NAMES}|{'|'.join(METADATA)}(?=\\*['\"<>]))"
_QUOTED = r"(?P<quote>\\*['\"])(?:\\.|[^\\])*?(?P=quote)"
_VALUE = re.compile(rf"(?is)(?P<name>{_NAME}\\*['\"]?\s*[:=]\s*b?)(?:{_QUOTED}|{MASK}|[^\s&,;'\"<>]+)")
_ELEMENT = re.compile(rf"(?i)(?P<name><(?:\w+:)?{_NAME}(?:\s[^<>]*)?>)[^<]+")
_LEFT = re.compile(rf"(?i)(?<!/)(?P<name>{_NAME})\\*['\"]?\s*[:=>](?!\s*b?{MASK})")


class SecretFilter(logging.Filter):
    """Masks the secrets in every record that it is shown, and lets all of them pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the message, and the text of an exception."""
        text = record.getMessage()
        if (masked := mask(text)) != text:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
        return True


_FILTER = SecretFilter()


def mask(text: str) -> str:
    """The text with every secret of a known name masked; what names one in another form is withheld."""
    masked = _ELEMENT.sub(rf"\g<name>{MASK}", _VALUE.sub(rf"\g<name>{MASK}", text))
    left = _LEFT.search(masked)
    return masked if left is None else f"{MASK} (withheld: it names {left['name']})"


def mask_secrets() -> None:
    """Mask secrets in the debug log of botocore and what it uses from now on; doing it again is fine.

    A filter holds for the logger that it is added to and not for those below it, so each one gets it.
    """
    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in LIBRARIES]
    for name in (*LIBRARIES, *known):
        logging.getLogger(name).addFilter(_FILTER)
