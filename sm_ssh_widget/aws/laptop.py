"""Facts about a laptop that need AWS or its SDK: identity of its credentials, clock difference, owner of a node.

The identity is the one that SSH Helper finds: boto3's chain, with role sessions named as in the profile, not as ours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from sm_ssh_widget.aws.detection.detect import region_of
from sm_ssh_widget.aws.session.clients import config
from sm_ssh_widget.aws.session.errors import FAILURES, problem_from, unknown_from
from sm_ssh_widget.aws.session.reader import Reader
from sm_ssh_widget.aws.signin.chain import expiry, load, source_label
from sm_ssh_widget.aws.signin.method import Ask, FoundCredentials, SignInContext, new_core
from sm_ssh_widget.aws.signin.session import open_reader
from sm_ssh_widget.doctor.judge import LaptopReport, judge
from sm_ssh_widget.doctor.observed import Answers, Caller, Expected
from sm_ssh_widget.doctor.probing import Machine, ThisMachine, probe
from sm_ssh_widget.policy.arn import ArnError, PrincipalArn
from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, Reason, Unknown

_T = TypeVar("_T")

OWNER_TAG = "SSHOwner"
_CALLER = "sts:GetCallerIdentity"
_NO_PROFILE = ("env", "container-role", "iam-role")
"""Names of botocore's credential sources outside a profile."""


@dataclass(frozen=True)
class AsFound:
    """The credential chain as SSH Helper uses it: role sessions keep their names."""

    ask: Ask | None = field(default=None, repr=False, compare=False)

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Search the chain. Raises :class:`Problem` (``sign-in``) if it is empty or broken."""
        where = "Signing in (chain)"
        try:
            core = new_core(place.region)
            credentials = load(core, where, self.ask, rename=False)
        except FAILURES as error:
            raise problem_from(error, where) from None
        if credentials is None:
            said = (
                "No credentials were found in environment variables, the AWS configuration or the container metadata."
            )
            raise Problem(where, said, "Sign in with the AWS CLI, or set AWS_PROFILE.", Code.SIGN_IN)
        way = source_label(credentials)
        if credentials.method not in _NO_PROFILE:
            way = f"profile {core.profile or 'default'} ({way})"
        return FoundCredentials(credentials, way, expiry(credentials), profile=core.profile)


def examine_laptop(expected: Expected, *, ask: Ask | None = None, machine: Machine | None = None) -> LaptopReport:
    """Compare this laptop with SSH Helper's needs. Facts that could not be read are unknown, never raised."""
    region = _region_to_ask(expected.region)
    seen = probe(machine or ThisMachine(), region)
    answers = ask_aws(region, node=expected.node, ask=ask)
    return LaptopReport(judge(seen, answers, expected), answers.endpoint)


def _region_to_ask(named: str) -> str:
    """Return the specified or ambient Region, else a default for STS: a missing Region is a finding, not an error."""
    try:
        return region_of(named or None)
    except Problem:
        return "us-east-1"


def ask_aws(region: str, *, node: str = "", ask: Ask | None = None) -> Answers:
    """Read every fact about the laptop that AWS knows. A failed read is unknown with its reason, never raised."""
    clock = clock_ahead(region)
    way = _Once(AsFound(ask))
    try:
        reader = open_reader(way, region=region)
    except Problem as problem:
        unknown = _unknown(problem)
        return Answers(unknown, clock, sdk_region(), unknown if node else None)
    with closing(reader):
        caller = _tried(lambda: _caller(reader, way.source))
        owner = _tried(lambda: _owner(reader, node)) if node else None
        return Answers(caller, clock, sdk_region(), owner, reader.endpoint("sts"))


def clock_ahead(region: str) -> Fact[float]:
    """Measure the seconds that this clock is ahead of AWS, by the Date of a response to an unsigned call."""
    unsigned = config().merge(Config(signature_version=UNSIGNED))
    try:
        client: Any = new_core(region).create_client("sts", region_name=region, config=unsigned)
        with closing(client):
            before = datetime.now(timezone.utc)
            headers = _headers(client.get_caller_identity)
            after = datetime.now(timezone.utc)
    except FAILURES as error:
        return unknown_from(error, _CALLER)
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return Unknown(
            Reason.UNPARSABLE, _CALLER, "The response had no Date header.", "Check the endpoint, proxy and network."
        )
    return Known((before + (after - before) / 2 - theirs).total_seconds(), _CALLER)


def _headers(call: Callable[[], object]) -> dict[str, str]:
    """Return the response headers: AWS refuses an unsigned call, but the refusal contains its time."""
    try:
        answer = call()
    except ClientError as error:
        answer = error.response
    metadata = answer.get("ResponseMetadata", {}) if isinstance(answer, dict) else {}
    return dict(metadata.get("HTTPHeaders", {}))


def sdk_region() -> Fact[str]:
    """Read the Region that boto3 uses by default: AWS_DEFAULT_REGION, else the profile's."""
    try:
        region = boto3.Session().region_name
    except FAILURES as error:
        problem = problem_from(error, "Reading the Region")
        return _unknown(problem)
    return Known(region) if region else Absent()


class _Once:
    """A sign-in method that remembers where it found the credentials."""

    def __init__(self, way: AsFound) -> None:
        self._way, self.source = way, ""

    def find(self, place: SignInContext, /) -> FoundCredentials:
        """Find credentials with the wrapped method. Raises as that does."""
        found = self._way.find(place)
        self.source = found.way
        return found


def _tried(read: Callable[[], Fact[_T]]) -> Fact[_T]:
    try:
        return read()
    except Problem as problem:
        return _unknown(problem)


def _unknown(problem: Problem) -> Unknown:
    return Unknown(Reason.DENIED, _CALLER, problem.said, problem.remedy)


def _caller(reader: Reader, source: str) -> Fact[Caller]:
    fact = reader.read("sts", "GetCallerIdentity")
    if not isinstance(fact, Known):
        return fact
    try:
        return Known(Caller(PrincipalArn.parse(fact.value["Arn"]), fact.value["UserId"], source), _CALLER)
    except (ArnError, KeyError) as error:
        return Unknown(Reason.UNPARSABLE, _CALLER, f"The response contains no identity: {error}", "Check the endpoint.")


def _owner(reader: Reader, node: str) -> Fact[str]:
    fact = reader.read("ssm", "ListTagsForResource", ResourceType="ManagedInstance", ResourceId=node)
    if not isinstance(fact, Known):
        return fact
    tags = {tag["Key"]: tag["Value"] for tag in fact.value.get("TagList", ())}
    return Known(tags[OWNER_TAG], fact.read) if OWNER_TAG in tags else Absent(fact.read)
