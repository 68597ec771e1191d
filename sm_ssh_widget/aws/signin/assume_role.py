"""Sign-in by assuming a role, with the external ID and the MFA code that its trust policy requires.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import botocore.session
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sm_ssh_widget.aws.session.errors import code_of, said_by, told_as_problem
from sm_ssh_widget.aws.session.limits import limit_client
from sm_ssh_widget.aws.session.secret import Secret
from sm_ssh_widget.aws.signin.chain import Chain
from sm_ssh_widget.aws.signin.forgettable_credentials import ForgettableCredentials, core_with
from sm_ssh_widget.aws.signin.method import SESSION_NAME, FoundCredentials, SignInContext, SignInMethod
from sm_ssh_widget.problem import Code, Problem

SHORTEST_SECONDS = 900
"""The shortest session that STS offers; also within the one-hour limit of role chaining."""


@dataclass(frozen=True)
class AssumeRole:
    """The role ``role_arn``, assumed with the credentials of ``base``. The MFA code is forgotten once it was sent.

    ``policy`` is a session policy: the session may do what the role may and the policy allows.
    """

    role_arn: str
    base: SignInMethod = field(default_factory=Chain)
    external_id: str | None = None
    mfa_serial: str | None = None
    mfa_code: Secret | None = None
    policy: str | None = None

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Assume the role. Raises :class:`Problem` (``sign-in``) that names what to check: trust, external ID, MFA."""
        base = self.base.find(place)
        held = ForgettableCredentials(base.credentials, base.way)
        try:
            here = replace(place, endpoint=place.endpoint or base.endpoint)
            keys = self._assume(here, core_with(held, place.region, base.profile))
        finally:
            held.forget()
            for secret in (*base.secrets, *([self.mfa_code] if self.mfa_code else [])):
                secret.forget()
        credentials = Credentials(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], method="assume-role"
        )
        way = f"assume-role {self.role_arn} ({base.way})"
        return FoundCredentials(credentials, way, keys["Expiration"], base.warnings, endpoint=base.endpoint)

    def _request(self, where: str) -> dict[str, object]:
        request: dict[str, object] = {
            "RoleArn": self.role_arn,
            "RoleSessionName": SESSION_NAME,
            "DurationSeconds": SHORTEST_SECONDS,
        }
        if self.external_id is not None:
            request["ExternalId"] = self.external_id
        if self.policy is not None:
            request["Policy"] = self.policy
        if self.mfa_serial is not None:
            request |= {"SerialNumber": self.mfa_serial, "TokenCode": _code(where, self.mfa_code)}
        return request

    def _assume(self, place: SignInContext, core: botocore.session.Session) -> Any:
        where = f"Signing in (sts:AssumeRole {self.role_arn})"
        request = self._request(where)
        with told_as_problem(where):
            client: Any = core.create_client("sts", region_name=place.region, endpoint_url=place.endpoint)
            limit_client(client)
            try:
                with closing(client):
                    return client.assume_role(**request)["Credentials"]
            except ClientError as error:
                if code_of(error) not in ("AccessDenied", "ValidationError", "RegionDisabledException"):
                    raise
                raise self._denied(where, error) from None

    def _denied(self, where: str, error: ClientError) -> Problem:
        said = said_by(error)
        if "MultiFactorAuthentication" in said:
            return Problem(where, said, "Wait for the next code on your MFA device, then try again.", Code.SIGN_IN)
        questions = ["that the role's trust policy allows the signed-in identity"]
        given = self.external_id is not None
        questions.append("whether the external ID matches" if given else "whether the policy requires an external ID")
        if self.mfa_serial is None:
            questions.append("whether the policy requires MFA")
        return Problem(where, said, f"Check {', '.join(questions[:-1])} and {questions[-1]}.", Code.SIGN_IN)


def _code(where: str, code: Secret | None) -> str:
    if code is None:
        raise Problem(where, "The role requires an MFA code.", "Enter the code from your MFA device.", Code.SIGN_IN)
    if code.is_forgotten or not re.fullmatch(r"\d{6}", code.reveal().strip(), re.ASCII):
        raise Problem(
            where, "An MFA code has six digits.", "Enter the current code from your MFA device.", Code.SIGN_IN
        )
    return code.reveal().strip()
