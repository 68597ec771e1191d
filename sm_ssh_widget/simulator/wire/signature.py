"""Signature Version 4, checked by signing the request once more with the secret that we know.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import hmac
import re

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sm_ssh_widget.simulator.errors import AwsError
from sm_ssh_widget.simulator.wire.request import Addressed, HttpRequest

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def verify(request: HttpRequest, addressed: Addressed, secret: str) -> None:
    """Raise ``SignatureDoesNotMatch`` unless ``secret`` gives the signature that the request carries."""
    header = request.headers.get("authorization", "")
    given = re.search(r"Signature=([0-9a-f]{64})", header)
    if given is None or not hmac.compare_digest(given[1], _expected(request, addressed, secret, header)):
        status = 400 if addressed.service not in ("iam", "sts", "ec2", "s3") else 403
        code = "InvalidSignatureException" if status == 400 else "SignatureDoesNotMatch"
        raise AwsError(code, MISMATCH, status)


def _expected(request: HttpRequest, addressed: Addressed, secret: str, header: str) -> str:
    signed = re.search(r"SignedHeaders=([^,\s]+)", header)
    names = signed[1].split(";") if signed else []
    headers = {name: request.headers.get(name, "") for name in names}
    url = f"http://{request.headers.get('host', '')}{request.path}" + (f"?{request.query}" if request.query else "")
    again = AWSRequest(method=request.method, url=url, data=request.body, headers=headers)
    again.context["timestamp"] = request.headers.get("x-amz-date", "")
    signer = S3SigV4Auth if addressed.service == "s3" else SigV4Auth
    auth = signer(Credentials(addressed.access_key_id, secret), addressed.signing_name, addressed.region)
    return str(auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again))
