"""The judge of the Session Manager preferences: what a shell session needs beside the requests of SSH Helper.

Only shells can fail by them, and only after ``ssm:StartSession`` has answered. Rights whose lack only loses logs do not
decide whether a shell is ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from sm_ssh_widget.policy.document import PolicyError
from sm_ssh_widget.policy.document import parse as parse_policy
from sm_ssh_widget.policy.evaluate import CompiledPolicy, compile_policy
from sm_ssh_widget.requirements.evidence import Evidence
from sm_ssh_widget.requirements.finding import FindingStatus
from sm_ssh_widget.requirements.holdings import (
    CouldNotRead,
    Denied,
    DependsOn,
    Held,
    Holdings,
    NotGranted,
    Question,
    Verdict,
)
from sm_ssh_widget.requirements.judgement import Judgement, blocked, depends_on, layer_name, listed, unknown
from sm_ssh_widget.requirements.needs import Subject
from sm_ssh_widget.requirements.observation import (
    Absent,
    Fact,
    Known,
    Observation,
    Reason,
    SessionKey,
    SessionSettings,
    Unknown,
)
from sm_ssh_widget.requirements.remedies import write
from sm_ssh_widget.requirements.requests import caller_keys, whose
from sm_ssh_widget.requirements.session_preferences import POLICY, RUN_AS_TAG, Preferences, Resources

Shell: TypeAlias = Literal["ready", "missing", "blocked", "unknown"]

_NODE = "mi-0123456789abcdef0"
_SESSION = "user-0123456789abcdef0"
_KNOWN_USER = "ssm-user"
"""The agent itself creates this user; the others of a container depend on its image."""


@dataclass(frozen=True)
class Right:
    """A call that the preferences make necessary. ``starts`` is false where only logs are lost without it."""

    subject: Subject
    action: str
    resource: str
    verdict: Verdict
    starts: bool = True

    @property
    def told(self) -> str:
        """The action, and its resource where that is one."""
        return self.action if self.resource == "*" else f"{self.action} on {self.resource}"


@dataclass(frozen=True)
class SessionJudgement:
    """A result, and what it means for shells alone."""

    judgement: Judgement
    shell: Shell


def judge_session(role: Holdings, user: Holdings | None, seen: Observation) -> SessionJudgement:
    """Judge the preferences for the role and, where they are named, for the person who connects."""
    fact, region = seen.region.session_settings, seen.target.region
    if isinstance(fact, Unknown):
        found = unknown([fact], f"The Session Manager preferences of {region}")
        return SessionJudgement(found, "unknown")
    if isinstance(fact, Absent) or not any(_asks(each) for each in fact.value.versions):
        said = f"Session Manager uses its defaults in {region}: no KMS key, no session logs, no RunAs."
        return SessionJudgement(Judgement(FindingStatus.SATISFIED, said), "ready")
    return _judged(fact.value, role, user, seen)


def _asks(preferences: Preferences) -> bool:
    return bool(preferences.key or preferences.bucket or preferences.log_group or preferences.run_as)


def _judged(settings: SessionSettings, role: Holdings, user: Holdings | None, seen: Observation) -> SessionJudgement:
    broken = next(_of_resources(settings), None)
    run_as = _run_as(settings.versions, user)
    rights = rights_of(settings, role, user, seen)
    judgement = broken or _of_rights(rights, role, user)
    if judgement.status is FindingStatus.SATISFIED and run_as is not None:
        judgement = run_as
    said = f"{_about(settings, seen.target.region, user)} {judgement.fact}"
    shell = _shell([each for each in (broken, run_as) if each is not None], rights)
    return SessionJudgement(replace(judgement, fact=said, caveats=_lost(rights, judgement)), shell)


def _about(settings: SessionSettings, region: str, user: Holdings | None) -> str:
    """What the preferences ask for, in a sentence; which version, where AWS does not say which one counts."""
    asked: dict[str, None] = {}
    for each in settings.versions:
        asked.update({f"the KMS key {each.key}": None} if each.key else {})
        asked.update({f"logs in s3://{each.bucket}/{each.object_prefix}": None} if each.bucket else {})
        asked.update({f"logs in the log group {each.log_group}": None} if each.log_group else {})
        asked.update({"RunAs": None} if each.run_as else {})
    said = f"The Session Manager preferences in {region} ask for {listed(tuple(asked))}."
    if len(settings.versions) > 1:
        default, latest = (each.version for each in settings.versions)
        said += f" Versions {default} (default) and {latest} (latest) differ, and AWS does not document which applies."
    if user is None and any(each.key or each.run_as for each in settings.versions):
        said += " The person who connects was not checked."
    return said


# The resources themselves: only their owners can change them


def _of_resources(settings: SessionSettings) -> Iterator[Judgement]:
    found = [_of_key(name, fact) for name, fact in settings.keys.items()]
    found += [_of_log_group(each, settings.log_groups.get(each.log_group, Absent())) for each in settings.versions]
    yield from (each for each in found if each is not None)


def _of_key(name: str, fact: Fact[SessionKey]) -> Judgement | None:
    if isinstance(fact, Unknown):
        return None  # the rights on it are unknown
    if isinstance(fact, Absent):
        said = f"The KMS key {name} does not exist."
        remedy = "Ask the administrator of the Session Manager preferences to choose another key."
        return Judgement(FindingStatus.BLOCKED, said, remedy, "the KMS key does not exist")
    if fact.value.state != "Enabled" or fact.value.spec not in ("", "SYMMETRIC_DEFAULT"):
        how = f"is in the state {fact.value.state}" if fact.value.state != "Enabled" else "is not a symmetric key"
        said = f"The KMS key {fact.value.arn} {how}."
        return Judgement(FindingStatus.BLOCKED, said, "Ask the administrator of the key.", f"the KMS key {how}")
    return None


def _of_log_group(preferences: Preferences, fact: Fact[bool]) -> Judgement | None:
    """Judge a log group that must be encrypted: the agent ends the session where it is not."""
    if not (preferences.log_group and preferences.log_group_encrypted) or isinstance(fact, Unknown):
        return None
    if isinstance(fact, Known) and fact.value:
        return None
    how = "is not encrypted with a KMS key" if isinstance(fact, Known) else "does not exist"
    said = f"The log group {preferences.log_group} {how}, and the preferences ask for encryption."
    remedy = "Ask its owner to encrypt the log group with a KMS key, or to turn off the encryption of logs."
    return Judgement(FindingStatus.BLOCKED, said, remedy, f"the log group {how}")


# Rights


def rights_of(settings: SessionSettings, role: Holdings, user: Holdings | None, seen: Observation) -> tuple[Right, ...]:
    """Every call that the preferences make necessary, with its answer, in the order of the features."""
    found: list[Right] = []
    for each in settings.versions:
        found += _key_rights(settings.keys.get(each.key, Absent()), role, user) if each.key else []
        found += _bucket_rights(each, settings, role, seen) if each.bucket else []
        found += _log_rights(each, role, seen) if each.log_group else []
    return tuple({(right.subject, right.told): right for right in reversed(found)}.values())[::-1]


def _key_rights(fact: Fact[SessionKey], role: Holdings, user: Holdings | None) -> list[Right]:
    if isinstance(fact, Absent):
        return []
    asked: list[tuple[Subject, Holdings, str]] = [("role", role, "kms:Decrypt")]
    asked += [("user", user, "kms:GenerateDataKey")] if user else []
    if isinstance(fact, Unknown):
        return [Right(subject, action, "*", CouldNotRead((fact,))) for subject, _, action in asked]
    key = fact.value
    return [Right(subject, action, key.arn, _on_key(who, action, key)) for subject, who, action in asked]


def _on_key(who: Holdings, action: str, key: SessionKey) -> Verdict:
    """The answer of an identity's policies and the key policy together; without the latter, none is certain."""
    context = {
        **caller_keys(who),
        "kms:CallerAccount": who.identity.arn.account,
        "kms:EncryptionContext:aws:ssm:TargetId": _NODE,
        "kms:EncryptionContext:aws:ssm:SessionId": _SESSION,
    }
    absent = frozenset({"kms:ViaService", "kms:GrantIsForAWSResource"})
    policy = _key_policy(key)
    compiled = _delegating(who.identity.arn.account) if isinstance(policy, Unknown) else policy
    verdict = who.ask(Question(action, key.arn, context, absent, resource_policy=compiled))
    if isinstance(policy, Unknown):
        return verdict if isinstance(verdict, Denied) else CouldNotRead((policy,))
    return _named(verdict, f"key policy of {key.arn}")


