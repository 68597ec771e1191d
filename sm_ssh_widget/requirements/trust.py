"""Whether a role's trust lets a service assume it, judged as the service makes the call.

A service principal calls with ``aws:PrincipalIsAWSService`` and its name, on behalf of an account and a resource. Of
that resource (``aws:SourceArn``) the Region and the account are certain; which job, notebook or node it is, is not:
a trust may be narrowed to some of them. The call has no ``aws:PrincipalAccount`` and no ``aws:PrincipalOrgID``. When it
is made is not known beforehand, and the organization only where it was read.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sm_ssh_widget.policy.arn import PrincipalArn
from sm_ssh_widget.policy.document import PolicyError, Statement, as_list, parse, statements
from sm_ssh_widget.policy.evaluate import CompiledPolicy, Decision, Outcome, Policies, Request, compile_policy, evaluate
from sm_ssh_widget.policy.principals import request_principal
from sm_ssh_widget.policy.remembered import RememberedTexts
from sm_ssh_widget.requirements.asking_statements import keys_asked_for
from sm_ssh_widget.requirements.condition_keys import OpenKey
from sm_ssh_widget.requirements.observation import Absent, Fact, Known

_TIMES = frozenset({"aws:CurrentTime", "aws:EpochTime"})
_ORGANIZATIONS = frozenset({"aws:SourceOrgID", "aws:SourceOrgPaths"})
# A principal that was deleted is shown by its unique id, and no document that names one can be saved.
_DELETED_PREFIXES = ("AROA", "AIDA")

FITTING_SOURCES: Mapping[str, tuple[str, ...]] = {
    "sagemaker": (
        "training-job",
        "processing-job",
        "transform-job",
        "notebook-instance",
        "endpoint",
        "model",
        "domain",
        "user-profile",
        "space",
        "app",
    ),
    "ssm": ("managed-instance",),
}
"""The types of resources that SSH Helper reaches, as they stand in ``aws:SourceArn``.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
"""
_ANOTHER = "another-type/example"
_MOST_TRUSTS = 256
"""Number of texts for which an answer is remembered: most roles of an account share a few trust policies."""


@dataclass(frozen=True)
class TrustVerdict:
    """The decision for one service and Region, and whether it would be the same in every Region.

    ``only_for`` and ``not_for`` name the sources (``training-job/*``) that an allowed trust is narrowed to or spares;
    both are empty where it is not narrowed. ``fits`` says whether SSH Helper reaches one of those that are allowed.
    ``open_keys`` are what a decision that depends rests on.
    """

    decision: Decision
    everywhere: bool
    only_for: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    fits: bool = True
    open_keys: tuple[OpenKey, ...] = ()


@dataclass(frozen=True)
class Circumstances:
    """What is known of the call: the role and Region, the organization, and values that a person assumed."""

    role: PrincipalArn
    region: str
    organization: Fact[str] = Absent()  # noqa: RUF009  # it is frozen
    assumed: Mapping[str, str] | None = None

    def of_all_roles(self, text: str) -> tuple[str, ...]:
        """Return what of the role the decision rests on: a trust policy names no ``Resource``, as a rule."""
        about_resources = "Resource" in text or "\\u" in text  # an escape could spell the name of the element
        role = self.role
        return (role.partition, role.account, str(role)) if about_resources else (role.partition, role.account)


_JUDGED: RememberedTexts[TrustVerdict] = RememberedTexts(200_000)


def judge(text: str, service: str, known: Circumstances) -> TrustVerdict:
    """Judge a trust policy; raises :class:`PolicyError` when the text is none. Equal trusts are judged once."""
    assumed = tuple(sorted((known.assumed or {}).items()))
    key = (service, known.of_all_roles(text), known.region, known.organization, assumed)
    return _JUDGED.get(key, text, lambda text: _judge(text, service, known))


def _judge(text: str, service: str, known: Circumstances) -> TrustVerdict:
    compiled = compile_policy(parse(text), "trust policy")
    here = _over_sources(compiled, service, known)
    elsewhere = _over_sources(compiled, service, replace(known, region="xx-elsewhere-1"))
    return replace(here, everywhere=here.decision.outcome is elsewhere.decision.outcome)


def _over_sources(compiled: CompiledPolicy, service: str, known: Circumstances) -> TrustVerdict:
    """The decision over every source that the trust may be narrowed to."""
    label = service.partition(".")[0]
    sources = dict(_sources(compiled, label))
    requests = {told: _request(service, label, resource, known) for told, resource in sources.items()}
    decisions = {told: evaluate(request, Policies(resource=compiled)) for told, request in requests.items()}
    allowed = [told for told, decision in decisions.items() if decision.outcome is Outcome.ALLOWED]
    if not allowed:
        worst = _of_none(list(decisions.values()))
        request = next(requests[told] for told, decision in decisions.items() if decision is worst)
        layers = (("resource", (compiled,)),)
        return TrustVerdict(
            worst,
            True,
            open_keys=keys_asked_for(request, worst.keys, layers, request_principal(service, "sts:assumerole")),
        )
    others = [told for told in decisions if told not in allowed]
    named = [told for told in allowed if told != _ANOTHER]
    spares = len(others) < len(named)
    return TrustVerdict(
        decisions[allowed[0]],
        everywhere=True,
        only_for=() if spares else tuple(named),
        not_for=tuple(told for told in others if told != _ANOTHER) if spares else (),
        fits=any(_type_of(told) in FITTING_SOURCES.get(label, ()) for told in allowed),
    )


def _of_none(decisions: list[Decision]) -> Decision:
    """The decision where no source is allowed: open if one is, denied if all are."""
    for outcome in (Outcome.DEPENDS, Outcome.IMPLICIT_DENY):
        for decision in decisions:
            if decision.outcome is outcome:
                return decision
    return decisions[0]


def _type_of(source: str) -> str:
    return re.split("[:/]", source)[0]


def _sources(compiled: CompiledPolicy, label: str) -> Iterator[tuple[str, str]]:
    """Sources to try, as they are shown and as the resource part of an ARN: the fitting types, what the trust names."""
    for kind in FITTING_SOURCES.get(label, ()):
        yield f"{kind}/*", f"{kind}/example"
    for pattern in _named_sources(compiled):
        parts = pattern.split(":", 5)
        resource = parts[5] if len(parts) == 6 else parts[-1].lstrip("*?")
        example = resource.replace("*", "example").replace("?", "x")
        if example and _type_of(resource):
            yield resource, example
    yield _ANOTHER, _ANOTHER


def _named_sources(compiled: CompiledPolicy) -> Iterator[str]:
    """The patterns that conditions compare ``aws:SourceArn`` with."""
    for statement in statements(compiled.document):
        for block in statement.get("Condition", {}).values():
            for key, values in block.items():
                if key.lower() == "aws:sourcearn":
                    yield from (value for value in as_list(values) if isinstance(value, str))


def _request(service: str, label: str, resource: str, known: Circumstances) -> Request:
    role = known.role
    context: dict[str, str | list[str]] = {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:PrincipalServiceNamesList": [service],
        "aws:SourceAccount": role.account,
        "aws:SourceArn": f"arn:{role.partition}:{label}:{known.region}:{role.account}:{resource}",
        "aws:SecureTransport": "true",
    }
    unknown = _TIMES | _ORGANIZATIONS
    if isinstance(known.organization, Known):
        context["aws:SourceOrgID"] = known.organization.value
    elif known.organization.read and isinstance(known.organization, Absent):
        unknown -= _ORGANIZATIONS
    assumable = {key.lower() for key in (*(unknown - set(context)), "aws:SourceArn")}  # its resource part is open
    context |= {key: value for key, value in (known.assumed or {}).items() if key.lower() in assumable}
    return Request(service, "sts:AssumeRole", str(role), role.account, context, open_context=unknown - set(context))


def judge_either(text: str, service: str, known: Circumstances) -> TrustVerdict:
    """Judge ``service`` and, in China, its name with the partition's own suffix: documents use either there."""
    verdict = judge(text, service, known)
    if known.role.partition != "aws-cn" or verdict.decision.outcome is Outcome.ALLOWED:
        return verdict
    suffixed = judge(text, f"{service}.cn", known)
    return suffixed if suffixed.decision.outcome is Outcome.ALLOWED else verdict


@lru_cache(maxsize=_MOST_TRUSTS)
def as_documented(text: str, service: str) -> bool:
    """Whether a statement trusts the service without any condition, as the guide shows it."""
    return any(_trusts(statement, service) and not statement.get("Condition") for statement in statements(parse(text)))


@lru_cache(maxsize=_MOST_TRUSTS)
def hardened_by_owner(text: str, service: str) -> bool:
    """Whether the service is trusted under conditions only: what is added to them must not make them worthless.

    A text that is no policy says no.
    """
    try:
        found = [statement for statement in statements(parse(text)) if _names(statement, service)]
    except PolicyError:
        return False
    return bool(found) and all(statement.get("Condition") for statement in found)


def names_service(text: str, service: str) -> bool:
    """Whether a statement of the document allows something to the service, under whatever conditions."""
    try:
        return any(_names(statement, service) for statement in statements(parse(text)))
    except PolicyError:
        return False


def _names(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal")
    services = as_list(principal.get("Service", [])) if isinstance(principal, dict) else []
    return statement.get("Effect") == "Allow" and (service in services or f"{service}.cn" in services)


def _trusts(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal")
    services = as_list(principal.get("Service", [])) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and service in services
        and as_list(statement.get("Action", [])) == ["sts:AssumeRole"]
    )


def deleted_principals(text: str) -> tuple[str, ...]:
    """The unique ids in the document's principals that stand for deleted identities."""
    found: list[str] = []
    for statement in statements(parse(text)):
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element)
            names = as_list(principal.get("AWS", [])) if isinstance(principal, dict) else []
            found += [name for name in names if isinstance(name, str) and name.startswith(_DELETED_PREFIXES)]
    return tuple(found)
