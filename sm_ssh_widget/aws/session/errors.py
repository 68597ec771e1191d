"""Translation of botocore's errors: an :class:`Unknown` for a read, a :class:`Problem` for everything else.

AWS's message is kept, shortened, and cut before any secret: a signature error repeats the signed request, including
the session token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore import exceptions as botocore_errors
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sm_ssh_widget.aws.session.denial import Denial, parse_denial
from sm_ssh_widget.aws.session.limits import AnswerTooSlow
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Reason, Unknown

__all__ = [
    "FAILURES",
    "Denial",
    "code_of",
    "is_absent",
    "is_sign_in",
    "parse_denial",
    "problem_from",
    "said_by",
    "sentence",
    "told_as_problem",
    "unknown_from",
]

_ABSENT = {
    "AWSOrganizationsNotInUseException",
    "InvalidDocument",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
    "ServiceSettingNotFound",
    "ParameterNotFound",
}
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "Forbidden",
    "ForbiddenException",
    "OptInRequired",
    "SubscriptionRequiredException",
    "403",
}
_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "SlowDown",
    "429",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "ExpiredTokenError", "TokenRefreshRequired"}
_WRONG_KEYS = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "AuthFailure",
}
_BAD_SIGNATURE = {"SignatureDoesNotMatch", "InvalidSignatureException", "InvalidSignature", "RequestTimeTooSkewed"}
_NOT_OFFERED = {"InvalidAction", "UnknownOperationException", "UnknownOperation", "NotImplemented", "501", "404"}
_QUOTA = {"LimitExceeded", "LimitExceededException", "ServiceQuotaExceededException", "QuotaExceeded"}

_TIMEOUTS = (botocore_errors.ConnectTimeoutError, botocore_errors.ReadTimeoutError)
_UNREACHABLE = (botocore_errors.HTTPClientError, botocore_errors.ConnectionError)
_TOO_OLD = (
    botocore_errors.UnknownServiceError,
    botocore_errors.DataNotFoundError,
    botocore_errors.OperationNotPageableError,
)


def _login_errors(*names: str) -> tuple[type[Exception], ...]:
    """Return these errors of `aws login`, which came to botocore in 2025; before that there are none."""
    return tuple(getattr(botocore_errors, name) for name in names if hasattr(botocore_errors, name))


_LOGIN_ERRORS = _login_errors("LoginError")
_LOGIN_ENDED = _login_errors("LoginRefreshRequired")
_LOGIN_NOT_ALLOWED = _login_errors("LoginInsufficientPermissions")
_CREDENTIALS = (
    botocore_errors.NoCredentialsError,
    botocore_errors.PartialCredentialsError,
    botocore_errors.ProfileNotFound,
    botocore_errors.CredentialRetrievalError,
    botocore_errors.MetadataRetrievalError,
    botocore_errors.SSOError,
    botocore_errors.TokenRetrievalError,
    botocore_errors.RefreshWithMFAUnsupportedError,
    botocore_errors.InvalidConfigError,
    botocore_errors.InfiniteLoopConfigError,
    botocore_errors.UnknownCredentialError,
    botocore_errors.MissingDependencyException,
    botocore_errors.ConfigParseError,
    botocore_errors.ConfigNotFound,
    *_LOGIN_ERRORS,
)
# botocore's parser raises these for well-formed responses of another shape, such as a proxy's page
_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError)
FAILURES = (ClientError, BotoCoreError, ResponseParserError, OSError, *_MISSHAPEN)
"""Every error that botocore raises on a call; a client raises ``AttributeError`` for an unknown operation."""

# Codes that say more than one thing, with the text of what does not exist: Quick Setup's, and CloudFormation's
_ABSENT_BY_TEXT = {"ValidationException": "RecordNotFound", "ValidationError": "Stack with id"}
_LONGEST = 600
_ACTION = re.compile(r"[a-z][a-z0-9-]*:[A-Z]\w+")


@dataclass(frozen=True)
class _Case:
    """One kind of failure: reason for a fact, code for a problem, and remedy."""

    reason: Reason
    code: Code
    remedy: str


_THROTTLED_CASE = _Case(
    Reason.THROTTLED, Code.AWS_REFUSED, "AWS is throttling this call. Wait one minute, then try again."
)
_TIMED_OUT_CASE = _Case(
    Reason.TIMED_OUT,
    Code.UNREACHABLE,
    "The endpoint did not answer in time. Try again, or check the network connection.",
)
_UNREACHABLE_CASE = _Case(
    Reason.UNREACHABLE,
    Code.UNREACHABLE,
    "The endpoint cannot be reached from here. In a VPC without internet access, add a NAT gateway or an interface "
    "endpoint for this service, or hand the plan over and apply it elsewhere.",
)
_SERVER_CASE = _Case(
    Reason.UNREACHABLE, Code.AWS_REFUSED, "AWS had an internal error. Wait one minute, then try again."
)
_TOO_OLD_CASE = _Case(
    Reason.CLIENT_TOO_OLD,
    Code.USAGE,
    "The installed boto3 does not support this call. Upgrade it: pip install --upgrade boto3",
)
_UNPARSABLE_CASE = _Case(
    Reason.UNPARSABLE, Code.AWS_REFUSED, "The response could not be understood. Check the endpoint URL and any proxy."
)
# AWS answered in its own form and named what it rejects, so neither the endpoint nor a proxy is the cause.
_REJECTED_CASE = _Case(Reason.UNPARSABLE, Code.AWS_REFUSED, "Correct what AWS reports, then try again.")
_NOT_OFFERED_CASE = _Case(
    Reason.UNPARSABLE,
    Code.AWS_REFUSED,
    "The endpoint does not support this call. Check the Region and the endpoint URL.",
)
_QUOTA_CASE = _Case(
    Reason.UNPARSABLE,
    Code.AWS_REFUSED,
    "A quota is reached. Remove something unused or request a higher quota in Service Quotas, then try again.",
)
_PROTECTED_CASE = _Case(
    Reason.DENIED,
    Code.AWS_REFUSED,
    "Only AWS can change this role. If it belongs to IAM Identity Center, edit its permission set instead.",
)
_BUSY_CASE = _Case(
    Reason.THROTTLED, Code.AWS_REFUSED, "Another request is changing this resource. Wait one minute, then try again."
)


def code_of(error: Exception) -> str:
    """Return AWS's error code (``NoSuchEntity``), empty for errors that did not come from AWS."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def said_by(error: Exception) -> str:
    """Return the error as one line of at most 600 characters: ``CODE: MESSAGE``, else botocore's text."""
    if isinstance(error, ClientError):
        message = str(error.response.get("Error", {}).get("Message", ""))
        text = f"{code_of(error)}: {message}" if message else code_of(error)
    elif isinstance(error, _MISSHAPEN) and not _no_such_operation(error):
        text = f"The response does not look like an AWS response ({type(error).__name__}: {error})."
    else:
        text = str(error) or type(error).__name__
    text = re.split(r"The Canonical String", text)[0]
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def is_absent(error: Exception) -> bool:
    """Whether AWS answered that the resource does not exist."""
    said = _ABSENT_BY_TEXT.get(code_of(error))
    return code_of(error) in _ABSENT or (said is not None and said in str(error))


