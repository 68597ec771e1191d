"""The judge of managed policies (steps 1c and 3a): there by name, or held by whatever else grants the same."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sm_ssh_widget.policy.document import PolicyError, Statement, as_list, parse, statements
from sm_ssh_widget.policy.merge import statement_meaning
from sm_ssh_widget.policy.remembered import RememberedTexts
from sm_ssh_widget.requirements import managed as snapshots
from sm_ssh_widget.requirements.capabilities import Capability
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
from sm_ssh_widget.requirements.judgement import (
    Judgement,
    blocked,
    granted_by,
    layer_name,
    listed,
    of_verdict,
    still_open,
    unknown,
)
from sm_ssh_widget.requirements.needs import ManagedNeed
from sm_ssh_widget.requirements.observation import Absent, HeldPolicy, Known, Observation, PolicyText, Unknown
from sm_ssh_widget.requirements.remedies import attach
from sm_ssh_widget.requirements.requests import (
    Answer,
    answer,
    answers,
    denied_beside,
    open_keys_of,
    other_test,
    summary,
    whose,
)

_SWITCH = "--baseline least-privilege"
_NOT_HELD = NotGranted()


def managed(need: ManagedNeed, holdings: Holdings, seen: Observation) -> Judgement:
    """Judge whether one of the alternatives is attached, or everything that it allows is held otherwise.

    Only a request that SSH Helper makes is ever blocked; what is denied anyway of the rest is left out, with a caveat.
    """
    asked = answers(need.capabilities, holdings, seen)
    withheld = next((each for each in asked if each.withholds), None)
    if withheld is not None and isinstance(withheld.verdict, Denied):
        return blocked(withheld.verdict.by, withheld.told)
    attached = _attached_arns(holdings)
    by_name = [names for names in need.alternatives if all(_arn(name, seen) in attached for name in names)]
    wanted = by_name[0] if by_name else need.alternatives[-1]
    caveats = tuple(_barred_anyway(wanted, asked, holdings, seen))
    judged = _by_name(need, wanted, asked, holdings) if by_name else _by_content(need, wanted, asked, holdings, seen)
    return replace(judged, caveats=(*judged.caveats, *denied_beside(asked, judged.status), *caveats))


def _by_name(need: ManagedNeed, names: tuple[str, ...], asked: tuple[Answer, ...], holdings: Holdings) -> Judgement:
    who, test = whose(need.subject, holdings.identity), other_test(need.subject)
    verdict = summary(asked)
    if isinstance(verdict, (Denied, DependsOn)):  # attached, and still not certain to be of use
        return of_verdict(verdict, _action_of(asked, verdict), Judgement(FindingStatus.MISSING, ""), test)
    named = of_verdict(verdict, "", Judgement(FindingStatus.SATISFIED, ""))
    fact = f"{listed(names)} {'is' if len(names) == 1 else 'are'} attached to {who}{_through(names, holdings)}."
    note, remedy = _least_privilege(names)
    return replace(named, status=FindingStatus.SATISFIED, fact=fact, remedy=remedy, reason=note)


def _by_content(
    need: ManagedNeed, names: tuple[str, ...], asked: tuple[Answer, ...], holdings: Holdings, seen: Observation
) -> Judgement:
    who = whose(need.subject, holdings.identity)
    of_requests = [summary(asked)] if asked else []
    denied = of_requests[0] if of_requests and isinstance(of_requests[0], DependsOn) else _NOT_HELD
    verdicts = [*of_requests, *(verdict for name in names for verdict in _compared(name, holdings, seen, denied))]
    verdict = combine(verdicts)
    if isinstance(holdings.identity.attached, Unknown) and not isinstance(verdict, (Held, Denied)):
        return unknown([holdings.identity.attached], f"The managed policies of {who}")
    absent = [name for name in names if _arn(name, seen) not in _attached_arns(holdings)]
    one = len(absent) == 1
    fact = (
        f"{listed(absent)} {'is' if one else 'are'} not attached to {who}, and other policies do not grant everything "
        f"{'it allows' if one else 'they allow'}."
    )
    keys = open_keys_of(asked) or (verdict.open_keys if isinstance(verdict, NotGranted) else ())
    missing = Judgement(
        FindingStatus.MISSING,
        fact,
        f"{attach(listed(absent), holdings.identity)}{_narrower(asked)}",
        caveats=(still_open(keys, who),) if keys else (),
    )
    what = _action_of(asked, verdict) or f"everything that {listed(names)} allows"
    judged = of_verdict(verdict, what, missing, other_test(need.subject))
    return granted_by(judged, f"Access equivalent to {listed(names)}", verdicts)


def _narrower(asked: tuple[Answer, ...]) -> str:
    """Return the remedy where every call of SSH Helper is allowed already: the baseline that asks for no more."""
    if asked and not all(isinstance(each.verdict, Held) for each in asked):
        return ""
    calls = (
        "Every call of SSH Helper that this policy is for is already allowed"
        if asked
        else "SSH Helper itself calls nothing that needs it"
    )
    return f" {calls}; to ask only for what SSH Helper calls: {_SWITCH}"


def _action_of(asked: tuple[Answer, ...], verdict: Verdict) -> str:
    return next((each.told for each in asked if each.verdict is verdict), "")


def _barred_anyway(
    names: tuple[str, ...], asked: tuple[Answer, ...], holdings: Holdings, seen: Observation
) -> Iterator[str]:
    """Yield a sentence for each policy of which something is denied that SSH Helper does not call."""
    for name in names if holdings.may_be_denied else ():
        barred: dict[str, list[str]] = {}
        for question in _questions_of(name, seen):
            verdict = holdings.ask(question)
            if isinstance(verdict, Denied):
                barred.setdefault(layer_name(verdict.by), []).append(question.action)
        for by, actions in barred.items():
            unique = list(dict.fromkeys(actions))
            some = listed(unique if len(unique) <= 3 else [*unique[:3], f"{len(unique) - 3} more"])
            be = "stays" if len(unique) == 1 else "stay"
            yield f"Of {name}, {some} {be} blocked by {by}.{_not_called(asked, one=len(unique) == 1)}"


def _not_called(asked: tuple[Answer, ...], *, one: bool) -> str:
    """Say that SSH Helper does not call it; empty if it calls something that is denied, which has its own sentence."""
    if any(isinstance(each.verdict, Denied) for each in asked):
        return ""
    return f" SSH Helper does not call {'it' if one else 'them'}."


def _through(names: tuple[str, ...], holdings: Holdings) -> str:
    """By which groups a user has the policies; empty where they are attached to the user too."""
    own = {policy.name for policy in holdings.policies if not policy.through}
    asked = [each for each in holdings.policies if each.name in names and each.name not in own]
    found = tuple(dict.fromkeys(each.through for each in asked))
    return f", through the IAM group{'s' if len(found) > 1 else ''} {listed(found)}" if found else ""


def _least_privilege(names: tuple[str, ...]) -> tuple[str, str]:
    """The guide's note on elevated privileges, in short and as a remedy; empty for any other policy."""
    if names != ("AdministratorAccess",):
        return "", ""
    return (
        "the guide recommends narrower permissions than AdministratorAccess",
        f"Use AdministratorAccess for testing only. For other use, switch to the least-privilege baseline: {_SWITCH}",
    )


