"""Which statements ask for the condition keys that a decision rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sm_ssh_widget.policy.compiled import CompiledPolicy, CompiledStatement, KnownRequest, ResourceElement
from sm_ssh_widget.policy.conditions import Condition, read_context
from sm_ssh_widget.policy.document import statements
from sm_ssh_widget.policy.evaluate import Request
from sm_ssh_widget.policy.principals import RequestPrincipal
from sm_ssh_widget.policy.readings import Reading
from sm_ssh_widget.requirements.condition_keys import OpenKey, documented
from sm_ssh_widget.requirements.evidence import Evidence

Json: TypeAlias = Any
Layers: TypeAlias = "Sequence[tuple[str, Iterable[CompiledPolicy]]]"


@dataclass(frozen=True)
class _Possible:
    """A request of which every open question is answered so that a statement applies."""

    known: KnownRequest
    open: frozenset[str]

    @property
    def action(self) -> str:
        return self.known.action

    def covered(self, resources: ResourceElement, deny: bool) -> bool:
        return bool(self.open & resources.keys) or self.known.covered(resources, deny)

    def satisfied(self, condition: Condition, deny: bool) -> bool:
        return bool(self.open & condition.keys) or self.known.satisfied(condition, deny)

    def readings(self, statement: CompiledStatement) -> tuple[Reading, ...]:
        return self.known.readings(statement)


def keys_asked_for(
    request: Request, keys: Sequence[str], layers: Layers, who: RequestPrincipal | None = None
) -> tuple[OpenKey, ...]:
    """Each of ``keys`` (in lower case) with the statement that asks for it: a Deny, if one does.

    ``layers`` holds pairs of a layer's name and its policies; a key that no statement of them asks for is left out.
    With ``who`` only the statements count that name this caller.
    """
    if not keys:
        return ()
    context = read_context(request.context)
    listed = request.open_context if isinstance(request.open_context, frozenset) else keys
    unknown = frozenset(key.lower() for key in listed)
    possible = _Possible(KnownRequest(request.action.lower(), request.resource, context), unknown)
    asking = [
        each for layer, policies in layers for policy in policies for each in _asking(layer, policy, possible, who)
    ]
    asking.sort(key=lambda found: not found[0].deny)  # a Deny first
    found = []
    for key in keys:
        for statement, layer, policy, written in asking:
            if key in written:
                by = Evidence(policy, statement.name, layer)
                found.append(OpenKey(documented(written[key]), by, denies=statement.deny))
                break
    return tuple(found)


def statements_with_readings(request: Request, layers: Layers) -> tuple[tuple[Reading, Evidence], ...]:
    """The statements that a reading of AWS's documentation decides, each with its reading.

    ``layers`` as in :func:`keys_asked_for`. A statement that could not apply to the request is left out.
    """
    context = read_context(request.context)
    listed = request.open_context if isinstance(request.open_context, frozenset) else ()
    known = KnownRequest(request.action.lower(), request.resource, context)
    possible = _Possible(known, frozenset(key.lower() for key in listed))
    return tuple(
        (reading, Evidence(policy, statement.name, layer))
        for name, policies in layers
        for compiled in policies
        for statement, layer, policy, _ in _asking(name, compiled, possible, None)
        if statement.leaves_room
        for reading in known.readings(statement)
    )


def _asking(
    layer: str, policy: CompiledPolicy, possible: _Possible, who: RequestPrincipal | None
) -> Iterator[tuple[CompiledStatement, str, str, Mapping[str, str]]]:
    """The statements that could apply, with the keys that they ask for: in lower case, and as they are written."""
    for statement, raw in zip(policy.statements, statements(policy.document), strict=True):
        if (who is None or statement.naming(who)) and statement.applies(possible):
            yield statement, layer, policy.name, _written(statement, raw)


def _written(statement: CompiledStatement, raw: Mapping[str, Json]) -> Mapping[str, str]:
    keys = {key: key for condition in statement.conditions for key in condition.keys}
    keys |= {key: key for key in (statement.resources.keys if statement.resources else ())}
    for block in raw.get("Condition", {}).values():
        keys |= {key.lower(): key for key in block}
    return keys