def is_sign_in(error: Exception) -> bool:
    """Whether the credentials caused the error: missing, incomplete, wrong or expired.

    botocore wraps network errors; a bare :class:`OSError` comes from a file or program named in the configuration.
    """
    local = isinstance(error, OSError) and not isinstance(error, BotoCoreError)
    return local or code_of(error) in _EXPIRED | _WRONG_KEYS | _BAD_SIGNATURE or isinstance(error, _CREDENTIALS)


def unknown_from(error: Exception, read: str) -> Unknown:
    """Build the fact for a failed read; ``read`` is the IAM action (``iam:GetRole``)."""
    case = _case(error, read)
    return Unknown(case.reason, read, said_by(error), case.remedy)


def problem_from(error: Exception, where: str) -> Problem:
    """Build the Problem for a botocore error. Raise it ``from None``: the cause can contain the request."""
    if isinstance(error, Problem):
        return error
    if is_sign_in(error):
        return Problem(where, *_sign_in(error), Code.SIGN_IN)
    case = _case(error, where)
    return Problem(where, sentence(said_by(error)), case.remedy, case.code)


@contextmanager
def told_as_problem(where: str) -> Iterator[None]:
    """Translate botocore's errors into a :class:`Problem`, without the cause: its text can repeat a request."""
    try:
        yield
    except FAILURES as error:
        raise problem_from(error, where) from None


def _no_such_operation(error: Exception) -> bool:
    return isinstance(error, AttributeError) and isinstance(error.obj, BaseClient)


