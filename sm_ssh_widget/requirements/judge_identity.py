"""The judges of what a role or user may do: managed policies (1c, 3a), requests (1d, 3a), the owner guard (3b)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sm_ssh_widget.policy.document import PolicyError, Statement, as_list, parse, statements
from sm_ssh_widget.policy.merge import append
from sm_ssh_widget.requirements import documents
from sm_ssh_widget.requirements import managed as snapshots
from sm_ssh_widget.requirements.capabilities import Capability, filled
from sm_ssh_widget.requirements.catalogue import GuardNeed, InlineNeed, ManagedNeed, Subject
from sm_ssh_widget.requirements.documents import Filling
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
    combine,
)
from sm_ssh_widget.requirements.judgement import Judgement, listed, of_verdict, unknown
from sm_ssh_widget.requirements.observation import Identity, Known, Observation, Target, Unknown
from sm_ssh_widget.requirements.ssh_owner import is_reserved, permission_set

_NOBODY_ELSE = "AIDAOTHEROWNEREXAMPLE"
_WHOSE: Mapping[Subject, str] = {"role": "the role", "user": "the local user"}


def filling_for(target: Target, identity: Identity | None = None) -> Filling:
    """What the placeholders of our documents stand for; ``user_id`` is that of a session of ``identity``."""
    role = str(target.role)
    return Filling(role, target.partition, target.account, target.region, user_id_of(identity) if identity else None)


def user_id_of(identity: Identity) -> str:
    """The ``aws:userid`` of the identity: a user's unique id, or a role's with a session name behind it."""
    unique = identity.unique_id or "AIDANOTREADEXAMPLE"
    return unique if identity.arn.kind == "user" else f"{unique}:session"


# Remedies: IAM lets nobody change a role of Identity Center, so they lead to its permission set


def _attach(names: str, identity: Identity) -> str:
    if not is_reserved(identity.arn):
        return f"Attach {names}."
    return f"Attach {names} to {_permission_set(identity)}."


def _write(policy: str, identity: Identity) -> str:
    if not is_reserved(identity.arn):
        return f"Write the inline policy {policy}"
    return f"Add the statements of {policy} to the inline policy of {_permission_set(identity)}"


def _permission_set(identity: Identity) -> str:
    name = permission_set(identity.arn)
    return f"the permission set {name} in IAM Identity Center" if name else "its permission set in IAM Identity Center"


# Managed policies


def managed(need: ManagedNeed, holdings: Holdings, seen: Observation) -> Judgement:
    """Judge whether one of the alternatives is attached, or everything that it allows is held otherwise."""
    whose = _WHOSE[need.subject]
    attached = _attached_arns(holdings)
    by_name = [names for names in need.alternatives if all(_arn(name, seen) in attached for name in names)]
    wanted = by_name[0] if by_name else need.alternatives[-1]
    verdict = combine([_held_by_content(name, holdings, seen) for name in wanted])
    if by_name and not isinstance(verdict, Denied):
        named = of_verdict(verdict, "", Judgement(FindingStatus.SATISFIED, ""))
        attached_to = f"{whose}{_through(wanted, holdings)}"
        fact = f"{listed(wanted)} {'is' if len(wanted) == 1 else 'are'} attached to {attached_to}."
        note, remedy = _least_privilege(wanted)
        return replace(named, status=FindingStatus.SATISFIED, fact=fact, remedy=remedy, reason=note)
    if isinstance(holdings.identity.attached, Unknown) and not isinstance(verdict, (Held, Denied)):
        return unknown([holdings.identity.attached], f"The policies attached to {whose}")
    absent = [name for name in wanted if _arn(name, seen) not in attached]
    one = len(absent) == 1
    missing = Judgement(
        FindingStatus.MISSING,
        f"{listed(absent)} {'is' if one else 'are'} not attached to {whose}, and nothing else grants what "
        f"{'it allows' if one else 'they allow'}.",
        _attach(listed(absent), holdings.identity),
    )
    return _otherwise(of_verdict(verdict, f"What {listed(wanted)} allows", missing), f"What {listed(wanted)} allows")


def _through(names: tuple[str, ...], holdings: Holdings) -> str:
    """By which groups a user has the policies; empty where they are attached to the user too."""
    own = {policy.name for policy in holdings.policies if not policy.through}
    asked = [each for each in holdings.policies if each.name in names and each.name not in own]
    found = tuple(dict.fromkeys(each.through for each in asked))
    return f", through the group{'s' if len(found) > 1 else ''} {listed(found)}" if found else ""


def _least_privilege(names: tuple[str, ...]) -> tuple[str, str]:
    """The specification's note on elevated privileges, in short and as a remedy; empty for any other policy."""
    if names != ("AdministratorAccess",):
        return "", ""
    return (
        "for stronger security scope permissions to least privilege, as the specification notes",
        "Test with it; for stronger security scope the permissions to the least privilege principle, as the baseline "
        "least-privilege does.",
    )


