"""The policies of an identity, compiled once for all that hold them, and found by the action that they name."""

from __future__ import annotations

from collections.abc import Iterable

from sm_ssh_widget.policy.compiled import CompiledPolicy, compile_policy
from sm_ssh_widget.policy.document import PolicyError, parse
from sm_ssh_widget.policy.remembered import RememberedTexts
from sm_ssh_widget.requirements.observation import Absent, Fact, Known, PolicyText, Reason, Unknown

_COMPILED: RememberedTexts[CompiledPolicy] = RememberedTexts(1_000_000)
"""Compiled policies, by name; about 100 bytes of memory for each character of their texts."""


def compiled_text(fact: Fact[PolicyText], through: str = "") -> CompiledPolicy | Absent | Unknown:
    """The compiled policy of a fact; a text that is no policy is unknown because unparsable.

    ``through`` is added to its name: the group that it comes from.
    """
    if not isinstance(fact, Known):
        return fact
    name = f"{fact.value.name}{through}"
    try:
        return _COMPILED.get(name, fact.value.text, lambda text: compile_policy(parse(text), name))
    except PolicyError as error:
        said = f"The policy {fact.value.name} could not be parsed: {error}"
        remedy = f"Open {fact.value.name} in the IAM console and save a corrected version."
        return Unknown(Reason.UNPARSABLE, fact.read, said, remedy)


class PoliciesByAction:
    """The policies of an identity, by the action that their statements name."""

    def __init__(self, policies: Iterable[CompiledPolicy]) -> None:
        self._policies = tuple(policies)
        self._by_service: dict[str, tuple[CompiledPolicy, ...]] = {}
        self._by_action: dict[str, tuple[CompiledPolicy, ...]] = {}

    def about(self, action: str) -> tuple[CompiledPolicy, ...]:
        """Return the policies that name the action, each with only the statements that do: no other decides."""
        found = self._by_action.get(action)
        if found is None:
            lowered = action.lower()
            narrowed = (policy.about(lowered) for policy in self._of_service(lowered.partition(":")[0]))
            found = self._by_action[action] = tuple(policy for policy in narrowed if policy.statements)
        return found

    def _of_service(self, service: str) -> tuple[CompiledPolicy, ...]:
        found = self._by_service.get(service)
        if found is None:
            found = tuple(policy for policy in self._policies if policy.names_service(service))
            self._by_service[service] = found
        return found