def missing_managed(need: ManagedNeed, holdings: Holdings, seen: Observation, *, literally: bool) -> tuple[str, ...]:
    """The policies of the last alternative that have to be attached: those whose content is not held.

    ``literally`` asks for each by its name, whatever else grants its content.
    """
    attached = _attached_arns(holdings)
    absent = tuple(name for name in need.alternatives[-1] if _arn(name, seen) not in attached)
    if literally:
        return absent
    lacking = [each.capability for each in answers(need.capabilities, holdings, seen) if _may_be_granted(each)]
    return tuple(name for name in absent if _is_wanted(name, lacking, holdings, seen)) or absent


def _may_be_granted(found: Answer) -> bool:
    return not isinstance(found.verdict, (Held, Denied))


def _is_wanted(name: str, lacking: Sequence[Capability], holdings: Holdings, seen: Observation) -> bool:
    """Whether something of the policy is not held, or it grants a request that is not: a pattern says not all of it."""
    if not isinstance(combine(_compared(name, holdings, seen)), Held):
        return True
    policy = HeldPolicy(name, _arn(name, seen), Known(PolicyText(name, managed_text(name, seen))))
    alone = replace(holdings.identity, attached=Known((policy,)), inline=Known(()), boundary=Absent())
    by_it = replace(holdings, identity=alone)
    return any(isinstance(answer(each, by_it, seen).verdict, Held) for each in lacking)