def missing_managed(need: ManagedNeed, holdings: Holdings, seen: Observation, *, literally: bool) -> tuple[str, ...]:
    """The policies of the last alternative that have to be attached: those whose content is not held.

    ``literally`` asks for each by its name, whatever else grants its content.
    """
    attached = _attached_arns(holdings)
    absent = (name for name in need.alternatives[-1] if _arn(name, seen) not in attached)
    return tuple(n for n in absent if literally or not isinstance(_held_by_content(n, holdings, seen), Held))


def _attached_arns(holdings: Holdings) -> frozenset[str]:
    return frozenset(policy.arn for policy in holdings.policies if policy.arn)


def _arn(name: str, seen: Observation) -> str:
    return snapshots.arn(name, seen.target.partition)


def _held_by_content(name: str, holdings: Holdings, seen: Observation) -> Verdict:
    verdicts = [_held_statement(statement, holdings) for statement in statements(managed_document(name, seen))]
    return combine(verdicts)


def managed_document(name: str, seen: Observation) -> Mapping[str, Any]:
    """The live default version of an AWS managed policy, else the dated snapshot."""
    live = seen.managed.get(name)
    if isinstance(live, Known):
        try:
            return parse(live.value.text)
        except PolicyError:
            pass  # what AWS publishes parses; a text that does not was mangled on its way, and the snapshot serves
    found: Mapping[str, Any] = _in_partition(snapshots.snapshot(name).document, seen.target.partition)
    return found


def _in_partition(value: Any, partition: str) -> Any:
    if isinstance(value, str):
        return f"arn:{partition}:{value[8:]}" if value.startswith("arn:aws:") else value
    if isinstance(value, Mapping):
        return {key: _in_partition(item, partition) for key, item in value.items()}
    return [_in_partition(item, partition) for item in value] if isinstance(value, list) else value


def _held_statement(statement: Statement, holdings: Holdings) -> Verdict:
    """Every action pattern, taken as a literal string, on every resource.

    A statement with a condition cannot be held like that, only as it stands in a policy of the identity.
    """
    verdict = holdings.ask_all(_questions(statement))
    if isinstance(verdict, (Held, Denied)):
        return verdict
    by = holdings.evidence_of(statement)
    return Held(by, holdings.unread) if by else verdict


def _questions(statement: Statement) -> Iterator[Question]:
    for action in as_list(statement.get("Action", [])):
        for resource in as_list(statement.get("Resource", "*")):
            # A request names a service; "every action" is every action of every service.
            yield Question("*:*" if action == "*" else action, resource, {})


# Requests


def inline(need: InlineNeed, holdings: Holdings, seen: Observation) -> Judgement:
    """Judge whether the requests are allowed; *as documented* where the policy of that name says what ours says."""
    whose = _WHOSE[need.subject]
    asked = [(c.action, _ask(c, holdings, seen)) for c in need.capabilities if c.only_if is None]
    verdict = combine([each for _, each in asked])
    actions = list(dict.fromkeys(action for action, each in asked if isinstance(each, NotGranted)))
    missing = Judgement(
        FindingStatus.MISSING,
        f"No policy lets {whose} call {_some(actions)}.",
        f"{_write(need.policy, holdings.identity)}; what is there already stays.",
    )
    what = next((action for action, each in asked if each is verdict), "")
    judged = of_verdict(verdict, what, missing)
    if judged.status is not FindingStatus.SATISFIED:
        return judged
    if says_document(need.policy, need.document, holdings, seen):
        return replace(judged, fact=f"The inline policy {need.policy} is there.")
    return _otherwise(judged, f"What {need.policy} is there for")