def _case(error: Exception, read: str) -> _Case:
    if isinstance(error, ClientError):
        return _case_of_answer(error, read)
    if isinstance(error, (*_TIMEOUTS, AnswerTooSlow)):
        return _TIMED_OUT_CASE
    if isinstance(error, _UNREACHABLE):
        return _UNREACHABLE_CASE
    if isinstance(error, botocore_errors.ParamValidationError):
        return _TOO_OLD_CASE if "Unknown parameter" in str(error) else _UNPARSABLE_CASE
    if isinstance(error, _TOO_OLD) or _no_such_operation(error):
        return _TOO_OLD_CASE
    if isinstance(error, (botocore_errors.NoRegionError, botocore_errors.InvalidRegionError)):
        return _Case(Reason.UNREACHABLE, Code.USAGE, "Specify the Region: --region eu-west-1")
    if isinstance(error, (ResponseParserError, BotoCoreError, *_MISSHAPEN)):
        return _UNPARSABLE_CASE
    raise error


def _case_of_answer(error: ClientError, read: str) -> _Case:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _DENIED:
        denial = parse_denial(str(error))
        action = _ACTION.search(read)
        allowed = f"is allowed {action[0]}" if action else "is allowed to make this call"
        remedy = denial.remedy if denial else f"Sign in as an identity that {allowed}."
        return _Case(Reason.DENIED, Code.AWS_REFUSED, remedy)
    if code in _THROTTLED or status == 429:
        return _THROTTLED_CASE
    if code in _NOT_OFFERED:
        return _NOT_OFFERED_CASE
    if code in _QUOTA:
        return _QUOTA_CASE
    if code == "UnmodifiableEntity":
        return _PROTECTED_CASE
    if code in ("ConcurrentModification", "ConcurrentModificationException", "TooManyUpdates", "ConflictException"):
        return _BUSY_CASE
    return _SERVER_CASE if status >= 500 else _REJECTED_CASE


def _sign_in(error: Exception) -> tuple[str, str]:
    """Return the message and the remedy for credentials that do not work."""
    code = code_of(error)
    if code in _EXPIRED:
        return f"The credentials have expired ({code}).", "Sign in again."
    if code in _WRONG_KEYS:
        return f"AWS does not recognize these credentials ({code}).", "Sign in with active keys."
    if code in _BAD_SIGNATURE:
        return (
            f"AWS rejected the signature ({code}).",
            "Check the secret access key and this machine's clock, then sign in again.",
        )
    return _credential_error(error)


def _credential_error(error: Exception) -> tuple[str, str]:
    if isinstance(error, botocore_errors.NoCredentialsError):
        return "No credentials were found.", "Sign in with a profile, temporary keys or a role."
    if isinstance(error, botocore_errors.ProfileNotFound):
        return sentence(said_by(error)), "Choose a profile that `aws configure list-profiles` lists."
    if isinstance(error, (botocore_errors.SSOError, botocore_errors.TokenRetrievalError)):
        return "This profile has no valid IAM Identity Center sign-in.", "Run: aws sso login --profile NAME"
    if isinstance(error, _LOGIN_ENDED):
        return (
            "The `aws login` session has ended. It lasts up to 12 hours, and a new password ends it earlier.",
            "Run: aws login --profile NAME",
        )
    if isinstance(error, _LOGIN_NOT_ALLOWED):
        return (
            "AWS does not allow this identity to renew its `aws login` session.",
            "Ask an admin to attach the managed policy SignInLocalDevelopmentAccess, or use another sign-in method.",
        )
    if isinstance(error, _LOGIN_ERRORS):
        return "This profile has no valid `aws login` sign-in.", "Run: aws login --profile NAME"
    if isinstance(error, botocore_errors.MissingDependencyException):
        return (
            "This profile uses `aws login`, which requires the awscrt package.",
            'Run: pip install "sm-ssh-widget[login]"',
        )
    if isinstance(error, botocore_errors.CredentialRetrievalError):
        provider = getattr(error, "kwargs", {}).get("provider", "the credential provider")
        return (
            f"{provider} returned no credentials.",
            "Run its command in a terminal to see the reason, then sign in again.",
        )
    if isinstance(error, botocore_errors.RefreshWithMFAUnsupportedError):
        return "The session has expired and needs a new MFA code.", "Sign in again."
    return sentence(said_by(error)), "Fix the AWS configuration, then sign in again."


def sentence(text: str) -> str:
    """Return the text with a full stop."""
    return text if text.endswith((".", "…")) else f"{text}."