def _named(verdict: Verdict, name: str) -> Verdict:
    if isinstance(verdict, Denied) and verdict.by.layer == "resource" and not verdict.by.policy:
        return Denied(Evidence(name, "", "resource"))
    return verdict


def _key_policy(key: SessionKey) -> CompiledPolicy | Unknown:
    fact = key.policy
    if isinstance(fact, Unknown):
        return fact
    try:
        return compile_policy(parse_policy(fact.value if isinstance(fact, Known) else "{}"), f"key policy of {key.arn}")
    except PolicyError as error:
        said = f"The key policy of {key.arn} could not be parsed: {error}"
        return Unknown(Reason.UNPARSABLE, "kms:GetKeyPolicy", said, "Ask the administrator of the key.")


def _delegating(account: str) -> CompiledPolicy:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    return compile_policy({"Version": "2012-10-17", "Statement": [statement]}, "key policy")


def _bucket_rights(each: Preferences, settings: SessionSettings, role: Holdings, seen: Observation) -> list[Right]:
    bucket = f"arn:{seen.target.partition}:s3:::{each.bucket}"
    objects = f"{bucket}/{each.object_prefix}{_SESSION}.log"
    found = [
        _right(role, "s3:GetEncryptionConfiguration", bucket, starts=each.bucket_encrypted),
        _right(role, "s3:PutObject", objects, starts=False, shown=f"{bucket}/{each.object_prefix}*"),
    ]
    key = settings.bucket_keys.get(each.bucket, Absent())
    if isinstance(key, Known):
        through = {"kms:ViaService": f"s3.{seen.target.region}.amazonaws.com"}
        question = Question(
            "kms:GenerateDataKey",
            key.value,
            {**caller_keys(role), **through},
            resource_policy=_delegating(role.identity.arn.account),
        )
        found.append(Right("role", "kms:GenerateDataKey", key.value, role.ask(question), starts=False))
    return found