def _some(actions: list[str]) -> str:
    return listed(actions if len(actions) <= 3 else [*actions[:3], f"{len(actions) - 3} more actions"])


def _ask(capability: Capability, holdings: Holdings, seen: Observation) -> Verdict:
    request = filled(capability, filling_for(seen.target, holdings.identity))
    return holdings.ask(Question(request.action, request.resource, {**_caller(holdings), **request.context}))


def _caller(holdings: Holdings) -> Mapping[str, str]:
    return {"aws:userid": user_id_of(holdings.identity)}


def says_document(policy: str, document: str, holdings: Holdings, seen: Observation) -> bool:
    """Whether the inline policy of that name has every statement of our document."""
    text = inline_text(holdings.identity, policy)
    try:
        ours = statements(documents.load(document, filling_for(seen.target)))
        return text is not None and not append(text, ours).added
    except PolicyError:
        return False


def inline_text(identity: Identity, policy: str) -> str | None:
    """The text of the identity's own inline policy of that name, where there is one and it was read."""
    held = identity.inline.value if isinstance(identity.inline, Known) else ()
    for each in held:
        if each.name == policy and not each.through and isinstance(each.document, Known):
            return each.document.value.text
    return None


def _otherwise(judged: Judgement, what: str) -> Judgement:
    if judged.status is not FindingStatus.SATISFIED:
        return judged
    by = judged.evidence[0].policy if judged.evidence else ""
    fact = f"{what} is granted by {by}."
    return replace(
        judged, status=FindingStatus.SATISFIED_OTHERWISE, fact=fact, reason=judged.reason or f"granted by {by}"
    )


# The owner guard


def guard(need: GuardNeed, holdings: Holdings, seen: Observation, *, more_to_come: bool) -> Judgement:
    """Judge whether the nodes of another owner are out of reach, by a deny or for want of an allow.

    ``more_to_come`` says that step 3a's broad policies are still missing: once they are there, only a deny helps.
    """
    whose = _WHOSE[need.subject]
    reached, unread, keys = _reach(holdings, seen, more_to_come=more_to_come)
    if unread:
        return unknown(unread, f"The policies of {whose}")
    if says_document(need.policy, need.document, holdings, seen):
        return Judgement(FindingStatus.SATISFIED, f"The inline policy {need.policy} keeps {whose} to their own nodes.")
    if reached:
        return Judgement(
            FindingStatus.MISSING,
            f"{whose.capitalize()} may reach the nodes of other owners ({listed(reached)})"
            f"{', once the policies of step 3a are attached' if more_to_come else ''}.",
            f"{_write(need.policy, holdings.identity)}. It also denies nodes without an SSHOwner tag to {whose}.",
        )
    if keys:
        fact = f"Whether {whose} may reach the nodes of other owners depends on {', '.join(keys)}."
        return Judgement(FindingStatus.UNKNOWN, fact, "Look at that condition.", f"depends on {', '.join(keys)}")
    fact = f"{whose.capitalize()} cannot reach the nodes of other owners."
    return Judgement(FindingStatus.SATISFIED_OTHERWISE, fact, reason="nothing grants it, or another policy denies it")


def _reach(
    holdings: Holdings, seen: Observation, *, more_to_come: bool
) -> tuple[list[str], tuple[Unknown, ...], tuple[str, ...]]:
    """The actions that reach another owner's node, what could not be read, and the keys that leave it open."""
    target = seen.target
    node = f"arn:{target.partition}:ssm:{target.region}:{target.account}:managed-instance/mi-0123456789abcdef0"
    context = {**_caller(holdings), "ssm:resourceTag/SSHOwner": _NOBODY_ELSE}
    reached: list[str] = []
    unread: tuple[Unknown, ...] = ()
    keys: tuple[str, ...] = ()
    for action in ("ssm:StartSession", "ssm:SendCommand"):
        verdict = holdings.ask(Question(action, node, context))
        granted_soon = more_to_come and isinstance(verdict, NotGranted)
        reached += [action] if isinstance(verdict, Held) or granted_soon else []
        unread += verdict.unknowns if isinstance(verdict, CouldNotRead) else ()
        unread += verdict.unread if isinstance(verdict, Held) else ()  # a deny may stand there that guards already
        keys += verdict.keys if isinstance(verdict, DependsOn) else ()
    return reached, unread, tuple(dict.fromkeys(keys))
