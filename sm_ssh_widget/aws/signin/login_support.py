"""Sign-in with AWS: profiles made by ``aws login``, the SDK's means for a sign-in here, and what it lacks for both.

``aws login`` keeps a refresh token in a file of its own, and botocore renews the 15-minute keys from it for up to 12
hours. The file is the AWS CLI's: it is read and renewed there by botocore, and nothing else is stored.
Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import botocore
import botocore.compat
import botocore.credentials
import botocore.session
import botocore.utils

from sm_ssh_widget.aws.session.service_models import shared_core
from sm_ssh_widget.problem import Code, Problem

METHOD = "login"
"""Name of botocore's provider for these profiles."""

FIRST_BOTO3 = "1.41.0"
"""The first boto3 and botocore with this provider (botocore's own release of 2025-11-19)."""

COORDINATE_BYTES = 32
"""Bytes of a coordinate of a key on the curve P-256 (RFC 7518 section 6.2.1.2)."""


@dataclass(frozen=True)
class Lack:
    """What the SDK lacks for ``aws login`` profiles, and what to do next."""

    said: str
    remedy: str

    def problem(self, where: str) -> Problem:
        """Return it as a :class:`Problem` (``sign-in``)."""
        return Problem(where, self.said, self.remedy, Code.SIGN_IN)


def login_lack() -> Lack | None:
    """Return what this environment lacks for ``aws login`` profiles, ``None`` if they work."""
    return lack_of(botocore.credentials, botocore.compat, botocore.__version__)


def lack_of(credentials: Any, compat: Any, version: str) -> Lack | None:
    """Return what these modules of botocore (``credentials``, ``compat``) lack; ``version`` is botocore's.

    botocore imports awscrt once, when it starts: an awscrt without elliptic curves counts as none.
    """
    if not hasattr(credentials, "LoginProvider"):
        return Lack(
            f"The installed boto3 ({version}) cannot use profiles of `aws login`. boto3 {FIRST_BOTO3} or later is "
            "required.",
            f"Use another sign-in method, or another environment with boto3 {FIRST_BOTO3} or later.",
        )
    if getattr(compat, "EC", None) is None:
        return Lack(
            "Profiles of `aws login` require the awscrt package.",
            'Run: pip install "sm-ssh-widget[login]" (boto3 keeps its version). Then restart the program or the '
            "kernel.",
        )
    return None


def browser_login_lack() -> Lack | None:
    """Return what this environment lacks for a sign-in in the browser, ``None`` if it works."""
    return login_lack() or browser_lack_of(botocore.credentials, botocore.utils, botocore.__version__)


def browser_lack_of(credentials: Any, utils: Any, version: str) -> Lack | None:
    """Return what these modules of botocore lack for a sign-in of its own; see :func:`lack_of`."""
    if _prover(credentials, utils) is not None:
        return None
    return Lack(
        f"The installed boto3 ({version}) offers no proof of possession for a sign-in in the browser.",
        "Run `aws login` in a terminal and choose its profile, or use another sign-in method.",
    )


def _prover(credentials: Any, utils: Any) -> Any:
    """botocore's maker of proofs (DPoP, RFC 9449), which has no public name."""
    return getattr(utils, "build_add_dpop_header_handler", None) or getattr(
        credentials, "_build_add_dpop_header_handler", None
    )


def login_key() -> Any:
    """Make the key that proves a sign-in (awscrt, NIST P-256). It stays in this process.

    awscrt leaves out leading zeros: of 128 new keys about one gives a coordinate of 31 bytes, which RFC 7518 section
    6.2.1.2 does not allow and which changes once botocore reads the key back to renew; of 300, one cannot be read
    back. Such keys are not used (measured with awscrt 0.38.1).
    """
    from awscrt.crypto import EC, ECType  # noqa: PLC0415  # an extra

    while True:
        key = EC.new_generate(ECType.P_256)
        if is_durable(key):
            return key


def is_durable(key: Any) -> bool:
    """Tell whether a key has whole coordinates and is the same key when botocore reads it back to renew a sign-in."""
    from awscrt.crypto import EC, ECExportFormat  # noqa: PLC0415  # an extra

    coordinates = key.get_public_coords()
    try:
        again = EC.new_key_from_der_data(key.export_key(ECExportFormat.SEC1))
    except (RuntimeError, ValueError):
        return False
    whole = all(len(part) == COORDINATE_BYTES for part in coordinates)
    return whole and again.get_public_coords() == coordinates


def private_text(key: Any) -> str:
    """Return a key in the form in which botocore's provider reads it. The text is secret."""
    from awscrt.crypto import ECExportFormat  # noqa: PLC0415  # an extra

    text = base64.b64encode(key.export_key(ECExportFormat.SEC1)).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{text}\n-----END EC PRIVATE KEY-----\n"


def proof_of(key: Any) -> Callable[..., None]:
    """Return botocore's handler that adds the proof of a key to a request."""
    handler: Callable[..., None] = _prover(botocore.credentials, botocore.utils)(key)
    return handler


def login_profiles() -> tuple[str, ...]:
    """List the profiles made by ``aws login``; empty if the configuration is unreadable, which the sign-in reports."""
    try:
        profiles = shared_core().full_config.get("profiles", {})
    except Exception:
        return ()
    return tuple(name for name, settings in profiles.items() if "login_session" in settings)
