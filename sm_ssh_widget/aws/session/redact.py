"""botocore at debug level logs what it signs, the session token included; here that one value is masked.

Nothing else of a record changes, and nothing that is below debug level is touched.
"""

from __future__ import annotations

import logging
import re

LOGGERS = ("botocore.auth", "botocore.endpoint", "botocore.awsrequest", "botocore.httpsession")
_TOKEN = re.compile(r"(?i)(x-amz-security-token['\"]?\s*[:=]\s*(?:b?['\"])?)[^\s'\",;&}]+")


def masked(record: logging.LogRecord) -> bool:
    """Mask the session token in a record; it is always let through."""
    text = record.getMessage()
    if "security-token" in text.lower():
        record.msg, record.args = _TOKEN.sub(r"\1•••", text), ()
    return True


def mask_tokens() -> None:
    """Mask session tokens in botocore's debug log from now on; doing it twice is fine."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(masked)