def _log_rights(each: Preferences, role: Holdings, seen: Observation) -> list[Right]:
    target = seen.target
    group = f"arn:{target.partition}:logs:{target.region}:{target.account}:log-group:{each.log_group}"
    stream = f"{group}:log-stream:{_SESSION}"
    return [
        _right(role, "logs:DescribeLogGroups", "*", starts=each.log_group_encrypted),
        *(
            _right(role, action, stream, starts=False, shown=f"{group}:*")
            for action in ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        ),
    ]


def _right(role: Holdings, action: str, resource: str, *, starts: bool, shown: str = "") -> Right:
    verdict = role.ask(Question(action, resource, caller_keys(role)))
    return Right("role", action, shown or resource, verdict, starts)


# The judgement


def _of_rights(rights: Sequence[Right], role: Holdings, user: Holdings | None) -> Judgement:
    """The worst of the rights: what no plan can grant, what could not be read, what is missing, what depends."""
    for right in rights:
        if isinstance(right.verdict, Denied) and right.starts:
            return _blocked(right, user)
    unread = [fact for each in rights if isinstance(each.verdict, CouldNotRead) for fact in each.verdict.unknowns]
    if unread:
        return unknown(tuple(dict.fromkeys(unread)), "The policies that control the preferences")
    missing = [right for right in rights if isinstance(right.verdict, NotGranted)]
    if missing:
        return _not_granted(missing, role, user)
    for right in rights:
        if isinstance(right.verdict, DependsOn):
            return depends_on(right.verdict.keys, right.told)
    by = tuple(right.verdict.by for right in rights if isinstance(right.verdict, Held))
    said = "Everything that they ask for is allowed." if rights else "They ask for no permission."
    return Judgement(FindingStatus.SATISFIED, said, evidence=tuple(dict.fromkeys(by)))


def _blocked(right: Right, user: Holdings | None) -> Judgement:
    assert isinstance(right.verdict, Denied)  # noqa: S101  # the only caller has seen it
    found = blocked(right.verdict.by, right.told)
    if right.verdict.by.layer != "resource":
        return found
    who = "the role" if right.subject == "role" or user is None else whose("user", user.identity)
    remedy = f"Ask the administrator of the key to allow {right.action} for {who} in the key policy."
    said = f"{right.told} is not allowed for {who} by the key policy."
    return replace(found, fact=said, remedy=remedy, reason="not allowed by the key policy")