def _attached_arns(holdings: Holdings) -> frozenset[str]:
    return frozenset(policy.arn for policy in holdings.policies if policy.arn)


def _arn(name: str, seen: Observation) -> str:
    return snapshots.arn(name, seen.target.partition)


def _compared(name: str, holdings: Holdings, seen: Observation, denied: Verdict = _NOT_HELD) -> list[Verdict]:
    """Return the answers on what a policy allows, without what no policy could change.

    Nothing is left of a policy that is denied as a whole: ``denied`` is the answer then, as far as the policies could
    be read. By default it is not held.
    """
    found = []
    for granted in _granted_by(name, seen):
        verdicts = [v for v in (_changeable(question, holdings) for question in granted.questions) if v is not None]
        if not verdicts:
            continue
        verdict = combine(verdicts)
        by = None if isinstance(verdict, Held) else holdings.evidence_of(granted.meaning)
        found.append(Held(by, holdings.unread) if by else verdict)
    return found or [CouldNotRead(holdings.unread) if holdings.unread else denied]


def _changeable(question: Question, holdings: Holdings) -> Verdict | None:
    """Return the answer, or ``None`` if it would be the same with everything allowed."""
    verdict = holdings.ask(question)
    if isinstance(verdict, Denied):
        return None
    if isinstance(verdict, DependsOn) and not holdings.more_would_help(question):
        return None
    return verdict


@dataclass(frozen=True)
class _Granted:
    """One statement of a managed policy: what it means, and the questions that ask for all of it."""

    meaning: Hashable
    questions: tuple[Question, ...]


_LIVE: RememberedTexts[Mapping[str, Any]] = RememberedTexts(200_000)
_WRITTEN: RememberedTexts[str] = RememberedTexts(200_000)
_GRANTED: RememberedTexts[tuple[_Granted, ...]] = RememberedTexts(200_000)


def managed_document(name: str, seen: Observation) -> Mapping[str, Any]:
    """The live default version of an AWS managed policy, else the dated snapshot."""
    live = seen.account.managed.get(name)
    if isinstance(live, Known):
        try:
            return _LIVE.get(name, live.value.text, parse)
        except PolicyError:
            pass  # what AWS publishes parses; a text that does not was mangled on its way, and the snapshot serves
    return _snapshot(name, seen.target.partition)


def managed_text(name: str, seen: Observation) -> str:
    """The text of :func:`managed_document`, as this program writes it."""
    live, partition = seen.account.managed.get(name), seen.target.partition
    text = live.value.text if isinstance(live, Known) else ""
    return _WRITTEN.get((name, partition), text, lambda _: json.dumps(managed_document(name, seen)))


def _granted_by(name: str, seen: Observation) -> tuple[_Granted, ...]:
    """The statements of a managed policy, as questions."""
    live, partition = seen.account.managed.get(name), seen.target.partition
    text = live.value.text if isinstance(live, Known) else ""

    def read(_: str) -> tuple[_Granted, ...]:
        found = statements(managed_document(name, seen))
        return tuple(_Granted(statement_meaning(each), tuple(_questions(each))) for each in found)

    return _GRANTED.get((name, partition), text, read)


@cache
def _snapshot(name: str, partition: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _in_partition(snapshots.snapshot(name).document, partition)
    return found


def _in_partition(value: Any, partition: str) -> Any:
    if isinstance(value, str):
        return f"arn:{partition}:{value[8:]}" if value.startswith("arn:aws:") else value
    if isinstance(value, Mapping):
        return {key: _in_partition(item, partition) for key, item in value.items()}
    return [_in_partition(item, partition) for item in value] if isinstance(value, list) else value


def _questions_of(name: str, seen: Observation) -> Iterator[Question]:
    for granted in _granted_by(name, seen):
        yield from granted.questions


def _questions(statement: Statement) -> Iterator[Question]:
    """Every action pattern, taken as a literal string, on every resource.

    A statement with a condition cannot be held like that, only as it stands in a policy of the identity.
    """
    for action in as_list(statement.get("Action", [])):
        for resource in as_list(statement.get("Resource", "*")):
            # A request names a service; "every action" is every action of every service.
            yield Question("*:*" if action == "*" else action, resource)
