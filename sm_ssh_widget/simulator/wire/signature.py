"""Signature Version 4, checked by signing the request again with the known secret.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import time

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.wire.request import Addressed, HttpRequest

_STAMP = "%Y%m%dT%H%M%SZ"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


SIGNATURE_SECONDS = {"s3": 900}
"""Maximum age or lead of a signature in seconds, by service; 300 for all others."""


def verify(request: HttpRequest, addressed: Addressed, secret: str) -> None:
    """Raise ``SignatureDoesNotMatch`` unless ``secret`` gives the signature that the request carries, and it is fresh.

    Its age is checked by real time, not by the account's clock, because clients sign with real time.
    """
    check_age(request, addressed.service)
    header = request.headers.get("authorization", "")
    given = re.search(r"Signature=([0-9a-f]{64})", header)
    if given is None or not hmac.compare_digest(given[1], _expected(request, addressed, secret)):
        raise _refused(addressed.service, MISMATCH)


def _refused(service: str, said: str) -> AwsError:
    if service in ("iam", "sts", "ec2", "s3"):
        return AwsError("SignatureDoesNotMatch", said, 403)
    return AwsError("InvalidSignatureException", said)


def check_age(request: HttpRequest, service: str) -> None:
    """Raise AWS's refusal for a signature that is too old, or from the future, by real time."""
    given, now = request.headers.get("x-amz-date", ""), time.time()
    try:
        signed = dt.datetime.strptime(given, _STAMP).replace(tzinfo=dt.timezone.utc).timestamp()
    except ValueError:
        raise _refused(service, f"Date must be in ISO-8601 'basic format'. Got '{given}'.") from None
    most = SIGNATURE_SECONDS.get(service, 300)
    if abs(now - signed) <= most:
        return
    if service == "s3":
        said = "The difference between the request time and the current time is too large."
        raise AwsError("RequestTimeTooSkewed", said, 403)
    word, sign = ("expired", "-") if signed < now else ("not yet current", "+")
    limit = now - most if signed < now else now + most
    order = "earlier" if signed < now else "later"
    compared = f"{given} is now {order} than {_stamp(limit)} ({_stamp(now)} {sign} {most // 60} min.)"
    raise _refused(service, f"Signature {word}: {compared}")


def _stamp(moment: float) -> str:
    return dt.datetime.fromtimestamp(moment, dt.timezone.utc).strftime(_STAMP)


def string_to_sign(request: HttpRequest, addressed: Addressed) -> str:
    """Rebuild the signed request from the received one."""
    again, auth = _again(request, addressed, "")
    return str(auth.string_to_sign(again, auth.canonical_request(again)))


def _expected(request: HttpRequest, addressed: Addressed, secret: str) -> str:
    again, auth = _again(request, addressed, secret)
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))


def _again(request: HttpRequest, addressed: Addressed, secret: str) -> tuple[AWSRequest, SigV4Auth]:
    signed = re.search(r"SignedHeaders=([^,\s]+)", request.headers.get("authorization", ""))
    names = signed[1].split(";") if signed else []
    headers = {name: request.headers.get(name, "") for name in names}
    url = f"http://{request.headers.get('host', '')}{request.path}" + (f"?{request.query}" if request.query else "")
    again = AWSRequest(method=request.method, url=url, data=request.body, headers=headers)
    again.context["timestamp"] = request.headers.get("x-amz-date", "")
    signer = S3SigV4Auth if addressed.service == "s3" else SigV4Auth
    return again, signer(Credentials(addressed.access_key_id, secret), addressed.signing_name, addressed.region)