def _not_granted(missing: Sequence[Right], role: Holdings, user: Holdings | None) -> Judgement:
    facts: list[str] = []
    writes: dict[str, list[str]] = {}
    for subject, holdings in _subjects(role, user):
        told = [right.told for right in missing if right.subject == subject]
        if told:
            who = whose(subject, holdings.identity)
            facts.append(f"No policy allows {who} to call {listed(told)}.")
            writes.setdefault(write(POLICY, holdings.identity), []).append(who)
    remedy = " ".join(f"{each} for {listed(who)}." for each, who in writes.items())
    return Judgement(FindingStatus.MISSING, " ".join(facts), f"{remedy} Existing statements stay unchanged.")


def _subjects(role: Holdings, user: Holdings | None) -> Iterator[tuple[Subject, Holdings]]:
    yield "role", role
    if user is not None:
        yield "user", user


_BY_STATUS: Mapping[FindingStatus, Shell] = {FindingStatus.BLOCKED: "blocked", FindingStatus.UNKNOWN: "unknown"}
_SHELLS: tuple[Shell, ...] = ("ready", "missing", "unknown", "blocked")


def _shell(others: Iterable[Judgement], rights: Iterable[Right]) -> Shell:
    """The worst of what decides whether a shell starts; the logs that it loses do not."""
    found = [_BY_STATUS[each.status] for each in others]
    found += [_standing(each.verdict) for each in rights if each.starts]
    return max(found, key=_SHELLS.index, default="ready")


def _standing(verdict: Verdict) -> Shell:
    match verdict:
        case Held():
            return "unknown" if verdict.unread else "ready"
        case NotGranted():
            return "missing"
        case Denied():
            return "blocked"
        case DependsOn() | CouldNotRead():
            return "unknown"


def _lost(rights: Iterable[Right], judgement: Judgement) -> tuple[str, ...]:
    """What no plan can grant and only loses logs, in a sentence each."""
    if judgement.status is FindingStatus.BLOCKED:
        return ()
    return tuple(
        f"Session logs are lost: {each.told} is blocked by {layer_name(each.verdict.by)}."
        for each in rights
        if isinstance(each.verdict, Denied)
    )


def _run_as(versions: Iterable[Preferences], user: Holdings | None) -> Judgement | None:
    """Judge the operating-system user of shells; ``None`` where RunAs is off or names the agent's own user."""
    for each in versions:
        name = (user.identity.tags.get(RUN_AS_TAG) if user else "") or each.run_as_user
        if each.run_as and name != _KNOWN_USER:
            return _user_of_shell(name)
    return None


def _user_of_shell(name: str) -> Judgement:
    if not name:
        said = "RunAs is on without a user: the agent answers “please set the RunAs default user”."
        remedy = f"Ask the administrator of the preferences for a default user, or tag the identity with {RUN_AS_TAG}."
        return Judgement(FindingStatus.BLOCKED, said, remedy, "RunAs names no user")
    if name == "root":
        said = "RunAs names the user root, which the agent refuses."
        remedy = f"Ask the administrator of the preferences for another user, or tag the identity with {RUN_AS_TAG}."
        return Judgement(FindingStatus.BLOCKED, said, remedy, "RunAs as root")
    said = f"RunAs starts shells as the user {name}. Whether the container has this user depends on its image."
    remedy = f"Add the user {name} to the image, or tag the identity with {RUN_AS_TAG}={_KNOWN_USER}."
    return Judgement(FindingStatus.UNKNOWN, said, remedy, f"depends on the user {name} in the container")


# For the plan


def resources_in(settings: SessionSettings) -> Resources:
    """The resources of all versions, resolved."""
    keys = [fact.value.arn for fact in settings.keys.values() if isinstance(fact, Known)]
    buckets = [(each.bucket, each.object_prefix) for each in settings.versions if each.bucket]
    named = [settings.bucket_keys.get(bucket, Absent()) for bucket, _ in buckets]
    groups = [each.log_group for each in settings.versions if each.log_group]
    return Resources(
        tuple(dict.fromkeys(keys)),
        tuple(dict.fromkeys(buckets)),
        tuple(dict.fromkeys(fact.value for fact in named if isinstance(fact, Known))),
        tuple(dict.fromkeys(groups)),
    )
