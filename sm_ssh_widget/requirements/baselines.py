"""Named sets of requirements, the options, and what a person selected of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.requirements import catalogue
from sm_ssh_widget.requirements.catalogue import ManagedNeed, Requirement


class Option(str, Enum):
    """What may be asked for on top of a baseline. The value is the name on the command line."""

    STUDIO_AS_CLIENT = "studio-as-client"
    HARDENED_TRUST = "hardened-trust"
    OWNER_GUARD = "owner-guard"
    HOST_MANAGEMENT = "host-management"
    INSTANCE_CHECK = "instance-check"
    AS_DOCUMENTED = "as-documented"

    @property
    def meaning(self) -> str:
        """The option in one sentence."""
        return _MEANINGS[self]


_MEANINGS = {
    Option.STUDIO_AS_CLIENT: "Connections are opened from Studio: the execution role is the local user too.",
    Option.HARDENED_TRUST: "Systems Manager is trusted only for this account and Region (aws:SourceAccount, "
    "aws:SourceArn).",
    Option.OWNER_GUARD: "The local user is kept from the instances of other owners (step 3b).",
    Option.HOST_MANAGEMENT: "Quick Setup host management is required (steps 2b to 2e).",
    Option.INSTANCE_CHECK: "Systems Manager is checked with a temporary EC2 instance (steps 2a, 2f and 2g).",
    Option.AS_DOCUMENTED: "Add every policy by the specification's name, also what is held another way.",
}
_CHOOSES = {Option.OWNER_GUARD: "user.owner-guard", Option.HOST_MANAGEMENT: "ssm.host-management"}


@dataclass(frozen=True)
class Baseline:
    """A named set of requirements, in the order in which they are shown and applied."""

    name: str
    summary: str
    requirements: tuple[Requirement, ...]


CLASSIC = Baseline(
    "classic",
    "The specification, all of it: the policies that SageMaker SSH Helper 1.8 and 1.9 documented.",
    (
        catalogue.TRUST_SAGEMAKER,
        catalogue.TRUST_SSM,
        catalogue.MANAGED_INSTANCE_CORE,
        catalogue.CLOUDWATCH_LOGS,
        catalogue.SAGEMAKER_SSM_POLICY,
        catalogue.TIER,
        catalogue.HOST_MANAGEMENT,
        catalogue.USER_MANAGED,
        catalogue.OWNER_GUARD,
    ),
)
LEAST_PRIVILEGE = Baseline(
    "least-privilege",
    "What SSH Helper's code calls, and no more.",
    (
        catalogue.TRUST_SAGEMAKER,
        catalogue.TRUST_SSM,
        catalogue.ROLE_CAPABILITIES,
        catalogue.TIER,
        catalogue.HOST_MANAGEMENT,
        catalogue.USER_CAPABILITIES,
        catalogue.OWNER_GUARD_HARDENED,
    ),
)
BASELINES = {baseline.name: baseline for baseline in (CLASSIC, LEAST_PRIVILEGE)}


@dataclass(frozen=True)
class Selection:
    """A baseline, the options, and the steps that a person limits the work to (all of them when empty).

    Naming an optional requirement in ``steps`` chooses it.
    """

    baseline: Baseline = CLASSIC
    options: frozenset[Option] = frozenset()
    steps: frozenset[str] = frozenset()

    @classmethod
    def of(cls, baseline: str = "classic", options: tuple[str, ...] = (), steps: tuple[str, ...] = ()) -> Selection:
        """The selection of these names; raises :class:`Problem` (``usage``) for a name that there is not."""
        if baseline not in BASELINES:
            raise _no_such("baseline", baseline, tuple(BASELINES))
        names = tuple(option.value for option in Option)
        for option in options:
            if option not in names:
                raise _no_such("option", option, names)
        ids = (*(requirement.id for requirement in BASELINES[baseline].requirements), catalogue.INSTANCE_CHECK.id)
        for step in steps:
            if step not in ids:
                raise _no_such("step", step, ids)
        return cls(BASELINES[baseline], frozenset(map(Option, options)), frozenset(steps))

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """The requirements that are looked at, in order."""
        return tuple(r for r in self.baseline.requirements if not self.steps or r.id in self.steps)

    @property
    def option_names(self) -> tuple[str, ...]:
        """The options in their canonical order."""
        return tuple(option.value for option in Option if option in self.options)

    def requires(self, requirement: Requirement) -> bool:
        """Whether the role is not ready without it."""
        chosen = {_CHOOSES[option] for option in self.options if option in _CHOOSES} | self.steps
        return not requirement.optional or requirement.id in chosen

    @property
    def checks_instance(self) -> bool:
        """Whether Systems Manager is to be checked with a temporary instance."""
        if self.steps:
            return catalogue.INSTANCE_CHECK.id in self.steps
        return Option.INSTANCE_CHECK in self.options

    @property
    def sets_up_host_management(self) -> bool:
        """Whether host management is required."""
        return any(r.id == catalogue.HOST_MANAGEMENT.id and self.requires(r) for r in self.requirements)

    @property
    def managed_names(self) -> tuple[str, ...]:
        """The AWS managed policies that the requirements name."""
        needs = (r.need for r in self.requirements)
        return tuple(name for need in needs if isinstance(need, ManagedNeed) for name in need.names)


def _no_such(noun: str, name: str, names: tuple[str, ...]) -> Problem:
    said = f"there is no {noun} {name!r}."
    return Problem("Reading the selection", said, f"Use one of: {', '.join(names)}.", Code.USAGE)
